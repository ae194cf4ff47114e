using System.Numerics;
using System.Numerics.Tensors;
using CalcQuant.Imaging;
using CalcQuant.Kernels;

namespace CalcQuant.Segmentation;

/// <summary>
/// Binary voxels, one bit each: bit b of word w of a row is column 64 w + b. Rows are padded to whole words; padding bits are always 0.
/// A 512 x 512 x 400 mask takes 13 MB. Set operations change the mask they are called on and return it. <see cref="Dispose"/> keeps the memory for
/// the next mask; a mask that is not disposed of is collected like any object.
/// </summary>
public sealed class Mask : IDisposable
{
    private readonly int _wordCount;
    private ulong[]? _words;

    /// <summary>Creates an empty mask.</summary>
    public Mask(int columnCount, int rowCount, int sliceCount)
        : this(columnCount, rowCount, sliceCount, isCleared: true)
    {
    }

    private Mask(int columnCount, int rowCount, int sliceCount, bool isCleared)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(columnCount);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rowCount);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(sliceCount);
        ColumnCount = columnCount;
        RowCount = rowCount;
        SliceCount = sliceCount;
        WordsPerRow = BitRow.WordCount(columnCount);
        _wordCount = checked(WordsPerRow * rowCount * sliceCount);
        _words = LargeArrayPool.Shared.Rent<ulong>(_wordCount);
        if (isCleared)
        {
            Words.Clear();
        }
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
    /// <exception cref="ObjectDisposedException">The mask was disposed of.</exception>
    public Span<ulong> Words
    {
        get
        {
            ObjectDisposedException.ThrowIf(_words is null, this);
            return _words.AsSpan(0, _wordCount);
        }
    }

    /// <summary>True where no voxel is set.</summary>
    public bool IsEmpty => !Words.ContainsAnyExcept(0UL);

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

    /// <summary>A mask of given runs.</summary>
    /// <param name="columnCount">Voxels along a row.</param>
    /// <param name="rowCount">Rows of a slice.</param>
    /// <param name="sliceCount">Slices.</param>
    /// <param name="runs">Runs inside the mask, in any order; they may overlap.</param>
    public static Mask FromRuns(int columnCount, int rowCount, int sliceCount, ReadOnlySpan<VoxelRun> runs)
    {
        var mask = new Mask(columnCount, rowCount, sliceCount);
        mask.Fill(runs);
        return mask;
    }

    /// <summary>A mask of the size of a box; its voxel (0, 0, 0) is the first one of the box.</summary>
    /// <param name="box">The box.</param>
    /// <param name="runs">Runs inside the box, in any order; they may overlap.</param>
    internal static Mask FromRuns(VoxelBox box, ReadOnlySpan<VoxelRun> runs)
    {
        var mask = new Mask(box.ColumnCount, box.RowCount, box.SliceCount);
        foreach (VoxelRun run in runs)
        {
            BitRow.Fill(mask.Row(run.Row - box.MinRow, run.Slice - box.MinSlice), run.Start - box.MinColumn, run.End - box.MinColumn);
        }

        return mask;
    }

    /// <summary>A mask whose every word the caller writes before anything reads it.</summary>
    internal static Mask Uncleared(int columnCount, int rowCount, int sliceCount) => new(columnCount, rowCount, sliceCount, isCleared: false);

    /// <summary>The words of one row.</summary>
    public Span<ulong> Row(int row, int slice) => Words.Slice(((slice * RowCount) + row) * WordsPerRow, WordsPerRow);

    /// <summary>The words of one slice.</summary>
    public Span<ulong> Slice(int slice) => Words.Slice(slice * RowCount * WordsPerRow, RowCount * WordsPerRow);

    /// <summary>The maximal runs of set voxels of one row, in column order.</summary>
    public RowRuns RunsOf(int row, int slice) => new(Row(row, slice), row, slice);

    /// <summary>Number of set voxels.</summary>
    public long Count()
    {
        long count = 0;
        foreach (ulong word in Words)
        {
            count += BitOperations.PopCount(word);
        }

        return count;
    }

    /// <summary>Number of set voxels of one slice.</summary>
    public int CountOf(int slice)
    {
        int count = 0;
        foreach (ulong word in Slice(slice))
        {
            count += BitOperations.PopCount(word);
        }

        return count;
    }

    /// <summary>Number of voxels set in both masks, without building their intersection.</summary>
    /// <param name="other">A mask of the same size.</param>
    public long CountCommon(Mask other)
    {
        ThrowUnlessSameSize(other);
        long count = 0;
        ReadOnlySpan<ulong> words = Words;
        ReadOnlySpan<ulong> others = other.Words;
        for (int w = 0; w < words.Length; w++)
        {
            count += BitOperations.PopCount(words[w] & others[w]);
        }

        return count;
    }

    /// <summary>An independent copy.</summary>
    public Mask Clone() => Uncleared(ColumnCount, RowCount, SliceCount).CopyFrom(this);

    /// <summary>Takes over the voxels of another mask.</summary>
    /// <param name="other">A mask of the same size.</param>
    public Mask CopyFrom(Mask other)
    {
        ThrowUnlessSameSize(other);
        other.Words.CopyTo(Words);
        return this;
    }

    /// <summary>Unsets every voxel.</summary>
    public Mask Clear()
    {
        Words.Clear();
        return this;
    }

    /// <summary>Keeps the voxels that the other mask has too.</summary>
    /// <param name="other">A mask of the same size.</param>
    public Mask And(Mask other)
    {
        ThrowUnlessSameSize(other);
        TensorPrimitives.BitwiseAnd<ulong>(Words, other.Words, Words);
        return this;
    }

    /// <summary>Adds the voxels of the other mask.</summary>
    /// <param name="other">A mask of the same size.</param>
    public Mask Or(Mask other)
    {
        ThrowUnlessSameSize(other);
        TensorPrimitives.BitwiseOr<ulong>(Words, other.Words, Words);
        return this;
    }

    /// <summary>Removes the voxels of the other mask.</summary>
    /// <param name="other">A mask of the same size.</param>
    public Mask AndNot(Mask other)
    {
        ThrowUnlessSameSize(other);
        Span<ulong> words = Words;
        ReadOnlySpan<ulong> others = other.Words;
        int w = 0;
        for (; w <= words.Length - Vector<ulong>.Count; w += Vector<ulong>.Count)
        {
            Vector.AndNot(new Vector<ulong>(words[w..]), new Vector<ulong>(others[w..])).CopyTo(words[w..]);
        }

        for (; w < words.Length; w++)
        {
            words[w] &= ~others[w];
        }

        return this;
    }

    /// <summary>Swaps set and unset voxels; the padding stays 0.</summary>
    public Mask Invert()
    {
        TensorPrimitives.OnesComplement<ulong>(Words, Words);
        ClearPadding();
        return this;
    }

    /// <summary>Sets the voxels of runs.</summary>
    /// <param name="runs">Runs inside the mask, in any order; they may overlap.</param>
    public Mask Fill(ReadOnlySpan<VoxelRun> runs)
    {
        foreach (VoxelRun run in runs)
        {
            BitRow.Fill(Row(run.Row, run.Slice), run.Start, run.End);
        }

        return this;
    }

    /// <summary>The least box that holds every set voxel; null where the mask is empty.</summary>
    public VoxelBox? BoundingBox()
    {
        Span<ulong> columns = new ulong[WordsPerRow];
        int minRow = int.MaxValue;
        int maxRow = -1;
        int minSlice = int.MaxValue;
        int maxSlice = -1;
        for (int slice = 0; slice < SliceCount; slice++)
        {
            if (!Slice(slice).ContainsAnyExcept(0UL))
            {
                continue;
            }

            minSlice = Math.Min(minSlice, slice);
            maxSlice = slice;
            for (int row = 0; row < RowCount; row++)
            {
                ReadOnlySpan<ulong> words = Row(row, slice);
                if (words.ContainsAnyExcept(0UL))
                {
                    minRow = Math.Min(minRow, row);
                    maxRow = Math.Max(maxRow, row);
                    TensorPrimitives.BitwiseOr(columns, words, columns);
                }
            }
        }

        if (maxSlice < 0)
        {
            return null;
        }

        int first = columns.IndexOfAnyExcept(0UL);
        int last = columns.LastIndexOfAnyExcept(0UL);
        return new VoxelBox(
            (first * BitRow.WordBits) + BitOperations.TrailingZeroCount(columns[first]),
            minRow,
            minSlice,
            (last * BitRow.WordBits) + BitOperations.Log2(columns[last]),
            maxRow,
            maxSlice);
    }

    /// <summary>Copies a box of the mask.</summary>
    /// <param name="box">Inside the mask.</param>
    /// <returns>A mask of the size of the box; its voxel (0, 0, 0) is the first one of the box.</returns>
    public Mask Crop(VoxelBox box)
    {
        ThrowUnlessInside(box);
        var part = new Mask(box.ColumnCount, box.RowCount, box.SliceCount);
        for (int slice = 0; slice < part.SliceCount; slice++)
        {
            for (int row = 0; row < part.RowCount; row++)
            {
                BitRow.Extract(Row(box.MinRow + row, box.MinSlice + slice), box.MinColumn, part.ColumnCount, part.Row(row, slice));
            }
        }

        return part;
    }

    /// <summary>Replaces a box of the mask by another mask; voxels outside the box stay.</summary>
    /// <param name="part">The new voxels, which must fit.</param>
    /// <param name="column">Where its column 0 goes.</param>
    /// <param name="row">Where its row 0 goes.</param>
    /// <param name="slice">Where its slice 0 goes.</param>
    public Mask Paste(Mask part, int column, int row, int slice)
    {
        ArgumentNullException.ThrowIfNull(part);
        ThrowUnlessInside(new VoxelBox(
            column, row, slice, column + part.ColumnCount - 1, row + part.RowCount - 1, slice + part.SliceCount - 1));
        for (int z = 0; z < part.SliceCount; z++)
        {
            for (int y = 0; y < part.RowCount; y++)
            {
                BitRow.Insert(part.Row(y, z), part.ColumnCount, Row(row + y, slice + z), column);
            }
        }

        return this;
    }

    /// <summary>Keeps the memory for the next mask; this one must not be used any more.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _words, null) is { } words)
        {
            LargeArrayPool.Shared.Return(words);
        }
    }

    /// <summary>Unsets the padding bits of every row, after an operation on whole words.</summary>
    internal void ClearPadding()
    {
        for (int slice = 0; slice < SliceCount; slice++)
        {
            ClearPadding(slice);
        }
    }

    /// <summary>Unsets the padding bits of one slice.</summary>
    internal void ClearPadding(int slice)
    {
        ulong used = BitRow.LastWordMask(ColumnCount);
        if (used == ulong.MaxValue)
        {
            return;
        }

        Span<ulong> words = Slice(slice);
        for (int w = WordsPerRow - 1; w < words.Length; w += WordsPerRow)
        {
            words[w] &= used;
        }
    }

    internal void ThrowUnlessSameSize(Mask other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (other.ColumnCount != ColumnCount || other.RowCount != RowCount || other.SliceCount != SliceCount)
        {
            throw new ArgumentException(
                $"The masks differ in size: {ColumnCount} x {RowCount} x {SliceCount} and {other.ColumnCount} x {other.RowCount} x {other.SliceCount}.",
                nameof(other));
        }
    }

    private void ThrowUnlessInside(VoxelBox box)
    {
        if (box.MinColumn < 0 || box.MinRow < 0 || box.MinSlice < 0 ||
            box.MaxColumn >= ColumnCount || box.MaxRow >= RowCount || box.MaxSlice >= SliceCount ||
            box.MaxColumn < box.MinColumn || box.MaxRow < box.MinRow || box.MaxSlice < box.MinSlice)
        {
            throw new ArgumentOutOfRangeException(
                nameof(box), box, $"The box must lie inside the mask of {ColumnCount} x {RowCount} x {SliceCount} voxels.");
        }
    }

    /// <summary>Enumerates the runs of one row: <c>foreach (VoxelRun run in mask.RunsOf(row, slice))</c>. Allocates nothing.</summary>
    public ref struct RowRuns
    {
        private readonly ReadOnlySpan<ulong> _row;
        private readonly int _rowIndex;
        private readonly int _slice;
        private int _next;

        internal RowRuns(ReadOnlySpan<ulong> row, int rowIndex, int slice)
        {
            _row = row;
            _rowIndex = rowIndex;
            _slice = slice;
            Current = default;
        }

        /// <summary>The run reached.</summary>
        public VoxelRun Current { get; private set; }

        /// <summary>The enumerator itself.</summary>
        public readonly RowRuns GetEnumerator() => this;

        /// <summary>Goes to the next run.</summary>
        /// <returns>False after the last one.</returns>
        public bool MoveNext()
        {
            int start = Find(_next, flip: 0);
            if (start < 0)
            {
                return false;
            }

            int end = Find(start, flip: ulong.MaxValue);
            _next = end < 0 ? _row.Length * BitRow.WordBits : end;
            Current = new VoxelRun(_slice, _rowIndex, start, _next);
            return true;
        }

        // First column from `from` on whose bit, after the flip, is set; -1 where there is none.
        private readonly int Find(int from, ulong flip)
        {
            int w = from / BitRow.WordBits;
            if (w >= _row.Length)
            {
                return -1;
            }

            ulong word = (_row[w] ^ flip) & (ulong.MaxValue << (from % BitRow.WordBits));
            while (word == 0)
            {
                if (++w == _row.Length)
                {
                    return -1;
                }

                word = _row[w] ^ flip;
            }

            return (w * BitRow.WordBits) + BitOperations.TrailingZeroCount(word);
        }
    }
}
