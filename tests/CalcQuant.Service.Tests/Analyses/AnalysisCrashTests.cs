using System.Diagnostics;
using CalcQuant.Service.Hosting;
using Grpc.Core;
using Grpc.Net.Client;
using V1 = CalcQuant.Api.V1;

namespace CalcQuant.Service.Tests.Analyses;

/// <summary>The service in a process of its own, killed without warning.</summary>
public sealed class AnalysisCrashTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("calcquant-crash-").FullName;
    private float _threshold = 150;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Kill_AtSeveralMoments_EveryAcceptedAnalysisEndsOnceAsIfNothingHadHappened()
    {
        var accepted = new List<string>();
        foreach (string? moment in new[] { null, "reading pixels", "skeleton", "measurement", "overlays" })
        {
            using var child = await Child.StartAsync(_folder);
            if (accepted.Count == 0)
            {
                await AnalysisHost.UploadAsync(new V1.StudyStoreService.StudyStoreServiceClient(child.Calls), SmallPhantom.Files);
            }

            var client = new V1.CalcificationAnalysisService.CalcificationAnalysisServiceClient(child.Calls);
            accepted.Add((await client.StartAnalysisAsync(new V1.StartAnalysisRequest(Request()))).Analysis.Name);
            if (moment is not null)
            {
                // The one that was accepted last runs last; the others end before the kill or are killed in their queue.
                await SeeAsync(client, moment);
            }

            child.Kill();
        }

        using var last = await Child.StartAsync(_folder);
        var calls = new V1.CalcificationAnalysisService.CalcificationAnalysisServiceClient(last.Calls);
        foreach (string name in accepted)
        {
            V1.Analysis analysis = (await calls.WaitAnalysisAsync(new V1.WaitAnalysisRequest { Name = name })).Analysis;
            Assert.Equal(V1.AnalysisState.Succeeded, analysis.State);
            Assert.NotEmpty((await calls.GetReportAsync(new V1.GetReportRequest { Name = name })).Output.Reports.Single().Regions);
        }

        V1.ListAnalysesResponse listed = await calls.ListAnalysesAsync(new V1.ListAnalysesRequest());
        Assert.Empty(accepted.Except(listed.Analyses.Select(analysis => analysis.Name)));
        Assert.Equal(listed.Analyses.Count, listed.Analyses.Select(analysis => analysis.Options.ThresholdHu).Distinct().Count());
        foreach (V1.Analysis analysis in listed.Analyses)
        {
            await calls.WaitAnalysisAsync(new V1.WaitAnalysisRequest { Name = analysis.Name });
        }

        Assert.Equal(listed.Analyses.Count, Directory.GetDirectories(Path.Combine(_folder, "analyses")).Length);
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(_folder, "incoming")));
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(_folder, "masks")));
    }

    private V1.StartAnalysisRequest Request() => new()
    {
        Series = SmallPhantom.Reference,
        Options = new V1.AnalysisOptions { ThresholdHu = _threshold += 5 },
        Artifacts = { V1.ArtifactKind.LabelVolume, V1.ArtifactKind.Overlays },
    };

    /// <summary>Analyses until some analysis is at a stage, or further.</summary>
    private async Task SeeAsync(V1.CalcificationAnalysisService.CalcificationAnalysisServiceClient client, string stage)
    {
        V1.StartAnalysisRequest request = Request();
        using AsyncServerStreamingCall<V1.AnalyzeSeriesResponse> call = client.AnalyzeSeries(new V1.AnalyzeSeriesRequest { Series = request.Series, Options = request.Options, Artifacts = { request.Artifacts } });
        await foreach (V1.AnalyzeSeriesResponse message in call.ResponseStream.ReadAllAsync())
        {
            if (message.Progress?.Stage == stage)
            {
                return;
            }
        }
    }

    /// <summary>The service as its own process.</summary>
    private sealed class Child : IDisposable
    {
        private readonly Process _process;
        private readonly GrpcChannel _channel;

        private Child(Process process, GrpcChannel channel)
        {
            _process = process;
            _channel = channel;
            Calls = channel.InTime();
        }

        public CallInvoker Calls { get; }

        public static async Task<Child> StartAsync(string folder)
        {
            var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
            {
                RedirectStandardOutput = true,
                UseShellExecute = false,
                ArgumentList = { typeof(ServiceHost).Assembly.Location, "--port", "0", "--data", folder, "--log-level", "Warning" },
            };
            Process process = Process.Start(start)!;
            try
            {
                string line = await process.StandardOutput.ReadLineAsync().InTimeAsync() ?? throw new InvalidOperationException("The service did not start.");
                return new Child(process, GrpcChannel.ForAddress(line["listening on ".Length..]));
            }
            catch
            {
                process.Kill();
                throw;
            }
        }

        public void Kill()
        {
            _process.Kill();
            Assert.True(_process.WaitForExit(Patience.Limit));
        }

        public void Dispose()
        {
            _channel.Dispose();
            Kill();
            _process.Dispose();
        }
    }
}
