using System.Runtime.InteropServices;
using CalcQuant.Analysis;
using CalcQuant.Dicom.Encoding;
using CalcQuant.Dicom.Series;
using CalcQuant.Imaging;

namespace CalcQuant.Dicom.Tests.Series;

/// <summary>Enhanced multi-frame CT (PS3.3 A.38): geometry and scale from the functional groups.</summary>
public sealed class EnhancedTests
{
    [Fact]
    public void Scan_EnhancedObject_IsOneStackSortedByPlanePosition()
    {
        using var folder = new SeriesFolder();
        folder.Write("enhanced", Enhanced(4, (i, frame) => Position(frame, 10 - (2.5 * i))));

        SeriesStack stack = folder.ScanOne();
        CtSeries series = stack.ReadAccepted();

        Assert.Equal(Verdict.Accepted, stack.Verdict);
        Assert.Equal([2.5, 5, 7.5, 10], series.Volume.Geometry.SliceOrigins.Select(origin => origin.Z));
        Assert.All(series.Volume.Geometry.SliceExtentsMm, extent => Assert.Equal(2.5, extent, 1e-9));
        Assert.Equal(100, series.Acquisition.Kvp);
        Assert.Equal("Br40d", series.Acquisition.ConvolutionKernel);
        for (int slice = 0; slice < 4; slice++)
        {
            Assert.Equal(SeriesFolder.Pixels(3 - slice)[11] - 1000, series.Volume[3, 1, slice]);
        }
    }

    [Fact]
    public void Read_ScalePerFrame_WinsOverTheSharedOne()
    {
        using var folder = new SeriesFolder();
        folder.Write("enhanced", Enhanced(3, (i, frame) => Position(frame, 2.5 * i)
            .SetItems(DicomTags.PixelValueTransformationSequence, Scale(-1000 + (10 * i)))));

        CtSeries series = folder.ScanOne().ReadAccepted();

        for (int slice = 0; slice < 3; slice++)
        {
            Assert.Equal(SeriesFolder.Pixels(slice)[0] - 1000 + (10 * slice), series.Volume[0, 0, slice]);
        }
    }

    [Fact]
    public void Scan_FramesOfTwoTimePoints_AreTwoStacks()
    {
        using var folder = new SeriesFolder();
        folder.Write("enhanced", Enhanced(6, (i, frame) => Position(frame, 2.5 * (i % 3))
            .SetItems(DicomTags.FrameContentSequence, new DicomDataSetBuilder().Set(DicomTags.TemporalPositionIndex, ValueRepresentation.UL, 1.0 + (i / 3)).Build())));

        Assert.Equal([3, 3], folder.Scan().Stacks.Select(stack => stack.SliceCount));
    }

    [Fact]
    public void Scan_LocalizerFrame_IsSkippedAndTheOthersAreKept()
    {
        using var folder = new SeriesFolder();
        folder.Write("enhanced", Enhanced(4, (i, frame) => Position(frame, 2.5 * i).SetItems(
            DicomTags.CTImageFrameTypeSequence,
            new DicomDataSetBuilder().Set(DicomTags.FrameType, "ORIGINAL", "PRIMARY", i == 3 ? "LOCALIZER" : "VOLUME", "NONE").Build())));

        SeriesCatalog catalog = folder.Scan();

        Assert.Equal(3, Assert.Single(catalog.Stacks).SliceCount);
        Assert.StartsWith("Frame 4:", Assert.Single(catalog.Skipped).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Scan_FrameLaterality_WinsOverThatOfTheSeries()
    {
        using var folder = new SeriesFolder();
        folder.Write("enhanced", Enhanced(3, (i, frame) => Position(frame, 2.5 * i).SetItems(
            DicomTags.FrameAnatomySequence,
            new DicomDataSetBuilder().Set(DicomTags.FrameLaterality, "R").Build())).Set(DicomTags.Laterality, "L"));

        CtAcquisition acquisition = folder.ScanOne().Acquisition;

        Assert.Equal(("R", "Frame Laterality (0020,9072)"), (acquisition.Laterality, acquisition.LateralitySource));
    }

    [Fact]
    public void Scan_PartsOfAConcatenation_AreOneStack()
    {
        using var folder = new SeriesFolder();
        for (int part = 0; part < 2; part++)
        {
            int current = part;
            folder.Write($"part{part}", Concatenated(Enhanced(3, (i, frame) => Position(frame, 2.5 * ((3 * current) + i)), firstPixels: 3 * part), part));
        }

        SeriesStack stack = folder.ScanOne();

        Assert.Equal((6, Verdict.Accepted), (stack.SliceCount, stack.Verdict));
    }

    [Fact]
    public void Scan_PartOfAConcatenationMissing_IsRefused()
    {
        using var folder = new SeriesFolder();
        folder.Write("part", Concatenated(Enhanced(3, (i, frame) => Position(frame, 2.5 * i)), 0));

        Assert.Contains(SeriesIssueCode.MissingSlice, folder.ScanOne().Issues.Codes());
    }

    [Fact]
    public void Scan_FramesThatNothingPlaces_AreRefused()
    {
        using var folder = new SeriesFolder();
        folder.Write("frames", Enhanced(3, (i, frame) => Position(frame, i)).Remove(DicomTags.PerFrameFunctionalGroupsSequence));

        Assert.Contains(SeriesIssueCode.GeometryMissing, folder.ScanOne().Issues.Codes());
    }

    [Fact]
    public void Scan_FewerFunctionalGroupsThanFrames_IsRefused()
    {
        using var folder = new SeriesFolder();
        folder.Write("frames", Enhanced(3, (i, frame) => Position(frame, i))
            .Set(DicomTags.NumberOfFrames, 4.0)
            .SetBytes(DicomTags.PixelData, ValueRepresentation.OW, new byte[4 * SeriesFolder.PixelCount * 2]));

        Assert.Contains(SeriesIssueCode.InvalidHeader, folder.ScanOne().Issues.Codes());
    }

    [Fact]
    public void Scan_MoreFramesThanTheLimit_IsRefused()
    {
        using var folder = new SeriesFolder();
        folder.Write("frames", Enhanced(5, (i, frame) => Position(frame, i)));

        SeriesStack stack = Assert.Single(folder.Scan(new ReadingLimits { MaxFrameCount = 4 }).Stacks);

        Assert.Contains(SeriesIssueCode.LimitExceeded, stack.Issues.Codes());
    }

    private static DicomDataSetBuilder Position(DicomDataSetBuilder frame, double zMm) => frame.SetItems(
        DicomTags.PlanePositionSequence,
        new DicomDataSetBuilder().Set(DicomTags.ImagePositionPatient, -10.0, -20, zMm).Build());

    private static DicomDataSet Scale(double interceptHu) => new DicomDataSetBuilder()
        .Set(DicomTags.RescaleIntercept, interceptHu)
        .Set(DicomTags.RescaleSlope, 1.0)
        .Set(DicomTags.RescaleType, "HU")
        .Build();

    private static DicomDataSetBuilder Concatenated(DicomDataSetBuilder part, int index) => part
        .Set(DicomTags.SOPInstanceUID, $"1.2.3.1.{index + 1}")
        .Set(DicomTags.ConcatenationUID, "1.2.3.44")
        .Set(DicomTags.InConcatenationNumber, ValueRepresentation.US, index + 1.0)
        .Set(DicomTags.InConcatenationTotalNumber, ValueRepresentation.US, 2.0);

    private static DicomDataSetBuilder Enhanced(int frameCount, Func<int, DicomDataSetBuilder, DicomDataSetBuilder> describe, int firstPixels = 0)
    {
        DicomDataSet shared = new DicomDataSetBuilder()
            .SetItems(DicomTags.PixelMeasuresSequence, new DicomDataSetBuilder()
                .Set(DicomTags.PixelSpacing, SeriesFolder.BetweenRowsMm, SeriesFolder.BetweenColumnsMm)
                .Set(DicomTags.SliceThickness, 2.5)
                .Build())
            .SetItems(DicomTags.PlaneOrientationSequence, new DicomDataSetBuilder().Set(DicomTags.ImageOrientationPatient, 1.0, 0, 0, 0, 1, 0).Build())
            .SetItems(DicomTags.PixelValueTransformationSequence, Scale(-1000))
            .SetItems(DicomTags.CTXRayDetailsSequence, new DicomDataSetBuilder().Set(DicomTags.KVP, 100.0).Build())
            .SetItems(DicomTags.CTReconstructionSequence, new DicomDataSetBuilder().Set(DicomTags.ConvolutionKernel, "Br40d").Build())
            .Build();
        DicomDataSet[] perFrame = [.. Enumerable.Range(0, frameCount).Select(i => describe(i, new DicomDataSetBuilder()).Build())];
        short[] pixels = [.. Enumerable.Range(firstPixels, frameCount).SelectMany(SeriesFolder.Pixels)];
        return SeriesFolder.Slice(0, 0)
            .Set(DicomTags.SOPClassUID, "1.2.840.10008.5.1.4.1.1.2.1")
            .Set(DicomTags.ImageType, "ORIGINAL", "PRIMARY", "VOLUME", "NONE")
            .Set(DicomTags.NumberOfFrames, (double)frameCount)
            .Remove(DicomTags.PixelSpacing)
            .Remove(DicomTags.ImagePositionPatient)
            .Remove(DicomTags.ImageOrientationPatient)
            .Remove(DicomTags.SliceThickness)
            .Remove(DicomTags.RescaleSlope)
            .Remove(DicomTags.RescaleIntercept)
            .Remove(DicomTags.KVP)
            .Remove(DicomTags.ConvolutionKernel)
            .SetItems(DicomTags.SharedFunctionalGroupsSequence, shared)
            .SetItems(DicomTags.PerFrameFunctionalGroupsSequence, perFrame)
            .SetBytes(DicomTags.PixelData, ValueRepresentation.OW, MemoryMarshal.AsBytes(pixels.AsSpan()).ToArray());
    }
}
