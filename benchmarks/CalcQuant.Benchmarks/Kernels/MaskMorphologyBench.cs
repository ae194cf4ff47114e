using BenchmarkDotNet.Attributes;
using CalcQuant.Benchmarks.Volumes;
using CalcQuant.Imaging;
using CalcQuant.Segmentation;

namespace CalcQuant.Benchmarks.Kernels;

/// <summary>Morphology on the bits of a whole series, one thread.</summary>
[Voxels(TimedVolumes.Size * TimedVolumes.Size * 200)]
public class MaskMorphologyBench
{
    private StructuringElement _disc = null!;
    private Mask _mask = null!;

    [GlobalSetup]
    public void BuildMask()
    {
        CtVolume volume = TimedVolumes.CtLike(200);
        _mask = ConnectedComponents.Label(volume, 130).Mask;
        _disc = StructuringElement.Disc(1.5, volume.Geometry);
    }

    [Benchmark(Baseline = true)]
    public Mask DilateByBox() => MaskMorphology.Dilate(_mask, StructuringElement.Box3, maxThreadCount: 1);

    [Benchmark]
    public Mask ErodeByBox() => MaskMorphology.Erode(_mask, StructuringElement.Box3, maxThreadCount: 1);

    [Benchmark]
    public Mask CloseByBox() => MaskMorphology.Close(_mask, StructuringElement.Box3, maxThreadCount: 1);

    [Benchmark]
    public Mask DilateByDisc() => MaskMorphology.Dilate(_mask, _disc, maxThreadCount: 1);

    [Benchmark]
    public Mask FillHoles() => MaskMorphology.FillHoles(_mask, maxThreadCount: 1);
}
