namespace CalcQuant.Phantoms.Films;

/// <summary>
/// What the processing of a thick body takes out of a film FOR PRESENTATION: a share of its broad changes, so that bone and skin fit into one
/// range of grey. Fine detail keeps its contrast.
/// </summary>
internal static class FilmEqualizer
{
    // Broad against deposits, narrow against a body.
    private const double SigmaMm = 14;
    private const double FwhmPerSigma = 2.3548200450309493;
    private const int Block = 8;

    /// <summary>What to take from -ln(exposure over exposure in air) of each pixel; zero beside the body.</summary>
    /// <param name="exposure">Exposure without noise.</param>
    /// <param name="air">Exposure in air.</param>
    /// <param name="body">Pixels of the body.</param>
    /// <param name="columnCount">Pixels along a row.</param>
    /// <param name="rowCount">Rows.</param>
    /// <param name="patientSpacingMm">Distance of pixels in the patient, mm.</param>
    /// <param name="share">Share of the broad changes that is taken out, 0 to 1.</param>
    /// <param name="parallel">Threads.</param>
    public static float[] Of(float[] exposure, double air, FilmMask body, int columnCount, int rowCount, double patientSpacingMm, double share, ParallelOptions parallel)
    {
        int columns = (columnCount + Block - 1) / Block;
        int rows = (rowCount + Block - 1) / Block;
        float[] sums = new float[columns * rows];
        float[] weights = new float[columns * rows];
        double total = 0;
        double count = 0;
        for (int row = 0; row < rowCount; row++)
        {
            for (int column = 0; column < columnCount; column++)
            {
                if (body[column, row])
                {
                    int at = (row / Block * columns) + (column / Block);
                    float value = (float)-Math.Log(exposure[(row * columnCount) + column] / air);
                    sums[at] += value;
                    weights[at]++;
                    total += value;
                    count++;
                }
            }
        }

        double mean = count > 0 ? total / count : 0;
        double fwhmBlocks = SigmaMm * FwhmPerSigma / patientSpacingMm / Block;
        sums = FilmBlur.Apply(sums, columns, rows, fwhmBlocks, parallel);
        weights = FilmBlur.Apply(weights, columns, rows, fwhmBlocks, parallel);
        for (int i = 0; i < sums.Length; i++)
        {
            sums[i] = weights[i] > 0 ? sums[i] / weights[i] : 0;
        }

        float[] taken = new float[exposure.Length];
        Parallel.For(0, rowCount, parallel, row =>
        {
            for (int column = 0; column < columnCount; column++)
            {
                int at = (row * columnCount) + column;

                // Towards the skin it fades out: air stays dark, and the skin has no rim.
                double weight = body[column, row] ? Math.Clamp(-Math.Log(exposure[at] / air) / (mean / 2), 0, 1) : 0;
                taken[at] = (float)(weight * share * (Between(sums, columns, rows, column, row) - mean));
            }
        });
        return taken;
    }

    private static double Between(float[] blocks, int columns, int rows, int column, int row)
    {
        double x = Math.Clamp(((column + 0.5) / Block) - 0.5, 0, columns - 1);
        double y = Math.Clamp(((row + 0.5) / Block) - 0.5, 0, rows - 1);
        int left = Math.Min((int)x, columns - 1);
        int top = Math.Min((int)y, rows - 1);
        int right = Math.Min(left + 1, columns - 1);
        int bottom = Math.Min(top + 1, rows - 1);
        double upper = blocks[(top * columns) + left] + ((x - left) * (blocks[(top * columns) + right] - blocks[(top * columns) + left]));
        double lower = blocks[(bottom * columns) + left] + ((x - left) * (blocks[(bottom * columns) + right] - blocks[(bottom * columns) + left]));
        return upper + ((y - top) * (lower - upper));
    }
}
