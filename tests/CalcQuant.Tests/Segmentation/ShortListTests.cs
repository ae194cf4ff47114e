using CalcQuant.Imaging;
using CalcQuant.Measurement;
using CalcQuant.Segmentation;

namespace CalcQuant.Tests.Segmentation;

/// <summary>A reader gets at most fifteen uncertain entries, whatever the image holds.</summary>
public class ShortListTests
{
    private const int GreatestCount = 15;

    [Fact]
    public void Segment_FortyFaintSpecks_AreOneEntryBesideTheLargest()
    {
        CtSeries limb = WithFaintSpecks(40).Series();

        VolumeSegmentation segmentation = VolumeSegmenter.Segment(limb, 130, cancellationToken: TestContext.Current.CancellationToken);

        SegmentedRegion[] uncertain = [.. segmentation.Regions.Where(region => region.Kind == RegionKind.Uncertain)];
        SegmentedRegion merged = Assert.Single(uncertain, region => region.ComponentCount > 1);
        Assert.True(uncertain.Length <= GreatestCount, $"{uncertain.Length} entries.");
        Assert.Equal(40, uncertain.Sum(region => region.ComponentCount));
        Assert.Equal("faint specks", merged.Structure);
        Assert.Contains($"faint specks: {merged.ComponentCount} fragments", merged.Evidence);
        VolumeSegmenterTests.AssertPartition(limb.Volume, segmentation);
    }

    [Fact]
    public void Segment_FewFaintSpecks_StayEntriesOfTheirOwn()
    {
        VolumeSegmentation segmentation = VolumeSegmenter.Segment(
            WithFaintSpecks(6).Series(), 130, cancellationToken: TestContext.Current.CancellationToken);

        SegmentedRegion[] uncertain = [.. segmentation.Regions.Where(region => region.Kind == RegionKind.Uncertain)];
        Assert.Equal(6, uncertain.Length);
        Assert.All(uncertain, region => Assert.Equal(1, region.ComponentCount));
    }

    // Balls that reach 25 HU above the threshold at most, apart from each other, in the muscle left of the bone.
    private static LimbVolume WithFaintSpecks(int count)
    {
        var limb = new LimbVolume(noiseHu: 0.5);
        for (int i = 0; i < count; i++)
        {
            limb.WithBall(24 + (6 * (i % 3)), 30 + (7 * (i / 3 % 4)), 3 + (5 * (i / 12)), 1.7, 145);
        }

        return limb;
    }
}
