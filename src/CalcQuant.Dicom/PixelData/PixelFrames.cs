using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using CalcQuant.Analysis;
using CalcQuant.Dicom.Encoding;

namespace CalcQuant.Dicom.PixelData;

/// <summary>Frames of one file as stored values: shifted by HighBit + 1 - BitsStored, masked to BitsStored, sign-extended, not rescaled.</summary>
public sealed class PixelFrames
{
    // A deflate stream cannot expand more (RFC 1951: 258 bytes take at least two bits).
    private const int MaxDeflateExpansion = 1032;

    // 64 KiB: small beside the second-level cache of a core, large beside the cost of asking the system for it.
    private const int PieceLength = 32 << 10;

    private readonly DicomFile _file;
    private readonly PixelDataLocation _location;
    private readonly TransferSyntax _syntax;
    private readonly EncapsulatedFrames? _encapsulated;
    private readonly Lazy<byte[]>? _inflated;
    private readonly string? _sopInstanceUid;

    private PixelFrames(DicomFile file, PixelDataLocation location, TransferSyntax syntax, PixelLayout layout, EncapsulatedFrames? encapsulated, string? sopInstanceUid)
    {
        _file = file;
        _location = location;
        _syntax = syntax;
        _encapsulated = encapsulated;
        _sopInstanceUid = sopInstanceUid;
        Layout = layout;
        if (syntax.IsDeflated && layout.FrameCount > 1)
        {
            // Frames may be asked for in any order, a deflate stream has only one: unpacked once, when the first is asked for. A single frame
            // is unpacked anew each time instead, so that a series of many files does not keep them all.
            _inflated = new Lazy<byte[]>(Inflate);
        }
    }

    /// <summary>Layout.</summary>
    public PixelLayout Layout { get; }

    /// <summary>Checks layout, syntax and length without decoding.</summary>
    /// <returns>True with the frames, or false with what is wrong.</returns>
    public static bool TryOpen(DicomFile file, ReadingLimits limits, [NotNullWhen(true)] out PixelFrames? frames, out SeriesIssue issue)
    {
        ArgumentNullException.ThrowIfNull(file);
        ArgumentNullException.ThrowIfNull(limits);
        string? sopInstanceUid = file.DataSet.GetString(DicomTags.SOPInstanceUID);
        try
        {
            frames = Open(file, limits, sopInstanceUid);
            issue = default;
            return true;
        }
        catch (InvalidDicomException invalid)
        {
            frames = null;
            issue = invalid.ToIssue(sopInstanceUid);
            return false;
        }
    }

    /// <summary>Decodes one frame. Thread-safe: frames may be decoded in parallel.</summary>
    /// <param name="frame">Frame index from 0.</param>
    /// <param name="values">
    /// Receives <see cref="PixelLayout.ValuesPerFrame"/> stored values, colour interleaved by pixel. Unsigned 32-bit values above
    /// <see cref="int.MaxValue"/> wrap.
    /// </param>
    /// <exception cref="ArgumentException">There is no such frame, or <paramref name="values"/> has another length.</exception>
    public FrameDecoding Decode(int frame, Span<int> values) => DecodeWhole(frame, values);

    /// <summary>
    /// Decodes one grey frame of at most 16 bits: the fast path of CT, native frames are read straight into place. Values of unsigned 16-bit
    /// data above 32767 wrap; the layout says how to read them.
    /// </summary>
    /// <param name="frame">Frame index from 0.</param>
    /// <param name="values">Receives <see cref="PixelLayout.ValuesPerFrame"/> stored values.</param>
    /// <exception cref="ArgumentException">
    /// There is no such frame, <paramref name="values"/> has another length, or the layout has colour or more than 16 stored bits.
    /// </exception>
    public FrameDecoding Decode(int frame, Span<short> values)
    {
        Check(frame, values.Length);
        return Layout.SamplesPerPixel == 1 && Layout.BitsStored <= 16
            ? DecodeWhole(frame, values)
            : throw new ArgumentException($"Frames of {Layout.SamplesPerPixel} samples of {Layout.BitsStored} bits do not fit 16-bit values.", nameof(values));
    }

    /// <summary>
    /// Decodes one grey frame like <see cref="Decode(int, Span{short})"/> and has its values worked on. Where the cells lie in the file as they are
    /// wanted, each piece is worked on before the next one is read.
    /// </summary>
    /// <param name="frame">Frame index from 0.</param>
    /// <param name="values">Receives the values as <paramref name="work"/> leaves them.</param>
    /// <param name="work">Done on every value once; what it gathered means nothing where decoding failed.</param>
    internal FrameDecoding Decode<TWork>(int frame, Span<short> values, ref TWork work)
        where TWork : struct, IPieceWork
    {
        bool isInOrder = _syntax is { Coding: PixelCoding.Native, IsDeflated: false }
            && Layout is { BitsAllocated: 16, SamplesPerPixel: 1, BitsStored: <= 16 }
            && _location.Encoding.IsBigEndian != BitConverter.IsLittleEndian;
        if (!isInOrder)
        {
            FrameDecoding decoding = Decode(frame, values);
            if (decoding is FrameDecoding.Decoded)
            {
                work.Do(values);
            }

            return decoding;
        }

        Check(frame, values.Length);
        try
        {
            using FileBytes.Opened file = _file.Bytes.Open();
            long offset = (long)frame * values.Length * sizeof(short);
            while (!values.IsEmpty)
            {
                Span<short> piece = values[..Math.Min(PieceLength, values.Length)];
                ReadRaw(file, offset, MemoryMarshal.AsBytes(piece));
                StoredValues.Extract(piece, Layout);
                work.Do(piece);
                offset += piece.Length * sizeof(short);
                values = values[piece.Length..];
            }

            return FrameDecoding.Decoded.Instance;
        }
        catch (InvalidDicomException invalid)
        {
            return new FrameDecoding.Failed(invalid.ToIssue(_sopInstanceUid));
        }
    }

    // Cells as wide as the values are read straight into their place, others by way of rented memory.
    private FrameDecoding DecodeWhole<TValue>(int frame, Span<TValue> values)
        where TValue : unmanaged, IBinaryInteger<TValue>
    {
        Check(frame, values.Length);
        byte[]? rented = null;
        try
        {
            bool isInPlace = Layout.BytesPerCell == Unsafe.SizeOf<TValue>();
            int length = values.Length * Layout.BytesPerCell;
            Span<byte> cells = isInPlace ? MemoryMarshal.AsBytes(values) : (rented = ArrayPool<byte>.Shared.Rent(length)).AsSpan(0, length);
            ReadCells(frame, cells);
            switch (Layout.BytesPerCell)
            {
                case sizeof(short) when isInPlace:
                    StoredValues.Extract(MemoryMarshal.Cast<byte, short>(cells), Layout);
                    break;
                case sizeof(short):
                    StoredValues.Extract<short, TValue>(MemoryMarshal.Cast<byte, short>(cells), values, Layout);
                    break;
                case sizeof(int):
                    StoredValues.Extract<int, TValue>(MemoryMarshal.Cast<byte, int>(cells), values, Layout);
                    break;
                default:
                    StoredValues.Extract<byte, TValue>(cells, values, Layout);
                    break;
            }

            return FrameDecoding.Decoded.Instance;
        }
        catch (InvalidDicomException invalid)
        {
            return new FrameDecoding.Failed(invalid.ToIssue(_sopInstanceUid));
        }
        finally
        {
            if (rented is not null)
            {
                ArrayPool<byte>.Shared.Return(rented);
            }
        }
    }

    private static PixelFrames Open(DicomFile file, ReadingLimits limits, string? sopInstanceUid)
    {
        if (file.PixelData is not { } location || location.Length == 0)
        {
            throw InvalidDicomException.Pixels("The file has no Pixel Data (7FE0,0010).");
        }

        if (location.Tag != DicomTags.PixelData)
        {
            throw InvalidDicomException.Pixels($"The pixels are {DataElementDictionary.Describe(location.Tag)}, not stored integers.");
        }

        TransferSyntax syntax = TransferSyntax.FromUid(file.TransferSyntaxUid);
        if (!syntax.IsSupported)
        {
            throw new InvalidDicomException(SeriesIssueCode.TransferSyntaxNotSupported, $"Transfer Syntax UID (0002,0010) is {syntax}, which cannot be decoded.");
        }

        PixelLayout layout = PixelLayout.Read(file.DataSet, syntax, limits);
        if (syntax.Coding == PixelCoding.Native)
        {
            CheckNativeLength(file, location, syntax, layout);
            return new PixelFrames(file, location, syntax, layout, null, sopInstanceUid);
        }

        using FileBytes.Opened opened = file.Bytes.Open();
        EncapsulatedFrames encapsulated = EncapsulatedFrames.Open(opened, location, file.DataSet, layout.FrameCount, syntax.Coding, limits);
        CheckCompressedLengths(encapsulated, syntax, layout);
        return new PixelFrames(file, location, syntax, layout, encapsulated, sopInstanceUid);
    }

    private static void CheckNativeLength(DicomFile file, PixelDataLocation location, TransferSyntax syntax, PixelLayout layout)
    {
        if (location.Length is not { } length)
        {
            throw InvalidDicomException.Pixels("Pixel Data (7FE0,0010) of an uncompressed transfer syntax has no length.");
        }

        // How 32-bit cells stand in big endian 16-bit words is read in two ways by existing software.
        if (layout.BitsAllocated == 32 && location.Encoding.IsBigEndian)
        {
            throw InvalidDicomException.Pixels("Bits Allocated (0028,0100) is 32 in big endian, whose byte order is ambiguous.");
        }

        long needed = (((long)layout.ValuesPerFrame * layout.FrameCount * layout.BitsAllocated) + 7) / 8;
        if (length < needed)
        {
            throw InvalidDicomException.Pixels($"Pixel Data (7FE0,0010) is truncated: {length} bytes of {needed}.");
        }

        bool isCut = syntax.IsDeflated
            ? needed > MaxDeflateExpansion * (file.Length - file.DataSetStart)
            : location.Offset + needed > file.Length;
        if (isCut)
        {
            throw InvalidDicomException.Pixels($"Pixel Data (7FE0,0010) is truncated: the file ends before its {needed} bytes.");
        }

        // One byte more makes an odd length even (PS3.5 8.1.1). Some writers fill a block with zeros. Anything else is another image than the
        // header describes.
        const int LongestPadding = 4096;
        if (length > needed + 1
            && (length > needed + LongestPadding || syntax.IsDeflated || !IsZero(file, location.Offset + needed, (int)(length - needed))))
        {
            throw InvalidDicomException.Pixels($"Pixel Data (7FE0,0010) has {length} bytes, the header describes {needed}.");
        }
    }

    private static bool IsZero(DicomFile file, long position, int count)
    {
        byte[] bytes = new byte[count];
        using FileBytes.Opened opened = file.Bytes.Open();
        return opened.Read(bytes, position) == count && !bytes.AsSpan().ContainsAnyExcept((byte)0);
    }

    // A frame that cannot hold its pixels is refused before anyone takes memory for them.
    private static void CheckCompressedLengths(EncapsulatedFrames encapsulated, TransferSyntax syntax, PixelLayout layout)
    {
        if (syntax.Coding == PixelCoding.Rle && layout.BitsAllocated == 1)
        {
            throw InvalidDicomException.Header("Bits Allocated (0028,0100) is 1 in RLE Lossless, which codes bytes.");
        }

        if (syntax.Coding == PixelCoding.JpegLossless && layout.BitsAllocated is not (8 or 16))
        {
            throw InvalidDicomException.Header($"Bits Allocated (0028,0100) is {layout.BitsAllocated} in JPEG Lossless, which has 8 or 16.");
        }

        for (int frame = 0; frame < layout.FrameCount; frame++)
        {
            long largest = syntax.Coding switch
            {
                PixelCoding.Rle => encapsulated.CompressedLength(frame) * RleFrame.MaxExpansion / layout.BytesPerCell,

                // A Huffman code has at least one bit.
                PixelCoding.JpegLossless => encapsulated.CompressedLength(frame) * 8,
                _ => encapsulated.CompressedLength(frame) > 0 ? long.MaxValue : 0,
            };
            if (largest < layout.ValuesPerFrame)
            {
                throw InvalidDicomException.Pixels($"Frame {frame + 1} is too short for {layout.RowCount} x {layout.ColumnCount} pixels.");
            }
        }
    }

    private void Check(int frame, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(frame);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(frame, Layout.FrameCount);
        if (length != Layout.ValuesPerFrame)
        {
            throw new ArgumentException($"A frame has {Layout.ValuesPerFrame} values, the destination {length}.", nameof(length));
        }
    }

    // Pixel cells in the byte order of the machine, interleaved by pixel, 1-bit cells a byte each.
    private void ReadCells(int frame, Span<byte> cells)
    {
        using FileBytes.Opened? file = _syntax.IsDeflated ? null : _file.Bytes.Open();
        if (_encapsulated is null)
        {
            ReadNativeCells(file, frame, cells);
            return;
        }

        using FrameBytes compressed = _encapsulated.Read(file!, frame);
        switch (_syntax.Coding)
        {
            case PixelCoding.Rle:
                RleFrame.Decode(compressed.Span, Layout, cells);
                break;
            case PixelCoding.JpegLossless:
                JpegLosslessFrame.Decode(compressed.Span, Layout, cells);
                break;
            default:
                Jpeg2000Frame.Decode(compressed.Span, Layout, cells);
                break;
        }
    }

    private void ReadNativeCells(FileBytes.Opened? file, int frame, Span<byte> cells)
    {
        if (Layout.BitsAllocated == 1)
        {
            UnpackBits(file, frame, cells);
            return;
        }

        long offset = (long)frame * cells.Length;
        if (!Layout.IsByPlane)
        {
            ReadBytes(file, offset, cells);
        }
        else
        {
            byte[] planes = ArrayPool<byte>.Shared.Rent(cells.Length);
            try
            {
                ReadBytes(file, offset, planes.AsSpan(0, cells.Length));
                InterleavePlanes(planes.AsSpan(0, cells.Length), Layout.SamplesPerPixel, Layout.BytesPerCell, cells);
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(planes);
            }
        }

        if (Layout.BytesPerCell == sizeof(short) && _location.Encoding.IsBigEndian == BitConverter.IsLittleEndian)
        {
            Span<short> words = MemoryMarshal.Cast<byte, short>(cells);
            BinaryPrimitives.ReverseEndianness(words, words);
        }
        else if (Layout.BytesPerCell == sizeof(int) && !BitConverter.IsLittleEndian)
        {
            Span<int> words = MemoryMarshal.Cast<byte, int>(cells);
            BinaryPrimitives.ReverseEndianness(words, words);
        }
    }

    // 1-bit cells fill bytes from the lowest bit and go on from frame to frame without padding (PS3.5 8.1.1 and annex D).
    private void UnpackBits(FileBytes.Opened? file, int frame, Span<byte> cells)
    {
        long firstBit = (long)frame * cells.Length;
        long firstByte = firstBit / 8;
        int byteCount = (int)(((firstBit + cells.Length + 7) / 8) - firstByte);
        byte[] packed = ArrayPool<byte>.Shared.Rent(byteCount);
        try
        {
            ReadBytes(file, firstByte, packed.AsSpan(0, byteCount));
            int bit = (int)(firstBit % 8);
            foreach (ref byte cell in cells)
            {
                cell = (byte)((packed[bit >> 3] >> (bit & 7)) & 1);
                bit++;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(packed);
        }
    }

    // Bytes of native Pixel Data in the order that little endian would have.
    private void ReadBytes(FileBytes.Opened? file, long offset, Span<byte> target)
    {
        // Bytes and bits of VR OW stand in 16-bit words, so big endian swaps neighbours; in OB they do not (PS3.5 7.3 and 8.1.2).
        bool isSwapped = _location.Encoding.IsBigEndian && Layout.BitsAllocated <= 8 && _location.Vr != ValueRepresentation.OB;
        if (!isSwapped)
        {
            ReadRaw(file, offset, target);
            return;
        }

        long start = offset & ~1L;
        int length = (int)((offset + target.Length + 1 & ~1L) - start);
        byte[] words = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            ReadRaw(file, start, words.AsSpan(0, length));
            int position = (int)(offset - start);
            foreach (ref byte value in target)
            {
                value = words[position++ ^ 1];
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(words);
        }
    }

    private void ReadRaw(FileBytes.Opened? file, long offset, Span<byte> target)
    {
        if (_syntax.IsDeflated)
        {
            byte[] pixels = _inflated?.Value ?? Inflate();
            if (offset + target.Length > pixels.Length)
            {
                throw InvalidDicomException.Pixels("Pixel Data (7FE0,0010) is truncated.");
            }

            pixels.AsSpan((int)offset, target.Length).CopyTo(target);
        }
        else if (offset + target.Length > _location.Length || file!.Read(target, _location.Offset + offset) < target.Length)
        {
            throw InvalidDicomException.Pixels("Pixel Data (7FE0,0010) is truncated.");
        }
    }

    private byte[] Inflate()
    {
        if (_location.Length is not { } length || length > Array.MaxLength)
        {
            throw InvalidDicomException.Limit("Deflated Pixel Data (7FE0,0010) is longer than 2 GB.");
        }

        try
        {
            using FileBytes.Opened file = _file.Bytes.Open();
            using Stream stream = DicomFile.Inflate(file, _file.DataSetStart);
            byte[] skipped = new byte[4096];
            for (long left = _location.Offset; left > 0;)
            {
                int count = stream.Read(skipped, 0, (int)Math.Min(left, skipped.Length));
                if (count == 0)
                {
                    throw InvalidDicomException.Pixels("The deflated data set is truncated.");
                }

                left -= count;
            }

            byte[] pixels = new byte[(int)length];
            return stream.ReadAtLeast(pixels, pixels.Length, throwOnEndOfStream: false) == pixels.Length
                ? pixels
                : throw InvalidDicomException.Pixels("The deflated Pixel Data (7FE0,0010) is truncated.");
        }
        catch (InvalidDataException)
        {
            throw InvalidDicomException.Pixels("The deflated Pixel Data (7FE0,0010) is damaged.");
        }
    }

    private static void InterleavePlanes(ReadOnlySpan<byte> planes, int sampleCount, int bytesPerCell, Span<byte> cells)
    {
        int pixelCount = planes.Length / (sampleCount * bytesPerCell);
        int target = 0;
        for (int pixel = 0; pixel < pixelCount; pixel++)
        {
            for (int sample = 0; sample < sampleCount; sample++)
            {
                planes.Slice(((sample * pixelCount) + pixel) * bytesPerCell, bytesPerCell).CopyTo(cells[target..]);
                target += bytesPerCell;
            }
        }
    }
}
