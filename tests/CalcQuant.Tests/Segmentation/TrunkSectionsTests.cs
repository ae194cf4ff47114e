using CalcQuant.Measurement;
using CalcQuant.Segmentation;

namespace CalcQuant.Tests.Segmentation;

public class TrunkSectionsTests
{
    // 450 mm³.
    private const double NoduleRadiusMm = 4.75;

    [Theory]
    [InlineData(84)]
    [InlineData(82)]
    [InlineData(76)]
    public void Segment_TwoThighs_FindsIntramuscularNodules(double halfDistanceMm)
    {
        // Apart, touching, and pressed together: the sum of the sections is a trunk's, neither thigh is.
        SectionVolume thighs = new SectionVolume(290, 150, 14)
            .WithLimb(-halfDistanceMm, 0, 82)
            .WithLimb(halfDistanceMm, 0, 82)
            .WithBall(-halfDistanceMm - 30, 0, NoduleRadiusMm, 630)
            .WithBall(halfDistanceMm, 32, NoduleRadiusMm, 630);

        VolumeSegmentation segmentation = thighs.Segment();

        Assert.Equal(RegionKind.SoftTissueCalcification, thighs.At(segmentation, -halfDistanceMm - 30, 0).Kind);
        Assert.Equal(DepthClass.Intramuscular, thighs.At(segmentation, halfDistanceMm, 32).Depth);
        Assert.Equal(RegionKind.SoftTissueCalcification, thighs.At(segmentation, halfDistanceMm, 32).Kind);
    }

    [Fact]
    public void Segment_ArmBesideTheTrunk_IsJudgedAsALimb()
    {
        // The arm touches the trunk; the same nodule deep in the trunk may be visceral.
        SectionVolume trunk = new SectionVolume(300, 190, 14)
            .With(-40, 0, 145, 105, -100)
            .With(-40, 0, 130, 90, 45)
            .WithLimb(142, 0, 40)
            .WithBall(142, 21, NoduleRadiusMm, 630)
            .WithBall(-40, 21, NoduleRadiusMm, 630);

        VolumeSegmentation segmentation = trunk.Segment();

        Assert.Equal(RegionKind.SoftTissueCalcification, trunk.At(segmentation, 142, 21).Kind);
        SegmentedRegion visceral = trunk.At(segmentation, -40, 21);
        Assert.Equal(RegionKind.Uncertain, visceral.Kind);
        Assert.Contains(visceral.Evidence, sentence => sentence.Contains("vascular or visceral", StringComparison.Ordinal));
    }
}
