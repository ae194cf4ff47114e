using CalcQuant.Service.Analyses;

namespace CalcQuant.Service.Tests.Analyses;

public sealed class MemoryBudgetTests
{
    [Fact]
    public async Task AcquireAsync_FreeBytes_AreGrantedAtOnceAndGivenBackOnce()
    {
        var budget = new MemoryBudget(100);
        IDisposable first = await budget.AcquireAsync(60, CancellationToken.None).InTimeAsync();
        IDisposable second = await budget.AcquireAsync(40, CancellationToken.None).InTimeAsync();
        Assert.Equal(100, budget.UsedBytes);
        first.Dispose();
        first.Dispose();
        Assert.Equal(40, budget.UsedBytes);
        second.Dispose();
        Assert.Equal(0, budget.UsedBytes);
    }

    [Fact]
    public async Task AcquireAsync_MuchIsWantedWhileLittleIsFree_IsNotOvertakenByThoseThatWantLittle()
    {
        var budget = new MemoryBudget(100);
        IDisposable running = await budget.AcquireAsync(60, CancellationToken.None).InTimeAsync();
        Task<IDisposable> big = budget.AcquireAsync(90, CancellationToken.None);
        Task<IDisposable> small = budget.AcquireAsync(10, CancellationToken.None);
        Assert.False(big.IsCompleted);
        Assert.False(small.IsCompleted);
        running.Dispose();
        await big.InTimeAsync();
        await small.InTimeAsync();
        Assert.Equal(100, budget.UsedBytes);
    }

    [Fact]
    public async Task AcquireAsync_CancelledWhileItWaits_LetsTheNextIn()
    {
        var budget = new MemoryBudget(100);
        using IDisposable running = await budget.AcquireAsync(60, CancellationToken.None).InTimeAsync();
        using var stop = new CancellationTokenSource();
        Task<IDisposable> big = budget.AcquireAsync(90, stop.Token);
        Task<IDisposable> small = budget.AcquireAsync(40, CancellationToken.None);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => big.InTimeAsync());
        using IDisposable granted = await small.InTimeAsync();
        Assert.Equal(100, budget.UsedBytes);
    }

    [Fact]
    public async Task AcquireAsync_MoreThanThereIsInAll_Throws()
    {
        var budget = new MemoryBudget(100);
        Assert.True(budget.CanHold(100));
        Assert.False(budget.CanHold(101));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => budget.AcquireAsync(101, CancellationToken.None));
    }
}
