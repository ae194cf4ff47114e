using System.Buffers.Binary;
using CalcQuant.Dicom.Encoding;

namespace CalcQuant.Dicom.PixelData;

/// <summary>
/// JPEG 2000 (ISO/IEC 15444-1) through OpenJPEG. The size of the image is compared with the header here, in the managed part, before native
/// code sees the codestream.
/// </summary>
internal static class Jpeg2000Frame
{
    private const ushort StartOfCodestream = 0xFF4F;
    private const ushort ImageAndTileSize = 0xFF51;
    private const ushort EndOfCodestream = 0xFFD9;
    private const int MaxTileCount = 65535;

    /// <summary>Decodes a frame to cells in the byte order of the machine, interleaved by pixel.</summary>
    /// <exception cref="InvalidDicomException">The codestream is damaged, cut short or does not fit the header, or OpenJPEG is not installed.</exception>
    public static void Decode(ReadOnlySpan<byte> frame, PixelLayout layout, Span<byte> cells)
    {
        ReadOnlySpan<byte> codestream = Unbox(frame);
        CheckSize(codestream, layout);
        OpenJpeg.Decode(codestream, layout, cells);
    }

    // Some writers put the boxes of a JP2 file around the codestream (15444-1 annex I), which DICOM does not want but all readers take.
    private static ReadOnlySpan<byte> Unbox(ReadOnlySpan<byte> frame)
    {
        const int BoxHeaderSize = 8;
        const int LongBoxHeaderSize = 16;
        const uint LongBox = 1;
        ReadOnlySpan<byte> signature = [0, 0, 0, 12, (byte)'j', (byte)'P', (byte)' ', (byte)' '];
        if (!frame.StartsWith(signature))
        {
            return frame;
        }

        while (frame.Length >= BoxHeaderSize)
        {
            uint length = BinaryPrimitives.ReadUInt32BigEndian(frame);
            bool isCodestream = frame.Slice(4, 4).SequenceEqual("jp2c"u8);
            if (isCodestream)
            {
                int headerSize = length == LongBox ? LongBoxHeaderSize : BoxHeaderSize;
                int end = length < BoxHeaderSize ? frame.Length : (int)Math.Min(length, (uint)frame.Length);
                return headerSize <= end ? frame[headerSize..end] : [];
            }

            if (length < BoxHeaderSize || length > frame.Length)
            {
                break;
            }

            frame = frame[(int)length..];
        }

        throw InvalidDicomException.Pixels("A JPEG 2000 frame has JP2 boxes without a codestream.");
    }

    // 15444-1 A.5.1.
    private static void CheckSize(ReadOnlySpan<byte> codestream, PixelLayout layout)
    {
        const int SizeOffset = 4;
        const int ComponentsOffset = SizeOffset + 38;
        const int ComponentSize = 3;
        if (codestream.Length < ComponentsOffset
            || BinaryPrimitives.ReadUInt16BigEndian(codestream) != StartOfCodestream
            || BinaryPrimitives.ReadUInt16BigEndian(codestream[2..]) != ImageAndTileSize)
        {
            throw InvalidDicomException.Pixels("A JPEG 2000 frame does not start with SOC and SIZ.");
        }

        static uint ReadField(ReadOnlySpan<byte> bytes, int index) => BinaryPrimitives.ReadUInt32BigEndian(bytes[(8 + (index * sizeof(uint)))..]);

        long columns = (long)ReadField(codestream, 0) - ReadField(codestream, 2);
        long rows = (long)ReadField(codestream, 1) - ReadField(codestream, 3);
        int components = BinaryPrimitives.ReadUInt16BigEndian(codestream[40..]);
        if (columns != layout.ColumnCount || rows != layout.RowCount || components != layout.SamplesPerPixel)
        {
            throw InvalidDicomException.Pixels(
                $"A JPEG 2000 frame has {rows} x {columns} pixels of {components} samples, the header {layout.RowCount} x {layout.ColumnCount} of {layout.SamplesPerPixel}.");
        }

        long tileColumns = ReadField(codestream, 4);
        long tileRows = ReadField(codestream, 5);
        bool hasTiles = tileColumns > 0 && tileRows > 0
            && ((columns + tileColumns - 1) / tileColumns) * ((rows + tileRows - 1) / tileRows) <= MaxTileCount;
        if (!hasTiles || codestream.Length < ComponentsOffset + (components * ComponentSize))
        {
            throw InvalidDicomException.Pixels("A JPEG 2000 frame has a damaged SIZ segment.");
        }

        for (int i = 0; i < components; i++)
        {
            const byte SignFlag = 0x80;
            ReadOnlySpan<byte> component = codestream.Slice(ComponentsOffset + (i * ComponentSize), ComponentSize);
            CodestreamPrecision.Check((component[0] & ~SignFlag) + 1, (component[0] & SignFlag) != 0, layout);
            if (component[1] != 1 || component[2] != 1)
            {
                throw InvalidDicomException.Pixels("A JPEG 2000 frame has subsampled components, which cannot be decoded.");
            }
        }

        // Without its end the codestream was cut, even where what is left can be decoded. Fragments are padded to even length with a zero, by some
        // writers with FF.
        ReadOnlySpan<byte> marker = [EndOfCodestream >> 8, EndOfCodestream & 0xFF];
        ReadOnlySpan<byte> trimmed = codestream.TrimEnd((byte)0);
        if (!trimmed.EndsWith(marker) && !(trimmed.EndsWith((ReadOnlySpan<byte>)[0xFF]) && trimmed[..^1].EndsWith(marker)))
        {
            throw InvalidDicomException.Pixels("A JPEG 2000 frame is truncated: its end-of-codestream marker is missing.");
        }
    }
}
