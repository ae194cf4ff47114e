using System.Globalization;
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

    private static (ExitCode Code, List<JsonElement> Lines) Run(string path)
    {
        using var output = new StringWriter();
        ExitCode code = CommandLine.Run(["info", path, "--pixels"], new Terminal(output, TextWriter.Null, isScreen: false, showsProgress: false));
        return (code, [.. output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)]);
    }
}
