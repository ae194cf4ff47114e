using CalcQuant.Api;
using CalcQuant.Export;
using CalcQuant.Imaging;
using CalcQuant.Segmentation;
using CalcQuant.Service.Analyses;
using CalcQuant.Service.Hosting;
using CalcQuant.Service.Tests.Storage;
using Google.Protobuf;
using Google.Rpc;
using Grpc.Core;
using V1 = CalcQuant.Api.V1;

namespace CalcQuant.Service.Tests.Analyses;

/// <summary>What happens when, with work that waits until the test lets it end.</summary>
public sealed class AnalysisSchedulingTests : IAsyncLifetime
{
    private readonly GatedWork _work = new();
    private AnalysisHost _host = null!;

    public async ValueTask InitializeAsync() => _host = await StartAsync();

    public async ValueTask DisposeAsync()
    {
        _work.Release(1000);
        await _host.DisposeAsync();
        _work.Dispose();
    }

    [Fact]
    public async Task AcceptAsync_ThreeClients_RunInTurnAndOnlyOneAtATime()
    {
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string analysis in new[] { "a1", "a2", "a3", "b1", "c1", "c2" })
        {
            TestSeries series = await UploadAsync();
            names.Add(series.Series, analysis);
            await StartAsClientAsync(series, analysis[..1]);
            if (analysis == "a1")
            {
                await _work.BegunAsync();
            }
        }

        for (int i = 0; i < 5; i++)
        {
            _work.Release();
            await _work.BegunAsync();
        }

        _work.Release();

        await WaitForAllAsync();
        Assert.Equal(["a1", "a2", "b1", "c1", "a3", "c2"], _work.Order.Select(series => names[series]));
        Assert.Equal(1, _work.MostRunning);
    }

    [Fact]
    public async Task StartAnalysis_SameRequestWhileItWaitsRunsOrHasEnded_GivesTheSameAnalysis()
    {
        TestSeries series = await UploadAsync();
        var request = new V1.StartAnalysisRequest { Series = new V1.SeriesReference { SeriesInstanceUid = series.Series }, Artifacts = { V1.ArtifactKind.LabelVolume } };
        V1.Analysis first = (await _host.Client.StartAnalysisAsync(request)).Analysis;
        await _work.BegunAsync();
        request.Artifacts.Clear();
        Assert.Equal(first.Name, (await _host.Client.StartAnalysisAsync(request)).Analysis.Name);
        request.Artifacts.Add(V1.ArtifactKind.Overlays);
        V1.Analysis other = (await _host.Client.StartAnalysisAsync(request)).Analysis;
        Assert.NotEqual(first.Name, other.Name);
        Assert.Equal(V1.AnalysisState.Queued, other.State);
        Assert.Equal(other.Name, (await _host.Client.StartAnalysisAsync(request)).Analysis.Name);
        _work.Release(2);
        await WaitForAllAsync();
        V1.Analysis again = (await _host.Client.StartAnalysisAsync(request)).Analysis;
        Assert.Equal((other.Name, V1.AnalysisState.Succeeded), (again.Name, again.State));
        Assert.Equal(2, _work.Order.Count);
    }

    [Fact]
    public async Task StartAnalysis_MoreInstancesCameMeanwhile_IsAnotherAnalysis()
    {
        var series = new TestSeries(sliceCount: 4);
        await _host.UploadAsync(series.Files.Take(3));
        string first = await StartAsync(series);
        await _host.UploadAsync(series.Files.Skip(3));
        Assert.NotEqual(first, await StartAsync(series));
    }

    [Fact]
    public async Task AnalyzeSeries_OneOfTwoCallersCancels_GoesOnUntilTheOtherDoes()
    {
        TestSeries series = await UploadAsync();
        using AsyncServerStreamingCall<V1.AnalyzeSeriesResponse> one = Analyze(series);
        Assert.True(await one.ResponseStream.MoveNext(CancellationToken.None));
        string name = one.ResponseStream.Current.Progress.Name;
        await _work.BegunAsync();
        using AsyncServerStreamingCall<V1.AnalyzeSeriesResponse> other = Analyze(series);
        Assert.True(await other.ResponseStream.MoveNext(CancellationToken.None));
        Assert.Equal(name, other.ResponseStream.Current.Progress.Name);
        one.Dispose();
        LiveAnalysis live = _host.Get<AcceptedAnalyses>().Find(name).Live!;
        await Patience.UntilAsync(() => live.WatcherCount == 1);
        Assert.Equal(V1.AnalysisState.Running, (await _host.Client.GetAnalysisAsync(new V1.GetAnalysisRequest { Name = name })).Analysis.State);
        other.Dispose();
        await live.Closed.InTimeAsync();
        Assert.Equal(V1.AnalysisState.Cancelled, (await _host.Client.GetAnalysisAsync(new V1.GetAnalysisRequest { Name = name })).Analysis.State);
    }

    [Fact]
    public async Task AnalyzeSeries_CallerCancelsWhatAnotherStarted_GoesOn()
    {
        TestSeries series = await UploadAsync();
        string name = await StartAsync(series);
        await _work.BegunAsync();
        using (AsyncServerStreamingCall<V1.AnalyzeSeriesResponse> call = Analyze(series))
        {
            Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None));
        }

        LiveAnalysis live = _host.Get<AcceptedAnalyses>().Find(name).Live!;
        await Patience.UntilAsync(() => live.WatcherCount == 0);
        _work.Release();
        Assert.Equal(V1.AnalysisState.Succeeded, (await WaitAsync(name)).State);
    }

    [Fact]
    public async Task AnalyzeSeries_CallerLeavesWhileItWaitsWithABoneMask_EndsWithItsMaskAndHoldsNobodyUp()
    {
        await StartAsync(await UploadAsync());
        await _work.BegunAsync();
        TestSeries series = await UploadAsync();
        var request = new V1.AnalyzeSeriesRequest { Series = Reference(series), Options = new V1.AnalysisOptions { BoneMask = new V1.BoneMask { Nifti = NoBone() } } };
        string masks = Path.Combine(_host.Options.DataFolder, "masks");
        string name;
        LiveAnalysis live;
        using (AsyncServerStreamingCall<V1.AnalyzeSeriesResponse> call = _host.Client.AnalyzeSeries(request))
        {
            Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None));
            V1.Analysis waiting = call.ResponseStream.Current.Progress;
            Assert.Equal(V1.AnalysisState.Queued, waiting.State);
            Assert.Single(Directory.EnumerateFiles(masks));
            name = waiting.Name;
            live = _host.Get<AcceptedAnalyses>().Find(name).Live!;
        }

        await live.Closed.InTimeAsync();
        Assert.Equal(V1.AnalysisState.Cancelled, (await _host.Client.GetAnalysisAsync(new V1.GetAnalysisRequest { Name = name })).Analysis.State);
        Assert.Empty(Directory.EnumerateFiles(masks));
        string next = await StartAsync(series);
        _work.Release(2);
        Assert.Equal(V1.AnalysisState.Succeeded, (await WaitAsync(next)).State);
    }

    [Fact]
    public async Task CancelAnalysis_QueuedRunningAndEnded_StopsOnlyWhatHasNotEnded()
    {
        string ended = await StartAsync(await UploadAsync());
        await _work.BegunAsync();
        _work.Release();
        await WaitAsync(ended);
        string running = await StartAsync(await UploadAsync());
        await _work.BegunAsync();
        string queued = await StartAsync(await UploadAsync());
        Assert.Equal(V1.AnalysisState.Cancelled, await CancelAsync(queued));
        Assert.Equal(V1.AnalysisState.Cancelled, await CancelAsync(running));
        Assert.Equal(V1.AnalysisState.Cancelled, await CancelAsync(running));
        Assert.Equal(V1.AnalysisState.Succeeded, await CancelAsync(ended));
        Assert.Equal(2, _work.Order.Count);
        RpcException unknown = await Assert.ThrowsAsync<RpcException>(() => CancelAsync("analyses/" + new string('0', 32)));
        Assert.Equal(StatusCode.NotFound, unknown.StatusCode);
    }

    [Fact]
    public async Task GetReport_AnalysisThatRunsOrWasCancelled_IsAFailedPrecondition()
    {
        string name = await StartAsync(await UploadAsync());
        await _work.BegunAsync();
        RpcException early = await Assert.ThrowsAsync<RpcException>(() => _host.Client.GetReportAsync(new V1.GetReportRequest { Name = name }).ResponseAsync);
        Assert.Equal((StatusCode.FailedPrecondition, "NOT_ENDED"), (early.StatusCode, early.ToErrorStatus().Reason));
        await CancelAsync(name);
        RpcException none = await Assert.ThrowsAsync<RpcException>(() => _host.Client.GetReportAsync(new V1.GetReportRequest { Name = name }).ResponseAsync);
        Assert.Equal((StatusCode.FailedPrecondition, "NO_REPORT"), (none.StatusCode, none.ToErrorStatus().Reason));
    }

    [Fact]
    public async Task WaitAnalysis_TimeIsOver_AnswersWhereItIs()
    {
        string name = await StartAsync(await UploadAsync());
        await _work.BegunAsync();
        var request = new V1.WaitAnalysisRequest { Name = name, Timeout = new Google.Protobuf.WellKnownTypes.Duration { Nanos = 1_000_000 } };
        V1.Analysis analysis = (await _host.Client.WaitAnalysisAsync(request)).Analysis;
        Assert.Equal((V1.AnalysisState.Running, "body", 0.5), (analysis.State, analysis.Stage, analysis.StageFraction));
    }

    [Fact]
    public async Task StartAnalysis_QueueIsFull_IsResourceExhaustedWithRetryInfo()
    {
        await _host.DisposeAsync();
        _host = await StartAsync(options => options.MaxQueuedPerClient = 1);
        TestSeries running = await UploadAsync();
        await StartAsync(running);
        await _work.BegunAsync();
        await StartAsync(await UploadAsync());
        TestSeries third = await UploadAsync();
        RpcException full = await Assert.ThrowsAsync<RpcException>(() => StartAsync(third));
        Assert.Equal((StatusCode.ResourceExhausted, "QUEUE_FULL"), (full.StatusCode, full.ToErrorStatus().Reason));
        Assert.True(full.FindDetail<RetryInfo>()!.RetryDelay.ToTimeSpan() > TimeSpan.Zero);
        await StartAsync(running);
    }

    [Fact]
    public async Task StartAnalysis_SeriesLargerThanTheBudget_IsResourceExhaustedWithoutRetryInfo()
    {
        await _host.DisposeAsync();
        _host = await StartAsync(options => options.MemoryBudgetBytes = AnalysisMemory.FixedBytes);
        TestSeries series = await UploadAsync();
        RpcException large = await Assert.ThrowsAsync<RpcException>(() => StartAsync(series));
        Assert.Equal((StatusCode.ResourceExhausted, "SERIES_TOO_LARGE"), (large.StatusCode, large.ToErrorStatus().Reason));
        Assert.Null(large.FindDetail<RetryInfo>());
        Assert.Empty((await _host.Client.ListAnalysesAsync(new V1.ListAnalysesRequest())).Analyses);
    }

    [Fact]
    public async Task Run_BugOrLackOfMemory_FailsThatAnalysisAlone()
    {
        int count = 0;
        _work.Outcome = _ => ++count switch
        {
            1 => throw new InvalidOperationException("MARKED^MESSAGE"),
            2 => throw new AggregateException(new InsufficientMemoryException()),
            _ => new AnalysisOutcome(AnalysisState.Succeeded) { Output = new V1.AnalysisOutput() },
        };
        string[] names = [await StartAsync(await UploadAsync()), await StartAsync(await UploadAsync()), await StartAsync(await UploadAsync())];
        _work.Release(3);
        var ends = new List<(V1.AnalysisState, string?)>();
        foreach (string name in names)
        {
            V1.Analysis analysis = await WaitAsync(name);
            ends.Add((analysis.State, analysis.Error?.Reason));
        }

        Assert.Equal([(V1.AnalysisState.Failed, "INTERNAL"), (V1.AnalysisState.Failed, "SERIES_TOO_LARGE"), (V1.AnalysisState.Succeeded, null)], ends);
        Assert.Contains(_host.Log.Lines, line => line.StartsWith("1208", StringComparison.Ordinal) && line.Contains("InvalidOperationException", StringComparison.Ordinal));
        Assert.DoesNotContain(_host.Log.Lines, line => line.Contains("MARKED^MESSAGE", StringComparison.Ordinal));
    }

    [Fact]
    public async Task DeleteStudy_AnalysesThatEndedRunAndWait_AreGone()
    {
        TestSeries series = await UploadAsync();
        string running = await StartAsync(series);
        await _work.BegunAsync();
        string queued = (await _host.Client.StartAnalysisAsync(new V1.StartAnalysisRequest { Series = Reference(series), Options = new V1.AnalysisOptions { ThresholdHu = 200 } })).Analysis.Name;
        V1.DeleteStudyResponse deleted = await _host.Store.DeleteStudyAsync(new V1.DeleteStudyRequest { StudyInstanceUid = series.Study });
        Assert.Equal(2, deleted.AnalysisCount);
        foreach (string name in new[] { running, queued })
        {
            RpcException gone = await Assert.ThrowsAsync<RpcException>(() => _host.Client.GetAnalysisAsync(new V1.GetAnalysisRequest { Name = name }).ResponseAsync);
            Assert.Equal(StatusCode.NotFound, gone.StatusCode);
        }

        Assert.Equal(0, _host.Get<AnalysisQueue>().WaitingCount);
    }

    [Fact]
    public async Task Shutdown_RunningAndWaitingAnalyses_GoOnAtTheNextStart()
    {
        string folder = Directory.CreateTempSubdirectory("calcquant-restart-").FullName;
        try
        {
            string[] names;
            await using (AnalysisHost first = await AnalysisHost.StartAsync(options => (options.MaxConcurrentAnalyses, options.DrainTimeout) = (1, TimeSpan.FromSeconds(1)), services => services.AddSingleton<IAnalysisWork>(_work), folder))
            {
                var series = new[] { new TestSeries(), new TestSeries() };
                await first.UploadAsync(series.SelectMany(each => each.Files));
                names = [await StartAsync(series[0], first), await StartAsync(series[1], first)];
                await _work.BegunAsync();
                await first.StopAsync();
            }

            Assert.Single(_work.Order);
            await using AnalysisHost second = await AnalysisHost.StartAsync(services: services => services.AddSingleton<IAnalysisWork>(_work), dataFolder: folder);
            _work.Release(2);
            foreach (string name in names)
            {
                V1.Analysis ended = (await second.Client.WaitAnalysisAsync(new V1.WaitAnalysisRequest { Name = name })).Analysis;
                Assert.Equal(V1.AnalysisState.Succeeded, ended.State);
                Assert.Equal(1, second.Get<AnalysisStore>().Find(name["analyses/".Length..])!.Attempts);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task Shutdown_PatienceEnough_LetsARunningAnalysisEnd()
    {
        string folder = Directory.CreateTempSubdirectory("calcquant-drain-").FullName;
        try
        {
            string name;
            await using (AnalysisHost first = await AnalysisHost.StartAsync(services: services => services.AddSingleton<IAnalysisWork>(_work), dataFolder: folder))
            {
                var series = new TestSeries();
                await first.UploadAsync(series.Files);
                name = await StartAsync(series, first);
                await _work.BegunAsync();
                Task stop = first.StopAsync();
                _work.Release();
                await stop;
            }

            await using AnalysisHost second = await AnalysisHost.StartAsync(services: services => services.AddSingleton<IAnalysisWork>(_work), dataFolder: folder);
            Assert.Equal(V1.AnalysisState.Succeeded, (await second.Client.GetAnalysisAsync(new V1.GetAnalysisRequest { Name = name })).Analysis.State);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private Task<AnalysisHost> StartAsync(Action<ServiceOptions>? configure = null) => AnalysisHost.StartAsync(
        options =>
        {
            options.MaxConcurrentAnalyses = 1;
            configure?.Invoke(options);
        },
        services => services.AddSingleton<IAnalysisWork>(_work));

    private async Task<TestSeries> UploadAsync()
    {
        var series = new TestSeries();
        await _host.UploadAsync(series.Files);
        return series;
    }

    private static ByteString NoBone()
    {
        using var bone = new Mask(2, 2, 2);
        using var file = new MemoryStream();
        NiftiLabels.WriteBone(new VolumeGeometry(2, 2, 1, 1, new LpsPoint(1, 0, 0), new LpsPoint(0, 1, 0), [new LpsPoint(0, 0, 0), new LpsPoint(0, 0, 1)], [1, 1]), bone, file);
        return ByteString.CopyFrom(file.ToArray());
    }

    private static V1.SeriesReference Reference(TestSeries series) => new() { SeriesInstanceUid = series.Series };

    private Task<AcceptedAnalysis> StartAsClientAsync(TestSeries series, string client) =>
        _host.Get<AcceptedAnalyses>().AcceptAsync(AnalysisRequest.Parse(Reference(series), null, []), new ClientIdentity(client), isWanted: true, CancellationToken.None);

    private async Task<string> StartAsync(TestSeries series, AnalysisHost? host = null) =>
        (await (host ?? _host).Client.StartAnalysisAsync(new V1.StartAnalysisRequest { Series = Reference(series) })).Analysis.Name;

    private AsyncServerStreamingCall<V1.AnalyzeSeriesResponse> Analyze(TestSeries series) => _host.Client.AnalyzeSeries(new V1.AnalyzeSeriesRequest { Series = Reference(series) });

    private async Task<V1.AnalysisState> CancelAsync(string name) => (await _host.Client.CancelAnalysisAsync(new V1.CancelAnalysisRequest { Name = name })).Analysis.State;

    private async Task<V1.Analysis> WaitAsync(string name) => (await _host.Client.WaitAnalysisAsync(new V1.WaitAnalysisRequest { Name = name })).Analysis;

    private async Task WaitForAllAsync()
    {
        foreach (V1.Analysis analysis in (await _host.Client.ListAnalysesAsync(new V1.ListAnalysesRequest())).Analyses)
        {
            await WaitAsync(analysis.Name);
        }
    }
}
