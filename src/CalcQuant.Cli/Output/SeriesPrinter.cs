using System.Globalization;
using CalcQuant.Dicom.Series;
using CalcQuant.Imaging;
using Spectre.Console;

namespace CalcQuant.Cli.Output;

/// <summary>The series of a catalogue as a table, with what there is to say about each underneath.</summary>
internal static class SeriesPrinter
{
    /// <summary>Headings of the table, in order.</summary>
    public static IReadOnlyList<string> Columns { get; } =
        ["#", "series", "modality", "stack", "slices", "size", "spacing mm", "kVp", "kernel", "verdict"];

    /// <summary>Prints all stacks.</summary>
    public static void Print(IAnsiConsole console, IReadOnlyList<SeriesStack> stacks)
    {
        if (stacks.Count == 0)
        {
            return;
        }

        Table table = new Table().Border(TableBorder.Simple);
        table.AddColumns([.. Columns.Select(name => new TableColumn(new Text(name)))]);
        for (int i = 0; i < stacks.Count; i++)
        {
            table.AddRow(Row(i + 1, stacks[i]));
        }

        console.Write(table);
        for (int i = 0; i < stacks.Count; i++)
        {
            if (!stacks[i].Issues.IsEmpty)
            {
                console.Write(new Text($"#{i + 1}\n"));
                ReportPrinter.PrintIssues(console, stacks[i].Issues);
            }
        }
    }

    private static Text[] Row(int number, SeriesStack stack)
    {
        CtAcquisition acquisition = stack.Acquisition;
        return
        [
            new Text(Number(number)),
            new Text(Terminal.OneLine(stack.SeriesInstanceUid)),
            new Text(Terminal.OneLine(stack.Modality)),
            new Text(string.Create(CultureInfo.InvariantCulture, $"{acquisition.StackNumber}/{acquisition.StackCount}")),
            new Text(Number(stack.SliceCount)),
            new Text(Size(stack) is { } size ? string.Create(CultureInfo.InvariantCulture, $"{size.ColumnCount} x {size.RowCount}") : "–"),
            new Text(Spacing(stack)),
            new Text(acquisition.Kvp?.ToString("0.#", CultureInfo.InvariantCulture) ?? "–"),
            new Text(Terminal.OneLine(acquisition.ConvolutionKernel ?? "–")),
            new Text(Words.Of(stack.Verdict), ReportPrinter.ColourOf(stack.Verdict)),
        ];
    }

    private static (int ColumnCount, int RowCount)? Size(SeriesStack stack) =>
        stack.Geometry is { } geometry ? (geometry.ColumnCount, geometry.RowCount) : stack.FilmSize;

    /// <summary>Of a radiograph with the plane it is in: a length in the patient is another one.</summary>
    private static string Spacing(SeriesStack stack) =>
        stack.Geometry is { } geometry ? SeriesFacts.Spacing(geometry)
        : stack.FilmScale is { } scale ? FormattableString.Invariant($"{SeriesFacts.Spacing(scale)} ({Words.Of(scale.Source)})")
        : "–";

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
