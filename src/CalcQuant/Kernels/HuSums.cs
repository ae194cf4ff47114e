using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace CalcQuant.Kernels;

/// <summary>Sum, sum of squares and maximum of some voxels, exact.</summary>
/// <param name="Sum">Sum, HU.</param>
/// <param name="SumOfSquares">Sum of squares, HU².</param>
/// <param name="Max">Maximum, HU.</param>
internal readonly record struct HuTotal(long Sum, long SumOfSquares, short Max);

/// <summary>
/// Sums of integer voxels picked by bits. Pieces of foreground are short (a dozen voxels in a few rows), so lanes are kept apart until a
/// piece is complete and added up once.
/// </summary>
/// <typeparam name="TSelf">The implementing type.</typeparam>
internal interface IHuSums<TSelf>
    where TSelf : struct, IHuSums<TSelf>
{
    /// <summary>Voxels the store must have at least.</summary>
    public static abstract int LeastLength { get; }

    /// <summary>Sums of no voxel.</summary>
    public static abstract TSelf Start();

    /// <summary>Adds voxels.</summary>
    /// <param name="voxels">All voxels of the volume, HU.</param>
    /// <param name="first">The voxel of bit 0.</param>
    /// <param name="bits">Which of the 64 voxels from there on count; none beyond the store.</param>
    public void Add(ReadOnlySpan<short> voxels, int first, ulong bits);

    /// <summary>Adds up the lanes.</summary>
    public HuTotal Finish();
}

/// <summary>One voxel at a time.</summary>
internal struct PlainHuSums : IHuSums<PlainHuSums>
{
    private long _sum;
    private long _squares;
    private short _max;

    public static int LeastLength => 0;

    public static PlainHuSums Start() => new() { _max = short.MinValue };

    public void Add(ReadOnlySpan<short> voxels, int first, ulong bits)
    {
        for (; bits != 0; bits &= bits - 1)
        {
            short hu = voxels[first + BitOperations.TrailingZeroCount(bits)];
            _sum += hu;
            _squares += hu * hu;
            _max = Math.Max(_max, hu);
        }
    }

    public readonly HuTotal Finish() => new(_sum, _squares, _max);
}

/// <summary>16 voxels at a time.</summary>
internal struct Avx2HuSums : IHuSums<Avx2HuSums>
{
    private const int Lanes = 16;

    private Vector256<int> _sums;
    private Vector256<ulong> _squares;
    private Vector256<short> _max;

    public static int LeastLength => Lanes;

    // Bit i in lane i.
    private static Vector256<short> LaneBits => Vector256.Create(
        1, 1 << 1, 1 << 2, 1 << 3, 1 << 4, 1 << 5, 1 << 6, 1 << 7, 1 << 8, 1 << 9, 1 << 10, 1 << 11, 1 << 12, 1 << 13, 1 << 14, short.MinValue);

    public static Avx2HuSums Start() => new() { _max = Vector256.Create(short.MinValue) };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(ReadOnlySpan<short> voxels, int first, ulong bits)
    {
        for (; bits != 0; bits >>= Lanes, first += Lanes)
        {
            // At the end of the store the load steps back, and so do the bits.
            int load = Math.Min(first, voxels.Length - Lanes);
            Vector256<short> hu = Vector256.LoadUnsafe(ref MemoryMarshal.GetReference(voxels), (nuint)load);
            Vector256<short> used = Vector256.Equals(Vector256.Create((short)((uint)(ushort)bits << (first - load))) & LaneBits, LaneBits);
            Vector256<short> summed = hu & used;
            _sums += Avx2.MultiplyAddAdjacent(summed, Vector256<short>.One);

            // A pair of squares is at most 2^31: unsigned.
            Vector256<uint> pairs = Avx2.MultiplyAddAdjacent(summed, summed).AsUInt32();
            _squares += Vector256.WidenLower(pairs) + Vector256.WidenUpper(pairs);
            _max = Vector256.Max(_max, Vector256.ConditionalSelect(used, hu, Vector256.Create(short.MinValue)));
        }
    }

    public readonly HuTotal Finish() => new(Vector256.Sum(_sums), (long)Vector256.Sum(_squares), Max(_max));

    // SSE4.1 has a horizontal minimum of unsigned 16-bit lanes only: max(v) = 32767 - min(32767 - v).
    private static short Max(Vector256<short> v)
    {
        Vector128<ushort> flipped = (Vector128.Create(short.MaxValue) - Vector128.Max(v.GetLower(), v.GetUpper())).AsUInt16();
        return (short)(short.MaxValue - Sse41.MinHorizontal(flipped).ToScalar());
    }
}
