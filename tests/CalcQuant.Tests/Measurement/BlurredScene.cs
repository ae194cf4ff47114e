using CalcQuant.Imaging;

namespace CalcQuant.Tests.Measurement;

/// <summary>
/// Renders tissue as a scanner shows it: HU on a fine grid, averaged over a slab along the normal and blurred with a Gaussian in the plane,
/// sampled at voxel centres, with noise. Own code, unlike the measurement's: direct sums over fine samples, no shared kernels.
/// </summary>
internal sealed class BlurredScene
{
    private const double Cut = 4;
    private readonly Func<LpsPoint, double> _hu;

    /// <summary>A scene from HU by position (frame mm of an axial stack: x, y, z from the centre of the first voxel).</summary>
    public BlurredScene(Func<LpsPoint, double> hu) => _hu = hu;

    public double FineInPlaneMm { get; init; } = 0.2;

    public double FineThroughMm { get; init; } = 0.25;

    public double FwhmMm { get; init; } = 0.9;

    public double SliceThicknessMm { get; init; } = 1;

    public double NoiseHu { get; init; }

    public int Seed { get; init; } = 1;

    /// <summary>Renders into a stack; a sheared one is sampled where its voxels are.</summary>
    public CtVolume Render(VolumeGeometry g)
    {
        double sigma = FwhmMm / 2.3548;
        double reach = Cut * sigma;
        int slabs = Math.Max(2, (int)Math.Round(SliceThicknessMm / FineThroughMm));
        var random = new Random(Seed);
        var voxels = new float[g.VoxelCount];
        for (int k = 0; k < g.SliceCount; k++)
        {
            LpsPoint o = g.SliceOrigins[k];
            double x0 = o.Dot(g.ColumnDirection) - reach;
            double y0 = o.Dot(g.RowDirection) - reach;
            double z0 = o.Dot(g.Normal);
            int nx = (int)Math.Ceiling((((g.ColumnCount - 1) * g.BetweenColumnsMm) + (2 * reach)) / FineInPlaneMm) + 1;
            int ny = (int)Math.Ceiling((((g.RowCount - 1) * g.BetweenRowsMm) + (2 * reach)) / FineInPlaneMm) + 1;
            var slab = new double[nx, ny];
            for (int y = 0; y < ny; y++)
            {
                for (int x = 0; x < nx; x++)
                {
                    double sum = 0;
                    for (int s = 0; s < slabs; s++)
                    {
                        double z = z0 + ((((s + 0.5) / slabs) - 0.5) * SliceThicknessMm);
                        sum += _hu(new LpsPoint(x0 + (x * FineInPlaneMm), y0 + (y * FineInPlaneMm), z));
                    }

                    slab[x, y] = sum / slabs;
                }
            }

            var strip = new double[g.ColumnCount, ny];
            for (int i = 0; i < g.ColumnCount; i++)
            {
                (int first, double[] w) = Weights(reach + (i * g.BetweenColumnsMm), sigma, nx);
                for (int y = 0; y < ny; y++)
                {
                    double sum = 0;
                    for (int n = 0; n < w.Length; n++)
                    {
                        sum += w[n] * slab[first + n, y];
                    }

                    strip[i, y] = sum;
                }
            }

            for (int j = 0; j < g.RowCount; j++)
            {
                (int first, double[] w) = Weights(reach + (j * g.BetweenRowsMm), sigma, ny);
                for (int i = 0; i < g.ColumnCount; i++)
                {
                    double sum = 0;
                    for (int n = 0; n < w.Length; n++)
                    {
                        sum += w[n] * strip[i, first + n];
                    }

                    // Noise of a smooth kernel is correlated; white noise is the harder case for a shape.
                    double noise = NoiseHu == 0 ? 0 : NoiseHu * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
                    voxels[(((k * g.RowCount) + j) * g.ColumnCount) + i] = (float)Math.Round(sum + noise);
                }
            }
        }

        return new CtVolume(g, [.. voxels.Select(v => (short)v)]);
    }

    private (int First, double[] Weights) Weights(double at, double sigma, int count)
    {
        int first = Math.Max(0, (int)Math.Ceiling((at - (Cut * sigma)) / FineInPlaneMm));
        int last = Math.Min(count - 1, (int)Math.Floor((at + (Cut * sigma)) / FineInPlaneMm));
        double[] weights = new double[last - first + 1];
        for (int n = first; n <= last; n++)
        {
            weights[n - first] = Math.Exp(-0.5 * Math.Pow(((n * FineInPlaneMm) - at) / sigma, 2));
        }

        double sum = weights.Sum();
        return (first, [.. weights.Select(w => w / sum)]);
    }
}
