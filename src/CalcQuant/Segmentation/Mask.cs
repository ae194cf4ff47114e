using System.Numerics;

namespace CalcQuant.Segmentation;

/// <summary>
/// Binary voxels, one bit each: bit b of word w of a row is column 64 w + b. Rows are padded to whole words; padding bits are always 0.
/// A 512 x 512 x 400 mask takes 13 MB.
/// </summary>
public sealed class Mask
{
    private readonly ulong[] _words;

    /// <summary>Creates an empty mask.</summary>
    public Mask(int columnCount, int rowCount, int sliceCount)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(columnCount);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rowCount);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(sliceCount);
        ColumnCount = columnCount;
        RowCount = rowCount;
        SliceCount = sliceCount;
        WordsPerRow = (columnCount + 63) / 64;
        _words = new ulong[checked(WordsPerRow * rowCount * sliceCount)];
    }

    /// <summary>Voxels along a row.</summary>
    public int ColumnCount { get; }

    /// <summary>Rows of a slice.</summary>
    public int RowCount { get; }

    /// <summary>Slices.</summary>
    public int SliceCount { get; }

    /// <summary>64-bit words of a row.</summary>
    public int WordsPerRow { get; }

    /// <summary>All words, row after row.</summary>
    public Span<ulong> Words => _words;

    /// <summary>Reads or writes one voxel.</summary>
    public bool this[int column, int row, int slice]
    {
        get => (Row(row, slice)[column >> 6] >> (column & 63) & 1) != 0;
        set
        {
            ref ulong word = ref Row(row, slice)[column >> 6];
            word = value ? word | (1UL << (column & 63)) : word & ~(1UL << (column & 63));
        }
    }

    /// <summary>The words of one row.</summary>
    public Span<ulong> Row(int row, int slice) => _words.AsSpan(((slice * RowCount) + row) * WordsPerRow, WordsPerRow);

    /// <summary>The words of one slice.</summary>
    public Span<ulong> Slice(int slice) => _words.AsSpan(slice * RowCount * WordsPerRow, RowCount * WordsPerRow);

    /// <summary>Number of set voxels.</summary>
    public long Count()
    {
        long count = 0;
        foreach (ulong word in _words)
        {
            count += BitOperations.PopCount(word);
        }

        return count;
    }

    /// <summary>An independent copy.</summary>
    public Mask Clone()
    {
        var copy = new Mask(ColumnCount, RowCount, SliceCount);
        _words.CopyTo(copy._words, 0);
        return copy;
    }
}
