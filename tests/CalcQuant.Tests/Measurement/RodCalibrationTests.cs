using System.Collections.Immutable;
using CalcQuant.Analysis;
using CalcQuant.Imaging;
using CalcQuant.Measurement;
using CalcQuant.Phantoms;
using CalcQuant.Segmentation;

namespace CalcQuant.Tests.Measurement;

public sealed class RodCalibrationTests
{
    private const double Diameter = 14;

    /// <summary>HU = 20 + 1.25 mg/cm³: 0.8 mg/cm³ per HU and 20 HU without calcium.</summary>
    private const double Slope = 1.25, Intercept = 20;

    private static readonly double[] Densities = [0, 100, 200, 400];

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0.15, 0)]
    [InlineData(0, 3.4)]
    public void Measure_OfRods_GivesTheirLine(double lean, double offAxisMm)
    {
        RodCalibration rods = Measure(Scan(lean), Rods(offAxisMm));
        Assert.Null(rods.Problem);
        Assert.Equal(4, rods.Rods.Length);
        Assert.All(rods.Rods, rod => Assert.Equal(Intercept + (Slope * rod.Rod.DensityMgPerCm3), rod.MeanHu, 2.0));
        Assert.All(rods.Rods, rod => Assert.InRange(rod.SliceCount, 8, 10));
        Assert.Equal(1 / Slope, rods.Calibration!.MilligramsPerCm3PerHu, 0.005);
        Assert.Equal(Intercept, rods.Calibration.InterceptHu, 2.0);
        Assert.Equal(CalibrationSource.RodsInScan, rods.Calibration.Source);

        // What no rod tells, how the beam hardens at the deposit, is assumed to be 3 %; four rods about their line by 5 HU make 2.6 %.
        Assert.Equal(Math.Sqrt((0.03 * 0.03) + Math.Pow(1.96 * 5 / Math.Sqrt(87500) / Slope, 2)), rods.Calibration.Tolerance, 1e-3);
        Assert.Equal(1.96 * 5 * Math.Sqrt(0.25 + (175.0 * 175 / 87500)), rods.Calibration.InterceptToleranceHu, 0.01);
    }

    [Fact]
    public void Measure_OfARodOfAnotherDensityThanItIsSaidToHave_GivesNoCalibration()
    {
        ImmutableArray<CalibrationRod> rods = Rods(0);
        RodCalibration measured = Measure(Scan(0), rods.SetItem(2, rods[2] with { DensityMgPerCm3 = 300 }));
        Assert.Null(measured.Calibration);
        Assert.Matches("rod 1 lies [+-][0-9]+ HU off their line, .*rod 3 lies -[0-9]+ HU off their line", measured.Problem);
    }

    [Fact]
    public void Measure_OfARodOutsideTheImage_SaysWhich()
    {
        ImmutableArray<CalibrationRod> rods = Rods(0);
        RodCalibration measured = Measure(Scan(0), rods.SetItem(1, rods[1] with { PointLpsMm = new(500, 0, 0) }));
        Assert.Null(measured.Calibration);
        Assert.Equal("rod 2: it lies outside the image", measured.Problem);
    }

    [Fact]
    public void Measure_OfRodsInFallingOrder_GivesNoCalibration()
    {
        ImmutableArray<CalibrationRod> swapped = [.. Rods(0).Select(rod => rod with { DensityMgPerCm3 = 400 - rod.DensityMgPerCm3 })];
        Assert.Contains("which no CT of this tube voltage has", Measure(Scan(0), [swapped[0], swapped[3]]).Problem, StringComparison.Ordinal);
        Assert.Contains("two rods", Measure(Scan(0), [swapped[0]]).Problem, StringComparison.Ordinal);
    }

    /// <summary>A place in a slice that a rod half fills is followed to where it is whole; in two slices nothing shows that it is.</summary>
    [Fact]
    public void Measure_FromAPartlyFilledSlice_TakesWhatTheRodHas()
    {
        CtVolume volume = Scan(0, fromMm: 5.3, toMm: 16);
        ImmutableArray<CalibrationRod> rods = [.. Rods(0).Select(rod => rod with { PointLpsMm = rod.PointLpsMm with { Z = 6 } })];
        RodCalibration whole = Measure(volume, rods);
        Assert.Null(whole.Problem);
        Assert.Equal(1 / Slope, whole.Calibration!.MilligramsPerCm3PerHu, 0.01);

        RodCalibration two = Measure(Scan(0, fromMm: 8, toMm: 12), Rods(0));
        Assert.Null(two.Calibration);
        Assert.Contains("slices alike, 3 are needed", two.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Measure_OfTheSameRodTwice_SaysSo()
    {
        ImmutableArray<CalibrationRod> rods = Rods(0);
        Assert.Equal("rod 2: it lies in rod 1", Measure(Scan(0), rods.SetItem(1, rods[0] with { DensityMgPerCm3 = 100 })).Problem);
    }

    [Fact]
    public void Measure_OfADiameterThatReachesBeyondTheRod_SaysSo()
    {
        ImmutableArray<CalibrationRod> rods = Rods(0);
        Assert.Contains("rod 4: its core is not alike", Measure(Scan(0), rods.SetItem(3, rods[3] with { DiameterMm = 30 })).Problem, StringComparison.Ordinal);
    }

    /// <summary>A rod that was named where a nodule lies must not take it from the patient when the rods are refused.</summary>
    [Fact]
    public void Run_WithARodOnANodule_KeepsTheNodule()
    {
        CtVolume volume = Stacks.Render(Stacks.Axial(40, 40, 12, 1, 1, 1), (i, j, k) => IsNodule(i, j, k) ? 400 : 50);
        var nodule = new SegmentedRegion(RegionKind.SoftTissueCalcification, 0.9, [], Stacks.Runs(volume.Geometry, IsNodule));
        AnalysisReport report = Run(volume, new AnalysisOptions { CalibrationRods = [new(new LpsPoint(20, 20, 6), 8, 200), new(new LpsPoint(500, 0, 0), 8, 400)] }, nodule);
        Assert.Contains(report.Issues, issue => issue.Code == SeriesIssueCode.CalibrationRodsUnusable);
        Assert.Equal(RegionKind.SoftTissueCalcification, Assert.Single(report.Regions).Kind);

        static bool IsNodule(int i, int j, int k) => Math.Pow(i - 20, 2) + Math.Pow(j - 20, 2) + Math.Pow(k - 6, 2) <= 16;
    }

    /// <summary>Rods that are worth nothing are told, and the default is used with its own warning.</summary>
    [Fact]
    public void Run_WithUnusableRods_WarnsAndUsesTheDefault()
    {
        CtVolume volume = Stacks.Render(Stacks.Axial(20, 20, 10, 1, 1, 1), (i, j, k) => IsBall(i, j, k) ? 270 : 0);
        AnalysisReport report = Run(volume, new AnalysisOptions { CalibrationRods = Rods(0) }, BallRegion(volume));
        Assert.Contains(report.Issues, issue => issue.Code == SeriesIssueCode.CalibrationRodsUnusable);
        Assert.Contains(report.Issues, issue => issue.Code == SeriesIssueCode.DefaultCalibration);
        Assert.Equal(CalibrationSource.TubeVoltageDefault, report.Parameters!.Calibration.Source);
    }

    /// <summary>Density = factor x (HU - intercept), by hand: 27 voxels of 1 mm³ and 270 HU are 27 x 0.8 x 250 / 1000 mg.</summary>
    [Fact]
    public void Run_WithAStoredCalibration_TakesItsInterceptOff()
    {
        CtVolume volume = Stacks.Render(Stacks.Axial(20, 20, 10, 1, 1, 1), (i, j, k) => IsBall(i, j, k) ? 270 : 0);
        SegmentedRegion ball = BallRegion(volume);
        ImmutableArray<ScannerCalibration> stored =
        [
            new("acme", "CT 3", 120, null, 0.9, 0, 0.1, 0, "any kernel"),
            new("ACME", "ct 3", 120, "B30", 0.8, 20, 0.04, 5, "phantom 7"),
            new("ACME", "CT 3", 100, "B30", 0.7, 20, 0.04, 5, "other voltage"),
        ];
        CtSeries series = Stacks.Series(volume);
        CtSeries scanner = series with { Acquisition = series.Acquisition with { Manufacturer = "ACME", ManufacturerModelName = "CT 3", ConvolutionKernel = "B30" } };
        AnalysisReport report = Run(scanner, new AnalysisOptions { ScannerCalibrations = stored }, ball);
        Assert.Equal((CalibrationSource.StoredScanner, 0.8, 20, 0.04), (report.Parameters!.Calibration.Source, report.Parameters.Calibration.MilligramsPerCm3PerHu, report.Parameters.Calibration.InterceptHu, report.Parameters.Calibration.Tolerance));
        Assert.Equal("stored for this scanner: phantom 7", report.Parameters.Calibration.Origin);
        Assert.Equal(27 * 0.8 * 250 / 1000, report.Regions[0].MassMg!.Value, 1e-9);
        Assert.DoesNotContain(report.Issues, issue => issue.Code == SeriesIssueCode.DefaultCalibration);

        CtSeries other = series with { Acquisition = scanner.Acquisition with { ConvolutionKernel = "B70" } };
        Assert.Equal(0.9, Run(other, new AnalysisOptions { ScannerCalibrations = stored }, ball).Parameters!.Calibration.MilligramsPerCm3PerHu);

        AnalysisReport unknown = Run(series, new AnalysisOptions { ScannerCalibrations = stored }, ball);
        Assert.Equal(CalibrationSource.TubeVoltageDefault, unknown.Parameters!.Calibration.Source);
        Assert.Contains(unknown.Issues, issue => issue.Code == SeriesIssueCode.DefaultCalibration && issue.Explanation.Contains("none of the stored calibrations", StringComparison.Ordinal));
    }

    [Fact]
    public void Run_WithAFactorAndRods_Throws()
    {
        CtVolume volume = Scan(0);
        Assert.Throws<ArgumentException>(() => Run(volume, new AnalysisOptions { MilligramsPerCm3PerHu = 0.8, CalibrationRods = Rods(0) }, BallRegion(volume)));
        Assert.Throws<ArgumentException>(() => Run(volume, new AnalysisOptions { CalibrationRods = [new CalibrationRod(default, 1, 100)] }, BallRegion(volume)));
    }

    /// <summary>From the scan to the mass: rods and a ball of a phantom whose HU are 30.2 + 1.309 mg/cm³. The mass is that of the calcium, nothing of the tissue.</summary>
    [Fact]
    public void Run_OfAPhantomWithRods_GivesTheTrueMassOfItsBall()
    {
        PhantomOptions options = PhantomOptions.MuscleCylinder(
            9,
            PlacedDeposit.Ball(new(0, 20, 2), 8, 400),
            new PlacedDeposit(PlacedForm.Cylinder, new(-22, -10, 0), new(10, 10, 36), 100),
            new PlacedDeposit(PlacedForm.Cylinder, new(0, -14, 0), new(10, 10, 36), 300),
            new PlacedDeposit(PlacedForm.Cylinder, new(22, -10, 0), new(10, 10, 36), 700));
        PhantomScan scan = Phantom.Render(options);
        ImmutableArray<CalibrationRod> rods =
        [
            new(scan.Truth.Deposits[1].CentroidLpsMm, 10, 100), new(scan.Truth.Deposits[2].CentroidLpsMm, 10, 300), new(scan.Truth.Deposits[3].CentroidLpsMm, 10, 700),
        ];
        CalcificationResult result = CalcificationAnalysis.Run(scan.Series, new AnalysisOptions { CalibrationRods = rods });
        Calibration calibration = result.Report.Parameters!.Calibration;
        Assert.Equal(1 / 1.309, calibration.MilligramsPerCm3PerHu, 0.008);
        Assert.Equal(30.2, calibration.InterceptHu, 5.0);

        // The rods are calcium too, but no patient's.
        Region ball = Assert.Single(result.Report.Regions, region => region.Kind.IsCalcification());
        Assert.Equal(3, result.Report.Regions.Count(region => region.Evidence.Contains("a calibration rod that the caller named")));
        double truth = scan.Truth.Deposits[0].MassMg;
        Assert.InRange(ball.MassMg!.Value, 0.97 * truth, 1.03 * truth);
        Assert.InRange(truth, ball.MassIntervalMg!.Value.Low, ball.MassIntervalMg.Value.High);
        result.Segmentation.Dispose();
    }

    private static RodCalibration Measure(CtVolume volume, ImmutableArray<CalibrationRod> rods) =>
        RodCalibration.Measure(volume, rods, TubeVoltage.DefaultMilligramsPerCm3PerHu(120), CancellationToken.None);

    private static bool IsBall(int i, int j, int k) => Math.Abs(i - 8) <= 1 && Math.Abs(j - 8) <= 1 && Math.Abs(k - 4) <= 1;

    private static SegmentedRegion BallRegion(CtVolume volume) =>
        new(RegionKind.SoftTissueCalcification, 0.9, [], Stacks.Runs(volume.Geometry, IsBall));

    private static AnalysisReport Run(CtVolume volume, AnalysisOptions options, SegmentedRegion region) => Run(Stacks.Series(volume), options, region);

    private static AnalysisReport Run(CtSeries series, AnalysisOptions options, SegmentedRegion region) =>
        CalcificationAnalysis.Run(series, options, (_, _, _) => Stacks.Segmentation(series.Volume, [region]), null, CancellationToken.None).Report;

    private static ImmutableArray<CalibrationRod> Rods(double offAxisMm) =>
        [.. Densities.Select((density, n) => new CalibrationRod(new LpsPoint(20 + (20 * n) + offAxisMm, 20, 10), Diameter, density))];

    /// <summary>Rods side by side in water, upright or leaning by <paramref name="lean"/> mm per mm, 10 slices of 2 mm.</summary>
    private static CtVolume Scan(double lean, double fromMm = double.NegativeInfinity, double toMm = double.PositiveInfinity) => new BlurredScene(p =>
    {
        for (int n = p.Z >= fromMm && p.Z <= toMm ? 0 : Densities.Length; n < Densities.Length; n++)
        {
            double x = p.X - (20 + (20 * n) + (lean * (p.Z - 10))), y = p.Y - 20;
            if (Math.Sqrt((x * x) + (y * y)) <= Diameter / 2)
            {
                return Intercept + (Slope * Densities[n]);
            }
        }

        return 0;
    }) { NoiseHu = 10, SliceThicknessMm = 2, FineThroughMm = 0.5, FineInPlaneMm = 0.4 }.Render(Stacks.Axial(125, 50, 10, 0.8, 0.8, 2));
}
