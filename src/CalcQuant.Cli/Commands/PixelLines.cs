using System.Text;
using System.Text.Json;
using CalcQuant.Api;
using CalcQuant.Dicom;
using CalcQuant.Dicom.Series;

namespace CalcQuant.Cli.Commands;

/// <summary>
/// <c>calcquant info --pixels</c>: every file decoded, one JSON object per line in ordinal order of the paths, so that an archive can be compared
/// with what another reader makes of it.
/// </summary>
internal static class PixelLines
{
    /// <summary>Writes the lines.</summary>
    /// <param name="paths">Files, folders, a DICOMDIR or archives; they exist.</param>
    /// <param name="terminal">Where to.</param>
    /// <param name="cancellationToken">Stops between frames.</param>
    /// <returns>Done where every file could be decoded.</returns>
    public static ExitCode Write(IReadOnlyList<string> paths, Terminal terminal, CancellationToken cancellationToken)
    {
        bool isAnyFound = false;
        bool isAnyUnreadable = false;
        foreach (DecodedFile file in DecodedFile.Below(paths, ReadingLimits.Default, cancellationToken))
        {
            terminal.Out.WriteLine(Describe(file));
            isAnyFound = true;
            isAnyUnreadable |= file.Summary is null;
        }

        if (!isAnyFound)
        {
            terminal.Complain("nothing readable: no files found");
        }

        return isAnyFound && !isAnyUnreadable ? ExitCode.Done : ErrorTable.NothingReadable.ExitCode;
    }

    private static string Describe(DecodedFile file)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteString("path", file.Path);
            if (file.Summary is { } summary)
            {
                json.WriteString("transferSyntax", summary.TransferSyntaxUid);
                json.WriteString("shape", summary.Shape);
                json.WriteNumber("min", summary.Min);
                json.WriteNumber("max", summary.Max);
                json.WriteNumber("mean", summary.Mean);
                json.WriteString("sha256", summary.Sha256);
            }
            else
            {
                json.WriteString("error", file.Error);
            }

            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length);
    }
}
