using CalcQuant.Imaging;
using CalcQuant.Measurement;
using CalcQuant.Segmentation;

namespace CalcQuant.Tests.Segmentation;

/// <summary>A limb of long bones with cortex and marrow, and a nodule in its muscle.</summary>
public class JointSpaceTests
{
    private const int Side = 110, SliceCount = 41;

    // Two bones end to end with nothing but cartilage between them, and a nodule beside the gap.
    [Fact]
    public void Segment_NoduleBesideTheGapBetweenTwoBones_IsPeriarticular()
    {
        SegmentedRegion nodule = Segment((x, y, z) => Math.Abs(z) > 1 ? Bone(x, y, Math.Abs(z) < 3) : null, noduleX: 14.5, noduleZ: 0);

        Assert.Equal(DepthClass.Periarticular, nodule.Depth);
        Assert.Contains(nodule.Evidence, sentence => sentence.Contains("a joint", StringComparison.Ordinal));
        Assert.DoesNotContain(nodule.DepthShares, share => share.Depth == DepthClass.Intramuscular);
    }

    [Fact]
    public void Segment_NoduleBesideAShaft_IsIntramuscular() =>
        Assert.Equal(DepthClass.Intramuscular, Segment((x, y, z) => Bone(x, y, isEnd: false), noduleX: 14.5, noduleZ: 0).Depth);

    [Fact]
    public void Segment_NoduleFarFromTheGap_IsIntramuscular() =>
        Assert.Equal(DepthClass.Intramuscular, Segment((x, y, z) => Math.Abs(z) > 1 ? Bone(x, y, Math.Abs(z) < 3) : null, noduleX: 14.5, noduleZ: 9).Depth);

    // Radius and ulna side by side: near to both, but they are 12 mm apart.
    [Fact]
    public void Segment_NoduleBetweenTwoShaftsSideBySide_IsIntramuscular() =>
        Assert.Equal(DepthClass.Intramuscular, Segment((x, y, z) => Bone(x, y, isEnd: false) ?? Bone(x - 30, y, isEnd: false), noduleX: 15, noduleZ: 0).Depth);

    private static short? Bone(double x, double y, bool isEnd)
    {
        double radius = Math.Sqrt((x * x) + (y * y));
        return radius > 9 ? null : (short)(radius > 6 || isEnd ? 1200 : -40);
    }

    private static SegmentedRegion Segment(Func<double, double, double, short?> bone, double noduleX, double noduleZ)
    {
        VolumeGeometry geometry = LimbVolume.Geometry(Side, Side, SliceCount);
        var random = new Random(5);
        short[] hu = new short[Side * Side * SliceCount];
        for (int i = 0; i < hu.Length; i++)
        {
            double x = ((i % Side) - (Side / 2)) * LimbVolume.PixelMm, y = ((i / Side % Side) - (Side / 2)) * LimbVolume.PixelMm;
            double z = ((i / (Side * Side)) - ((SliceCount - 1) / 2.0)) * LimbVolume.StepMm;
            double radius = Math.Sqrt((x * x) + (y * y));
            double noduleRadius = Math.Sqrt(((x - noduleX) * (x - noduleX)) + (y * y) + ((z - noduleZ) * (z - noduleZ)));
            int value = radius > 43 ? -1000
                : noduleRadius < 4 ? 600
                : bone(x, y, z) ?? (radius > 38 ? -100 : 55);
            hu[i] = (short)(value + (value > -1000 ? random.Next(-12, 13) : 0));
        }

        VolumeSegmentation segmentation = VolumeSegmenter.Segment(LimbVolume.Wrap(new CtVolume(geometry, hu)), 130);
        return Assert.Single(segmentation.Regions, region => region.Kind == RegionKind.SoftTissueCalcification);
    }
}
