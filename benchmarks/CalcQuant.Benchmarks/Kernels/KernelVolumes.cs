using CalcQuant.Imaging;

namespace CalcQuant.Benchmarks.Kernels;

/// <summary>Volumes with the share of dense voxels and the raggedness of CT, without anatomy: kernels see nothing else.</summary>
internal static class KernelVolumes
{
    private const int Seed = 42;

    /// <summary>An elliptic body of soft tissue with noise, in it tubes of bone with a textured core that reach 130 HU here and there.</summary>
    public static CtVolume Body(int columns, int rows, int slices)
    {
        var random = new Random(Seed);
        short[] noise = [.. Enumerable.Range(0, 1 << 16).Select(_ => (short)(20 * (random.NextDouble() + random.NextDouble() + random.NextDouble() + random.NextDouble() - 2) * 1.7))];
        (int X, int Y, int Radius)[] bones = [.. Enumerable.Range(0, 16).Select(i =>
            ((int)(columns * (0.5 + (0.3 * Math.Cos(i)))), (int)(rows * (0.5 + (0.22 * Math.Sin(i)))), random.Next(8, 30)))];
        short[] voxels = new short[columns * rows * slices];
        int n = 0;
        for (int z = 0; z < slices; z++)
        {
            for (int y = 0; y < rows; y++)
            {
                for (int x = 0; x < columns; x++, n++)
                {
                    double u = (x - (columns / 2.0)) / (columns * 0.42);
                    double v = (y - (rows / 2.0)) / (rows * 0.3);
                    int hu = (u * u) + (v * v) > 1 ? -1000 : 45;
                    foreach ((int bx, int by, int radius) in bones)
                    {
                        int squared = ((x - bx) * (x - bx)) + ((y - by) * (y - by));
                        if (squared <= radius * radius)
                        {
                            hu = squared >= (radius - 3) * (radius - 3) ? 900 : 130 + (4 * noise[((z / 2 * 977) + (y / 2 * 53) + (x / 2)) & 0xFFFF]);
                        }
                    }

                    voxels[n] = (short)(hu + noise[(n * 31) & 0xFFFF]);
                }
            }
        }

        return new CtVolume(
            new VolumeGeometry(
                columns,
                rows,
                0.7,
                0.7,
                new LpsPoint(1, 0, 0),
                new LpsPoint(0, 1, 0),
                [.. Enumerable.Range(0, slices).Select(slice => new LpsPoint(0, 0, slice))],
                [.. Enumerable.Repeat(1.0, slices)]),
            voxels);
    }
}
