using System.Runtime.InteropServices;

namespace CalcQuant.Imaging;

/// <summary>
/// Arrays as large as a volume or a mask, kept for the next one. Fresh memory costs more than most of the work on it: the first touch of a
/// 512 x 512 x 400 volume takes a page fault for each of 51 200 pages of 4 KiB, about 120 ms, where reading it takes 9 ms. So arrays come back here,
/// and new ones ask the system for huge pages of 2 MiB (Linux, madvise(2), a hint that may be ignored).
/// <para>
/// The arrays are ordinary objects that the collector watches: one that is never returned is lost to the pool and nothing else, and a span
/// keeps its array alive. What is returned must not be used any more: <see cref="VoxelBuffer{T}"/> and the masks see to that.
/// </para>
/// </summary>
internal sealed class LargeArrayPool : IDisposable
{
    /// <summary>Smaller arrays are left to the runtime, which is good at them.</summary>
    public const int LeastBytes = 1 << 20;

    private const int PageBytes = 4 << 10;

    /// <summary>Part of the memory of this process (or its container) that may lie here unused.</summary>
    private const int LeastSharesOfMemory = 8;

    /// <summary>An array fits a request that needs at least half of it.</summary>
    private const int GreatestWaste = 2;

    private readonly Lock _lock = new();
    private readonly List<Kept> _kept = [];
    private readonly TimeProvider _time;
    private readonly TimeSpan _keepFor;
    private readonly ITimer _trimming;
    private long _keptBytes;

    /// <summary>Creates a pool.</summary>
    /// <param name="time">Clock for giving memory back.</param>
    /// <param name="keepFor">An array that nobody wanted for so long is given back to the system.</param>
    public LargeArrayPool(TimeProvider time, TimeSpan keepFor)
    {
        _time = time;
        _keepFor = keepFor;
        _trimming = time.CreateTimer(_ => Trim(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The pool of the process.</summary>
    public static LargeArrayPool Shared { get; } = new(TimeProvider.System, TimeSpan.FromSeconds(30));

    /// <summary>Bytes that lie here unused.</summary>
    public long KeptBytes
    {
        get
        {
            lock (_lock)
            {
                return _keptBytes;
            }
        }
    }

    /// <summary>An array of at least a length; what is in it is undefined.</summary>
    public T[] Rent<T>(int leastLength)
        where T : unmanaged
    {
        ArgumentOutOfRangeException.ThrowIfNegative(leastLength);
        int size = Marshal.SizeOf<T>();
        if ((long)leastLength * size < LeastBytes)
        {
            return GC.AllocateUninitializedArray<T>(leastLength);
        }

        lock (_lock)
        {
            int best = -1;
            for (int i = 0; i < _kept.Count; i++)
            {
                if (_kept[i].Array is T[] array && array.Length >= leastLength && array.Length / GreatestWaste <= leastLength
                    && (best < 0 || array.Length < _kept[best].Array.Length))
                {
                    best = i;
                }
            }

            if (best >= 0)
            {
                var array = (T[])_kept[best].Array;
                _kept.RemoveAt(best);
                _keptBytes -= (long)array.Length * size;
                return array;
            }
        }

        return Allocate<T>(leastLength, size);
    }

    /// <summary>Takes an array back; the caller must not use it any more.</summary>
    public void Return<T>(T[] array)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(array);
        long bytes = (long)array.Length * Marshal.SizeOf<T>();
        if (bytes < LeastBytes)
        {
            return;
        }

        lock (_lock)
        {
            if (_keptBytes + bytes > GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / LeastSharesOfMemory)
            {
                GiveBack(array);
                return;
            }

            // The timer runs on: started anew with every array it would never come where arrays are given back all the time.
            if (_kept.Count == 0)
            {
                _trimming.Change(_keepFor, _keepFor);
            }

            _kept.Add(new Kept(array, bytes, _time.GetTimestamp()));
            _keptBytes += bytes;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _trimming.Dispose();

    private static T[] Allocate<T>(int leastLength, int size)
        where T : unmanaged
    {
        T[] array = GC.AllocateUninitializedArray<T>(leastLength, pinned: true);
        Advise(array, SystemMemory.WantHugePages);
        return array;
    }

    private static void GiveBack(Array array) => Advise(array, SystemMemory.DoNotNeed);

    /// <summary>Tells the system something about the whole pages of an array that does not move.</summary>
    private static void Advise(Array array, int advice)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        nint start = Marshal.UnsafeAddrOfPinnedArrayElement(array, 0);
        nint end = start + (nint)Buffer.ByteLength(array);
        nint firstPage = (start + PageBytes - 1) / PageBytes * PageBytes;
        nint length = (end - firstPage) / PageBytes * PageBytes;

        // A hint: where it is refused (no such pages, a system without the call) the memory works all the same.
        _ = SystemMemory.Advise(firstPage, length, advice);
        GC.KeepAlive(array);
    }

    private void Trim()
    {
        lock (_lock)
        {
            for (int i = _kept.Count - 1; i >= 0; i--)
            {
                if (_time.GetElapsedTime(_kept[i].Since) >= _keepFor)
                {
                    // The collector may not come for a long time: the pages go now, the object when it comes.
                    GiveBack(_kept[i].Array);
                    _keptBytes -= _kept[i].Bytes;
                    _kept.RemoveAt(i);
                }
            }

            if (_kept.Count == 0)
            {
                _trimming.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            }
        }
    }

    private readonly record struct Kept(Array Array, long Bytes, long Since);

    /// <summary>madvise(2).</summary>
    private static class SystemMemory
    {
        /// <summary>MADV_DONTNEED: the pages may go; they read as zeros afterwards.</summary>
        public const int DoNotNeed = 4;

        /// <summary>MADV_HUGEPAGE.</summary>
        public const int WantHugePages = 14;

        public static int Advise(nint address, nint length, int advice)
        {
            try
            {
                return MemoryAdvise(address, length, advice);
            }
            catch (Exception exception) when (exception is DllNotFoundException or EntryPointNotFoundException)
            {
                return -1;
            }
        }

        [DllImport("libc", EntryPoint = "madvise")]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        private static extern int MemoryAdvise(nint address, nint length, int advice);
    }
}
