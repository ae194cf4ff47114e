using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using CalcQuant.Api.V1;
using Grpc.Core;
using Grpc.Net.Client;

namespace CalcQuant.Benchmarks.Service;

/// <summary>
/// The service is killed (SIGKILL) again and again at random moments, start-up among them, while a client uploads and starts analyses. After every start, what was
/// acknowledged before must be there, whole and once; in the end every accepted analysis must have its report, once.
/// </summary>
internal static class ServiceKills
{
    public const string Command = "kills";

    /// <summary>The service lives this long at most before it is killed: some uploads and analyses end, some do not.</summary>
    private static readonly TimeSpan LongestLife = TimeSpan.FromSeconds(1.5);

    /// <summary>One kill in so many comes before the service listens.</summary>
    private const int StartUpKillShare = 5;

    private static readonly TimeSpan LongestStartUp = TimeSpan.FromSeconds(0.5);

    /// <summary>Prints what was lost or doubled; 0 where nothing was.</summary>
    /// <param name="folder">A small series.</param>
    /// <param name="killCount">Kills.</param>
    /// <param name="seed">Of the moments.</param>
    public static async Task<int> RunAsync(string folder, int killCount, int seed)
    {
        UploadFiles files = UploadFiles.Read(folder);
        var random = new Random(seed);
        DirectoryInfo data = Directory.CreateTempSubdirectory("calcquant-kills-");
        var ledger = new Ledger();
        try
        {
            int startUpKillCount = 0;
            for (int kill = 0; kill < killCount; kill++)
            {
                using ServiceProcess service = ServiceProcess.StartService(data.FullName);
                if (random.Next(StartUpKillShare) == 0)
                {
                    await Task.Delay(random.NextDouble() * LongestStartUp);
                    startUpKillCount++;
                }
                else
                {
                    if (!service.WaitUntilReady())
                    {
                        throw new InvalidOperationException($"The service did not start after kill {kill}: {service.Errors}");
                    }

                    using var stop = new CancellationTokenSource();
                    Task client = WorkAsync(service, files, kill + 1, ledger, stop.Token);
                    await Task.Delay(random.NextDouble() * LongestLife);
                    service.Kill();
                    await stop.CancelAsync();
                    await client;
                }

                service.Kill();
                if (kill % 10 == 9)
                {
                    Console.Error.WriteLine($"{kill + 1} kills, {ledger.Instances.Count} instances and {ledger.Analyses.Count} analyses acknowledged, {ledger.Faults.Count} faults");
                }
            }

            await FinishAsync(data.FullName, ledger);
            Print(killCount, startUpKillCount, seed, ledger, data);
            return ledger.Faults.Count == 0 ? 0 : 1;
        }
        finally
        {
            data.Delete(recursive: true);
        }
    }

    /// <summary>Checks what was acknowledged so far, then uploads and starts analyses until the service is gone.</summary>
    private static async Task WorkAsync(ServiceProcess service, UploadFiles files, int number, Ledger ledger, CancellationToken cancellationToken)
    {
        using GrpcChannel channel = service.Connect();
        var store = new StudyStoreService.StudyStoreServiceClient(channel);
        var analyses = new CalcificationAnalysisService.CalcificationAnalysisServiceClient(channel);
        try
        {
            await CheckInstancesAsync(store, ledger, cancellationToken);
            await CheckAnalysesAsync(analyses, ledger, cancellationToken);
            for (int part = 0; ; part++)
            {
                UploadFiles copy = files.AsCopy((number * 100) + part);
                UploadInstancesResponse uploaded = await copy.UploadAsync(store, cancellationToken: cancellationToken);
                foreach ((UploadedInstance instance, (string _, byte[] bytes)) in uploaded.Instances.Zip(copy.Files))
                {
                    ledger.Instances[instance.SopInstanceUid] = (instance.SeriesInstanceUid, Convert.ToHexStringLower(SHA256.HashData(bytes)));
                }

                string series = uploaded.Instances[0].SeriesInstanceUid;
                StartAnalysisResponse started = await analyses.StartAnalysisAsync(
                    new StartAnalysisRequest { Series = new SeriesReference { SeriesInstanceUid = series } }, cancellationToken: cancellationToken);
                ledger.Analyses[series] = started.Analysis.Name;
            }
        }
        catch (Exception gone) when (gone is RpcException or IOException)
        {
            // The service was killed; what was under way was not acknowledged.
        }
    }

    private static async Task CheckInstancesAsync(StudyStoreService.StudyStoreServiceClient store, Ledger ledger, CancellationToken cancellationToken)
    {
        // All series of the last life, and a few of earlier ones: listing everything every time would leave no life to work in.
        foreach (string series in ledger.Instances.Values.Select(instance => instance.Series).Distinct().Reverse().Take(4).ToList())
        {
            await CheckSeriesAsync(store, ledger, series, cancellationToken);
        }
    }

    private static async Task CheckSeriesAsync(StudyStoreService.StudyStoreServiceClient store, Ledger ledger, string series, CancellationToken cancellationToken)
    {
        ListInstancesResponse listed = await store.ListInstancesAsync(new ListInstancesRequest { SeriesInstanceUid = series, PageSize = 10_000 }, cancellationToken: cancellationToken);
        Dictionary<string, StoredInstance> found = listed.Instances.ToDictionary(instance => instance.SopInstanceUid, StringComparer.Ordinal);
        foreach ((string sop, (string _, string sha256)) in ledger.Instances.Where(instance => instance.Value.Series == series))
        {
            if (!found.TryGetValue(sop, out StoredInstance? stored))
            {
                ledger.Faults.Add("an acknowledged instance is gone");
            }
            else if (stored.Sha256 != sha256)
            {
                ledger.Faults.Add("an acknowledged instance has another content");
            }
        }
    }

    private static async Task CheckAnalysesAsync(CalcificationAnalysisService.CalcificationAnalysisServiceClient analyses, Ledger ledger, CancellationToken cancellationToken)
    {
        foreach ((string _, string name) in ledger.Analyses.Reverse().Take(4))
        {
            try
            {
                await analyses.GetAnalysisAsync(new GetAnalysisRequest { Name = name }, cancellationToken: cancellationToken);
            }
            catch (RpcException failure) when (failure.StatusCode == StatusCode.NotFound)
            {
                ledger.Faults.Add("an accepted analysis is gone");
            }
        }
    }

    /// <summary>A last life without a kill: everything acknowledged is there, every analysis ends, each series has one, all reports agree.</summary>
    private static async Task FinishAsync(string dataFolder, Ledger ledger)
    {
        using ServiceProcess service = ServiceProcess.StartService(dataFolder);
        if (!service.WaitUntilReady())
        {
            throw new InvalidOperationException($"The service did not start: {service.Errors}");
        }

        using GrpcChannel channel = service.Connect();
        var store = new StudyStoreService.StudyStoreServiceClient(channel);
        var analyses = new CalcificationAnalysisService.CalcificationAnalysisServiceClient(channel);
        foreach (string series in ledger.Instances.Values.Select(instance => instance.Series).Distinct().ToList())
        {
            await CheckSeriesAsync(store, ledger, series, CancellationToken.None);
        }

        foreach ((string series, string name) in ledger.Analyses)
        {
            Api.V1.Analysis ended = (await analyses.WaitAnalysisAsync(new WaitAnalysisRequest { Name = name })).Analysis;
            if (ended.State != AnalysisState.Succeeded)
            {
                ledger.Faults.Add($"an accepted analysis ended as {ended.State} ({ended.Error?.Reason})");
                continue;
            }

            GetReportResponse report = await analyses.GetReportAsync(new GetReportRequest { Name = name });
            ledger.RegionCounts.Add(report.Output.Reports.Sum(stack => stack.Regions.Count));
            ListAnalysesResponse listed = await analyses.ListAnalysesAsync(new ListAnalysesRequest { SeriesInstanceUid = series });
            if (listed.Analyses.Count != 1)
            {
                ledger.Faults.Add($"a series has {listed.Analyses.Count} analyses where one was asked for");
            }
        }

        if (ledger.RegionCounts.Distinct().Count() > 1)
        {
            ledger.Faults.Add("reports of equal images differ");
        }

        service.Stop();
    }

    private static void Print(int killCount, int startUpKillCount, int seed, Ledger ledger, DirectoryInfo data)
    {
        int leftoverCount = new DirectoryInfo(Path.Combine(data.FullName, "incoming")) is { Exists: true } incoming ? incoming.GetFiles("*", SearchOption.AllDirectories).Length : 0;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{RuntimeInformation.FrameworkDescription}, {RuntimeInformation.OSDescription}, {Environment.ProcessorCount} processors, seed {seed}"));
        Console.WriteLine();
        Console.WriteLine("| | |");
        Console.WriteLine("|---|---|");
        Console.WriteLine($"| kills | {killCount}, of them {startUpKillCount} during start-up |");
        Console.WriteLine($"| instances acknowledged | {ledger.Instances.Count} |");
        Console.WriteLine($"| analyses accepted | {ledger.Analyses.Count} |");
        Console.WriteLine($"| reports in the end | {ledger.RegionCounts.Count} |");
        Console.WriteLine($"| half files left in the end | {leftoverCount} |");
        Console.WriteLine($"| lost, doubled or wrong | {ledger.Faults.Count} |");
        foreach (IGrouping<string, string> fault in ledger.Faults.GroupBy(text => text, StringComparer.Ordinal))
        {
            Console.WriteLine($"fault, {fault.Count()} times: {fault.Key}");
        }
    }

    /// <summary>What the service has acknowledged, and what was found wrong with it.</summary>
    private sealed class Ledger
    {
        public Dictionary<string, (string Series, string Sha256)> Instances { get; } = new(StringComparer.Ordinal);

        public Dictionary<string, string> Analyses { get; } = new(StringComparer.Ordinal);

        public List<int> RegionCounts { get; } = [];

        public List<string> Faults { get; } = [];
    }
}
