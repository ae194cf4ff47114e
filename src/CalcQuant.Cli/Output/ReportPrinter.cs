using System.Globalization;
using CalcQuant.Analysis;
using CalcQuant.Measurement;
using Spectre.Console;
using Region = CalcQuant.Measurement.Region;

namespace CalcQuant.Cli.Output;

/// <summary>A report for a person: verdict, what to bear in mind, findings, totals.</summary>
internal static class ReportPrinter
{
    /// <summary>Findings listed at most; a network of specks can have thousands, and the files hold them all.</summary>
    private const int MaxFindingRows = 40;

    /// <summary>Stands for a value that is not known or has no meaning here.</summary>
    private const string Unknown = "–";

    /// <summary>Headings of the table of findings, in order.</summary>
    public static IReadOnlyList<string> FindingColumns { get; } =
        ["#", "kind", "volume mm³", "95 %", "mass mg", "max HU", "diameter mm", "depth", "morphology", "slice", "confidence"];

    /// <summary>Headings of the table of totals, in order.</summary>
    public static IReadOnlyList<string> TotalColumns { get; } = ["total", "count", "volume mm³", "95 %", "threshold volume mm³", "mass mg", "95 %"];

    /// <summary>Headings of the table of burden, in order.</summary>
    public static IReadOnlyList<string> BurdenColumns { get; } = ["site", "side", "depth", "count", "volume mm³", "mass mg"];

    /// <summary>Headings of the table of stages, in order.</summary>
    public static IReadOnlyList<string> StageColumns { get; } = ["stage", "ms", "million voxels/s"];

    /// <summary>Prints one report.</summary>
    /// <param name="console">Where to.</param>
    /// <param name="report">The report.</param>
    /// <param name="showsStageTimes">Whether to tell what the time went into, which differs from run to run.</param>
    public static void Print(IAnsiConsole console, AnalysisReport report, bool showsStageTimes)
    {
        console.Write(new Text($"Series {Terminal.OneLine(report.SeriesInstanceUid)}\n", new Style(decoration: Decoration.Bold)));
        string facts = report.Film is { } shown
            ? FilmPrinter.Describe(report.Modality, shown, report.Acquisition)
            : SeriesFacts.Describe(report.Modality, report.Geometry, report.Acquisition);
        console.Write(new Text($"  {facts}\n"));
        if (report.Parameters is { } parameters)
        {
            console.Write(new Text(
                $"  threshold {Number(parameters.ThresholdHu, "0.#")} HU ({parameters.ThresholdOrigin}), "
                + $"{Number(parameters.Calibration.MilligramsPerCm3PerHu, "0.###")} mg/cm³ per HU ({Terminal.OneLine(parameters.Calibration.Origin)})\n"));
            foreach (MeasuredRod rod in parameters.CalibrationRods)
            {
                console.Write(new Text(
                    $"  rod of {Number(rod.Rod.DensityMgPerCm3, "0.#")} mg/cm³: {Number(rod.MeanHu, "0.0")} HU over {rod.SliceCount} slices"
                    + (rod.ResidualHu is { } residual ? $", {Number(residual, "+0.0;-0.0;0.0")} off the line\n" : "\n")));
            }
        }

        console.Write(new Text($"  {Words.Of(report.Verdict)}\n", ColourOf(report.Verdict)));
        PrintIssues(console, report.Issues);
        foreach (AppliedCorrection correction in report.Corrections)
        {
            console.Write(new Text("  corrected: ", Color.Aqua));
            console.Write(new Text(Terminal.OneLine(string.Create(
                CultureInfo.InvariantCulture,
                $"region {correction.RegionId} from {Words.Of(correction.From)} to {Words.Of(correction.To)} by {correction.Who} on {correction.When.UtcDateTime:yyyy-MM-dd HH:mm} UTC: {correction.Why}")) + "\n"));
        }

        if (report.Film is { } film)
        {
            FilmPrinter.Print(console, film);
        }
        else if (report.Verdict != Verdict.Refused)
        {
            PrintFindings(console, report.Regions);
            PrintBurden(console, report.Burden);
            PrintTotals(console, report.Totals);
            PrintSearched(console, report.Searched);
        }

        if (showsStageTimes)
        {
            PrintStageTimes(console, report.StageTimes);
        }

        console.WriteLine();
    }

    /// <summary>Prints issues, refusals red and warnings yellow, one line each.</summary>
    public static void PrintIssues(IAnsiConsole console, IEnumerable<SeriesIssue> issues)
    {
        foreach (SeriesIssue issue in issues)
        {
            bool refuses = issue.Code.IsRefusal();
            string instance = string.IsNullOrEmpty(issue.SopInstanceUid) ? string.Empty : $" (instance {issue.SopInstanceUid})";
            console.Write(new Text(refuses ? "  refused: " : "  warning: ", refuses ? Color.Red : Color.Yellow));
            console.Write(new Text($"{Terminal.OneLine(issue.Explanation + instance)}\n"));
        }
    }

    /// <summary>The colour of a verdict.</summary>
    public static Style ColourOf(Verdict verdict) => verdict switch
    {
        Verdict.Accepted => Color.Green,
        Verdict.AcceptedWithWarnings => Color.Yellow,
        _ => Color.Red,
    };

    private static void PrintFindings(IAnsiConsole console, IReadOnlyList<Region> regions)
    {
        List<Region> findings = [.. regions.Where(region => IsFinding(region.Kind))];
        if (findings.Count == 0)
        {
            console.WriteLine("  No calcification found.");
            return;
        }

        Table table = CreateTable(FindingColumns, leftAligned: [1, 7, 8]);
        foreach (Region region in findings.Take(MaxFindingRows))
        {
            table.AddRow(
                new Text(region.Id.ToString(CultureInfo.InvariantCulture)),
                new Text(Words.Of(region.Kind), ColourOf(region.Kind)),
                new Text(Number(region.VolumeMm3, "0.0")),
                new Text(Range(region.VolumeIntervalMm3)),
                new Text(Number(region.MassMg, "0.0")),
                new Text(Number(region.MaxHu, "0")),
                new Text(Number(region.MaxDiameterMm, "0.0")),
                new Text(region.Depth is { } depth ? Words.Of(depth) : Unknown),
                new Text(region.Morphology is { } morphology ? Words.Of(morphology) : Unknown),
                new Text((region.LargestSliceIndex + 1).ToString(CultureInfo.InvariantCulture)),
                new Text(Number(region.Confidence, "0.00")));
        }

        console.Write(table);
        if (findings.Count > MaxFindingRows)
        {
            console.WriteLine($"  … and {findings.Count - MaxFindingRows} more; --json and --csv list all.");
        }
    }

    private static void PrintTotals(IAnsiConsole console, IReadOnlyList<RegionTotal> totals)
    {
        if (totals.Count == 0)
        {
            return;
        }

        Table table = CreateTable(TotalColumns, leftAligned: [0]);
        foreach (RegionTotal total in totals)
        {
            table.AddRow(
                new Text(Words.Of(total.Kind), ColourOf(total.Kind)),
                new Text(total.Count.ToString(CultureInfo.InvariantCulture)),
                new Text(Number(total.VolumeMm3, "0.0")),
                new Text(Range(total.VolumeIntervalMm3)),
                new Text(Number(total.ThresholdVolumeMm3, "0.0")),
                new Text(Number(total.MassMg, "0.0")),
                new Text(Range(total.MassIntervalMg)));
        }

        console.Write(table);
    }

    /// <summary>The deposits by site, side and depth. Nothing where there are none.</summary>
    private static void PrintBurden(IAnsiConsole console, IReadOnlyList<Burden> burden)
    {
        if (burden.Count == 0)
        {
            return;
        }

        Table table = CreateTable(BurdenColumns, leftAligned: [0, 1, 2]);
        foreach (Burden part in burden)
        {
            table.AddRow(
                new Text(part.Site is { } site ? Words.Of(site) : Unknown),
                new Text(part.Laterality is { } laterality ? Words.Of(laterality) : Unknown),
                new Text(part.Depth is { } depth ? Words.Of(depth) : Unknown),
                new Text(part.Count.ToString(CultureInfo.InvariantCulture)),
                new Text(Number(part.VolumeMm3, "0.0")),
                new Text(Number(part.MassMg, "0.0")));
        }

        console.Write(table);
    }

    /// <summary>One line of explicit negatives: what was searched and found empty, and what was not or only partly searched. --json has the reasons.</summary>
    private static void PrintSearched(IAnsiConsole console, IReadOnlyList<SearchedCompartment> searched)
    {
        if (searched.Count == 0)
        {
            return;
        }

        string line = $"Searched and found empty: {List(SearchState.Empty) ?? "none"}."
            + (List(SearchState.PartlySearched) is { } partly ? $" Nothing found, but only partly searched: {partly}." : string.Empty)
            + (List(SearchState.NotSearched) is { } not ? $" Not searched: {not}." : string.Empty);
        console.Write(new Text($"  {line}\n"));

        string? List(SearchState state)
        {
            string names = string.Join(", ", searched.Where(compartment => compartment.State == state).Select(compartment => compartment.Name));
            return names.Length == 0 ? null : names;
        }
    }

    /// <summary>What the time went into. Nothing where the stages were not timed.</summary>
    private static void PrintStageTimes(IAnsiConsole console, IReadOnlyList<StageTime> times)
    {
        if (times.Count > 0)
        {
            Table table = CreateTable(StageColumns, leftAligned: [0]);
            foreach (StageTime time in times)
            {
                table.AddRow(
                    new Text(Terminal.OneLine(time.Stage)),
                    new Text(Number(time.Milliseconds, "0")),
                    new Text(Number(time.VoxelsPerSecond / 1e6, "0")));
            }

            table.AddRow(new Text("all"), new Text(Number(times.Sum(time => time.Milliseconds), "0")), new Text(string.Empty));
            console.Write(table);
        }
    }

    internal static Table CreateTable(IReadOnlyList<string> columns, int[] leftAligned)
    {
        Table table = new Table().Border(TableBorder.Simple);
        for (int i = 0; i < columns.Count; i++)
        {
            TableColumn column = new TableColumn(new Text(columns[i]));
            table.AddColumn(leftAligned.Contains(i) ? column : column.RightAligned());
        }

        return table;
    }

    private static bool IsFinding(RegionKind kind) =>
        kind is RegionKind.SoftTissueCalcification or RegionKind.Vascular or RegionKind.Uncertain;

    internal static Style ColourOf(RegionKind kind) => kind switch
    {
        RegionKind.SoftTissueCalcification => Color.Red,
        RegionKind.Vascular => Color.Fuchsia,
        RegionKind.Uncertain => Color.Yellow,
        _ => Style.Plain,
    };

    private static string Range(Interval? interval) =>
        interval is { } known ? string.Create(CultureInfo.InvariantCulture, $"{known.Low:0.0} to {known.High:0.0}") : Unknown;

    private static string Number(double? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? Unknown;
}
