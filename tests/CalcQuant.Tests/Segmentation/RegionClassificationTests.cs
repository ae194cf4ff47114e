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

    [Theory]
    [InlineData(55, RegionKind.SoftTissueCalcification)]
    [InlineData(125, RegionKind.Uncertain)]
    public void Segment_FaintNoduleInSlicesWithMetal_IsADepositWhereTheTissueShowsNoStreaks(float streakHu, RegionKind kind)
    {
        // Streaks are bands through the muscle of 55 HU.
        SectionVolume limb = WithBlurredMetal(new SectionVolume(120, 120, 15)
            .WithLimb(0, 0, 60)
            .Draw((x, y, _) => Math.Sqrt((x * x) + (y * y)) is > 18 and < 48 && Math.Abs(y % 12) < 3, streakHu)
            .WithBall(-32, 8, 5, 235));

        SegmentedRegion nodule = limb.At(limb.Segment(noiseHu: 4), -32, 8);

        Assert.True(kind == nodule.Kind, string.Join("; ", nodule.Evidence));
    }

    [Theory]
    [InlineData(225, RegionKind.SoftTissueCalcification)]
    [InlineData(150, RegionKind.Uncertain)]
    public void Segment_LargeFaintNodule_MayBeBonePoorInCalciumOnlyWithAShellDenserThanItsCore(float coreHu, RegionKind kind)
    {
        SectionVolume limb = new SectionVolume(120, 120, 25).WithLimb(0, 0, 60).WithBall(-38, 0, 8, 225).WithBall(-38, 0, 5.5, coreHu);

        Assert.Equal(kind, limb.At(limb.Segment(noiseHu: 4), -38, 0).Kind);
    }

    [Fact]
    public void Segment_LargeFaintNoduleBesideBone_MayBeBone()
    {
        // The growing centre of a small bone has no shell.
        SectionVolume limb = new SectionVolume(120, 120, 25).WithLimb(0, 0, 60).WithBall(-29, 0, 8, 225);

        Assert.Equal(RegionKind.Uncertain, limb.At(limb.Segment(noiseHu: 4), -29, 0).Kind);
    }

    [Fact]
    public void Segment_BrightPartOfASingleStreak_IsNoDeposit()
    {
        // One band of 115 HU, 3 mm wide, with a part of 200 HU.
        SectionVolume limb = WithBlurredMetal(new SectionVolume(120, 120, 15)
            .WithLimb(0, 0, 60)
            .Draw((x, y, _) => x is > -46 and < -16 && Math.Abs(y - 8) < 2, 115)
            .Draw((x, y, z) => x is > -36 and < -29 && Math.Abs(y - 8) < 3 && Math.Abs(z) < 4, 200));

        Assert.Equal(RegionKind.Uncertain, limb.At(limb.Segment(noiseHu: 4), -32, 8).Kind);
    }

    [Fact]
    public void Segment_FaintPlateAtABlurredSkin_IsADeposit()
    {
        // The skin's own blur is no matter that the plate goes on in; see the shell of SurroundingsTests for what is.
        SectionVolume limb = new SectionVolume(120, 120, 15)
            .Draw((x, y, _) => (x * x) + (y * y) <= 62 * 62, -550)
            .WithLimb(0, 0, 60)
            .Draw((x, y, z) => Math.Sqrt((x * x) + (y * y)) is > 56 and <= 60 && x < 0 && Math.Abs(y) < 9 && Math.Abs(z) < 7, 225);

        Assert.Equal(RegionKind.SoftTissueCalcification, limb.At(limb.Segment(noiseHu: 4), -58, 0).Kind);
    }

    private static SectionVolume WithBlurredMetal(SectionVolume volume) => volume
        .WithBall(30, 0, 5, 400)
        .WithBall(30, 0, 4.2, 1300)
        .WithBall(30, 0, 3.4, 2300)
        .WithBall(30, 0, 2.6, 3000);
}
