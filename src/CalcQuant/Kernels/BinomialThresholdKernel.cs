using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace CalcQuant.Kernels;

/// <summary>
/// Threshold of a row of 16-bit values smoothed by the binomial kernel (1 2 1) x (1 2 1) / 16, to bits: bit x is set where
/// above[x-1] + 2 above[x] + above[x+1] + 2 (here[x-1] + 2 here[x] + here[x+1]) + below[x-1] + 2 below[x] + below[x+1] > 16 limit.
/// Beyond the ends of the row its last value repeats. One instance serves one thread: it keeps its scratch memory.
/// </summary>
internal sealed class BinomialThresholdKernel
{
    // Sums of the three rows with one more value at each end, and what is compared.
    private int[] _sums = [];
    private short[] _excess = [];

    /// <summary>Marks a row.</summary>
    /// <param name="above">The row before; the row itself where there is none.</param>
    /// <param name="here">The row.</param>
    /// <param name="below">The row after; the row itself where there is none.</param>
    /// <param name="limit">What the smoothed value must exceed.</param>
    /// <param name="bits">One word per 64 values, the last one begun counted; overwritten.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Mark(ReadOnlySpan<short> above, ReadOnlySpan<short> here, ReadOnlySpan<short> below, int limit, Span<ulong> bits)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(above.Length, here.Length);
        ArgumentOutOfRangeException.ThrowIfNotEqual(below.Length, here.Length);
        int length = here.Length;
        if (length == 0)
        {
            return;
        }

        if (_excess.Length < length)
        {
            _sums = new int[length + 2];
            _excess = new short[length];
        }

        AddRows(above, here, below, _sums.AsSpan(1, length));
        _sums[0] = _sums[1];
        _sums[length + 1] = _sums[length];
        Compare(length, 16 * limit);
        ThresholdKernel.Mark(_excess.AsSpan(0, length), 1, bits, SimdPaths.Best);
    }

    private static void AddRows(ReadOnlySpan<short> above, ReadOnlySpan<short> here, ReadOnlySpan<short> below, Span<int> sums)
    {
        ref int target = ref MemoryMarshal.GetReference(sums);
        int x = 0;
        for (; x <= sums.Length - Vector<short>.Count; x += Vector<short>.Count)
        {
            Vector.Widen(new Vector<short>(above[x..]), out Vector<int> low, out Vector<int> high);
            Vector.Widen(new Vector<short>(here[x..]), out Vector<int> lowHere, out Vector<int> highHere);
            Vector.Widen(new Vector<short>(below[x..]), out Vector<int> lowBelow, out Vector<int> highBelow);
            (low + lowHere + lowHere + lowBelow).StoreUnsafe(ref target, (nuint)x);
            (high + highHere + highHere + highBelow).StoreUnsafe(ref target, (nuint)(x + Vector<int>.Count));
        }

        for (; x < sums.Length; x++)
        {
            sums[x] = above[x] + (2 * here[x]) + below[x];
        }
    }

    // How far each weighted sum exceeds the limit; only the sign counts, so it is cut to 16 bits.
    private void Compare(int length, int limit)
    {
        ref int sums = ref MemoryMarshal.GetArrayDataReference(_sums);
        ref short excess = ref MemoryMarshal.GetArrayDataReference(_excess);
        var least = new Vector<int>(short.MinValue);
        var greatest = new Vector<int>(short.MaxValue);
        var limits = new Vector<int>(limit);
        int x = 0;
        for (; x <= length - Vector<short>.Count; x += Vector<short>.Count)
        {
            Vector.Narrow(Excess(ref sums, x), Excess(ref sums, x + Vector<int>.Count)).StoreUnsafe(ref excess, (nuint)x);
        }

        for (; x < length; x++)
        {
            _excess[x] = (short)Math.Clamp(_sums[x] + (2 * _sums[x + 1]) + _sums[x + 2] - limit, short.MinValue, short.MaxValue);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        Vector<int> Excess(ref int sum, int at)
        {
            Vector<int> middle = Vector.LoadUnsafe(ref sum, (nuint)(at + 1));
            Vector<int> weighted = Vector.LoadUnsafe(ref sum, (nuint)at) + middle + middle + Vector.LoadUnsafe(ref sum, (nuint)(at + 2));
            return Vector.Min(Vector.Max(weighted - limits, least), greatest);
        }
    }
}
