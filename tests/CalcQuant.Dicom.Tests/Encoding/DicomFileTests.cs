using System.Buffers.Binary;
using CalcQuant.Analysis;
using CalcQuant.Dicom.Encoding;

namespace CalcQuant.Dicom.Tests.Encoding;

public sealed class DicomFileTests
{
    private const uint Undefined = 0xFFFFFFFF;

    [Fact]
    public void Read_WithoutPreambleOrMeta_FindsTheEncoding()
    {
        DicomDataSet sample = DicomFileWriterTests.Sample();
        foreach (TransferSyntax syntax in new[] { TransferSyntax.ImplicitVrLittleEndian, TransferSyntax.ExplicitVrLittleEndian, TransferSyntax.ExplicitVrBigEndian })
        {
            byte[] file = DicomFileWriter.ToArray(sample, syntax);
            int groupLength = BitConverter.ToInt32(file, 140);

            DicomFile withMeta = Accept(file[132..]);
            DicomFile bare = Accept(file[(144 + groupLength)..]);

            Assert.Equal(syntax.Uid, withMeta.TransferSyntaxUid);
            Assert.Equal(syntax.Uid, bare.TransferSyntaxUid);
            Assert.Equal(3, bare.DataSet.GetInt32(DicomTags.Rows));
            Assert.True(bare.HasPixelData);
        }
    }

    [Fact]
    public void Read_FromDiskInChunks_EqualsReadingFromMemory()
    {
        var builder = new DicomDataSetBuilder(DicomFileWriterTests.Sample());
        var random = new Random(3);
        for (ushort element = 0x1000; element < 0x1200; element++)
        {
            byte[] value = new byte[random.Next(3000)];
            random.NextBytes(value);
            builder.SetBytes(new DicomTag(0x0009, element), ValueRepresentation.OB, value);
        }

        foreach (TransferSyntax syntax in new[] { TransferSyntax.ExplicitVrLittleEndian, TransferSyntax.DeflatedExplicitVrLittleEndian })
        {
            byte[] bytes = DicomFileWriter.ToArray(builder.Build(), syntax);
            string path = Path.GetTempFileName();
            try
            {
                System.IO.File.WriteAllBytes(path, bytes);
                DicomFile onDisk = Assert.IsType<DicomReading.Accepted>(DicomFile.Read(path, ReadingLimits.Default)).File;
                DicomFile inMemory = Accept(bytes);

                Assert.Equal(path, onDisk.Name);
                Assert.Equal(Values(inMemory.DataSet), Values(onDisk.DataSet));
                Assert.Equal(inMemory.PixelData, onDisk.PixelData);
            }
            finally
            {
                System.IO.File.Delete(path);
            }
        }

        static IEnumerable<string> Values(DicomDataSet dataSet)
        {
            var values = new List<string>();
            foreach (DicomElement element in dataSet.Elements)
            {
                values.Add($"{element.Tag} {element.Vr} {Convert.ToHexString(element.Value.Span)}");
            }

            return values;
        }
    }

    [Fact]
    public void Read_OddsAndEnds_AreTolerated()
    {
        byte[] file = File(
            Explicit(0x0008, 0x0060, "CS", "CT "u8),
            Explicit(0x0020, 0x0011, "  ", "17"u8),
            Implicit(0x0028, 0x0010, [0, 2]),
            [0xFE, 0xFF, 0x0D, 0xE0, 0, 0, 0, 0],
            Explicit(0x0028, 0x0011, "US", [0, 1]),
            Explicit(0x0018, 0x0050, "DS", "2.5"u8),
            new byte[200]);

        DicomDataSet dataSet = Accept(file).DataSet;

        Assert.Equal("CT", dataSet.GetString(DicomTags.Modality));
        Assert.Equal(17, dataSet.GetInt32(DicomTags.SeriesNumber));
        Assert.Equal(512, dataSet.GetInt32(DicomTags.Rows));
        Assert.Equal(256, dataSet.GetInt32(DicomTags.Columns));
        Assert.Equal(2.5, dataSet.GetDouble(DicomTags.SliceThickness));
    }

    [Fact]
    public void Read_TrailingPaddingElement_EndsTheDataSet()
    {
        byte[] file = File(Explicit(0x0008, 0x0060, "CS", "CT"u8), [0xFC, 0xFF, 0xFC, 0xFF, (byte)'O', (byte)'B', 0, 0, 4, 0, 0, 0, 1, 2, 3, 4]);

        Assert.Equal("CT", Accept(file).DataSet.GetString(DicomTags.Modality));
    }

    [Fact]
    public void Read_SequencesOfVrUn_AreImplicitInside()
    {
        byte[] item = Implicit(0x0018, 0x0050, "2.5 "u8);
        byte[] undefined = File(Long(0x0028, 0x9110, "UN", Undefined), Item(Undefined), item, Delimiter(0xE00D), Delimiter(0xE0DD));
        byte[] defined = File(Long(0x0028, 0x9110, "UN", (uint)item.Length + 8), Item((uint)item.Length), item);
        byte[] isPrivate = File(Long(0x0029, 0x1010, "UN", Undefined), Item((uint)item.Length), item, Delimiter(0xE0DD));

        Assert.Equal(2.5, Assert.Single(Accept(undefined).DataSet.GetItems(DicomTags.PixelMeasuresSequence)).GetDouble(DicomTags.SliceThickness));
        Assert.Equal(2.5, Assert.Single(Accept(defined).DataSet.GetItems(DicomTags.PixelMeasuresSequence)).GetDouble(DicomTags.SliceThickness));
        Assert.Equal(2.5, Assert.Single(Accept(isPrivate).DataSet.GetItems(new DicomTag(0x0029, 0x1010))).GetDouble(DicomTags.SliceThickness));
    }

    [Fact]
    public void Read_IconPixels_AreNotThePixelsOfTheFile()
    {
        byte[] icon = [.. Long(0x7FE0, 0x0010, "OB", Undefined), .. Item(0), .. Item(4), 1, 2, 3, 4, .. Delimiter(0xE0DD)];
        byte[] file = File(Long(0x0088, 0x0200, "SQ", Undefined), Item(Undefined), icon, Delimiter(0xE00D), Delimiter(0xE0DD));

        DicomFile read = Accept(file);

        Assert.False(read.HasPixelData);
        Assert.Single(read.DataSet.GetItems(DicomTags.IconImageSequence));
    }

    [Fact]
    public void Read_PaddingValueInImplicit_FollowsPixelRepresentation()
    {
        byte[] signed = DicomFileWriter.ToArray(DicomFileWriterTests.Sample(), TransferSyntax.ImplicitVrLittleEndian);
        byte[] unsigned = DicomFileWriter.ToArray(
            new DicomDataSetBuilder(DicomFileWriterTests.Sample()).Set(DicomTags.PixelRepresentation, 0).Build(), TransferSyntax.ImplicitVrLittleEndian);

        Assert.Equal(-2000, Accept(signed).DataSet.GetInt32(DicomTags.PixelPaddingValue));
        Assert.Equal(65536 - 2000, Accept(unsigned).DataSet.GetInt32(DicomTags.PixelPaddingValue));
    }

    [Fact]
    public void Read_TheSameElementTwice_IsRefusedOnlyWhereItDiffers()
    {
        byte[] rows = Explicit(0x0028, 0x0010, "US", [0, 2]);

        Assert.Equal(512, Accept(File(rows, rows)).DataSet.GetInt32(DicomTags.Rows));
        Assert.Contains("Rows (0028,0010)", Reject(File(rows, Explicit(0x0028, 0x0010, "US", [0, 1]))).Explanation, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_DeepNesting_IsOverTheLimit()
    {
        const int Depth = 10000;
        List<byte[]> parts = [];
        for (int i = 0; i < Depth; i++)
        {
            parts.Add(Long(0x0008, 0x1140, "SQ", Undefined));
            parts.Add(Item(Undefined));
        }

        Assert.Equal(SeriesIssueCode.LimitExceeded, Reject(File([.. parts])).Code);
    }

    [Fact]
    public void Read_MoreThanTheLimits_IsRefused()
    {
        byte[] file = DicomFileWriter.ToArray(DicomFileWriterTests.Sample());

        Assert.Equal(SeriesIssueCode.LimitExceeded, Reject(file, ReadingLimits.Default with { MaxFileBytes = file.Length - 1 }).Code);
        Assert.Equal(SeriesIssueCode.LimitExceeded, Reject(file, ReadingLimits.Default with { MaxElementCount = 5 }).Code);
        Assert.Equal(SeriesIssueCode.LimitExceeded, Reject(file, ReadingLimits.Default with { MaxHeaderBytes = 400 }).Code);
        Assert.Equal(SeriesIssueCode.LimitExceeded, Reject(file, ReadingLimits.Default with { MaxNestingDepth = 1 }).Code);
    }

    [Theory]
    [InlineData("length beyond the file")]
    [InlineData("undefined length of text")]
    [InlineData("item missing")]
    [InlineData("item delimiter missing")]
    [InlineData("sequence delimiter missing")]
    [InlineData("item longer than its sequence")]
    [InlineData("element longer than its item")]
    public void Read_DamagedStructure_IsRefused(string damage)
    {
        byte[] element = Explicit(0x0018, 0x0050, "DS", "2.5 "u8);
        byte[] file = damage switch
        {
            "length beyond the file" => File(Long(0x0029, 0x1010, "OB", 0x7FFFFFFF), new byte[10]),
            "undefined length of text" => File(Long(0x0008, 0x0119, "UC", Undefined), element),
            "item missing" => File(Long(0x0028, 0x9110, "SQ", (uint)element.Length), element),
            "item delimiter missing" => File(Long(0x0028, 0x9110, "SQ", Undefined), Item(Undefined), element, Delimiter(0xE0DD)),
            "sequence delimiter missing" => File(Long(0x0028, 0x9110, "SQ", Undefined), Item((uint)element.Length), element),
            "item longer than its sequence" => File(Long(0x0028, 0x9110, "SQ", (uint)element.Length + 8), Item((uint)element.Length + 1), element, new byte[4]),
            _ => File(Long(0x0028, 0x9110, "SQ", (uint)element.Length + 7), Item((uint)element.Length - 1), element),
        };

        Assert.Equal(SeriesIssueCode.InvalidHeader, Reject(file).Code);
    }

    [Fact]
    public void Read_AbsurdLength_TakesNoMemory()
    {
        byte[] file = File(Long(0x0029, 0x1010, "OB", 0x03FFFFFF), new byte[10]);
        string path = Path.GetTempFileName();
        try
        {
            System.IO.File.WriteAllBytes(path, file);
            long before = GC.GetAllocatedBytesForCurrentThread();

            Assert.IsType<DicomReading.Rejected>(DicomFile.Read(path, ReadingLimits.Default));

            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
        }
        finally
        {
            System.IO.File.Delete(path);
        }
    }

    [Fact]
    public void Read_OtherFiles_AreNotDicom() => Assert.All(
        new byte[][]
        {
            [],
            [1],
            [.. "Patient list, January\n"u8],
            [.. "PK\x03\x04 and more of it"u8],
            [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0],
            [0x89, .. "PNG\r\n\x1A\n    "u8],
            [0xFF, 0xD8, 0xFF, 0xE0, 0, 16, 0, 0, 0],
            new byte[4096],
        },
        bytes => Assert.NotEmpty(Assert.IsType<DicomReading.NotDicom>(DicomFile.Read("other", bytes, ReadingLimits.Default)).Explanation));

    [Fact]
    public void Read_MissingFileOrFolder_IsRejectedWithoutItsPath()
    {
        string missing = Path.Combine(Path.GetTempPath(), "Doe^John", "missing.dcm");

        SeriesIssue absent = Assert.IsType<DicomReading.Rejected>(DicomFile.Read(missing, ReadingLimits.Default)).Issue;
        SeriesIssue folder = Assert.IsType<DicomReading.Rejected>(DicomFile.Read(Path.GetTempPath(), ReadingLimits.Default)).Issue;

        Assert.DoesNotContain("Doe", absent.Explanation, StringComparison.Ordinal);
        Assert.NotEmpty(folder.Explanation);
    }

    private static DicomFile Accept(byte[] bytes)
    {
        DicomReading reading = DicomFile.Read("test", bytes, ReadingLimits.Default);
        Assert.False(reading is DicomReading.Rejected, (reading as DicomReading.Rejected)?.Issue.Explanation);
        return Assert.IsType<DicomReading.Accepted>(reading).File;
    }

    private static SeriesIssue Reject(byte[] bytes, ReadingLimits? limits = null) =>
        Assert.IsType<DicomReading.Rejected>(DicomFile.Read("test", bytes, limits ?? ReadingLimits.Default)).Issue;

    // A file in explicit VR little endian from encoded parts.
    private static byte[] File(params byte[][] parts) =>
        [.. new byte[128], .. "DICM"u8, .. Explicit(0x0002, 0x0010, "UI", "1.2.840.10008.1.2.1\0"u8), .. parts.SelectMany(part => part)];

    private static byte[] Tag(ushort group, ushort element)
    {
        byte[] tag = new byte[4];
        BinaryPrimitives.WriteUInt16LittleEndian(tag, group);
        BinaryPrimitives.WriteUInt16LittleEndian(tag.AsSpan(2), element);
        return tag;
    }

    private static byte[] Explicit(ushort group, ushort element, string vr, ReadOnlySpan<byte> value) =>
        [.. Tag(group, element), (byte)vr[0], (byte)vr[1], (byte)value.Length, (byte)(value.Length >> 8), .. value];

    private static byte[] Long(ushort group, ushort element, string vr, uint length) =>
        [.. Tag(group, element), (byte)vr[0], (byte)vr[1], 0, 0, .. BitConverter.GetBytes(length)];

    private static byte[] Implicit(ushort group, ushort element, ReadOnlySpan<byte> value) =>
        [.. Tag(group, element), .. BitConverter.GetBytes(value.Length), .. value];

    private static byte[] Item(uint length) => [.. Tag(0xFFFE, 0xE000), .. BitConverter.GetBytes(length)];

    private static byte[] Delimiter(ushort element) => [.. Tag(0xFFFE, element), 0, 0, 0, 0];
}
