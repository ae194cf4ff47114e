using CalcQuant.Imaging;

namespace CalcQuant.Tests.Segmentation;

/// <summary>A limb small enough for a unit test: fat around muscle around one long bone, on a couch, drawn voxel by voxel without blur.</summary>
internal sealed class LimbVolume
{
    public const int Columns = 100, Rows = 110, Slices = 24;
    public const double PixelMm = 0.8, StepMm = 1.5;
    private readonly short[] _hu = new short[Columns * Rows * Slices];

    public LimbVolume(int seed = 7, double noiseHu = 8, double muscleMm = 26)
    {
        var random = new Random(seed);
        for (int slice = 0; slice < Slices; slice++)
        {
            for (int row = 0; row < Rows; row++)
            {
                for (int column = 0; column < Columns; column++)
                {
                    double x = (column - 50) * PixelMm, y = (row - 45) * PixelMm;
                    double fromLimb = Math.Sqrt((x * x) + (y * y));
                    double fromBone = Math.Sqrt(((x - 4) * (x - 4)) + (y * y));
                    double hu = fromLimb switch
                    {
                        > 34 => row is >= 92 and < 95 ? 180 : -1000,
                        > 32.5 => 40,
                        _ when fromLimb > muscleMm => -100,
                        _ => 55,
                    };
                    hu = fromBone switch
                    {
                        < 5 => -40,
                        < 8 => 1250,
                        _ => hu,
                    };
                    _hu[Index(column, row, slice)] = (short)Math.Round(hu + (hu > -500 ? noiseHu * Normal(random) : 0));
                }
            }
        }
    }

    public static int Index(int column, int row, int slice) => (((slice * Rows) + row) * Columns) + column;

    /// <summary>Draws a ball; centre in voxels, radius in mm.</summary>
    public LimbVolume WithBall(int column, int row, int slice, double radiusMm, short hu)
    {
        for (int s = 0; s < Slices; s++)
        {
            for (int r = 0; r < Rows; r++)
            {
                for (int c = 0; c < Columns; c++)
                {
                    double x = (c - column) * PixelMm, y = (r - row) * PixelMm, z = (s - slice) * StepMm;
                    if ((x * x) + (y * y) + (z * z) <= radiusMm * radiusMm)
                    {
                        _hu[Index(c, r, s)] = hu;
                    }
                }
            }
        }

        return this;
    }

    public CtSeries Series() => Series(_hu);

    /// <summary>The same anatomy with columns, rows or slices reversed.</summary>
    public CtSeries Mirrored(bool columns, bool rows, bool slices)
    {
        short[] mirrored = new short[_hu.Length];
        for (int s = 0; s < Slices; s++)
        {
            for (int r = 0; r < Rows; r++)
            {
                for (int c = 0; c < Columns; c++)
                {
                    mirrored[Index(columns ? Columns - 1 - c : c, rows ? Rows - 1 - r : r, slices ? Slices - 1 - s : s)] = _hu[Index(c, r, s)];
                }
            }
        }

        return Series(mirrored);
    }

    /// <summary>The same voxels as float.</summary>
    public CtSeries SingleSeries() => Wrap(new CtVolume(Geometry(Columns, Rows, Slices), [.. _hu.Select(hu => (float)hu)]));

    public static CtSeries Series(short[] hu) => Wrap(new CtVolume(Geometry(Columns, Rows, Slices), hu));

    public static CtSeries Wrap(CtVolume volume) => new(volume, new CtAcquisition { SeriesInstanceUid = "2.25.1" }, []);

    public static VolumeGeometry Geometry(int columns, int rows, int slices) => new(
        columns,
        rows,
        PixelMm,
        PixelMm,
        new LpsPoint(1, 0, 0),
        new LpsPoint(0, 1, 0),
        [.. Enumerable.Range(0, slices).Select(slice => new LpsPoint(0, 0, slice * StepMm))],
        [.. Enumerable.Repeat(StepMm, slices)]);

    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
