using CalcQuant.Analysis;
using CalcQuant.Dicom.Series;
using CalcQuant.Imaging;
using CalcQuant.Phantoms;

namespace CalcQuant.Dicom.Tests.Phantoms;

public sealed class PhantomSeriesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("calcquant-phantom-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(PhantomOrientation.Axial, 0, false)]
    [InlineData(PhantomOrientation.Axial, 0, true)]
    [InlineData(PhantomOrientation.Axial, 15, false)]
    [InlineData(PhantomOrientation.Sagittal, 0, false)]
    [InlineData(PhantomOrientation.Oblique, 0, true)]
    public void Read_WrittenPhantom_GivesTheRenderedVolume(PhantomOrientation orientation, double tiltDegrees, bool reversedFileNames)
    {
        PhantomScan scan = Small(orientation, tiltDegrees);
        PhantomDicom.Write(scan, _folder, new PhantomDicomOptions { ReversedFileNames = reversedFileNames });

        SeriesStack stack = Assert.Single(SeriesCatalog.Scan([_folder], new ReadingLimits()).Stacks);
        CtSeries series = Assert.IsType<SeriesReading.Accepted>(stack.Read()).Series;

        Assert.True(series.Volume.Int16Voxels.SequenceEqual(scan.Volume.Int16Voxels));
        Assert.Equal(tiltDegrees, Math.Abs(series.Acquisition.TiltDegrees), 0.01);
        Assert.Equal(120, series.Acquisition.Kvp);
        VolumeGeometry read = series.Volume.Geometry;
        VolumeGeometry drawn = scan.Volume.Geometry;
        Assert.InRange((read.ToLps(3, 5, 7) - drawn.ToLps(3, 5, 7)).Length, 0, 1e-6);
        Assert.Equal(drawn.VoxelVolumeMm3(2), read.VoxelVolumeMm3(2), 6);
    }

    [Fact]
    public void Read_DroppedSlice_IsRefused()
    {
        PhantomDicom.Write(Small(PhantomOrientation.Axial, 0), _folder, new PhantomDicomOptions { DroppedSlices = [4] });

        SeriesStack stack = Assert.Single(SeriesCatalog.Scan([_folder], new ReadingLimits()).Stacks);

        Assert.Equal(Verdict.Refused, stack.Verdict);
    }

    private static PhantomScan Small(PhantomOrientation orientation, double tiltDegrees) => Phantom.Render(
        PhantomOptions.MuscleCylinder(4, PlacedDeposit.Ball(new(1, 2, 1), 5, 500)) with
        {
            ColumnCount = 30,
            RowCount = 26,
            SliceCount = 9,
            PixelSpacingMm = 1,
            SliceSpacingMm = 2,
            Orientation = orientation,
            GantryTiltDegrees = tiltDegrees,
        });
}
