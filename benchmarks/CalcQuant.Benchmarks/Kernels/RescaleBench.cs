using BenchmarkDotNet.Attributes;
using CalcQuant.Benchmarks.Volumes;
using CalcQuant.Dicom.Series;
using CalcQuant.Imaging;

namespace CalcQuant.Benchmarks.Kernels;

/// <summary>From stored values to HU with padding and extremes found on the way, one thread: the ways that the scale of a series may ask for.</summary>
[Voxels(TimedVolumes.Size * TimedVolumes.Size)]
public class RescaleBench
{
    private static readonly HounsfieldScale SlopeOfTwo = new(2, -1024, "HU", HasModalityLut: false, Padding: null);
    private static readonly HounsfieldScale FractionalSlope = new(1.25, -1024.5, "HU", HasModalityLut: false, Padding: null);

    private short[] _values = null!;
    private int[] _stored = null!;
    private float[] _hu = null!;
    private int _interceptHu = 1024;

    /// <summary>In the cache, as when a frame is read, and from memory.</summary>
    [Params(1, 100)]
    public int Slices { get; set; }

    [GlobalSetup]
    public void BuildValues()
    {
        using CtVolume volume = TimedVolumes.CtLike(Slices);
        _values = volume.Int16Voxels.ToArray();
        _stored = [.. _values.Select(hu => (hu + 1024) / 2)];
        _hu = new float[_values.Length];
    }

    /// <summary>Works in place, so it adds and takes away in turns: values stay those of a CT.</summary>
    [Benchmark(Baseline = true)]
    public void AddIntercept()
    {
        HounsfieldKernel.AddIntercept(_values, isSigned: true, _interceptHu, padding: null);
        _interceptHu = -_interceptHu;
    }

    [Benchmark]
    public void IntegerSlope() => HounsfieldKernel.ToInt16(_stored, SlopeOfTwo, _values);

    [Benchmark]
    public void AnySlope() => HounsfieldKernel.ToSingle(_stored, FractionalSlope, _hu);
}
