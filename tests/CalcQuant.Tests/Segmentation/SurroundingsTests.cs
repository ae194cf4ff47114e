using CalcQuant.Measurement;
using CalcQuant.Segmentation;

namespace CalcQuant.Tests.Segmentation;

/// <summary>What lies around a bright thing tells what it is: muscle behind the spine, air of a sinus, a couch, a row of ribs, the bone that it touches.</summary>
public class SurroundingsTests
{
    private const double NoduleRadiusMm = 4;

    [Fact]
    public void Segment_NoduleInTheMuscleBehindTheSpine_IsADepositHoweverDeep()
    {
        SectionVolume trunk = Trunk().WithBall(25, 62, NoduleRadiusMm, 630).WithBall(-20, -20, NoduleRadiusMm, 630);

        VolumeSegmentation segmentation = trunk.Segment();

        SegmentedRegion behind = trunk.At(segmentation, 25, 62), before = trunk.At(segmentation, -20, -20);
        Assert.Equal(RegionKind.SoftTissueCalcification, behind.Kind);
        Assert.Equal(DepthClass.Intramuscular, behind.Depth);
        Assert.Equal(RegionKind.Uncertain, before.Kind);
        Assert.Equal("inside the trunk: vascular or visceral", before.Structure);
    }

    [Fact]
    public void Segment_PlateAtTheAirOfASinus_IsNoDeposit()
    {
        // A plate of 20 x 3 mm with air on one side, and the same within muscle.
        SectionVolume limb = new SectionVolume(120, 120, 15)
            .WithLimb(0, 0, 60)
            .Draw((x, y, z) => Math.Abs(x - 30) < 10 && Math.Abs(y) < 8 && Math.Abs(z) < 8, -1000)
            .Draw((x, y, z) => Math.Abs(x - 30) < 10 && y >= 8 && y < 11.2 && Math.Abs(z) < 8, 700)
            .Draw((x, y, z) => Math.Abs(x + 30) < 10 && y >= 8 && y < 11.2 && Math.Abs(z) < 8, 700);

        VolumeSegmentation segmentation = limb.Segment();

        SegmentedRegion atAir = limb.At(segmentation, 30, 9.5);
        Assert.Equal(RegionKind.Uncertain, atAir.Kind);
        Assert.Contains(atAir.Evidence, sentence => sentence.Contains("borders on air", StringComparison.Ordinal));
        Assert.Equal(RegionKind.SoftTissueCalcification, limb.At(segmentation, -30, 9.5).Kind);
    }

    [Fact]
    public void Segment_ShellThatTouchesTheSkin_IsNoDeposit()
    {
        // A couch of 2.5 mm of 160 HU that runs along the lower skin and on into the air.
        SectionVolume limb = new SectionVolume(120, 130, 15)
            .Draw((x, y, _) => y >= 58.5 && y < 61 && Math.Abs(x) < 70, 160)
            .WithLimb(0, 0, 60)
            .Draw((x, y, _) => y >= 58.5 && y < 61 && Math.Abs(x) < 14, 160);

        VolumeSegmentation segmentation = limb.Segment();

        Assert.DoesNotContain(segmentation.Regions, region => region.Kind == RegionKind.SoftTissueCalcification);
    }

    [Fact]
    public void Segment_RowOfBarsUnderTheSkin_IsRibs()
    {
        // Five bars of cortex around spongy bone in the fat of a limb, 16 mm apart along it, and one such bar opposite.
        SectionVolume limb = new SectionVolume(120, 120, 48).WithLimb(0, 0, 60);
        for (int rib = -2; rib <= 2; rib++)
        {
            WithBar(limb, 53.5, 16 * rib);
        }

        WithBar(limb, -53.5, 0);

        VolumeSegmentation segmentation = limb.Segment();

        SegmentedRegion rib2 = limb.At(segmentation, 53.5, 0);
        Assert.Equal(RegionKind.Bone, rib2.Kind);
        Assert.Contains(rib2.Evidence, sentence => sentence.Contains("5 alike bars", StringComparison.Ordinal));
        Assert.NotEqual(RegionKind.Bone, limb.At(segmentation, -53.5, 0).Kind);
    }

    private static void WithBar(SectionVolume volume, double x, double z)
    {
        volume
            .Draw((px, py, pz) => Math.Abs(px - x) < 4.5 && Math.Abs(py) < 15 && Math.Abs(pz - z) < 4, 900)
            .Draw((px, py, pz) => Math.Abs(px - x) < 2.6 && Math.Abs(py) < 12 && Math.Abs(pz - z) < 2.1, 200);
    }

    // Fat, muscle, a vertebra with cortex and its spinous process.
    private static SectionVolume Trunk() => new SectionVolume(260, 190, 14)
        .With(0, 0, 145, 105, -100)
        .With(0, 0, 130, 90, 45)
        .With(0, 35, 20, 17, 900)
        .With(0, 35, 17, 14, 200)
        .Draw((x, y, _) => Math.Abs(x) < 4 && y >= 50 && y < 80, 700);
}
