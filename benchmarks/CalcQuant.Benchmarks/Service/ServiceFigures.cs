using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using CalcQuant.Api.V1;
using Grpc.Core;
using Grpc.Net.Client;

namespace CalcQuant.Benchmarks.Service;

/// <summary>
/// What the service costs, as ratios of one interleaved run: uploading beside a server that throws the bytes away, a short call beside one that answers
/// from memory, an analysis beside the same analysis without a service.
/// </summary>
internal static class ServiceFigures
{
    public const string Command = "service";

    /// <summary>Calls whose median is taken, and calls before them that are not counted.</summary>
    private const int LatencyCallCount = 2000;

    private const int WarmUpCallCount = 500;

    private static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;

    /// <summary>Prints the table.</summary>
    /// <param name="folder">A series of uncompressed slices; 400 of 512 x 512 for the committed result.</param>
    /// <param name="rounds">Alternating runs of each kind.</param>
    public static async Task<int> RunAsync(string folder, int rounds)
    {
        UploadFiles files = UploadFiles.Read(folder);
        DirectoryInfo data = Directory.CreateTempSubdirectory("calcquant-bench-");
        try
        {
            using ServiceProcess service = ServiceProcess.StartService(data.FullName);
            using ServiceProcess discard = ServiceProcess.StartSelf(DiscardServer.Command);
            using ServiceProcess inProcess = ServiceProcess.StartSelf(InProcessAnalyses.Command, folder);
            if (!service.WaitUntilReady() || !discard.WaitUntilReady())
            {
                throw new InvalidOperationException($"A server did not start: {service.Errors}");
            }

            using GrpcChannel toService = service.Connect();
            using GrpcChannel toDiscard = discard.Connect();
            Console.WriteLine(string.Create(
                Invariant,
                $"{RuntimeInformation.FrameworkDescription}, {RuntimeInformation.OSDescription}, {Environment.ProcessorCount} processors, {files.Count} instances, {files.ByteCount >> 20} MiB, {rounds} alternating runs"));
            Console.WriteLine();
            Console.WriteLine("| what | service | beside it | ratio of the best | target | |");
            Console.WriteLine("|---|---|---|---|---|---|");
            await CompareUploads(files, rounds, toService, toDiscard);
            string analysis = await CompareAnalyses(files, rounds, toService, inProcess);
            await CompareCalls(analysis, rounds, toService, toDiscard);
            service.Stop();
            return 0;
        }
        finally
        {
            data.Delete(recursive: true);
        }
    }

    private static async Task CompareUploads(UploadFiles files, int rounds, GrpcChannel toService, GrpcChannel toDiscard)
    {
        var store = new StudyStoreService.StudyStoreServiceClient(toService);
        var discard = new StudyStoreService.StudyStoreServiceClient(toDiscard);
        double best = double.MaxValue, bestDiscard = double.MaxValue;
        for (int round = -1; round < rounds; round++)
        {
            UploadFiles copy = files.AsCopy(round + 2);
            double seconds = await TimeAsync(async () => RequireAll(await copy.UploadAsync(store), files.Count));
            double discarded = await TimeAsync(() => copy.UploadAsync(discard));
            Console.Error.WriteLine(string.Create(Invariant, $"upload {round}: {seconds:F3} s, thrown away {discarded:F3} s"));
            if (round >= 0)
            {
                (best, bestDiscard) = (Math.Min(best, seconds), Math.Min(bestDiscard, discarded));
            }

            // The store need not hold every round.
            await store.DeleteStudyAsync(new DeleteStudyRequest { StudyInstanceUid = (await store.ListSeriesAsync(new ListSeriesRequest())).Series[0].StudyInstanceUid });
        }

        double mebibytes = files.ByteCount / (double)(1 << 20);
        Row("upload, stored and synced, MiB/s", mebibytes / best, mebibytes / bestDiscard, bestDiscard / best, "server that throws the bytes away", 0.60, isLeast: true);
    }

    private static async Task<string> CompareAnalyses(UploadFiles files, int rounds, GrpcChannel toService, ServiceProcess inProcess)
    {
        var store = new StudyStoreService.StudyStoreServiceClient(toService);
        var analyses = new CalcificationAnalysisService.CalcificationAnalysisServiceClient(toService);
        UploadInstancesResponse uploaded = await files.UploadAsync(store);
        RequireAll(uploaded, files.Count);
        double best = double.MaxValue, bestInProcess = double.MaxValue;
        string name = "";
        for (int round = -1; round < rounds; round++)
        {
            // Another threshold each time, or the service would answer with the stored report.
            float threshold = 130 + ((round + 1) / 64f);
            double alone = double.Parse(inProcess.Ask(threshold.ToString(Invariant)).Split(' ')[0], Invariant);
            double seconds = await TimeAsync(async () =>
            {
                using AsyncServerStreamingCall<AnalyzeSeriesResponse> call = analyses.AnalyzeSeries(new AnalyzeSeriesRequest
                {
                    Series = new SeriesReference { SeriesInstanceUid = uploaded.Instances[0].SeriesInstanceUid },
                    Options = new AnalysisOptions { ThresholdHu = threshold },
                });
                await foreach (AnalyzeSeriesResponse message in call.ResponseStream.ReadAllAsync())
                {
                    name = message.Result?.Analysis.Name ?? name;
                }
            });
            Console.Error.WriteLine(string.Create(Invariant, $"analysis {round}: {seconds:F3} s, in process {alone:F3} s"));
            if (round >= 0)
            {
                (best, bestInProcess) = (Math.Min(best, seconds), Math.Min(bestInProcess, alone));
            }
        }

        Row("analysis with its report, s", best, bestInProcess, best / bestInProcess, "in process", 1.10, isLeast: false);
        return name;
    }

    private static async Task CompareCalls(string analysis, int rounds, GrpcChannel toService, GrpcChannel toDiscard)
    {
        var service = new CalcificationAnalysisService.CalcificationAnalysisServiceClient(toService);
        var echo = new CalcificationAnalysisService.CalcificationAnalysisServiceClient(toDiscard);
        double best = double.MaxValue, bestEcho = double.MaxValue;
        for (int round = 0; round < rounds; round++)
        {
            best = Math.Min(best, await MedianMicrosecondsAsync(service, analysis));
            bestEcho = Math.Min(bestEcho, await MedianMicrosecondsAsync(echo, analysis));
        }

        Row("GetAnalysis, p50, us", best, bestEcho, best / bestEcho, "echo server", 1.5, isLeast: false);
    }

    private static async Task<double> MedianMicrosecondsAsync(CalcificationAnalysisService.CalcificationAnalysisServiceClient client, string analysis)
    {
        var request = new GetAnalysisRequest { Name = analysis };
        double[] microseconds = new double[LatencyCallCount];
        for (int i = -WarmUpCallCount; i < microseconds.Length; i++)
        {
            long begin = Stopwatch.GetTimestamp();
            await client.GetAnalysisAsync(request);
            if (i >= 0)
            {
                microseconds[i] = Stopwatch.GetElapsedTime(begin).TotalMicroseconds;
            }
        }

        Array.Sort(microseconds);
        return microseconds[microseconds.Length / 2];
    }

    private static async Task<double> TimeAsync(Func<Task> action)
    {
        long begin = Stopwatch.GetTimestamp();
        await action();
        return Stopwatch.GetElapsedTime(begin).TotalSeconds;
    }

    private static void RequireAll(UploadInstancesResponse response, int count)
    {
        if (response.StoredCount + response.AlreadyStoredCount != count)
        {
            throw new InvalidOperationException($"Only {response.StoredCount} of {count} instances were stored.");
        }
    }

    private static void Row(string what, double service, double beside, double ratio, string besideWhat, double target, bool isLeast)
    {
        bool isMet = isLeast ? ratio >= target : ratio <= target;
        Console.WriteLine(string.Create(
            Invariant,
            $"| {what} | {service:G4} | {beside:G4} ({besideWhat}) | {ratio:F2} | {(isLeast ? ">=" : "<=")} {target:F2} | {(isMet ? "ok" : "short")} |"));
    }
}
