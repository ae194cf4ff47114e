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
}
