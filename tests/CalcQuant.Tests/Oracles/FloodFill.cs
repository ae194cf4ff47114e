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
            List<(int X, int Y, int Z)> voxels = [];
            Stack<(int X, int Y, int Z)> open = new([(x0, y0, z0)]);
            visited[x0, y0, z0] = true;
            while (open.TryPop(out (int X, int Y, int Z) at))
            {
                voxels.Add(at);
                for (int dz = -1; dz <= 1; dz++)
                {
                    for (int dy = -1; dy <= 1; dy++)
                    {
                        for (int dx = -1; dx <= 1; dx++)
                        {
                            (int x, int y, int z) = (at.X + dx, at.Y + dy, at.Z + dz);
                            if (Touches(dx, dy, dz) && x >= 0 && y >= 0 && z >= 0 && x < g.ColumnCount && y < g.RowCount && z < g.SliceCount &&
                                !visited[x, y, z] && foreground(x, y, z))
                            {
                                visited[x, y, z] = true;
                                open.Push((x, y, z));
                            }
                        }
                    }
                }
            }

            return new FloodedComponent(
                voxels.Count,
                voxels.Sum(v => (double)volume[v.X, v.Y, v.Z]),
                voxels.Sum(v => (double)volume[v.X, v.Y, v.Z] * volume[v.X, v.Y, v.Z]),
                voxels.Max(v => volume[v.X, v.Y, v.Z]),
                voxels.Sum(v => (long)v.X),
                voxels.Sum(v => (long)v.Y),
                voxels.Sum(v => (long)v.Z),
                new VoxelBox(
                    voxels.Min(v => v.X),
                    voxels.Min(v => v.Y),
                    voxels.Min(v => v.Z),
                    voxels.Max(v => v.X),
                    voxels.Max(v => v.Y),
                    voxels.Max(v => v.Z)));
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
