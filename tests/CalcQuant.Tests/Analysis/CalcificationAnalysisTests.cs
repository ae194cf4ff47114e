using System.Collections.Immutable;
using CalcQuant.Analysis;
using CalcQuant.Imaging;
using CalcQuant.Measurement;
using CalcQuant.Segmentation;
using CalcQuant.Tests.Measurement;

namespace CalcQuant.Tests.Analysis;

public sealed class CalcificationAnalysisTests
{
    [Fact]
    public void Run_OnRegionsOfManyKinds_OrdersNumbersAndTotalsThem()
    {
        CtVolume volume = Noisy();
        RegionKind[] kinds = Enum.GetValues<RegionKind>();
        ImmutableArray<SegmentedRegion> regions = [.. Stacks.Components(volume, 130).Select((region, n) => region with { Kind = kinds[n % kinds.Length], ComponentCount = 1 + (n % 2) })];
        Assert.True(regions.Length > 30);
        CalcificationResult result = Run(Stacks.Series(volume), new(), regions);

        ImmutableArray<Region> report = result.Report.Regions;
        Assert.Equal(regions.Length, report.Length);
        Assert.Equal(Enumerable.Range(1, report.Length), report.Select(region => region.Id));
        RegionKind[] expectedOrder =
        [
            RegionKind.SoftTissueCalcification, RegionKind.Vascular, RegionKind.Uncertain, RegionKind.Metal, RegionKind.Tooth,
            RegionKind.Contrast, RegionKind.Bone, RegionKind.OutsideBody, RegionKind.Noise,
        ];
        Assert.Equal(expectedOrder, report.Select(region => region.Kind).Distinct());
        for (int i = 0; i < report.Length; i++)
        {
            SegmentedRegion segmented = result.Segmentation.Regions[i];
            Assert.Equal(segmented.Kind, report[i].Kind);
            Assert.Equal(segmented.Runs.Sum(run => run.Length), report[i].VoxelCount);
            if (i > 0 && report[i].Kind == report[i - 1].Kind)
            {
                Assert.True(report[i].VolumeMm3 <= report[i - 1].VolumeMm3);
            }
        }

        double voxel = volume.Geometry.VoxelVolumeMm3(0);
        long dense = volume.Int16Voxels.ToArray().LongCount(v => v >= 130);
        Assert.Equal(dense * voxel, result.Report.Totals.Sum(total => total.ThresholdVolumeMm3), 1e-6);
        Assert.Equal(kinds, result.Report.Totals.Select(total => total.Kind));
        foreach (RegionTotal total in result.Report.Totals)
        {
            Region[] of = [.. report.Where(region => region.Kind == total.Kind)];
            Assert.Equal(of.Sum(region => region.ComponentCount), total.Count);
            Assert.Equal(of.Sum(region => region.VolumeMm3), total.VolumeMm3, 1e-9);
            bool hasMass = total.Kind is RegionKind.SoftTissueCalcification or RegionKind.Vascular or RegionKind.Uncertain;
            Assert.Equal(hasMass, total.MassMg.HasValue);
        }
    }

    [Fact]
    public void Run_WithAnyNumberOfThreads_GivesTheSameReport()
    {
        CtVolume volume = Noisy();
        ImmutableArray<SegmentedRegion> regions = Stacks.Components(volume, 130);
        AnalysisReport expected = Run(Stacks.Series(volume), new() { MaxThreadCount = 1 }, regions).Report;
        foreach (int threads in new[] { 0, 2, 3, 7 })
        {
            AnalysisReport actual = Run(Stacks.Series(volume), new() { MaxThreadCount = threads }, regions).Report;
            Assert.Equal(expected.Regions.Select(region => region with { Evidence = [] }), actual.Regions.Select(region => region with { Evidence = [] }));
        }
    }

    [Theory]
    [InlineData(120.0, null, 130f, "120 kVp default", false)]
    [InlineData(100.0, null, 145f, "tabulated for 100 kVp", true)]
    [InlineData(140.0, null, 119f, "nearest tabulated to 140 kVp", true)]
    [InlineData(null, null, 130f, "120 kVp default, tube voltage unknown", true)]
    [InlineData(0.0, null, 130f, "120 kVp default, tube voltage unknown", true)]
    [InlineData(120.0, 200f, 200f, "requested", false)]
    [InlineData(80.0, 200f, 200f, "requested", true)]
    public void Run_ForAVoltage_ChoosesTheThresholdAndSaysSo(double? kvp, float? requested, float threshold, string origin, bool warned)
    {
        CtVolume volume = Stacks.Render(Stacks.Axial(8, 8, 6, 1, 1, 1), (_, _, _) => 0);
        float passed = float.NaN;
        AnalysisReport report = CalcificationAnalysis.Run(
            Stacks.Series(volume, kvp),
            new AnalysisOptions { ThresholdHu = requested },
            (hu, _, _) =>
            {
                passed = hu;
                return Stacks.Segmentation(volume, []);
            },
            null,
            CancellationToken.None).Report;

        Assert.Equal(threshold, passed);
        Assert.Equal(threshold, report.Parameters!.ThresholdHu);
        Assert.Equal(origin, report.Parameters.ThresholdOrigin);
        Assert.Equal(warned, report.Issues.Any(issue => issue.Code == SeriesIssueCode.ThresholdAdapted));
        Assert.Equal(warned ? Verdict.AcceptedWithWarnings : Verdict.Accepted, report.Verdict);
        Assert.Empty(report.Regions);
        Assert.Empty(report.Totals);
    }

    [Fact]
    public void Run_BetweenTabulatedVoltages_InterpolatesAndSaysSo()
    {
        CtVolume volume = Stacks.Render(Stacks.Axial(8, 8, 6, 1, 1, 1), (_, _, _) => 0);
        MeasurementParameters parameters = Run(Stacks.Series(volume, 110), new(), []).Report.Parameters!;
        Assert.Equal("interpolated for 110 kVp", parameters.ThresholdOrigin);
        Assert.InRange(parameters.ThresholdHu, 136f, 138f);
    }

    [Fact]
    public void Run_WithACalibration_UsesItWithoutAWarning()
    {
        VolumeGeometry geometry = Stacks.Axial(10, 10, 6, 1, 1, 1);
        CtVolume volume = Stacks.Render(geometry, (i, j, k) => i == 4 && j == 4 && k == 3 ? 200 : 0);
        ImmutableArray<SegmentedRegion> regions = Stacks.Components(volume, 130);
        AnalysisReport standard = Run(Stacks.Series(volume), new(), regions).Report;
        AnalysisReport calibrated = Run(Stacks.Series(volume), new() { MilligramsPerCm3PerHu = 1.56 }, regions).Report;

        Assert.Contains(standard.Issues, issue => issue.Code == SeriesIssueCode.DefaultCalibration);
        Assert.DoesNotContain(calibrated.Issues, issue => issue.Code == SeriesIssueCode.DefaultCalibration);
        Assert.Equal("requested", calibrated.Parameters!.Calibration.Origin);
        Assert.Equal(0.78, standard.Parameters!.Calibration.MilligramsPerCm3PerHu, 1e-12);
        Assert.Equal(2 * standard.Regions[0].MassMg!.Value, calibrated.Regions[0].MassMg!.Value, 1e-9);
    }

    [Fact]
    public void Run_WithIssuesOfTheSeriesAndTheSegmentation_KeepsAll()
    {
        CtVolume volume = Stacks.Render(Stacks.Axial(8, 8, 6, 1, 1, 1), (_, _, _) => 0);
        CtSeries series = Stacks.Series(volume) with { Issues = [new(SeriesIssueCode.LossyCompression, "lossy")] };
        AnalysisReport report = CalcificationAnalysis.Run(
            series,
            new(),
            (_, _, _) => Stacks.Segmentation(volume, []) with { Issues = [new(SeriesIssueCode.NoBody, "no body")] },
            null,
            CancellationToken.None).Report;
        Assert.Equal([SeriesIssueCode.LossyCompression, SeriesIssueCode.NoBody], report.Issues.Select(issue => issue.Code));
        Assert.Equal(Verdict.AcceptedWithWarnings, report.Verdict);
    }

    [Fact]
    public void Run_Cancelled_Throws()
    {
        CtVolume volume = Noisy();
        using var source = new CancellationTokenSource();
        source.Cancel();
        Assert.Throws<OperationCanceledException>(() => CalcificationAnalysis.Run(
            Stacks.Series(volume), new(), (_, _, _) => Stacks.Segmentation(volume, Stacks.Components(volume, 130)), null, source.Token));
    }

    [Fact]
    public void Run_WithImpossibleOptions_Throws()
    {
        CtSeries series = Stacks.Series(Stacks.Render(Stacks.Axial(8, 8, 6, 1, 1, 1), (_, _, _) => 0));
        Assert.Throws<ArgumentException>(() => Run(series, new() { ThresholdHu = float.NaN }, []));
        Assert.Throws<ArgumentException>(() => Run(series, new() { MilligramsPerCm3PerHu = 0 }, []));
        Assert.Throws<ArgumentException>(() => Run(series, new() { MaxThreadCount = -1 }, []));
    }

    private static CtVolume Noisy()
    {
        var random = new Random(17);
        return Stacks.Render(Stacks.Axial(40, 36, 12, 0.7, 0.7, 1.5), (_, _, _) => random.NextDouble() < 0.02 ? random.Next(130, 900) : random.Next(-100, 100));
    }

    private static CalcificationResult Run(CtSeries series, AnalysisOptions options, ImmutableArray<SegmentedRegion> regions) =>
        CalcificationAnalysis.Run(series, options, (_, _, _) => Stacks.Segmentation(series.Volume, regions), null, CancellationToken.None);
}
