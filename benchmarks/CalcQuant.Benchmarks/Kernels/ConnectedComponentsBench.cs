using BenchmarkDotNet.Attributes;
using CalcQuant.Benchmarks.Volumes;
using CalcQuant.Imaging;
using CalcQuant.Kernels;
using CalcQuant.Segmentation;

namespace CalcQuant.Benchmarks.Kernels;

/// <summary>What the SIMD paths and a second thread gain for threshold, labelling and statistics in one pass.</summary>
[Voxels(TimedVolumes.Size * TimedVolumes.Size)]
public class ConnectedComponentsBench
{
    private CtVolume _volume = null!;

    /// <summary>In the cache, and a whole series.</summary>
    [Params(4, 200)]
    public int Slices { get; set; }

    [GlobalSetup]
    public void BuildVolume() => _volume = TimedVolumes.CtLike(Slices);

    [GlobalCleanup]
    public void Release() => _volume.Dispose();

    [Benchmark(Baseline = true)]
    public int Scalar() => Label(SimdPath.Scalar, threadCount: 1);

    [Benchmark]
    [NeedsSimd(SimdPath.Avx2)]
    public int Avx2() => Label(SimdPath.Avx2, threadCount: 1);

    [Benchmark]
    [NeedsSimd(SimdPath.Avx512)]
    public int Avx512() => Label(SimdPath.Avx512, threadCount: 1);

    [Benchmark]
    public int BestOnTwoThreads() => Label(SimdPaths.Best, threadCount: 2);

    private int Label(SimdPath path, int threadCount)
    {
        using ConnectedComponents components = ConnectedComponents.Label(
            _volume, TimedVolumes.ThresholdHu, Connectivity.Full26, threadCount, path, CancellationToken.None);
        using Mask mask = components.Mask;
        return components.Count;
    }
}
