using CalcQuant.Analysis;
using CalcQuant.Imaging;
using CalcQuant.Measurement;
using CalcQuant.Phantoms;
using CalcQuant.Phantoms.Truth;
using CalcQuant.Segmentation;

namespace CalcQuant.Tests.Segmentation;

/// <summary>
/// Phantoms with layouts drawn at random. The whole mixtures are from seeds that were not used while the separation was developed (1 to 20 were); the head of
/// seed 1003 stands for a defect that was found on it.
/// </summary>
public class PhantomSeparationTests
{
    private const double LeastRecall = 0.9, LeastPrecision = 0.9, GreatestBoneLeakMm3 = 50, GreatestLeakOfNoduleMm3 = 25;

    [Fact]
    public void Segment_ForearmPhantoms_FindsTheDepositsAndLeavesTheBone() =>
        AssertSeparated([.. Enumerable.Range(1001, 2).Select(seed => PhantomOptions.Forearm((ulong)seed) with { SliceCount = 28 })]);

    [Fact]
    public void Segment_ThighPhantom_FindsTheDepositsAndLeavesTheBone() =>
        AssertSeparated([PhantomOptions.Thigh(1001) with { SliceCount = 24, ColumnCount = 180, RowCount = 180, PixelSpacingMm = 1.2 }]);

    [Fact]
    public void Segment_TrunkWithNodulesOnItsBones_PartsAtLeastHalfOfThemAndNothingElse()
    {
        PhantomOptions options = PhantomFamilies.Draw("trunk", 7001) with { SliceCount = 45, Deposits = [.. Enumerable.Repeat(DepositKind.BoneTouchingNodule, 6)] };
        (PhantomScan scan, VolumeSegmentation segmentation) = Separate(options);
        PhantomScore score = PhantomScore.Of(scan.Truth, [.. segmentation.Regions.Select(ScoredRegion.Of)]);
        Assert.True(scan.Truth.Deposits.Length >= 3, "Hardly any nodule was placed.");
        Assert.True(2 * score.FoundCount >= scan.Truth.Deposits.Length, $"Found {score.FoundCount} of {scan.Truth.Deposits.Length} nodules.");
        Assert.Empty(score.FalseRegionIndices);
        Assert.True(score.BoneLeakMm3 <= GreatestLeakOfNoduleMm3 * score.FoundCount, $"{score.BoneLeakMm3:F0} mm3 of bone in {score.FoundCount} nodules.");
    }

    [Theory]
    [InlineData("pelvis", 8002)]
    [InlineData("head", 8006)]
    public void Segment_NodulesOnBonesDeepInAPelvisOrAtAHead_AreMostlyDeposits(string family, ulong seed)
    {
        PhantomOptions options = PhantomFamilies.Draw(family, seed) with { Deposits = [.. Enumerable.Repeat(DepositKind.BoneTouchingNodule, 6)] };
        (PhantomScan scan, VolumeSegmentation segmentation) = Separate(options);
        PhantomScore score = PhantomScore.Of(scan.Truth, [.. segmentation.Regions.Select(ScoredRegion.Of)]);
        Assert.True(scan.Truth.Deposits.Length >= 4, "Hardly any nodule was placed.");
        Assert.True(2 * score.FoundCount >= scan.Truth.Deposits.Length, $"Found {score.FoundCount} of {scan.Truth.Deposits.Length} nodules.");
        Assert.Empty(score.FalseRegionIndices);
        Assert.All(
            segmentation.Regions.Where(region => region.Kind == RegionKind.SoftTissueCalcification),
            region => Assert.DoesNotContain(region.DepthShares, share => share.Depth == DepthClass.Internal));
    }

    [Theory]
    [InlineData(8501)]
    [InlineData(8508)]
    [InlineData(8010)]
    public void Segment_HandWithoutDeposits_CallsNoPhalanxADeposit(ulong seed)
    {
        // Hardly any muscle lies around the last phalanges, and the next bone may be far.
        (_, VolumeSegmentation segmentation) = Separate(PhantomFamilies.Draw("hand", seed) with { Deposits = [] });
        Assert.DoesNotContain(segmentation.Regions, region => region.Kind == RegionKind.SoftTissueCalcification);
    }

    [Fact]
    public void Segment_GrowingBoneFarFromTheNext_IsNoDeposit()
    {
        // 11 mm of soft tissue and cartilage lie around a bone with a cortex and spongy bone in it, which ends within the scan.
        (PhantomScan scan, VolumeSegmentation segmentation) = Separate(PhantomFamilies.Draw("child", 8701));
        PhantomScore score = PhantomScore.Of(scan.Truth, [.. segmentation.Regions.Select(ScoredRegion.Of)]);
        Assert.Empty(score.FalseRegionIndices);
        Assert.True(score.BoneLeakMm3 < 100, $"{score.BoneLeakMm3:F0} mm3 of bone are called deposits.");
    }

    [Fact]
    public void Segment_NodulesOnTheBonesOfFingers_AreFoundAndNotCalledSubcutaneous()
    {
        (PhantomScan scan, VolumeSegmentation segmentation) = Separate(PhantomFamilies.Draw("hand", 8502) with { Deposits = [.. Enumerable.Repeat(DepositKind.BoneTouchingNodule, 6)] });
        PhantomScore score = PhantomScore.Of(scan.Truth, [.. segmentation.Regions.Select(ScoredRegion.Of)]);
        Assert.True(2 * score.FoundCount >= score.CountedCount && score.FoundCount >= 3, $"Found {score.FoundCount} of {score.CountedCount} nodules.");
        Assert.Empty(score.FalseRegionIndices);
        Assert.True(score.DepthJudgedCount >= 3, "Hardly any depth was judged.");
        Assert.Equal(score.DepthJudgedCount, score.DepthRightCount);
    }

    [Fact]
    public void Segment_NodulesBesideTheBonesOfAHeadWithMetal_AreMostlyDeposits()
    {
        (PhantomScan scan, VolumeSegmentation segmentation) = Separate(PhantomFamilies.Draw("head", 8504) with { Deposits = [.. Enumerable.Repeat(DepositKind.IntramuscularNodule, 8)] });
        PhantomScore score = PhantomScore.Of(scan.Truth, [.. segmentation.Regions.Select(ScoredRegion.Of)]);
        Assert.Contains(segmentation.Regions, region => region.Kind == RegionKind.Metal);
        Assert.Empty(score.FalseRegionIndices);
        Assert.True(score.CountedCount >= 6, "Hardly any nodule was placed.");
        Assert.True(score.FoundCount >= 0.8 * score.CountedCount, $"Found {score.FoundCount} of {score.CountedCount} nodules.");
    }

    [Fact]
    public void Segment_NodulesInTheMusclesOfAPlainTrunk_AreDepositsAndNoneIsTakenForAVessel()
    {
        (PhantomScan scan, VolumeSegmentation segmentation) = Separate(PhantomFamilies.Draw("trunk", 8002) with { Deposits = [.. Enumerable.Repeat(DepositKind.IntramuscularNodule, 8)] });
        PhantomScore score = PhantomScore.Of(scan.Truth, [.. segmentation.Regions.Select(ScoredRegion.Of)]);
        Assert.Empty(score.FalseRegionIndices);
        Assert.True(score.FoundCount >= 0.6 * score.CountedCount, $"Found {score.FoundCount} of {score.CountedCount} nodules.");
        Assert.DoesNotContain(scan.Truth.Deposits, deposit => IsIn(segmentation, RegionKind.Vascular, deposit.Runs));

        // The calcified cartilage under the breastbone is as dense as enhancing tissue.
        Assert.DoesNotContain(segmentation.Issues, issue => issue.Code == SeriesIssueCode.ContrastInImage);
    }

    [Fact]
    public void Segment_PlaquesOfAnAortaWithoutContrastMedium_AreVascular()
    {
        // Its blood has the HU of muscle.
        (PhantomScan scan, VolumeSegmentation segmentation) = Separate(PhantomFamilies.Draw("trunk", 8004) with { Deposits = [] });
        OtherCalcificationTruth[] plaques = [.. scan.Truth.OtherCalcifications.Where(plaque => plaque.VolumeMm3 >= PhantomScore.RecallVolumeMm3)];
        Assert.NotEmpty(plaques);
        Assert.All(plaques, plaque => Assert.True(IsIn(segmentation, RegionKind.Vascular, plaque.Runs)));
    }

    [Theory]
    [InlineData("head", 1003)]
    [InlineData("trunk", 7002)]
    public void Segment_BonesWithoutDeposits_ReportsNoneAlthoughACanalOfFluidIsEnclosed(string family, ulong seed)
    {
        (_, VolumeSegmentation segmentation) = Separate(PhantomFamilies.Draw(family, seed) with { SliceCount = 40, Deposits = [] });
        Assert.DoesNotContain(segmentation.Regions, region => region.Kind == RegionKind.SoftTissueCalcification);
    }

    [Fact]
    public void Segment_OssifiedNodulesFarFromBone_AreDepositsWithARemark()
    {
        // The seed's three nodules lie more than 10 mm from the femur and from each other.
        (PhantomScan scan, VolumeSegmentation segmentation) = Separate(PhantomFamilies.Draw("thighs+ossified", 8104));
        SegmentedRegion[] deposits = [.. segmentation.Regions.Where(region => region.Kind == RegionKind.SoftTissueCalcification)];
        Assert.Equal(scan.Truth.Deposits.Length, deposits.Length);
        Assert.All(deposits, deposit => Assert.True(deposit.PossibleOssification));
        Assert.All(deposits, deposit => Assert.Contains(deposit.Evidence, sentence => sentence.Contains("possibly ossified", StringComparison.Ordinal)));
    }

    [Fact]
    public void Segment_SmallBallsWithALucentCentre_LookLikePhleboliths()
    {
        (PhantomScan scan, VolumeSegmentation segmentation) = Separate(PhantomFamilies.Draw("thigh+phleboliths", 8101));
        SegmentedRegion[] deposits = [.. segmentation.Regions.Where(region => region.Kind == RegionKind.SoftTissueCalcification)];
        Assert.Equal(scan.Truth.Deposits.Length, deposits.Length);
        Assert.All(deposits, deposit => Assert.Equal(Morphology.Phlebolith, deposit.Morphology));
    }

    [Fact]
    public void Segment_CystWhoseCalciumSettledTowardsTheBack_HasALevelWhereTheBackIsDownOnly()
    {
        PhantomScan scan = Phantom.Render(PhantomFamilies.Draw("thigh+cyst", 8101), TestContext.Current.CancellationToken);
        FluidLevel? supine = LevelOf("HFS");
        Assert.NotNull(supine);

        // The phantom's fluid has 8 to 28 HU, its sediment 120 to 260 mg/cm3: 187 to 371 HU. Blur and noise move both a little.
        Assert.InRange(supine.FluidHu, 0, 45);
        Assert.InRange(supine.SedimentHu, 170, 400);
        Assert.Equal(supine, LevelOf("FFS"));
        Assert.All(new[] { "HFP", "HFDR", "HFDL", "SITTING", null }, position => Assert.Null(LevelOf(position)));

        FluidLevel? LevelOf(string? patientPosition)
        {
            CtSeries series = scan.Series with { Acquisition = scan.Series.Acquisition with { PatientPosition = patientPosition } };
            VolumeSegmentation segmentation = VolumeSegmenter.Segment(series, 130, cancellationToken: TestContext.Current.CancellationToken);
            SegmentedRegion cyst = segmentation.Regions.Where(region => region.Kind == RegionKind.SoftTissueCalcification).MaxBy(region => region.Runs.Sum(run => run.Length))!;
            Assert.Equal(Morphology.Cystic, cyst.Morphology);
            Assert.False(cyst.PossibleOssification);
            return cyst.FluidLevel;
        }
    }

    [Fact]
    public void Segment_CystInTheMusclesOfTheBackAtTheSpine_IsADepositAndNoBone()
    {
        (PhantomScan scan, VolumeSegmentation segmentation) = Separate(PhantomFamilies.Draw("trunk+cyst", 6003));
        SegmentedRegion cyst = Assert.Single(segmentation.Regions, region => region.Kind == RegionKind.SoftTissueCalcification);
        PhantomScore score = PhantomScore.Of(scan.Truth, [.. segmentation.Regions.Select(ScoredRegion.Of)]);
        Assert.True(Assert.Single(score.Deposits).FoundShare >= 0.9, $"{score.Deposits[0].FoundShare:P0} of the cyst was found.");
        Assert.Equal((Morphology.Cystic, 0), (cyst.Morphology, score.FalseRegionIndices.Length));
        Assert.NotNull(cyst.FluidLevel);
    }

    [Fact]
    public void Segment_Jaws_TeethAreReportedApartFromBone()
    {
        (PhantomScan scan, VolumeSegmentation segmentation) = Separate(PhantomFamilies.Draw("head", 8201) with { Deposits = [], SliceCount = 60 });
        SegmentedRegion teeth = Assert.Single(segmentation.Regions, region => region.Kind == RegionKind.Tooth);
        long all = teeth.Runs.Sum(run => (long)run.Length);
        long inBone = teeth.Runs.Sum(run => Enumerable.Range(run.Start, run.Length).LongCount(column => scan.Truth.Bone[column, run.Row, run.Slice]));
        Assert.True(inBone >= 0.8 * all, $"{inBone} of {all} voxels of teeth lie on true bone or teeth.");
        Assert.True(all * scan.Truth.VoxelVolumeMm3 > 1000, "Hardly a tooth was found.");
    }

    [Theory]
    [InlineData("trunk", 8201, "spine", "ribs, sternum and shoulder girdle")]
    [InlineData("head", 8201, "skull and jaws")]
    [InlineData("forearm", 8201, "bones of an arm")]
    public void Segment_Bones_AreNamedOncePerPartOfTheSkeleton(string family, ulong seed, params string[] parts)
    {
        (PhantomScan scan, VolumeSegmentation segmentation) = Separate(PhantomFamilies.Draw(family, seed) with { Deposits = [] });
        SegmentedRegion[] bones = [.. segmentation.Regions.Where(region => region.Kind == RegionKind.Bone)];
        Assert.All(parts, part => Assert.Contains(bones, bone => bone.Structure == part));

        // Small pieces and the bones of limbs stay entries of their own, for a reader to correct; of the large of a trunk or a head there is one a part.
        SegmentedRegion[] large = [.. bones.Where(bone => bone.Runs.Sum(run => run.Length) * scan.Truth.VoxelVolumeMm3 > (family == "forearm" ? 3000 : 20_000))];
        Assert.NotEmpty(large);
        Assert.All(large, bone => Assert.NotNull(bone.Structure));
        Assert.Equal(family == "forearm" ? 2 : parts.Length, large.Length);
    }

    private static bool IsIn(VolumeSegmentation segmentation, RegionKind kind, IEnumerable<VoxelRun> runs) =>
        segmentation.Regions.Where(region => region.Kind == kind).Any(region => region.Runs.Any(run => runs.Any(own =>
            own.Slice == run.Slice && own.Row == run.Row && own.Start < run.End && run.Start < own.End)));

    private static (PhantomScan Scan, VolumeSegmentation Segmentation) Separate(PhantomOptions options)
    {
        PhantomScan scan = Phantom.Render(options, TestContext.Current.CancellationToken);
        return (scan, VolumeSegmenter.Segment(scan.Series, 130, cancellationToken: TestContext.Current.CancellationToken));
    }

    private static void AssertSeparated(PhantomOptions[] phantoms)
    {
        int counted = 0, found = 0, regions = 0, right = 0;
        foreach (PhantomOptions options in phantoms)
        {
            (PhantomScan scan, VolumeSegmentation segmentation) = Separate(options);
            VolumeSegmenterTests.AssertPartition(scan.Volume, segmentation);
            PhantomScore score = PhantomScore.Of(scan.Truth, [.. segmentation.Regions.Select(ScoredRegion.Of)]);
            counted += score.CountedCount;
            found += score.FoundCount;
            regions += score.RegionCount;
            right += score.RightRegionCount;
            Assert.True(score.BoneLeakMm3 <= GreatestBoneLeakMm3, $"Seed {options.Seed}: {score}.");
        }

        Assert.True(counted > 0, "The phantoms hold no deposits of a size that counts.");
        Assert.True(found >= LeastRecall * counted, $"Found {found} of {counted} deposits.");
        Assert.True(right >= LeastPrecision * regions, $"{right} of {regions} regions are deposits.");
    }
}
