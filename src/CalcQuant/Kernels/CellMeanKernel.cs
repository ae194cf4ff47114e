using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace CalcQuant.Kernels;

/// <summary>
/// Means of cells of a few pixels, in two steps: rows are added pixel by pixel, sums[x] += clamp(row[x], least, greatest); then
/// mean[c] = (sums[f c] + ... + sums[f c + f - 1]) / (f rows), the quotient of integers cut towards zero.
/// </summary>
internal static class CellMeanKernel
{
    /// <summary>Rows whose clamped HU (-1024 to 3071) are sure to add up within 16 bits.</summary>
    public const int GreatestRowCount = 10;

    /// <summary>Adds a row of pixels.</summary>
    /// <param name="row">HU.</param>
    /// <param name="least">Smaller values count as this, HU.</param>
    /// <param name="greatest">Greater values count as this, HU.</param>
    /// <param name="sums">As long as the row; changed in place.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddRow(ReadOnlySpan<short> row, short least, short greatest, Span<short> sums)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(sums.Length, row.Length);
        ref short source = ref MemoryMarshal.GetReference(row);
        ref short target = ref MemoryMarshal.GetReference(sums);
        var low = new Vector<short>(least);
        var high = new Vector<short>(greatest);
        int i = 0;
        for (; i <= row.Length - Vector<short>.Count; i += Vector<short>.Count)
        {
            Vector<short> clamped = Vector.Min(Vector.Max(Vector.LoadUnsafe(ref source, (nuint)i), low), high);
            (Vector.LoadUnsafe(ref target, (nuint)i) + clamped).StoreUnsafe(ref target, (nuint)i);
        }

        for (; i < row.Length; i++)
        {
            sums[i] += Math.Clamp(row[i], least, greatest);
        }
    }

    /// <summary>Divides the sums of cells by their pixels.</summary>
    /// <param name="sums">Sums of the rows, pixel by pixel.</param>
    /// <param name="columnsPerCell">Pixels of a cell along the row; the last cell may have fewer.</param>
    /// <param name="rowCount">Rows that were added.</param>
    /// <param name="means">One for each cell; overwritten.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Average(ReadOnlySpan<short> sums, int columnsPerCell, int rowCount, Span<short> means)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(means.Length, (sums.Length + columnsPerCell - 1) / columnsPerCell);
        int cell = 0;
        if (columnsPerCell == 2)
        {
            // A pair of sums is one 32-bit lane: its halves, sign-extended, are added. Two vectors of pairs make one of means. Single precision
            // holds sums and divisor exactly, and a quotient that is no whole number is farther from one than its rounding.
            ref int pairs = ref Unsafe.As<short, int>(ref MemoryMarshal.GetReference(sums));
            ref short target = ref MemoryMarshal.GetReference(means);
            var divisor = new Vector<float>(2 * rowCount);
            int width = Vector<int>.Count;
            for (; (cell + (2 * width)) * 2 <= sums.Length; cell += 2 * width)
            {
                Vector<int> first = Quotient(Vector.LoadUnsafe(ref pairs, (nuint)cell), divisor);
                Vector<int> second = Quotient(Vector.LoadUnsafe(ref pairs, (nuint)(cell + width)), divisor);
                Vector.Narrow(first, second).StoreUnsafe(ref target, (nuint)cell);
            }
        }

        for (; cell < means.Length; cell++)
        {
            ReadOnlySpan<short> columns = sums[(cell * columnsPerCell)..Math.Min(sums.Length, (cell + 1) * columnsPerCell)];
            int sum = 0;
            foreach (short column in columns)
            {
                sum += column;
            }

            means[cell] = (short)(sum / (columns.Length * rowCount));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<int> Quotient(Vector<int> pairs, Vector<float> divisor)
    {
        // The halves are the same two numbers whichever comes first in memory.
        Vector<int> sum = Vector.ShiftRightArithmetic(Vector.ShiftLeft(pairs, 16), 16) + Vector.ShiftRightArithmetic(pairs, 16);
        return Vector.ConvertToInt32(Vector.ConvertToSingle(sum) / divisor);
    }
}
