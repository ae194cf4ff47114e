using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using CalcQuant.Dicom.Encoding;

namespace CalcQuant.Dicom.PixelData;

/// <summary>
/// RLE Lossless (PS3.5 annex G): up to 15 segments, one for each byte of each sample, high byte first, each packed like TIFF PackBits.
/// </summary>
internal static class RleFrame
{
    /// <summary>The most bytes one compressed byte can give: a run of 128 takes two.</summary>
    public const int MaxExpansion = 64;

    private const int HeaderSize = 64;
    private const int MaxSegmentCount = 15;

    /// <summary>Decodes a frame to cells in the byte order of the machine, interleaved by pixel.</summary>
    /// <exception cref="InvalidDicomException">The frame is damaged or cut short.</exception>
    public static void Decode(ReadOnlySpan<byte> frame, PixelLayout layout, Span<byte> cells)
    {
        int bytesPerCell = layout.BytesPerCell;
        int planeCount = layout.SamplesPerPixel * bytesPerCell;
        if (frame.Length < HeaderSize || BinaryPrimitives.ReadInt32LittleEndian(frame) != planeCount || planeCount > MaxSegmentCount)
        {
            throw InvalidDicomException.Pixels("An RLE frame has a damaged header or another number of segments than its samples need.");
        }

        int pixelCount = layout.RowCount * layout.ColumnCount;
        byte[] planes = ArrayPool<byte>.Shared.Rent(checked(planeCount * pixelCount));
        try
        {
            for (int plane = 0; plane < planeCount; plane++)
            {
                ReadOnlySpan<byte> offsets = frame[sizeof(int)..HeaderSize];
                uint start = BinaryPrimitives.ReadUInt32LittleEndian(offsets[(plane * sizeof(uint))..]);
                uint end = plane + 1 < planeCount ? BinaryPrimitives.ReadUInt32LittleEndian(offsets[((plane + 1) * sizeof(uint))..]) : (uint)frame.Length;
                if (start < HeaderSize || end < start || end > frame.Length)
                {
                    throw InvalidDicomException.Pixels("An RLE frame has segment offsets outside of it.");
                }

                Unpack(frame[(int)start..(int)end], planes.AsSpan(plane * pixelCount, pixelCount));
            }

            Interleave(planes, pixelCount, layout.SamplesPerPixel, bytesPerCell, cells);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(planes);
        }
    }

    private static void Unpack(ReadOnlySpan<byte> segment, Span<byte> plane)
    {
        const byte NoOperation = 128;
        int position = 0;
        int filled = 0;
        while (filled < plane.Length)
        {
            if (position >= segment.Length)
            {
                throw InvalidDicomException.Pixels("An RLE segment is cut short.");
            }

            byte control = segment[position++];
            if (control < NoOperation)
            {
                int count = control + 1;
                if (count > segment.Length - position || count > plane.Length - filled)
                {
                    throw InvalidDicomException.Pixels("An RLE segment holds another number of bytes than the frame has pixels.");
                }

                segment.Slice(position, count).CopyTo(plane[filled..]);
                position += count;
                filled += count;
            }
            else if (control > NoOperation)
            {
                int count = 257 - control;
                if (position >= segment.Length || count > plane.Length - filled)
                {
                    throw InvalidDicomException.Pixels("An RLE segment holds another number of bytes than the frame has pixels.");
                }

                plane.Slice(filled, count).Fill(segment[position++]);
                filled += count;
            }
        }

        // A segment is padded to even length; more than padding means that the frame is larger than the header says.
        if (segment[position..].ContainsAnyExcept((byte)0, NoOperation))
        {
            throw InvalidDicomException.Pixels("An RLE segment holds more bytes than the frame has pixels.");
        }
    }

    private static void Interleave(ReadOnlySpan<byte> planes, int pixelCount, int sampleCount, int bytesPerCell, Span<byte> cells)
    {
        if (BitConverter.IsLittleEndian && sampleCount == 1 && bytesPerCell == 2)
        {
            Zip(planes[..pixelCount], planes.Slice(pixelCount, pixelCount), MemoryMarshal.Cast<byte, ushort>(cells));
            return;
        }

        int stride = sampleCount * bytesPerCell;
        for (int plane = 0; plane < stride; plane++)
        {
            int sample = plane / bytesPerCell;
            int significance = BitConverter.IsLittleEndian ? bytesPerCell - 1 - (plane % bytesPerCell) : plane % bytesPerCell;
            ReadOnlySpan<byte> source = planes.Slice(plane * pixelCount, pixelCount);
            int target = (sample * bytesPerCell) + significance;
            foreach (byte value in source)
            {
                cells[target] = value;
                target += stride;
            }
        }
    }

    private static void Zip(ReadOnlySpan<byte> high, ReadOnlySpan<byte> low, Span<ushort> cells)
    {
        int position = 0;
        for (; position + Vector<byte>.Count <= high.Length; position += Vector<byte>.Count)
        {
            Vector.Widen(new Vector<byte>(high[position..]), out Vector<ushort> highFirst, out Vector<ushort> highSecond);
            Vector.Widen(new Vector<byte>(low[position..]), out Vector<ushort> lowFirst, out Vector<ushort> lowSecond);
            (Vector.ShiftLeft(highFirst, 8) | lowFirst).CopyTo(cells[position..]);
            (Vector.ShiftLeft(highSecond, 8) | lowSecond).CopyTo(cells[(position + Vector<ushort>.Count)..]);
        }

        for (; position < high.Length; position++)
        {
            cells[position] = (ushort)((high[position] << 8) | low[position]);
        }
    }
}
