using System.Globalization;
using CalcQuant.Imaging;
using CalcQuant.Measurement;
using CalcQuant.Radiography;
using Spectre.Console;

namespace CalcQuant.Cli.Output;

/// <summary>What a radiograph shows, for a person: size of its pixels and where that is known from, findings with areas, totals.</summary>
internal static class FilmPrinter
{
    private const int MaxRows = 40;
    private const int MaxPossibleRows = 12;
    private const int MaxOverBoneRows = 4;
    private const string Unknown = "–";

    /// <summary>Headings of the table of findings, in order.</summary>
    public static IReadOnlyList<string> FindingColumns { get; } =
        ["#", "finding", "area mm²", "95 %", "length x width mm", "density", "column, row", "confidence"];

    /// <summary>Headings of the table of totals, in order.</summary>
    public static IReadOnlyList<string> TotalColumns { get; } = ["total", "count", "area mm²", "95 %"];

    /// <summary>Size, view and scale in one line.</summary>
    public static string Describe(string modality, FilmReport film, CtAcquisition? acquisition)
    {
        var facts = new List<string> { modality, string.Create(CultureInfo.InvariantCulture, $"{film.ColumnCount} x {film.RowCount} pixels") };
        facts.Add(film.Scale is { } scale
            ? $"{SeriesFacts.Spacing(scale)} mm ({Words.Of(scale.Source)})"
            : "size of pixels unknown");
        if (film.ViewPosition is { } view)
        {
            facts.Add($"view {view}");
        }

        if (acquisition?.BodyPartExamined is { } part)
        {
            facts.Add(part);
        }

        if (acquisition is { StackCount: > 1 })
        {
            facts.Add(string.Create(CultureInfo.InvariantCulture, $"film {acquisition.StackNumber} of {acquisition.StackCount}"));
        }

        return Terminal.OneLine(string.Join(", ", facts));
    }

    /// <summary>Prints findings and totals.</summary>
    public static void Print(IAnsiConsole console, FilmReport film)
    {
        console.WriteLine("  One projection: areas, never a volume or a mass.");
        if (film.Regions.IsEmpty)
        {
            console.WriteLine("  No calcification found.");
            return;
        }

        bool inPixels = film.Scale is null;
        Table table = ReportPrinter.CreateTable([.. FindingColumns.Select(heading => inPixels && heading == "area mm²" ? "area pixels" : heading)], leftAligned: [1, 5]);
        ProjectedRegion[] shown = [.. film.Regions.GroupBy(region => region.Tier).SelectMany(tier => tier.Take(tier.Key switch
        {
            FindingTier.Possible => MaxPossibleRows,
            FindingTier.PossibleOverBone => MaxOverBoneRows,
            _ => MaxRows,
        }))];
        foreach (ProjectedRegion region in shown)
        {
            table.AddRow(
                new Text(region.Id.ToString(CultureInfo.InvariantCulture)),
                new Text(region.Name is { } name ? Terminal.OneLine($"{Words.Of(region.Tier)}: {name}") : Words.Of(region.Tier), ReportPrinter.ColourOf(region.Kind)),
                new Text(Number(region.AreaMm2 ?? region.AreaPixels, "0.0")),
                new Text(Range(region.AreaIntervalMm2)),
                new Text(region.LengthMm is null ? Unknown : $"{Number(region.LengthMm, "0.0")} x {Number(region.WidthMm, "0.0")}"),
                new Text(region.Grade is { } grade ? Words.Of(grade) : Unknown),
                new Text(string.Create(CultureInfo.InvariantCulture, $"{region.CentroidPixel.Column:0}, {region.CentroidPixel.Row:0}")),
                new Text(Number(region.Confidence, "0.00")));
        }

        console.Write(table);
        if (film.Regions.Length > shown.Length)
        {
            console.WriteLine($"  … and {film.Regions.Length - shown.Length} more, the smaller ones of their kind; --json and --csv list all.");
        }

        Table totals = ReportPrinter.CreateTable([.. TotalColumns.Select(heading => inPixels && heading == "area mm²" ? "area pixels" : heading)], leftAligned: [0]);
        foreach (ProjectedTotal total in film.Totals)
        {
            totals.AddRow(
                new Text(Words.Of(total.Kind), ReportPrinter.ColourOf(total.Kind)),
                new Text(total.Count.ToString(CultureInfo.InvariantCulture)),
                new Text(Number(total.AreaMm2 ?? total.AreaPixels, "0.0")),
                new Text(Range(total.AreaIntervalMm2)));
        }

        console.Write(totals);
    }

    private static string Number(double? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? Unknown;

    private static string Range(Interval? interval) => interval is { } known ? $"{Number(known.Low, "0.0")} to {Number(known.High, "0.0")}" : Unknown;
}
