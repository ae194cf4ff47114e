using CalcQuant.Imaging;
using CalcQuant.Segmentation;

namespace CalcQuant.Tests.Imaging;

public sealed class LargeArrayPoolTests
{
    private const int Large = LargeArrayPool.LeastBytes;
    private static readonly TimeSpan KeepFor = TimeSpan.FromSeconds(30);

    [Fact]
    public void Rent_AfterReturn_GivesTheSameArray()
    {
        using var pool = new LargeArrayPool(new StandingClock(), KeepFor);
        short[] first = pool.Rent<short>(Large);
        Assert.True(first.Length >= Large);
        pool.Return(first);
        Assert.Equal((long)first.Length * sizeof(short), pool.KeptBytes);

        Assert.Same(first, pool.Rent<short>(Large - 7));
        Assert.Equal(0, pool.KeptBytes);
    }

    [Fact]
    public void Rent_MuchLessThanWhatIsKept_LeavesTheLargeArrayForALargeRequest()
    {
        using var pool = new LargeArrayPool(new StandingClock(), KeepFor);
        ulong[] large = pool.Rent<ulong>(8 * Large);
        pool.Return(large);

        Assert.NotSame(large, pool.Rent<ulong>(Large));
        Assert.Same(large, pool.Rent<ulong>(8 * Large));
    }

    [Fact]
    public void Rent_OfSeveralThatFit_TakesTheSmallest()
    {
        using var pool = new LargeArrayPool(new StandingClock(), KeepFor);
        short[] small = pool.Rent<short>(4 * Large);
        short[] large = pool.Rent<short>(6 * Large);
        pool.Return(large);
        pool.Return(small);

        Assert.Same(small, pool.Rent<short>(4 * Large));
    }

    [Fact]
    public void Rent_AnotherType_DoesNotShareArrays()
    {
        using var pool = new LargeArrayPool(new StandingClock(), KeepFor);
        pool.Return(pool.Rent<short>(Large));

        Assert.True(pool.Rent<float>(Large / 2).Length >= Large / 2);
        Assert.NotEqual(0, pool.KeptBytes);
    }

    [Fact]
    public void Return_SmallArray_LeavesItToTheRuntime()
    {
        using var pool = new LargeArrayPool(new StandingClock(), KeepFor);
        short[] small = pool.Rent<short>(100);
        Assert.Equal(100, small.Length);
        pool.Return(small);

        Assert.Equal(0, pool.KeptBytes);
    }

    [Fact]
    public void Return_ThenNothingForAWhile_GivesTheMemoryBack()
    {
        var clock = new StandingClock();
        using var pool = new LargeArrayPool(clock, KeepFor);
        pool.Return(pool.Rent<short>(Large));
        clock.Advance(KeepFor / 2);
        clock.Tick();
        Assert.NotEqual(0, pool.KeptBytes);

        clock.Advance(KeepFor);
        clock.Tick();
        Assert.Equal(0, pool.KeptBytes);
        Assert.True(pool.Rent<short>(Large).Length >= Large);
    }

    [Fact]
    public void Mask_InMemoryThatWasUsedBefore_IsEmpty()
    {
        // More than the least size that is pooled, so that the second mask takes over the words of the first.
        using (var full = new Mask(640, 512, 64))
        {
            full.Invert();
        }

        using var next = new Mask(640, 512, 64);
        Assert.True(next.IsEmpty);
    }

    [Fact]
    public void Dispose_MaskBufferOrVolume_IsNotReadAnyMore()
    {
        var mask = new Mask(3, 3, 3);
        mask.Dispose();
        mask.Dispose();
        Assert.Throws<ObjectDisposedException>(() => mask.Row(0, 0).Length);

        var buffer = new VoxelBuffer<short>(27);
        var volume = new CtVolume(Oracles.TestVolumes.Geometry(3, 3, 3), buffer);
        Assert.Equal(27, volume.Int16Voxels.Length);
        volume.Dispose();
        Assert.Throws<ObjectDisposedException>(() => volume.Int16Voxels.Length);
        Assert.Throws<ObjectDisposedException>(() => buffer.Span.Length);
    }

    /// <summary>A clock that moves when told, and whose timers fire when told.</summary>
    private sealed class StandingClock : TimeProvider
    {
        private TimeSpan _now;
        private TimerCallback? _callback;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _now.Ticks;

        public void Advance(TimeSpan by) => _now += by;

        public void Tick() => _callback?.Invoke(null);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            _callback = callback;
            return new SilentTimer();
        }

        private sealed class SilentTimer : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => true;

            public void Dispose()
            {
            }

            public ValueTask DisposeAsync() => ValueTask.CompletedTask;
        }
    }
}
