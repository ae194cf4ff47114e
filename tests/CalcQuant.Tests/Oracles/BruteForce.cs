using CalcQuant.Imaging;
using CalcQuant.Segmentation;

namespace CalcQuant.Tests.Oracles;

/// <summary>Morphology, distances and smoothing straight from their definitions, one voxel at a time.</summary>
internal static class BruteForce
{
    private const double Tolerance = 1e-9;

    /// <summary>All voxel offsets within a radius; with <paramref name="isFlat"/> those of the same slice only.</summary>
    public static List<(int X, int Y, int Z)> Ball(double radiusMm, VolumeGeometry g, bool isFlat)
    {
        List<(int, int, int)> offsets = [];
        int reach = (int)(radiusMm / Math.Min(g.BetweenColumnsMm, Math.Min(g.BetweenRowsMm, g.BetweenSlicesMm))) + 2;
        for (int z = -reach; z <= reach; z++)
        {
            for (int y = -reach; y <= reach; y++)
            {
                for (int x = -reach; x <= reach; x++)
                {
                    double squared = Square(x * g.BetweenColumnsMm) + Square(y * g.BetweenRowsMm) + Square(z * g.BetweenSlicesMm);
                    if (squared <= (radiusMm * radiusMm) + Tolerance && !(isFlat && z != 0))
                    {
                        offsets.Add((x, y, z));
                    }
                }
            }
        }

        return offsets;
    }

    public static List<(int X, int Y, int Z)> Box3() =>
        [.. from z in Enumerable.Range(-1, 3) from y in Enumerable.Range(-1, 3) from x in Enumerable.Range(-1, 3) select (x, y, z)];

    public static Mask Dilate(Mask mask, List<(int X, int Y, int Z)> offsets) =>
        Build(mask, (x, y, z) => offsets.Exists(o => At(mask, x + o.X, y + o.Y, z + o.Z)));

    public static Mask Erode(Mask mask, List<(int X, int Y, int Z)> offsets) =>
        Build(mask, (x, y, z) => offsets.TrueForAll(o => At(mask, x + o.X, y + o.Y, z + o.Z)));

    /// <summary>Closing in unbounded space: a voxel stays unset where some placement of the element over it meets no set voxel.</summary>
    public static Mask Close(Mask mask, List<(int X, int Y, int Z)> offsets) =>
        Build(mask, (x, y, z) => offsets.TrueForAll(centre =>
            offsets.Exists(o => At(mask, x + centre.X + o.X, y + centre.Y + o.Y, z + centre.Z + o.Z))));

    /// <summary>Floods the background of each slice from its border; what the flood does not reach is a hole.</summary>
    public static Mask FillHoles(Mask mask, double maximumPixelCount)
    {
        Mask filled = mask.Clone();
        for (int z = 0; z < mask.SliceCount; z++)
        {
            bool[,] seen = new bool[mask.ColumnCount, mask.RowCount];
            for (int y = 0; y < mask.RowCount; y++)
            {
                for (int x = 0; x < mask.ColumnCount; x++)
                {
                    if (seen[x, y] || mask[x, y, z])
                    {
                        continue;
                    }

                    List<(int X, int Y)> area = [];
                    bool isOpen = false;
                    Queue<(int X, int Y)> queue = new([(x, y)]);
                    seen[x, y] = true;
                    while (queue.TryDequeue(out (int X, int Y) at))
                    {
                        area.Add(at);
                        foreach ((int nx, int ny) in new[] { (at.X - 1, at.Y), (at.X + 1, at.Y), (at.X, at.Y - 1), (at.X, at.Y + 1) })
                        {
                            if (nx < 0 || ny < 0 || nx >= mask.ColumnCount || ny >= mask.RowCount)
                            {
                                isOpen = true;
                            }
                            else if (!seen[nx, ny] && !mask[nx, ny, z])
                            {
                                seen[nx, ny] = true;
                                queue.Enqueue((nx, ny));
                            }
                        }
                    }

                    if (!isOpen && area.Count <= maximumPixelCount)
                    {
                        area.ForEach(at => filled[at.X, at.Y, z] = true);
                    }
                }
            }
        }

        return filled;
    }

    public static double Distance(Mask mask, VolumeGeometry g, int column, int row, int slice, bool isFlat, double capMm)
    {
        double least = double.PositiveInfinity;
        for (int z = 0; z < mask.SliceCount; z++)
        {
            for (int y = 0; y < mask.RowCount && (!isFlat || z == slice); y++)
            {
                for (int x = 0; x < mask.ColumnCount; x++)
                {
                    if (mask[x, y, z])
                    {
                        least = Math.Min(least, (g.ToLps(x, y, z) - g.ToLps(column, row, slice)).Length);
                    }
                }
            }
        }

        return Math.Min(least, capMm);
    }

    /// <summary>The full (not separated) sum over a box of three standard deviations, in double.</summary>
    public static double Gaussian(CtVolume volume, double sigmaMm, double sigmaAcrossMm, int column, int row, int slice)
    {
        VolumeGeometry g = volume.Geometry;
        double sum = 0;
        double weights = 0;
        int rx = (int)Math.Ceiling(3 * sigmaMm / g.BetweenColumnsMm);
        int ry = (int)Math.Ceiling(3 * sigmaMm / g.BetweenRowsMm);
        int rz = (int)Math.Ceiling(3 * sigmaAcrossMm / g.BetweenSlicesMm);
        for (int z = -rz; z <= rz; z++)
        {
            for (int y = -ry; y <= ry; y++)
            {
                for (int x = -rx; x <= rx; x++)
                {
                    double weight = Weight(x * g.BetweenColumnsMm, sigmaMm) * Weight(y * g.BetweenRowsMm, sigmaMm) * Weight(z * g.BetweenSlicesMm, sigmaAcrossMm);
                    weights += weight;
                    sum += weight * volume[
                        Math.Clamp(column + x, 0, g.ColumnCount - 1), Math.Clamp(row + y, 0, g.RowCount - 1), Math.Clamp(slice + z, 0, g.SliceCount - 1)];
                }
            }
        }

        return sum / weights;
    }

    private static double Weight(double mm, double sigmaMm) => sigmaMm == 0 ? 1 : Math.Exp(-mm * mm / (2 * sigmaMm * sigmaMm));

    private static double Square(double value) => value * value;

    private static bool At(Mask mask, int x, int y, int z) =>
        x >= 0 && y >= 0 && z >= 0 && x < mask.ColumnCount && y < mask.RowCount && z < mask.SliceCount && mask[x, y, z];

    private static Mask Build(Mask like, Func<int, int, int, bool> isSet)
    {
        var result = new Mask(like.ColumnCount, like.RowCount, like.SliceCount);
        for (int z = 0; z < like.SliceCount; z++)
        {
            for (int y = 0; y < like.RowCount; y++)
            {
                for (int x = 0; x < like.ColumnCount; x++)
                {
                    result[x, y, z] = isSet(x, y, z);
                }
            }
        }

        return result;
    }
}
