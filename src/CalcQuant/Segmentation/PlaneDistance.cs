namespace CalcQuant.Segmentation;

/// <summary>
/// Exact Euclidean distances within one plane of small size, for the reduced grid and for the boxes of single structures. One instance
/// serves one thread: it keeps its scratch memory.
/// </summary>
/// <remarks>Two passes, the second along the lower envelope of parabolas (Felzenszwalb and Huttenlocher, Theory of Computing 8, 2012).</remarks>
internal sealed class PlaneDistance
{
    /// <summary>Distance where no target exists in the plane, mm: farther than any patient is wide.</summary>
    public const float Far = 10_000;

    private float[] _columnDistance = [];
    private int[] _sites = [];
    private double[] _bounds = [];

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

        int longest = columnCount + 1;
        if (_sites.Length < longest)
        {
            _sites = new int[longest];
            _bounds = new double[longest + 1];
        }

        float step = (float)betweenRowsMm;
        Span<float> vertical = _columnDistance.AsSpan(0, size);
        for (int i = 0; i < columnCount; i++)
        {
            vertical[i] = inside[i] == target ? 0 : Far;
        }

        for (int i = columnCount; i < size; i++)
        {
            vertical[i] = inside[i] == target ? 0 : Math.Min(Far, vertical[i - columnCount] + step);
        }

        for (int i = size - columnCount - 1; i >= 0; i--)
        {
            vertical[i] = Math.Min(vertical[i], vertical[i + columnCount] + step);
        }

        for (int row = 0; row < rowCount; row++)
        {
            MeasureRow(vertical.Slice(row * columnCount, columnCount), betweenColumnsMm, distanceMm.Slice(row * columnCount, columnCount));
        }
    }

    private void MeasureRow(ReadOnlySpan<float> vertical, double step, Span<float> distance)
    {
        int count = 0;
        for (int column = 0; column < vertical.Length; column++)
        {
            double height = vertical[column];
            if (height >= Far)
            {
                continue;
            }

            double x = column * step;
            double key = (height * height) + (x * x);
            double start = double.NegativeInfinity;
            while (count > 0)
            {
                int site = _sites[count - 1];
                double siteX = site * step;
                double siteHeight = vertical[site];
                start = (key - (siteHeight * siteHeight) - (siteX * siteX)) / (2 * (x - siteX));
                if (start > _bounds[count - 1])
                {
                    break;
                }

                count--;
                start = double.NegativeInfinity;
            }

            _sites[count] = column;
            _bounds[count] = count == 0 ? double.NegativeInfinity : start;
            count++;
        }

        if (count == 0)
        {
            distance.Fill(Far);
            return;
        }

        _bounds[count] = double.PositiveInfinity;
        int current = 0;
        for (int column = 0; column < vertical.Length; column++)
        {
            double x = column * step;
            while (_bounds[current + 1] < x)
            {
                current++;
            }

            double across = (column - _sites[current]) * step;
            double along = vertical[_sites[current]];
            distance[column] = across == 0 ? (float)along : (float)Math.Sqrt((across * across) + (along * along));
        }
    }
}
