using System.Collections.Immutable;

namespace CalcQuant.Radiography;

/// <summary>A run of pixels of one row of a film.</summary>
/// <param name="Row">The row.</param>
/// <param name="Start">First column.</param>
/// <param name="Length">Pixels.</param>
public readonly record struct PixelRun(int Row, int Start, int Length);

/// <summary>The pixels of one finding.</summary>
/// <param name="Runs">Runs by rising row and column.</param>
public sealed record PixelOutline(ImmutableArray<PixelRun> Runs)
{
    /// <summary>How many pixels.</summary>
    internal int PixelCount => Runs.Sum(run => run.Length);

    /// <summary>Places of the pixels in an array of the film, row after row.</summary>
    /// <param name="columnCount">Pixels along a row of the film.</param>
    internal IEnumerable<int> Places(int columnCount) => Runs.SelectMany(run => Enumerable.Range((run.Row * columnCount) + run.Start, run.Length));

    /// <summary>The pixels of cells.</summary>
    /// <param name="cells">Which cells.</param>
    /// <param name="plane">The grid they are of.</param>
    internal static PixelOutline Of(bool[] cells, FilmPlane plane) => Of(cells, plane.ColumnCount, 0, 0, plane.Bin);

    /// <summary>The pixels of cells of a box.</summary>
    /// <param name="cells">Which cells.</param>
    /// <param name="columnCount">Cells along a row of the box.</param>
    /// <param name="left">First column of the box, cells; may be negative.</param>
    /// <param name="top">First row of the box, cells.</param>
    /// <param name="bin">Pixels along each side of a cell.</param>
    internal static PixelOutline Of(bool[] cells, int columnCount, int left, int top, int bin)
    {
        var runs = ImmutableArray.CreateBuilder<PixelRun>();
        for (int row = 0; row < cells.Length / columnCount; row++)
        {
            int first = runs.Count;
            ReadOnlySpan<bool> line = cells.AsSpan(row * columnCount, columnCount);
            for (int column = 0; column < columnCount; column++)
            {
                int start = column;
                while (column < columnCount && line[column])
                {
                    column++;
                }

                if (column > start)
                {
                    runs.Add(new PixelRun((top + row) * bin, (left + start) * bin, (column - start) * bin));
                }
            }

            int count = runs.Count - first;
            for (int y = 1; y < bin; y++)
            {
                for (int i = 0; i < count; i++)
                {
                    runs.Add(runs[first + i] with { Row = ((top + row) * bin) + y });
                }
            }
        }

        return new PixelOutline(runs.ToImmutable());
    }

    /// <summary>The pixels of a film whose centres a box holds.</summary>
    internal static PixelOutline Within(PixelBox box, int columnCount, int rowCount)
    {
        int left = Bounded(Math.Ceiling(box.Min.Column), columnCount), right = Bounded(Math.Floor(box.Max.Column) + 1, columnCount);
        int top = Bounded(Math.Ceiling(box.Min.Row), rowCount), bottom = Bounded(Math.Floor(box.Max.Row) + 1, rowCount);
        return right <= left
            ? new PixelOutline([])
            : new PixelOutline([.. Enumerable.Range(top, Math.Max(bottom - top, 0)).Select(row => new PixelRun(row, left, right - left))]);
    }

    /// <summary>The pixels of a film whose centres a polygon holds; where it crosses itself, those that it goes round an odd number of times.</summary>
    internal static PixelOutline Within(ReadOnlySpan<PixelPoint> corners, int columnCount, int rowCount)
    {
        double top = double.MaxValue, bottom = double.MinValue;
        foreach (PixelPoint corner in corners)
        {
            (top, bottom) = (Math.Min(top, corner.Row), Math.Max(bottom, corner.Row));
        }

        var runs = ImmutableArray.CreateBuilder<PixelRun>();
        var crossings = new List<double>();
        for (int row = Bounded(Math.Ceiling(top), rowCount); row < Bounded(Math.Floor(bottom) + 1, rowCount); row++)
        {
            crossings.Clear();
            PixelPoint from = corners[^1];
            foreach (PixelPoint to in corners)
            {
                // Half open, so that a corner on the row counts once.
                if (from.Row <= row != to.Row <= row)
                {
                    crossings.Add(from.Column + ((row - from.Row) / (to.Row - from.Row) * (to.Column - from.Column)));
                }

                from = to;
            }

            crossings.Sort();
            for (int i = 0; i + 1 < crossings.Count; i += 2)
            {
                int start = Bounded(Math.Ceiling(crossings[i]), columnCount), end = Bounded(Math.Floor(crossings[i + 1]) + 1, columnCount);
                if (runs.Count > 0 && runs[^1].Row == row)
                {
                    start = Math.Max(start, runs[^1].Start + runs[^1].Length);
                }

                if (end > start)
                {
                    runs.Add(new PixelRun(row, start, end - start));
                }
            }
        }

        return new PixelOutline(runs.ToImmutable());
    }

    /// <summary>The pixels of a film whose centres lie within a distance of a point.</summary>
    internal static PixelOutline Disc(PixelPoint centre, double radius, int columnCount, int rowCount)
    {
        var runs = ImmutableArray.CreateBuilder<PixelRun>();
        for (int row = Bounded(Math.Ceiling(centre.Row - radius), rowCount); row < Bounded(Math.Floor(centre.Row + radius) + 1, rowCount); row++)
        {
            double half = Math.Sqrt(Math.Max((radius * radius) - ((row - centre.Row) * (row - centre.Row)), 0));
            int start = Bounded(Math.Ceiling(centre.Column - half), columnCount), end = Bounded(Math.Floor(centre.Column + half) + 1, columnCount);
            if (end > start)
            {
                runs.Add(new PixelRun(row, start, end - start));
            }
        }

        return new PixelOutline(runs.ToImmutable());
    }

    /// <summary>A whole number within 0 and a count; the number may be far out of the range of integers.</summary>
    private static int Bounded(double value, int count) => (int)Math.Clamp(value, 0, count);
}
