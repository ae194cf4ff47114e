using System.Text;
using System.Text.Json;
using CalcQuant.Analysis;
using CalcQuant.Api;
using CalcQuant.Dicom;
using CalcQuant.Dicom.Encoding;
using CalcQuant.Dicom.PixelData;

namespace CalcQuant.Cli.Commands;

/// <summary>
/// <c>calcquant info --pixels</c>: every file decoded, one JSON object per line in ordinal order of the paths, so that an archive can be compared
/// with what another reader makes of it.
/// </summary>
internal static class PixelLines
{
    private static readonly EnumerationOptions Everything = new() { AttributesToSkip = FileAttributes.None, IgnoreInaccessible = false };

    /// <summary>Writes the lines.</summary>
    /// <param name="paths">Files and folders; they exist.</param>
    /// <param name="terminal">Where to.</param>
    /// <param name="cancellationToken">Stops between frames.</param>
    /// <returns>Done where every file could be decoded.</returns>
    public static ExitCode Write(IReadOnlyList<string> paths, Terminal terminal, CancellationToken cancellationToken)
    {
        var found = new List<(string Path, string? Error)>();
        foreach (string path in paths)
        {
            Collect(path, found, cancellationToken);
        }

        bool isAnyUnreadable = found.Count == 0;
        IEnumerable<(string Line, bool IsReadable)> lines = found
            .DistinctBy(file => file.Path, StringComparer.Ordinal)
            .OrderBy(file => file.Path, StringComparer.Ordinal)
            .AsParallel().AsOrdered().WithMergeOptions(ParallelMergeOptions.NotBuffered).WithCancellation(cancellationToken)
            .Select(file => Describe(file.Path, file.Error, cancellationToken));
        foreach ((string line, bool isReadable) in lines)
        {
            terminal.Out.WriteLine(line);
            isAnyUnreadable |= !isReadable;
        }

        if (found.Count == 0)
        {
            terminal.Complain("nothing readable: no files found");
        }

        return isAnyUnreadable ? ErrorTable.NothingReadable.ExitCode : ExitCode.Done;
    }

    /// <summary>The files below a path. Links to folders are not followed: they may lead in circles.</summary>
    private static void Collect(string path, List<(string Path, string? Error)> found, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(path))
        {
            found.Add((path, null));
            return;
        }

        try
        {
            foreach (FileSystemInfo entry in new DirectoryInfo(path).EnumerateFileSystemInfos("*", Everything))
            {
                cancellationToken.ThrowIfCancellationRequested();
                string below = Path.Combine(path, entry.Name);
                if (!entry.Attributes.HasFlag(FileAttributes.Directory))
                {
                    found.Add((below, null));
                }
                else if (entry.LinkTarget is null)
                {
                    Collect(below, found, cancellationToken);
                }
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            found.Add((path, "The folder cannot be listed."));
        }
    }

    private static (string Line, bool IsReadable) Describe(string path, string? error, CancellationToken cancellationToken)
    {
        StoredPixelSummary? summary = null;

        // What has no length is not opened: a named pipe would never answer.
        error ??= new FileInfo(path) is { Exists: true, Length: 0 } ? "The file is empty." : Decode(path, out summary, cancellationToken);

        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteString("path", path);
            if (summary is not null)
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
                json.WriteString("error", error);
            }

            json.WriteEndObject();
        }

        return (Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length), summary is not null);
    }

    /// <summary>Decodes a file: what is wrong with it, or null with its summary.</summary>
    private static string? Decode(string path, out StoredPixelSummary? summary, CancellationToken cancellationToken)
    {
        summary = null;
        switch (DicomFile.Read(path, ReadingLimits.Default))
        {
            case DicomReading.Accepted accepted:
                return StoredPixelSummary.TryCreate(accepted.File, ReadingLimits.Default, out summary, out SeriesIssue issue, cancellationToken)
                    ? null
                    : issue.Explanation;
            case DicomReading.NotDicom notDicom:
                return notDicom.Explanation;
            case DicomReading.Rejected rejected:
                return rejected.Issue.Explanation;
            default:
                throw new InvalidOperationException("A file is accepted, rejected or not DICOM.");
        }
    }
}
