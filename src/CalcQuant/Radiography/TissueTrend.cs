using CalcQuant.Segmentation;

namespace CalcQuant.Radiography;

/// <summary>
/// What a film would show without what is small and dense: at each cell the value of a quadratic surface fitted to the cells around it with Gaussian
/// weights, in a few rounds that leave out what stands far above or below the surface. Follows the slope of a limb, not a nodule on it. The surface is fitted
/// to squares of the values above air: the path through a cylinder is a root, infinitely steep at its edge, whose square is a parabola.
/// </summary>
internal static class TissueTrend
{
    /// <summary>Terms of the surface: 1, x, y, x², xy, y².</summary>
    private static readonly (int X, int Y)[] Terms = [(0, 0), (1, 0), (0, 1), (2, 0), (1, 1), (0, 2)];

    /// <summary>Fits the surface.</summary>
    /// <param name="plane">Coarse cells.</param>
    /// <param name="support">Cells that it is fitted to.</param>
    /// <param name="wanted">Cells whose value is wanted; others get their own.</param>
    /// <param name="sigmaMm">Standard deviation of the weights, mm.</param>
    /// <param name="above">Cells this many standard deviations above the surface do not count.</param>
    /// <param name="air">Value of air.</param>
    /// <param name="cancellationToken">Asked between rounds.</param>
    /// <returns>The surface, and which cells it could be fitted at.</returns>
    public static (FilmPlane Surface, bool[] IsKnown) Fit(FilmPlane plane, bool[] support, bool[] wanted, double sigmaMm, float above, float air, CancellationToken cancellationToken) =>
        Fit(plane, support, wanted, sigmaMm, above, air, FilmParameters.TrendRounds, cancellationToken);

    /// <summary>Fits the lower envelope: what lies above the surface counts little, so that bones that cover half of a limb do not lift it.</summary>
    /// <param name="plane">Coarse cells.</param>
    /// <param name="support">Cells that it is fitted to and wanted at.</param>
    /// <param name="sigmaMm">Standard deviation of the weights, mm.</param>
    /// <param name="air">Value of air.</param>
    /// <param name="cancellationToken">Asked between rounds.</param>
    /// <returns>The surface, and which cells it could be fitted at.</returns>
    public static (FilmPlane Surface, bool[] IsKnown) FitEnvelope(FilmPlane plane, bool[] support, double sigmaMm, float air, CancellationToken cancellationToken) =>
        Fit(plane, support, support, sigmaMm, null, air, FilmParameters.EnvelopeRounds, cancellationToken);

    private static (FilmPlane Surface, bool[] IsKnown) Fit(
        FilmPlane plane, bool[] support, bool[] wanted, double sigmaMm, float? above, float air, int rounds, CancellationToken cancellationToken)
    {
        if (sigmaMm > FilmParameters.TrendCells * plane.CellMm)
        {
            return FitReduced(plane, support, wanted, sigmaMm, above, air, rounds, cancellationToken);
        }

        float[] weights = Array.ConvertAll(support, isPart => isPart ? 1f : 0f);
        float[] gauss = GaussianBlur.Weights(sigmaMm, plane.CellMm);
        int radius = gauss.Length / 2;

        // Steps in units of the standard deviation keep the equations well conditioned.
        float[][] powers = [.. Enumerable.Range(0, 5).Select(power => gauss.Select((weight, index) => weight * MathF.Pow((float)((index - radius) * plane.CellMm / sigmaMm), power)).ToArray())];
        float[] squares = Array.ConvertAll(plane.Values, value => (value - air) * (value - air));
        float[] surface = [.. plane.Values];
        bool[] isKnown = new bool[surface.Length];
        for (int round = 0; round < rounds; round++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            FitOnce(plane, squares, weights, wanted, powers, surface, isKnown, air, above is null ? FilmParameters.EnvelopeWeightAbove : 1);
            if (round == rounds - 1)
            {
                break;
            }

            if (above is { } limit)
            {
                Reweigh(plane, support, surface, isKnown, gauss, limit, weights);
            }
            else
            {
                for (int i = 0; i < weights.Length; i++)
                {
                    weights[i] = !support[i] || !isKnown[i] ? 0 : plane.Values[i] > surface[i] ? (float)FilmParameters.EnvelopeWeightAbove : 1;
                }
            }
        }

        return (plane.With(surface), isKnown);
    }

    /// <summary>Fits on cells twice as wide, of the squares of what counts in them.</summary>
    private static (FilmPlane Surface, bool[] IsKnown) FitReduced(
        FilmPlane plane, bool[] support, bool[] wanted, double sigmaMm, float? above, float air, int rounds, CancellationToken cancellationToken)
    {
        float[] shares = Array.ConvertAll(support, isPart => isPart ? 1f : 0f), squares = new float[support.Length];
        for (int i = 0; i < squares.Length; i++)
        {
            float value = plane.Values[i] - air;
            squares[i] = support[i] ? value * value : 0;
        }

        FilmPlane share = FilmPlane.Reduce(plane.With(shares), 2), mean = FilmPlane.Reduce(plane.With(squares), 2);
        FilmPlane wide = mean.With([.. mean.Values.Select((square, cell) => air + (share.Values[cell] > 0 ? MathF.Sqrt(square / share.Values[cell]) : 0))]);
        bool[] supports = Array.ConvertAll(share.Values, part => part >= 0.5f);
        bool[] wants = Array.ConvertAll(FilmPlane.Reduce(plane.With(Array.ConvertAll(wanted, isPart => isPart ? 1f : 0f)), 2).Values, part => part > 0);
        (FilmPlane surface, bool[] isKnown) = Fit(wide, supports, wants, sigmaMm, above, air, rounds, cancellationToken);

        // Cells without a surface take that of their known neighbours, so that the surface reaches the outline.
        float[] knowns = Array.ConvertAll(isKnown, known => known ? 1f : 0f);
        float[] sums = new float[knowns.Length];
        for (int i = 0; i < sums.Length; i++)
        {
            float value = surface.Values[i] - air;
            sums[i] = isKnown[i] ? value * value : 0;
        }

        float[] near = [0.25f, 0.5f, 0.25f];
        float[] around = surface.Convolve(sums, near), count = surface.Convolve(knowns, near);
        for (int i = 0; i < sums.Length; i++)
        {
            sums[i] = isKnown[i] ? sums[i] : count[i] > 0 ? around[i] / count[i] : 0;
        }

        float[] spread = surface.With(sums).Spread(plane);
        bool[] known = new bool[wanted.Length];
        for (int i = 0; i < spread.Length; i++)
        {
            int column = Math.Min(i % plane.ColumnCount / 2, surface.ColumnCount - 1), row = Math.Min(i / plane.ColumnCount / 2, surface.RowCount - 1);
            known[i] = wanted[i] && isKnown[(row * surface.ColumnCount) + column];
            spread[i] = known[i] ? air + MathF.Sqrt(spread[i]) : plane.Values[i];
        }

        return (plane.With(spread), known);
    }

    private static void FitOnce(FilmPlane plane, float[] squares, float[] weights, bool[] wanted, float[][] powers, float[] surface, bool[] isKnown, float air, double leastWeight)
    {
        float[] weighted = new float[weights.Length];
        for (int i = 0; i < weighted.Length; i++)
        {
            weighted[i] = weights[i] * squares[i];
        }

        var moments = new Dictionary<(int, int), float[]>();
        for (int order = 0; order <= 4; order++)
        {
            for (int x = 0; x <= order; x++)
            {
                moments[(x, order - x)] = plane.Convolve(weights, powers[x], powers[order - x]);
            }
        }

        float[][] right = [.. Terms.Select(term => plane.Convolve(weighted, powers[term.X], powers[term.Y]))];
        float[][][] left = [.. Terms.Select(a => Terms.Select(b => moments[(a.X + b.X, a.Y + b.Y)]).ToArray())];
        float[] total = moments[(0, 0)];
        Parallel.For(0, plane.RowCount, () => new double[6 * 7], (row, _, equations) =>
        {
            for (int column = 0; column < plane.ColumnCount; column++)
            {
                int cell = (row * plane.ColumnCount) + column;
                isKnown[cell] = wanted[cell] && total[cell] >= FilmParameters.TrendLeastSupport * leastWeight;
                if (!isKnown[cell])
                {
                    continue;
                }

                // Where little of the surroundings counts, a surface of fewer terms is what it can bear.
                int terms = total[cell] >= FilmParameters.TrendFullSupport * leastWeight ? 6 : 3;
                for (int i = 0; i < terms; i++)
                {
                    for (int j = 0; j < terms; j++)
                    {
                        equations[(i * 7) + j] = left[i][j][cell] + (i == j ? 1e-4 * total[cell] : 0);
                    }

                    equations[(i * 7) + 6] = right[i][cell] - (squares[cell] * left[i][0][cell]);
                }

                surface[cell] = air + (float)Math.Sqrt(Math.Max(squares[cell] + SolveFirst(equations, terms), 0));
            }

            return equations;
        }, _ => { });
    }

    /// <summary>The first unknown of symmetric equations, by elimination from the last.</summary>
    private static double SolveFirst(double[] equations, int count)
    {
        for (int pivot = count - 1; pivot > 0; pivot--)
        {
            double diagonal = equations[(pivot * 7) + pivot];
            for (int row = 0; row < pivot; row++)
            {
                double factor = equations[(row * 7) + pivot] / diagonal;
                for (int column = 0; column < pivot; column++)
                {
                    equations[(row * 7) + column] -= factor * equations[(pivot * 7) + column];
                }

                equations[(row * 7) + 6] -= factor * equations[(pivot * 7) + 6];
            }
        }

        return equations[6] / equations[0];
    }

    /// <summary>Leaves out cells far from the surface: dense ones sooner, for it is they that must not bend it.</summary>
    private static void Reweigh(FilmPlane plane, bool[] support, float[] surface, bool[] isKnown, float[] gauss, float above, float[] weights)
    {
        float[] squares = new float[weights.Length];
        for (int i = 0; i < squares.Length; i++)
        {
            float residual = isKnown[i] ? plane.Values[i] - surface[i] : 0;
            squares[i] = isKnown[i] ? weights[i] * residual * residual : 0;
        }

        float[] spread = plane.Convolve(squares, gauss);
        float[] total = plane.Convolve(weights, gauss);
        for (int i = 0; i < weights.Length; i++)
        {
            float scale = total[i] > 0 ? MathF.Sqrt(spread[i] / total[i]) : 0;
            float residual = plane.Values[i] - surface[i];
            weights[i] = support[i] && isKnown[i] && residual <= above * scale && residual >= -FilmParameters.TrendBelow * scale ? 1 : 0;
        }
    }
}
