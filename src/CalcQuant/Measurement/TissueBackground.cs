using System.Runtime.InteropServices;
using CalcQuant.Imaging;

namespace CalcQuant.Measurement;

/// <summary>What would be seen without the deposit, estimated from the tissue around it.</summary>
internal sealed class TissueBackground
{
    /// <summary>Fewest shell voxels that say anything about the tissue.</summary>
    private const int LeastShellVoxels = 12;

    /// <summary>Below this a voxel is air or the edge of the skin, HU.</summary>
    private const double AirHu = -350;

    /// <summary>Share of air in the shell above which the deposit is taken to lie at the skin or at gas.</summary>
    private const double AirShare = 0.005;

    /// <summary>Scale from the median absolute deviation to a standard deviation of normal noise.</summary>
    private const double MadToSigma = 1.4826;

    /// <summary>Columns between two voxels whose difference shows the noise.</summary>
    private const int NoiseLag = 3;

    /// <summary>Fewest differences that give the noise to about 10 %.</summary>
    private const int LeastDifferences = 60;

    /// <summary>Depth of a layer below the skin, mm: fine enough for a blurred edge.</summary>
    private const double LayerMm = 0.3;

    /// <summary>Fewest voxels that give a layer's mean.</summary>
    private const int LeastLayerVoxels = 3;

    /// <summary>What differs more from its layer is something else than tissue, HU.</summary>
    private const float GreatestLayerRestHu = 150;

    /// <summary>Sweeps of the relaxation; domains are rarely wider than 20 voxels.</summary>
    private const int Sweeps = 40;

    /// <summary>Over-relaxation that converges fastest on such domains.</summary>
    private const float OverRelaxation = 1.6f;

    /// <summary>
    /// Noise around a deposit in that of the series, at most: more is texture. Thin fat between skin and muscle seemed to have up to seven times the noise of the scan, and volumes of networks in it came out
    /// 15 % too large.
    /// </summary>
    private const double GreatestNoiseRatio = 1.5;

    /// <summary>Lags in columns over which the correlation of the noise is summed: kernels of bodies correlate over two or three pixels.</summary>
    private const int CorrelationLags = 3;

    /// <summary>Share of what tissue varies more than noise that remains as an error of its continuation into the deposit.</summary>
    private const double TextureShare = 0.15;

    private TissueBackground(float[] hu, double noiseHu, DepositSurroundings around, bool isOneTissue)
    {
        Hu = hu;
        NoiseHu = noiseHu;
        double sum = 0, sumOfSquares = 0;
        int count = 0;
        Span<double> products = stackalloc double[CorrelationLags];
        Span<int> pairs = stackalloc int[CorrelationLags];
        for (int n = 0; n < hu.Length; n++)
        {
            if (!around.Shell[n])
            {
                continue;
            }

            double rest = around.Hu[n] - hu[n];
            sum += rest;
            sumOfSquares += rest * rest;
            count++;
            for (int lag = 1; lag <= CorrelationLags && (n % around.Box.Columns) + lag < around.Box.Columns; lag++)
            {
                if (around.Shell[n + lag])
                {
                    products[lag - 1] += rest * (around.Hu[n + lag] - hu[n + lag]);
                    pairs[lag - 1]++;
                }
            }
        }

        double variance = Math.Max(sumOfSquares / count, noiseHu * noiseHu);
        double line = 1;
        for (int lag = 0; lag < CorrelationLags; lag++)
        {
            line += pairs[lag] > LeastDifferences && variance > 0 ? 2 * Math.Max(0, products[lag] / pairs[lag] / variance) : 0;
        }

        // Noise is about alike along columns and rows.
        NoiseCorrelation = line * line;
        double texture = isOneTissue ? 0 : TextureShare * Math.Sqrt(Math.Max(0, variance - (noiseHu * noiseHu)));
        SdHu = Math.Sqrt((noiseHu * noiseHu * NoiseCorrelation / count) + (texture * texture));
    }

    /// <summary>HU by voxel of the box; meant for the domain.</summary>
    public float[] Hu { get; }

    /// <summary>Standard deviation of the noise around the deposit, HU.</summary>
    public double NoiseHu { get; }

    /// <summary>Standard uncertainty of the background as a whole, HU.</summary>
    public double SdHu { get; }

    /// <summary>Sum of the in-plane autocorrelation of the noise: how many voxels share one's noise.</summary>
    public double NoiseCorrelation { get; }

    /// <summary>Estimates the background; null where there is no tissue to go by.</summary>
    /// <param name="around">The deposit and its shell.</param>
    /// <param name="noiseHu">Noise of the series, HU, where it is known.</param>
    /// <param name="frame">The stack.</param>
    public static TissueBackground? Estimate(DepositSurroundings around, double? noiseHu, StackFrame frame)
    {
        List<float> shell = [];
        int air = 0;
        for (int n = 0; n < around.Shell.Length; n++)
        {
            if (around.Shell[n])
            {
                shell.Add(around.Hu[n]);
                air += around.Hu[n] < AirHu ? 1 : 0;
            }
        }

        if (shell.Count < LeastShellVoxels)
        {
            return null;
        }

        float[] tissue = [.. shell];
        double median = OrderStatistic.Select(tissue, tissue.Length / 2);
        float[] deviations = [.. tissue.Select(v => (float)Math.Abs(v - median))];
        double spread = MadToSigma * OrderStatistic.Select(deviations, deviations.Length / 2);
        double noise = Math.Min(Math.Min(LocalNoise(around) ?? noiseHu ?? spread, spread), GreatestNoiseRatio * (noiseHu ?? spread));
        if (air <= AirShare * shell.Count && IsOneTissue(tissue, median, spread, noise))
        {
            double sum = 0;
            int count = 0;
            foreach (float v in shell)
            {
                if (Math.Abs(v - median) <= (4 * noise) + 12)
                {
                    sum += v;
                    count++;
                }
            }

            float[] constant = new float[around.Hu.Length];
            Array.Fill(constant, (float)(sum / count));
            return new TissueBackground(constant, noise, around, isOneTissue: true);
        }

        float[] several = air > AirShare * shell.Count
            ? SkinDepth.Find(around, frame.Geometry) is { } depth ? Layered(around, depth, frame) : Relax(around, around.Hu, (float)median, frame)
            : TissueLayers.Continue(around, (float)median, frame) ?? Relax(around, around.Hu, (float)median, frame);
        return new TissueBackground(several, noise, around, isOneTissue: false);
    }

    /// <summary>
    /// Noise from differences of shell voxels a few columns apart: a border between two tissues crosses few of them, and noise is hardly
    /// correlated over that distance. Null where there are too few.
    /// </summary>
    private static double? LocalNoise(DepositSurroundings around)
    {
        List<float> differences = [];
        for (int row = 0; row < around.Hu.Length; row += around.Box.Columns)
        {
            for (int n = row; n < row + around.Box.Columns - NoiseLag; n++)
            {
                if (around.Shell[n] && around.Shell[n + NoiseLag])
                {
                    differences.Add(Math.Abs(around.Hu[n] - around.Hu[n + NoiseLag]));
                }
            }
        }

        if (differences.Count < LeastDifferences)
        {
            return null;
        }

        return MadToSigma * OrderStatistic.Select(CollectionsMarshal.AsSpan(differences), differences.Count / 2) / Math.Sqrt(2);
    }

    /// <summary>No wider than noise, and hardly any voxel far off.</summary>
    private static bool IsOneTissue(float[] tissue, double median, double spread, double noise) =>
        spread < (1.6 * noise) + 4 && tissue.Count(v => Math.Abs(v - median) > (5 * noise) + 15) < 0.03 * tissue.Length;

    /// <summary>
    /// Air, skin and fat in layers: the mean of the shell at each depth, and what differs from it continued smoothly. At the skin a smooth
    /// continuation alone would put half air where skin is.
    /// </summary>
    private static float[] Layered(DepositSurroundings around, SkinDepth depth, StackFrame frame)
    {
        Crop box = around.Box;
        double[] depths = new double[around.Hu.Length];
        var layers = new SortedDictionary<int, (double Depth, double Hu, int Count)>();
        for (int n = 0; n < depths.Length; n++)
        {
            depths[n] = depth.Of(n % box.Columns, n / box.Columns % box.Rows, n / (box.Columns * box.Rows));
            if (around.Shell[n])
            {
                int layer = (int)Math.Floor(depths[n] / LayerMm);
                (double Depth, double Hu, int Count) sum = layers.GetValueOrDefault(layer);
                layers[layer] = (sum.Depth + depths[n], sum.Hu + around.Hu[n], sum.Count + 1);
            }
        }

        (double Depth, double Hu)[] table = [.. layers.Values.Where(sum => sum.Count >= LeastLayerVoxels).Select(sum => (sum.Depth / sum.Count, sum.Hu / sum.Count))];
        if (table.Length < 2)
        {
            return Relax(around, around.Hu, 0, frame);
        }

        float[] layered = new float[depths.Length];
        float[] rest = new float[depths.Length];
        for (int n = 0; n < depths.Length; n++)
        {
            layered[n] = (float)Interpolate(table, depths[n]);
            rest[n] = Math.Clamp(around.Hu[n] - layered[n], -GreatestLayerRestHu, GreatestLayerRestHu);
        }

        rest = Relax(around, rest, 0, frame);
        for (int n = 0; n < layered.Length; n++)
        {
            layered[n] += rest[n];
        }

        return layered;
    }

    private static double Interpolate((double Depth, double Hu)[] table, double depth)
    {
        // The first entry from the second on that is as deep; the last where none is.
        int upper = 1;
        for (int end = table.Length - 1; upper < end;)
        {
            int middle = (upper + end) / 2;
            if (table[middle].Depth < depth)
            {
                upper = middle + 1;
            }
            else
            {
                end = middle;
            }
        }

        (double Depth, double Hu) a = table[upper - 1];
        (double Depth, double Hu) b = table[upper];
        double t = Math.Clamp((depth - a.Depth) / (b.Depth - a.Depth), 0, 1);
        return a.Hu + (t * (b.Hu - a.Hu));
    }

    /// <summary>The smoothest continuation of the shell into the domain; other dense things do not count.</summary>
    private static float[] Relax(DepositSurroundings around, float[] values, float start, StackFrame frame)
    {
        Crop box = around.Box;
        float[] hu = [.. values];
        for (int n = 0; n < hu.Length; n++)
        {
            hu[n] = around.Shell[n] ? hu[n] : start;
        }

        VolumeGeometry geometry = frame.Geometry;
        new SmoothContinuation(box.Columns, box.Rows, box.Slices)
        {
            Ties = ((float)(1 / Math.Pow(geometry.BetweenColumnsMm, 2)), (float)(1 / Math.Pow(geometry.BetweenRowsMm, 2)), (float)(1 / Math.Pow(geometry.BetweenSlicesMm, 2))),
            Sweeps = Sweeps,
            OverRelaxation = OverRelaxation,
        }.Fill(hu, around.Shell, around.Domain);
        return hu;
    }
}
