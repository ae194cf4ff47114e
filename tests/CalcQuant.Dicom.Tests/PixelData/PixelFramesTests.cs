using System.Buffers.Binary;
using System.Numerics;
using CalcQuant.Analysis;
using CalcQuant.Dicom.Encoding;
using CalcQuant.Dicom.PixelData;

namespace CalcQuant.Dicom.Tests.PixelData;

public sealed class PixelFramesTests
{
    public static TheoryData<int, int, int, bool> Layouts()
    {
        var data = new TheoryData<int, int, int, bool>();
        foreach (int allocated in new[] { 8, 16, 32 })
        {
            for (int stored = 1; stored <= allocated; stored += allocated == 32 ? 5 : 1)
            {
                foreach (int high in new[] { stored - 1, (stored + allocated - 2) / 2, allocated - 1 }.Distinct())
                {
                    data.Add(allocated, stored, high, false);
                    data.Add(allocated, stored, high, true);
                }
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Layouts))]
    public void Decode_AnyBits_ShiftsMasksAndExtendsTheSign(int allocated, int stored, int highBit, bool isSigned)
    {
        // Random bits everywhere, as if overlays stood above the values; a length that is no multiple of any vector.
        const int Rows = 7;
        const int Columns = 19;
        var random = new Random((allocated * 10000) + (stored * 100) + highBit);
        byte[] pixels = new byte[Rows * Columns * allocated / 8];
        random.NextBytes(pixels);
        BigInteger[] expected = [.. Enumerable.Range(0, Rows * Columns).Select(i => Expected(pixels.AsSpan(i * allocated / 8, allocated / 8), stored, highBit, isSigned))];

        PixelFrames frames = ImageFiles.Open(ImageFiles.Native(ImageFiles.Header(Rows, Columns, 1, allocated, stored, highBit, isSigned), pixels));
        int[] values = new int[Rows * Columns];
        Assert.IsType<FrameDecoding.Decoded>(frames.Decode(0, values));

        Assert.Equal(expected, values.Select(value => isSigned ? new BigInteger(value) : new BigInteger((uint)value)));
        if (stored <= 16)
        {
            short[] small = new short[Rows * Columns];
            Assert.IsType<FrameDecoding.Decoded>(frames.Decode(0, small));
            Assert.Equal(expected, small.Select(value => isSigned ? new BigInteger(value) : new BigInteger((ushort)value)));
        }
    }

    [Theory]
    [InlineData("1.2.840.10008.1.2", 16, true)]
    [InlineData("1.2.840.10008.1.2.1", 12, true)]
    [InlineData("1.2.840.10008.1.2.1", 12, false)]
    [InlineData("1.2.840.10008.1.2.1.99", 12, true)]
    [InlineData("1.2.840.10008.1.2.2", 12, true)]
    public void Decode_WithWork_DoesItOnceOnEveryValueOfEveryFrame(string uid, int stored, bool isSigned)
    {
        // More than two pieces, the last one short and of odd length.
        const int Rows = 211;
        const int Columns = 331;
        var random = new Random(stored);
        byte[] pixels = new byte[2 * Rows * Columns * sizeof(short)];
        random.NextBytes(pixels);
        PixelFrames frames = ImageFiles.Open(ImageFiles.Native(
            ImageFiles.Header(Rows, Columns, 2, 16, stored, stored - 1, isSigned), pixels, TransferSyntax.FromUid(uid)));
        short[] plain = new short[Rows * Columns];
        short[] worked = new short[Rows * Columns];
        for (int frame = 0; frame < 2; frame++)
        {
            var work = new Increment();

            Assert.IsType<FrameDecoding.Decoded>(frames.Decode(frame, plain));
            Assert.IsType<FrameDecoding.Decoded>(frames.Decode(frame, worked, ref work));

            Assert.Equal(plain.Length, work.Count);
            Assert.Equal(plain.Select(value => unchecked((short)(value + 1))), worked);
        }
    }

    [Theory]
    [InlineData("1.2.840.10008.1.2")]
    [InlineData("1.2.840.10008.1.2.1.99")]
    [InlineData("1.2.840.10008.1.2.2")]
    public void Decode_EachNativeSyntax_GivesTheSameValuesOfEveryFrame(string uid)
    {
        ushort[] samples = ImageFiles.Samples(3 * 5 * 7, 16, seed: 1);
        byte[] file = ImageFiles.Native(ImageFiles.Header(5, 7, frames: 3), ImageFiles.Bytes(samples), TransferSyntax.FromUid(uid));

        for (int frame = 0; frame < 3; frame++)
        {
            Assert.Equal(samples.Skip(frame * 35).Take(35).Select(sample => (int)sample), ImageFiles.Decode(file, frame));
        }
    }

    [Theory]
    [InlineData(ValueRepresentation.OB)]
    [InlineData(ValueRepresentation.OW)]
    public void Decode_BytesInBigEndian_AreSwappedInWordsOnly(ValueRepresentation vr)
    {
        // Two frames of 15 bytes: the second starts in the middle of a word.
        byte[] pixels = [.. Enumerable.Range(1, 30).Select(i => (byte)i)];
        byte[] file = ImageFiles.Native(ImageFiles.Header(3, 5, frames: 2, allocated: 8, stored: 8), pixels, TransferSyntax.ExplicitVrBigEndian, vr);
        int start = file.AsSpan().IndexOf(vr == ValueRepresentation.OB ? [1, 2, 3, 4] : [2, 1, 4, 3]);
        Assert.True(start > 0);

        Assert.Equal(Enumerable.Range(1, 15), ImageFiles.Decode(file, 0));
        Assert.Equal(Enumerable.Range(16, 15), ImageFiles.Decode(file, 1));
    }

    [Theory]
    [InlineData("1.2.840.10008.1.2.1")]
    [InlineData("1.2.840.10008.1.2.2")]
    public void Decode_OneBit_UnpacksLowestFirstAcrossFrames(string uid)
    {
        // 3 frames of 15 pixels: frames end inside bytes.
        var random = new Random(4);
        int[] bits = [.. Enumerable.Range(0, 45).Select(_ => random.Next(2))];
        byte[] packed = new byte[6];
        for (int i = 0; i < bits.Length; i++)
        {
            packed[i / 8] |= (byte)(bits[i] << (i % 8));
        }

        byte[] file = ImageFiles.Native(ImageFiles.Header(3, 5, frames: 3, allocated: 1, stored: 1), packed, TransferSyntax.FromUid(uid));

        for (int frame = 0; frame < 3; frame++)
        {
            Assert.Equal(bits.Skip(frame * 15).Take(15), ImageFiles.Decode(file, frame));
        }
    }

    [Fact]
    public void Decode_ColourByPlane_InterleavesByPixel()
    {
        byte[] pixels = [1, 2, 3, 4, 11, 12, 13, 14, 21, 22, 23, 24];
        byte[] file = ImageFiles.Native(ImageFiles.Header(2, 2, allocated: 8, stored: 8, samples: 3).Set(DicomTags.PlanarConfiguration, 1), pixels, vr: ValueRepresentation.OB);

        Assert.Equal([1, 11, 21, 2, 12, 22, 3, 13, 23, 4, 14, 24], ImageFiles.Decode(file));
    }

    [Fact]
    public void Decode_OddLength_IsReadWithoutItsPadding() =>
        Assert.Equal([9, 8, 7], ImageFiles.Decode(ImageFiles.Native(ImageFiles.Header(1, 3, allocated: 8, stored: 8), [9, 8, 7], vr: ValueRepresentation.OB)));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public void Decode_Rle_PutsTheHighByteFirst(int bytesPerCell)
    {
        var random = new Random(bytesPerCell);
        const int Count = 6 * 11;
        uint[] samples = [.. Enumerable.Range(0, Count).Select(i => i % 3 == 0 ? 7u : (uint)random.NextInt64(1L << (8 * bytesPerCell)))];
        byte[][] segments = [.. Enumerable.Range(0, bytesPerCell).Select(plane => samples.Select(sample => (byte)(sample >> (8 * (bytesPerCell - 1 - plane)))).ToArray())];
        byte[] file = ImageFiles.Encapsulated(
            ImageFiles.Header(6, 11, allocated: 8 * bytesPerCell, stored: 8 * bytesPerCell), TransferSyntax.RleLossless, ImageFiles.RleFrame(segments));

        Assert.Equal(samples, ImageFiles.Decode(file).Select(value => (uint)value));
    }

    [Fact]
    public void Decode_RleColour_InterleavesByPixel()
    {
        byte[] file = ImageFiles.Encapsulated(
            ImageFiles.Header(1, 3, allocated: 8, stored: 8, samples: 3), TransferSyntax.RleLossless, ImageFiles.RleFrame([1, 2, 3], [4, 4, 4], [7, 8, 9]));

        Assert.Equal([1, 4, 7, 2, 4, 8, 3, 4, 9], ImageFiles.Decode(file));
    }

    [Fact]
    public void Decode_RleCutOrOfAnotherSize_Fails()
    {
        byte[] frame = ImageFiles.RleFrame([1, 2, 3, 3, 3, 3], [4, 5, 6, 7, 8, 9]);
        DicomDataSetBuilder Header(int rows = 2) => ImageFiles.Header(rows, 3);
        Assert.Null(ImageFiles.FindIssue(ImageFiles.Encapsulated(Header(), TransferSyntax.RleLossless, frame)));

        // Even lengths only: the padding of an odd one would stand in for the byte that is gone.
        Assert.All(Enumerable.Range(0, frame.Length / 2), pairs =>
            Assert.NotNull(ImageFiles.FindIssue(ImageFiles.Encapsulated(Header(), TransferSyntax.RleLossless, frame[..(2 * pairs)]))));
        Assert.NotNull(ImageFiles.FindIssue(ImageFiles.Encapsulated(Header(rows: 1), TransferSyntax.RleLossless, frame)));
        Assert.NotNull(ImageFiles.FindIssue(ImageFiles.Encapsulated(Header(rows: 3), TransferSyntax.RleLossless, frame)));
    }

    [Fact]
    public void Decode_OneFrameInManyFragments_JoinsThem()
    {
        ushort[] samples = ImageFiles.Samples(40, 16, seed: 2);
        byte[] stream = new JpegLosslessEncoder { Rows = 5, Columns = 8 }.Encode(samples);
        byte[] file = ImageFiles.Encapsulated(
            ImageFiles.Header(5, 8), TransferSyntax.JpegLossless, stream[..20], stream[20..22], stream[22..60], stream[60..]);

        Assert.Equal(samples.Select(sample => (int)sample), ImageFiles.Decode(file));
    }

    [Theory]
    [InlineData("one fragment a frame")]
    [InlineData("basic offset table")]
    [InlineData("extended offset table")]
    [InlineData("neither")]
    [InlineData("wrong basic offset table")]
    public void Decode_ManyFrames_FindsEach(string layout)
    {
        ushort[][] samples = [.. Enumerable.Range(0, 3).Select(i => ImageFiles.Samples(40, 16, seed: i))];
        byte[][] streams = [.. samples.Select(frame => new JpegLosslessEncoder { Rows = 5, Columns = 8 }.Encode(frame)).Select(stream => stream.Length % 2 == 0 ? stream : [.. stream, (byte)0])];
        byte[][] fragments = layout is "one fragment a frame" or "wrong basic offset table"
            ? streams
            : [streams[0][..30], streams[0][30..], streams[1], streams[2][..10], streams[2][10..]];
        long second = streams[0].Length + (layout == "one fragment a frame" ? 8 : 16);
        long third = second + streams[1].Length + 8;
        uint[] offsets = layout switch
        {
            "basic offset table" => [0, (uint)second, (uint)third],
            "wrong basic offset table" => [0, 3, 5],
            _ => [],
        };
        DicomDataSetBuilder header = ImageFiles.Header(5, 8, frames: 3);
        if (layout == "extended offset table")
        {
            byte[] table = new byte[24];
            BinaryPrimitives.WriteInt64LittleEndian(table.AsSpan(8), second);
            BinaryPrimitives.WriteInt64LittleEndian(table.AsSpan(16), third);
            header.SetBytes(DicomTags.ExtendedOffsetTable, ValueRepresentation.OV, table);
        }

        byte[] file = DicomFileWriter.ToArray(
            header.Build(),
            TransferSyntax.JpegLossless,
            new EncapsulatedPixelData([.. fragments.Select(bytes => new ReadOnlyMemory<byte>(bytes))], offsets));

        for (int frame = 0; frame < 3; frame++)
        {
            Assert.Equal(samples[frame].Select(sample => (int)sample), ImageFiles.Decode(file, frame));
        }
    }

    [Fact]
    public void Decode_DelimiterBytesInsideAFragment_AreData()
    {
        // An RLE literal run that holds a whole Sequence Delimitation Item.
        byte[] pixels = [0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0, 5, 6];
        byte[] frame = [.. BitConverter.GetBytes(1), .. BitConverter.GetBytes(64), .. new byte[56], 9, .. pixels, 128];
        byte[] file = ImageFiles.Encapsulated(ImageFiles.Header(2, 5, allocated: 8, stored: 8), TransferSyntax.RleLossless, frame);

        Assert.Equal(pixels.Select(pixel => (int)pixel), ImageFiles.Decode(file));
    }

    [Fact]
    public void TryOpen_MoreFramesThanTheHeaderSays_IsRefused()
    {
        byte[] stream = new JpegLosslessEncoder { Rows = 5, Columns = 8 }.Encode(ImageFiles.Samples(40, 16, seed: 2));

        SeriesIssue? issue = ImageFiles.FindIssue(ImageFiles.Encapsulated(ImageFiles.Header(5, 8), TransferSyntax.JpegLossless, stream, stream));

        Assert.Equal(SeriesIssueCode.PixelDataUnreadable, issue?.Code);
    }

    [Theory]
    [InlineData("1.2.840.10008.1.2.1")]
    [InlineData("1.2.840.10008.1.2.1.99")]
    [InlineData("1.2.840.10008.1.2.2")]
    public void Decode_NativeFileCutAnywhereInItsPixels_Fails(string uid)
    {
        byte[] pixels = ImageFiles.Bytes(ImageFiles.Samples(64, 16, seed: 3));
        byte[] file = ImageFiles.Native(ImageFiles.Header(8, 8), pixels, TransferSyntax.FromUid(uid));
        Assert.Null(ImageFiles.FindIssue(file));

        // The deflated file may end with a byte of padding.
        int last = uid.EndsWith("99", StringComparison.Ordinal) ? file.Length - 2 : file.Length - 1;
        Assert.All(Enumerable.Range(file.Length - 100, last - file.Length + 101), length => Assert.NotNull(ImageFiles.FindIssue(file[..length])));
    }

    [Theory]
    [InlineData(126)]
    [InlineData(130)]
    [InlineData(256)]
    public void TryOpen_AnotherLengthThanTheHeaderDescribes_IsRefused(int length)
    {
        byte[] pixels = new byte[length];
        pixels.AsSpan().Fill(3);

        Assert.Equal(SeriesIssueCode.PixelDataUnreadable, ImageFiles.FindIssue(ImageFiles.Native(ImageFiles.Header(8, 8), pixels))?.Code);
    }

    [Fact]
    public void TryOpen_ZerosAfterThePixels_ArePadding() =>
        Assert.Null(ImageFiles.FindIssue(ImageFiles.Native(ImageFiles.Header(8, 8), [.. Enumerable.Repeat((byte)1, 128), .. new byte[64]])));

    [Fact]
    public void TryOpen_UnsupportedSyntax_NamesIt()
    {
        byte[] file = ImageFiles.Encapsulated(ImageFiles.Header(8, 8), TransferSyntax.FromUid("1.2.840.10008.1.2.4.80"), [1, 2]);

        SeriesIssue issue = Assert.NotNull(ImageFiles.FindIssue(file));

        Assert.Equal(SeriesIssueCode.TransferSyntaxNotSupported, issue.Code);
        Assert.Contains("JPEG-LS Lossless", issue.Explanation, StringComparison.Ordinal);
        Assert.Contains("1.2.840.10008.1.2.4.80", issue.Explanation, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(65535, 65535, 1)]
    [InlineData(10, 10, 1_000_000)]
    public void TryOpen_MoreThanTheLimits_IsRefusedWithoutMemory(int rows, int columns, int frames)
    {
        byte[] file = ImageFiles.Native(ImageFiles.Header(rows, columns, frames), new byte[100]);
        long before = GC.GetAllocatedBytesForCurrentThread();

        SeriesIssue? issue = ImageFiles.FindIssue(file);

        Assert.Equal(SeriesIssueCode.LimitExceeded, issue?.Code);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Theory]
    [InlineData("rle")]
    [InlineData("jpeg")]
    [InlineData("deflated")]
    public void TryOpen_CompressedDataTooSmallForTheirPixels_AreRefusedWithoutMemory(string coding)
    {
        byte[] file = coding switch
        {
            "rle" => ImageFiles.Encapsulated(ImageFiles.Header(10000, 10000), TransferSyntax.RleLossless, new byte[1000]),
            "jpeg" => ImageFiles.Encapsulated(ImageFiles.Header(10000, 10000), TransferSyntax.JpegLossless, new byte[1000]),
            _ => ImageFiles.Native(ImageFiles.Header(10000, 10000), new byte[1000], TransferSyntax.DeflatedExplicitVrLittleEndian),
        };
        long before = GC.GetAllocatedBytesForCurrentThread();

        Assert.Equal(SeriesIssueCode.PixelDataUnreadable, ImageFiles.FindIssue(file)?.Code);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void TryOpen_ContradictoryBits_AreRefused() => Assert.All(
        new (int Allocated, int Stored, int High)[] { (16, 17, 16), (16, 12, 10), (16, 12, 16), (12, 12, 11), (64, 16, 15), (16, 0, 0) },
        bits => Assert.Equal(
            SeriesIssueCode.InvalidHeader,
            ImageFiles.FindIssue(ImageFiles.Native(ImageFiles.Header(2, 2, allocated: bits.Allocated, stored: bits.Stored, highBit: bits.High), new byte[8]))?.Code));

    [Fact]
    public void TryOpen_WithoutPixelRepresentation_IsRefused() => Assert.Contains(
        "Pixel Representation (0028,0103)",
        ImageFiles.FindIssue(ImageFiles.Native(ImageFiles.Header(2, 2).Remove(DicomTags.PixelRepresentation), new byte[8]))?.Explanation,
        StringComparison.Ordinal);

    [Fact]
    public void Decode_WrongArguments_AreTheCallersBug()
    {
        PixelFrames frames = ImageFiles.Open(ImageFiles.Native(ImageFiles.Header(2, 2, allocated: 32, stored: 32), new byte[16]));

        Assert.Throws<ArgumentOutOfRangeException>(() => frames.Decode(1, new int[4]));
        Assert.Throws<ArgumentOutOfRangeException>(() => frames.Decode(-1, new int[4]));
        Assert.Throws<ArgumentException>(() => frames.Decode(0, new int[3]));
        Assert.Throws<ArgumentException>(() => frames.Decode(0, new short[4]));
    }

    [Fact]
    public void Decode_FileCutAfterItsHeaderWasRead_Fails()
    {
        string path = Path.GetTempFileName();
        try
        {
            byte[] file = ImageFiles.Native(ImageFiles.Header(8, 8), new byte[128]);
            File.WriteAllBytes(path, file);
            DicomFile read = Assert.IsType<DicomReading.Accepted>(DicomFile.Read(path, ReadingLimits.Default)).File;
            Assert.True(PixelFrames.TryOpen(read, ReadingLimits.Default, out PixelFrames? frames, out _));
            File.WriteAllBytes(path, file[..^50]);

            Assert.IsType<FrameDecoding.Failed>(frames.Decode(0, new short[64]));

            File.Delete(path);
            Assert.IsType<FrameDecoding.Failed>(frames.Decode(0, new short[64]));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Decode_FramesInParallel_GivesTheSameValues()
    {
        const int Frames = 24;
        ushort[][] samples = [.. Enumerable.Range(0, Frames).Select(i => ImageFiles.Samples(64 * 64, 12, seed: i))];
        byte[] file = ImageFiles.Encapsulated(
            ImageFiles.Header(64, 64, Frames, stored: 12),
            TransferSyntax.JpegLossless,
            [.. samples.Select(frame => new JpegLosslessEncoder { Rows = 64, Columns = 64, Precision = 12 }.Encode(frame))]);
        PixelFrames frames = ImageFiles.Open(file);
        short[][] decoded = new short[Frames][];

        Parallel.For(0, Frames, frame =>
        {
            decoded[frame] = new short[64 * 64];
            frames.Decode(frame, decoded[frame]);
        });

        Assert.All(Enumerable.Range(0, Frames), frame => Assert.Equal(samples[frame].Select(sample => (short)sample), decoded[frame]));
    }

    // By the definition of PS3.5 8.1.1, with whole numbers instead of shifts.
    private static BigInteger Expected(ReadOnlySpan<byte> cell, int stored, int highBit, bool isSigned)
    {
        var number = new BigInteger(cell, isUnsigned: true);
        BigInteger value = BigInteger.Divide(number, BigInteger.Pow(2, highBit + 1 - stored)) % BigInteger.Pow(2, stored);
        return isSigned && value >= BigInteger.Pow(2, stored - 1) ? value - BigInteger.Pow(2, stored) : value;
    }

    /// <summary>Work that shows on every value how often it was done.</summary>
    private struct Increment : IPieceWork
    {
        public int Count { get; private set; }

        public void Do(Span<short> piece)
        {
            Count += piece.Length;
            foreach (ref short value in piece)
            {
                value++;
            }
        }
    }
}
