using CalcQuant.Imaging;
using CalcQuant.Segmentation;

namespace CalcQuant.Tests.Oracles;

/// <summary>Seeded volumes and masks of any size, and the geometry around them.</summary>
internal static class TestVolumes
{
    public const float ThresholdHu = 130;

    public static VolumeGeometry Geometry(
        int columns, int rows, int slices, double betweenColumnsMm = 0.7, double betweenRowsMm = 0.8, double betweenSlicesMm = 1.5) =>
        new(
            columns,
            rows,
            betweenColumnsMm,
            betweenRowsMm,
            new LpsPoint(1, 0, 0),
            new LpsPoint(0, 1, 0),
            [.. Enumerable.Range(0, slices).Select(slice => new LpsPoint(0, 0, slice * betweenSlicesMm))],
            [.. Enumerable.Repeat(betweenSlicesMm, slices)]);

    /// <summary>Voxels that reach the threshold with the given density, and values over the whole CT range on both sides of it.</summary>
    public static short[] Noise(int count, double density, int seed)
    {
        var random = new Random(seed);
        short[] voxels = new short[count];
        for (int i = 0; i < count; i++)
        {
            // Values at the threshold and at the ends of the type must occur too.
            int hu = random.NextDouble() < density
                ? random.Next(50) switch { 0 => short.MaxValue, 1 => 130, _ => random.Next(130, 3072) }
                : random.Next(50) switch { 0 => short.MinValue, 1 => 129, _ => random.Next(-1024, 130) };
            voxels[i] = (short)hu;
        }

        return voxels;
    }

    /// <summary>Odd sizes around the width of words and vectors, and densities from specks to solid; the same for the same index.</summary>
    public static (CtVolume Volume, double Density) Random(int index)
    {
        var random = new Random(1000 + index);
        int columns = random.Next(4) == 0 ? random.Next(60, 200) : random.Next(1, 70);
        int rows = random.Next(1, 30);
        int slices = random.Next(1, 20);
        double[] densities = [0.01, 0.03, 0.1, 0.2, 0.3, 0.5, 0.8, 0.98];
        double density = densities[index % densities.Length];
        return (new CtVolume(Geometry(columns, rows, slices), Noise(columns * rows * slices, density, index)), density);
    }

    public static Mask RandomMask(int columns, int rows, int slices, double density, int seed)
    {
        var random = new Random(seed);
        var mask = new Mask(columns, rows, slices);
        for (int slice = 0; slice < slices; slice++)
        {
            for (int row = 0; row < rows; row++)
            {
                for (int column = 0; column < columns; column++)
                {
                    mask[column, row, slice] = random.NextDouble() < density;
                }
            }
        }

        return mask;
    }

    public static bool[] Voxels(Mask mask)
    {
        bool[] voxels = new bool[mask.ColumnCount * mask.RowCount * mask.SliceCount];
        for (int i = 0; i < voxels.Length; i++)
        {
            voxels[i] = mask[i % mask.ColumnCount, i / mask.ColumnCount % mask.RowCount, i / (mask.ColumnCount * mask.RowCount)];
        }

        return voxels;
    }
}
