using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace CalcQuant.Kernels;

/// <summary>Columns [Start, End) of a row, compact: DICOM's Columns (0028,0011) is an unsigned 16-bit number.</summary>
/// <param name="Start">First column.</param>
/// <param name="End">Column after the last.</param>
internal readonly record struct ColumnRun(ushort Start, ushort End);

/// <summary>Operations on one row of bits: bit b of word w is column 64 w + b, columns outside the row are 0.</summary>
internal static class BitRow
{
    /// <summary>Bits of a word.</summary>
    public const int WordBits = 64;

    /// <summary>Words that hold a row.</summary>
    public static int WordCount(int columnCount) => (columnCount + WordBits - 1) / WordBits;

    /// <summary>The bits of the last word that are columns; the rest is padding.</summary>
    public static ulong LastWordMask(int columnCount) => ulong.MaxValue >> ((WordBits - (columnCount % WordBits)) % WordBits);

    /// <summary>Bits [<paramref name="start"/>, <paramref name="end"/>) of a word; both are clamped to the word.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Between(int start, int end)
    {
        ulong from = ulong.MaxValue << Math.Max(start, 0);
        return end >= WordBits ? from : from & ~(ulong.MaxValue << end);
    }

    /// <summary>Writes the maximal runs of set bits, in order.</summary>
    /// <param name="row">The row; at most 65535 columns.</param>
    /// <param name="runs">Receives the runs; half the columns, rounded up, always suffices.</param>
    /// <returns>Number of runs.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int FindRuns(ReadOnlySpan<ulong> row, Span<ColumnRun> runs)
    {
        // A bit that differs from its left neighbour is an edge; edges alternate between starts and ends.
        Span<ushort> edges = MemoryMarshal.Cast<ColumnRun, ushort>(runs);
        int edgeCount = 0;
        ulong carry = 0;
        for (int w = 0; w < row.Length; w++)
        {
            ulong word = row[w];
            ulong edge = word ^ ((word << 1) | carry);
            carry = word >> (WordBits - 1);
            while (edge != 0)
            {
                edges[edgeCount++] = (ushort)((w * WordBits) + BitOperations.TrailingZeroCount(edge));
                edge &= edge - 1;
            }
        }

        if (carry != 0)
        {
            edges[edgeCount++] = (ushort)(row.Length * WordBits);
        }

        return edgeCount / 2;
    }

    /// <summary>Sets the columns [<paramref name="start"/>, <paramref name="end"/>).</summary>
    public static void Fill(Span<ulong> row, int start, int end)
    {
        if (start >= end)
        {
            return;
        }

        int first = start / WordBits;
        int last = (end - 1) / WordBits;
        ulong head = ulong.MaxValue << (start % WordBits);
        ulong tail = LastWordMask(end);
        if (first == last)
        {
            row[first] |= head & tail;
            return;
        }

        row[first] |= head;
        row[(first + 1)..last].Fill(ulong.MaxValue);
        row[last] |= tail;
    }

    /// <summary>Copies <paramref name="columnCount"/> columns from <paramref name="start"/> on to column 0 of another row.</summary>
    public static void Extract(ReadOnlySpan<ulong> row, int start, int columnCount, Span<ulong> target)
    {
        int word = start / WordBits;
        int shift = start % WordBits;
        int count = WordCount(columnCount);
        if (shift == 0)
        {
            row.Slice(word, count).CopyTo(target);
            target[count - 1] &= LastWordMask(columnCount);
            return;
        }

        for (int w = 0; w < count; w++)
        {
            ulong low = row[word + w] >> shift;
            ulong high = word + w + 1 < row.Length ? row[word + w + 1] << (WordBits - shift) : 0;
            target[w] = low | high;
        }

        target[count - 1] &= LastWordMask(columnCount);
    }

    /// <summary>Replaces <paramref name="columnCount"/> columns from <paramref name="start"/> on by columns 0 and up of another row.</summary>
    public static void Insert(ReadOnlySpan<ulong> source, int columnCount, Span<ulong> row, int start)
    {
        int aligned = 0;
        if (start % WordBits == 0)
        {
            aligned = columnCount / WordBits;
            source[..aligned].CopyTo(row[(start / WordBits)..]);
        }

        for (int column = aligned * WordBits; column < columnCount; column += WordBits)
        {
            int count = Math.Min(WordBits, columnCount - column);
            ulong bits = LastWordMask(count);
            ulong value = source[column / WordBits] & bits;
            int word = (start + column) / WordBits;
            int shift = (start + column) % WordBits;
            row[word] = (row[word] & ~(bits << shift)) | (value << shift);
            if (shift + count > WordBits)
            {
                row[word + 1] = (row[word + 1] & ~(bits >> (WordBits - shift))) | (value >> (WordBits - shift));
            }
        }
    }

    /// <summary>The columns of four rows of the same length.</summary>
    /// <param name="a">A row.</param>
    /// <param name="b">Another.</param>
    /// <param name="c">Another.</param>
    /// <param name="d">Another.</param>
    /// <param name="union">Receives what any of them has.</param>
    /// <returns>Whether any has a column.</returns>
    public static bool Union(ReadOnlySpan<ulong> a, ReadOnlySpan<ulong> b, ReadOnlySpan<ulong> c, ReadOnlySpan<ulong> d, Span<ulong> union)
    {
        b = b[..a.Length];
        c = c[..a.Length];
        d = d[..a.Length];
        union = union[..a.Length];
        int w = 0;
        Vector256<ulong> anyVector = Vector256<ulong>.Zero;
        for (; w <= a.Length - Vector256<ulong>.Count; w += Vector256<ulong>.Count)
        {
            Vector256<ulong> words = LoadAt(a, w) | LoadAt(b, w) | LoadAt(c, w) | LoadAt(d, w);
            words.StoreUnsafe(ref MemoryMarshal.GetReference(union), (nuint)w);
            anyVector |= words;
        }

        ulong any = anyVector == Vector256<ulong>.Zero ? 0UL : 1;
        for (; w < a.Length; w++)
        {
            union[w] = a[w] | b[w] | c[w] | d[w];
            any |= union[w];
        }

        return any != 0;
    }

    /// <summary>Copies a row. Rows are a few vectors long: a loop costs less than a call.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Copy(ReadOnlySpan<ulong> row, Span<ulong> target)
    {
        target = target[..row.Length];
        int w = 0;
        for (; w <= row.Length - Vector256<ulong>.Count; w += Vector256<ulong>.Count)
        {
            LoadAt(row, w).StoreUnsafe(ref MemoryMarshal.GetReference(target), (nuint)w);
        }

        for (; w < row.Length; w++)
        {
            target[w] = row[w];
        }
    }

    /// <summary>Sets the columns that are set in another row.</summary>
    public static void Or(Span<ulong> row, ReadOnlySpan<ulong> other)
    {
        int w = 0;
        for (; w <= row.Length - Vector<ulong>.Count; w += Vector<ulong>.Count)
        {
            (new Vector<ulong>(row[w..]) | new Vector<ulong>(other[w..])).CopyTo(row[w..]);
        }

        for (; w < row.Length; w++)
        {
            row[w] |= other[w];
        }
    }

    /// <summary>Keeps the columns that are set in another row.</summary>
    public static void And(Span<ulong> row, ReadOnlySpan<ulong> other)
    {
        int w = 0;
        for (; w <= row.Length - Vector<ulong>.Count; w += Vector<ulong>.Count)
        {
            (new Vector<ulong>(row[w..]) & new Vector<ulong>(other[w..])).CopyTo(row[w..]);
        }

        for (; w < row.Length; w++)
        {
            row[w] &= other[w];
        }
    }

    /// <summary>
    /// Sets every column within <paramref name="distance"/> of a set one. Bits may be set in the padding.
    /// </summary>
    /// <param name="row">The row, changed in place.</param>
    /// <param name="distance">Columns.</param>
    /// <param name="reached">How far the row was spread before: longer steps are then possible from the start.</param>
    public static void Spread(Span<ulong> row, int distance, int reached = 0)
    {
        // A row that was spread by r can be shifted by r + 1 without a gap. Twice as far would do inside the row, but not at its ends,
        // where the bits that would have to come back are lost.
        for (int left = distance; left > 0;)
        {
            int step = Math.Min(Math.Min(left, reached + 1), WordBits - 1);
            SpreadOnce(row, step);
            reached += step;
            left -= step;
        }
    }

    /// <summary>Keeps only the columns whose neighbours within <paramref name="distance"/> are all set; columns outside the row are not.</summary>
    /// <param name="row">The row, changed in place.</param>
    /// <param name="distance">Columns.</param>
    /// <param name="reached">How far the row was shrunk before.</param>
    public static void Shrink(Span<ulong> row, int distance, int reached = 0)
    {
        // The complement was spread by r into runs of at least 2 r + 1, so a shift by as much leaves no gap.
        for (int left = distance; left > 0;)
        {
            int step = Math.Min(Math.Min(left, (2 * reached) + 1), WordBits - 1);
            ShrinkOnce(row, step);
            reached += step;
            left -= step;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<ulong> LoadAt(ReadOnlySpan<ulong> row, int word) =>
        Vector256.LoadUnsafe(ref MemoryMarshal.GetReference(row), (nuint)word);

    private static void SpreadOnce(Span<ulong> row, int step)
    {
        ulong previous = 0;
        ulong current = row[0];
        for (int w = 0; w < row.Length; w++)
        {
            ulong next = w + 1 < row.Length ? row[w + 1] : 0;
            row[w] = current | (current << step) | (previous >> (WordBits - step)) | (current >> step) | (next << (WordBits - step));
            previous = current;
            current = next;
        }
    }

    private static void ShrinkOnce(Span<ulong> row, int step)
    {
        ulong previous = 0;
        ulong current = row[0];
        for (int w = 0; w < row.Length; w++)
        {
            ulong next = w + 1 < row.Length ? row[w + 1] : 0;
            row[w] = current & ((current << step) | (previous >> (WordBits - step))) & ((current >> step) | (next << (WordBits - step)));
            previous = current;
            current = next;
        }
    }
}
