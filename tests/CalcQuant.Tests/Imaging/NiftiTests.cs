using System.Buffers.Binary;
using System.Collections.Immutable;
using System.IO.Compression;
using CalcQuant.Export;
using CalcQuant.Imaging;
using CalcQuant.Measurement;
using CalcQuant.Segmentation;

namespace CalcQuant.Tests.Imaging;

/// <summary>Label volumes as NIfTI-1: offsets and codes are those of nifti1.h, written here by hand.</summary>
public sealed class NiftiTests
{
    private const int HeaderBytes = 352;

    [Theory]
    [InlineData(2, 1)]
    [InlineData(256, 1)]
    [InlineData(4, 2)]
    [InlineData(512, 2)]
    [InlineData(8, 4)]
    [InlineData(768, 4)]
    [InlineData(16, 4)]
    [InlineData(64, 8)]
    public void Read_OfEveryDatatype_GivesLabelsAndPlace(short datatype, int size)
    {
        Assert.All([false, true], isBig => Assert.All([false, true], isCompressed =>
        {
            byte[] file = Create(datatype, size, [0, 1, 2, 0, 0, 7, 0, 0, 0, 0, 0, 5], isBig);
            LabelVolume volume = Assert.IsType<LabelReading.Accepted>(NiftiLabelReader.Read(isCompressed ? Compress(file) : file)).Volume;
            Assert.Equal((2, 3, 2), (volume.ColumnCount, volume.RowCount, volume.SliceCount));
            Assert.Equal([1, 2, 7, 5], new[] { volume[1, 0, 0], volume[0, 1, 0], volume[1, 2, 0], volume[1, 2, 1] });

            // RAS rows (2 0 0 10), (0 3 0 20), (0 0 4 30): towards Left and Posterior the signs turn.
            Assert.Equal((new LpsPoint(-2, 0, 0), new(0, -3, 0), new(0, 0, 4), new LpsPoint(-10, -20, 30)), (volume.ColumnStep, volume.RowStep, volume.SliceStep, volume.Origin));
        }));
    }

    [Fact]
    public void Read_WithAQFormOnly_TurnsByTheQuaternion()
    {
        // (a, b, c, d) = (0, 0, 0, 1) is half a turn about the third axis: columns towards -x, rows towards -y. qfac -1 turns slices round.
        byte[] file = Create(2, 1, new double[12], isBig: false);
        WriteInt16(file, 252, 1);
        WriteInt16(file, 254, 0);
        WriteSingle(file, 76, -1);
        WriteSingle(file, 80, 2);
        WriteSingle(file, 84, 3);
        WriteSingle(file, 88, 4);
        WriteSingle(file, 264, 1);
        WriteSingle(file, 268, 10);
        WriteSingle(file, 272, 20);
        WriteSingle(file, 276, 30);
        LabelVolume volume = Assert.IsType<LabelReading.Accepted>(NiftiLabelReader.Read(file)).Volume;
        Assert.Equal((new LpsPoint(2, 0, 0), new(0, 3, 0), new(0, 0, -4), new LpsPoint(-10, -20, 30)), (volume.ColumnStep, volume.RowStep, volume.SliceStep, volume.Origin));
    }

    [Fact]
    public void Read_OfWhatIsNoLabelVolume_SaysWhy()
    {
        byte[] good = Create(2, 1, new double[12], isBig: false);
        Assert.IsType<LabelReading.Accepted>(NiftiLabelReader.Read(good));
        (string Word, byte[] File)[] cases =
        [
            ("Not a NIfTI-1", With(file => file[344] = (byte)'x')),
            ("ends before", good[..^1]),
            ("ends before", [1, 2, 3]),
            ("size", With(file => WriteInt16(file, 42, -1))),
            ("size", With(file => { WriteInt16(file, 42, short.MaxValue); WriteInt16(file, 44, short.MaxValue); })),
            ("size", With(file => { WriteInt16(file, 40, 4); WriteInt16(file, 48, 2); })),
            ("datatype", With(file => WriteInt16(file, 70, 128))),
            ("scales", With(file => WriteSingle(file, 112, 2))),
            ("where it lies", With(file => WriteInt16(file, 254, 0))),
            ("where it lies", With(file => { WriteSingle(file, 280, 0); })),
            ("begin", With(file => WriteSingle(file, 108, float.NaN))),
            ("labels", Create(16, 4, [.. Enumerable.Repeat(0.5, 12)], isBig: false)),
            ("labels", Create(4, 2, [.. Enumerable.Repeat(-1.0, 12)], isBig: false)),
            ("labels", Create(8, 4, [.. Enumerable.Repeat(65536.0, 12)], isBig: false)),
            ("ends before", Compress(good)[..40]),
        ];
        Assert.All(cases, test => Assert.Contains(test.Word, Assert.IsType<LabelReading.Rejected>(NiftiLabelReader.Read(test.File)).Explanation, StringComparison.Ordinal));

        byte[] With(Action<byte[]> change)
        {
            byte[] copy = [.. good];
            change(copy);
            return copy;
        }
    }

    [Fact]
    public void Read_OfAHugeClaimOverFewBytes_TakesLittleMemory()
    {
        byte[] file = Create(64, 8, new double[12], isBig: false);
        WriteInt16(file, 42, 512);
        WriteInt16(file, 44, 512);
        WriteInt16(file, 46, 2000);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.IsType<LabelReading.Rejected>(NiftiLabelReader.Read(Compress(file)));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 8 << 20);
    }

    [Fact]
    public void Read_OfDamagedFiles_NeverThrows()
    {
        byte[] good = Create(4, 2, [0, 1, 2, 0, 0, 7, 0, 0, 0, 0, 0, 5], isBig: false);
        byte[] packed = Compress(good);
        var random = new Random(11);
        for (int i = 0; i < 3000; i++)
        {
            byte[] file = [.. i % 2 == 0 ? good : packed];
            for (int n = random.Next(1, 6); n > 0; n--)
            {
                file[random.Next(file.Length)] = (byte)random.Next(256);
            }

            Assert.NotNull(NiftiLabelReader.Read(file));
        }
    }

    [Theory]
    [InlineData(3)]
    [InlineData(300)]
    public void Write_OfRegions_MarksTheirVoxelsWithTheirIds(int regionCount)
    {
        VolumeGeometry geometry = Geometry(shearMm: 0);
        VolumeSegmentation segmentation = Segmentation(geometry, regionCount);
        byte[] file = Write(geometry, segmentation);
        Assert.Equal(file, Write(geometry, segmentation));
        byte[] plain = Decompress(file);
        int size = regionCount <= 255 ? 1 : 2;
        Assert.Equal((348, "n+1\0"), (BinaryPrimitives.ReadInt32LittleEndian(plain), System.Text.Encoding.ASCII.GetString(plain, 344, 4)));
        Assert.Equal([3, 40, 30, 10, 1], Enumerable.Range(0, 5).Select(i => (int)BinaryPrimitives.ReadInt16LittleEndian(plain.AsSpan(40 + (2 * i)))));
        Assert.Equal((size == 1 ? 2 : 512, 8 * size), (BinaryPrimitives.ReadInt16LittleEndian(plain.AsSpan(70)), BinaryPrimitives.ReadInt16LittleEndian(plain.AsSpan(72))));
        Assert.Equal(HeaderBytes + (40 * 30 * 10 * size), plain.Length);

        int[] expected = new int[40 * 30 * 10];
        for (int i = 0; i < regionCount; i++)
        {
            foreach (VoxelRun run in segmentation.Regions[i].Runs)
            {
                Array.Fill(expected, i + 1, (((run.Slice * 30) + run.Row) * 40) + run.Start, run.Length);
            }
        }

        Assert.Equal(expected, Enumerable.Range(0, expected.Length).Select(i => size == 1 ? (int)plain[HeaderBytes + i] : BinaryPrimitives.ReadUInt16LittleEndian(plain.AsSpan(HeaderBytes + (2 * i)))));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.4)]
    public void Write_OfAnyStack_LiesWhereTheSeriesLies(double shearMm)
    {
        VolumeGeometry geometry = Geometry(shearMm);
        byte[] file = Write(geometry, Segmentation(geometry, 3));
        LabelVolume read = Assert.IsType<LabelReading.Accepted>(NiftiLabelReader.Read(file)).Volume;
        LpsPoint place = read.Origin + (read.ColumnStep * 7) + (read.RowStep * 5) + (read.SliceStep * 9);
        Assert.InRange((place - geometry.ToLps(7, 5, 9)).Length, 0, 1e-4);

        // A tilted stack is no rotation of a box: it has no qform.
        Assert.Equal(shearMm == 0 ? 1 : 0, BinaryPrimitives.ReadInt16LittleEndian(Decompress(file).AsSpan(252)));
        if (shearMm == 0)
        {
            byte[] byQForm = Decompress(file);
            WriteInt16(byQForm, 254, 0);
            LabelVolume turned = Assert.IsType<LabelReading.Accepted>(NiftiLabelReader.Read(byQForm)).Volume;
            Assert.InRange((turned.Origin + (turned.ColumnStep * 7) + (turned.RowStep * 5) + (turned.SliceStep * 9) - place).Length, 0, 1e-3);
        }
    }

    private static VolumeGeometry Geometry(double shearMm)
    {
        // An oblique, left-handed-looking orientation: rows run towards Superior.
        LpsPoint column = new LpsPoint(0.8, 0.6, 0), row = new LpsPoint(0, 0, 1);
        LpsPoint normal = column.Cross(row);
        return new VolumeGeometry(
            40, 30, 0.7, 0.9, column, row, [.. Enumerable.Range(0, 10).Select(z => new LpsPoint(-12, 31, 5) + (normal * (1.5 * z)) + (row * (shearMm * z)))], [.. Enumerable.Repeat(1.5, 10)]);
    }

    private static VolumeSegmentation Segmentation(VolumeGeometry geometry, int regionCount)
    {
        var nothing = new Mask(geometry.ColumnCount, geometry.RowCount, geometry.SliceCount);
        ImmutableArray<SegmentedRegion> regions =
        [
            .. Enumerable.Range(0, regionCount).Select(i => new SegmentedRegion(
                RegionKind.SoftTissueCalcification, 1, [], [new VoxelRun(i % 5, i / 10 % 30, i % 10 * 4, (i % 10 * 4) + 2), new VoxelRun((i % 5) + 5, i / 10 % 30, i % 10 * 4, (i % 10 * 4) + 3)])),
        ];
        return new VolumeSegmentation(regions, nothing, nothing, null, []);
    }

    private static byte[] Write(VolumeGeometry geometry, VolumeSegmentation segmentation)
    {
        using var stream = new MemoryStream();
        NiftiLabels.Write(geometry, segmentation, [.. Enumerable.Range(1, segmentation.Regions.Length)], stream);
        return stream.ToArray();
    }

    /// <summary>A volume of 2 x 3 x 2 with the sform ((2 0 0 10), (0 3 0 20), (0 0 4 30)).</summary>
    private static byte[] Create(short datatype, int size, double[] values, bool isBig)
    {
        byte[] file = new byte[HeaderBytes + (values.Length * size)];
        BinaryPrimitives.WriteInt32LittleEndian(file, 348);
        short[] dimensions = [3, 2, 3, 2, 1, 1, 1, 1];
        for (int i = 0; i < dimensions.Length; i++)
        {
            WriteInt16(file, 40 + (2 * i), dimensions[i]);
        }

        WriteInt16(file, 70, datatype);
        WriteInt16(file, 72, (short)(8 * size));
        WriteSingle(file, 108, HeaderBytes);
        file[123] = 2;
        WriteInt16(file, 254, 1);
        float[] rows = [2, 0, 0, 10, 0, 3, 0, 20, 0, 0, 4, 30];
        for (int i = 0; i < rows.Length; i++)
        {
            WriteSingle(file, 280 + (4 * i), rows[i]);
        }

        "n+1\0"u8.CopyTo(file.AsSpan(344));
        for (int i = 0; i < values.Length; i++)
        {
            Span<byte> voxel = file.AsSpan(HeaderBytes + (i * size), size);
            switch (datatype)
            {
                case 16:
                    BinaryPrimitives.WriteSingleLittleEndian(voxel, (float)values[i]);
                    break;
                case 64:
                    BinaryPrimitives.WriteDoubleLittleEndian(voxel, values[i]);
                    break;
                default:
                    for (int n = 0; n < size; n++)
                    {
                        voxel[n] = (byte)((long)values[i] >> (8 * n));
                    }

                    break;
            }
        }

        if (isBig)
        {
            // Every field that is read, in the other byte order.
            Turn(0, 4);
            for (int at = 40; at < 56; at += 2)
            {
                Turn(at, 2);
            }

            Turn(70, 2);
            Turn(252, 2);
            Turn(254, 2);
            for (int at = 76; at < 120; at += 4)
            {
                Turn(at, 4);
            }

            for (int at = 256; at < 328; at += 4)
            {
                Turn(at, 4);
            }

            for (int i = 0; i < values.Length; i++)
            {
                Turn(HeaderBytes + (i * size), size);
            }
        }

        return file;

        void Turn(int at, int count) => file.AsSpan(at, count).Reverse();
    }

    private static void WriteInt16(byte[] file, int at, short value) => BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(at), value);

    private static void WriteSingle(byte[] file, int at, float value) => BinaryPrimitives.WriteSingleLittleEndian(file.AsSpan(at), value);

    private static byte[] Compress(byte[] bytes)
    {
        using var stream = new MemoryStream();
        using (var gzip = new GZipStream(stream, CompressionLevel.Fastest))
        {
            gzip.Write(bytes);
        }

        return stream.ToArray();
    }

    private static byte[] Decompress(byte[] bytes)
    {
        using var stream = new MemoryStream();
        using var gzip = new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress);
        gzip.CopyTo(stream);
        return stream.ToArray();
    }
}
