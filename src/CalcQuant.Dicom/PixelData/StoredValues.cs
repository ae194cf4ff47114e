using System.Numerics;
using System.Runtime.InteropServices;

namespace CalcQuant.Dicom.PixelData;

/// <summary>
/// From pixel cells to stored values (PS3.5 8.1.1): shifted down by HighBit + 1 - BitsStored, masked to BitsStored, sign-extended. Two shifts do all three:
/// up until the high bit is the sign bit of the word, which drops what stands above it, e.g. overlay bits; then down, arithmetically where the
/// values are signed.
/// </summary>
internal static class StoredValues
{
    /// <summary>16-bit cells, in place.</summary>
    public static void Extract(Span<short> cells, PixelLayout layout)
    {
        const int WordBits = 16;
        int up = WordBits - 1 - layout.HighBit;
        int down = WordBits - layout.BitsStored;
        if (down == 0)
        {
            return;
        }

        Span<Vector<short>> vectors = MemoryMarshal.Cast<short, Vector<short>>(cells);
        if (layout.IsSigned)
        {
            foreach (ref Vector<short> vector in vectors)
            {
                vector = Vector.ShiftRightArithmetic(Vector.ShiftLeft(vector, up), down);
            }
        }
        else
        {
            foreach (ref Vector<short> vector in vectors)
            {
                vector = Vector.ShiftRightLogical(Vector.ShiftLeft(vector, up), down);
            }
        }

        foreach (ref short cell in cells[(vectors.Length * Vector<short>.Count)..])
        {
            short raised = (short)(cell << up);
            cell = layout.IsSigned ? (short)(raised >> down) : (short)((ushort)raised >> down);
        }
    }

    /// <summary>Cells of 8 (unpacked 1-bit cells among them), 16 or 32 bits to values of another or the same width.</summary>
    /// <param name="cells">Cells; may be the memory of <paramref name="values"/> where the widths are equal.</param>
    /// <param name="values">Receives the stored values. What does not fit wraps: unsigned values above the greatest signed one.</param>
    /// <param name="layout">The layout.</param>
    public static void Extract<TCell, TValue>(ReadOnlySpan<TCell> cells, Span<TValue> values, PixelLayout layout)
        where TCell : unmanaged, IBinaryInteger<TCell>
        where TValue : unmanaged, IBinaryInteger<TValue>
    {
        for (int i = 0; i < cells.Length; i++)
        {
            values[i] = TValue.CreateTruncating(Extract(int.CreateTruncating(cells[i]), layout));
        }
    }

    private static int Extract(int cell, PixelLayout layout)
    {
        const int WordBits = 32;
        int raised = cell << (WordBits - 1 - layout.HighBit);
        int down = WordBits - layout.BitsStored;
        return layout.IsSigned ? raised >> down : raised >>> down;
    }
}
