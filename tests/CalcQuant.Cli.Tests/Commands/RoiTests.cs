using CalcQuant.Api;
using CalcQuant.Api.V1;
using CalcQuant.Cli.Commands;
using CalcQuant.Phantoms;
using CalcQuant.Phantoms.Deposits;
using CalcQuant.Phantoms.Films;

namespace CalcQuant.Cli.Tests.Commands;

/// <summary><c>analyze --roi</c>: places in, findings out, and one line for what is wrong.</summary>
public sealed class RoiTests : IDisposable
{
    private static readonly Lazy<FilmScan> Scan = new(() => Film.Render(FilmOptions.MuscleCylinder(1, PlacedDeposit.Ball(new(5.13, -7.31, 1.19), 6, 600))));

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("calcquant-roi-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Analyze_WithPlaces_MeasuresEachAndWarnsOfEmptyOnes()
    {
        FilmDepositTruth truth = Scan.Value.Truth.Deposits[0];
        string film = WriteFilm();
        string file = Write($$$"""
            {"guidedPlaces": [
              {"name": "ball", "file": "film.dcm", "box": {"min": {"column": {{{truth.CentroidColumn - 30:0}}}, "row": {{{truth.CentroidRow - 30:0}}} }, "max": {"column": {{{truth.CentroidColumn + 30:0}}}, "row": {{{truth.CentroidRow + 30:0}}} } } },
              {"name": "far", "point": {"column": 90000, "row": 3}},
              {"name": "again", "sopInstanceUid": "{{{FilmDicom.InstanceUid(Scan.Value.Options)}}}", "point": {"column": {{{truth.CentroidColumn:0}}}, "row": {{{truth.CentroidRow:0}}} } }]}
            """);
        (ExitCode code, _, string error) = Run("analyze", film, "--quiet", "--roi", file, "--guided-only", "--json", PathOf("out.json"));
        Assert.Equal((ExitCode.Done, string.Empty), (code, error));
        AnalysisReport report = Assert.Single(AnalysisOutput.Parser.ParseJson(File.ReadAllText(PathOf("out.json"))).Reports);
        Region region = Assert.Single(report.Regions);
        Assert.Equal((FindingTier.Guided, RegionKind.SoftTissueCalcification, "ball"), (region.Tier, region.Kind, region.Name));
        Assert.InRange(region.AreaPixels * Scan.Value.Options.PatientSpacingMm * Scan.Value.Options.PatientSpacingMm / truth.AreaMm2, 0.95, 1.05);
        Assert.Equal(1, Assert.Single(report.Totals).RegionCount);
        Assert.Equal(
            [
                $"Guided place 2 (far) lies outside this film of {Scan.Value.ColumnCount} x {Scan.Value.RowCount} pixels.",
                "Guided place 3 (again) shows what guided place 1 (ball) shows already: it is counted once.",
            ],
            report.Issues.Where(issue => issue.Code == SeriesIssueCode.GuidedPlaceEmpty).Select(issue => issue.Explanation));
    }

    [Theory]
    [InlineData("[", "it is not JSON: ")]
    [InlineData("[]", "it wants an object with one field, guidedPlaces, which is a list")]
    [InlineData("""{"guidedPlaces": [], "more": 1}""", "it wants an object with one field, guidedPlaces, which is a list")]
    [InlineData("""{"guidedPlaces": [1]}""", "guided place 1: it wants an object")]
    [InlineData("""{"guidedPlaces": [{"name": "a", "points": 1}]}""", "guided place 1 (a): points: there is no such field")]
    [InlineData("""{"guidedPlaces": [{"name": 1}]}""", "guided place 1: name: it wants a text")]
    [InlineData("""{"guidedPlaces": [{"name": "a"}]}""", "guided place 1 (a): it wants one of point, box and polygon, and has none")]
    [InlineData("""{"guidedPlaces": [{"point": {"column": 1, "row": 1}, "polygon": []}]}""", "guided place 1: it wants one of point, box and polygon, and has point and polygon")]
    [InlineData("""{"guidedPlaces": [{"point": {"column": 1, "row": NaN}}]}""", "it is not JSON: ")]
    [InlineData("""{"guidedPlaces": [{"point": {"column": 1, "row": 1e999}}]}""", "guided place 1: point: it wants column and row, two finite numbers")]
    [InlineData("""{"guidedPlaces": [{"point": {"column": 1, "row": 1, "slice": 2}}]}""", "guided place 1: point: it wants column and row, two finite numbers")]
    [InlineData("""{"guidedPlaces": [{"point": {"column": 1, "row": 1}}, {"box": {"min": {"column": 1, "row": 1}}}]}""", "guided place 2: box: it wants min and max, each with column and row, finite numbers")]
    [InlineData("""{"guidedPlaces": [{"box": {"min": {"column": 3, "row": 1}, "max": {"column": 1, "row": 2}}}]}""", "guided place 1: min of a box is above its max")]
    [InlineData("""{"guidedPlaces": [{"polygon": [{"column": 3, "row": 1}]}]}""", "guided place 1: a polygon has 3 to 10000 corners, not 1")]
    [InlineData("""{"guidedPlaces": [{"file": "a", "sopInstanceUid": "1.2", "point": {"column": 1, "row": 1}}]}""", "guided place 1: it names its radiograph by sopInstanceUid or by file, not by both")]
    public void Analyze_OfAMalformedFile_NamesThePlaceInOneLine(string json, string problem)
    {
        string file = Write(json);
        (ExitCode code, _, string error) = Run("analyze", Repository.SampleData, "--roi", file);
        Assert.Equal(ExitCode.BadArguments, code);
        Assert.StartsWith($"calcquant: --roi cannot use {file}: {problem}", error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd().Split('\n'));
    }

    [Fact]
    public void Read_MorePlacesThanAllowed_SaysHowMany()
    {
        string point = """{"point": {"column": 1, "row": 1}}""";
        string file = Write($$"""{"guidedPlaces": [{{string.Join(',', Enumerable.Repeat(point, 1001))}}]}""");
        Assert.Equal("it has 1001 places, more than 1000", RoiFile.Read(file, out _));
    }

    [Theory]
    [InlineData("""{"name": "a", "file": "hand.dcm", "point": {"column": 1, "row": 1}}""", "guided place 1 (a): there is no radiograph hand.dcm among the images")]
    [InlineData("""{"sopInstanceUid": "1.2.3", "point": {"column": 1, "row": 1}}""", "guided place 1: there is no radiograph 1.2.3 among the images")]
    public void Analyze_OfAPlaceOfNoFilm_SaysSoBeforeMeasuring(string place, string problem)
    {
        string film = WriteFilm(), file = Write($$"""{"guidedPlaces": [{{place}}]}""");
        Assert.Equal((ExitCode.BadArguments, $"calcquant: --roi {problem}"), Trimmed(Run("analyze", film, "--quiet", "--roi", file)));
    }

    [Fact]
    public void Analyze_GuidedOnlyWithoutPlaces_IsAnError()
    {
        (ExitCode code, _, string error) = Run("analyze", Repository.SampleData, "--guided-only");
        Assert.Equal(ExitCode.BadArguments, code);
        Assert.Contains("--guided-only wants --roi", error, StringComparison.Ordinal);
    }

    private static (ExitCode Code, string Error) Trimmed((ExitCode Code, string Text, string Error) run) => (run.Code, run.Error.TrimEnd());

    private static (ExitCode Code, string Text, string Error) Run(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        ExitCode code = CommandLine.Run(arguments, new Terminal(output, error, isScreen: false, showsProgress: false));
        return (code, output.ToString(), error.ToString());
    }

    private string PathOf(string name) => Path.Combine(_folder.FullName, name);

    private string Write(string json)
    {
        string file = PathOf("roi.json");
        File.WriteAllText(file, json);
        return file;
    }

    private string WriteFilm()
    {
        string film = PathOf("film.dcm");
        File.WriteAllBytes(film, FilmDicom.ToFile(Scan.Value));
        return film;
    }
}
