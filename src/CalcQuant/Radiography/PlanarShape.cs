namespace CalcQuant.Radiography;

/// <summary>Shape of cells in a plane, from their convex hull.</summary>
internal static class PlanarShape
{
    /// <summary>Area of cells over that of their convex hull, 0 to 1.</summary>
    /// <param name="cells">Cells.</param>
    /// <param name="columnCount">Cells along a row.</param>
    public static double Solidity(IEnumerable<int> cells, int columnCount)
    {
        int[] members = [.. cells];
        List<(double X, double Y)> hull = Hull(Corners(members, columnCount));
        double area = 0;
        for (int i = 0; i < hull.Count; i++)
        {
            (double X, double Y) next = hull[(i + 1) % hull.Count];
            area += (hull[i].X * next.Y) - (next.X * hull[i].Y);
        }

        return members.Length / Math.Max(Math.Abs(area) / 2, members.Length);
    }

    /// <summary>Longest diameter and the longest at right angles to it, in units of the scales.</summary>
    /// <param name="points">Where the outline lies.</param>
    public static (double Length, double Width) Diameters(IEnumerable<(double X, double Y)> points)
    {
        List<(double X, double Y)> hull = Hull(points);
        double best = 0;
        (double X, double Y) axis = (1, 0);
        for (int i = 0; i < hull.Count; i++)
        {
            for (int j = i + 1; j < hull.Count; j++)
            {
                double x = hull[j].X - hull[i].X, y = hull[j].Y - hull[i].Y;
                double length = Math.Sqrt((x * x) + (y * y));
                if (length > best)
                {
                    (best, axis) = (length, (x / length, y / length));
                }
            }
        }

        if (hull.Count == 0)
        {
            return (0, 0);
        }

        double[] across = [.. hull.Select(point => (point.Y * axis.X) - (point.X * axis.Y))];
        return (best, across.Max() - across.Min());
    }

    /// <summary>Middles of the sides of cells, so that a cell has its own width along rows and columns and no more across.</summary>
    public static IEnumerable<(double X, double Y)> Corners(IEnumerable<int> cells, int columnCount)
    {
        foreach (int cell in cells)
        {
            double x = cell % columnCount, y = cell / columnCount;
            yield return (x - 0.5, y);
            yield return (x + 0.5, y);
            yield return (x, y - 0.5);
            yield return (x, y + 0.5);
        }
    }

    /// <summary>Convex hull, in order, by Andrew's monotone chain (Information Processing Letters 9, 1979).</summary>
    public static List<(double X, double Y)> Hull(IEnumerable<(double X, double Y)> points)
    {
        (double X, double Y)[] sorted = [.. points.Distinct().OrderBy(point => point.X).ThenBy(point => point.Y)];
        if (sorted.Length < 3)
        {
            return [.. sorted];
        }

        var hull = new List<(double X, double Y)>();
        foreach (IEnumerable<(double X, double Y)> side in new[] { sorted, sorted.Reverse() })
        {
            int start = hull.Count;
            foreach ((double X, double Y) point in side)
            {
                while (hull.Count >= start + 2 && Turn(hull[^2], hull[^1], point) <= 0)
                {
                    hull.RemoveAt(hull.Count - 1);
                }

                hull.Add(point);
            }

            hull.RemoveAt(hull.Count - 1);
        }

        return hull;
    }

    private static double Turn((double X, double Y) a, (double X, double Y) b, (double X, double Y) c) =>
        ((b.X - a.X) * (c.Y - a.Y)) - ((b.Y - a.Y) * (c.X - a.X));
}
