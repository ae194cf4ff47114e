using System.Globalization;

namespace CalcQuant.Dicom.Tests.Corpus;

/// <summary>The shared corpus of real files with what independent readers decoded, where it is present.</summary>
internal static class DicomCorpus
{
    private static readonly Lazy<string?> FolderOnce = new(FindFolder);
    private static readonly Lazy<IReadOnlyList<ReferenceFile>> FilesOnce = new(ReadFiles);

    public static string? Folder => FolderOnce.Value;

    public static IReadOnlyList<ReferenceFile> Files => FilesOnce.Value;

    public static string Require()
    {
        if (Folder is null)
        {
            Assert.Skip("The shared DICOM corpus is not beside the repository.");
        }

        return Folder;
    }

    private static string? FindFolder()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "CalcQuant.sln")))
            {
                string corpus = Path.Combine(folder.FullName, "..", "shared", "dicom-corpus");
                return File.Exists(Path.Combine(corpus, "reference.tsv")) ? Path.GetFullPath(corpus) : null;
            }
        }

        return null;
    }

    private static IReadOnlyList<ReferenceFile> ReadFiles()
    {
        if (Folder is null)
        {
            return [];
        }

        string[] lines = File.ReadAllLines(Path.Combine(Folder, "reference.tsv"));
        string[] names = lines[0].Split('\t');
        return [.. lines.Skip(1).Select(line =>
        {
            Dictionary<string, string> row = names.Zip(line.Split('\t')).ToDictionary(pair => pair.First, pair => pair.Second, StringComparer.Ordinal);
            static double? Number(string text) => text.Length == 0 ? null : double.Parse(text, CultureInfo.InvariantCulture);
            return new ReferenceFile(
                row["path"],
                row["expect"],
                row["ts"],
                row["shape"],
                Number(row["min"]),
                Number(row["max"]),
                Number(row["mean"]),
                row["sha256_pixels"]);
        })];
    }
}

/// <summary>One line of reference.tsv.</summary>
internal sealed record ReferenceFile(
    string Path,
    string Expect,
    string TransferSyntaxUid,
    string Shape,
    double? Min,
    double? Max,
    double? Mean,
    string PixelsSha256)
{
    public bool IsDicom => !Path.EndsWith(".gz", StringComparison.Ordinal);

    public string FullPath => System.IO.Path.Combine(DicomCorpus.Require(), Path);
}
