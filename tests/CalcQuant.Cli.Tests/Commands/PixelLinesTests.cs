using System.Globalization;
using System.IO.Compression;
using System.Text.Json;
using CalcQuant.Api;

namespace CalcQuant.Cli.Tests.Commands;

public sealed class PixelLinesTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("calcquant-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Info_WithPixelsOfGarbage_GivesAnErrorLinePerFileInOrdinalOrder()
    {
        Directory.CreateDirectory(Path.Combine(_folder.FullName, "b"));
        string[] names = ["B.txt", "a.txt", Path.Combine("b", "empty"), "ä\"ö"];
        File.WriteAllText(Path.Combine(_folder.FullName, names[0]), "text");
        File.WriteAllText(Path.Combine(_folder.FullName, names[1]), "text");
        File.WriteAllText(Path.Combine(_folder.FullName, names[2]), "");
        File.WriteAllText(Path.Combine(_folder.FullName, names[3]), "text");

        (ExitCode code, List<JsonElement> lines) = Run(_folder.FullName);

        Assert.Equal(ExitCode.Refused, code);
        Assert.Equal(names.Select(name => Path.Combine(_folder.FullName, name)), lines.Select(line => line.GetProperty("path").GetString()));
        Assert.All(lines, line => Assert.NotEmpty(line.GetProperty("error").GetString()!));
        Assert.All(lines, line => Assert.False(line.TryGetProperty("sha256", out _)));
    }

    [Fact]
    public void Info_WithPixelsOfAnEmptyFolder_EndsWith1() => Assert.Equal(ExitCode.Refused, Run(_folder.FullName).Code);

    [Fact]
    public void Info_WithPixelsOfALinkInACircle_Ends()
    {
        Directory.CreateSymbolicLink(Path.Combine(_folder.FullName, "self"), _folder.FullName);
        Assert.Empty(Run(_folder.FullName).Lines);
    }

    [Fact]
    public void Info_WithPixelsOfAnArchiveALinkedFolderAndAnIndex_DecodesWhatIsThere()
    {
        string[] slices = [.. SampleSlices().Take(2)];
        string data = _folder.CreateSubdirectory("data").FullName;
        File.Copy(slices[0], Path.Combine(data, "one"));
        File.WriteAllText(Path.Combine(data, "DICOMDIR"), "an index");
        string given = _folder.CreateSubdirectory("given").FullName;
        Directory.CreateSymbolicLink(Path.Combine(given, "linked"), data);
        string archive = Path.Combine(given, "archive.bin");
        using (ZipArchive zip = ZipFile.Open(archive, ZipArchiveMode.Create))
        {
            zip.CreateEntryFromFile(slices[1], "folder/two");
            zip.CreateEntry("folder/empty");
        }

        (ExitCode code, List<JsonElement> lines) = Run(given);
        string index = Path.Combine(data, "DICOMDIR");
        List<JsonElement> ofIndex = Run(index).Lines;
        List<JsonElement> ofArchive = Run(archive).Lines;

        Assert.Equal(ExitCode.Refused, code);
        Assert.Equal(
            [$"{archive}!folder/empty", $"{archive}!folder/two", Path.Combine(given, "linked", "DICOMDIR"), Path.Combine(given, "linked", "one")],
            lines.Select(line => line.GetProperty("path").GetString()));
        Assert.Equal([true, false, true, false], lines.Select(line => line.TryGetProperty("error", out _)));
        Assert.Equal([Hash(Run(slices[1]).Lines[0]), Hash(Run(slices[0]).Lines[0])], [Hash(lines[1]), Hash(lines[3])]);
        Assert.Equal([index, Path.Combine(data, "one")], ofIndex.Select(line => line.GetProperty("path").GetString()));
        Assert.Equal(lines[..2].Select(line => line.ToString()), ofArchive.Select(line => line.ToString()));

        static string Hash(JsonElement line) => line.GetProperty("sha256").GetString()!;
    }

    [Fact]
    public void Info_WithPixelsOfADamagedAndAnEmptyArchive_GivesAnErrorLineEach()
    {
        File.WriteAllBytes(Path.Combine(_folder.FullName, "damaged.zip"), [(byte)'P', (byte)'K', 3, 4, 5, 6, 7, 8]);
        ZipFile.Open(Path.Combine(_folder.FullName, "empty.zip"), ZipArchiveMode.Create).Dispose();

        (ExitCode code, List<JsonElement> lines) = Run(_folder.FullName);

        Assert.Equal(ExitCode.Refused, code);
        Assert.Equal(
            ["The archive is damaged and cannot be opened.", "The archive is empty."],
            lines.Select(line => line.GetProperty("error").GetString()));
    }

    /// <summary>Hashes that at least two other readers agree on (reference.tsv).</summary>
    [Fact]
    public void Info_WithPixelsOfTheCorpus_AgreesWithOtherReaders()
    {
        string corpus = Repository.Corpus;
        string series = Path.Combine(corpus, "open", "series_headphantom_tilt");
        if (!Directory.Exists(series))
        {
            Assert.Skip("the corpus is not here");
        }

        string[] header = File.ReadLines(Path.Combine(corpus, "reference.tsv")).First().Split('\t');
        Dictionary<string, string[]> reference = File.ReadLines(Path.Combine(corpus, "reference.tsv")).Skip(1)
            .Select(line => line.Split('\t')).ToDictionary(row => row[0]);
        (ExitCode code, List<JsonElement> lines) = Run(series);

        Assert.Equal(ExitCode.Done, code);
        Assert.Equal(40, lines.Count);
        Assert.All(lines, line =>
        {
            string path = Path.GetRelativePath(corpus, line.GetProperty("path").GetString()!).Replace('\\', '/');
            string Expected(string column) => reference[path][Array.IndexOf(header, column)];
            Assert.Equal(Expected("sha256_pixels"), line.GetProperty("sha256").GetString());
            Assert.Equal(Expected("ts"), line.GetProperty("transferSyntax").GetString());
            Assert.Equal(Expected("shape"), line.GetProperty("shape").GetString());
            Assert.Equal(long.Parse(Expected("min"), CultureInfo.InvariantCulture), line.GetProperty("min").GetInt64());
            Assert.Equal(long.Parse(Expected("max"), CultureInfo.InvariantCulture), line.GetProperty("max").GetInt64());
            Assert.Equal(double.Parse(Expected("mean"), CultureInfo.InvariantCulture), line.GetProperty("mean").GetDouble(), tolerance: 1e-6);
        });
    }

    private static IEnumerable<string> SampleSlices()
    {
        if (!Directory.Exists(Repository.SampleSeries))
        {
            Assert.Skip("there is no sample-data");
        }

        return Directory.EnumerateFiles(Repository.SampleSeries, "*.dcm", SearchOption.AllDirectories).Order(StringComparer.Ordinal);
    }

    private static (ExitCode Code, List<JsonElement> Lines) Run(string path)
    {
        using var output = new StringWriter();
        ExitCode code = CommandLine.Run(["info", path, "--pixels"], new Terminal(output, TextWriter.Null, isScreen: false, showsProgress: false));
        return (code, [.. output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)]);
    }
}
