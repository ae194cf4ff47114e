using CalcQuant.Analysis;
using CalcQuant.Cli.Output;
using CalcQuant.Measurement;

namespace CalcQuant.Cli.Tests.Output;

public class ReportPrinterTests
{
    [Fact]
    public void Print_OfAFullReport_ShowsVerdictWarningFindingAndTotals()
    {
        string[] lines = Print(SampleReports.Full);
        Assert.Contains(lines, line => line == "Series 1.2.3.4");
        Assert.Contains(lines, line => line.Trim() == "CT, 2 slices of 4 x 3, 0.5 x 0.75 x 2 mm, 120 kVp, kernel B30f, tilt 16.5°, stack 2 of 3");
        Assert.Contains(lines, line => line.Trim() == "ACCEPTED WITH WARNINGS");
        Assert.Contains(lines, line => line.Trim() == "warning: The gantry was tilted by 16.5 degrees. (instance 1.2.3.4.5)");
        Assert.Contains(lines, line => Cells(line).SequenceEqual(["1", "soft-tissue calcification", "61.5", "55.5 to 68.3", "25.5", "980", "7.5", "subcutaneous", "nodule", "2", "0.88"]));
        Assert.Contains(lines, line => Cells(line).SequenceEqual(["soft-tissue calcification", "1", "61.5", "55.5 to 68.3", "70.3", "25.5", "20.3 to 32.5"]));
        Assert.Contains(lines, line => Cells(line).SequenceEqual(["bone", "2", "900.0", "–", "900.0", "–", "–"]));
    }

    [Fact]
    public void Print_OfBurdenAndNegatives_ShowsATableAndOneLine()
    {
        string[] lines = Print(SampleReports.Full);
        Assert.Contains(lines, line => Cells(line).SequenceEqual(["upper arm", "left", "subcutaneous", "1", "61.5", "25.5"]));
        Assert.Contains(lines, line => line.Trim() == "Searched and found empty: skin, muscle. Not searched: inside of trunk and skull.");
        Assert.DoesNotContain(Print(SampleReports.Least), line => line.Contains("Searched", StringComparison.Ordinal));
    }

    [Fact]
    public void Print_OfWhatIsPartlySearched_IsNoEmptyCompartment()
    {
        AnalysisReport report = SampleReports.Full with { Searched = [SampleReports.Full.Searched[0] with { State = SearchState.PartlySearched }] };
        Assert.Contains(Print(report), line => line.Trim() == "Searched and found empty: none. Nothing found, but only partly searched: skin.");
    }

    [Fact]
    public void Print_OfTimedStages_ShowsThemWhereAskedFor()
    {
        AnalysisReport timed = SampleReports.Full with { StageTimes = [new StageTime("reading pixels", 80, 3e8), new StageTime("body", 121, 2e8)] };
        Assert.Contains(Print(timed, showsStageTimes: true), line => Cells(line) is ["reading pixels", "80", "300"]);
        Assert.Contains(Print(timed, showsStageTimes: true), line => Cells(line) is ["all", "201", ..]);
        Assert.DoesNotContain(Print(timed), line => Cells(line) is ["reading pixels", ..]);
    }

    [Fact]
    public void Print_OfBone_ListsItInTheTotalsOnly() =>
        Assert.DoesNotContain(Print(SampleReports.Full), line => Cells(line) is ["2", "bone", ..]);

    [Fact]
    public void Print_OfNoFinding_SaysSo() =>
        Assert.Contains(Print(SampleReports.Least), line => line.Trim() == "No calcification found.");

    [Fact]
    public void Print_OfARefusal_SaysWhyAndShowsNoTable()
    {
        string[] lines = Print(SampleReports.Refused);
        Assert.Contains(lines, line => line.Trim() == "REFUSED");
        Assert.Contains(lines, line => line.Trim() == "refused: Between slices 3 and 4 one is missing.");
        Assert.DoesNotContain(lines, line => line.Contains("volume", StringComparison.Ordinal));
    }

    [Fact]
    public void Print_OfThousandsOfFindings_SaysHowManyAreNotListed()
    {
        Region region = SampleReports.Full.Regions[0];
        AnalysisReport report = SampleReports.Full with { Regions = [.. Enumerable.Range(1, 1000).Select(id => region with { Id = id })] };
        Assert.Contains(Print(report), line => line.Trim() == "… and 960 more; --json and --csv list all.");
    }

    [Fact]
    public void Print_OfControlCharactersFromAHeader_PrintsNone()
    {
        AnalysisReport report = SampleReports.Refused with
        {
            SeriesInstanceUid = "1.2\u001b[2J",
            Issues = [new SeriesIssue(SeriesIssueCode.NotHounsfield, "Rescale Type is \u001b[31m\r\nACCEPTED [bold]x[/]")],
        };
        string[] lines = Print(report);
        Assert.DoesNotContain(lines, line => line.Any(char.IsControl));
        Assert.DoesNotContain(lines, line => line.StartsWith("ACCEPTED", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.EndsWith("ACCEPTED [bold]x[/]", StringComparison.Ordinal));
    }

    [Fact]
    public void Words_OfEveryEnumMember_AreDistinct()
    {
        AssertDistinct(Enum.GetValues<Verdict>().Select(Words.Of));
        AssertDistinct(Enum.GetValues<RegionKind>().Select(Words.Of));
        AssertDistinct(Enum.GetValues<DepthClass>().Select(Words.Of));
        AssertDistinct(Enum.GetValues<Morphology>().Select(Words.Of));
        AssertDistinct(Enum.GetValues<BodySite>().Select(Words.Of));
        AssertDistinct(Enum.GetValues<Laterality>().Select(Words.Of));
    }

    private static void AssertDistinct(IEnumerable<string> words)
    {
        List<string> all = [.. words];
        Assert.Equal(all.Count, all.Distinct().Count());
        Assert.All(all, Assert.NotEmpty);
    }

    /// <summary>Cells of a table row: separated by bars or by at least two spaces.</summary>
    private static string[] Cells(string line) =>
        [.. line.Replace("│", "  ", StringComparison.Ordinal).Split("  ", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)];

    private static string[] Print(AnalysisReport report, bool showsStageTimes = false)
    {
        using var output = new StringWriter();
        var terminal = new Terminal(output, TextWriter.Null, isScreen: false, showsProgress: false);
        ReportPrinter.Print(terminal.Console, report, showsStageTimes);
        return [.. output.ToString().Split('\n').Select(line => line.TrimEnd('\r', ' '))];
    }
}
