using BenchmarkDotNet.Attributes;
using CalcQuant.Benchmarks.Volumes;
using CalcQuant.Imaging;
using CalcQuant.Segmentation;

namespace CalcQuant.Benchmarks.Kernels;

/// <summary>Morphology on the bits of a whole series, one thread. Results go back to the pool, as they do in an analysis.</summary>
[Voxels(TimedVolumes.Size * TimedVolumes.Size * Slices)]
public class MaskMorphologyBench
{
    private const int Slices = 200;
    private StructuringElement _disc = null!;
    private Mask _mask = null!;

    [GlobalSetup]
    public void BuildMask()
    {
        using CtVolume volume = TimedVolumes.CtLike(Slices);
        _mask = TimedVolumes.Dense(volume);
        _disc = StructuringElement.Disc(1.5, volume.Geometry);
    }

    [GlobalCleanup]
    public void Release() => _mask.Dispose();

    [Benchmark(Baseline = true)]
    public void DilateByBox() => MaskMorphology.Dilate(_mask, StructuringElement.Box3, maxThreadCount: 1).Dispose();

    [Benchmark]
    public void ErodeByBox() => MaskMorphology.Erode(_mask, StructuringElement.Box3, maxThreadCount: 1).Dispose();

    [Benchmark]
    public void CloseByBox() => MaskMorphology.Close(_mask, StructuringElement.Box3, maxThreadCount: 1).Dispose();

    [Benchmark]
    public void DilateByDisc() => MaskMorphology.Dilate(_mask, _disc, maxThreadCount: 1).Dispose();

    [Benchmark]
    public void FillHoles() => MaskMorphology.FillHoles(_mask, maxThreadCount: 1).Dispose();
}
