using System.Security.Cryptography;
using System.Text.Json;
using CalcQuant.Analysis;
using CalcQuant.Api;
using CalcQuant.Cli.Commands;
using CalcQuant.Radiography;

namespace CalcQuant.Cli.Tests.Commands;

/// <summary><c>film-score</c>: a report and a table in, points out, and one line for what is wrong.</summary>
public sealed class FilmScoreTests : IDisposable
{
    private const string Table = """{"name": "T", "origin": "made up", "combination": "SUM", "count": [{"upTo": 0, "points": 0}, {"points": 1.5}], "regions": [{"name": "hand", "site": "BODY_SITE_HAND"}]}""";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("calcquant-score-");

    /// <summary>The sample film with a side, which comparisons want.</summary>
    private static AnalysisReport Film { get; } = SampleReports.Film with { Acquisition = SampleReports.Film.Acquisition! with { Laterality = "L", LateralitySource = "Image Laterality (0020,0062)" } };

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void FilmScore_WithTheExampleOfTheManual_PrintsRegionsAndTotal()
    {
        string manual = Repository.Read("src", "docs", "film-score.md");
        string example = manual.Split("```json\n")[1].Split("```")[0];
        string table = Write("table.json", example);
        (ExitCode code, string text, string error) = Run(WriteReport("film.json", Film), "--table", table);
        Assert.Equal((ExitCode.Done, string.Empty), (code, error));
        Assert.Contains("Score by the table Example", text, StringComparison.Ordinal);
        Assert.Contains("origin: Made up to show the format; without clinical meaning", text, StringComparison.Ordinal);
        Assert.Contains(Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(table))), text, StringComparison.Ordinal);

        // The interval is that of the scale, 8.0 mm2 times exp(1.96 x 2 x 0.09) and divided by it.
        // The one probable finding: 640.5 of 2 560 000 pixels (1 point), moderate (1), alone (1); nothing in the palm.
        Assert.Equal(["fingers", "1", "8.0", "5.6 to 11.4", "0.0", "moderate", "1", "1", "1", "1", "3"], Cells(text, "fingers"));
        Assert.Equal(["palm and wrist", "0", "0.0", "–", "0.0", "–", "0", "0", "0", "1.5", "0"], Cells(text, "palm and wrist"));
        Assert.Equal(["total", "1", "8.0", "5.6 to 11.4", "3"], Cells(text, "total"));
    }

    [Fact]
    public void FilmScore_WithALaterFilm_PrintsTheRuleForTheScoreOnly()
    {
        (ExitCode code, string text, string error) = Run(
            WriteReport("film.json", Film), "--table", Write("table.json", Table), "--later", WriteReport("later.json", Film with { Film = Film.Film! with { SopInstanceUid = "1.2.3.7.9" } }));
        Assert.Equal((ExitCode.Done, string.Empty), (code, error));
        Assert.Contains("score 1.5 to 1.5: 0 %", text, StringComparison.Ordinal);
        Assert.Contains("by the SCTC 25 % rule: stable", text, StringComparison.Ordinal);
        Assert.Contains("published for the SCTC hand score, not for this table (Valenzuela 2022, doi 10.1016/j.semarthrit.2022.151980)", text, StringComparison.Ordinal);
        Assert.Matches(@"area 0\.0 mm², 95 %: -\d", text);
    }

    [Fact]
    public void FilmScore_FromAScoreOf0_HasNoPercentageInJson()
    {
        AnalysisReport empty = Film with { Film = Film.Film! with { Regions = [], Totals = [] } };
        string json = Path.Combine(_folder.FullName, "score.json");
        (ExitCode code, _, string error) = Run(
            WriteReport("film.json", empty), "--table", Write("table.json", Table), "--json", json,
            "--later", WriteReport("later.json", Film with { Film = Film.Film! with { SopInstanceUid = "1.2.3.7.9" } }));
        Assert.Equal((ExitCode.Done, string.Empty), (code, error));
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(json));
        JsonElement change = document.RootElement.GetProperty("change");
        Assert.Equal(1.5m, change.GetProperty("points").GetDecimal());
        Assert.False(change.TryGetProperty("percent", out _) || change.TryGetProperty("ruleResult", out _) || change.TryGetProperty("areaIntervalMm2", out _));
        Assert.Equal("no percentage, as the earlier score is 0; the rule says nothing of it", change.GetProperty("percentInWords").GetString());
        Assert.Equal(8.00625, change.GetProperty("areaMm2").GetDouble());
        Assert.Equal((0m, 1.5m), (PointsOf("score"), PointsOf("laterScore")));

        decimal PointsOf(string film) => document.RootElement.GetProperty(film).GetProperty("points").GetDecimal();
    }

    [Fact]
    public void FilmScore_OfWhatHasNoScore_IsRefusedInWords()
    {
        string table = Write("table.json", Table), film = WriteReport("film.json", Film);
        AssertRefused("this is a report of CT, and the score is one of radiographs", WriteReport("ct.json", SampleReports.Least), "--table", table);
        AssertRefused("the film was refused: Between slices 3 and 4 one is missing.", WriteReport("refused.json", SampleReports.Refused), "--table", table);
        AssertRefused("it has 2 reports, and a score is of one film", WriteReport("two.json", Film, SampleReports.Least), "--table", table);
        AssertRefused("it has no report of a radiograph", WriteReport("none.json"), "--table", table);
        AssertRefused(
            "View Position (0018,5101) of the earlier film is PA and of the later LL",
            film, "--table", table, "--later", WriteReport("later.json", Film with { Film = Film.Film! with { ViewPosition = "LL", SopInstanceUid = "1.9" } }));
        AssertRefused("both reports are of the same film", film, "--table", table, "--later", film);
        Assert.Equal(ExitCode.BadArguments, Run(table, "--table", Write("broken.json", "{")).Code);
        Assert.Equal(ExitCode.BadArguments, Run(Write("broken.json", "["), "--table", table).Code);
        Assert.Equal(ExitCode.BadArguments, Run(Path.Combine(_folder.FullName, "absent.json"), "--table", table).Code);

        void AssertRefused(string expected, params string[] arguments)
        {
            (ExitCode code, string text, string error) = Run(arguments);
            Assert.Equal((ExitCode.Refused, string.Empty), (code, text));
            Assert.Contains(expected, error, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("[", "it is not JSON: ")]
    [InlineData("[]", "it wants an object")]
    [InlineData("{}", "name: it is missing")]
    [InlineData("""{"name": "a", "name": "b"}""", "it is not JSON: ")]
    [InlineData("""{"more": 1}""", "more: there is no such field")]
    [InlineData("""{"name": "a", "origin": 3}""", "origin: it wants a text")]
    [InlineData("""{"name": "a", "origin": "b", "combination": "MEAN"}""", "combination: it wants SUM or PRODUCT")]
    [InlineData("""{"name": "a", "origin": "b", "tiers": ["PROBABLE"]}""", "tiers: it wants names of tiers, e.g. FINDING_TIER_PROBABLE")]
    [InlineData("""{"name": "a", "origin": "b", "combination": "SUM", "count": []}""", "count: it has no bands; leave it out where it does not count")]
    [InlineData("""{"name": "a", "origin": "b", "combination": "SUM", "count": [{"points": NaN}]}""", "it is not JSON: ")]
    [InlineData("""{"name": "a", "origin": "b", "combination": "SUM", "count": [{"upTo": 1e999, "points": 1}]}""", "count, band 1: upTo: it wants a finite number")]
    [InlineData("""{"name": "a", "origin": "b", "combination": "SUM", "count": [{"upTo": 2, "points": 1}, {"upTo": 1, "points": 1}, {"points": 1}], "regions": [{"name": "r", "site": "BODY_SITE_HAND"}]}""", "count, band 2: it ends at 1, which is not above the 2 of the band before it")]
    [InlineData("""{"name": "a", "origin": "b", "combination": "SUM", "density": {"of": "DENSEST", "none": 0}}""", "density: faint: it is missing")]
    [InlineData("""{"name": "a", "origin": "b", "combination": "SUM", "regions": [{"name": "r", "site": "HAND"}]}""", "region 1 (r): site: it wants the name of a site, e.g. BODY_SITE_HAND")]
    [InlineData("""{"name": "a", "origin": "b", "combination": "SUM", "regions": [{"name": "r", "box": {"left": 0.5, "top": 0, "right": 0.4, "bottom": 1}}]}""", "region 1 (r): box: it wants left below right and top below bottom")]
    [InlineData("""{"name": "a", "origin": "b", "combination": "SUM", "regions": [{"name": "r", "polygon": [{"x": 0}]}]}""", "region 1 (r): polygon, corner 1: y: it is missing")]
    public void FilmScore_WithABadTable_NamesTheEntry(string json, string expected)
    {
        (ExitCode code, string text, string error) = Run(WriteReport("film.json", Film), "--table", Write("table.json", json));
        Assert.Equal((ExitCode.BadArguments, string.Empty), (code, text));
        Assert.Contains($"table.json: {expected}", error, StringComparison.Ordinal);
    }

    [Fact]
    public void FilmScore_WithTooLargeATable_SaysSo()
    {
        string regions = string.Join(", ", Enumerable.Repeat("{}", FilmScoreTable.MaxRegionCount + 1));
        string start = """{"name": "a", "origin": "b", "combination": "SUM", "regions": [""";
        Assert.Contains("regions: it has 201 entries, more than 200", Run(WriteReport("film.json", Film), "--table", Write("table.json", $"{start}{regions}]}}")).Error, StringComparison.Ordinal);
        Assert.Contains(
            "the file is larger than 1 MiB",
            Run(WriteReport("film.json", Film), "--table", Write("table.json", Table + new string(' ', ScoreTableFile.MaxBytes))).Error,
            StringComparison.Ordinal);
    }

    /// <summary>The cells of the row that begins with a name, without empty ones.</summary>
    private static string[] Cells(string text, string name)
    {
        string line = Assert.Single(text.Split('\n'), row => row.TrimStart().StartsWith($"{name}  ", StringComparison.Ordinal));
        return [.. line.Split("  ", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Where(cell => cell.Length > 0)];
    }

    private static (ExitCode Code, string Text, string Error) Run(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        ExitCode code = CommandLine.Run(["film-score", .. arguments], new Terminal(output, error, isScreen: false, showsProgress: false));
        return (code, output.ToString(), error.ToString());
    }

    private string Write(string name, string text)
    {
        string file = Path.Combine(_folder.FullName, name);
        File.WriteAllText(file, text);
        return file;
    }

    private string WriteReport(string name, params AnalysisReport[] reports)
    {
        string file = Path.Combine(_folder.FullName, name);
        using FileStream stream = File.Create(file);
        CalcQuant.Api.V1.AnalysisOutput output = new();
        output.Reports.AddRange(reports.Select(report => report.ToMessage()));
        ReportJson.Write(output, stream);
        return file;
    }
}
