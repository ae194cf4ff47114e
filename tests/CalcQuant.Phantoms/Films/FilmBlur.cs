namespace CalcQuant.Phantoms.Films;

/// <summary>The blur of focus and detector: a Gaussian over the exposure; beyond the edge the edge goes on.</summary>
internal static class FilmBlur
{
    private const double FwhmToSigma = 2.3548200450309493;
    private const double ReachInSigmas = 3.5;

    /// <summary>Blurs; the input may be returned.</summary>
    /// <param name="exposure">Row after row.</param>
    /// <param name="columnCount">Pixels along a row.</param>
    /// <param name="rowCount">Rows.</param>
    /// <param name="fwhmPixels">Full width at half maximum, pixels; 0 for none.</param>
    /// <param name="parallel">Threads.</param>
    public static float[] Apply(float[] exposure, int columnCount, int rowCount, double fwhmPixels, ParallelOptions parallel)
    {
        double sigma = fwhmPixels / FwhmToSigma;
        int reach = (int)Math.Ceiling(ReachInSigmas * sigma);
        if (reach == 0)
        {
            return exposure;
        }

        double[] weights = [.. Enumerable.Range(-reach, (2 * reach) + 1).Select(i => Math.Exp(-0.5 * i * i / (sigma * sigma)))];
        double sum = weights.Sum();
        float[] kernel = [.. weights.Select(weight => (float)(weight / sum))];
        float[] across = new float[exposure.Length];
        Parallel.For(0, rowCount, parallel, row =>
        {
            ReadOnlySpan<float> source = exposure.AsSpan(row * columnCount, columnCount);
            Span<float> target = across.AsSpan(row * columnCount, columnCount);
            for (int column = 0; column < columnCount; column++)
            {
                float value = 0;
                for (int i = -reach; i <= reach; i++)
                {
                    value += kernel[i + reach] * source[Math.Clamp(column + i, 0, columnCount - 1)];
                }

                target[column] = value;
            }
        });
        float[] result = new float[exposure.Length];
        Parallel.For(0, rowCount, parallel, row =>
        {
            Span<float> target = result.AsSpan(row * columnCount, columnCount);
            for (int i = -reach; i <= reach; i++)
            {
                ReadOnlySpan<float> source = across.AsSpan(Math.Clamp(row + i, 0, rowCount - 1) * columnCount, columnCount);
                float weight = kernel[i + reach];
                for (int column = 0; column < columnCount; column++)
                {
                    target[column] += weight * source[column];
                }
            }
        });
        return result;
    }
}
