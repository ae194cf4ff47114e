using BenchmarkDotNet.Attributes;
using CalcQuant.Benchmarks.Volumes;
using CalcQuant.Imaging;
using CalcQuant.Segmentation;

namespace CalcQuant.Benchmarks.Kernels;

/// <summary>What a bound and smoothing cost.</summary>
[Voxels(TimedVolumes.Size * TimedVolumes.Size * Slices)]
public class DistanceBench
{
    private const int Slices = 100;
    private CtVolume _volume = null!;
    private Mask _mask = null!;

    [GlobalSetup]
    public void BuildMask()
    {
        _volume = TimedVolumes.CtLike(Slices);
        _mask = TimedVolumes.Dense(_volume);
    }

    [GlobalCleanup]
    public void Release()
    {
        _volume.Dispose();
        _mask.Dispose();
    }

    [Benchmark(Baseline = true)]
    public float[] Unbounded() => Measure(float.PositiveInfinity);

    [Benchmark]
    public float[] BoundedAt20Mm() => Measure(20);

    [Benchmark]
    public void GaussianThreshold() => GaussianBlur.Threshold(_volume, 0.7, TimedVolumes.ThresholdHu, 0.7).Dispose();

    private float[] Measure(float capMm) => DistanceTransform.InBox(
        _mask, new VoxelBox(0, 0, 0, TimedVolumes.Size - 1, TimedVolumes.Size - 1, Slices - 1), _volume.Geometry, capMm);
}
