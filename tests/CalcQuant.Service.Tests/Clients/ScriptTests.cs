using System.Globalization;
using CalcQuant.Api;
using CalcQuant.Api.V1;
using CalcQuant.Service.Hosting;

namespace CalcQuant.Service.Tests.Clients;

/// <summary>The Python package, the Node and the C# example in processes of their own, against the service.</summary>
public sealed class ScriptTests : IAsyncLifetime
{
    private const string Python = "/usr/bin/python3";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("calcquant-");
    private ServiceUnderTest _service = null!;

    private static string Package => Path.Combine(Repository.Root, "src", "clients", "python");

    private static string NodeFolder => Path.Combine(Repository.Root, "src", "clients", "node");

    /// <summary>Built in the configuration of these tests.</summary>
    private static string CSharpExample => Path.Combine(
        Repository.Root, "src", "clients", "csharp", "bin", new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name, "net10.0", "CalcQuant.Example.dll");

    public async ValueTask InitializeAsync() => _service = await ServiceUnderTest.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await _service.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task PythonPackage_OnItsOwnTests_Passes()
    {
        RequirePython();
        ClientProcess run = await RunPythonAsync(["-m", "unittest", "discover", "-s", Path.Combine(Package, "tests")]);
        Assert.True(run.ExitCode == 0, run.Error);
    }

    [Fact]
    public async Task PythonScript_OnTheSampleData_GetsTheReportThatTheCommandLineGives()
    {
        RequirePython();
        string json = Path.Combine(_folder.FullName, "here.json");
        Assert.Equal(ExitCode.Done, LocalRun.Of("analyze", SampleSeries.Folder, "--json", json, "--quiet").Code);
        ClientProcess run = await RunPythonAsync(["-"], """
            import sys, calcquant
            address, data, folder = sys.argv[1:]
            with calcquant.connect(address) as client:
                upload = client.upload(data)
                print(upload)
                print(client.upload(data))
                for uid in upload.series_uids:
                    analysis = client.analyze(uid, artifacts=["overlays"])
                    analysis.save(folder)
                    for row in analysis.rows(kinds=["SOFT_TISSUE_CALCIFICATION"]):
                        print(row["id"], repr(row["volume_mm3"]), row["depth"])
            """, _service.Address, SampleSeries.Folder, Path.Combine(_folder.FullName, "results"));
        Assert.Equal((0, ""), (run.ExitCode, run.Error));

        AnalysisReport expected = Read(json).Reports[0];
        IEnumerable<string> rows = expected.Regions.Where(region => region.Kind == RegionKind.SoftTissueCalcification)
            .Select(region => string.Create(CultureInfo.InvariantCulture, $"{region.Id} {region.VolumeMm3:R} {region.Depth.ToString().ToUpperInvariant()}"));
        Assert.Equal(
            ["60 stored, 0 already stored, 1 rejected; 1 series", "0 stored, 60 already stored, 1 rejected; 1 series", .. rows],
            run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        string[] saved = Directory.GetFiles(Path.Combine(_folder.FullName, "results"), "*", SearchOption.AllDirectories);
        Assert.Contains(saved, file => file.EndsWith(".png", StringComparison.Ordinal));
        Assert.Equal(expected, Read(Assert.Single(saved, file => file.EndsWith(".json", StringComparison.Ordinal))).Reports[0]);
    }

    [Fact]
    public async Task PythonScript_OnWhatIsWrong_GetsAnErrorOfItsOwnForEach()
    {
        RequirePython();
        string gap = SampleSeries.CopyWithoutSlice(Path.Combine(_folder.FullName, "gap"));
        ClientProcess run = await RunPythonAsync(["-"], """
            import sys, calcquant
            address, data = sys.argv[1:]
            def tell(call):
                try:
                    call()
                except calcquant.CalcQuantError as error:
                    print(type(error).__name__, error.code, error.reason)
                    return error
            with calcquant.connect(address) as client:
                tell(lambda: client.analyze("1.2.3"))
                tell(lambda: client.get("analyses/none"))
                tell(lambda: client.delete_study("1.2.3"))
                [uid] = client.upload(data).series_uids
                refused = tell(lambda: client.analyze(uid))
                print([(report.verdict, report.issues[0].code) for report in refused.reports])
                print(uid in str(refused))
            """, _service.Address, gap);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Equal(
            """
            NotFound NOT_FOUND UNKNOWN_SERIES
            NotFound NOT_FOUND UNKNOWN_ANALYSIS
            NotFound NOT_FOUND UNKNOWN_STUDY
            SeriesRefused FAILED_PRECONDITION MISSING_SLICE
            [('REFUSED', 'MISSING_SLICE')]
            False

            """,
            run.Output);
    }

    [Fact]
    public async Task PythonScript_WithAWrongKey_IsNotLetIn()
    {
        RequirePython();
        NewApiKey key = ApiKeys.Create("radiology");
        await using ServiceUnderTest guarded = await ServiceUnderTest.StartAsync(options => options.ApiKeys.Add(key.Entry));
        ClientProcess run = await RunPythonAsync(["-"], """
            import sys, calcquant
            for key in (sys.argv[2], "wrong", None):
                with calcquant.connect(sys.argv[1], api_key=key) as client:
                    try:
                        print(client.series())
                    except calcquant.Unauthenticated as error:
                        print(error.code)
            """, guarded.Address, key.Key);
        Assert.Equal((0, "[]\nUNAUTHENTICATED\nUNAUTHENTICATED\n", ""), (run.ExitCode, run.Output, run.Error));
    }

    [Fact]
    public async Task NodeExample_OnTheSampleData_PrintsItsDeposits()
    {
        RequireNode();
        ClientProcess run = await RunNodeAsync(SampleSeries.Folder);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Contains($"Series {SampleSeries.SeriesInstanceUid}: VERDICT_ACCEPTED_WITH_WARNINGS", run.Output, StringComparison.Ordinal);
        // JavaScript prints 1028.0 as 1028.
        Assert.Contains(" 1028 ", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NodeExample_OnARefusedSeries_EndsWithTheReason()
    {
        RequireNode();
        ClientProcess run = await RunNodeAsync(SampleSeries.CopyWithoutSlice(Path.Combine(_folder.FullName, "gap")));
        Assert.Equal((1, ""), (run.ExitCode, run.Output));
        Assert.StartsWith("FAILED_PRECONDITION: ", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NodeExample_WhereNoServiceListens_SaysSo()
    {
        RequireNode();
        await _service.DisposeAsync();
        ClientProcess run = await RunNodeAsync(SampleSeries.Folder);
        Assert.Equal(1, run.ExitCode);
        Assert.StartsWith("UNAVAILABLE: ", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CSharpExample_OnTheSampleData_PrintsItsDeposits()
    {
        ClientProcess run = await RunCSharpAsync(SampleSeries.Folder);
        Assert.Equal(0, run.ExitCode);
        Assert.Contains($"Series {SampleSeries.SeriesInstanceUid}: AcceptedWithWarnings", run.Output, StringComparison.Ordinal);
        Assert.Contains("  1028.0 mm³", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CSharpExample_OnARefusedSeries_EndsWithTheReason()
    {
        ClientProcess run = await RunCSharpAsync(SampleSeries.CopyWithoutSlice(Path.Combine(_folder.FullName, "gap")));
        Assert.Equal((1, ""), (run.ExitCode, run.Output));
        Assert.Contains("FailedPrecondition: ", run.Error, StringComparison.Ordinal);
    }

    private static AnalysisOutput Read(string path)
    {
        using FileStream stream = File.OpenRead(path);
        return ReportJson.Read(stream);
    }

    internal static async Task<ClientProcess> RunPythonAsync(string[] python, string? script = null, params string[] arguments) =>
        await ClientProcess.RunAsync(Python, [.. python, .. arguments], script, ("PYTHONPATH", Package), ("PYTHONDONTWRITEBYTECODE", "1"));

    private async Task<ClientProcess> RunNodeAsync(string folder) =>
        await ClientProcess.RunAsync("node", [Path.Combine(NodeFolder, "analyze.mjs"), folder, _service.Address]);

    private async Task<ClientProcess> RunCSharpAsync(string folder) =>
        await ClientProcess.RunAsync("dotnet", [CSharpExample, folder, $"http://{_service.Address}"]);

    internal static void RequirePython() =>
        Assert.SkipUnless(File.Exists(Python) && Directory.Exists("/usr/lib/python3/dist-packages/grpc") && File.Exists("/usr/bin/protoc"), "python3-grpcio and protobuf-compiler are not installed");

    private static void RequireNode() =>
        Assert.SkipUnless(Directory.Exists(Path.Combine(NodeFolder, "node_modules", "@grpc")), "the packages of src/clients/node are not installed");
}
