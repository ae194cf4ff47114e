using CalcQuant.Imaging;
using CalcQuant.Segmentation;

namespace CalcQuant.Tests.Oracles;

/// <summary>One component as the flood fill found it.</summary>
internal sealed record FloodedComponent(
    int VoxelCount,
    double SumHu,
    double SumOfSquaresHu,
    float MaxHu,
    long SumColumn,
    long SumRow,
    long SumSlice,
    VoxelBox Bounds);

/// <summary>Connected components by flood fill from each unvisited voxel in raster order: slow, and plainly right.</summary>
internal static class FloodFill
{
    public static List<FloodedComponent> Label(CtVolume volume, Func<int, int, int, bool> foreground, Connectivity connectivity)
    {
        VolumeGeometry g = volume.Geometry;
        bool[,,] visited = new bool[g.ColumnCount, g.RowCount, g.SliceCount];
        (int X, int Y, int Z)[] neighbours = [.. BruteForce.Box3().Where(step => Touches(step.X, step.Y, step.Z))];
        List<FloodedComponent> components = [];
        for (int z = 0; z < g.SliceCount; z++)
        {
            for (int y = 0; y < g.RowCount; y++)
            {
                for (int x = 0; x < g.ColumnCount; x++)
                {
                    if (!visited[x, y, z] && foreground(x, y, z))
                    {
                        components.Add(Fill(x, y, z));
                    }
                }
            }
        }

        return components;

        FloodedComponent Fill(int x0, int y0, int z0)
        {
            (int voxelCount, double sum, double squares, float max) = (0, 0, 0, float.NegativeInfinity);
            (long sumX, long sumY, long sumZ) = (0, 0, 0);
            var bounds = new VoxelBox(x0, y0, z0, x0, y0, z0);
            Stack<(int X, int Y, int Z)> open = new([(x0, y0, z0)]);
            visited[x0, y0, z0] = true;
            while (open.TryPop(out (int X, int Y, int Z) at))
            {
                float hu = volume[at.X, at.Y, at.Z];
                voxelCount++;
                sum += hu;
                squares += (double)hu * hu;
                max = Math.Max(max, hu);
                sumX += at.X;
                sumY += at.Y;
                sumZ += at.Z;
                bounds = new VoxelBox(
                    Math.Min(bounds.MinColumn, at.X),
                    Math.Min(bounds.MinRow, at.Y),
                    Math.Min(bounds.MinSlice, at.Z),
                    Math.Max(bounds.MaxColumn, at.X),
                    Math.Max(bounds.MaxRow, at.Y),
                    Math.Max(bounds.MaxSlice, at.Z));
                foreach ((int dx, int dy, int dz) in neighbours)
                {
                    (int x, int y, int z) = (at.X + dx, at.Y + dy, at.Z + dz);
                    if (x >= 0 && y >= 0 && z >= 0 && x < g.ColumnCount && y < g.RowCount && z < g.SliceCount &&
                        !visited[x, y, z] && foreground(x, y, z))
                    {
                        visited[x, y, z] = true;
                        open.Push((x, y, z));
                    }
                }
            }

            return new FloodedComponent(voxelCount, sum, squares, max, sumX, sumY, sumZ, bounds);
        }

        bool Touches(int dx, int dy, int dz)
        {
            int differing = Math.Abs(dx) + Math.Abs(dy) + Math.Abs(dz);
            return connectivity switch
            {
                Connectivity.Faces6 => differing == 1,
                Connectivity.FacesEdges18 => differing is 1 or 2,
                _ => differing is 1 or 2 or 3,
            };
        }
    }
}
