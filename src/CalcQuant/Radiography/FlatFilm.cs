using System.Numerics;
using CalcQuant.Segmentation;

namespace CalcQuant.Radiography;

/// <summary>
/// A film whose slow changes are gone and whose sharp edges are kept, so that what a limb, muscle or scatter makes of the background is flat and a plaque is a
/// plateau however wide it is: the gradient is set to zero where it is not that of a sharp edge, and the values whose differences come nearest to it are sought
/// (Horn, Computer Graphics and Image Processing 3, 1974). Differences that no edge explains are spread over few places rather than evenly (weights of Charbonnier and
/// others, IEEE Transactions on Image Processing 6, 1997), so that an edge that was missed in part makes a step there and no shade around it.
/// </summary>
internal sealed class FlatFilm
{
    private FlatFilm(FilmPlane plane, bool[] domain, float[] deviations, float[] values) =>
        (Plane, Domain, Deviations, Values) = (plane, domain, deviations, values);

    /// <summary>Flattened values, film units; zero in the middle of each part of the domain, without meaning outside it.</summary>
    public float[] Values { get; }

    /// <summary>Standard deviation of the noise of the flattened values.</summary>
    public float[] Deviations { get; }

    /// <summary>Noise of a pixel of the film over that of a flattened value.</summary>
    public required double PixelNoiseScale { get; init; }

    /// <summary>Cells at sharp edges of the film; steps elsewhere are only where the flattening put what it could not spread.</summary>
    public required bool[] Edges { get; init; }

    /// <summary>Cells that were flattened.</summary>
    public bool[] Domain { get; }

    /// <summary>The grid.</summary>
    public FilmPlane Plane { get; }

    /// <summary>Flattens.</summary>
    /// <param name="plane">The film.</param>
    /// <param name="domain">Cells of soft tissue; others neither count nor join what lies on their two sides.</param>
    /// <param name="boneContrast">Contrast of bone, film units: what falls by next to nothing of it is no edge, however little noise there is.</param>
    /// <param name="cancellationToken">Asked between rounds.</param>
    public static FlatFilm Of(FilmPlane plane, bool[] domain, double boneContrast, CancellationToken cancellationToken)
    {
        double sigma = Math.Max(FilmParameters.FlatSmoothingMm, 0.9 * plane.CellMm);
        float[] noise = NoiseOf(plane, domain);
        float[] smooth = SmoothWithin(plane, domain, sigma);
        (float[] broadX, float[] broadY) = SlopeWithin(plane, domain, sigma * FilmParameters.FlatBroad);
        double cells = sigma / plane.CellMm;

        // Of white noise smoothed by a Gaussian of s cells, a difference of neighbours has 1 / (sqrt(8 pi) s^2) and a value 1 / (2 sqrt(pi) s) of its deviation.
        float ofStep = (float)(1 / (Math.Sqrt(8 * Math.PI) * cells * cells)), ofValue = (float)(1 / (2 * Math.Sqrt(Math.PI) * cells));
        float least = (float)(FilmParameters.FlatLeastStep * boneContrast * plane.CellMm / sigma);
        float[] steps = Array.ConvertAll(noise, value => Math.Max(value * ofStep, least));
        bool[] edges = FindEdges(plane, domain, smooth, broadX, broadY, steps);
        var gradient = new GradientField(plane.ColumnCount, plane.RowCount, domain);
        gradient.Take(smooth, edges);
        float[] values = gradient.Solve(steps, cancellationToken);
        foreach (int[] part in CellSet.Components(domain, plane.ColumnCount))
        {
            float[] sorted = Array.ConvertAll(part, cell => values[cell]);
            Array.Sort(sorted);
            foreach (int cell in part)
            {
                values[cell] -= sorted[sorted.Length / 2];
            }
        }

        return new FlatFilm(plane, domain, Array.ConvertAll(noise, value => value * ofValue), values) { Edges = edges, PixelNoiseScale = plane.Bin / ofValue };
    }

    /// <summary>Noise of a cell, from differences of second order, which slopes do not enter.</summary>
    private static float[] NoiseOf(FilmPlane plane, bool[] domain)
    {
        int columns = plane.ColumnCount;
        float[] differences = new float[domain.Length], values = plane.Values;
        bool[] counted = new bool[domain.Length];
        for (int i = columns; i < domain.Length - columns; i++)
        {
            int column = i % columns;
            counted[i] = column > 0 && column < columns - 1 && domain[i] && domain[i - 1] && domain[i + 1] && domain[i - columns] && domain[i + columns];
            differences[i] = counted[i] ? values[i - 1] + values[i + 1] + values[i - columns] + values[i + columns] - (4 * values[i]) : 0;
        }

        float[] deviations = NoiseMap.Measure(plane.With(differences), counted).Deviations(plane);
        float scale = 1 / MathF.Sqrt(20);
        return Array.ConvertAll(deviations, value => value * scale);
    }

    /// <summary>A Gaussian mean of the cells of the domain.</summary>
    private static float[] SmoothWithin(FilmPlane plane, bool[] domain, double sigmaMm)
    {
        float[] weights = plane.With(Array.ConvertAll(domain, isIn => isIn ? 1f : 0f)).Smooth(sigmaMm).Values;
        float[] sums = plane.With([.. plane.Values.Select((value, cell) => domain[cell] ? value : 0)]).Smooth(sigmaMm).Values;
        for (int i = 0; i < sums.Length; i++)
        {
            sums[i] = weights[i] > 1e-3f ? sums[i] / weights[i] : 0;
        }

        return sums;
    }

    /// <summary>Slope of the plane that fits the cells of the domain around each cell best: at its rim a mean of one side alone would take a slope for an edge.</summary>
    private static (float[] X, float[] Y) SlopeWithin(FilmPlane plane, bool[] domain, double sigmaMm)
    {
        float[] zero = GaussianBlur.Weights(sigmaMm, plane.CellMm);
        int reach = zero.Length / 2;
        float[] first = [.. zero.Select((weight, at) => weight * (at - reach))], second = [.. first.Select((weight, at) => weight * (at - reach))];
        float[] counts = Array.ConvertAll(domain, isIn => isIn ? 1f : 0f);
        float middle = plane.Values.Where((_, cell) => domain[cell]).DefaultIfEmpty().Average();
        float[] values = [.. plane.Values.Select((value, cell) => domain[cell] ? value - middle : 0)];
        float[] s = plane.Convolve(counts, zero), sx = plane.Convolve(counts, first, zero), sy = plane.Convolve(counts, zero, first);
        float[] sxx = plane.Convolve(counts, second, zero), syy = plane.Convolve(counts, zero, second), sxy = plane.Convolve(counts, first, first);
        float[] v = plane.Convolve(values, zero), vx = plane.Convolve(values, first, zero), vy = plane.Convolve(values, zero, first);
        float[] slopeX = new float[domain.Length], slopeY = new float[domain.Length];
        for (int i = 0; i < domain.Length; i++)
        {
            if (!domain[i])
            {
                continue;
            }

            // Moments about the centroid of the cells; where they lie along a line there is no slope across it.
            double mean = v[i] / s[i], x = sx[i] / s[i], y = sy[i] / s[i];
            double xx = sxx[i] - (x * sx[i]), yy = syy[i] - (y * sy[i]), xy = sxy[i] - (x * sy[i]), ofX = vx[i] - (mean * sx[i]), ofY = vy[i] - (mean * sy[i]);
            double ridge = 0.01 * (xx + yy) + 1e-6;
            (xx, yy) = (xx + ridge, yy + ridge);
            double determinant = (xx * yy) - (xy * xy);
            slopeX[i] = (float)(((ofX * yy) - (ofY * xy)) / determinant);
            slopeY[i] = (float)(((ofY * xx) - (ofX * xy)) / determinant);
        }

        return (slopeX, slopeY);
    }

    /// <summary>Cells at sharp edges: steep beyond noise and beyond what is steep in the large, strong somewhere along a length.</summary>
    private static bool[] FindEdges(FilmPlane plane, bool[] domain, float[] smooth, float[] broadX, float[] broadY, float[] steps)
    {
        int columns = plane.ColumnCount;
        bool[] weak = new bool[domain.Length], strong = new bool[domain.Length];
        for (int i = 0; i < domain.Length; i++)
        {
            if (!domain[i])
            {
                continue;
            }

            // Beyond the domain the slope of its side goes on.
            int column = i % columns;
            int left = column > 0 && domain[i - 1] ? i - 1 : i, right = column < columns - 1 && domain[i + 1] ? i + 1 : i;
            int upper = i >= columns && domain[i - columns] ? i - columns : i, lower = i < domain.Length - columns && domain[i + columns] ? i + columns : i;
            float sharpX = right == left ? 0 : ((smooth[right] - smooth[left]) / (right - left)) - broadX[i];
            float sharpY = lower == upper ? 0 : ((smooth[lower] - smooth[upper]) * columns / (lower - upper)) - broadY[i];
            float sharp = MathF.Sqrt((sharpX * sharpX) + (sharpY * sharpY)), slow = MathF.Sqrt((broadX[i] * broadX[i]) + (broadY[i] * broadY[i]));
            strong[i] = sharp > FilmParameters.FlatStrong * steps[i] && sharp > FilmParameters.FlatStrongSlope * slow;
            weak[i] = sharp > FilmParameters.FlatWeak * steps[i] && sharp > FilmParameters.FlatWeakSlope * slow;
        }

        bool[] edges = new bool[domain.Length];
        foreach (int[] line in CellSet.Components(weak, columns))
        {
            if (line.Count(cell => strong[cell]) * plane.CellMm > FilmParameters.FlatEdgeMm)
            {
                foreach (int cell in line)
                {
                    edges[cell] = true;
                }
            }
        }

        return CellSet.Dilate(edges, columns, 1);
    }

    /// <summary>Wanted differences of neighbouring cells, and the values that come nearest to them.</summary>
    private sealed class GradientField
    {
        private readonly int _columns, _rows;
        private readonly bool[] _domain;
        private readonly float[] _right, _down, _rightWeight, _downWeight, _leftWeight, _upperWeight, _padded;

        public GradientField(int columns, int rows, bool[] domain)
        {
            (_columns, _rows, _domain) = (columns, rows, domain);
            (_right, _down) = (new float[domain.Length], new float[domain.Length]);
            (_rightWeight, _downWeight, _leftWeight, _upperWeight) = (new float[domain.Length], new float[domain.Length], new float[domain.Length], new float[domain.Length]);
            _padded = new float[domain.Length + (2 * columns) + 2];
        }

        /// <summary>Takes the differences of values at some cells; others are zero.</summary>
        public void Take(float[] values, bool[] where)
        {
            for (int i = 0; i < values.Length; i++)
            {
                if (where[i])
                {
                    _right[i] = HasRight(i) ? values[i + 1] - values[i] : 0;
                    _down[i] = HasDown(i) ? values[i + _columns] - values[i] : 0;
                }
            }
        }

        /// <summary>The values, from coarse grids to fine ones.</summary>
        /// <param name="steps">Noise of a difference of neighbours.</param>
        /// <param name="cancellationToken">Asked between rounds.</param>
        public float[] Solve(float[] steps, CancellationToken cancellationToken)
        {
            float[] values = new float[_domain.Length];
            if (Math.Min(_columns, _rows) > FilmParameters.FlatLeastSide)
            {
                GradientField half = Halve();
                float[] halfSteps = new float[half._domain.Length];
                for (int i = 0; i < halfSteps.Length; i++)
                {
                    halfSteps[i] = 2 * steps[(Math.Min((i / half._columns * 2) + 1, _rows - 1) * _columns) + Math.Min((i % half._columns * 2) + 1, _columns - 1)];
                }

                var coarse = new FilmPlane(half._columns, half._rows, 2, 2, half.Solve(halfSteps, cancellationToken));
                values = coarse.Spread(new FilmPlane(_columns, _rows, 1, 1, values));
            }

            for (int round = 0; round < FilmParameters.FlatRounds; round++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                Weigh(values, steps);
                Descend(values);
            }

            return values;
        }

        private bool HasRight(int cell) => cell % _columns < _columns - 1 && _domain[cell] && _domain[cell + 1];

        private bool HasDown(int cell) => cell < _domain.Length - _columns && _domain[cell] && _domain[cell + _columns];

        /// <summary>The field on cells twice as wide: the difference of two of them is the mean of the ways from one to the other.</summary>
        private GradientField Halve()
        {
            int columns = (_columns + 1) / 2, rows = (_rows + 1) / 2;
            bool[] domain = new bool[columns * rows];
            for (int i = 0; i < _domain.Length; i++)
            {
                domain[(i / _columns / 2 * columns) + (i % _columns / 2)] |= _domain[i];
            }

            var half = new GradientField(columns, rows, domain);
            for (int row = 0; row < rows; row++)
            {
                for (int column = 0; column < columns; column++)
                {
                    int cell = (row * columns) + column, first = (2 * row * _columns) + (2 * column);
                    half._right[cell] = Way(first, 1, column < columns - 1 && (2 * column) + 2 < _columns, (2 * row) + 1 < _rows ? _columns : 0, (2 * column) + 3 < _columns, _right, HasRight);
                    half._down[cell] = Way(first, _columns, row < rows - 1 && (2 * row) + 2 < _rows, (2 * column) + 1 < _columns ? 1 : 0, (2 * row) + 3 < _rows, _down, HasDown);
                }
            }

            return half;
        }

        /// <summary>Mean of two ways from the middle of one pair of cells to that of the next.</summary>
        private static float Way(int first, int step, bool hasNext, int beside, bool isNextWhole, float[] differences, Func<int, bool> has)
        {
            if (!hasNext)
            {
                return 0;
            }

            float sum = 0;
            int count = 0;
            foreach (int start in beside == 0 ? (ReadOnlySpan<int>)[first] : [first, first + beside])
            {
                if (has(start + step))
                {
                    sum += (has(start) ? differences[start] / 2 : 0) + differences[start + step] + (isNextWhole && has(start + (2 * step)) ? differences[start + (2 * step)] / 2 : 0);
                    count++;
                }
            }

            return count == 0 ? 0 : sum / count;
        }

        /// <summary>Weights of the differences: the farther a value is from what is wanted, the less it counts.</summary>
        private void Weigh(float[] values, float[] steps)
        {
            for (int i = 0; i < values.Length; i++)
            {
                float scale = (float)FilmParameters.FlatGive * steps[i];
                _rightWeight[i] = HasRight(i) ? Weight((values[i + 1] - values[i] - _right[i]) / scale) : 0;
                _downWeight[i] = HasDown(i) ? Weight((values[i + _columns] - values[i] - _down[i]) / scale) : 0;
            }

            _rightWeight.AsSpan(0, values.Length - 1).CopyTo(_leftWeight.AsSpan(1));
            _downWeight.AsSpan(0, values.Length - _columns).CopyTo(_upperWeight.AsSpan(_columns));

            static float Weight(float off) => 1 / MathF.Sqrt(1 + (off * off));
        }

        /// <summary>Steps of conjugate gradients with the diagonal as preconditioner.</summary>
        private void Descend(float[] values)
        {
            float[] diagonal = new float[values.Length], residual = new float[values.Length], direction = new float[values.Length], image = new float[values.Length];
            for (int i = 0; i < values.Length; i++)
            {
                float wanted = (i > 0 ? _leftWeight[i] * _right[i - 1] : 0) + (i >= _columns ? _upperWeight[i] * _down[i - _columns] : 0);
                diagonal[i] = 1e-6f + _leftWeight[i] + _upperWeight[i] + _rightWeight[i] + _downWeight[i];
                residual[i] = wanted - (_rightWeight[i] * _right[i]) - (_downWeight[i] * _down[i]);
            }

            Apply(diagonal, values, image);
            double along = 0;
            for (int i = 0; i < values.Length; i++)
            {
                residual[i] -= image[i];
                direction[i] = residual[i] / diagonal[i];
                along += (double)residual[i] * direction[i];
            }

            double least = along * FilmParameters.FlatTolerance * FilmParameters.FlatTolerance;
            for (int step = 0; step < FilmParameters.FlatSteps && along > least && along > 0; step++)
            {
                Apply(diagonal, direction, image);
                double bend = 0;
                for (int i = 0; i < values.Length; i++)
                {
                    bend += (double)direction[i] * image[i];
                }

                float length = (float)(along / bend);
                double next = 0;
                for (int i = 0; i < values.Length; i++)
                {
                    values[i] += length * direction[i];
                    residual[i] -= length * image[i];
                    next += (double)residual[i] * residual[i] / diagonal[i];
                }

                float keep = (float)(next / along);
                along = next;
                for (int i = 0; i < values.Length; i++)
                {
                    direction[i] = (residual[i] / diagonal[i]) + (keep * direction[i]);
                }
            }
        }

        /// <summary>The matrix times values; each cell by itself, so that the width of vectors changes nothing.</summary>
        private void Apply(float[] diagonal, float[] values, float[] image)
        {
            // A row of zeros before and after, so that no cell is an exception.
            int row = _columns, count = values.Length;
            values.CopyTo(_padded.AsSpan(row));
            ReadOnlySpan<float> at = _padded.AsSpan(row), left = _padded.AsSpan(row - 1), right = _padded.AsSpan(row + 1), upper = _padded, lower = _padded.AsSpan(2 * row);
            ReadOnlySpan<float> toLeft = _leftWeight, toUpper = _upperWeight, toRight = _rightWeight, toLower = _downWeight;
            int i = 0;
            for (; i <= count - Vector<float>.Count; i += Vector<float>.Count)
            {
                Vector<float> sum = new Vector<float>(diagonal.AsSpan(i)) * new Vector<float>(at[i..]);
                sum -= new Vector<float>(toRight[i..]) * new Vector<float>(right[i..]);
                sum -= new Vector<float>(toLeft[i..]) * new Vector<float>(left[i..]);
                sum -= new Vector<float>(toLower[i..]) * new Vector<float>(lower[i..]);
                sum -= new Vector<float>(toUpper[i..]) * new Vector<float>(upper[i..]);
                sum.CopyTo(image.AsSpan(i));
            }

            for (; i < count; i++)
            {
                float sum = diagonal[i] * at[i];
                sum -= toRight[i] * right[i];
                sum -= toLeft[i] * left[i];
                sum -= toLower[i] * lower[i];
                sum -= toUpper[i] * upper[i];
                image[i] = sum;
            }
        }
    }
}
