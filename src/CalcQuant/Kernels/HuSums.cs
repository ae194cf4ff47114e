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

/// <summary>Where the rows of a block lie among the voxels of the volume.</summary>
/// <param name="NextRow">Voxels from a row to the next; 0 where the block has a single row.</param>
/// <param name="NextSlice">Voxels from a slice to the next; 0 where the block has a single slice.</param>
internal readonly record struct BlockStrides(int NextRow, int NextSlice);

/// <summary>
/// Sums of the integer voxels of a piece of a block, picked by packed bits: lane r of 16 bits stands for 16 columns of row r (row, next row, and the
/// same in the next slice). Pieces are short, a dozen columns, so the sums of the columns are kept apart until a piece is complete and added up once.
/// </summary>
/// <typeparam name="TSelf">The implementing type.</typeparam>
internal interface IHuSums<TSelf>
    where TSelf : struct, IHuSums<TSelf>
{
    /// <summary>Sums of no voxel.</summary>
    public static abstract TSelf Start();

    /// <summary>Adds voxels.</summary>
    /// <param name="voxels">All voxels of the volume, HU.</param>
    /// <param name="first">The voxel of bit 0 of lane 0.</param>
    /// <param name="strides">Where the voxels of the other lanes are.</param>
    /// <param name="packed">Which of them count; none beyond the store.</param>
    public void Add(ReadOnlySpan<short> voxels, int first, BlockStrides strides, ulong packed);

    /// <summary>Adds up the columns.</summary>
    public HuTotal Finish();
}

/// <summary>No sums, where there are no values.</summary>
internal struct NoHuSums : IHuSums<NoHuSums>
{
    public static NoHuSums Start() => default;

    public readonly void Add(ReadOnlySpan<short> voxels, int first, BlockStrides strides, ulong packed)
    {
    }

    public readonly HuTotal Finish() => new(0, 0, short.MinValue);
}

/// <summary>One voxel at a time.</summary>
internal struct PlainHuSums : IHuSums<PlainHuSums>
{
    private long _sum;
    private long _squares;
    private short _max;

    public static PlainHuSums Start() => new() { _max = short.MinValue };

    public void Add(ReadOnlySpan<short> voxels, int first, BlockStrides strides, ulong packed)
    {
        for (; packed != 0; packed &= packed - 1)
        {
            int bit = BitOperations.TrailingZeroCount(packed);
            int row = ((bit >> 4) & 1) * strides.NextRow;
            int slice = (bit >> 5) * strides.NextSlice;
            short hu = voxels[first + row + slice + (bit & 15)];
            _sum += hu;
            _squares += hu * hu;
            _max = Math.Max(_max, hu);
        }
    }

    public readonly HuTotal Finish() => new(_sum, _squares, _max);
}

/// <summary>16 voxels of a row at a time. Reads 16 voxels from the first of each row on, so these must exist, whether they count or not.</summary>
internal struct Avx2HuSums : IHuSums<Avx2HuSums>
{
    /// <summary>Voxels read from the first on in every row.</summary>
    public const int Lanes = 16;

    private Vector256<int> _sums;
    private Vector256<ulong> _squares;
    private Vector256<short> _max;

    // Bit i in lane i.
    private static Vector256<short> LaneBits => Vector256.Create(
        1, 1 << 1, 1 << 2, 1 << 3, 1 << 4, 1 << 5, 1 << 6, 1 << 7, 1 << 8, 1 << 9, 1 << 10, 1 << 11, 1 << 12, 1 << 13, 1 << 14, short.MinValue);

    public static Avx2HuSums Start() => new() { _max = Vector256.Create(short.MinValue) };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(ReadOnlySpan<short> voxels, int first, BlockStrides strides, ulong packed)
    {
        ref short voxel = ref Unsafe.Add(ref MemoryMarshal.GetReference(voxels), first);
        AddRow(ref voxel, (short)packed);
        AddRow(ref Unsafe.Add(ref voxel, strides.NextRow), (short)(packed >> 16));
        ref short next = ref Unsafe.Add(ref voxel, strides.NextSlice);
        AddRow(ref next, (short)(packed >> 32));
        AddRow(ref Unsafe.Add(ref next, strides.NextRow), (short)(packed >> 48));
    }

    public readonly HuTotal Finish() => new(Vector256.Sum(Vector256.WidenLower(_sums) + Vector256.WidenUpper(_sums)), (long)Vector256.Sum(_squares), Max(_max));

    // SSE4.1 has a horizontal minimum of unsigned 16-bit lanes only: max(v) = 32767 - min(32767 - v).
    private static short Max(Vector256<short> v)
    {
        Vector128<ushort> flipped = (Vector128.Create(short.MaxValue) - Vector128.Max(v.GetLower(), v.GetUpper())).AsUInt16();
        return (short)(short.MaxValue - Sse41.MinHorizontal(flipped).ToScalar());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void AddRow(ref short voxel, short bits)
    {
        Vector256<short> hu = Vector256.LoadUnsafe(ref voxel);
        Vector256<short> used = Vector256.Equals(Vector256.Create(bits) & LaneBits, LaneBits);
        Vector256<short> summed = hu & used;
        _sums += Avx2.MultiplyAddAdjacent(summed, Vector256<short>.One);

        // A pair of squares is at most 2^31: unsigned. The even and the odd pairs are added as 64 bits.
        Vector256<ulong> pairs = Avx2.MultiplyAddAdjacent(summed, summed).AsUInt64();
        _squares += (pairs & Vector256.Create((ulong)uint.MaxValue)) + (pairs >>> 32);
        _max = Vector256.Max(_max, Vector256.ConditionalSelect(used, hu, Vector256.Create(short.MinValue)));
    }
}
