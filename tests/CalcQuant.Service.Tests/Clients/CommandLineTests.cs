using System.Text.RegularExpressions;
using CalcQuant.Api;

namespace CalcQuant.Service.Tests.Clients;

/// <summary>The command line asks a service: what it prints and writes is what it prints and writes without one.</summary>
public sealed partial class CommandLineTests : IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("calcquant-");
    private ServiceUnderTest _service = null!;

    public async ValueTask InitializeAsync() => _service = await ServiceUnderTest.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await _service.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public void Analyze_OnAService_PrintsAndWritesExactlyWhatItDoesHere()
    {
        string here = PathOf("here"), there = PathOf("there");
        LocalRun local = Analyze(here);
        LocalRun remote = Analyze(there, "--server", _service.Address);
        Assert.Equal((local.Code, local.Output, local.Error), (remote.Code, remote.Output, remote.Error));
        Assert.Equal((ExitCode.Done, ""), (remote.Code, remote.Error));
        Assert.Equal(Files(here), Files(there));
        Assert.Contains(Files(there), file => file.Name.EndsWith(".png", StringComparison.Ordinal));

        LocalRun Analyze(string folder, params string[] more)
        {
            Directory.CreateDirectory(folder);
            string[] outputs = ["--json", Path.Combine(folder, "r.json"), "--csv", Path.Combine(folder, "r.csv"), "--overlays", Path.Combine(folder, "overlays")];
            return LocalRun.Of(["analyze", SampleSeries.Folder, "--threshold-hu", "150", .. outputs, .. more]);
        }

        static List<(string Name, string Content)> Files(string folder) =>
        [
            .. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
                .Select(file => (Path.GetRelativePath(folder, file), Convert.ToHexString(File.ReadAllBytes(file)))),
        ];
    }

    [Fact]
    public void Analyze_OfARefusedSeries_SendsNothingAndSaysWhatItSaysHere()
    {
        string series = SampleSeries.CopyWithoutSlice(PathOf("gap"));
        LocalRun local = LocalRun.Of("analyze", series);
        LocalRun remote = LocalRun.Of("analyze", series, "--server", _service.Address);
        Assert.Equal(local, remote);
        Assert.Equal(ExitCode.Refused, remote.Code);
        Assert.Contains("No series.", LocalRun.Of("studies", "list", "--server", _service.Address).Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Analyze_WhileTheStoreHoldsMoreOfTheSeries_DoesNotPassThatReportOff()
    {
        Assert.Equal(ExitCode.Done, LocalRun.Of("studies", "upload", SampleSeries.Folder, "--server", _service.Address).Code);
        string part = PathOf("part");
        Directory.CreateDirectory(part);
        foreach (string file in Directory.EnumerateFiles(SampleSeries.Folder, "CT000*.dcm"))
        {
            File.Copy(file, Path.Combine(part, Path.GetFileName(file)));
        }

        LocalRun remote = LocalRun.Of("analyze", part, "--server", _service.Address);
        Assert.Equal(ExitCode.Refused, remote.Code);
        Assert.Matches("^calcquant: the service holds other images of series [0-9.]+ than the given paths; its report is not of these\n$", remote.Error);
    }

    [Fact]
    public void Studies_UploadListAndDelete_TellWhatIsThere()
    {
        string[] server = ["--server", _service.Address];
        LocalRun upload = LocalRun.Of(["studies", "upload", SampleSeries.Folder, .. server]);
        Assert.StartsWith("60 stored, 0 already stored, 0 rejected\nSkipped 1 file:\n", upload.Output, StringComparison.Ordinal);
        Assert.Equal((ExitCode.Done, ""), (upload.Code, upload.Error));
        Assert.StartsWith("0 stored, 60 already stored, 0 rejected\n", LocalRun.Of(["studies", "upload", SampleSeries.Folder, .. server]).Output, StringComparison.Ordinal);

        string list = LocalRun.Of(["studies", "list", .. server]).Output;
        Assert.Contains(SampleSeries.SeriesInstanceUid, list, StringComparison.Ordinal);
        string study = Uid().Matches(list).Select(match => match.Value).First(uid => uid != SampleSeries.SeriesInstanceUid);
        Assert.StartsWith("deleted 60 instances", LocalRun.Of(["studies", "delete", study, .. server]).Output, StringComparison.Ordinal);
        LocalRun again = LocalRun.Of(["studies", "delete", study, .. server]);
        Assert.Equal(ExitCode.BadArguments, again.Code);
        Assert.EndsWith("(UNKNOWN_STUDY)\n", again.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(study, again.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Analyses_ListShowWaitCancelAndDownload_TellWhatWasFound()
    {
        string[] server = ["--server", _service.Address];
        LocalRun local = LocalRun.Of("analyze", SampleSeries.Folder);
        Assert.Equal(ExitCode.Done, LocalRun.Of(["analyze", SampleSeries.Folder, "--overlays", PathOf("pictures"), .. server]).Code);
        string name = Name().Match(LocalRun.Of(["analyses", "list", .. server]).Output).Value;
        string report = local.Output[..local.Output.IndexOf("Skipped", StringComparison.Ordinal)].TrimEnd();

        LocalRun show = LocalRun.Of(["analyses", "show", name, .. server]);
        Assert.Equal((ExitCode.Done, ""), (show.Code, show.Error));
        Assert.Contains(report, show.Output, StringComparison.Ordinal);
        Assert.Equal(show, LocalRun.Of(["analyses", "wait", name.Split('/')[1], .. server]));
        Assert.Equal(show, LocalRun.Of(["analyses", "cancel", name, .. server]));

        string target = PathOf("download");
        LocalRun download = LocalRun.Of(["analyses", "download", name, "--output", target, .. server]);
        Assert.Equal(
            Directory.EnumerateFiles(target, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal),
            download.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));
        Assert.Contains(Directory.EnumerateFiles(target), file => file.EndsWith(".json", StringComparison.Ordinal));
    }

    [Fact]
    public void Analyses_ThatAreNotThere_EndWithTheirReason()
    {
        foreach (string command in (string[])["show", "wait", "cancel"])
        {
            LocalRun run = LocalRun.Of("analyses", command, "analyses/none", "--server", _service.Address);
            Assert.Equal((ExitCode.BadArguments, ""), (run.Code, run.Output));
            Assert.EndsWith("(UNKNOWN_ANALYSIS)\n", run.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task EveryCommand_WhereNoServiceListens_SaysSoInOneLine()
    {
        string address = _service.Address;
        await _service.DisposeAsync();
        foreach (string[] command in (string[][])[["analyze", SampleSeries.Folder, "--quiet"], ["studies", "list"], ["analyses", "list"]])
        {
            LocalRun run = LocalRun.Of([.. command, "--server", address]);
            Assert.Equal((ExitCode.Internal, "", $"calcquant: no service answers at {address}\n"), (run.Code, run.Output, run.Error));
        }
    }

    [Theory]
    [InlineData("--server wants HOST:PORT", "studies", "list", "--server", "nonsense")]
    [InlineData("--server wants HOST:PORT", "studies", "list", "--server", "http://a/b")]
    [InlineData("Option '--server' is required.", "analyses", "list")]
    [InlineData("--client-cert and --client-key are needed together", "studies", "list", "--server", "a:1", "--client-cert", "x")]
    [InlineData("an API key is not sent to another machine without TLS", "studies", "list", "--server", "http://192.0.2.1:1", "--api-key-file", "LICENSE")]
    public void Arguments_ThatMakeNoSense_AreToldBeforeAnyCall(string complaint, params string[] arguments)
    {
        LocalRun run = LocalRun.Of([.. arguments.Select(argument => argument == "LICENSE" ? Key("secret") : argument)]);
        Assert.Equal((ExitCode.BadArguments, $"calcquant: {complaint}\n"), (run.Code, run.Error));
    }

    private string Key(string key)
    {
        string path = PathOf("key.txt");
        File.WriteAllText(path, key + "\n");
        return path;
    }

    private string PathOf(string name) => Path.Combine(_folder.FullName, name);

    [GeneratedRegex(@"\b\d+(?:\.\d+){2,}\b")]
    private static partial Regex Uid();

    [GeneratedRegex(@"analyses/\S+")]
    private static partial Regex Name();
}
