namespace CalcQuant.Phantoms.Scanner;

/// <summary>
/// Noise with the grain of a reconstruction kernel: white noise through a difference of two Gaussians, so its spectrum has a band and, as a
/// ramp-filtered image, nothing at frequency zero. Slices are independent. A value depends on seed and place only.
/// </summary>
public sealed class TexturedNoise
{
    // Gives a spectrum peaking near 0.35 cycles per mm, as soft-tissue kernels do.
    private const double FineSigmaMm = 0.42;
    private const double CoarseSigmaMm = 1.05;
    private const double ReachInSigmas = 3.2;

    private readonly ulong _seed;
    private readonly float[] _fine;
    private readonly float[] _coarse;
    private readonly int _reach;
    private readonly float _scale;

    /// <summary>Creates the noise of a series.</summary>
    public TexturedNoise(ulong seed, double standardDeviationHu, double pixelSpacingMm)
    {
        _seed = SeededRandom.Mix(seed ^ 0xA0761D6478BD642FUL);
        _reach = Math.Max(2, (int)Math.Ceiling(ReachInSigmas * CoarseSigmaMm / pixelSpacingMm));
        double[] fine = Gaussian(FineSigmaMm / pixelSpacingMm);
        double[] coarse = Gaussian(CoarseSigmaMm / pixelSpacingMm);
        double ff = fine.Sum(weight => weight * weight);
        double cc = coarse.Sum(weight => weight * weight);
        double fc = fine.Zip(coarse, (left, right) => left * right).Sum();

        // Sum of squares of the two-dimensional kernel, an outer difference.
        double energy = (ff * ff) - (2 * fc * fc) + (cc * cc);
        _scale = (float)(standardDeviationHu / Math.Sqrt(energy));
        _fine = [.. fine.Select(weight => (float)weight)];
        _coarse = [.. coarse.Select(weight => (float)weight)];
    }

    /// <summary>Adds the noise of one slice.</summary>
    /// <param name="slice">Slice index.</param>
    /// <param name="columnCount">Pixels along a row.</param>
    /// <param name="rowCount">Rows.</param>
    /// <param name="pixels">HU.</param>
    public void Add(int slice, int columnCount, int rowCount, Span<float> pixels)
    {
        int width = columnCount + (2 * _reach);
        int height = rowCount + (2 * _reach);
        float[] white = new float[width * height];
        ulong first = (ulong)slice << 32;
        for (int i = 0; i < white.Length; i++)
        {
            white[i] = SeededRandom.Normal(_seed, first + (ulong)i);
        }

        float[] fine = new float[height * columnCount];
        float[] coarse = new float[height * columnCount];
        for (int row = 0; row < height; row++)
        {
            Span<float> fineRow = fine.AsSpan(row * columnCount, columnCount);
            Span<float> coarseRow = coarse.AsSpan(row * columnCount, columnCount);
            for (int i = 0; i < _fine.Length; i++)
            {
                ReadOnlySpan<float> source = white.AsSpan((row * width) + i, columnCount);
                Accumulate(source, _fine[i], fineRow);
                Accumulate(source, _coarse[i], coarseRow);
            }
        }

        for (int row = 0; row < rowCount; row++)
        {
            Span<float> target = pixels.Slice(row * columnCount, columnCount);
            for (int i = 0; i < _fine.Length; i++)
            {
                Accumulate(fine.AsSpan((row + i) * columnCount, columnCount), _scale * _fine[i], target);
                Accumulate(coarse.AsSpan((row + i) * columnCount, columnCount), -_scale * _coarse[i], target);
            }
        }
    }

    private static void Accumulate(ReadOnlySpan<float> source, float weight, Span<float> target)
    {
        for (int i = 0; i < target.Length; i++)
        {
            target[i] += weight * source[i];
        }
    }

    private double[] Gaussian(double sigmaPixels)
    {
        double[] weights = [.. Enumerable.Range(-_reach, (2 * _reach) + 1).Select(i => Math.Exp(-0.5 * i * i / (sigmaPixels * sigmaPixels)))];
        double sum = weights.Sum();
        return [.. weights.Select(weight => weight / sum)];
    }
}
