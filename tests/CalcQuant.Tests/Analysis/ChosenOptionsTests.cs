using CalcQuant.Analysis;
using CalcQuant.Imaging;
using CalcQuant.Measurement;
using CalcQuant.Phantoms;
using CalcQuant.Phantoms.Truth;

namespace CalcQuant.Tests.Analysis;

/// <summary>What a caller may choose beside the threshold: which regions, whose bone, where a calibration comes from.</summary>
public sealed class ChosenOptionsTests
{
    private static readonly Lazy<PhantomScan> Forearm = new(() => Phantom.Render(PhantomOptions.Forearm(211) with
    {
        SliceCount = 40,
        Deposits = [DepositKind.SubcutaneousNodule, DepositKind.IntramuscularNodule, DepositKind.IntramuscularNodule, DepositKind.SubcutaneousNodule, DepositKind.BoneTouchingNodule],
    }));

    private static readonly Lazy<AnalysisReport> Plain = new(() => CalcificationAnalysis.Run(Forearm.Value.Series).Report);

    [Fact]
    public void RegionOfInterest_AroundOneDeposit_KeepsItWholeAndCountsTheOthers()
    {
        Region wanted = Plain.Value.Regions.First(region => region.Kind == RegionKind.SoftTissueCalcification);
        LpsPoint half = new(0.5, 0.5, 0.7);
        AnalysisReport report = Run(new AnalysisOptions { RegionOfInterest = new LpsBox(wanted.CentroidLpsMm - half, wanted.CentroidLpsMm + half) });
        Region kept = Assert.Single(report.Regions);
        Assert.Equal((wanted.VolumeMm3, wanted.VoxelCount), (kept.VolumeMm3, kept.VoxelCount));
        Assert.Contains(kept.Evidence, text => text.StartsWith("extends beyond the region of interest", StringComparison.Ordinal));
        int others = Plain.Value.Regions.Length - 1;
        Assert.Contains($"{others} others", Issue(report, SeriesIssueCode.RegionOfInterest), StringComparison.Ordinal);
        Assert.Equal(kept.VolumeMm3, Assert.Single(report.Totals).VolumeMm3);
    }

    [Fact]
    public void MinimumVolume_BetweenTwoDeposits_LeavesTheSmallerOutAndSaysSo()
    {
        double[] volumes = [.. Plain.Value.Regions.Where(region => region.Kind is RegionKind.SoftTissueCalcification or RegionKind.Uncertain or RegionKind.Vascular).Select(region => region.VolumeMm3).Order()];
        double least = (volumes[0] + volumes[1]) / 2;
        AnalysisReport report = Run(new AnalysisOptions { MinimumVolumeMm3 = least });
        Assert.Equal(Plain.Value.Regions.Where(region => region.VolumeMm3 != volumes[0]).Select(region => region.VolumeMm3), report.Regions.Select(region => region.VolumeMm3));
        Assert.Contains(": 1, together", Issue(report, SeriesIssueCode.SmallRegionsLeftOut), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void BoneMask_OfTheTrueBone_IsBelievedOnAnyGrid(int coarseness)
    {
        LabelVolume labels = TrueBone(coarseness, label: 4);
        AnalysisReport report = Run(new AnalysisOptions { BoneMask = labels, BoneLabels = [4] });
        Assert.Equal("given by the caller, labels 4", report.Parameters!.BoneOrigin);
        Assert.Equal("found in the image", Plain.Value.Parameters!.BoneOrigin);
        double bone = Total(report, RegionKind.Bone), found = Total(Plain.Value, RegionKind.Bone);
        Assert.InRange(bone / found, 0.93, 1.07);
        foreach (DepositTruth truth in Forearm.Value.Truth.Deposits.Where(truth => truth.VolumeMm3 >= 65))
        {
            Assert.Contains(report.Regions, region => region.Kind == RegionKind.SoftTissueCalcification && (region.CentroidLpsMm - truth.CentroidLpsMm).Length < 1.5);
        }
    }

    [Fact]
    public void BoneMask_ThatDoesNotFit_IsRefusedWithTheReason()
    {
        LabelVolume labels = TrueBone(1, label: 4);
        Assert.Equal([SeriesIssueCode.UnsuitableBoneMask], Refusals(new AnalysisOptions { BoneMask = labels, BoneLabels = [5] }));
        var elsewhere = new LabelVolume(2, 2, [[4, 4, 4, 4]], new LpsPoint(9000, 0, 0), new(1, 0, 0), new(0, 1, 0), new(0, 0, 1));
        Assert.Equal([SeriesIssueCode.UnsuitableBoneMask], Refusals(new AnalysisOptions { BoneMask = elsewhere }));
        var drawnOnAnother = new LabelVolume(2, 2, [[4, 4, 4, 4]], default, new(1, 0, 0), new(0, 1, 0), new(0, 0, 1)) { FrameOfReferenceUid = "2.25.1" };
        Assert.Equal([SeriesIssueCode.UnsuitableBoneMask], Refusals(new AnalysisOptions { BoneMask = drawnOnAnother }));
    }

    [Fact]
    public void Calibration_WithAnOrigin_NamesIt() => Assert.Equal(
        "requested: phantom of March", Run(new AnalysisOptions { MilligramsPerCm3PerHu = 0.8, CalibrationOrigin = "phantom of March" }).Parameters!.Calibration.Origin);

    [Fact]
    public void Options_OutOfRange_AreACallersBug() => Assert.All(
        [
            new AnalysisOptions { RegionOfInterest = new LpsBox(new(1, 0, 0), default) },
            new AnalysisOptions { MinimumVolumeMm3 = -1 },
            new AnalysisOptions { MinimumVolumeMm3 = double.NaN },
        ],
        options => Assert.Throws<ArgumentException>(() => Run(options)));

    private static AnalysisReport Run(AnalysisOptions options) => CalcificationAnalysis.Run(Forearm.Value.Series, options).Report;

    private static IEnumerable<SeriesIssueCode> Refusals(AnalysisOptions options)
    {
        AnalysisReport report = Run(options);
        Assert.Equal((Verdict.Refused, 0), (report.Verdict, report.Regions.Length));
        return report.Issues.Select(issue => issue.Code).Where(code => code.IsRefusal());
    }

    private static string Issue(AnalysisReport report, SeriesIssueCode code) => report.Issues.Single(issue => issue.Code == code).Explanation;

    private static double Total(AnalysisReport report, RegionKind kind) => report.Totals.Single(total => total.Kind == kind).ThresholdVolumeMm3;

    /// <summary>The phantom's bone, its slices in reverse order and its rows from the right, on a grid that many times coarser in the plane.</summary>
    private static LabelVolume TrueBone(int coarseness, ushort label)
    {
        VolumeGeometry geometry = Forearm.Value.Volume.Geometry;
        int columns = geometry.ColumnCount / coarseness, rows = geometry.RowCount / coarseness;
        ushort[]?[] slices =
        [
            .. Enumerable.Range(0, geometry.SliceCount).Reverse().Select(z =>
            {
                ushort[] labels = new ushort[columns * rows];
                for (int i = 0; i < labels.Length; i++)
                {
                    int column = (columns - 1 - (i % columns)) * coarseness, row = i / columns * coarseness;
                    labels[i] = Forearm.Value.Truth.Bone[column, row, z] ? label : (ushort)(i % 3 == 0 ? 9 : 0);
                }

                return labels;
            }),
        ];
        LpsPoint across = geometry.ColumnDirection * (geometry.BetweenColumnsMm * coarseness), down = geometry.RowDirection * (geometry.BetweenRowsMm * coarseness);
        LpsPoint last = geometry.SliceOrigins[^1];
        return new LabelVolume(
            columns, rows, slices, last + (across * (columns - 1)), across * -1, down, (geometry.SliceOrigins[0] - last) * (1.0 / (geometry.SliceCount - 1)));
    }
}
