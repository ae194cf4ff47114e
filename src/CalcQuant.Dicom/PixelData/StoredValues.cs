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

    /// <summary>32-bit cells, in place. Unsigned values above <see cref="int.MaxValue"/> wrap.</summary>
    public static void Extract(Span<int> cells, PixelLayout layout)
    {
        foreach (ref int cell in cells)
        {
            cell = Extract(cell, layout);
        }
    }

    /// <summary>16-bit cells to integers.</summary>
    public static void Extract(ReadOnlySpan<short> cells, Span<int> values, PixelLayout layout)
    {
        for (int i = 0; i < cells.Length; i++)
        {
            values[i] = Extract(cells[i], layout);
        }
    }

    /// <summary>8-bit cells, or unpacked 1-bit cells, to integers.</summary>
    public static void Extract(ReadOnlySpan<byte> cells, Span<int> values, PixelLayout layout)
    {
        for (int i = 0; i < cells.Length; i++)
        {
            values[i] = Extract(cells[i], layout);
        }
    }

    /// <summary>8-bit cells, or unpacked 1-bit cells, to 16-bit values.</summary>
    public static void Extract(ReadOnlySpan<byte> cells, Span<short> values, PixelLayout layout)
    {
        for (int i = 0; i < cells.Length; i++)
        {
            values[i] = (short)Extract(cells[i], layout);
        }
    }

    /// <summary>32-bit cells of at most 16 stored bits to 16-bit values.</summary>
    public static void Extract(ReadOnlySpan<int> cells, Span<short> values, PixelLayout layout)
    {
        for (int i = 0; i < cells.Length; i++)
        {
            values[i] = (short)Extract(cells[i], layout);
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
