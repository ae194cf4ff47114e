using CalcQuant.Api;
using CalcQuant.Api.V1;
using CalcQuant.Dicom;
using CalcQuant.Dicom.Encoding;
using CalcQuant.Phantoms;
using CalcQuant.Phantoms.Films;
using Film = CalcQuant.Phantoms.Films.Film;
using LpsPoint = CalcQuant.Imaging.LpsPoint;
using PixelScaleSource = CalcQuant.Api.V1.PixelScaleSource;

namespace CalcQuant.Cli.Tests;

/// <summary>Radiographs through the command line, alone and beside a series of CT.</summary>
public sealed class FilmEndToEndTests(FilmEndToEndTests.PhantomFilm phantom) : IClassFixture<FilmEndToEndTests.PhantomFilm>, IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("calcquant-films-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Analyze_OfAFolderWithCtAndFilms_ReportsEachInItsOwnWay()
    {
        if (!Directory.Exists(Repository.SampleData))
        {
            Assert.Skip("there is no sample-data");
        }

        WriteFilm("film.dcm");
        foreach (string slice in Directory.EnumerateFiles(Path.Combine(Repository.SampleData, "forearm-ct"), "*.dcm"))
        {
            File.Copy(slice, PathOf(Path.GetFileName(slice)));
        }

        string results = Directory.CreateTempSubdirectory("calcquant-results-").FullName;
        try
        {
            string json = Path.Combine(results, "r.json"), csv = Path.Combine(results, "r.csv"), overlays = Path.Combine(results, "overlays"), labels = Path.Combine(results, "labels");
            Outcome outcome = Run("analyze", _folder.FullName, "--json", json, "--csv", csv, "--overlays", overlays, "--labels", labels);

            Assert.Equal(ExitCode.Done, outcome.Code);
            using FileStream stream = File.OpenRead(json);
            AnalysisOutput output = ReportJson.Read(stream);
            Assert.Equal(2, output.Reports.Count);
            AnalysisReport film = Assert.Single(output.Reports, report => report.Film is not null);
            AnalysisReport ct = Assert.Single(output.Reports, report => report.Film is null);
            Assert.NotNull(ct.Geometry);
            Assert.All(ct.Regions, region => Assert.True(region.HasVolumeMm3 && !region.HasAreaMm2));
            Assert.NotEmpty(film.Regions);
            Assert.All(film.Regions, region => Assert.True(!region.HasVolumeMm3 && region.HasAreaMm2));
            Assert.Equal(("DX", PixelScaleSource.DetectorPlane), (film.Modality, film.Film.Scale.Source));
            Assert.Equal(64, film.InputSha256.Length);

            // A row for each region of both, a folder of pictures for each, labels of the CT only, which is said.
            Assert.Equal(1 + ct.Regions.Count + film.Regions.Count, File.ReadAllLines(csv).Length);
            Assert.Equal(2, Directory.GetDirectories(overlays).Length);
            Assert.All(Directory.GetDirectories(overlays), folder => Assert.NotEmpty(Directory.GetFiles(folder, "*.png")));
            Assert.Single(Directory.GetFiles(labels));
            Assert.Equal("calcquant: a radiograph has no voxels: no label volume and no bone mask was written of it\n", outcome.Error);
            Assert.Contains("area mm²", outcome.Text, StringComparison.Ordinal);
            Assert.Contains("never a volume", outcome.Text, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(results, recursive: true);
        }
    }

    [Fact]
    public void Analyze_OfAFilmWithoutSpacing_TellsAreasInPixelsOnly()
    {
        File.WriteAllBytes(PathOf("film.dcm"), FilmDicom.ToFile(Film.Render(phantom.Scan.Options with { Spacing = FilmSpacing.None })));
        string json = PathOf("r.json");
        Outcome outcome = Run("analyze", PathOf("film.dcm"), "--json", json);
        Assert.Equal((ExitCode.Done, ""), (outcome.Code, outcome.Error));
        using FileStream stream = File.OpenRead(json);
        AnalysisReport report = Assert.Single(ReportJson.Read(stream).Reports);
        Assert.Null(report.Film.Scale);
        Assert.NotEmpty(report.Regions);
        Assert.All(report.Regions, region => Assert.True(!region.HasAreaMm2 && !region.HasLengthMm && region.AreaIntervalMm2 is null && region.AreaPixels > 0));
        Assert.Contains(report.Issues, issue => issue.Code == SeriesIssueCode.PixelSizeUnknown);
        Assert.Contains("area pixels", outcome.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("area mm²", outcome.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Analyze_OfTheSameFilmTwice_WritesTheSameBytes()
    {
        WriteFilm("film.dcm");
        string one = PathOf("one.json"), three = PathOf("three.json");
        Assert.Equal(ExitCode.Done, Run("analyze", PathOf("film.dcm"), "--json", one, "--threads", "1", "--quiet").Code);
        Assert.Equal(ExitCode.Done, Run("analyze", PathOf("film.dcm"), "--json", three, "--threads", "3", "--quiet").Code);
        Assert.Equal(File.ReadAllText(one), File.ReadAllText(three));
    }

    [Fact]
    public void Analyze_OfAnEmptyFilm_RefusesItInPlainWords()
    {
        WriteFilm("film.dcm", film => film.SetBytes(DicomTags.PixelData, ValueRepresentation.OW, new byte[2 * phantom.Scan.Pixels.Length]));
        Outcome outcome = Run("analyze", PathOf("film.dcm"));
        Assert.Equal(ExitCode.Refused, outcome.Code);
        Assert.Contains("Every pixel has the same value", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Info_OfAFilm_TellsItsSizeAndWhatItsSpacingIsOf()
    {
        WriteFilm("film.dcm");
        Outcome outcome = Run("info", PathOf("film.dcm"));
        Assert.Equal((ExitCode.Done, ""), (outcome.Code, outcome.Error));
        string text = string.Join(' ', outcome.Text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains($"{phantom.Scan.ColumnCount} x", text, StringComparison.Ordinal);
        Assert.Contains("0.25 x", text, StringComparison.Ordinal);
        Assert.Contains("detector's", text, StringComparison.Ordinal);
        Assert.Contains("WARNINGS", text, StringComparison.Ordinal);
    }

    private void WriteFilm(string name, Func<DicomDataSetBuilder, DicomDataSetBuilder>? change = null)
    {
        byte[] file = FilmDicom.ToFile(phantom.Scan);
        if (change is not null)
        {
            file = DicomFileWriter.ToArray(change(new DicomDataSetBuilder(Assert.IsType<DicomReading.Accepted>(DicomFile.Read("film", file, ReadingLimits.Default)).File.DataSet)).Build());
        }

        File.WriteAllBytes(PathOf(name), file);
    }

    private string PathOf(string name) => Path.Combine(_folder.FullName, name);

    private static Outcome Run(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        ExitCode code = CommandLine.Run(arguments, new Terminal(output, error, isScreen: false, showsProgress: false));
        return new Outcome(code, output.ToString(), error.ToString());
    }

    private sealed record Outcome(ExitCode Code, string Text, string Error);

    /// <summary>A cylinder of muscle with two dense balls, drawn once.</summary>
    public sealed class PhantomFilm
    {
        public FilmScan Scan { get; } = Film.Render(FilmOptions.MuscleCylinder(
            5,
            PlacedDeposit.Ball(new LpsPoint(-12, 0, 14), 6, 500),
            PlacedDeposit.Ball(new LpsPoint(9, 3, 28), 4, 600)) with
        {
            PixelSpacingMm = 0.25,
        });
    }
}
