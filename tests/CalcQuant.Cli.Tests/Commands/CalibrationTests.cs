using CalcQuant.Api;
using CalcQuant.Api.V1;
using CalcQuant.Phantoms;

namespace CalcQuant.Cli.Tests.Commands;

/// <summary><c>analyze --calibration-rods</c> and <c>--scanner-calibrations</c>: from the files to the report, and one line for what is wrong.</summary>
public sealed class CalibrationTests : IDisposable
{
    private static readonly Lazy<PhantomScan> Scan = new(() => Phantom.Render(PhantomOptions.MuscleCylinder(
        3,
        PlacedDeposit.Ball(new(0, 20, 0), 8, 400),
        new PlacedDeposit(PlacedForm.Cylinder, new(-16, -8, 0), new(10, 10, 36), 100),
        new PlacedDeposit(PlacedForm.Cylinder, new(16, -8, 0), new(10, 10, 36), 700)) with { SliceSpacingMm = 2, SliceCount = 20 }));

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("calcquant-calibration-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Analyze_WithRods_MeasuresThemAndTakesNoneForADeposit()
    {
        string series = WriteSeries();
        string file = Write(FormattableString.Invariant($$"""
            {"calibrationRods": [
              {"pointLpsMm": {"x": {{At(1).X}}, "y": {{At(1).Y}}, "z": {{At(1).Z}} }, "diameterMm": 10, "densityMgPerCm3": 100},
              {"pointLpsMm": {"x": {{At(2).X}}, "y": {{At(2).Y}}, "z": {{At(2).Z}} }, "diameterMm": 10, "densityMgPerCm3": 700}]}
            """));
        (ExitCode code, string text, string error) = Run("analyze", series, "--calibration-rods", file, "--json", PathOf("out.json"));
        Assert.Equal((ExitCode.Done, string.Empty), (code, error));
        Assert.Contains("rod of 700 mg/cm³: ", text, StringComparison.Ordinal);
        AnalysisReport report = ReadReport();
        Assert.Equal(CalibrationSource.RodsInScan, report.Parameters.CalibrationSource);

        // The phantom has 30.2 HU + 1.309 HU per mg/cm³.
        Assert.InRange(report.Parameters.MilligramsPerCm3PerHu, 0.754, 0.774);
        Assert.InRange(report.Parameters.CalibrationInterceptHu, 25, 35);
        Assert.Equal([100.0, 700.0], report.Parameters.CalibrationRods.Select(rod => rod.Rod.DensityMgPerCm3));
        Assert.Equal(1, report.Totals.Where(total => total.Kind is RegionKind.SoftTissueCalcification or RegionKind.Uncertain).Sum(total => total.Count));
        Assert.DoesNotContain(report.Issues, issue => issue.Code == SeriesIssueCode.DefaultCalibration);
    }

    [Fact]
    public void Analyze_WithAStoredCalibration_TakesThatOfTheScanner()
    {
        string series = WriteSeries();
        (ExitCode first, _, _) = Run("analyze", series, "--quiet", "--json", PathOf("out.json"));
        Acquisition scanner = ReadReport().Acquisition;
        Assert.Equal(ExitCode.Done, first);
        string file = Write(FormattableString.Invariant($$"""
            {"scannerCalibrations": [{"manufacturer": "{{scanner.Manufacturer}}", "model": "{{scanner.ManufacturerModelName}}", "kvp": 120, "milligramsPerCm3PerHu": 0.81, "interceptHu": 12, "tolerance": 0.03, "interceptToleranceHu": 6, "origin": "phantom 7, March"}]}
            """));
        (ExitCode code, _, string error) = Run("analyze", series, "--quiet", "--scanner-calibrations", file, "--json", PathOf("out.json"));
        Assert.Equal((ExitCode.Done, string.Empty), (code, error));
        MeasurementParameters parameters = ReadReport().Parameters;
        Assert.Equal(
            (CalibrationSource.StoredScanner, 0.81, 12.0, 0.03, "stored for this scanner: phantom 7, March"),
            (parameters.CalibrationSource, parameters.MilligramsPerCm3PerHu, parameters.CalibrationInterceptHu, parameters.CalibrationTolerance, parameters.CalibrationOrigin));
    }

    [Theory]
    [InlineData("--calibration-rods", "[]", "it wants an object with one field, calibrationRods, which is a list")]
    [InlineData("--calibration-rods", """{"calibrationRods": [1]}""", "entry 1: it wants an object")]
    [InlineData("--calibration-rods", """{"calibrationRods": [{"density": 1}]}""", "entry 1: density: there is no such field")]
    [InlineData("--calibration-rods", """{"calibrationRods": [{"pointLpsMm": {"x": 1, "y": 2}, "diameterMm": 10, "densityMgPerCm3": 1}]}""", "entry 1: pointLpsMm: it wants x, y and z in mm")]
    [InlineData("--calibration-rods", """{"calibrationRods": [{"pointLpsMm": {"x": 1, "y": 2, "z": 3}, "diameterMm": 1, "densityMgPerCm3": 1}]}""", "entry 1: diameterMm: it wants 5 to 60 mm")]
    [InlineData("--calibration-rods", """{"calibrationRods": [{"pointLpsMm": {"x": 1, "y": 2, "z": 3}, "diameterMm": 10}]}""", "entry 1: densityMgPerCm3: it wants 0 to 3200 mg/cm³")]
    [InlineData("--scanner-calibrations", """{"scannerCalibrations": [{"manufacturer": "A"}]}""", "entry 1: model: it wants the text of Manufacturer's Model Name (0008,1090)")]
    [InlineData("--scanner-calibrations", """{"scannerCalibrations": [{"manufacturer": "A", "model": "B", "kvp": 120, "kernel": 1, "milligramsPerCm3PerHu": 0.8, "interceptHu": 0, "tolerance": 0, "interceptToleranceHu": 0, "origin": "x"}]}""", "entry 1: kernel: it wants the text of Convolution Kernel (0018,1210), or nothing")]
    [InlineData("--scanner-calibrations", """{"scannerCalibrations": [{"manufacturer": "A", "model": "B", "kvp": 120, "milligramsPerCm3PerHu": 8, "interceptHu": 0, "tolerance": 0, "interceptToleranceHu": 0, "origin": "x"}]}""", "entry 1: milligramsPerCm3PerHu: it wants 0.35 to 1.5 mg/cm³ per HU")]
    [InlineData("--scanner-calibrations", """{"scannerCalibrations": [{"manufacturer": "A", "model": "B", "kvp": 120, "milligramsPerCm3PerHu": 0.8, "tolerance": 0, "interceptToleranceHu": 0, "origin": "x"}]}""", "entry 1: interceptHu: it wants at most 200 HU either way")]
    public void Analyze_OfAMalformedFile_NamesTheEntryInOneLine(string option, string json, string problem)
    {
        string file = Write(json);
        (ExitCode code, _, string error) = Run("analyze", Repository.SampleData, option, file);
        Assert.Equal(ExitCode.BadArguments, code);
        Assert.StartsWith($"calcquant: {option} cannot use {file}: {problem}", error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd().Split('\n'));
    }

    [Fact]
    public void Analyze_WithAFactorAndRods_IsRefused()
    {
        string file = Write("""{"calibrationRods": []}""");
        (ExitCode code, _, string error) = Run("analyze", Repository.SampleData, "--calibration", "0.8", "--calibration-rods", file);
        Assert.Equal(ExitCode.BadArguments, code);
        Assert.Contains("--calibration does not go with --calibration-rods", error, StringComparison.Ordinal);
    }

    private static Imaging.LpsPoint At(int deposit) => Scan.Value.Truth.Deposits[deposit].CentroidLpsMm;

    private static (ExitCode Code, string Text, string Error) Run(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        ExitCode code = CommandLine.Run(arguments, new Terminal(output, error, isScreen: false, showsProgress: false));
        return (code, output.ToString(), error.ToString());
    }

    private AnalysisReport ReadReport() => Assert.Single(AnalysisOutput.Parser.ParseJson(File.ReadAllText(PathOf("out.json"))).Reports);

    private string PathOf(string name) => Path.Combine(_folder.FullName, name);

    private string WriteSeries()
    {
        string series = PathOf("series");
        PhantomDicom.Write(Scan.Value, series);
        return series;
    }

    private string Write(string json)
    {
        string file = PathOf("calibration.json");
        File.WriteAllText(file, json);
        return file;
    }
}
