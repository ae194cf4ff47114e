using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using CalcQuant.Imaging;
using CalcQuant.Segmentation;

namespace CalcQuant.Export;

/// <summary>
/// What was found as compressed NIfTI-1 (.nii.gz), which 3D Slicer, ITK-SNAP and nibabel read, on the grid of the series: regions, each by its id in the report, or the
/// bone. Equal segmentations give equal bytes.
/// </summary>
public static class NiftiLabels
{
    /// <summary>Value of a voxel of bone.</summary>
    public const int BoneLabel = 1;

    /// <summary>Largest component by which a step may leave its direction for the grid to count as rectangular.</summary>
    private const double RectangularTolerance = 1e-3;

    /// <summary>Difference of slice extents that no rounding of positions makes, mm.</summary>
    private const double UnevenMm = 1e-2;

    /// <summary>Writes a volume whose voxels have the id of their region, 0 where there is none.</summary>
    /// <param name="geometry">Of the series.</param>
    /// <param name="segmentation">Its regions.</param>
    /// <param name="ids">Their ids, in the same order; above 0.</param>
    /// <param name="output">Receives the bytes; left open.</param>
    public static void Write(VolumeGeometry geometry, VolumeSegmentation segmentation, ReadOnlySpan<int> ids, Stream output)
    {
        ArgumentNullException.ThrowIfNull(geometry);
        ArgumentNullException.ThrowIfNull(segmentation);
        ArgumentNullException.ThrowIfNull(output);
        ArgumentOutOfRangeException.ThrowIfNotEqual(ids.Length, segmentation.Regions.Length);
        int largest = 0;
        foreach (int id in ids)
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(id, nameof(ids));
            largest = Math.Max(largest, id);
        }

        int size = largest switch { <= byte.MaxValue => 1, <= ushort.MaxValue => 2, _ => 4 };
        using var file = new GZipStream(output, CompressionLevel.Fastest, leaveOpen: true);
        file.Write(Header(geometry, size, "CalcQuant regions"));
        int[] next = new int[segmentation.Regions.Length];
        byte[] slice = new byte[checked(geometry.ColumnCount * geometry.RowCount * size)];
        for (int z = 0; z < geometry.SliceCount; z++)
        {
            Array.Clear(slice);
            for (int region = 0; region < next.Length; region++)
            {
                // Runs come slice by slice, so that each is met once.
                ReadOnlySpan<VoxelRun> runs = segmentation.Regions[region].Runs.AsSpan();
                for (; next[region] < runs.Length && runs[next[region]].Slice == z; next[region]++)
                {
                    VoxelRun run = runs[next[region]];
                    Fill(slice, (run.Row * geometry.ColumnCount) + run.Start, run.Length, size, ids[region]);
                }
            }

            file.Write(slice);
        }
    }

    /// <summary>Writes a volume whose voxels are <see cref="BoneLabel"/> in bone, marrow included, and 0 elsewhere: what <see cref="Analysis.AnalysisOptions.BoneMask"/> takes.</summary>
    /// <param name="geometry">Of the series.</param>
    /// <param name="bone">The bone on its grid.</param>
    /// <param name="output">Receives the bytes; left open.</param>
    public static void WriteBone(VolumeGeometry geometry, Mask bone, Stream output)
    {
        ArgumentNullException.ThrowIfNull(geometry);
        ArgumentNullException.ThrowIfNull(bone);
        ArgumentNullException.ThrowIfNull(output);
        using var file = new GZipStream(output, CompressionLevel.Fastest, leaveOpen: true);
        file.Write(Header(geometry, 1, "CalcQuant bone"));
        byte[] slice = new byte[checked(geometry.ColumnCount * geometry.RowCount)];
        for (int z = 0; z < geometry.SliceCount; z++)
        {
            Array.Clear(slice);
            for (int y = 0; y < geometry.RowCount; y++)
            {
                foreach (VoxelRun run in bone.RunsOf(y, z))
                {
                    slice.AsSpan((y * geometry.ColumnCount) + run.Start, run.Length).Fill(BoneLabel);
                }
            }

            file.Write(slice);
        }
    }

    private static void Fill(Span<byte> slice, int first, int count, int size, int id)
    {
        if (size == 1)
        {
            slice.Slice(first, count).Fill((byte)id);
            return;
        }

        for (int i = first; i < first + count; i++)
        {
            if (size == 2)
            {
                BinaryPrimitives.WriteUInt16LittleEndian(slice[(2 * i)..], (ushort)id);
            }
            else
            {
                BinaryPrimitives.WriteInt32LittleEndian(slice[(4 * i)..], id);
            }
        }
    }

    private static byte[] Header(VolumeGeometry geometry, int size, string content)
    {
        byte[] header = new byte[NiftiHeader.VoxelOffset];
        LpsPoint first = geometry.SliceOrigins[0];
        LpsPoint sliceStep = geometry.SliceCount > 1
            ? (geometry.SliceOrigins[^1] - first) * (1.0 / (geometry.SliceCount - 1))
            : geometry.Normal * geometry.BetweenSlicesMm;
        LpsPoint[] steps =
        [
            NiftiHeader.Turn(geometry.ColumnDirection * geometry.BetweenColumnsMm),
            NiftiHeader.Turn(geometry.RowDirection * geometry.BetweenRowsMm),
            NiftiHeader.Turn(sliceStep),
            NiftiHeader.Turn(first),
        ];
        WriteInt32(0, NiftiHeader.Size);
        int[] dimensions = [3, geometry.ColumnCount, geometry.RowCount, geometry.SliceCount, 1, 1, 1, 1];
        for (int i = 0; i < dimensions.Length; i++)
        {
            WriteInt16(NiftiHeader.Dimensions + (2 * i), checked((short)dimensions[i]));
        }

        WriteInt16(NiftiHeader.DataType, size switch { 1 => NiftiHeader.UInt8, 2 => NiftiHeader.UInt16, _ => NiftiHeader.Int32 });
        WriteInt16(NiftiHeader.BitsPerVoxel, (short)(8 * size));
        WriteSingle(NiftiHeader.VoxelSizes, 1);
        for (int i = 0; i < 3; i++)
        {
            WriteSingle(NiftiHeader.VoxelSizes + (4 * (i + 1)), steps[i].Length);
        }

        WriteSingle(NiftiHeader.DataOffset, NiftiHeader.VoxelOffset);
        WriteSingle(NiftiHeader.Slope, 1);
        header[NiftiHeader.Units] = NiftiHeader.Millimetre;
        bool isUneven = geometry.SliceExtentsMm.Max() - geometry.SliceExtentsMm.Min() > UnevenMm;
        Encoding.ASCII.GetBytes(isUneven ? content + "; slices unevenly spaced" : content, header.AsSpan(NiftiHeader.Description, NiftiHeader.DescriptionSize));
        WriteInt16(NiftiHeader.SFormCode, NiftiHeader.ScannerCoordinates);
        for (int column = 0; column < steps.Length; column++)
        {
            WriteSingle(NiftiHeader.SRows + (4 * column), steps[column].X);
            WriteSingle(NiftiHeader.SRows + 16 + (4 * column), steps[column].Y);
            WriteSingle(NiftiHeader.SRows + 32 + (4 * column), steps[column].Z);
        }

        WriteQForm();
        NiftiHeader.SingleFile.CopyTo(header.AsSpan(NiftiHeader.Magic));
        return header;

        // Programs that know only the qform get it too, where a rotation can express the grid: not for a tilted gantry.
        void WriteQForm()
        {
            LpsPoint x = steps[0].Normalized(), y = steps[1].Normalized(), z = steps[2].Normalized();
            double handedness = x.Cross(y).Dot(z) < 0 ? -1 : 1;
            if ((x.Cross(y) - (z * handedness)).Length > RectangularTolerance)
            {
                return;
            }

            (double b, double c, double d) = ToQuaternion(x, y, z * handedness);
            WriteInt16(NiftiHeader.QFormCode, NiftiHeader.ScannerCoordinates);
            WriteSingle(NiftiHeader.VoxelSizes, handedness);
            WriteSingle(NiftiHeader.Quaternion, b);
            WriteSingle(NiftiHeader.Quaternion + 4, c);
            WriteSingle(NiftiHeader.Quaternion + 8, d);
            WriteSingle(NiftiHeader.QOffset, steps[3].X);
            WriteSingle(NiftiHeader.QOffset + 4, steps[3].Y);
            WriteSingle(NiftiHeader.QOffset + 8, steps[3].Z);
        }

        void WriteInt16(int offset, short value) => BinaryPrimitives.WriteInt16LittleEndian(header.AsSpan(offset), value);
        void WriteInt32(int offset, int value) => BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(offset), value);
        void WriteSingle(int offset, double value) => BinaryPrimitives.WriteSingleLittleEndian(header.AsSpan(offset), (float)value);
    }

    /// <summary>
    /// The rotation whose columns are x, y, z as a unit quaternion (a, b, c, d) with a >= 0, of which the header keeps the last three. The largest component is found first,
    /// so that nothing is divided by a small number.
    /// </summary>
    private static (double B, double C, double D) ToQuaternion(LpsPoint x, LpsPoint y, LpsPoint z)
    {
        double[] squares = [1 + x.X + y.Y + z.Z, 1 + x.X - y.Y - z.Z, 1 - x.X + y.Y - z.Z, 1 - x.X - y.Y + z.Z];
        int largest = Array.IndexOf(squares, squares.Max());
        double twice = Math.Sqrt(squares[largest]);
        double scale = 0.5 / twice;
        (double a, double b, double c, double d) = largest switch
        {
            0 => (twice / 2, (y.Z - z.Y) * scale, (z.X - x.Z) * scale, (x.Y - y.X) * scale),
            1 => ((y.Z - z.Y) * scale, twice / 2, (y.X + x.Y) * scale, (z.X + x.Z) * scale),
            2 => ((z.X - x.Z) * scale, (y.X + x.Y) * scale, twice / 2, (z.Y + y.Z) * scale),
            _ => ((x.Y - y.X) * scale, (z.X + x.Z) * scale, (z.Y + y.Z) * scale, twice / 2),
        };
        return a < 0 ? (-b, -c, -d) : (b, c, d);
    }
}
