using CalcQuant.Analysis;
using CalcQuant.Api;
using CalcQuant.Cli.Output;
using CalcQuant.Dicom;
using CalcQuant.Dicom.Series;

namespace CalcQuant.Cli.Commands;

/// <summary><c>calcquant info</c>: what is there and whether it can be measured, without measuring.</summary>
internal sealed class InfoCommand
{
    /// <summary>Files, folders, archives; they exist.</summary>
    public required IReadOnlyList<string> Paths { get; init; }

    /// <summary>True to decode every file and print one JSON line each.</summary>
    public bool DecodesPixels { get; init; }

    /// <summary>Runs the command.</summary>
    public ExitCode Run(Terminal terminal, CancellationToken cancellationToken) =>
        DecodesPixels ? PixelLines.Write(Paths, terminal, cancellationToken) : ListSeries(terminal, cancellationToken);

    private ExitCode ListSeries(Terminal terminal, CancellationToken cancellationToken)
    {
        SeriesCatalog catalog = terminal.WithProgress(
            isQuiet: false, progress => SeriesCatalog.Scan(Paths, ReadingLimits.Default, progress, cancellationToken));
        SeriesPrinter.Print(terminal.Console, catalog.Stacks);
        SkippedPrinter.Print(terminal.Console, catalog.Skipped);
        if (catalog.Stacks.IsEmpty)
        {
            terminal.Complain(AnalyzeCommand.NothingFound(catalog));
            return ErrorTable.NothingReadable.ExitCode;
        }

        return catalog.Stacks.Any(stack => stack.Verdict == Verdict.Refused) ? ExitCode.Refused : ExitCode.Done;
    }
}
