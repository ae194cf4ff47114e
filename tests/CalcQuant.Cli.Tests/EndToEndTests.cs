using System.Globalization;
using System.Text;
using CalcQuant.Api;
using CalcQuant.Api.V1;
using CalcQuant.Cli.Output;
using CalcQuant.Dicom.Encoding;

namespace CalcQuant.Cli.Tests;

/// <summary>The whole way from files to exit code, on copies of the sample data and on series of others.</summary>
public sealed class EndToEndTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("calcquant-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Analyze_OfTheSampleData_MeasuresEverySeries()
    {
        RequireSampleData();
        Outcome outcome = Analyze(Repository.SampleData);
        Assert.Equal((ExitCode.Done, ""), (outcome.Code, outcome.Error));
        Assert.Equal(["CT", "DX", "DX"], outcome.Output!.Reports.Select(report => report.Modality).Order(StringComparer.Ordinal));
        Assert.All(outcome.Output.Reports, report =>
        {
            Assert.NotEqual(Verdict.Refused, report.Verdict);
            Assert.Equal(64, report.InputSha256.Length);
            Assert.All(report.Totals, total =>
            {
                IEnumerable<Region> regions = report.Regions.Where(region => region.Kind == total.Kind);
                if (report.Film is null)
                {
                    Assert.Equal(total.Count, regions.Sum(region => region.ComponentCount));
                    Assert.Equal(regions.Sum(region => region.ThresholdVolumeMm3), total.ThresholdVolumeMm3, tolerance: 1e-6 * total.ThresholdVolumeMm3);
                }
                else
                {
                    Assert.Equal(total.Count, regions.Count());
                    Assert.False(total.HasThresholdVolumeMm3 || total.HasVolumeMm3 || total.HasMassMg);
                    Assert.Equal(regions.Sum(region => region.AreaMm2), total.AreaMm2, tolerance: 1e-6 * total.AreaMm2);
                }
            });
        });
        Assert.Contains(outcome.Output.Reports, report => report.Regions.Any(region => region.Kind == RegionKind.SoftTissueCalcification));
    }

    [Fact]
    public void Analyze_WithAnyThreadCount_WritesTheSameBytes()
    {
        string data = RequireSampleData();
        string one = PathOf("one.json"), three = PathOf("three.json");
        Assert.Equal(ExitCode.Done, Run("analyze", data, "--json", one, "--threads", "1", "--quiet").Code);
        Assert.Equal(ExitCode.Done, Run("analyze", data, "--json", three, "--threads", "3", "--quiet").Code);
        Assert.Equal(File.ReadAllText(one), File.ReadAllText(three));
    }

    [Fact]
    public void Analyze_WithQuiet_PrintsNothing()
    {
        Outcome outcome = Run("analyze", RequireSampleData(), "--quiet");
        Assert.Equal((ExitCode.Done, "", ""), (outcome.Code, outcome.Text, outcome.Error));
    }

    [Fact]
    public void Analyze_WithJsonToStandardOutput_PrintsJsonOnly()
    {
        Outcome outcome = Run("analyze", RequireSampleData(), "--json", "-");
        using var text = new MemoryStream(Encoding.UTF8.GetBytes(outcome.Text));
        Assert.NotEmpty(ReportJson.Read(text).Reports);
    }

    [Fact]
    public void Analyze_WithEveryOutput_WritesThemAndNothingElse()
    {
        string data = RequireSampleData();
        string json = PathOf("report.json"), csv = PathOf("regions.csv"), overlays = PathOf("overlays");
        Assert.Equal(ExitCode.Done, Run("analyze", data, "--json", json, "--csv", csv, "--overlays", overlays).Code);
        Assert.Equal(new[] { csv, json }.Order(StringComparer.Ordinal), Directory.GetFiles(_folder.FullName).Order(StringComparer.Ordinal));

        using FileStream stream = File.OpenRead(json);
        AnalysisOutput output = ReportJson.Read(stream);
        Assert.Equal(output.Reports.Count, Directory.GetDirectories(overlays).Length);
        string[] pictures = Directory.GetFiles(overlays, "*", SearchOption.AllDirectories);
        Assert.NotEmpty(pictures);
        byte[] signature = [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];
        Assert.All(pictures, picture => Assert.Equal(signature, File.ReadAllBytes(picture)[..8]));
        Assert.Equal(ReportCsv.ColumnNames, File.ReadLines(csv).First().Split(','));
    }

    [Fact]
    public void Analyze_OfASeriesThatIsNotThere_EndsWith2()
    {
        Outcome outcome = Run("analyze", RequireSampleData(), "--series", "9.9.9");
        Assert.Equal((ExitCode.BadArguments, "calcquant: no series 9.9.9 below the given paths"), (outcome.Code, outcome.Error.TrimEnd()));
    }

    [Fact]
    public void Analyze_OfOneSeriesAndOtherFiles_ListsThemAsSkippedAndEndsWith0()
    {
        CopySeries();
        File.WriteAllText(PathOf("notes.txt"), "not an image");
        File.WriteAllText(PathOf("empty"), "");
        Outcome outcome = Analyze(_folder.FullName);
        Assert.Equal(ExitCode.Done, outcome.Code);
        Assert.Single(outcome.Output!.Reports);
        Assert.Equal(["empty", "notes.txt"], outcome.Output.Skipped.Select(file => Path.GetFileName(file.Path)).Order(StringComparer.Ordinal));
        Assert.All(outcome.Output.Skipped, file => Assert.NotEmpty(file.Reason));
    }

    [Theory]
    [InlineData("analyze")]
    [InlineData("info")]
    public void Run_OfNothingButScouts_SaysSoInOneLineAndEndsWith1(string command)
    {
        WriteScouts();
        Outcome outcome = Run(command, _folder.FullName);
        Assert.Equal(ExitCode.Refused, outcome.Code);
        Assert.StartsWith("calcquant: nothing to analyse: 2 files skipped, the first scout0.dcm: ", outcome.Error, StringComparison.Ordinal);
        Assert.Single(outcome.Error.TrimEnd().Split('\n'));
    }

    [Fact]
    public void Analyze_OfASeriesBesideItsScouts_EndsWith0AndListsThem()
    {
        CopySeries();
        WriteScouts();
        Outcome outcome = Analyze(_folder.FullName, "--quiet");
        Assert.Equal((ExitCode.Done, ""), (outcome.Code, outcome.Error));
        Assert.Single(outcome.Output!.Reports);
        Assert.Equal(["scout0.dcm", "scout1.dcm"], outcome.Output.Skipped.Select(file => file.Path));
    }

    [Fact]
    public void Analyze_WithACalibration_ScalesTheMassesAndWarnsNoMore()
    {
        AnalysisReport usual = Analyze(RequireSampleData()).Output!.Reports[0];
        AnalysisReport calibrated = Analyze(RequireSampleData(), "--calibration", "1.5").Output!.Reports[0];
        Assert.Contains(usual.Issues, issue => issue.Code == SeriesIssueCode.DefaultCalibration);
        Assert.DoesNotContain(calibrated.Issues, issue => issue.Code == SeriesIssueCode.DefaultCalibration);
        Assert.Equal(1.5, calibrated.Parameters.MilligramsPerCm3PerHu);
        double expected = usual.Regions[0].MassMg * 1.5 / usual.Parameters.MilligramsPerCm3PerHu;
        Assert.Equal(expected, calibrated.Regions[0].MassMg, tolerance: 1e-9 * expected);
    }

    [Fact]
    public void Analyze_OfASeriesWithASliceRemoved_RefusesIt()
    {
        List<string> slices = CopySeries();
        AnalysisOutput whole = Analyze(_folder.FullName).Output!;
        string inner = whole.Reports[0].Regions.First(region => region.LargestSliceIndex > 2 && region.LargestSliceIndex < slices.Count - 3).LargestSliceSopInstanceUid;
        File.Delete(slices.Single(slice => File.ReadAllBytes(slice).AsSpan().IndexOf(Encoding.ASCII.GetBytes(inner)) >= 0));

        Outcome outcome = Analyze(_folder.FullName);
        Assert.Equal(ExitCode.Refused, outcome.Code);
        AnalysisReport report = Assert.Single(outcome.Output!.Reports);
        Assert.Equal(Verdict.Refused, report.Verdict);
        Assert.Contains(report.Issues, issue => issue.Code == SeriesIssueCode.MissingSlice && issue.Refuses);
        Assert.Empty(report.Regions);
        Assert.Single(outcome.Error.TrimEnd().Split('\n'));
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.98)]
    public void Analyze_OfASliceCutShort_RefusesTheSeriesOrSaysThatTheSliceIsGone(double kept)
    {
        List<string> slices = CopySeries();
        string cut = slices[slices.Count / 2];
        byte[] bytes = File.ReadAllBytes(cut);
        File.WriteAllBytes(cut, bytes[..(int)(bytes.Length * kept)]);

        Outcome outcome = Analyze(_folder.FullName);
        Assert.Equal(ExitCode.Refused, outcome.Code);
        Assert.All(outcome.Output!.Reports, report => Assert.Equal(Verdict.Refused, report.Verdict));
    }

    [Theory]
    [InlineData("analyze")]
    [InlineData("info")]
    public void Run_OfAnEmptyFolder_SaysSoAndEndsWith1(string command)
    {
        Outcome outcome = Run(command, _folder.FullName);
        Assert.Equal((ExitCode.Refused, "calcquant: nothing to analyse: no files found"), (outcome.Code, outcome.Error.TrimEnd()));
    }

    [Theory]
    [InlineData("analyze")]
    [InlineData("info")]
    public void Run_OfAFolderOfGarbage_SaysSoInOneLineAndEndsWith1(string command)
    {
        var random = new Random(3);
        for (int i = 0; i < 20; i++)
        {
            byte[] bytes = new byte[random.Next(4000)];
            random.NextBytes(bytes);
            File.WriteAllBytes(PathOf($"garbage{i:00}"), bytes);
        }

        Outcome outcome = Run(command, _folder.FullName);
        Assert.Equal(ExitCode.Refused, outcome.Code);
        Assert.StartsWith("calcquant: nothing to analyse: 20 files skipped", outcome.Error, StringComparison.Ordinal);
        Assert.Single(outcome.Error.TrimEnd().Split('\n'));
    }

    [Theory]
    [InlineData("analyze")]
    [InlineData("info")]
    public void Run_WhenCancelled_EndsWith130(string command)
    {
        File.WriteAllText(PathOf("file"), "x");
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        using var output = new StringWriter();
        using var error = new StringWriter();
        ExitCode code = CommandLine.Run([command, _folder.FullName], new Terminal(output, error, isScreen: false, showsProgress: false), cancelled.Token);
        Assert.Equal((ExitCode.Cancelled, $"calcquant: cancelled{Environment.NewLine}"), (code, error.ToString()));
    }

    [Fact]
    public void Analyze_WhenCancelledBetweenTwoSeries_LeavesNoFile()
    {
        string slice = CopySeries()[0];
        string series = Analyze(slice).Output!.Reports[0].SeriesInstanceUid;
        byte[] bytes = File.ReadAllBytes(slice);
        int last = bytes.AsSpan().IndexOf(Encoding.ASCII.GetBytes(series)) + series.Length - 1;
        bytes[last] = bytes[last] == (byte)'1' ? (byte)'2' : (byte)'1';
        File.WriteAllBytes(PathOf("other.dcm"), bytes);
        string results = Directory.CreateDirectory(PathOf("results")).FullName;
        using var cancelled = new CancellationTokenSource();
        using var output = new CancellingWriter(cancelled);

        ExitCode code = CommandLine.Run(
            ["analyze", _folder.FullName, "--json", Path.Combine(results, "report.json")],
            new Terminal(output, TextWriter.Null, isScreen: false, showsProgress: false),
            cancelled.Token);

        Assert.Equal(ExitCode.Cancelled, code);
        Assert.Contains("Series ", output.ToString(), StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(results));
    }

    [Fact]
    public void Info_OfTheSampleData_ListsItsSeries()
    {
        Outcome outcome = Run("info", RequireSampleData());
        Assert.Equal((ExitCode.Done, ""), (outcome.Code, outcome.Error));
        Assert.All(SeriesPrinter.Columns, column => Assert.Contains(column, outcome.Text, StringComparison.Ordinal));
        Assert.Contains("ACCEPTED", outcome.Text, StringComparison.Ordinal);
    }

    /// <summary>
    /// Voxels above 130, 200 and 1000 HU as other readers count them (reference_series.tsv, strictly above; HU are whole numbers): every one
    /// of them must be in exactly one region.
    /// </summary>
    [Theory]
    [InlineData("series_ts_abdomen_uidfixed", "130.5", 173122, 20, 0.0)]
    [InlineData("series_ts_abdomen_uidfixed", "200.5", 118176, 20, 0.0)]
    [InlineData("series_ts_abdomen_uidfixed", "1000.5", 5586, 20, 0.0)]
    [InlineData("series_headphantom_tilt", "130.5", 892848, 40, 16.5)]
    [InlineData("series_headphantom_tilt", "200.5", 849818, 40, 16.5)]
    public void Analyze_OfASeriesOfOthers_AccountsForEveryDenseVoxel(string series, string threshold, int voxelCount, int sliceCount, double tiltDegrees)
    {
        string data = Path.Combine(Repository.Corpus, "open", series);
        if (!Directory.Exists(data))
        {
            Assert.Skip("the corpus is not here");
        }

        Outcome outcome = Analyze(data, "--threshold-hu", threshold);
        AnalysisReport report = Assert.Single(outcome.Output!.Reports);
        Assert.NotEqual(Verdict.Refused, report.Verdict);
        Assert.Equal(float.Parse(threshold, CultureInfo.InvariantCulture), report.Parameters.ThresholdHu);
        Assert.Equal(sliceCount, report.Geometry.SliceCount);
        Assert.Equal(tiltDegrees, Math.Abs(report.Acquisition.TiltDegrees), tolerance: 0.01);
        Assert.Equal(voxelCount, report.Regions.Sum(region => region.VoxelCount));
        double voxelVolumeMm3 = report.Geometry.BetweenColumnsMm * report.Geometry.BetweenRowsMm * report.Geometry.BetweenSlicesMm;
        Assert.Equal(voxelCount * voxelVolumeMm3, report.Totals.Sum(total => total.ThresholdVolumeMm3), tolerance: 1e-4 * voxelCount * voxelVolumeMm3);
    }

    private static string RequireSampleData()
    {
        if (!Directory.Exists(Repository.SampleSeries))
        {
            Assert.Skip("there is no sample-data");
        }

        return Repository.SampleSeries;
    }

    /// <summary>Copies the slices of the first series of the sample data into the folder.</summary>
    private List<string> CopySeries()
    {
        string series = Directory.EnumerateFiles(RequireSampleData(), "*.dcm", SearchOption.AllDirectories).Order(StringComparer.Ordinal).First();
        var copies = new List<string>();
        foreach (string slice in Directory.EnumerateFiles(Path.GetDirectoryName(series)!, "*.dcm").Order(StringComparer.Ordinal))
        {
            string copy = PathOf(Path.GetFileName(slice));
            File.Copy(slice, copy);
            copies.Add(copy);
        }

        return copies;
    }

    /// <summary>A series of two localizers in the folder.</summary>
    private void WriteScouts()
    {
        for (int i = 0; i < 2; i++)
        {
            DicomDataSetBuilder scout = new DicomDataSetBuilder()
                .Set(DicomTags.ImageType, "ORIGINAL", "PRIMARY", "LOCALIZER")
                .Set(DicomTags.SOPClassUID, "1.2.840.10008.5.1.4.1.1.2")
                .Set(DicomTags.SOPInstanceUID, $"1.2.3.77.{i}")
                .Set(DicomTags.Modality, "CT")
                .Set(DicomTags.StudyInstanceUID, "1.2.3")
                .Set(DicomTags.SeriesInstanceUID, "1.2.3.77")
                .Set(DicomTags.Rows, 2.0)
                .Set(DicomTags.Columns, 2.0);
            DicomFileWriter.Write(PathOf($"scout{i}.dcm"), scout.Build());
        }
    }

    private string PathOf(string name) => Path.Combine(_folder.FullName, name);

    private static Outcome Analyze(string path, params string[] options)
    {
        string json = Path.GetTempFileName();
        try
        {
            Outcome outcome = Run(["analyze", path, "--json", json, .. options]);
            using FileStream stream = File.OpenRead(json);
            return outcome with { Output = ReportJson.Read(stream) };
        }
        finally
        {
            File.Delete(json);
        }
    }

    private static Outcome Run(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        ExitCode code = CommandLine.Run(arguments, new Terminal(output, error, isScreen: false, showsProgress: false));
        return new Outcome(code, output.ToString(), error.ToString(), null);
    }

    private sealed record Outcome(ExitCode Code, string Text, string Error, AnalysisOutput? Output);

    /// <summary>Cancels as soon as something is printed.</summary>
    private sealed class CancellingWriter(CancellationTokenSource source) : StringWriter
    {
        public override void Write(char value)
        {
            source.Cancel();
            base.Write(value);
        }

        public override void Write(string? value)
        {
            source.Cancel();
            base.Write(value);
        }
    }
}
