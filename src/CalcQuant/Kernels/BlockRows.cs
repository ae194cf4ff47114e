using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using CalcQuant.Segmentation;

namespace CalcQuant.Kernels;

/// <summary>
/// The four rows of a block of 2 rows x 2 slices and the rows that face it in the blocks already seen, copied so that 64 columns from any column on
/// can be read without a look at the ends of the rows: a word of zeros lies before and after each row, and a row that does not exist is all zeros.
/// A block of a single row has zeros for its other three. Seen along the rows (slices from left to right):
/// <code>
///                   slice before     the slice      the next
///   row before      BehindAbove      AboveFirst     AboveSecond
///   first row       BehindFirst      First          Third
///   second row      BehindSecond     Second         Fourth
///   row after       BehindBelow
/// </code>
/// </summary>
internal sealed class BlockRows
{
    /// <summary>Columns of the block in one window: the outer two of 64 are for the neighbours of the inner ones.</summary>
    public const int Step = BitRow.WordBits - 2;

    private const int OwnRows = 4;
    private const int RowCount = OwnRows + 6;
    private const int Margin = 1;

    private readonly ulong[] _words;
    private readonly int _stride;
    private readonly int _wordsPerRow;
    private readonly bool _isSquare;
    private readonly ulong _hasDiagonals;
    private readonly ulong _straightSpread;
    private readonly ulong _diagonalSpread;

    /// <summary>Prepares for rows of a length.</summary>
    /// <param name="wordsPerRow">Words of a row.</param>
    /// <param name="connectivity">Which voxels touch; a block is 2 x 2 rows where all 26 neighbours do, else it is a single row.</param>
    public BlockRows(int wordsPerRow, Connectivity connectivity)
    {
        _wordsPerRow = wordsPerRow;
        _stride = wordsPerRow + (2 * Margin);
        _words = new ulong[RowCount * _stride];
        _isSquare = connectivity == Connectivity.Full26;
        _hasDiagonals = connectivity != Connectivity.Faces6 ? ulong.MaxValue : 0;
        _straightSpread = _hasDiagonals;
        _diagonalSpread = connectivity == Connectivity.Full26 ? ulong.MaxValue : 0;
    }

    /// <summary>Rows that face the block.</summary>
    public enum Facing
    {
        /// <summary>Row before, same slice.</summary>
        AboveFirst = OwnRows,

        /// <summary>Row before, the next slice.</summary>
        AboveSecond,

        /// <summary>First row, slice before.</summary>
        BehindFirst,

        /// <summary>Second row, slice before.</summary>
        BehindSecond,

        /// <summary>Row before, slice before.</summary>
        BehindAbove,

        /// <summary>Row after, slice before.</summary>
        BehindBelow,
    }

    /// <summary>Takes the rows of a block; those that do not exist are zeros.</summary>
    /// <param name="first">The first row.</param>
    /// <param name="second">The next row, same slice.</param>
    /// <param name="third">The first row in the next slice.</param>
    /// <param name="fourth">The next row in the next slice.</param>
    /// <param name="union">Receives the columns that any of them has.</param>
    /// <returns>False where all are empty.</returns>
    public bool SetOwn(
        ReadOnlySpan<ulong> first, ReadOnlySpan<ulong> second, ReadOnlySpan<ulong> third, ReadOnlySpan<ulong> fourth, Span<ulong> union)
    {
        if (!BitRow.Union(first, second, third, fourth, union))
        {
            return false;
        }

        Set(0, first);
        Set(1, second);
        Set(2, third);
        Set(3, fourth);
        return true;
    }

    /// <summary>Takes a row that faces the block.</summary>
    /// <param name="facing">Where it lies.</param>
    /// <param name="row">The row; zeros where there is none.</param>
    public void SetFacing(Facing facing, ReadOnlySpan<ulong> row) => Set((int)facing, row);

    /// <summary>The block's voxels of up to <see cref="Step"/> columns.</summary>
    /// <param name="column">First column; it is bit 1, so that bit 0 and bit 63 are free for neighbours.</param>
    /// <param name="count">Columns; the other bits are 0.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public OwnWindow Own(int column, int count)
    {
        ulong used = ulong.MaxValue >> (BitRow.WordBits - count) << 1;
        return new OwnWindow(Window(0, column) & used, Window(1, column) & used, Window(2, column) & used, Window(3, column) & used);
    }

    /// <summary>
    /// The facing voxels that touch voxels of the block, in the columns of its window. Voxels above, or behind and above or below, are left out
    /// where they touch one behind that is given: as both were seen before, they are known to be one component.
    /// </summary>
    /// <param name="own">Voxels of the block.</param>
    /// <param name="column">The column of their bit 1.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Contacts ContactsOf(in OwnWindow own, int column)
    {
        ulong reached = Spread(own.First | own.Second, _straightSpread);
        ulong behindFirst = Window((int)Facing.BehindFirst, column) & reached;
        ulong behindSecond = Window((int)Facing.BehindSecond, column) & reached;
        ulong knownAbove = Spread(behindFirst, _diagonalSpread) & _hasDiagonals;
        ulong above = (Window((int)Facing.AboveFirst, column) & ~knownAbove) | Window((int)Facing.AboveSecond, column);
        ulong lastRow = _isSquare ? own.Second : own.First;
        ulong behindLast = _isSquare ? behindSecond : behindFirst;
        return new Contacts(
            above & Spread(own.First | own.Third, _straightSpread),
            behindFirst | behindSecond,
            Window((int)Facing.BehindAbove, column) & Spread(own.First, _diagonalSpread) & ~Spread(behindFirst, _straightSpread),
            Window((int)Facing.BehindBelow, column) & Spread(lastRow, _diagonalSpread) & ~Spread(behindLast, _straightSpread));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Spread(ulong bits, ulong isSpread) => bits | (((bits << 1) | (bits >> 1)) & isSpread);

    // 64 bits of a row: bit 1 is a column.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ulong Window(int row, int column)
    {
        int bit = column - 1 + (Margin * BitRow.WordBits);
        ref ulong word = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_words), (row * _stride) + (bit >> 6));

        // A shift by 64 would be one by 0.
        return (word >> (bit & 63)) | (Unsafe.Add(ref word, 1) << 1 << (~bit & 63));
    }

    private void Set(int index, ReadOnlySpan<ulong> row) => BitRow.Copy(row, _words.AsSpan((index * _stride) + Margin, _wordsPerRow));

    /// <summary>Voxels of the four rows of a block: bit b is column c - 1 + b.</summary>
    /// <param name="First">First row.</param>
    /// <param name="Second">The next row.</param>
    /// <param name="Third">First row, next slice.</param>
    /// <param name="Fourth">The next row, next slice.</param>
    public readonly record struct OwnWindow(ulong First, ulong Second, ulong Third, ulong Fourth)
    {
        private const ulong Lane = 0xFFFF;

        /// <summary>16 columns of all four rows: lane r of 16 bits is row r.</summary>
        /// <param name="bit">The bit of the first of them.</param>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public ulong Pack(int bit) =>
            ((First >> bit) & Lane) | (((Second >> bit) & Lane) << 16) | (((Third >> bit) & Lane) << 32) | ((Fourth >> bit) << 48);
    }

    /// <summary>Voxels beside a block that touch it, by where they lie: bit b is column c - 1 + b.</summary>
    /// <param name="Above">Row before, either slice.</param>
    /// <param name="Behind">Either row, slice before.</param>
    /// <param name="BehindAbove">Row before, slice before.</param>
    /// <param name="BehindBelow">Row after, slice before.</param>
    public readonly record struct Contacts(ulong Above, ulong Behind, ulong BehindAbove, ulong BehindBelow)
    {
        /// <summary>Whether nothing touches.</summary>
        public bool AreNone => (Above | Behind | BehindAbove | BehindBelow) == 0;
    }
}
