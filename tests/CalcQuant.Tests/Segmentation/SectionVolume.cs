using CalcQuant.Imaging;
using CalcQuant.Segmentation;

namespace CalcQuant.Tests.Segmentation;

/// <summary>Elliptic cylinders and balls in air, drawn voxel by voxel with noise and without blur; places in mm from the image's centre.</summary>
internal sealed class SectionVolume
{
    public const double PixelMm = 1.25, StepMm = 2;
    private readonly int _columns, _rows, _slices;
    private readonly float[] _hu;

    public SectionVolume(int columns, int rows, int slices)
    {
        (_columns, _rows, _slices) = (columns, rows, slices);
        _hu = new float[columns * rows * slices];
        Array.Fill(_hu, -1000f);
    }

    /// <summary>Draws an elliptic cylinder through all slices.</summary>
    public SectionVolume With(double x, double y, double halfWidthMm, double halfHeightMm, float hu) =>
        Draw((px, py, _) => Square((px - x) / halfWidthMm) + Square((py - y) / halfHeightMm) <= 1, hu);

    /// <summary>Draws a limb: fat under skin, muscle, and a long bone with marrow.</summary>
    public SectionVolume WithLimb(double x, double y, double radiusMm) =>
        With(x, y, radiusMm, radiusMm, -100).With(x, y, radiusMm - 10, radiusMm - 10, 55).With(x, y, 13, 13, 1250).With(x, y, 7, 7, -40);

    /// <summary>Draws a ball in the middle slices.</summary>
    public SectionVolume WithBall(double x, double y, double radiusMm, float hu) =>
        Draw((px, py, pz) => Square(px - x) + Square(py - y) + Square(pz) <= radiusMm * radiusMm, hu);

    /// <summary>Draws what a condition selects; x, y, z in mm.</summary>
    public SectionVolume Draw(Func<double, double, double, bool> isIn, float hu)
    {
        for (int i = 0; i < _hu.Length; i++)
        {
            int column = i % _columns, row = i / _columns % _rows, slice = i / (_columns * _rows);
            if (isIn((column - (_columns / 2)) * PixelMm, (row - (_rows / 2)) * PixelMm, (slice - (_slices / 2)) * StepMm))
            {
                _hu[i] = hu;
            }
        }

        return this;
    }

    /// <summary>Segments at 130 HU.</summary>
    public VolumeSegmentation Segment(double noiseHu = 8, Func<CtAcquisition, CtAcquisition>? describe = null, int maxThreadCount = 0)
    {
        var random = new Random(11);
        short[] voxels = [.. _hu.Select(hu => (short)Math.Round(hu + (hu > -500 && hu < 3000 ? noiseHu * Normal(random) : 0)))];
        var geometry = new VolumeGeometry(
            _columns,
            _rows,
            PixelMm,
            PixelMm,
            new LpsPoint(1, 0, 0),
            new LpsPoint(0, 1, 0),
            [.. Enumerable.Range(0, _slices).Select(slice => new LpsPoint(0, 0, slice * StepMm))],
            [.. Enumerable.Repeat(StepMm, _slices)]);
        var volume = new CtVolume(geometry, voxels);
        CtSeries series = LimbVolume.Wrap(volume);
        series = series with { Acquisition = describe?.Invoke(series.Acquisition) ?? series.Acquisition };
        VolumeSegmentation segmentation = VolumeSegmenter.Segment(series, 130, maxThreadCount: maxThreadCount);
        VolumeSegmenterTests.AssertPartition(volume, segmentation);
        return segmentation;
    }

    /// <summary>The region at a place of the middle slice, shifted by slices.</summary>
    public SegmentedRegion At(VolumeSegmentation segmentation, double x, double y, int slices = 0)
    {
        int column = (int)Math.Round(x / PixelMm) + (_columns / 2), row = (int)Math.Round(y / PixelMm) + (_rows / 2);
        return Assert.Single(segmentation.Regions, region => region.Runs.Any(run =>
            run.Slice == (_slices / 2) + slices && run.Row == row && run.Start <= column && run.End > column));
    }

    private static double Square(double value) => value * value;

    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
