using CalcQuant.Analysis;
using CalcQuant.Measurement;
using CalcQuant.Segmentation;

namespace CalcQuant.Tests.Segmentation;

public class BoneEnclosureTests
{
    [Fact]
    public void Segment_SpongyBoneInAnOpenCortex_IsBoneNotContrast()
    {
        // A vertebral body whose cortex has a gap of 12 mm, so that filling holes does not reach the 165 HU inside.
        SectionVolume trunk = Trunk()
            .With(-40, 40, 30, 30, 1100)
            .With(-40, 40, 18, 18, 165)
            .Draw((x, y, _) => Math.Abs(x + 40) < 6 && y is > 5 and < 23, 45);

        VolumeSegmentation segmentation = trunk.Segment();

        Assert.Equal(RegionKind.Bone, trunk.At(segmentation, -40, 40).Kind);
        Assert.DoesNotContain(segmentation.Regions, region => region.Kind == RegionKind.Contrast);
        Assert.DoesNotContain(segmentation.Issues, issue => issue.Code == SeriesIssueCode.ContrastInImage);
    }

    [Fact]
    public void Segment_EnhancingOrganAwayFromBone_StaysContrast()
    {
        SectionVolume trunk = Trunk().With(-40, 40, 22, 22, 900).With(-40, 40, 18, 18, 165).With(20, -10, 18, 18, 165);

        Assert.Equal(RegionKind.Contrast, trunk.At(trunk.Segment(), 20, -10).Kind);
    }

    [Fact]
    public void Segment_CalcificationInAClosedSkull_IsInternalAndUncertain()
    {
        // The same ball in the brain and in the scalp.
        SectionVolume head = new SectionVolume(170, 170, 14)
            .With(0, 0, 92, 92, -100)
            .With(0, 0, 72, 72, 1200)
            .With(0, 0, 65, 65, 35)
            .WithBall(30, 0, 4.75, 630)
            .WithBall(-82, 0, 4.75, 630);

        VolumeSegmentation segmentation = head.Segment();

        SegmentedRegion inside = head.At(segmentation, 30, 0);
        Assert.Equal(RegionKind.Uncertain, inside.Kind);
        Assert.Equal(DepthClass.Internal, inside.Depth);
        Assert.Contains("inside the skull", inside.Evidence);
        Assert.Equal(RegionKind.SoftTissueCalcification, head.At(segmentation, -82, 0).Kind);
    }

    private static SectionVolume Trunk() => new SectionVolume(300, 190, 14).With(-40, 0, 145, 105, -100).With(-40, 0, 130, 90, 45);
}
