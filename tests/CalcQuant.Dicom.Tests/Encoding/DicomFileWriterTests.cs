using CalcQuant.Dicom.Encoding;

namespace CalcQuant.Dicom.Tests.Encoding;

public sealed class DicomFileWriterTests
{
    private const string SecondaryCapture = "1.2.840.10008.5.1.4.1.1.7";

    public static TheoryData<string, bool> NativeSyntaxes => new()
    {
        { "1.2.840.10008.1.2", false },
        { "1.2.840.10008.1.2", true },
        { "1.2.840.10008.1.2.1", false },
        { "1.2.840.10008.1.2.1", true },
        { "1.2.840.10008.1.2.1.99", true },
        { "1.2.840.10008.1.2.2", false },
        { "1.2.840.10008.1.2.2", true },
    };

    [Theory]
    [MemberData(nameof(NativeSyntaxes))]
    public void ToArray_EachNativeSyntax_ReadsBack(string uid, bool undefinedLengths)
    {
        byte[] bytes = DicomFileWriter.ToArray(Sample(), TransferSyntax.FromUid(uid), undefinedLengths: undefinedLengths);

        DicomFile file = Assert.IsType<DicomReading.Accepted>(DicomFile.Read("sample", bytes, ReadingLimits.Default)).File;

        Assert.Equal(uid, file.TransferSyntaxUid);
        DicomDataSet read = file.DataSet;
        Assert.Equal(3, read.GetInt32(DicomTags.Rows));
        Assert.Equal([0.5, 0.25], read.GetDoubles(DicomTags.PixelSpacing)!);
        Assert.Equal("Ärmel^Jörg", read.GetString(DicomTags.PatientName));
        Assert.Equal(["DERIVED", "PRIMARY"], read.GetStrings(DicomTags.ImageType));
        Assert.Equal(-2000, read.GetInt32(DicomTags.PixelPaddingValue));
        Assert.Equal(1.5, read.GetDouble(DicomTags.RevolutionTime));
        Assert.Equal(["(0062,000B)", "(0020,0032)"], read.GetStrings(DicomTags.DimensionIndexPointer));
        DicomDataSet outer = Assert.Single(read.GetItems(DicomTags.SharedFunctionalGroupsSequence));
        Assert.Equal(2, outer.GetItems(DicomTags.PixelMeasuresSequence).Count);
        Assert.Equal("2.5", outer.GetItems(DicomTags.PixelMeasuresSequence)[1].GetString(DicomTags.SliceThickness));
        Assert.Empty(read.GetItems(DicomTags.ReferencedPerformedProcedureStepSequence));
        Assert.True(file.HasPixelData);
        Assert.False(read.Contains(DicomTags.PixelData));
    }

    [Fact]
    public void ToArray_Default_StartsWithPreambleMagicAndRightGroupLength()
    {
        byte[] bytes = DicomFileWriter.ToArray(Sample());

        Assert.All(bytes.Take(128), value => Assert.Equal(0, value));
        Assert.Equal("DICM\u0002\0\0\0UL\u0004\0"u8, bytes.AsSpan(128, 12));
        int groupLength = BitConverter.ToInt32(bytes, 140);
        Assert.Equal(8, BitConverter.ToUInt16(bytes, 144 + groupLength));
        Assert.Equal(0, bytes.Length % 2);
        Assert.Equal(bytes, DicomFileWriter.ToArray(Sample()));
    }

    [Fact]
    public void ToArray_WithoutSopInstanceUid_IsRefused() =>
        Assert.Throws<ArgumentException>(() => DicomFileWriter.ToArray(new DicomDataSetBuilder().Set(DicomTags.SOPClassUID, SecondaryCapture).Build()));

    [Fact]
    public void ToArray_EncapsulatedSyntaxWithoutFragments_IsRefused() =>
        Assert.Throws<ArgumentException>(() => DicomFileWriter.ToArray(Sample(), TransferSyntax.RleLossless));

    internal static DicomDataSet Sample() => new DicomDataSetBuilder()
        .Set(DicomTags.SOPClassUID, SecondaryCapture)
        .Set(DicomTags.SOPInstanceUID, "1.2.3.4.5")
        .Set(DicomTags.ImageType, "DERIVED", "PRIMARY")
        .Set(DicomTags.PatientName, "Ärmel^Jörg")
        .Set(DicomTags.RevolutionTime, 1.5)
        .Set(DicomTags.PixelRepresentation, 1)
        .Set(DicomTags.Rows, 3)
        .Set(DicomTags.Columns, 2)
        .Set(DicomTags.SamplesPerPixel, 1)
        .Set(DicomTags.PhotometricInterpretation, "MONOCHROME2")
        .Set(DicomTags.BitsAllocated, 16)
        .Set(DicomTags.BitsStored, 16)
        .Set(DicomTags.HighBit, 15)
        .Set(DicomTags.PixelSpacing, 0.5, 0.25)
        .Set(DicomTags.PixelPaddingValue, ValueRepresentation.SS, -2000)
        .SetTags(DicomTags.DimensionIndexPointer, DicomTags.ReferencedSegmentNumber, DicomTags.ImagePositionPatient)
        .SetItems(DicomTags.ReferencedPerformedProcedureStepSequence)
        .SetItems(
            DicomTags.SharedFunctionalGroupsSequence,
            new DicomDataSetBuilder()
                .SetItems(
                    DicomTags.PixelMeasuresSequence,
                    new DicomDataSetBuilder().Set(DicomTags.SliceThickness, 1).Build(),
                    new DicomDataSetBuilder().Set(DicomTags.SliceThickness, 2.5).Build())
                .Build())
        .Set(DicomTags.PixelData, ValueRepresentation.OW, 64512, 0, 1, 2, 3, 32767)
        .Build();
}
