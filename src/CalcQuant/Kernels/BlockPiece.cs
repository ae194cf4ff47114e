using System.Numerics;
using System.Runtime.CompilerServices;

namespace CalcQuant.Kernels;

/// <summary>
/// The voxels of one run of a block of up to 2 rows x 2 slices: what a component gains from them. They come packed, 16 columns of the four rows in
/// one word, lane r of 16 bits for row r in raster order (row, next row, and the same in the next slice), so that one population count adds up all
/// four rows.
/// </summary>
/// <param name="columns">Their columns.</param>
internal struct BlockPiece(ColumnRun columns)
{
    /// <summary>Columns of a packed word.</summary>
    public const int PackedColumns = 16;

    /// <summary>The lanes of the second row of either slice.</summary>
    private const ulong SecondRows = 0xFFFF_0000_FFFF_0000;

    private const int SecondSliceShift = 32;

    private ulong _seen;

    /// <summary>First and last column, exact.</summary>
    public ColumnRun Columns { get; } = columns;

    /// <summary>Voxels.</summary>
    public int VoxelCount { get; private set; }

    /// <summary>Sum of their columns.</summary>
    public long SumColumn { get; private set; }

    /// <summary>How many of them lie in the second row.</summary>
    public int InSecondRow { get; private set; }

    /// <summary>How many of them lie in the second slice.</summary>
    public int InSecondSlice { get; private set; }

    /// <summary>The first voxel in raster order: 65536 times its lane plus its column.</summary>
    public int FirstLaneAndColumn { get; private set; } = int.MaxValue;

    /// <summary>First row, counted from that of the block.</summary>
    public readonly int MinRow => (_seen & ~SecondRows) != 0 ? 0 : 1;

    /// <summary>Last row, counted from the first of the block.</summary>
    public readonly int MaxRow => (_seen & SecondRows) != 0 ? 1 : 0;

    /// <summary>First slice, counted from that of the block.</summary>
    public readonly int MinSlice => (uint)_seen != 0 ? 0 : 1;

    /// <summary>Last slice, counted from the first of the block.</summary>
    public readonly int MaxSlice => _seen >> SecondSliceShift != 0 ? 1 : 0;

    /// <summary>Adds 16 columns.</summary>
    /// <param name="packed">Which voxels; at least one.</param>
    /// <param name="column">The column of bit 0 of each lane.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(ulong packed, int column)
    {
        int count = BitOperations.PopCount(packed);
        VoxelCount += count;
        SumColumn += ((long)column * count) + SumOfPositions(packed);
        InSecondRow += BitOperations.PopCount(packed & SecondRows);
        InSecondSlice += BitOperations.PopCount(packed >> SecondSliceShift);
        _seen |= packed;
        int first = BitOperations.TrailingZeroCount(packed);
        FirstLaneAndColumn = Math.Min(FirstLaneAndColumn, ((first / PackedColumns) << 16) | (column + (first % PackedColumns)));
    }

    // Positions within the lanes: one term per binary digit, how many of the set bits have it.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int SumOfPositions(ulong packed) =>
        BitOperations.PopCount(packed & 0xAAAA_AAAA_AAAA_AAAA) +
        (BitOperations.PopCount(packed & 0xCCCC_CCCC_CCCC_CCCC) << 1) +
        (BitOperations.PopCount(packed & 0xF0F0_F0F0_F0F0_F0F0) << 2) +
        (BitOperations.PopCount(packed & 0xFF00_FF00_FF00_FF00) << 3);
}
