using CalcQuant.Measurement;
using CalcQuant.Segmentation;

namespace CalcQuant.Tests.Segmentation;

public class RegionClassificationTests
{
    [Fact]
    public void Segment_BlurredMetalBall_IsMetalWithItsHalo()
    {
        // 3000 HU within 3 mm of the centre, falling to muscle as a blurred edge does.
        SectionVolume limb = WithBlurredMetal(new SectionVolume(120, 120, 15).WithLimb(0, 0, 60));

        VolumeSegmentation segmentation = limb.Segment();

        Assert.DoesNotContain(segmentation.Regions, region => region.Kind == RegionKind.SoftTissueCalcification);
        Assert.Same(limb.At(segmentation, 30, 0), limb.At(segmentation, 30 + 3.75, 0));
        Assert.Equal(RegionKind.Metal, limb.At(segmentation, 30, 0).Kind);
    }

    [Fact]
    public void Segment_DepositTouchingMetal_IsNotSwallowedWhole()
    {
        SectionVolume limb = WithBlurredMetal(new SectionVolume(120, 120, 15).WithLimb(0, 0, 60).WithBall(30, 10, 6, 700));

        VolumeSegmentation segmentation = limb.Segment();

        SegmentedRegion beside = limb.At(segmentation, 30, 12.5);
        Assert.Equal(RegionKind.Uncertain, beside.Kind);
        Assert.Contains("beside metal: streaks", beside.Evidence);
        Assert.Equal(RegionKind.Metal, limb.At(segmentation, 30, 0).Kind);
    }

    [Fact]
    public void Segment_DepositApartFromMetal_StaysADeposit()
    {
        SectionVolume limb = WithBlurredMetal(new SectionVolume(120, 120, 15).WithLimb(0, 0, 60).WithBall(-30, 0, 5, 700));

        Assert.Equal(RegionKind.SoftTissueCalcification, limb.At(limb.Segment(), -30, 0).Kind);
    }

    private static SectionVolume WithBlurredMetal(SectionVolume volume) => volume
        .WithBall(30, 0, 5, 400)
        .WithBall(30, 0, 4.2, 1300)
        .WithBall(30, 0, 3.4, 2300)
        .WithBall(30, 0, 2.6, 3000);
}
