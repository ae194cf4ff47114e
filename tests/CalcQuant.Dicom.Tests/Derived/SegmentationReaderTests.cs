using System.Numerics;
using CalcQuant.Dicom.Derived;
using CalcQuant.Dicom.Tests.Corpus;
using CalcQuant.Imaging;

namespace CalcQuant.Dicom.Tests.Derived;

public sealed class SegmentationReaderTests
{
    /// <summary>The last element of the file is Pixel Data: three frames of 38 x 23 bits and a byte to make it even.</summary>
    private const int PackedBytes = 328;

    [Fact]
    public void Read_OfTheSegmentationInTheCorpus_HasAsManyVoxelsAsItsFileHasBits()
    {
        byte[] file = File.ReadAllBytes(Path.Combine(DicomCorpus.Require(), "open", "geometry", "dcmqi_23x38x3", "label.seg"));
        LabelVolume volume = Assert.IsType<LabelReading.Accepted>(SegmentationReader.Read(file, ReadingLimits.Default)).Volume;
        int expected = file.AsSpan(file.Length - PackedBytes).ToArray().Sum(value => BitOperations.PopCount(value));
        int found = 0;
        for (int slice = 0; slice < volume.SliceCount; slice++)
        {
            for (int i = 0; i < volume.ColumnCount * volume.RowCount; i++)
            {
                found += volume[i % volume.ColumnCount, i / volume.ColumnCount, slice] > 0 ? 1 : 0;
            }
        }

        Assert.Equal((23 * 38, expected), (volume.ColumnCount * volume.RowCount, found));
        Assert.NotEqual(0, expected);
        Assert.NotNull(volume.FrameOfReferenceUid);
    }

    [Fact]
    public void Read_OfAnImageOrOfNothing_SaysThatItIsNoSegmentation()
    {
        byte[] image = File.ReadAllBytes(Path.Combine(DicomCorpus.Require(), "open", "geometry", "dcmqi_23x38x3", "IMG0001.dcm"));
        Assert.All([image, new byte[200], []], file => Assert.Equal(
            "Not a DICOM Segmentation.", Assert.IsType<LabelReading.Rejected>(SegmentationReader.Read(file, ReadingLimits.Default)).Explanation));
    }

    [Fact]
    public void Read_OfDamagedSegmentations_NeverThrows()
    {
        byte[] good = File.ReadAllBytes(Path.Combine(DicomCorpus.Require(), "open", "geometry", "dcmqi_23x38x3", "label.seg"));
        var random = new Random(5);
        for (int i = 0; i < 1500; i++)
        {
            byte[] file = [.. good];
            for (int n = random.Next(1, 8); n > 0; n--)
            {
                file[random.Next(132, file.Length)] = (byte)random.Next(256);
            }

            Assert.NotNull(SegmentationReader.Read(i % 5 == 0 ? file.AsMemory(0, random.Next(file.Length)) : file, ReadingLimits.Default));
        }
    }
}
