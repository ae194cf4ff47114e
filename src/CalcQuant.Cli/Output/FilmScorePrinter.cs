using System.Globalization;
using CalcQuant.Measurement;
using CalcQuant.Radiography;
using Spectre.Console;

namespace CalcQuant.Cli.Output;

/// <summary>A score for a person: the table it is by, its regions with what was found and their points, and the change to a later film.</summary>
internal static class FilmScorePrinter
{
    private const string Unknown = "–";

    /// <summary>Headings of the table of regions, in order.</summary>
    public static IReadOnlyList<string> Columns { get; } =
        ["region", "count", "area mm²", "95 %", "coverage %", "density", "coverage points", "density points", "count points", "weight", "points"];

    /// <summary>Prints it.</summary>
    /// <param name="console">Where to.</param>
    /// <param name="score">The film, or the earlier one.</param>
    /// <param name="change">The change to a later one; null where there is none.</param>
    /// <param name="sha256">SHA-256 of the table's file.</param>
    public static void Print(IAnsiConsole console, FilmScore score, FilmScoreChange? change, string sha256)
    {
        Line(console, $"Score by the table {score.Table.Name}", new Style(decoration: Decoration.Bold));
        Line(console, $"  origin: {score.Table.Origin}");
        Line(console, $"  SHA-256 of its file: {sha256}");
        Print(console, score, change is null ? "Film" : "Earlier film");
        if (change is null)
        {
            return;
        }

        Print(console, change.Later, "Later film");
        Line(console, "Change", new Style(decoration: Decoration.Bold));
        Line(console, $"  score {Points(score.Points)} to {Points(change.Later.Points)}: {PercentInWords(change)}");
        if (change.Change is { } result)
        {
            Line(console, $"  by the {FilmScoreChange.RuleName}: {Words.Of(result)}");
        }

        Line(console, $"  rule: {FilmScoreChange.RuleText} ({FilmScoreChange.RuleSource})");
        Line(console, change.AreaMm2 is { } area
            ? $"  area {Signed(area, "0.0")} mm²" + (change.AreaIntervalMm2 is { } interval ? $", 95 %: {Signed(interval.Low, "0.0")} to {Signed(interval.High, "0.0")}, the errors of the two films taken as independent" : string.Empty)
            : "  area: no change in mm², as the size of the pixels is not known in both films");
        if (WarningOf(change) is { } warning)
        {
            Line(console, $"  {warning}", Color.Yellow);
        }
    }

    /// <summary>The change of the score as a sentence; from 0 there is no percentage.</summary>
    public static string PercentInWords(FilmScoreChange change) => change.Share is { } share
        ? $"{(share > 0 ? "+" : string.Empty)}{Percent(share)} %"
        : "no percentage, as the earlier score is 0; the rule says nothing of it";

    /// <summary>What a reader of the change must know; null where there is nothing.</summary>
    public static string? WarningOf(FilmScoreChange change) => change.Earlier.AlgorithmVersion == change.Later.AlgorithmVersion
        ? null
        : $"The films were measured by different versions ({change.Earlier.AlgorithmVersion} and {change.Later.AlgorithmVersion}): a part of the change may be theirs.";

    private static void Print(IAnsiConsole console, FilmScore score, string title)
    {
        Line(console, $"{title} {score.Film.SopInstanceUid}", new Style(decoration: Decoration.Bold));
        Line(console, $"  view {score.Film.ViewPosition ?? "not given"}, body part {score.BodyPart ?? "not given"}, side {score.Laterality ?? "not given"}, "
            + (score.Film.Scale is { } scale ? $"{SeriesFacts.Spacing(scale)} mm ({Words.Of(scale.Source)})" : "size of pixels unknown"));
        Table table = ReportPrinter.CreateTable(Columns, leftAligned: [0, 5]);
        foreach (RegionScore region in score.Regions)
        {
            table.AddRow([.. new[]
            {
                Terminal.OneLine(region.Name),
                region.Found.Count.ToString(CultureInfo.InvariantCulture),
                Number(region.Found.AreaMm2, "0.0"),
                Range(region.Found.AreaIntervalMm2),
                Number(region.Coverage * 100, "0.0"),
                region.Grade is { } grade ? Words.Of(grade) : Unknown,
                Points(region.CoveragePoints),
                Points(region.DensityPoints),
                Points(region.CountPoints),
                Points(region.Weight),
                Points(region.Points),
            }.Select(cell => new Text(cell))]);
        }

        table.AddRow([.. new[]
        {
            "total", score.Found.Count.ToString(CultureInfo.InvariantCulture), Number(score.Found.AreaMm2, "0.0"), Range(score.Found.AreaIntervalMm2),
            string.Empty, string.Empty, string.Empty, string.Empty, string.Empty, string.Empty, Points(score.Points),
        }.Select(cell => new Text(cell))]);
        console.Write(table);
        if (score.Outside.Count > 0)
        {
            Line(console, $"  Outside all regions, without points: {score.Outside.Count}"
                + (score.Outside.AreaMm2 is { } area ? $", {Number(area, "0.0")} mm²." : "."));
        }

        if (!score.NotOnThisFilm.IsEmpty)
        {
            Line(console, $"  Regions of the table that are not on this film: {string.Join(", ", score.NotOnThisFilm)}.");
        }
    }

    private static void Line(IAnsiConsole console, string text, Style? style = null) => console.Write(new Text($"{Terminal.OneLine(text)}\n", style));

    private static string Points(decimal? points) => points?.ToString("0.############", CultureInfo.InvariantCulture) ?? Unknown;

    /// <summary>As many decimals as it takes to see on which side of 25 it lies: what is not the bound is not printed as if it were.</summary>
    private static string Percent(decimal share)
    {
        decimal percent = share * 100, rounded = decimal.Round(percent, 1);
        return (Math.Abs(rounded) == 25 && rounded != percent ? percent : rounded).ToString("0.##########", CultureInfo.InvariantCulture);
    }

    private static string Signed(double value, string format) => (value > 0 ? "+" : string.Empty) + value.ToString(format, CultureInfo.InvariantCulture);

    private static string Number(double? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? Unknown;

    private static string Range(Interval? interval) => interval is { } known ? $"{Number(known.Low, "0.0")} to {Number(known.High, "0.0")}" : Unknown;
}
