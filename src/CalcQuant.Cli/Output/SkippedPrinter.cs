using CalcQuant.Dicom.Series;
using Spectre.Console;

namespace CalcQuant.Cli.Output;

/// <summary>Files that were not used, with their reasons.</summary>
internal static class SkippedPrinter
{
    /// <summary>Files listed at most; the JSON holds them all.</summary>
    private const int MaxRows = 20;

    /// <summary>Prints the files, if any.</summary>
    public static void Print(IAnsiConsole console, IReadOnlyList<SkippedFile> skipped)
    {
        if (skipped.Count == 0)
        {
            return;
        }

        console.WriteLine(skipped.Count == 1 ? "Skipped 1 file:" : $"Skipped {skipped.Count} files:");
        foreach (SkippedFile file in skipped.Take(MaxRows))
        {
            console.Write(new Text($"  {Terminal.OneLine(file.Path)}: {Terminal.OneLine(file.Reason)}\n"));
        }

        if (skipped.Count > MaxRows)
        {
            console.WriteLine($"  … and {skipped.Count - MaxRows} more; --json of analyze lists all.");
        }
    }
}
