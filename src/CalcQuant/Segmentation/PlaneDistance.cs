using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace CalcQuant.Segmentation;

/// <summary>
/// Exact Euclidean distances within one plane of small size, for the reduced grid and for the boxes of single structures. One instance
/// serves one thread: it keeps its scratch memory.
/// </summary>
/// <remarks>
/// Two passes: along the columns, then along the rows by the lower envelope of parabolas (Felzenszwalb and Huttenlocher, Theory of Computing 8,
/// 2012). The second pass goes through each gap between targets of a row on its own: a target at the gap's end is nearer than anything beyond
/// it, so only the columns of the gap and its two ends matter. Work is that of the cells that are not targets.
/// </remarks>
internal sealed class PlaneDistance
{
    /// <summary>Distance where no target exists in the plane, mm: farther than any patient is wide.</summary>
    public const float Far = 10_000;

    private float[] _columnDistance = [];
    private int[] _sites = [];
    private double[] _bounds = [];
    private double[] _squared = [];

    /// <summary>Distance of every cell to the nearest cell whose membership is <paramref name="target"/>, centre to centre, mm.</summary>
    /// <param name="inside">Membership, row after row.</param>
    /// <param name="target">The membership that is distance 0.</param>
    /// <param name="columnCount">Cells of a row.</param>
    /// <param name="rowCount">Rows.</param>
    /// <param name="betweenColumnsMm">Cell width, mm.</param>
    /// <param name="betweenRowsMm">Cell height, mm.</param>
    /// <param name="distanceMm">Receives the distances; <see cref="Far"/> where there is no target.</param>
    public void Measure(
        ReadOnlySpan<bool> inside, bool target, int columnCount, int rowCount, double betweenColumnsMm, double betweenRowsMm, Span<float> distanceMm)
    {
        int size = columnCount * rowCount;
        if (_columnDistance.Length < size)
        {
            _columnDistance = new float[size];
        }

        if (_sites.Length < columnCount)
        {
            _sites = new int[columnCount];
            _bounds = new double[columnCount + 1];
            _squared = new double[columnCount];
        }

        Span<float> vertical = _columnDistance.AsSpan(0, size);
        MeasureColumns(MemoryMarshal.AsBytes(inside[..size]), target, columnCount, (float)betweenRowsMm, vertical);
        for (int row = 0; row < rowCount; row++)
        {
            int start = row * columnCount;
            MeasureRow(inside.Slice(start, columnCount), target, vertical.Slice(start, columnCount), betweenColumnsMm, distanceMm.Slice(start, columnCount));
        }
    }

    /// <summary>Distance to the nearest target of the same column: one sweep down, one up, a whole row at a time.</summary>
    private static void MeasureColumns(ReadOnlySpan<byte> inside, bool target, int columnCount, float step, Span<float> vertical)
    {
        // 0 at targets, Far elsewhere: membership is stored as 0 or 1.
        TensorPrimitives.ConvertTruncating<byte, float>(inside, vertical);
        TensorPrimitives.Multiply(vertical, target ? -Far : Far, vertical);
        if (target)
        {
            TensorPrimitives.Add(vertical, Far, vertical);
        }

        for (int start = columnCount; start < vertical.Length; start += columnCount)
        {
            Approach(vertical.Slice(start - columnCount, columnCount), step, vertical.Slice(start, columnCount));
        }

        for (int start = vertical.Length - (2 * columnCount); start >= 0; start -= columnCount)
        {
            Approach(vertical.Slice(start + columnCount, columnCount), step, vertical.Slice(start, columnCount));
        }
    }

    private static void Approach(ReadOnlySpan<float> neighbour, float step, Span<float> row)
    {
        var steps = new System.Numerics.Vector<float>(step);
        int width = System.Numerics.Vector<float>.Count;
        int column = 0;
        for (; column + width <= row.Length; column += width)
        {
            var reached = new System.Numerics.Vector<float>(neighbour[column..]) + steps;
            System.Numerics.Vector.Min(new System.Numerics.Vector<float>(row[column..]), reached).CopyTo(row[column..]);
        }

        for (; column < row.Length; column++)
        {
            row[column] = Math.Min(row[column], neighbour[column] + step);
        }
    }

    private void MeasureRow(ReadOnlySpan<bool> inside, bool target, ReadOnlySpan<float> vertical, double step, Span<float> distance)
    {
        int column = 0;
        while (column < inside.Length)
        {
            int gap = inside[column..].IndexOf(!target);
            int start = gap < 0 ? inside.Length : column + gap;
            distance[column..start].Clear();
            if (start == inside.Length)
            {
                return;
            }

            int length = inside[start..].IndexOf(target);
            int end = length < 0 ? inside.Length : start + length;
            MeasureGap(start, end, vertical, step, distance);
            column = end;
        }
    }

    /// <summary>Distances of the columns from <paramref name="start"/> to before <paramref name="end"/>, none of which is a target itself.</summary>
    private void MeasureGap(int start, int end, ReadOnlySpan<float> vertical, double step, Span<float> distance)
    {
        int count = 0;
        int last = Math.Min(end, vertical.Length - 1);
        for (int column = Math.Max(0, start - 1); column <= last; column++)
        {
            double height = vertical[column];
            if (height >= Far)
            {
                continue;
            }

            double x = column * step;
            double key = (height * height) + (x * x);
            double bound = double.NegativeInfinity;
            while (count > 0)
            {
                int site = _sites[count - 1];
                double siteX = site * step;
                double siteHeight = vertical[site];
                bound = (key - (siteHeight * siteHeight) - (siteX * siteX)) / (2 * (x - siteX));
                if (bound > _bounds[count - 1])
                {
                    break;
                }

                count--;
                bound = double.NegativeInfinity;
            }

            _sites[count] = column;
            _bounds[count] = bound;
            count++;
        }

        if (count == 0)
        {
            distance[start..end].Fill(Far);
            return;
        }

        _bounds[count] = double.PositiveInfinity;
        int current = 0;
        for (int column = start; column < end; column++)
        {
            double x = column * step;
            while (_bounds[current + 1] < x)
            {
                current++;
            }

            double across = (column - _sites[current]) * step;
            double along = vertical[_sites[current]];
            _squared[column] = (across * across) + (along * along);
        }

        Span<double> squared = _squared.AsSpan(start, end - start);
        TensorPrimitives.Sqrt<double>(squared, squared);
        TensorPrimitives.ConvertTruncating<double, float>(squared, distance[start..end]);
    }
}
