using System.Buffers.Binary;

namespace CalcQuant.Imaging;

/// <summary>Values of a NIfTI-1 file in its byte order, and what its header says: size, place in the patient, where the voxels begin.</summary>
internal readonly ref struct NiftiFields(ReadOnlySpan<byte> bytes, bool isBigEndian)
{
    /// <summary>Extensions of more bytes are no header's.</summary>
    private const int GreatestOffset = 1 << 24;

    private readonly ReadOnlySpan<byte> _bytes = bytes;

    /// <summary>True where the first byte is the most significant.</summary>
    public bool IsBigEndian { get; } = isBigEndian;

    /// <summary>Opens a header; false where it is none of a single file.</summary>
    /// <param name="header">The first <see cref="NiftiHeader.Size"/> bytes.</param>
    /// <param name="fields">Its fields.</param>
    public static bool TryOpen(ReadOnlySpan<byte> header, out NiftiFields fields)
    {
        fields = new NiftiFields(header, BinaryPrimitives.ReadInt32BigEndian(header) == NiftiHeader.Size);
        return (fields.IsBigEndian || fields.Int32(0) == NiftiHeader.Size)
            && header.Slice(NiftiHeader.Magic, NiftiHeader.SingleFile.Length).SequenceEqual(NiftiHeader.SingleFile);
    }

    /// <summary>Bytes of a voxel of a datatype; null for those that are not read.</summary>
    public static int? BytesOf(short type) => type switch
    {
        NiftiHeader.UInt8 or NiftiHeader.Int8 => 1,
        NiftiHeader.Int16 or NiftiHeader.UInt16 => 2,
        NiftiHeader.Int32 or NiftiHeader.UInt32 or NiftiHeader.Float32 => 4,
        NiftiHeader.Float64 => 8,
        _ => null,
    };

    public byte Byte(int offset) => _bytes[offset];

    public short Int16(int offset) => IsBigEndian ? BinaryPrimitives.ReadInt16BigEndian(_bytes[offset..]) : BinaryPrimitives.ReadInt16LittleEndian(_bytes[offset..]);

    public int Int32(int offset) => IsBigEndian ? BinaryPrimitives.ReadInt32BigEndian(_bytes[offset..]) : BinaryPrimitives.ReadInt32LittleEndian(_bytes[offset..]);

    public float Single(int offset) => BitConverter.Int32BitsToSingle(Int32(offset));

    public double Double(int offset) => IsBigEndian ? BinaryPrimitives.ReadDoubleBigEndian(_bytes[offset..]) : BinaryPrimitives.ReadDoubleLittleEndian(_bytes[offset..]);

    public int Dimension(int number) => Int16(NiftiHeader.Dimensions + (2 * number));

    /// <summary>The value of a voxel as it is stored.</summary>
    /// <param name="type">A datatype that <see cref="BytesOf"/> knows.</param>
    /// <param name="index">Which one.</param>
    public double Value(short type, int index) => type switch
    {
        NiftiHeader.UInt8 => _bytes[index],
        NiftiHeader.Int8 => (sbyte)_bytes[index],
        NiftiHeader.Int16 => Int16(2 * index),
        NiftiHeader.UInt16 => (ushort)Int16(2 * index),
        NiftiHeader.Int32 => Int32(4 * index),
        NiftiHeader.UInt32 => (uint)Int32(4 * index),
        NiftiHeader.Float32 => Single(4 * index),
        _ => Double(8 * index),
    };

    /// <summary>Columns, rows and slices of the one volume in the file; false where it holds none or one too large.</summary>
    public bool TryReadSize(out int columns, out int rows, out int slices)
    {
        short dimensionCount = Int16(NiftiHeader.Dimensions);
        (columns, rows, slices) = (Dimension(1), Dimension(2), Dimension(3));
        if (dimensionCount is < 3 or > 7 || columns <= 0 || rows <= 0 || slices <= 0)
        {
            return false;
        }

        for (int dimension = 4; dimension <= dimensionCount; dimension++)
        {
            if (Dimension(dimension) != 1)
            {
                return false;
            }
        }

        return (long)columns * rows * slices <= NiftiHeader.GreatestVoxelCount;
    }

    /// <summary>The sform where there is one, else the qform (nifti1.h, methods 3 and 2).</summary>
    public bool TryReadSteps(out LpsPoint origin, out LpsPoint columnStep, out LpsPoint rowStep, out LpsPoint sliceStep)
    {
        double mm = (Byte(NiftiHeader.Units) & NiftiHeader.UnitsMask) switch
        {
            NiftiHeader.Metre => 1000,
            NiftiHeader.Micrometre => 0.001,
            _ => 1,
        };
        LpsPoint[] columns;
        if (Int16(NiftiHeader.SFormCode) > 0)
        {
            columns = [SColumn(0), SColumn(1), SColumn(2), SColumn(3)];
        }
        else if (Int16(NiftiHeader.QFormCode) > 0)
        {
            columns = FromQuaternion();
        }
        else
        {
            (origin, columnStep, rowStep, sliceStep) = (default, default, default, default);
            return false;
        }

        (columnStep, rowStep, sliceStep, origin) =
            (NiftiHeader.Turn(columns[0] * mm), NiftiHeader.Turn(columns[1] * mm), NiftiHeader.Turn(columns[2] * mm), NiftiHeader.Turn(columns[3] * mm));
        return double.IsFinite(origin.Length) && LabelVolume.CanSpan(columnStep, rowStep, sliceStep);
    }

    private LpsPoint SColumn(int column) => new(
        Single(NiftiHeader.SRows + (4 * column)),
        Single(NiftiHeader.SRows + 16 + (4 * column)),
        Single(NiftiHeader.SRows + 32 + (4 * column)));

    private LpsPoint[] FromQuaternion()
    {
        double b = Single(NiftiHeader.Quaternion), c = Single(NiftiHeader.Quaternion + 4), d = Single(NiftiHeader.Quaternion + 8);
        double a = Math.Sqrt(Math.Max(0, 1 - (b * b) - (c * c) - (d * d)));

        // pixdim[0] holds the handedness: -1 turns the third axis round, everything else counts as 1.
        double handedness = Single(NiftiHeader.VoxelSizes) < 0 ? -1 : 1;
        double x = Single(NiftiHeader.VoxelSizes + 4), y = Single(NiftiHeader.VoxelSizes + 8), z = Single(NiftiHeader.VoxelSizes + 12);
        return
        [
            new LpsPoint((a * a) + (b * b) - (c * c) - (d * d), 2 * ((b * c) + (a * d)), 2 * ((b * d) - (a * c))) * x,
            new LpsPoint(2 * ((b * c) - (a * d)), (a * a) + (c * c) - (b * b) - (d * d), 2 * ((c * d) + (a * b))) * y,
            new LpsPoint(2 * ((b * d) + (a * c)), 2 * ((c * d) - (a * b)), (a * a) + (d * d) - (b * b) - (c * c)) * (z * handedness),
            new LpsPoint(Single(NiftiHeader.QOffset), Single(NiftiHeader.QOffset + 4), Single(NiftiHeader.QOffset + 8)),
        ];
    }

    /// <summary>Reads on from the end of the header to the first voxel; false where the header does not say where that is.</summary>
    public bool TrySkipToVoxels(Stream stream)
    {
        float offset = Single(NiftiHeader.DataOffset);
        if (offset is not (>= NiftiHeader.Size and < GreatestOffset))
        {
            return false;
        }

        int count = (int)offset - NiftiHeader.Size;
        byte[] rest = new byte[Math.Min(count, 1 << 16)];
        for (int left = count; left > 0; left -= rest.Length)
        {
            stream.ReadExactly(rest.AsSpan(0, Math.Min(left, rest.Length)));
        }

        return true;
    }
}
