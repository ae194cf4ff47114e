using CalcQuant.Segmentation;

namespace CalcQuant.Measurement;

/// <summary>
/// Convex hulls of the part of a region that lies in one slice. Points are kept in half pixels, so that the hull is exact in integers; it
/// is the same hull in mm, whatever the pixel's shape.
/// </summary>
internal static class SectionOutline
{
    /// <summary>
    /// The hull of the midpoints of the outer pixel edges (half a pixel out along rows and columns, not the corners): the points where a
    /// mesh of the binary image crosses the slice, which is how the IBSI reference manual measures diameters. A single pixel measures one
    /// pixel, and a digital disc is not enlarged by its pixels' diagonals.
    /// </summary>
    public static List<(int X, int Y)> EdgeHull(ReadOnlySpan<VoxelRun> runs)
    {
        List<(int X, int Y)> points = new(runs.Length * 6);
        foreach (VoxelRun run in runs)
        {
            int left = 2 * run.Start;
            int right = 2 * (run.End - 1);
            int y = 2 * run.Row;
            points.Add((left - 1, y));
            points.Add((right + 1, y));
            points.Add((left, y - 1));
            points.Add((left, y + 1));
            points.Add((right, y - 1));
            points.Add((right, y + 1));
        }

        return Hull(points);
    }

    /// <summary>The hull of the pixel centres.</summary>
    public static List<(int X, int Y)> CentreHull(ReadOnlySpan<VoxelRun> runs)
    {
        List<(int X, int Y)> points = new(runs.Length * 2);
        foreach (VoxelRun run in runs)
        {
            points.Add((2 * run.Start, 2 * run.Row));
            points.Add((2 * (run.End - 1), 2 * run.Row));
        }

        return Hull(points);
    }

    /// <summary>Andrew's monotone chain, counter-clockwise in (x, y), without collinear points.</summary>
    private static List<(int X, int Y)> Hull(List<(int X, int Y)> points)
    {
        points.Sort();
        List<(int X, int Y)> hull = new(points.Count);
        AddChain(points, hull, 0);
        points.Reverse();
        if (hull.Count > 1)
        {
            hull.RemoveAt(hull.Count - 1);
            AddChain(points, hull, hull.Count);
            hull.RemoveAt(hull.Count - 1);
        }

        return hull;
    }

    private static void AddChain(List<(int X, int Y)> points, List<(int X, int Y)> hull, int floor)
    {
        foreach ((int X, int Y) point in points)
        {
            if (hull.Count > floor && hull[^1] == point)
            {
                continue;
            }

            while (hull.Count >= floor + 2 && Cross(hull[^2], hull[^1], point) <= 0)
            {
                hull.RemoveAt(hull.Count - 1);
            }

            hull.Add(point);
        }
    }

    private static long Cross((int X, int Y) origin, (int X, int Y) a, (int X, int Y) b) =>
        ((long)(a.X - origin.X) * (b.Y - origin.Y)) - ((long)(a.Y - origin.Y) * (b.X - origin.X));
}
