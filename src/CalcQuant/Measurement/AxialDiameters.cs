using CalcQuant.Segmentation;

namespace CalcQuant.Measurement;

/// <summary>
/// The two diameters a radiologist draws: the longest within one slice and the longest perpendicular to it in the same slice and piece,
/// both from outer pixel edge to outer pixel edge (see <see cref="SectionOutline.EdgeHull"/>). A concave piece is measured across its bay,
/// as a calliper would.
/// </summary>
/// <param name="LongestMm">Longest diameter, mm.</param>
/// <param name="PerpendicularMm">Longest chord of the piece's convex hull perpendicular to it, mm.</param>
internal readonly record struct AxialDiameters(double LongestMm, double PerpendicularMm)
{
    /// <summary>Measures the pieces of a region and returns the diameters of the one with the longest; the first of equals.</summary>
    public static AxialDiameters Measure(StackFrame frame, IEnumerable<VoxelRun[]> pieces)
    {
        double dx = frame.Geometry.BetweenColumnsMm;
        double dy = frame.Geometry.BetweenRowsMm;
        AxialDiameters best = default;
        foreach (VoxelRun[] piece in pieces)
        {
            double width = (piece.Max(run => run.End) - piece.Min(run => run.Start)) * dx;
            double height = (piece[^1].Row - piece[0].Row + 1) * dy;
            if ((width * width) + (height * height) <= best.LongestMm * best.LongestMm)
            {
                continue;
            }

            (double X, double Y)[] hull = [.. SectionOutline.EdgeHull(piece).Select(p => (p.X * dx / 2, p.Y * dy / 2))];
            (double longest, (double X, double Y) axis) = Longest(hull);
            if (longest > best.LongestMm)
            {
                best = new AxialDiameters(longest, LongestChord(hull, axis));
            }
        }

        return best;
    }

    private static (double Length, (double X, double Y) Axis) Longest((double X, double Y)[] hull)
    {
        double best = 0;
        (double X, double Y) axis = (1, 0);
        for (int i = 0; i < hull.Length; i++)
        {
            for (int j = i + 1; j < hull.Length; j++)
            {
                double x = hull[j].X - hull[i].X;
                double y = hull[j].Y - hull[i].Y;
                double squared = (x * x) + (y * y);
                if (squared > best)
                {
                    (best, axis) = (squared, (x, y));
                }
            }
        }

        double length = Math.Sqrt(best);
        return (length, (axis.X / length, axis.Y / length));
    }

    /// <summary>Longest chord perpendicular to the axis. Its length is concave and piecewise linear along the axis: a vertex has the maximum.</summary>
    private static double LongestChord((double X, double Y)[] hull, (double X, double Y) axis)
    {
        (double T, double V)[] turned = [.. hull.Select(p => ((p.X * axis.X) + (p.Y * axis.Y), (p.Y * axis.X) - (p.X * axis.Y)))];
        double best = 0;
        foreach ((double t, double v) in turned)
        {
            double low = v;
            double high = v;
            for (int i = 0; i < turned.Length; i++)
            {
                (double T, double V) a = turned[i];
                (double T, double V) b = turned[(i + 1) % turned.Length];
                if (Math.Min(a.T, b.T) <= t && t <= Math.Max(a.T, b.T))
                {
                    double at = a.T == b.T ? a.V : a.V + ((b.V - a.V) * (t - a.T) / (b.T - a.T));
                    low = Math.Min(low, at);
                    high = Math.Max(high, at);
                }
            }

            best = Math.Max(best, high - low);
        }

        return best;
    }
}
