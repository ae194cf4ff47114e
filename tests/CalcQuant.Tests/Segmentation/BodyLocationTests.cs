using CalcQuant.Analysis;
using CalcQuant.Measurement;
using CalcQuant.Segmentation;

namespace CalcQuant.Tests.Segmentation;

/// <summary>Columns run to the patient's left: a positive x is the left side.</summary>
public class BodyLocationTests
{
    // 450 mm³.
    private const double NoduleRadiusMm = 4.75;
    private const string Lungs = "image: lungs in the slice", Midline = "image: side of the body's midline", Pair = "image: two limbs side by side";
    private const string BodyPart = "header: Body Part Examined (0018,0015)";

    [Theory]
    [InlineData(90)]
    [InlineData(76)]
    public void Segment_TwoThighs_TellsTheSideFromTheOtherThigh(double halfDistanceMm)
    {
        // Apart, and pressed together.
        SectionVolume thighs = new SectionVolume(290, 150, 14)
            .WithLimb(-halfDistanceMm, 0, 82)
            .WithLimb(halfDistanceMm, 0, 82)
            .WithBall(-halfDistanceMm - 30, 0, NoduleRadiusMm, 630)
            .WithBall(halfDistanceMm, 32, NoduleRadiusMm, 630);

        VolumeSegmentation segmentation = thighs.Segment(describe: acquisition => acquisition with { BodyPartExamined = "FEMUR" });

        AssertPlace(thighs.At(segmentation, -halfDistanceMm - 30, 0), BodySite.Thigh, BodyPart, Laterality.Right, Pair);
        AssertPlace(thighs.At(segmentation, halfDistanceMm, 32), BodySite.Thigh, BodyPart, Laterality.Left, Pair);
        Assert.DoesNotContain(segmentation.Issues, issue => issue.Code == SeriesIssueCode.HeaderContradiction);
    }

    [Fact]
    public void Segment_OneLimb_TakesSiteAndSideFromTheHeader()
    {
        SectionVolume limb = new SectionVolume(120, 120, 14).WithLimb(0, 0, 60).WithBall(-30, 0, NoduleRadiusMm, 630);

        SegmentedRegion known = limb.At(
            limb.Segment(describe: acquisition => acquisition with { BodyPartExamined = "Upper Leg", Laterality = "L", LateralitySource = "Laterality (0020,0060)" }), -30, 0);
        SegmentedRegion unknown = limb.At(limb.Segment(), -30, 0);
        SegmentedRegion both = limb.At(limb.Segment(describe: acquisition => acquisition with { Laterality = "B", LateralitySource = "Laterality (0020,0060)" }), -30, 0);

        AssertPlace(known, BodySite.Thigh, BodyPart, Laterality.Left, "header: Laterality (0020,0060)");
        AssertPlace(unknown, null, null, null, null);
        AssertPlace(both, null, null, null, null);
    }

    [Fact]
    public void Segment_FingersOfOneHand_AreNoPairOfLimbs()
    {
        SectionVolume fingers = new SectionVolume(120, 60, 14).With(-36, 0, 9, 9, 45).With(-12, 0, 9, 9, 45).With(12, 0, 9, 9, 45).With(36, 0, 9, 9, 45).WithBall(-36, 0, 3, 630);

        Assert.Null(fingers.At(fingers.Segment(), -36, 0).Laterality);
    }

    [Theory]
    [InlineData(null, false)]
    [InlineData("CHEST", false)]
    [InlineData("ABDOMEN", false)]
    [InlineData("SHOULDER", false)]
    [InlineData("KNEE", true)]
    [InlineData("HEAD", true)]
    public void Segment_TrunkWithLungs_IsAChestWhateverTheHeaderSays(string? bodyPart, bool isContradicted)
    {
        SectionVolume chest = Trunk()
            .With(-70, 0, 50, 60, -850)
            .With(70, 0, 50, 60, -850)
            .WithBall(-157, 0, NoduleRadiusMm, 630)
            .WithBall(157, 0, NoduleRadiusMm, 630)
            .WithBall(0, 97, NoduleRadiusMm, 630);

        VolumeSegmentation segmentation = chest.Segment(describe: acquisition => acquisition with { BodyPartExamined = bodyPart });

        AssertPlace(chest.At(segmentation, -157, 0), BodySite.Chest, Lungs, Laterality.Right, Midline);
        AssertPlace(chest.At(segmentation, 157, 0), BodySite.Chest, Lungs, Laterality.Left, Midline);
        AssertPlace(chest.At(segmentation, 0, 97), BodySite.Chest, Lungs, Laterality.Midline, Midline);
        Assert.Equal(isContradicted, segmentation.Issues.Any(issue => issue.Code == SeriesIssueCode.HeaderContradiction));
    }

    [Theory]
    [InlineData(null, BodySite.Trunk, "image: trunk")]
    [InlineData("PELVIS", BodySite.Pelvis, BodyPart)]
    [InlineData("CHEST", BodySite.Trunk, "image: trunk")]
    public void Segment_TrunkWithoutLungs_IsAsFineAsTheHeaderAllows(string? bodyPart, BodySite site, string source)
    {
        SectionVolume trunk = Trunk().WithBall(-157, 0, NoduleRadiusMm, 630);

        AssertPlace(trunk.At(trunk.Segment(describe: acquisition => acquisition with { BodyPartExamined = bodyPart }), -157, 0), site, source, Laterality.Right, Midline);
    }

    [Fact]
    public void Segment_TrunkBelowLungs_IsAbdomen()
    {
        // Lungs in the upper slices only; slices are 2 mm apart and rise with their number.
        SectionVolume trunk = new SectionVolume(300, 190, 30)
            .With(0, 0, 165, 105, -100)
            .With(0, 0, 150, 90, 45)
            .Draw((x, y, z) => z > 12 && Math.Pow((Math.Abs(x) - 70) / 50, 2) + Math.Pow(y / 60, 2) < 1, -850)
            .WithBall(-157, 0, NoduleRadiusMm, 630);

        AssertPlace(trunk.At(trunk.Segment(), -157, 0), BodySite.Abdomen, "image: trunk below the lungs", Laterality.Right, Midline);
    }

    [Theory]
    [InlineData(142)]
    [InlineData(170)]
    public void Segment_ArmBesideTheTrunk_IsAnUpperLimbOnItsSide(double armMm)
    {
        // Touching the trunk, and apart.
        SectionVolume trunk = new SectionVolume(340, 190, 14)
            .With(-40, 0, 145, 105, -100)
            .With(-40, 0, 130, 90, 45)
            .WithLimb(armMm, 0, 40)
            .WithBall(armMm, 21, NoduleRadiusMm, 630);

        AssertPlace(trunk.At(trunk.Segment(), armMm, 21), BodySite.UpperLimb, "image: limb beside the trunk", Laterality.Left, Midline);
    }

    [Fact]
    public void Segment_DepositOverASkull_IsInTheHead()
    {
        SectionVolume head = new SectionVolume(190, 200, 20).With(0, 0, 90, 105, -80).With(0, 0, 68, 83, 1000).With(0, 0, 62, 77, 35).WithBall(-80, 0, NoduleRadiusMm, 630);

        AssertPlace(head.At(head.Segment(), -80, 0), BodySite.Head, "image: skull in the slice", Laterality.Right, Midline);
    }

    [Fact]
    public void Segment_Deposits_SharesTheirVoxelsAmongTheCompartments()
    {
        // Skin to 2.5 mm under the surface at 60 mm, fat to the muscle at 50 mm; what lies at the fascia is within 1.7 mm and half a pixel.
        const double surfaceMm = 60, muscleMm = 50, skinMm = 2.5, fasciaMm = 1.7 + (SectionVolume.PixelMm / 2), tolerance = 0.15;
        SectionVolume limb = new SectionVolume(120, 120, 15).WithLimb(0, 0, surfaceMm).WithBall(55, 0, 6, 700).WithBall(-30, 0, 5, 700);

        VolumeSegmentation segmentation = limb.Segment();

        foreach ((double x, double y) in new[] { (55.0, 0.0), (-30, 0) })
        {
            SegmentedRegion region = limb.At(segmentation, x, y);
            Assert.Equal(1, region.DepthShares.Sum(share => share.Fraction), 1e-9);
            Assert.Equal(region.DepthShares.Select(share => share.Depth).Order(), region.DepthShares.Select(share => share.Depth));
            var expected = region.Runs
                .SelectMany(run => Enumerable.Range(run.Start, run.Length).Select(column => Math.Sqrt(Square((column - 60) * SectionVolume.PixelMm) + Square((run.Row - 60) * SectionVolume.PixelMm))))
                .GroupBy(r => r > surfaceMm - skinMm ? DepthClass.Cutaneous : Math.Abs(r - muscleMm) <= fasciaMm ? DepthClass.Fascial : r < muscleMm ? DepthClass.Intramuscular : DepthClass.Subcutaneous)
                .ToDictionary(group => group.Key, group => (double)group.Count() / region.Runs.Sum(run => run.Length));
            Assert.All(Enum.GetValues<DepthClass>(), depth => Assert.Equal(
                expected.GetValueOrDefault(depth), region.DepthShares.Where(share => share.Depth == depth).Sum(share => share.Fraction), tolerance));
        }
    }

    [Fact]
    public void Segment_WithAnyNumberOfThreads_GivesTheSamePlaces()
    {
        SectionVolume chest = Trunk().With(-70, 0, 50, 60, -850).WithBall(-157, 0, NoduleRadiusMm, 630).WithBall(0, 97, NoduleRadiusMm, 630);

        string expected = Places(chest.Segment(maxThreadCount: 1));

        Assert.All([2, 3, 7], threads => Assert.Equal(expected, Places(chest.Segment(maxThreadCount: threads))));
        static string Places(VolumeSegmentation segmentation) => string.Join('\n', segmentation.Regions.Select(region =>
            $"{region.Kind} {region.Site} {region.SiteSource} {region.Laterality} {region.LateralitySource} {string.Join(' ', region.DepthShares)}")) + segmentation.Coverage;
    }

    private static SectionVolume Trunk() => new SectionVolume(300, 190, 14).With(0, 0, 165, 105, -100).With(0, 0, 150, 90, 45);

    private static double Square(double value) => value * value;

    private static void AssertPlace(SegmentedRegion region, BodySite? site, string? siteSource, Laterality? side, string? sideSource)
    {
        Assert.True(region.Kind.IsCalcification(), $"{region.Kind}: {string.Join("; ", region.Evidence)}");
        Assert.Equal((site, siteSource, side, sideSource), (region.Site, region.SiteSource, region.Laterality, region.LateralitySource));
    }
}
