using CalcQuant.Analysis;
using CalcQuant.Export;
using CalcQuant.Imaging;
using CalcQuant.Measurement;
using CalcQuant.Phantoms;
using CalcQuant.Segmentation;

namespace CalcQuant.Tests.Analysis;

/// <summary>What a reader says of a region changes it, and what rests on it, and nothing else; what meets no region is told.</summary>
public sealed class CorrectionTests
{
    /// <summary>Farther from bone than this no deposit loses voxels to the fringe of given bone: the fringe and a cell of the grid on which distances are measured.</summary>
    private static readonly double FringeMm = SeparationParameters.BoneFringeMm + 1.6;

    private const string Who = "Dr A", Why = "seen on the radiograph";

    private static readonly DateTimeOffset Noon = new(2026, 3, 4, 13, 0, 0, TimeSpan.FromHours(1));

    private static readonly Lazy<PhantomScan> Forearm = new(() => Phantom.Render(PhantomOptions.Forearm(211) with { SliceCount = 30 }));

    private static readonly Lazy<AnalysisReport> Plain = new(() => CalcificationAnalysis.Run(Forearm.Value.Series).Report);

    private static Region Deposit => Plain.Value.Regions.First(region => region.Kind == RegionKind.SoftTissueCalcification);

    private static Region Bone => Plain.Value.Regions.First(region => region.Kind == RegionKind.Bone);

    [Fact]
    public void Seed_OfEveryRegion_LiesInIt()
    {
        CalcificationResult result = CalcificationAnalysis.Run(Forearm.Value.Series);
        VolumeGeometry geometry = Forearm.Value.Volume.Geometry;
        Assert.All(result.Report.Regions.Zip(result.Segmentation.Regions), pair =>
        {
            VoxelRun first = pair.Second.Runs[0];
            Assert.Equal((first.Start, first.Row, first.Slice), geometry.FindVoxel(pair.First.SeedLpsMm!.Value));
        });
    }

    [Fact]
    public void Correction_ToBone_DropsWhatBoneHasNot()
    {
        AnalysisReport report = Run(Correct(Deposit, RegionKind.Bone));
        Region changed = report.Regions.Single(region => region.Id == Deposit.Id);
        Assert.Equal((RegionKind.Bone, 1.0), (changed.Kind, changed.Confidence));
        Assert.Equal("reclassified from soft-tissue calcification by Dr A on 2026-03-04 12:00 UTC: seen on the radiograph", changed.Evidence[^1]);
        Assert.Equal((Deposit.VoxelCount, Deposit.ThresholdVolumeMm3, VolumeMethod.ThresholdCount), (changed.VoxelCount, changed.VolumeMm3, changed.VolumeMethod));
        Assert.Equal((null, null, null, null), (changed.MassMg, changed.Agatston, changed.MaxDiameterMm, changed.SurfaceMm2));
        Assert.Equal((null, null, null, null), (changed.Depth, changed.Morphology, changed.DepthBelowSkinMm, changed.DistanceToBoneMm));
        Assert.NotEmpty(Deposit.DepthShares);
        Assert.NotNull(Deposit.Site);
        Assert.Empty(changed.DepthShares);
        Assert.Equal((null, null, null, null), (changed.Site, changed.SiteSource, changed.Laterality, changed.LateralitySource));
        Assert.Equal(
            [new AppliedCorrection(Deposit.Id, RegionKind.SoftTissueCalcification, RegionKind.Bone, Who, Noon.ToUniversalTime(), Why, Deposit.SeedLpsMm!.Value)], report.Corrections);
        Assert.Equal(Plain.Value.Issues, report.Issues);
    }

    [Fact]
    public void Correction_OfBoneToDeposit_MeasuresItAnew()
    {
        AnalysisReport report = Run(Correct(Bone, RegionKind.SoftTissueCalcification));
        Region changed = report.Regions.Single(region => region.Id == Bone.Id);
        Assert.Equal(RegionKind.SoftTissueCalcification, changed.Kind);
        Assert.True(changed is { MassMg: > 0, Agatston: > 0, MaxDiameterMm: > 0, AxialDiameterMm: > 0, SurfaceMm2: > 0, VolumeMm3: > 0 });
        Assert.Equal((Bone.VoxelCount, Bone.ThresholdVolumeMm3, Bone.CentroidLpsMm, Bone.SeedLpsMm), (changed.VoxelCount, changed.ThresholdVolumeMm3, changed.CentroidLpsMm, changed.SeedLpsMm));
    }

    [Fact]
    public void Correction_OfOneRegion_LeavesTheOthersAndKeepsIdsOrderAndSums()
    {
        AnalysisReport report = Run(Correct(Deposit, RegionKind.Metal));
        Assert.Equal(
            Plain.Value.Regions.Where(region => region.Id != Deposit.Id).OrderBy(region => region.Id).Select(Comparable),
            report.Regions.Where(region => region.Id != Deposit.Id).OrderBy(region => region.Id).Select(Comparable));
        Assert.Equal(
            report.Regions.OrderBy(region => region.Kind.ReportOrder()).ThenByDescending(region => region.VolumeMm3).Select(region => region.Id),
            report.Regions.Select(region => region.Id));
        Assert.All(report.Totals, total =>
        {
            List<Region> regions = [.. report.Regions.Where(region => region.Kind == total.Kind)];
            Assert.Equal((regions.Sum(region => region.ComponentCount), regions.Sum(region => region.VolumeMm3)), (total.Count, total.VolumeMm3));
        });
        Assert.Equal(Plain.Value.Totals.Sum(total => total.ThresholdVolumeMm3), report.Totals.Sum(total => total.ThresholdVolumeMm3), 1e-6);
        Assert.NotEqual(Deposit.Id, report.Regions[0].Id);
    }

    [Fact]
    public void Correction_BackAndForth_GivesTheRegionItsOwnNumbersAgain()
    {
        AnalysisReport report = Run(Correct(Deposit, RegionKind.Bone), Correct(Deposit, RegionKind.SoftTissueCalcification));
        Region back = report.Regions.Single(region => region.Id == Deposit.Id);
        Assert.Equal(Comparable(Deposit), Comparable(back with { Confidence = Deposit.Confidence }));
        Assert.Equal([RegionKind.SoftTissueCalcification, RegionKind.Bone], report.Corrections.Select(correction => correction.From));
        Assert.Equal([RegionKind.Bone, RegionKind.SoftTissueCalcification], report.Corrections.Select(correction => correction.To));
        Assert.Contains("to bone and then to soft-tissue calcification", Issue(report, SeriesIssueCode.CorrectionRepeated), StringComparison.Ordinal);
    }

    [Fact]
    public void Correction_ToTheSameKind_Confirms()
    {
        AnalysisReport report = Run(Correct(Deposit, RegionKind.SoftTissueCalcification));
        Region confirmed = report.Regions.Single(region => region.Id == Deposit.Id);
        Assert.Equal(1, confirmed.Confidence);
        Assert.StartsWith("confirmed as soft-tissue calcification by Dr A on ", confirmed.Evidence.Single(text => text.Contains(Why, StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.Equal(Plain.Value.Totals, report.Totals);
    }

    [Fact]
    public void Correction_TwiceTheSame_IsAppliedOnceAndTold()
    {
        AnalysisReport report = Run(Correct(Deposit, RegionKind.Bone), Correct(Deposit, RegionKind.Bone));
        Assert.Single(report.Corrections);
        Assert.Single(report.Regions.Single(region => region.Id == Deposit.Id).Evidence, text => text.Contains(Why, StringComparison.Ordinal));
        Assert.Contains("given twice", Issue(report, SeriesIssueCode.CorrectionRepeated), StringComparison.Ordinal);
    }

    [Fact]
    public void Correction_ThatMeetsNoRegion_IsToldAndChangesNothing()
    {
        VolumeGeometry geometry = Forearm.Value.Volume.Geometry;
        LpsPoint corner = geometry.ToLps(0, 0, 0);
        AnalysisReport report = Run(At(corner), At(corner - new LpsPoint(9000, 0, 0)));
        Assert.Equal(2, report.Issues.Count(issue => issue.Code == SeriesIssueCode.CorrectionWithoutRegion));
        Assert.Equal(Verdict.AcceptedWithWarnings, report.Verdict);
        Assert.Empty(report.Corrections);
        Assert.Equal(Plain.Value.Regions.Select(Comparable), report.Regions.Select(Comparable));

        static RegionCorrection At(LpsPoint point) => new(Plain.Value.SeriesInstanceUid, 1, point, RegionKind.Bone, Who, Noon, Why);
    }

    [Fact]
    public void Correction_OfAnotherSeriesOrStack_IsLeftAside()
    {
        LpsPoint seed = Deposit.SeedLpsMm!.Value;
        AnalysisReport report = Run(
            new RegionCorrection("1.2.3", 1, seed, RegionKind.Bone, Who, Noon, Why), new RegionCorrection(Plain.Value.SeriesInstanceUid, 2, seed, RegionKind.Bone, Who, Noon, Why));
        Assert.Equal(Plain.Value.Regions.Select(Comparable), report.Regions.Select(Comparable));
        Assert.Equal(Plain.Value.Issues, report.Issues);
    }

    [Fact]
    public void Correction_OfARefusedSeries_IsTold()
    {
        var elsewhere = new LabelVolume(2, 2, [[4, 4, 4, 4]], new LpsPoint(9000, 0, 0), new(1, 0, 0), new(0, 1, 0), new(0, 0, 1));
        AnalysisReport report = CalcificationAnalysis.Run(
            Forearm.Value.Series, new AnalysisOptions { BoneMask = elsewhere, Corrections = [Correct(Deposit, RegionKind.Bone)] }).Report;
        Assert.Equal(Verdict.Refused, report.Verdict);
        Assert.Contains(SeriesIssueCode.CorrectionWithoutRegion, report.Issues.Select(issue => issue.Code));
    }

    [Fact]
    public void BoneMask_WrittenAndRead_GivesTheSameDeposits()
    {
        CalcificationResult result = CalcificationAnalysis.Run(Forearm.Value.Series);
        Region[] expected = Deposits(result.Report), found = Deposits(CalcificationAnalysis.Run(Forearm.Value.Series, new AnalysisOptions { BoneMask = Read(result) }).Report);
        Region[] apart = [.. expected.Where(region => region.DistanceToBoneMm > FringeMm)];
        Assert.NotEmpty(apart);

        // What was parted from a bone that was found is doubted more easily than the same beside a bone that is given.
        Assert.InRange(found.Length, expected.Length, expected.Length + 2);
        Assert.All(apart, region =>
        {
            Region again = found.Single(other => other.SeedLpsMm == region.SeedLpsMm);
            Assert.Equal((region.VoxelCount, region.VolumeMm3, region.MassMg), (again.VoxelCount, again.VolumeMm3, again.MassMg));
        });

        // Bone that is given keeps its fringe, even where it was found to be a deposit's.
        Assert.All(expected.Except(apart), region => Assert.Contains(
            found, other => (other.CentroidLpsMm - region.CentroidLpsMm).Length < 1.5 && (double)other.VoxelCount / region.VoxelCount is > 0.5 and <= 1));
    }

    [Fact]
    public void BoneMask_AfterACorrection_FollowsIt()
    {
        CalcificationResult plain = CalcificationAnalysis.Run(Forearm.Value.Series);
        CalcificationResult more = CalcificationAnalysis.Run(Forearm.Value.Series, new AnalysisOptions { Corrections = [Correct(Deposit, RegionKind.Bone)] });
        Assert.Equal(plain.Segmentation.Bone.Count() + Deposit.VoxelCount, more.Segmentation.Bone.Count());
        CalcificationResult less = CalcificationAnalysis.Run(Forearm.Value.Series, new AnalysisOptions { Corrections = [Correct(Bone, RegionKind.Metal)] });
        Assert.InRange(less.Segmentation.Bone.Count(), 0, plain.Segmentation.Bone.Count() - 1);
    }

    [Fact]
    public void Constructor_OfWhatIsNoCorrection_Throws() => Assert.All(
        new Func<RegionCorrection>[]
        {
            () => new("", 1, default, RegionKind.Bone, Who, Noon, Why),
            () => new("1.2", 0, default, RegionKind.Bone, Who, Noon, Why),
            () => new("1.2", 1, new LpsPoint(double.NaN, 0, 0), RegionKind.Bone, Who, Noon, Why),
            () => new("1.2", 1, default, (RegionKind)99, Who, Noon, Why),
            () => new("1.2", 1, default, RegionKind.Bone, " ", Noon, Why),
            () => new("1.2", 1, default, RegionKind.Bone, Who, Noon, "two\nlines"),
            () => new("1.2", 1, default, RegionKind.Bone, Who, Noon, new string('x', RegionCorrection.MaxWhyLength + 1)),
        },
        create => Assert.ThrowsAny<ArgumentException>(create));

    [Theory]
    [InlineData(0)]
    [InlineData(0.4)]
    public void FindVoxel_InAnUnevenShearedStack_FindsEachVoxelFromAnywhereInIt(double shearMm)
    {
        LpsPoint column = new(0.8, 0.6, 0), row = new(0, 0, 1), normal = column.Cross(row);
        double[] places = [0, 1.5, 3, 5];
        var geometry = new VolumeGeometry(6, 5, 0.7, 0.9, column, row, [.. places.Select(z => new LpsPoint(-12, 31, 5) + (normal * z) + (row * (shearMm * z)))], [1.5, 1.5, 1.75, 2]);
        for (int slice = 0; slice < 4; slice++)
        {
            foreach (double part in new[] { -0.49, 0, 0.49 })
            {
                Assert.Equal((4, 3, slice), geometry.FindVoxel(geometry.ToLps(4 + part, 3 - part, slice) + (normal * (0.7 * part))));
            }
        }

        Assert.Null(geometry.FindVoxel(geometry.ToLps(-0.6, 0, 1)));
        Assert.Null(geometry.FindVoxel(geometry.ToLps(0, 4.6, 1)));
        Assert.Null(geometry.FindVoxel(geometry.ToLps(0, 0, 0) - normal));
    }

    private static RegionCorrection Correct(Region region, RegionKind kind) => new(Plain.Value.SeriesInstanceUid, 1, region.SeedLpsMm!.Value, kind, Who, Noon, Why);

    private static AnalysisReport Run(params RegionCorrection[] corrections) =>
        CalcificationAnalysis.Run(Forearm.Value.Series, new AnalysisOptions { Corrections = [.. corrections] }).Report;

    private static string Issue(AnalysisReport report, SeriesIssueCode code) => report.Issues.Single(issue => issue.Code == code).Explanation;

    private static Region[] Deposits(AnalysisReport report) => [.. report.Regions.Where(region => region.Kind == RegionKind.SoftTissueCalcification)];

    /// <summary>A region without its evidence, its depth shares apart: lists within a record are equal to themselves only.</summary>
    private static (Region Region, string DepthShares) Comparable(Region region) =>
        (region with { Evidence = [], DepthShares = [] }, string.Join("; ", region.DepthShares));

    private static LabelVolume Read(CalcificationResult result)
    {
        using var file = new MemoryStream();
        NiftiLabels.WriteBone(result.Report.Geometry!, result.Segmentation.Bone, file);
        return Assert.IsType<LabelReading.Accepted>(NiftiLabelReader.Read(file.ToArray())).Volume;
    }
}
