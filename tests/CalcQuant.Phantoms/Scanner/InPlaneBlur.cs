namespace CalcQuant.Phantoms.Scanner;

/// <summary>The scanner's in-plane response over the finely sampled object, read out at the pixel centres.</summary>
public sealed class InPlaneBlur
{
    /// <summary>Full width at half maximum of a Gaussian in standard deviations, 2 sqrt(2 ln 2).</summary>
    public const double FwhmPerSigma = 2.3548200450309493;

    private const double ReachInSigmas = 4.2;
    private readonly float[] _weights;
    private readonly int _firstOffset;
    private readonly int _cellsPerPixel;

    /// <summary>Creates the response.</summary>
    /// <param name="fwhmMm">Full width at half maximum, mm; 0 leaves only the pixel's own width.</param>
    /// <param name="pixelSpacingMm">Distance of pixels, mm.</param>
    /// <param name="cellsPerPixel">Fine cells along a pixel.</param>
    /// <param name="kernel">Its form.</param>
    public InPlaneBlur(double fwhmMm, double pixelSpacingMm, int cellsPerPixel, InPlaneKernel kernel = InPlaneKernel.Gaussian)
    {
        _cellsPerPixel = cellsPerPixel;
        double cellMm = pixelSpacingMm / cellsPerPixel;

        // A cell stands for a stretch of its own width, whose variance is width²/12: the Gaussian has that much less.
        double sigmaMm = Math.Sqrt(Math.Max(0, (fwhmMm / FwhmPerSigma * (fwhmMm / FwhmPerSigma)) - (cellMm * cellMm / 12)));
        double middle = (cellsPerPixel - 1) / 2.0;
        if (sigmaMm < cellMm / 2)
        {
            _firstOffset = 0;
            _weights = [.. Enumerable.Repeat(1f / cellsPerPixel, cellsPerPixel)];
        }
        else
        {
            (double Weight, double Width, double Shift)[] parts = Parts(kernel);
            int reach = (int)Math.Ceiling(ReachInSigmas * sigmaMm * parts.Max(static part => part.Width + Math.Abs(part.Shift)) / cellMm);
            _firstOffset = (int)Math.Floor(middle) - reach;
            int last = (int)Math.Ceiling(middle) + reach;
            double[] exact = [.. Enumerable.Range(_firstOffset, last - _firstOffset + 1).Select(cell => Response((cell - middle) * cellMm / sigmaMm))];
            double Response(double sigmas) => parts.Sum(part => part.Weight / part.Width * Math.Exp(-0.5 * Math.Pow((sigmas - part.Shift) / part.Width, 2)));
            double sum = exact.Sum();
            _weights = [.. exact.Select(weight => (float)(weight / sum))];
        }

        PaddingPixels = (Math.Max(-_firstOffset, _firstOffset + _weights.Length - cellsPerPixel) + cellsPerPixel - 1) / cellsPerPixel;
    }

    /// <summary>The Gaussians of a kernel: weight, width and shift in standard deviations of the nominal one.</summary>
    private static (double Weight, double Width, double Shift)[] Parts(InPlaneKernel kernel) => kernel switch
    {
        InPlaneKernel.Gaussian => [(1, 1, 0)],
        InPlaneKernel.EdgeEnhancing => [(1.4, 1, 0), (-0.4, 2, 0)],
        InPlaneKernel.WideTails => [(0.8, 1, 0), (0.2, 2.2, 0)],
        InPlaneKernel.Lopsided => [(0.75, 1, -0.375), (0.25, 1, 1.125)],
        _ => throw new ArgumentOutOfRangeException(nameof(kernel), kernel, "Not a kernel."),
    };

    /// <summary>Pixels of object needed beyond each border.</summary>
    public int PaddingPixels { get; }

    /// <summary>Blurs a fine image, padded on all sides, into pixels.</summary>
    /// <param name="fine">Cells, row after row.</param>
    /// <param name="fineColumnCount">Cells along a row.</param>
    /// <param name="between">Scratch of fine rows x pixels along a row.</param>
    /// <param name="columnCount">Pixels along a row.</param>
    /// <param name="rowCount">Rows of pixels.</param>
    /// <param name="pixels">Receives the pixels.</param>
    public void Apply(ReadOnlySpan<float> fine, int fineColumnCount, Span<float> between, int columnCount, int rowCount, Span<float> pixels)
    {
        int fineRowCount = fine.Length / fineColumnCount;
        int start = (PaddingPixels * _cellsPerPixel) + _firstOffset;
        for (int row = 0; row < fineRowCount; row++)
        {
            ReadOnlySpan<float> cells = fine.Slice(row * fineColumnCount, fineColumnCount);
            for (int column = 0; column < columnCount; column++)
            {
                ReadOnlySpan<float> window = cells.Slice(start + (column * _cellsPerPixel), _weights.Length);
                float sum = 0;
                for (int i = 0; i < window.Length; i++)
                {
                    sum += _weights[i] * window[i];
                }

                between[(row * columnCount) + column] = sum;
            }
        }

        pixels[..(rowCount * columnCount)].Clear();
        for (int row = 0; row < rowCount; row++)
        {
            Span<float> target = pixels.Slice(row * columnCount, columnCount);
            for (int i = 0; i < _weights.Length; i++)
            {
                ReadOnlySpan<float> source = between.Slice((start + (row * _cellsPerPixel) + i) * columnCount, columnCount);
                float weight = _weights[i];
                for (int column = 0; column < columnCount; column++)
                {
                    target[column] += weight * source[column];
                }
            }
        }
    }
}
