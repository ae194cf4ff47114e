using System.Collections.Immutable;
using CalcQuant.Imaging;
using CalcQuant.Segmentation;

namespace CalcQuant.Measurement;

/// <summary>
/// The greatest distance of two points of a region in space, exact. Points are those where the outside of the voxels lies along the three
/// grid directions: half a voxel out along rows, columns and slices (the vertices of a mesh of the binary image, as in IBSI's maximum 3-D
/// diameter); voxel corners do not count.
/// </summary>
/// <remarks>
/// The farthest pair consists of vertices of the hulls of single slices. Slices, then points, that cannot beat the best pair so far are
/// skipped by the circle around their hull, so that a ball of a million voxels costs only its opposite slices.
/// </remarks>
internal static class FeretDiameter
{
    /// <summary>Passes of "farthest point from the last farthest point" that give the first lower bound.</summary>
    private const int StartingPasses = 4;

    /// <summary>Measures a region: from one end to the other, mm in the frame of the stack.</summary>
    public static LpsPoint Measure(StackFrame frame, ImmutableArray<VoxelRun> runs)
    {
        List<Section> sections = [];
        for (int first = 0; first < runs.Length;)
        {
            int next = first + 1;
            while (next < runs.Length && runs[next].Slice == runs[first].Slice)
            {
                next++;
            }

            sections.Add(Section.Create(frame, runs.AsSpan(first, next - first)));
            first = next;
        }

        Pair best = StartingPair(sections);
        for (int i = 0; i < sections.Count; i++)
        {
            for (int j = i; j < sections.Count; j++)
            {
                if (sections[i].Reach(sections[j]) > best.Squared)
                {
                    best = Farthest(sections[i], sections[j], best);
                }
            }
        }

        return best.To - best.From;
    }

    private static Pair StartingPair(List<Section> sections)
    {
        LpsPoint from = sections[0].Points[0];
        var best = new Pair(from, from, 0);
        for (int pass = 0; pass < StartingPasses; pass++)
        {
            LpsPoint farthest = from;
            double distance = -1;
            foreach (Section section in sections)
            {
                foreach (LpsPoint point in section.Points)
                {
                    double d = SquaredDistance(from, point);
                    if (d > distance)
                    {
                        (farthest, distance) = (point, d);
                    }
                }
            }

            best = distance > best.Squared ? new Pair(from, farthest, distance) : best;
            from = farthest;
        }

        return best;
    }

    private static Pair Farthest(Section a, Section b, Pair best)
    {
        foreach (LpsPoint point in a.Points)
        {
            if (b.Reach(point) <= best.Squared)
            {
                continue;
            }

            foreach (LpsPoint other in b.Points)
            {
                double squared = SquaredDistance(point, other);
                best = squared > best.Squared ? new Pair(point, other, squared) : best;
            }
        }

        return best;
    }

    private static double SquaredDistance(LpsPoint a, LpsPoint b)
    {
        double x = a.X - b.X;
        double y = a.Y - b.Y;
        double z = a.Z - b.Z;
        return (x * x) + (y * y) + (z * z);
    }

    /// <summary>Two points and the square of their distance, mm².</summary>
    private readonly record struct Pair(LpsPoint From, LpsPoint To, double Squared);

    /// <summary>The candidate points of one slice and an upright cylinder around them.</summary>
    private sealed class Section
    {
        private LpsPoint _centre;
        private double _radius;
        private double _halfHeight;

        private Section(LpsPoint[] points) => Points = points;

        public LpsPoint[] Points { get; }

        public static Section Create(StackFrame frame, ReadOnlySpan<VoxelRun> runs)
        {
            int slice = runs[0].Slice;
            LpsPoint origin = frame.Origin(slice);
            LpsPoint half = frame.SliceStep(slice) * 0.5;
            double dx = frame.Geometry.BetweenColumnsMm / 2;
            double dy = frame.Geometry.BetweenRowsMm / 2;
            List<(int X, int Y)> edges = SectionOutline.EdgeHull(runs);
            List<(int X, int Y)> centres = SectionOutline.CentreHull(runs);
            var points = new LpsPoint[edges.Count + (2 * centres.Count)];
            int n = 0;
            foreach ((int x, int y) in edges)
            {
                points[n++] = origin + new LpsPoint(x * dx, y * dy, 0);
            }

            foreach ((int x, int y) in centres)
            {
                LpsPoint centre = origin + new LpsPoint(x * dx, y * dy, 0);
                points[n++] = centre + half;
                points[n++] = centre - half;
            }

            var section = new Section(points);
            section.Enclose();
            return section;
        }

        /// <summary>Square of a distance that no pair of points of the two sections exceeds, mm².</summary>
        public double Reach(Section other) => Reach(_centre, _radius, _halfHeight, other);

        /// <summary>Square of a distance that no point of this section has from the given one, or more, mm².</summary>
        public double Reach(LpsPoint point) => Reach(point, 0, 0, this);

        private static double Reach(LpsPoint centre, double radius, double halfHeight, Section other)
        {
            double x = centre.X - other._centre.X;
            double y = centre.Y - other._centre.Y;
            double across = Math.Sqrt((x * x) + (y * y)) + radius + other._radius;
            double up = Math.Abs(centre.Z - other._centre.Z) + halfHeight + other._halfHeight;

            // Rounding must not skip a pair that is equal to the bound.
            return ((across * across) + (up * up)) * (1 + 1e-12);
        }

        private void Enclose()
        {
            double minX = double.PositiveInfinity;
            double minY = double.PositiveInfinity;
            double minZ = double.PositiveInfinity;
            double maxX = double.NegativeInfinity;
            double maxY = double.NegativeInfinity;
            double maxZ = double.NegativeInfinity;
            foreach (LpsPoint point in Points)
            {
                (minX, maxX) = (Math.Min(minX, point.X), Math.Max(maxX, point.X));
                (minY, maxY) = (Math.Min(minY, point.Y), Math.Max(maxY, point.Y));
                (minZ, maxZ) = (Math.Min(minZ, point.Z), Math.Max(maxZ, point.Z));
            }

            _centre = new LpsPoint((minX + maxX) / 2, (minY + maxY) / 2, (minZ + maxZ) / 2);
            _halfHeight = (maxZ - minZ) / 2;
            foreach (LpsPoint point in Points)
            {
                double x = point.X - _centre.X;
                double y = point.Y - _centre.Y;
                _radius = Math.Max(_radius, Math.Sqrt((x * x) + (y * y)));
            }
        }
    }
}
