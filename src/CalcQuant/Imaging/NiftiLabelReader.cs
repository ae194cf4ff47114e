using System.Buffers.Binary;
using System.IO.Compression;

namespace CalcQuant.Imaging;

/// <summary>
/// Reads label volumes from NIfTI-1 single files (.nii, .nii.gz), as TotalSegmentator, 3D Slicer and nibabel write them. Every size that the file claims is checked
/// before memory is taken, and a compressed file is unpacked no further than its header says.
/// </summary>
public static class NiftiLabelReader
{
    private const byte GzipFirst = 0x1F, GzipSecond = 0x8B;

    /// <summary>Reads a file.</summary>
    /// <param name="file">The whole file.</param>
    /// <param name="cancellationToken">Stops between slices.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static LabelReading Read(ReadOnlyMemory<byte> file, CancellationToken cancellationToken = default)
    {
        bool isCompressed = file.Length > 2 && file.Span[0] == GzipFirst && file.Span[1] == GzipSecond;
        using var bytes = new MemoryStream(file.ToArray(), writable: false);
        using Stream plain = isCompressed ? new GZipStream(bytes, CompressionMode.Decompress) : bytes;
        try
        {
            return Read(plain, cancellationToken);
        }
        catch (EndOfStreamException)
        {
            return Rejected("The NIfTI file ends before its last voxel.");
        }
        catch (InvalidDataException)
        {
            return Rejected("The compressed NIfTI file is damaged.");
        }
    }

    private static LabelReading Read(Stream plain, CancellationToken cancellationToken)
    {
        byte[] header = new byte[NiftiHeader.Size];
        plain.ReadExactly(header);
        bool isBig = BinaryPrimitives.ReadInt32BigEndian(header) == NiftiHeader.Size;
        var fields = new Fields(header, isBig);
        if ((!isBig && fields.Int32(0) != NiftiHeader.Size) || !header.AsSpan(NiftiHeader.Magic, NiftiHeader.SingleFile.Length).SequenceEqual(NiftiHeader.SingleFile))
        {
            return Rejected("Not a NIfTI-1 single file (.nii or .nii.gz).");
        }

        if (!TryReadSize(fields, out int columns, out int rows, out int slices))
        {
            return Rejected("The NIfTI file does not hold one volume of a size that can be read.");
        }

        short type = fields.Int16(NiftiHeader.DataType);
        if (BytesOf(type) is not int size)
        {
            return Rejected($"NIfTI datatype {type} holds no labels.");
        }

        float slope = fields.Single(NiftiHeader.Slope);
        if (slope is not (0 or 1) || (slope == 1 && fields.Single(NiftiHeader.Intercept) != 0))
        {
            return Rejected("The NIfTI file scales its values: labels are whole numbers as they are.");
        }

        if (!TryReadSteps(fields, out LpsPoint origin, out LpsPoint columnStep, out LpsPoint rowStep, out LpsPoint sliceStep))
        {
            return Rejected("The NIfTI file does not say where it lies in the patient (neither sform nor qform).");
        }

        float offset = fields.Single(NiftiHeader.DataOffset);
        if (offset is not (>= NiftiHeader.Size and < 1 << 24))
        {
            return Rejected("The NIfTI file does not say where its voxels begin.");
        }

        Skip(plain, (int)offset - NiftiHeader.Size);
        ushort[]?[] labels = new ushort[]?[slices];
        byte[] raw = new byte[columns * size];
        for (int slice = 0; slice < slices; slice++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            for (int row = 0; row < rows; row++)
            {
                // Row by row, and no memory for labels before the first: a file of a few bytes may claim any size.
                plain.ReadExactly(raw);
                if (raw.AsSpan().ContainsAnyExcept((byte)0) && !TryConvert(raw, type, isBig, (labels[slice] ??= new ushort[columns * rows]).AsSpan(row * columns, columns)))
                {
                    return Rejected("The NIfTI file has values that are no labels: whole numbers from 0 to 65535.");
                }
            }
        }

        return new LabelReading.Accepted(new LabelVolume(columns, rows, labels, origin, columnStep, rowStep, sliceStep));
    }

    private static LabelReading.Rejected Rejected(string explanation) => new(explanation);

    private static bool TryReadSize(Fields fields, out int columns, out int rows, out int slices)
    {
        short dimensionCount = fields.Int16(NiftiHeader.Dimensions);
        (columns, rows, slices) = (fields.Dimension(1), fields.Dimension(2), fields.Dimension(3));
        if (dimensionCount is < 3 or > 7 || columns <= 0 || rows <= 0 || slices <= 0)
        {
            return false;
        }

        for (int dimension = 4; dimension <= dimensionCount; dimension++)
        {
            if (fields.Dimension(dimension) != 1)
            {
                return false;
            }
        }

        return (long)columns * rows * slices <= NiftiHeader.GreatestVoxelCount;
    }

    private static int? BytesOf(short type) => type switch
    {
        NiftiHeader.UInt8 or NiftiHeader.Int8 => 1,
        NiftiHeader.Int16 or NiftiHeader.UInt16 => 2,
        NiftiHeader.Int32 or NiftiHeader.UInt32 or NiftiHeader.Float32 => 4,
        NiftiHeader.Float64 => 8,
        _ => null,
    };

    /// <summary>The sform where there is one, else the qform (nifti1.h, methods 3 and 2).</summary>
    private static bool TryReadSteps(Fields fields, out LpsPoint origin, out LpsPoint columnStep, out LpsPoint rowStep, out LpsPoint sliceStep)
    {
        double mm = (fields.Byte(NiftiHeader.Units) & NiftiHeader.UnitsMask) switch
        {
            NiftiHeader.Metre => 1000,
            NiftiHeader.Micrometre => 0.001,
            _ => 1,
        };
        LpsPoint[] columns;
        if (fields.Int16(NiftiHeader.SFormCode) > 0)
        {
            columns = [SColumn(fields, 0), SColumn(fields, 1), SColumn(fields, 2), SColumn(fields, 3)];
        }
        else if (fields.Int16(NiftiHeader.QFormCode) > 0)
        {
            columns = FromQuaternion(fields);
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

    private static LpsPoint SColumn(Fields fields, int column) => new(
        fields.Single(NiftiHeader.SRows + (4 * column)),
        fields.Single(NiftiHeader.SRows + 16 + (4 * column)),
        fields.Single(NiftiHeader.SRows + 32 + (4 * column)));

    private static LpsPoint[] FromQuaternion(Fields fields)
    {
        double b = fields.Single(NiftiHeader.Quaternion), c = fields.Single(NiftiHeader.Quaternion + 4), d = fields.Single(NiftiHeader.Quaternion + 8);
        double a = Math.Sqrt(Math.Max(0, 1 - (b * b) - (c * c) - (d * d)));

        // pixdim[0] holds the handedness: -1 turns the third axis round, everything else counts as 1.
        double handedness = fields.Single(NiftiHeader.VoxelSizes) < 0 ? -1 : 1;
        double x = fields.Single(NiftiHeader.VoxelSizes + 4), y = fields.Single(NiftiHeader.VoxelSizes + 8), z = fields.Single(NiftiHeader.VoxelSizes + 12);
        return
        [
            new LpsPoint((a * a) + (b * b) - (c * c) - (d * d), 2 * ((b * c) + (a * d)), 2 * ((b * d) - (a * c))) * x,
            new LpsPoint(2 * ((b * c) - (a * d)), (a * a) + (c * c) - (b * b) - (d * d), 2 * ((c * d) + (a * b))) * y,
            new LpsPoint(2 * ((b * d) + (a * c)), 2 * ((c * d) - (a * b)), (a * a) + (d * d) - (b * b) - (c * c)) * (z * handedness),
            new LpsPoint(fields.Single(NiftiHeader.QOffset), fields.Single(NiftiHeader.QOffset + 4), fields.Single(NiftiHeader.QOffset + 8)),
        ];
    }

    private static bool TryConvert(ReadOnlySpan<byte> raw, short type, bool isBig, Span<ushort> labels)
    {
        var fields = new Fields(raw, isBig);
        for (int i = 0; i < labels.Length; i++)
        {
            double value = type switch
            {
                NiftiHeader.UInt8 => raw[i],
                NiftiHeader.Int8 => (sbyte)raw[i],
                NiftiHeader.Int16 => fields.Int16(2 * i),
                NiftiHeader.UInt16 => (ushort)fields.Int16(2 * i),
                NiftiHeader.Int32 => fields.Int32(4 * i),
                NiftiHeader.UInt32 => (uint)fields.Int32(4 * i),
                NiftiHeader.Float32 => fields.Single(4 * i),
                _ => fields.Double(8 * i),
            };
            labels[i] = (ushort)Math.Clamp(value, 0, ushort.MaxValue);
            if (labels[i] != value)
            {
                return false;
            }
        }

        return true;
    }

    private static void Skip(Stream stream, int count)
    {
        byte[] rest = new byte[Math.Min(count, 1 << 16)];
        for (int left = count; left > 0; left -= rest.Length)
        {
            stream.ReadExactly(rest.AsSpan(0, Math.Min(left, rest.Length)));
        }
    }

    /// <summary>Values in the byte order of the file.</summary>
    private readonly ref struct Fields(ReadOnlySpan<byte> bytes, bool isBig)
    {
        private readonly ReadOnlySpan<byte> _bytes = bytes;

        public byte Byte(int offset) => _bytes[offset];

        public short Int16(int offset) => isBig ? BinaryPrimitives.ReadInt16BigEndian(_bytes[offset..]) : BinaryPrimitives.ReadInt16LittleEndian(_bytes[offset..]);

        public int Int32(int offset) => isBig ? BinaryPrimitives.ReadInt32BigEndian(_bytes[offset..]) : BinaryPrimitives.ReadInt32LittleEndian(_bytes[offset..]);

        public float Single(int offset) => BitConverter.Int32BitsToSingle(Int32(offset));

        public double Double(int offset) => isBig ? BinaryPrimitives.ReadDoubleBigEndian(_bytes[offset..]) : BinaryPrimitives.ReadDoubleLittleEndian(_bytes[offset..]);

        public int Dimension(int number) => Int16(NiftiHeader.Dimensions + (2 * number));
    }
}
