using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace CalcQuant.Kernels;

/// <summary>
/// The four rows of a block of 2 rows x 2 slices and the rows that face it in the blocks already seen, copied so that 64 columns from any column on
/// can be read without a look at the ends of the rows: a word of zeros lies before and after each row, and a row that does not exist is all zeros.
/// A block of a single row has zeros for its other three.
/// <code>
///                   slices before        same slices
///   rows before     BehindAbove          Above        (the next row; where a block has two slices, both of them or'ed)
///   same rows       Behind               the block    (the next slice; where a block has two rows, both of them or'ed)
///   rows after      BehindBelow
/// </code>
/// </summary>
internal sealed class BlockRows
{
    /// <summary>Columns of the block in one window: the outer two of 64 are for the neighbours of the inner ones.</summary>
    public const int Step = BitRow.WordBits - 2;

    private const int OwnRows = 4;
    private const int RowCount = OwnRows + 4;
    private const int Margin = 1;

    private readonly ulong[] _words;
    private readonly int _stride;
    private readonly int _wordsPerRow;
    private readonly int _bottomRow;
    private readonly ulong _straightSpread;
    private readonly ulong _diagonalSpread;

    /// <summary>Prepares for rows of a length.</summary>
    /// <param name="wordsPerRow">Words of a row.</param>
    /// <param name="isSquare">Whether a block is 2 x 2 rows, else it is one.</param>
    /// <param name="spreadsStraight">Whether voxels one column apart touch where their rows differ in the row or in the slice.</param>
    /// <param name="spreadsDiagonally">The same where they differ in both.</param>
    public BlockRows(int wordsPerRow, bool isSquare, bool spreadsStraight, bool spreadsDiagonally)
    {
        _wordsPerRow = wordsPerRow;
        _stride = wordsPerRow + (2 * Margin);
        _words = new ulong[RowCount * _stride];
        _bottomRow = isSquare ? 1 : 0;
        _straightSpread = spreadsStraight ? ulong.MaxValue : 0;
        _diagonalSpread = spreadsDiagonally ? ulong.MaxValue : 0;
    }

    /// <summary>Which of the rows that face the block.</summary>
    public enum Facing
    {
        /// <summary>Rows before, same slices.</summary>
        Above = OwnRows,

        /// <summary>Same rows, slices before.</summary>
        Behind,

        /// <summary>Rows before, slices before.</summary>
        BehindAbove,

        /// <summary>Rows after, slices before.</summary>
        BehindBelow,
    }

    /// <summary>Takes the rows of a block.</summary>
    /// <param name="first">The first row.</param>
    /// <param name="second">The next row, same slice; empty where there is none, as are the following.</param>
    /// <param name="third">The first row in the next slice.</param>
    /// <param name="fourth">The next row in the next slice.</param>
    /// <param name="union">Receives the columns that any of them has.</param>
    /// <returns>False where all are empty.</returns>
    public bool SetOwn(
        ReadOnlySpan<ulong> first, ReadOnlySpan<ulong> second, ReadOnlySpan<ulong> third, ReadOnlySpan<ulong> fourth, Span<ulong> union)
    {
        Debug.Assert(first.Length == _wordsPerRow && union.Length == _wordsPerRow);
        first.CopyTo(union);
        first.CopyTo(Row(0));
        Take(second, 1, union);
        Take(third, 2, union);
        Take(fourth, 3, union);
        return union.ContainsAnyExcept(0UL);
    }

    /// <summary>Takes rows that face the block: columns that either has.</summary>
    /// <param name="facing">Where they lie.</param>
    /// <param name="row">A row, or empty where there is none.</param>
    /// <param name="other">Another row, or empty.</param>
    public void SetFacing(Facing facing, ReadOnlySpan<ulong> row, ReadOnlySpan<ulong> other = default)
    {
        Span<ulong> target = Row((int)facing);
        if (row.IsEmpty)
        {
            target.Clear();
            return;
        }

        row.CopyTo(target);
        if (!other.IsEmpty)
        {
            BitRow.Or(target, other);
        }
    }

    /// <summary>The block's voxels of up to <see cref="Step"/> columns.</summary>
    /// <param name="column">First column; it is bit 1, so that bit 0 and bit 63 are free for neighbours.</param>
    /// <param name="count">Columns; the other bits are 0.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public OwnWindow Own(int column, int count)
    {
        // All four at once, so that the shift is worked out once.
        int start = column - 1 + (Margin * BitRow.WordBits);
        ref ulong word = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_words), start >> 6);
        ulong used = ulong.MaxValue >> (BitRow.WordBits - count) << 1;
        return new OwnWindow(
            Window(ref word, start) & used,
            Window(ref Unsafe.Add(ref word, _stride), start) & used,
            Window(ref Unsafe.Add(ref word, 2 * _stride), start) & used,
            Window(ref Unsafe.Add(ref word, 3 * _stride), start) & used);
    }

    /// <summary>The facing voxels that touch voxels of the block, in the columns of its window.</summary>
    /// <param name="own">Voxels of the block.</param>
    /// <param name="column">The column of their bit 1.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Contacts ContactsOf(in OwnWindow own, int column)
    {
        int start = column - 1 + (Margin * BitRow.WordBits);
        ref ulong word = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_words), (start >> 6) + (OwnRows * _stride));
        ulong above = Window(ref word, start);
        ulong behind = Window(ref Unsafe.Add(ref word, _stride), start);
        ulong behindAbove = Window(ref Unsafe.Add(ref word, 2 * _stride), start);
        ulong behindBelow = Window(ref Unsafe.Add(ref word, 3 * _stride), start);
        return new Contacts(
            above & Spread(own.First | own.Third, _straightSpread),
            behind & Spread(own.First | own.Second, _straightSpread),
            behindAbove & Spread(own.First, _diagonalSpread),
            behindBelow & Spread(_bottomRow == 0 ? own.First : own.Second, _diagonalSpread));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Spread(ulong bits, ulong isSpread) => bits | (((bits << 1) | (bits >> 1)) & isSpread);

    // 64 bits from bit start % 64 of a word on. A shift by 64 would be one by 0.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Window(ref ulong word, int start) =>
        (word >> (start & 63)) | (Unsafe.Add(ref word, 1) << 1 << (~start & 63));

    private Span<ulong> Row(int index) => _words.AsSpan((index * _stride) + Margin, _wordsPerRow);

    private void Take(ReadOnlySpan<ulong> row, int index, Span<ulong> union)
    {
        Span<ulong> target = Row(index);
        if (row.IsEmpty)
        {
            target.Clear();
            return;
        }

        row.CopyTo(target);
        BitRow.Or(union, row);
    }

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
    /// <param name="Above">Rows before, same slices.</param>
    /// <param name="Behind">Same rows, slices before.</param>
    /// <param name="BehindAbove">Rows before, slices before.</param>
    /// <param name="BehindBelow">Rows after, slices before.</param>
    public readonly record struct Contacts(ulong Above, ulong Behind, ulong BehindAbove, ulong BehindBelow)
    {
        /// <summary>Whether nothing touches.</summary>
        public bool AreNone => (Above | Behind | BehindAbove | BehindBelow) == 0;
    }
}
