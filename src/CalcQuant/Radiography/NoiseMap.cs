using CalcQuant.Measurement;

namespace CalcQuant.Radiography;

/// <summary>
/// Noise and texture of a flattened film from place to place, of its lower half only, so that dense things do not count: median less the 16th percentile
/// of tiles that overlap by half.
/// </summary>
internal sealed class NoiseMap
{
    private readonly FilmPlane _deviation;

    private NoiseMap(FilmPlane deviation, float usual) => (_deviation, Usual) = (deviation, usual);

    /// <summary>Median of the tiles.</summary>
    public float Usual { get; }

    /// <summary>Measures.</summary>
    /// <param name="flat">Flattened film.</param>
    /// <param name="counted">Cells that count.</param>
    public static NoiseMap Measure(FilmPlane flat, bool[] counted)
    {
        int step = Math.Max(4, (int)Math.Round(FilmParameters.NoiseTileMm / flat.CellMm / 2));
        int stride = Math.Max(1, step / FilmParameters.NoiseSamples);
        int columns = Math.Max(1, flat.ColumnCount / step), rows = Math.Max(1, flat.RowCount / step);
        float[] deviations = new float[columns * rows];
        Parallel.For(0, rows, () => new List<float>(), (row, _, values) =>
        {
            for (int column = 0; column < columns; column++)
            {
                values.Clear();
                for (int y = Math.Max((row * step) - (step / 2), 0); y < Math.Min(((row + 1) * step) + (step / 2), flat.RowCount); y += stride)
                {
                    for (int x = Math.Max((column * step) - (step / 2), 0); x < Math.Min(((column + 1) * step) + (step / 2), flat.ColumnCount); x += stride)
                    {
                        int cell = (y * flat.ColumnCount) + x;
                        if (counted[cell])
                        {
                            values.Add(flat.Values[cell]);
                        }
                    }
                }

                if (values.Count < 32)
                {
                    deviations[(row * columns) + column] = float.NaN;
                    continue;
                }

                Span<float> span = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(values);
                float median = OrderStatistic.Select(span, span.Length / 2);
                float low = OrderStatistic.Select(span, (int)(span.Length * 0.16));
                deviations[(row * columns) + column] = median - low;
            }

            return values;
        }, _ => { });
        float usual = Bound(deviations);
        return new NoiseMap(new FilmPlane(columns, rows, flat.Bin * step, flat.CellMm * step, deviations), usual);
    }

    /// <summary>Standard deviation of noise and texture around each cell.</summary>
    public float[] Deviations(FilmPlane flat) => _deviation.Spread(flat);

    /// <summary>
    /// Tiles with too few cells get the median of all. What is far above it is no noise but bone or a deposit that the surface could not follow; what is far
    /// below it a background without noise.
    /// </summary>
    private static float Bound(float[] deviations)
    {
        float[] known = [.. deviations.Where(value => !float.IsNaN(value)).Order()];
        float middle = known.Length == 0 ? 1 : Math.Max(known[known.Length / 2], 1e-6f);
        for (int i = 0; i < deviations.Length; i++)
        {
            deviations[i] = float.IsNaN(deviations[i])
                ? middle
                : Math.Clamp(deviations[i], (float)FilmParameters.LeastNoise * middle, (float)FilmParameters.GreatestNoise * middle);
        }

        return middle;
    }
}
