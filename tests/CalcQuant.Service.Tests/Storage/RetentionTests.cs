using CalcQuant.Service.Storage;

namespace CalcQuant.Service.Tests.Storage;

public sealed class RetentionTests
{
    [Fact]
    public async Task RunOnce_ByAge_RemovesWhatNobodyUsedForLong()
    {
        var clock = new HandClock();
        await using StoreHost host = await StartAsync(clock, retainFor: TimeSpan.FromDays(30));
        TestSeries[] all = await UploadOneADayAsync(host, clock, count: 4);
        clock.Now += TimeSpan.FromDays(20);
        using (await host.Get<StudyStore>().PinAsync(all[0].Study, CancellationToken.None))
        {
        }

        clock.Now += TimeSpan.FromDays(7);
        Assert.Equal(0, await RunAsync(host));
        clock.Now += TimeSpan.FromDays(1);
        Assert.Equal(1, await RunAsync(host));
        AssertHas(host, all[0], all[2], all[3]);
    }

    [Fact]
    public async Task RunOnce_BySize_RemovesTheLongestUnusedUntilItFits()
    {
        var clock = new HandClock();
        int studyBytes = new TestSeries(sliceCount: 2).Files.Sum(file => file.Length);
        await using StoreHost host = await StartAsync(clock, retainBytes: (2 * studyBytes) + 1000);
        TestSeries[] all = await UploadOneADayAsync(host, clock, count: 4);
        Assert.Equal(2, await RunAsync(host));
        AssertHas(host, all[2], all[3]);
        Assert.Equal(4, host.InstanceFiles.Count());
        Assert.Equal(0, await RunAsync(host));
    }

    [Fact]
    public async Task RunOnce_WithPinnedStudies_LeavesThemAndTakesTheNext()
    {
        var clock = new HandClock();
        await using StoreHost host = await StartAsync(clock, retainFor: TimeSpan.FromDays(1), retainBytes: 0);
        TestSeries[] all = await UploadOneADayAsync(host, clock, count: 3);
        clock.Now += TimeSpan.FromDays(10);
        StudyStore store = host.Get<StudyStore>();
        IDisposable? first = await store.PinAsync(all[0].Study, CancellationToken.None);
        IDisposable? second = await store.PinAsync(all[0].Study, CancellationToken.None);
        clock.Now += TimeSpan.FromDays(10);
        Assert.Equal(2, await RunAsync(host));
        AssertHas(host, all[0]);
        Assert.Contains(host.Log.Lines, line => line.StartsWith("1132", StringComparison.Ordinal));
        first!.Dispose();
        first.Dispose();
        Assert.Equal(0, await RunAsync(host));
        second!.Dispose();
        Assert.Equal(1, await RunAsync(host));
        Assert.Empty(host.InstanceFiles);
    }

    private static Task<StoreHost> StartAsync(HandClock clock, TimeSpan? retainFor = null, long? retainBytes = null) => StoreHost.StartAsync(
        options =>
        {
            options.RetainFor = retainFor;
            options.RetainBytes = retainBytes;
        },
        services => services.AddSingleton<TimeProvider>(clock));

    private static async Task<TestSeries[]> UploadOneADayAsync(StoreHost host, HandClock clock, int count)
    {
        TestSeries[] all = [.. Enumerable.Range(0, count).Select(_ => new TestSeries(sliceCount: 2))];
        foreach (TestSeries series in all)
        {
            await host.UploadAsync(series.Files);
            clock.Now += TimeSpan.FromDays(1);
        }

        return all;
    }

    private static Task<int> RunAsync(StoreHost host) => host.Get<IEnumerable<IHostedService>>().OfType<Retention>().Single().RunOnceAsync(CancellationToken.None);

    /// <summary>The order of UIDs is not that of the numbers in them: 1.10 comes before 1.9.</summary>
    private static void AssertHas(StoreHost host, params TestSeries[] kept) => Assert.Equal(
        kept.Select(series => series.Study).Order(StringComparer.Ordinal),
        host.Get<StudyStore>().ListByUse(CancellationToken.None).Select(study => study.StudyInstanceUid).Order(StringComparer.Ordinal));

    private sealed class HandClock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
