using System.Buffers;
using System.Buffers.Binary;
using CalcQuant.Dicom.Encoding;

namespace CalcQuant.Dicom.PixelData;

/// <summary>
/// The fragments of encapsulated Pixel Data (PS3.5 A.4) and which of them make up each frame. Only item headers are read: what is inside a
/// fragment, delimiter bytes included, is never looked at for structure.
/// </summary>
internal sealed class EncapsulatedFrames
{
    private const int ItemHeaderSize = 8;

    private readonly List<Fragment> _fragments;
    private readonly int[] _firstFragments;

    private EncapsulatedFrames(List<Fragment> fragments, int[] firstFragments)
    {
        _fragments = fragments;
        _firstFragments = firstFragments;
    }

    /// <summary>Walks the items and assigns them to frames.</summary>
    /// <exception cref="InvalidDicomException">The items are damaged, cut short, or do not give <paramref name="frameCount"/> frames.</exception>
    public static EncapsulatedFrames Open(FileBytes.Opened file, PixelDataLocation location, DicomDataSet header, int frameCount, PixelCoding coding, ReadingLimits limits)
    {
        if (location.Length is not null)
        {
            throw InvalidDicomException.Pixels("Pixel Data (7FE0,0010) of a compressed transfer syntax is not encapsulated.");
        }

        List<Fragment> fragments = ReadFragments(file, location.Offset, limits, out long[] basicOffsets);
        if (fragments.Count == 0)
        {
            throw InvalidDicomException.Pixels("Pixel Data (7FE0,0010) has no fragments.");
        }

        int[] first = AssignToFrames(file, fragments, basicOffsets, header, frameCount, coding);
        return new EncapsulatedFrames(fragments, first);
    }

    /// <summary>Compressed bytes of a frame, padding included.</summary>
    public long CompressedLength(int frame)
    {
        long length = 0;
        for (int i = _firstFragments[frame]; i < _firstFragments[frame + 1]; i++)
        {
            length += _fragments[i].Length;
        }

        return length;
    }

    /// <summary>Reads the compressed bytes of a frame.</summary>
    public FrameBytes Read(FileBytes.Opened file, int frame)
    {
        int first = _firstFragments[frame];
        int end = _firstFragments[frame + 1];
        if (file.IsInMemory && end - first == 1)
        {
            return new FrameBytes(null, file.Memory.Slice((int)_fragments[first].Offset, _fragments[first].Length));
        }

        long length = CompressedLength(frame);
        if (length > Array.MaxLength)
        {
            throw InvalidDicomException.Limit("A compressed frame is longer than 2 GB.");
        }

        byte[] rented = ArrayPool<byte>.Shared.Rent((int)length);
        int position = 0;
        for (int i = first; i < end; i++)
        {
            Span<byte> target = rented.AsSpan(position, _fragments[i].Length);
            if (file.Read(target, _fragments[i].Offset) < target.Length)
            {
                ArrayPool<byte>.Shared.Return(rented);
                throw InvalidDicomException.Pixels("The file has become shorter while it was read.");
            }

            position += target.Length;
        }

        return new FrameBytes(rented, rented.AsMemory(0, position));
    }

    private static List<Fragment> ReadFragments(FileBytes.Opened file, long position, ReadingLimits limits, out long[] basicOffsets)
    {
        var fragments = new List<Fragment>();
        Span<byte> head = stackalloc byte[ItemHeaderSize];
        bool isOffsetTable = true;
        basicOffsets = [];
        while (true)
        {
            if (file.Read(head, position) < ItemHeaderSize)
            {
                throw InvalidDicomException.Pixels("Pixel Data (7FE0,0010) is cut short: its Sequence Delimitation Item (FFFE,E0DD) is missing.");
            }

            var tag = new DicomTag(BinaryPrimitives.ReadUInt16LittleEndian(head), BinaryPrimitives.ReadUInt16LittleEndian(head[2..]));
            uint length = BinaryPrimitives.ReadUInt32LittleEndian(head[4..]);
            position += ItemHeaderSize;
            if (tag == DicomTags.SequenceDelimitationItem)
            {
                return fragments;
            }

            if (tag != DicomTags.Item)
            {
                throw InvalidDicomException.Pixels($"The fragments of Pixel Data (7FE0,0010) are damaged: {tag} stands where an item should.");
            }

            if (length > file.Length - position || length > int.MaxValue)
            {
                throw InvalidDicomException.Pixels("Pixel Data (7FE0,0010) is cut short: a fragment is longer than the file.");
            }

            if (isOffsetTable)
            {
                basicOffsets = ReadBasicOffsets(file, position, (int)length, limits);
                isOffsetTable = false;
            }
            else if (fragments.Count == limits.MaxElementCount)
            {
                throw InvalidDicomException.Limit($"Pixel Data (7FE0,0010) has more than {limits.MaxElementCount} fragments.");
            }
            else
            {
                fragments.Add(new Fragment(position, (int)length));
            }

            position += length;
        }
    }

    private static long[] ReadBasicOffsets(FileBytes.Opened file, long position, int length, ReadingLimits limits)
    {
        if (length / sizeof(uint) > limits.MaxFrameCount)
        {
            throw InvalidDicomException.Limit($"The Basic Offset Table has more than {limits.MaxFrameCount} entries.");
        }

        byte[] bytes = new byte[length];
        file.Read(bytes, position);
        long[] offsets = new long[length / sizeof(uint)];
        for (int i = 0; i < offsets.Length; i++)
        {
            offsets[i] = BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(i * sizeof(uint)));
        }

        return offsets;
    }

    // First fragment of each frame, and one past the last.
    private static int[] AssignToFrames(
        FileBytes.Opened file,
        List<Fragment> fragments,
        long[] basicOffsets,
        DicomDataSet header,
        int frameCount,
        PixelCoding coding)
    {
        if (frameCount == 1)
        {
            // More than one frame where the header says one: which is meant cannot be known.
            bool holdsMore = basicOffsets.Length > 1 || (fragments.Count > 1 && CountCodestreams(file, fragments, coding) > 1);
            return holdsMore
                ? throw InvalidDicomException.Pixels("Pixel Data (7FE0,0010) holds several frames, Number of Frames (0028,0008) says one.")
                : [0, fragments.Count];
        }

        if (basicOffsets.Length == frameCount && TryAssign(fragments, basicOffsets, out int[] assigned))
        {
            return assigned;
        }

        if (ReadExtendedOffsets(header, frameCount) is { } extended && TryAssign(fragments, extended, out assigned))
        {
            return assigned;
        }

        if (fragments.Count == frameCount)
        {
            return [.. Enumerable.Range(0, frameCount + 1)];
        }

        // Without a table, a frame starts where a codestream starts.
        int[] starts = [.. StartsOfCodestreams(file, fragments, coding), fragments.Count];
        return starts.Length == frameCount + 1 && starts[0] == 0
            ? starts
            : throw InvalidDicomException.Pixels($"{fragments.Count} fragments of Pixel Data (7FE0,0010) cannot be assigned to {frameCount} frames.");
    }

    private static bool TryAssign(List<Fragment> fragments, long[] offsets, out int[] firstFragments)
    {
        firstFragments = new int[offsets.Length + 1];
        firstFragments[^1] = fragments.Count;
        long origin = fragments[0].Offset;
        int fragment = 0;
        for (int frame = 0; frame < offsets.Length; frame++)
        {
            while (fragment < fragments.Count && fragments[fragment].Offset - origin < offsets[frame])
            {
                fragment++;
            }

            bool isNew = frame == 0 ? fragment == 0 : fragment > firstFragments[frame - 1];
            if (fragment == fragments.Count || fragments[fragment].Offset - origin != offsets[frame] || !isNew)
            {
                return false;
            }

            firstFragments[frame] = fragment;
        }

        return true;
    }

    private static long[]? ReadExtendedOffsets(DicomDataSet header, int frameCount)
    {
        if (!header.TryGetElement(DicomTags.ExtendedOffsetTable, out DicomElement table) || table.Value.Length != frameCount * sizeof(long))
        {
            return null;
        }

        long[] offsets = new long[frameCount];
        for (int i = 0; i < frameCount; i++)
        {
            offsets[i] = BinaryPrimitives.ReadInt64LittleEndian(table.Value.Span[(i * sizeof(long))..]);
        }

        return offsets;
    }

    private static int CountCodestreams(FileBytes.Opened file, List<Fragment> fragments, PixelCoding coding) => StartsOfCodestreams(file, fragments, coding).Count;

    private static List<int> StartsOfCodestreams(FileBytes.Opened file, List<Fragment> fragments, PixelCoding coding)
    {
        var starts = new List<int>();
        Span<byte> head = stackalloc byte[4];
        for (int i = 0; i < fragments.Count; i++)
        {
            head.Clear();
            file.Read(head[..Math.Min(head.Length, fragments[i].Length)], fragments[i].Offset);
            bool isStart = coding switch
            {
                PixelCoding.JpegLossless => head is [0xFF, 0xD8, 0xFF, _],
                PixelCoding.Jpeg2000 => head is [0xFF, 0x4F, 0xFF, 0x51],

                // PS3.5 A.4.2: an RLE frame is one fragment.
                _ => true,
            };
            if (isStart)
            {
                starts.Add(i);
            }
        }

        return starts;
    }

    private readonly record struct Fragment(long Offset, int Length);
}

/// <summary>The compressed bytes of one frame, in a rented array or where the file is in memory.</summary>
internal readonly struct FrameBytes : IDisposable
{
    private readonly byte[]? _rented;
    private readonly ReadOnlyMemory<byte> _memory;

    public FrameBytes(byte[]? rented, ReadOnlyMemory<byte> memory)
    {
        _rented = rented;
        _memory = memory;
    }

    /// <summary>The bytes, until disposal.</summary>
    public ReadOnlySpan<byte> Span => _memory.Span;

    public void Dispose()
    {
        if (_rented is not null)
        {
            ArrayPool<byte>.Shared.Return(_rented);
        }
    }
}
