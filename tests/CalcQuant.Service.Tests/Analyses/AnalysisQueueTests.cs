using CalcQuant.Service.Analyses;

namespace CalcQuant.Service.Tests.Analyses;

public sealed class AnalysisQueueTests
{
    [Fact]
    public async Task TakeAsync_ThreeClients_ServesEachInTurnAndEachInItsOrder()
    {
        using var queue = new AnalysisQueue(maxRunning: 1, maxQueued: 100, maxQueuedPerClient: 100);
        foreach (string name in new[] { "a1", "a2", "a3", "a4", "b1", "b2", "c1" })
        {
            Add(queue, name);
        }

        Assert.Equal(["a1", "b1", "c1", "a2", "b2", "a3", "a4"], await TakeAllAsync(queue, 7));
    }

    [Fact]
    public async Task TakeAsync_ClientThatComesLater_DoesNotWaitForTheRowOfTheFirst()
    {
        using var queue = new AnalysisQueue(maxRunning: 1, maxQueued: 100, maxQueuedPerClient: 100);
        foreach (string name in new[] { "a1", "a2", "a3" })
        {
            Add(queue, name);
        }

        Assert.Equal(["a1"], await TakeAllAsync(queue, 1));
        Add(queue, "b1");
        Assert.Equal(["a2", "b1", "a3"], await TakeAllAsync(queue, 3));
    }

    [Fact]
    public async Task TakeAsync_AsManyRunAsMay_WaitsForOneToFinish()
    {
        using var queue = new AnalysisQueue(maxRunning: 2, maxQueued: 100, maxQueuedPerClient: 100);
        foreach (string name in new[] { "a1", "a2", "a3" })
        {
            Add(queue, name);
        }

        await queue.TakeAsync(CancellationToken.None).InTimeAsync();
        await queue.TakeAsync(CancellationToken.None).InTimeAsync();
        Task<LiveAnalysis> third = queue.TakeAsync(CancellationToken.None);
        Assert.False(third.IsCompleted);
        Assert.Equal(2, queue.RunningCount);
        queue.Finish();
        Assert.Equal("a3", (await third.InTimeAsync()).Id);
    }

    [Fact]
    public void PositionOf_SeveralClients_IsTheOrderInWhichTheyAreTaken()
    {
        using var queue = new AnalysisQueue(maxRunning: 1, maxQueued: 100, maxQueuedPerClient: 100);
        Dictionary<string, LiveAnalysis> added = new[] { "a1", "a2", "a3", "b1", "b2", "c1" }.ToDictionary(name => name, name => Add(queue, name));
        string[] order = ["a1", "b1", "c1", "a2", "b2", "a3"];
        Assert.Equal(Enumerable.Range(0, 6), order.Select(name => queue.PositionOf(added[name])));
    }

    [Fact]
    public void TryReserve_QueueOrClientIsFull_IsFalseUntilAPlaceIsFree()
    {
        using var queue = new AnalysisQueue(maxRunning: 1, maxQueued: 3, maxQueuedPerClient: 2);
        LiveAnalysis first = Add(queue, "a1");
        Assert.True(queue.TryReserve("a"));
        Assert.False(queue.TryReserve("a"));
        Add(queue, "b1");
        Assert.False(queue.TryReserve("c"));
        queue.GiveBack("a");
        Assert.True(queue.TryReserve("c"));
        Assert.False(queue.TryReserve("a"));
        Assert.True(queue.Remove(first));
        Assert.True(queue.TryReserve("a"));
    }

    [Fact]
    public async Task Remove_WaitingAnalysis_IsNotTaken()
    {
        using var queue = new AnalysisQueue(maxRunning: 1, maxQueued: 10, maxQueuedPerClient: 10);
        LiveAnalysis only = Add(queue, "a1");
        Add(queue, "b1");
        Assert.True(queue.Remove(only));
        Assert.False(queue.Remove(only));
        Assert.Equal(["b1"], await TakeAllAsync(queue, 1));
        Assert.Equal(0, queue.WaitingCount);
    }

    [Fact]
    public async Task TakeAsync_Cancelled_Throws()
    {
        using var queue = new AnalysisQueue(maxRunning: 1, maxQueued: 10, maxQueuedPerClient: 10);
        using var stop = new CancellationTokenSource();
        Task<LiveAnalysis> take = queue.TakeAsync(stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => take.InTimeAsync());
        Assert.Equal(0, queue.RunningCount);
    }

    /// <summary>The first letter is the client, the whole name the id.</summary>
    private static LiveAnalysis Add(AnalysisQueue queue, string name)
    {
        var analysis = new LiveAnalysis(Rows.New(name, client: name[..1]), TimeProvider.System);
        Assert.True(queue.TryReserve(analysis.Client));
        queue.Add(analysis);
        return analysis;
    }

    private static async Task<List<string>> TakeAllAsync(AnalysisQueue queue, int count)
    {
        var taken = new List<string>();
        for (int i = 0; i < count; i++)
        {
            taken.Add((await queue.TakeAsync(CancellationToken.None).InTimeAsync()).Id);
            queue.Finish();
        }

        return taken;
    }
}
