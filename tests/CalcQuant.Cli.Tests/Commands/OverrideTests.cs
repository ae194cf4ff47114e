using System.Text.Json;
using CalcQuant.Api;
using CalcQuant.Api.V1;

namespace CalcQuant.Cli.Tests.Commands;

/// <summary><c>analyze --override</c> and <c>--bone-mask</c>: files in, files out, and one line for what is wrong.</summary>
public sealed class OverrideTests : IDisposable
{
    private const string Series = "2.25.174790252833619143062600007441089177587";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("calcquant-override-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Analyze_WithCorrections_AppliesThemAndTellsThoseOfOtherSeries()
    {
        AnalysisReport before = Analyze();
        Region deposit = before.Regions.First(region => region.Kind == RegionKind.SoftTissueCalcification);
        string file = Write(Entries(Entry(deposit.SeedLpsMm), Entry(deposit.SeedLpsMm, series: "1.2.3"), Entry(new LpsPoint { X = 9000 })));
        (ExitCode code, string text, string error) = Run("analyze", Repository.SampleSeries, "--override", file, "--json", PathOf("after.json"));
        Assert.Equal((ExitCode.Done, "calcquant: --override entry 2 is of no stack that was analysed: series 1.2.3, stack 1"), (code, error.TrimEnd()));
        Assert.Contains("corrected: region 1 from soft-tissue calcification to bone by Dr A on 2026-03-04 11:00 UTC: why not", text, StringComparison.Ordinal);
        AnalysisReport after = Read("after.json");
        Assert.Equal(RegionKind.Bone, after.Regions.Single(region => region.Id == deposit.Id).Kind);
        Assert.Single(after.Corrections);
        Assert.Contains(SeriesIssueCode.CorrectionWithoutRegion, after.Issues.Select(issue => issue.Code));
        Assert.Equal(before.Regions.Count, after.Regions.Count);
    }

    [Fact]
    public void Analyze_WithABoneMask_WritesOneThatSkeletonReads()
    {
        string file = PathOf("bone.nii.gz"), folder = PathOf("bones");
        Assert.Equal(ExitCode.Done, Run("analyze", Repository.SampleSeries, "--quiet", "--bone-mask", file).Code);
        Assert.Equal(ExitCode.Done, Run("analyze", Repository.SampleSeries, "--quiet", "--bone-mask", folder, "--skeleton", file, "--json", PathOf("drawn.json")).Code);
        Assert.Equal(File.ReadAllBytes(file), File.ReadAllBytes(Assert.Single(Directory.EnumerateFiles(folder))));
        AnalysisReport found = Analyze(), drawn = Read("drawn.json");
        Assert.Equal("given by the caller", drawn.Parameters.BoneOrigin);
        Region[] apart = [.. found.Regions.Where(region => region.Kind == RegionKind.SoftTissueCalcification && region.DistanceToBoneMm > 3.6)];
        Assert.NotEmpty(apart);
        Assert.All(apart, region => Assert.Contains(drawn.Regions, other => other.Kind == region.Kind && other.SeedLpsMm.Equals(region.SeedLpsMm) && other.VolumeMm3.Equals(region.VolumeMm3)));
    }

    [Theory]
    [InlineData("[", "it is not JSON: ")]
    [InlineData("[]", "it wants an object with one field, corrections, which is a list")]
    [InlineData("""{"corrections": [], "more": 1}""", "it wants an object with one field, corrections, which is a list")]
    [InlineData("""{"corrections": [1]}""", "entry 1: it wants an object")]
    [InlineData("""{"corrections": [{"seriesInstanceUID": "1.2"}]}""", "entry 1: seriesInstanceUID: there is no such field")]
    [InlineData("""{"corrections": [{"who": "a", "who": "b"}]}""", "it is not JSON: ")]
    public void Analyze_OfAMalformedFile_SaysWhatIsWrongInOneLine(string json, string problem) => AssertProblem(json, problem);

    [Theory]
    [InlineData("seriesInstanceUid", "\"\"", "it wants the UID of a series")]
    [InlineData("stackNumber", "0", "it wants a whole number from 1 on")]
    [InlineData("stackNumber", "1.5", "it wants a whole number from 1 on")]
    [InlineData("pointLpsMm", """{"x": 1, "y": 2}""", "it wants x, y and z in mm")]
    [InlineData("pointLpsMm", """{"x": 1, "y": 2, "z": 1e999}""", "it wants x, y and z in mm")]
    [InlineData("pointLpsMm", """{"x": 1, "y": 2, "z": 3, "t": 4}""", "it wants x, y and z in mm")]
    [InlineData("kind", "\"BONES\"", "it wants a kind, e.g. REGION_KIND_BONE")]
    [InlineData("kind", "\"REGION_KIND_UNSPECIFIED\"", "it wants a kind, e.g. REGION_KIND_BONE")]
    [InlineData("who", "\" \"", "it wants one line of at most 128 characters")]
    [InlineData("why", "\"two\\nlines\"", "it wants one line of at most 500 characters")]
    [InlineData("when", "\"2026-03-04T12:00:00\"", "it wants a time with its zone, e.g. 2026-03-04T12:00:00Z")]
    [InlineData("when", "\"2026-03-04\"", "it wants a time with its zone, e.g. 2026-03-04T12:00:00Z")]
    public void Analyze_OfAMalformedField_NamesFileEntryAndField(string field, string value, string problem)
    {
        Dictionary<string, object> wrong = Entry(new LpsPoint());
        wrong[field] = JsonDocument.Parse(value).RootElement;
        AssertProblem(Entries(Entry(new LpsPoint()), wrong), $"entry 2: {field}: {problem}");
    }

    [Fact]
    public void Analyze_OfTooManyEntries_IsRefused() =>
        AssertProblem(Entries([.. Enumerable.Repeat(Entry(new LpsPoint()), 1001)]), "it has 1001 entries, more than 1000");

    [Fact]
    public void Analyze_OfATooLargeFile_IsRefused() => AssertProblem(new string(' ', (8 << 20) + 1), "the file is larger than 8 MiB");

    [Fact]
    public void Analyze_OfAMissingFileOrWithAServer_EndsWith2()
    {
        Assert.Equal(ExitCode.BadArguments, Run("analyze", Repository.SampleSeries, "--override", PathOf("none.json")).Code);
        (ExitCode code, _, string error) = Run("analyze", Repository.SampleSeries, "--override", Write(Entries()), "--server", "localhost:1");
        Assert.Equal((ExitCode.BadArguments, "calcquant: --override does not go with --server: calcquant analyses reclassify corrects what a service keeps"), (code, error.TrimEnd()));
    }

    private static Dictionary<string, object> Entry(LpsPoint point, string series = Series) => new()
    {
        ["seriesInstanceUid"] = series,
        ["pointLpsMm"] = new { x = point.X, y = point.Y, z = point.Z },
        ["kind"] = "REGION_KIND_BONE",
        ["who"] = "Dr A",
        ["when"] = "2026-03-04T12:00:00+01:00",
        ["why"] = "why not",
    };

    private static string Entries(params Dictionary<string, object>[] entries) => JsonSerializer.Serialize(new { corrections = entries });

    private void AssertProblem(string json, string problem)
    {
        string file = Write(json);
        (ExitCode code, _, string error) = Run("analyze", Repository.SampleSeries, "--override", file);
        Assert.Equal(ExitCode.BadArguments, code);
        Assert.StartsWith($"calcquant: --override cannot use {file}: {problem}", error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd().Split('\n'));
    }

    private AnalysisReport Analyze()
    {
        Assert.Equal(ExitCode.Done, Run("analyze", Repository.SampleSeries, "--quiet", "--json", PathOf("before.json")).Code);
        return Read("before.json");
    }

    private AnalysisReport Read(string name)
    {
        using FileStream stream = File.OpenRead(PathOf(name));
        return Assert.Single(ReportJson.Read(stream).Reports);
    }

    private string Write(string json)
    {
        string path = PathOf("override.json");
        File.WriteAllText(path, json);
        return path;
    }

    private string PathOf(string name) => Path.Combine(_folder.FullName, name);

    private static (ExitCode Code, string Text, string Error) Run(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        ExitCode code = CommandLine.Run(arguments, new Terminal(output, error, isScreen: false, showsProgress: false));
        return (code, output.ToString(), error.ToString());
    }
}
