using CalcQuant.Dicom;
using CalcQuant.Dicom.Encoding;
using CalcQuant.Dicom.Series;

namespace CalcQuant.Cli.Remote;

/// <summary>A file on its way to the study store.</summary>
/// <param name="ShownPath">Path as the user would recognise it; it never leaves this machine.</param>
/// <param name="StudyInstanceUid">Study Instance UID; null where absent.</param>
/// <param name="TryRead">Reads the whole file.</param>
internal sealed record FileToSend(string ShownPath, string? StudyInstanceUid, FileToSend.Reading TryRead)
{
    /// <summary>Reads the whole file.</summary>
    /// <param name="bytes">Its bytes.</param>
    /// <param name="explanation">Why it cannot be read; empty where it can.</param>
    public delegate bool Reading(out ReadOnlyMemory<byte> bytes, out string explanation);

    /// <summary>A file of a series that was found.</summary>
    public static FileToSend Of(SeriesFile file) => new(file.ShownPath, file.StudyInstanceUid, file.TryRead);

    /// <summary>Every DICOM file below some paths, images or not; what is none is in <paramref name="skipped"/> and stays here.</summary>
    /// <param name="paths">Files and folders; they exist.</param>
    /// <param name="skipped">Files that are not sent, each with its reason.</param>
    /// <param name="cancellationToken">Stops between files.</param>
    public static List<FileToSend> Below(IReadOnlyList<string> paths, out List<SkippedFile> skipped, CancellationToken cancellationToken)
    {
        List<FileToSend> files = [];
        skipped = [];
        foreach (string path in paths.SelectMany(FilesOf))
        {
            cancellationToken.ThrowIfCancellationRequested();
            switch (DicomFile.Read(path, ReadingLimits.Default))
            {
                case DicomReading.Accepted { File: var file } when !file.DataSet.Contains(DicomTags.FileSetID):
                    files.Add(new FileToSend(path, file.DataSet.GetString(DicomTags.StudyInstanceUID)?.Trim(), ReadFrom(path)));
                    break;
                case DicomReading.Accepted:
                    skipped.Add(new SkippedFile(path, "An index file (DICOMDIR)."));
                    break;
                case DicomReading.NotDicom other:
                    skipped.Add(new SkippedFile(path, other.Explanation));
                    break;
                case DicomReading.Rejected rejected:
                    skipped.Add(new SkippedFile(path, rejected.Issue.Explanation));
                    break;
            }
        }

        return files;
    }

    private static IEnumerable<string> FilesOf(string path) =>
        File.Exists(path) ? [path] : Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal);

    private static Reading ReadFrom(string path) => (out bytes, out explanation) =>
    {
        try
        {
            bytes = File.ReadAllBytes(path);
            explanation = string.Empty;
            return true;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            bytes = default;
            explanation = failure.Message;
            return false;
        }
    };
}
