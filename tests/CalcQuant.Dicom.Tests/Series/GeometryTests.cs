using CalcQuant.Analysis;
using CalcQuant.Dicom.Encoding;
using CalcQuant.Dicom.Series;
using CalcQuant.Imaging;

namespace CalcQuant.Dicom.Tests.Series;

public sealed class GeometryTests
{
    private const double RoundingMm = 1e-9;

    [Fact]
    public void Read_EvenAxialStack_IsAcceptedWithoutAnyIssue()
    {
        using SeriesFolder folder = new SeriesFolder().WithStack(6);

        SeriesStack stack = folder.ScanOne();
        CtSeries series = stack.ReadAccepted();

        Assert.Equal(Verdict.Accepted, stack.Verdict);
        Assert.Empty(series.Issues);
        VolumeGeometry geometry = series.Volume.Geometry;
        Assert.Equal((SeriesFolder.ColumnCount, SeriesFolder.RowCount, 6), (geometry.ColumnCount, geometry.RowCount, geometry.SliceCount));
        Assert.Equal(SeriesFolder.BetweenRowsMm, geometry.BetweenRowsMm);
        Assert.Equal(SeriesFolder.BetweenColumnsMm, geometry.BetweenColumnsMm);
        Assert.All(geometry.SliceExtentsMm, extent => Assert.Equal(2, extent, RoundingMm));
        Assert.Equal(new LpsPoint(-10, -20, 4), geometry.SliceOrigins[2]);
        Assert.Equal(0, series.Acquisition.TiltDegrees, RoundingMm);
        for (int slice = 0; slice < 6; slice++)
        {
            short[] expected = [.. SeriesFolder.Pixels(slice).Select(stored => (short)(stored + SeriesFolder.InterceptHu))];
            Assert.Equal(expected, series.Volume.Int16Voxels.Slice(slice * SeriesFolder.PixelCount, SeriesFolder.PixelCount).ToArray());
        }
    }

    [Fact]
    public void Scan_NamesNumbersAndLocationsOutOfOrder_SortsByPosition()
    {
        int[] shuffled = [3, 0, 4, 1, 2];
        using SeriesFolder folder = new SeriesFolder().WithStack(5, (i, slice) => slice
            .Set(DicomTags.ImagePositionPatient, -10.0, -20.0, 2.0 * shuffled[i])
            .Set(DicomTags.InstanceNumber, (double)(10 - i))
            .Set(DicomTags.SliceLocation, -2.0 * i));

        CtSeries series = folder.ScanOne().ReadAccepted();

        Assert.Equal(["1.2.3.1.2", "1.2.3.1.4", "1.2.3.1.5", "1.2.3.1.1", "1.2.3.1.3"], series.Acquisition.SopInstanceUids);
        Assert.Equal([0, 2, 4, 6, 8], series.Volume.Geometry.SliceOrigins.Select(origin => origin.Z));
        Assert.Equal((short)(SeriesFolder.Pixels(1)[0] - 1024), series.Volume.Int16Voxels[0]);
    }

    [Fact]
    public void Scan_PositionsFallingAlongTheNormal_RiseAfterwards()
    {
        // Feet first: rows run towards anterior, so that the normal points to the feet.
        using SeriesFolder folder = new SeriesFolder().WithStack(4, (_, slice) => slice.Set(DicomTags.ImageOrientationPatient, 1.0, 0, 0, 0, -1, 0));

        VolumeGeometry geometry = folder.ScanOne().Geometry!;

        Assert.Equal(new LpsPoint(0, 0, -1), geometry.Normal);
        Assert.Equal([6, 4, 2, 0], geometry.SliceOrigins.Select(origin => origin.Z));
    }

    [Fact]
    public void Scan_SagittalStack_IsMeasuredAlongItsNormal()
    {
        using SeriesFolder folder = new SeriesFolder().WithStack(4, (i, slice) => slice
            .Set(DicomTags.ImageOrientationPatient, 0.0, 1, 0, 0, 0, -1)
            .Set(DicomTags.ImagePositionPatient, 3.0 - (1.25 * i), -20.0, 50.0));

        SeriesStack stack = folder.ScanOne();

        Assert.Equal(Verdict.Accepted, stack.Verdict);
        Assert.Equal(new LpsPoint(-1, 0, 0), stack.Geometry!.Normal);
        Assert.All(stack.Geometry.SliceExtentsMm, extent => Assert.Equal(1.25, extent, RoundingMm));
    }

    [Fact]
    public void Scan_ObliqueStack_UsesTheStepAlongTheNormal()
    {
        double sine = Math.Sin(Math.PI / 6);
        double cosine = Math.Cos(Math.PI / 6);
        using SeriesFolder folder = new SeriesFolder().WithStack(5, (i, slice) => slice
            .Set(DicomTags.ImageOrientationPatient, 1.0, 0, 0, 0, cosine, sine)
            .Set(DicomTags.ImagePositionPatient, -10.0, -20 - (2 * i * sine), 2 * i * cosine));

        SeriesStack stack = folder.ScanOne();

        Assert.Equal(Verdict.Accepted, stack.Verdict);
        Assert.All(stack.Geometry!.SliceExtentsMm, extent => Assert.Equal(2, extent, 1e-6));
        Assert.Equal(0, stack.Acquisition.TiltDegrees, 1e-6);
    }

    [Fact]
    public void Scan_TiltedGantry_WarnsAndKeepsTheShear()
    {
        // The couch moves 2 mm along z; the gantry leans by 20 degrees.
        double tilt = Math.PI / 9;
        using SeriesFolder folder = new SeriesFolder().WithStack(5, (i, slice) => slice
            .Set(DicomTags.ImageOrientationPatient, 1.0, 0, 0, 0, Math.Cos(tilt), Math.Sin(tilt)));

        SeriesStack stack = folder.ScanOne();

        Assert.Equal([SeriesIssueCode.TiltedStack], stack.Issues.Codes());
        Assert.Equal(Verdict.AcceptedWithWarnings, stack.Verdict);
        Assert.Equal(20, stack.Acquisition.TiltDegrees, 1e-6);
        Assert.All(stack.Geometry!.SliceExtentsMm, extent => Assert.Equal(2 * Math.Cos(tilt), extent, 1e-6));
        Assert.Equal(0.5 * 0.4 * 2 * Math.Cos(tilt), stack.Geometry.VoxelVolumeMm3(0), 1e-6);
        Assert.Equal([0, 2, 4, 6, 8], stack.Geometry.SliceOrigins.Select(origin => origin.Z));
    }

    [Fact]
    public void Scan_MissingSlice_IsRefusedAndNamesThePlace()
    {
        using SeriesFolder folder = new SeriesFolder().WithStackAt(0, 2, 4, 8, 10);

        SeriesStack stack = folder.ScanOne();

        Assert.Equal(Verdict.Refused, stack.Verdict);
        SeriesIssue issue = Assert.Single(stack.Issues);
        Assert.Equal(SeriesIssueCode.MissingSlice, issue.Code);
        Assert.Contains("About 1 slice is missing: they are 2 mm apart, but not at 4 to 8 mm (4 mm)", issue.Explanation, StringComparison.Ordinal);
        Assert.Null(stack.Geometry);
        Assert.Equal([SeriesIssueCode.MissingSlice], stack.ReadRejected().Codes());
    }

    [Fact]
    public void Scan_OnlyOnePairAsCloseAsSlicesAreThick_IsRefused()
    {
        // Every second 2 mm slice is gone but one.
        using SeriesFolder folder = new SeriesFolder().WithStackAt(0, 4, 8, 10, 14, 18);

        Assert.Contains(SeriesIssueCode.MissingSlice, folder.ScanOne().Issues.Codes());
    }

    [Fact]
    public void Scan_SlicesFartherApartThanThick_Warns()
    {
        using SeriesFolder folder = new SeriesFolder().WithStackAt(0, 10, 20, 30);

        SeriesStack stack = folder.ScanOne();

        Assert.Equal([SeriesIssueCode.HeaderContradiction], stack.Issues.Codes());
        Assert.All(stack.Geometry!.SliceExtentsMm, extent => Assert.Equal(10, extent, RoundingMm));
    }

    [Fact]
    public void Scan_OverlappingSlices_AreMeasuredByPositionNotThickness()
    {
        using SeriesFolder folder = new SeriesFolder().WithStackAt(0, 1, 2, 3);

        SeriesStack stack = folder.ScanOne();

        Assert.Equal(Verdict.Accepted, stack.Verdict);
        Assert.All(stack.Geometry!.SliceExtentsMm, extent => Assert.Equal(1, extent, RoundingMm));
    }

    [Fact]
    public void Scan_UnevenSpacing_WeightsEachSliceWithItsOwnExtent()
    {
        using SeriesFolder folder = new SeriesFolder().WithStackAt(0, 2, 4, 6.5, 9);

        SeriesStack stack = folder.ScanOne();

        Assert.Equal([SeriesIssueCode.UnevenSpacing], stack.Issues.Codes());
        double[] expected = [2, 2, 2.25, 2.5, 2.5];
        Assert.Equal(expected.Length, stack.Geometry!.SliceExtentsMm.Length);
        Assert.All(expected.Zip(stack.Geometry.SliceExtentsMm), pair => Assert.Equal(pair.First, pair.Second, RoundingMm));
    }

    [Fact]
    public void Scan_PositionsRoundedByTheScanner_AreEven()
    {
        using SeriesFolder folder = new SeriesFolder().WithStackAt(0, 0.62, 1.25, 1.88, 2.5);

        SeriesStack stack = folder.ScanOne();

        Assert.Equal(Verdict.Accepted, stack.Verdict);
        Assert.All(stack.Geometry!.SliceExtentsMm, extent => Assert.Equal(0.625, extent, RoundingMm));
    }

    [Fact]
    public void Scan_SingleSlice_StandsForItsThickness()
    {
        using SeriesFolder folder = new SeriesFolder().WithStack(1);

        SeriesStack stack = folder.ScanOne();

        Assert.Equal([SeriesIssueCode.SingleSlice], stack.Issues.Codes());
        Assert.Equal([2.0], stack.Geometry!.SliceExtentsMm);
        Assert.Equal(1, stack.ReadAccepted().Volume.Geometry.SliceCount);
    }

    [Fact]
    public void Scan_SingleSliceWithoutThickness_IsRefused()
    {
        using SeriesFolder folder = new SeriesFolder().WithStack(1, (_, slice) => slice.Remove(DicomTags.SliceThickness));

        Assert.Equal([SeriesIssueCode.GeometryMissing], folder.ScanOne().ReadRejected().Codes());
    }

    [Fact]
    public void Scan_SingleSliceWithSpacingBetweenSlicesOnly_SaysThatItIsAssumed()
    {
        using SeriesFolder folder = new SeriesFolder().WithStack(1, (_, slice) => slice
            .Remove(DicomTags.SliceThickness)
            .Set(DicomTags.SpacingBetweenSlices, 1.5));

        SeriesStack stack = folder.ScanOne();

        Assert.Equal([SeriesIssueCode.SingleSlice, SeriesIssueCode.SpacingAssumed], stack.Issues.Codes());
        Assert.Equal([1.5], stack.Geometry!.SliceExtentsMm);
    }

    [Fact]
    public void Scan_PixelSpacingAbsent_IsRefusedThoughImagerPixelSpacingIsThere()
    {
        using SeriesFolder folder = new SeriesFolder().WithStack(3, (_, slice) => slice
            .Remove(DicomTags.PixelSpacing)
            .Set(DicomTags.ImagerPixelSpacing, 0.5, 0.4));

        Assert.Equal([SeriesIssueCode.GeometryMissing], folder.ScanOne().Issues.Codes());
    }

    [Fact]
    public void Scan_PositionAbsent_IsRefused()
    {
        using SeriesFolder folder = new SeriesFolder().WithStack(3, (_, slice) => slice.Remove(DicomTags.ImagePositionPatient));

        Assert.Equal([SeriesIssueCode.GeometryMissing], folder.ScanOne().Issues.Codes());
    }

    [Theory]
    [InlineData(1.0, 0, 0, 0, 0.5, 0)]
    [InlineData(1.0, 0, 0, 0.1, 0.995, 0)]
    [InlineData(0.0, 0, 0, 0, 0, 0)]
    public void Scan_OrientationNotTwoUnitVectorsAtRightAngles_IsRefused(double columnX, double columnY, double columnZ, double rowX, double rowY, double rowZ)
    {
        using SeriesFolder folder = new SeriesFolder().WithStack(3, (_, slice) => slice.Set(DicomTags.ImageOrientationPatient, columnX, columnY, columnZ, rowX, rowY, rowZ));

        Assert.Equal([SeriesIssueCode.InvalidHeader], folder.ScanOne().Issues.Codes());
    }

    [Fact]
    public void Scan_OrientationsWithinRounding_AreOneStack()
    {
        using SeriesFolder folder = new SeriesFolder().WithStack(4, (i, slice) => slice
            .Set(DicomTags.ImageOrientationPatient, 1.0, i % 2 == 0 ? 0 : 0.0004, 0, i % 2 == 0 ? 0 : -0.0004, 1, 0));

        Assert.Equal(4, folder.ScanOne().SliceCount);
    }

    [Fact]
    public void Scan_SlicesThatDoNotLieOnTopOfEachOther_AreRefused()
    {
        using SeriesFolder folder = new SeriesFolder().WithStack(5, (i, slice) => slice
            .Set(DicomTags.ImagePositionPatient, i == 2 ? -13.0 : -10.0, -20.0, 2.0 * i));

        Assert.Equal([SeriesIssueCode.Inconsistent], folder.ScanOne().Issues.Codes());
    }

    [Fact]
    public void Scan_MoreVoxelsThanTheLimit_IsRefusedBeforeMemoryIsTaken()
    {
        using SeriesFolder folder = new SeriesFolder().WithStack(5);

        SeriesStack stack = Assert.Single(folder.Scan(new ReadingLimits { MaxVoxelCount = (5 * SeriesFolder.PixelCount) - 1 }).Stacks);

        Assert.Equal([SeriesIssueCode.LimitExceeded], stack.Issues.Codes());
        Assert.Null(stack.Geometry);
    }

    [Fact]
    public void Scan_HugeRowsAndColumns_AreRefusedWithoutALargeAllocation()
    {
        using SeriesFolder folder = new SeriesFolder().WithStack(2, (_, slice) => slice.Set(DicomTags.Rows, 65535.0).Set(DicomTags.Columns, 65535.0));
        long before = GC.GetAllocatedBytesForCurrentThread();

        SeriesStack stack = folder.ScanOne();

        Assert.Equal(Verdict.Refused, stack.Verdict);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64 << 20);
    }
}
