using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using CalcQuant.Api.V1;
using Grpc.Core;
using Grpc.Net.Client;

namespace CalcQuant.Benchmarks.Service;

/// <summary>
/// Many clients at once, each with its own key, for minutes: every one uploads a study, has it analysed, reads report and artifact, deletes the study,
/// and begins again. Shows errors, how the analyses are shared, and whether memory grows.
/// </summary>
internal static class ServiceSoak
{
    public const string Command = "soak";

    private static readonly TimeSpan SampleInterval = TimeSpan.FromSeconds(1);

    private static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;

    /// <summary>Prints the findings; 0 where no call failed.</summary>
    /// <param name="folder">A small series.</param>
    /// <param name="clientCount">Clients.</param>
    /// <param name="duration">How long.</param>
    public static async Task<int> RunAsync(string folder, int clientCount, TimeSpan duration)
    {
        UploadFiles files = UploadFiles.Read(folder);
        DirectoryInfo data = Directory.CreateTempSubdirectory("calcquant-soak-");
        try
        {
            string[] keys = [.. Enumerable.Range(0, clientCount).Select(_ => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)))];
            using ServiceProcess service = ServiceProcess.StartService(
                data.FullName,
                [.. keys.SelectMany((key, i) => new[]
                {
                    ($"CALCQUANT__APIKEYS__{i}__CLIENT", $"client-{i}"),
                    ($"CALCQUANT__APIKEYS__{i}__SHA256", Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)))),
                })]);
            if (!service.WaitUntilReady())
            {
                throw new InvalidOperationException($"The service did not start: {service.Errors}");
            }

            using var end = new CancellationTokenSource(duration);
            long begin = Stopwatch.GetTimestamp();
            Task<List<(double Second, long Bytes)>> memory = SampleMemoryAsync(service, end.Token);
            Share[] shares = await Task.WhenAll(keys.Select((key, i) => RunClientAsync(service, files, key, i, () => end.IsCancellationRequested)));
            double seconds = Stopwatch.GetElapsedTime(begin).TotalSeconds;
            Print(files, shares, seconds, await memory);
            service.Stop();
            Console.WriteLine(string.Create(Invariant, $"The service ended on SIGTERM with exit code {service.ExitCode}."));
            return shares.All(share => share.Errors.Count == 0) && service.ExitCode == 0 ? 0 : 1;
        }
        finally
        {
            data.Delete(recursive: true);
        }
    }

    private static async Task<Share> RunClientAsync(ServiceProcess service, UploadFiles files, string key, int index, Func<bool> isOver)
    {
        using GrpcChannel channel = service.Connect();
        var store = new StudyStoreService.StudyStoreServiceClient(channel);
        var analyses = new CalcificationAnalysisService.CalcificationAnalysisServiceClient(channel);
        var headers = new Metadata { { "authorization", $"Bearer {key}" } };
        var share = new Share();
        for (int round = 0; !isOver(); round++)
        {
            try
            {
                UploadInstancesResponse uploaded = await files.AsCopy((index * 10_000) + round + 1).UploadAsync(store, headers);
                UploadedInstance first = uploaded.Instances[0];
                if (uploaded.StoredCount != files.Count)
                {
                    share.Errors.Add($"{uploaded.StoredCount} of {files.Count} stored");
                }

                string name = "";
                int regionCount = 0;
                var request = new AnalyzeSeriesRequest { Series = new SeriesReference { SeriesInstanceUid = first.SeriesInstanceUid }, Artifacts = { ArtifactKind.LabelVolume } };
                using (AsyncServerStreamingCall<AnalyzeSeriesResponse> call = analyses.AnalyzeSeries(request, headers))
                {
                    await foreach (AnalyzeSeriesResponse message in call.ResponseStream.ReadAllAsync())
                    {
                        name = message.Result?.Analysis.Name ?? name;
                        regionCount = message.Result?.Output.Reports.Sum(report => report.Regions.Count) ?? regionCount;
                    }
                }

                long bytes = 0;
                using (AsyncServerStreamingCall<DownloadArtifactResponse> call = analyses.DownloadArtifact(new DownloadArtifactRequest { Name = name, Kind = ArtifactKind.LabelVolume }, headers))
                {
                    await foreach (DownloadArtifactResponse message in call.ResponseStream.ReadAllAsync())
                    {
                        bytes += message.Data.Length;
                    }
                }

                await store.DeleteStudyAsync(new DeleteStudyRequest { StudyInstanceUid = first.StudyInstanceUid }, headers);
                share.Results.Add((regionCount, bytes > 0));

                // What ends after the time is over would show who was last, not who got what.
                share.AnalysisCount += isOver() ? 0 : 1;
            }
            catch (RpcException failure)
            {
                share.Errors.Add($"{failure.StatusCode}: {failure.Status.Detail}");
            }
        }

        return share;
    }

    private static async Task<List<(double Second, long Bytes)>> SampleMemoryAsync(ServiceProcess service, CancellationToken end)
    {
        List<(double, long)> samples = [];
        long begin = Stopwatch.GetTimestamp();
        using var timer = new PeriodicTimer(SampleInterval);
        try
        {
            while (await timer.WaitForNextTickAsync(end))
            {
                samples.Add((Stopwatch.GetElapsedTime(begin).TotalSeconds, service.ResidentBytes));
            }
        }
        catch (OperationCanceledException)
        {
            // The time is over.
        }

        return samples;
    }

    private static void Print(UploadFiles files, Share[] shares, double seconds, List<(double Second, long Bytes)> memory)
    {
        int[] counts = [.. shares.Select(share => share.AnalysisCount).Order()];
        double third = memory[^1].Second / 3;
        Console.WriteLine(string.Create(
            Invariant,
            $"{RuntimeInformation.FrameworkDescription}, {RuntimeInformation.OSDescription}, {Environment.ProcessorCount} processors, {shares.Length} clients, {files.Count} instances a study, {seconds:F0} s"));
        Console.WriteLine();
        Console.WriteLine("| | |");
        Console.WriteLine("|---|---|");
        Console.WriteLine(string.Create(Invariant, $"| analyses | {counts.Sum()} ({counts.Sum() / seconds:F1} a second) |"));
        Console.WriteLine(string.Create(Invariant, $"| failed calls | {shares.Sum(share => share.Errors.Count)} |"));
        Console.WriteLine(string.Create(Invariant, $"| different results | {shares.SelectMany(share => share.Results).Distinct().Count()} (one is right: every study is the same image) |"));
        Console.WriteLine(string.Create(Invariant, $"| analyses of a client, least / median / most | {counts[0]} / {counts[counts.Length / 2]} / {counts[^1]} |"));
        Console.WriteLine(string.Create(Invariant, $"| resident memory, median of each third | {string.Join(" / ", Enumerable.Range(0, 3).Select(part => $"{Median(memory, part * third, (part + 1) * third) >> 20} MiB"))} |"));
        Console.WriteLine(string.Create(Invariant, $"| resident memory, most | {memory.Max(sample => sample.Bytes) >> 20} MiB |"));
        foreach (IGrouping<string, string> error in shares.SelectMany(share => share.Errors).GroupBy(text => text, StringComparer.Ordinal))
        {
            Console.WriteLine($"error, {error.Count()} times: {error.Key}");
        }

        Console.WriteLine();
    }

    private static long Median(List<(double Second, long Bytes)> memory, double from, double to)
    {
        long[] sorted = [.. memory.Where(sample => sample.Second >= from && sample.Second <= to).Select(sample => sample.Bytes).Order()];
        return sorted.Length == 0 ? 0 : sorted[sorted.Length / 2];
    }

    private sealed class Share
    {
        public int AnalysisCount { get; set; }

        public List<string> Errors { get; } = [];

        public List<(int RegionCount, bool HasLabels)> Results { get; } = [];
    }
}
