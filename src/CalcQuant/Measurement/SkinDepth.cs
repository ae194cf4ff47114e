using CalcQuant.Imaging;

namespace CalcQuant.Measurement;

/// <summary>
/// Depth below the skin around a deposit at the skin, from the surface of the skin beside it: where the image crosses from air to tissue
/// along the in-plane axis closest to the inward direction, continued under the deposit by a smooth surface.
/// </summary>
internal sealed class SkinDepth
{
    /// <summary>Between air and skin, HU: where a blurred edge between -1000 and 40 has its middle.</summary>
    private const float SurfaceHu = -480;

    /// <summary>Fewest crossings that give a surface.</summary>
    private const int LeastCrossings = 20;

    /// <summary>Terms of the surface: 1, z, t, z², zt, t², t³, zt², t⁴: a limb is curved across, straight along.</summary>
    private const int TermCount = 9;

    /// <summary>Rounds of reweighting.</summary>
    private const int Rounds = 5;

    /// <summary>Distance from the surface at which a crossing loses half its weight (Cauchy), mm.</summary>
    private const double RobustMm = 0.3;

    private readonly Crop _box;
    private readonly bool _alongRows;
    private readonly double _sign;
    private readonly double _stepN;
    private readonly double _stepT;
    private readonly double _stepZ;
    private double[] _surface = new double[TermCount];

    private SkinDepth(Crop box, VolumeGeometry geometry, bool alongRows, double sign)
    {
        _box = box;
        _alongRows = alongRows;
        _sign = sign;
        (_stepN, _stepT) = alongRows ? (geometry.BetweenRowsMm, geometry.BetweenColumnsMm) : (geometry.BetweenColumnsMm, geometry.BetweenRowsMm);
        _stepZ = geometry.BetweenSlicesMm;
    }

    private int CountN => _alongRows ? _box.Rows : _box.Columns;

    private int CountT => _alongRows ? _box.Columns : _box.Rows;

    /// <summary>Finds the skin; null where too little of it is seen beside the deposit.</summary>
    public static SkinDepth? Find(DepositSurroundings around, VolumeGeometry geometry)
    {
        Crop box = around.Box;
        double gx = 0;
        double gy = 0;
        for (int k = 0; k < box.Slices; k++)
        {
            for (int j = 1; j < box.Rows - 1; j++)
            {
                for (int i = 1; i < box.Columns - 1; i++)
                {
                    int n = (((k * box.Rows) + j) * box.Columns) + i;
                    if (around.Shell[n])
                    {
                        gx += (around.Hu[n + 1] - around.Hu[n - 1]) / geometry.BetweenColumnsMm;
                        gy += (around.Hu[n + box.Columns] - around.Hu[n - box.Columns]) / geometry.BetweenRowsMm;
                    }
                }
            }
        }

        bool alongRows = Math.Abs(gy) > Math.Abs(gx);
        var depth = new SkinDepth(box, geometry, alongRows, Math.Sign(alongRows ? gy : gx));
        return depth.Fit(around) ? depth : null;
    }

    /// <summary>Depth of a voxel of the box, mm; negative in the air.</summary>
    public double Of(int column, int row, int slice)
    {
        int n = _alongRows ? row : column;
        (double z, double t) = Scaled(_alongRows ? column : row, slice);
        double slopeT = (_surface[2] + (_surface[4] * z) + (2 * _surface[5] * t) + (3 * _surface[6] * t * t)
            + (2 * _surface[7] * z * t) + (4 * _surface[8] * t * t * t)) / (CountT * _stepT / 2);
        return ((_sign * n * _stepN) - Evaluate(z, t)) / Math.Sqrt(1 + (slopeT * slopeT));
    }

    private (double Z, double T) Scaled(int t, int slice) =>
        ((slice - ((_box.Slices - 1) / 2.0)) / Math.Max(1, _box.Slices / 2.0), (t - ((CountT - 1) / 2.0)) / (CountT / 2.0));

    private double Evaluate(double z, double t)
    {
        double sum = 0;
        Span<double> terms = stackalloc double[TermCount];
        Terms(z, t, terms);
        for (int n = 0; n < TermCount; n++)
        {
            sum += _surface[n] * terms[n];
        }

        return sum;
    }

    private static void Terms(double z, double t, Span<double> terms)
    {
        terms[0] = 1;
        terms[1] = z;
        terms[2] = t;
        terms[3] = z * z;
        terms[4] = z * t;
        terms[5] = t * t;
        terms[6] = t * t * t;
        terms[7] = z * t * t;
        terms[8] = t * t * t * t;
    }

    private bool Fit(DepositSurroundings around)
    {
        List<(double Z, double T, double N)> crossings = [];
        for (int k = 0; k < _box.Slices; k++)
        {
            for (int t = 0; t < CountT; t++)
            {
                if (Crossing(around, t, k) is { } n)
                {
                    (double z, double scaled) = Scaled(t, k);
                    crossings.Add((z, scaled, n));
                }
            }
        }

        if (crossings.Count < LeastCrossings || _sign == 0)
        {
            return false;
        }

        double[] terms = new double[TermCount];
        for (int round = 0; round < Rounds; round++)
        {
            double[,] normal = new double[TermCount, TermCount];
            double[] right = new double[TermCount];
            foreach ((double z, double t, double n) in crossings)
            {
                double r = round == 0 ? 0 : (n - Evaluate(z, t)) / RobustMm;
                double weight = 1 / (1 + (r * r));
                Terms(z, t, terms);
                for (int a = 0; a < TermCount; a++)
                {
                    right[a] += weight * terms[a] * n;
                    for (int b = 0; b <= a; b++)
                    {
                        normal[a, b] += weight * terms[a] * terms[b];
                    }
                }
            }

            // A trace of damping keeps terms small that the crossings do not determine, such as z in a single slice.
            _surface = LeastSquares.Solve(normal, right, 1e-6);
        }

        return true;
    }

    /// <summary>Signed position, mm, of the outermost step from air to tissue on a line; null where the deposit or something dense is at it.</summary>
    private double? Crossing(DepositSurroundings around, int t, int slice)
    {
        for (int step = 0; step < CountN - 2; step++)
        {
            int n = _sign > 0 ? step : CountN - 1 - step;
            int next = n + (int)_sign;
            int outer = Index(n, t, slice);
            int inner = Index(next, t, slice);
            float outside = around.Hu[outer];
            float inside = around.Hu[inner];
            if (outside < SurfaceHu && inside >= SurfaceHu && around.Hu[Index(next + (int)_sign, t, slice)] >= SurfaceHu)
            {
                bool free = around.Shell[outer] && around.Shell[inner];
                return free ? (_sign * n * _stepN) + (_stepN * (SurfaceHu - outside) / (inside - outside)) : null;
            }
        }

        return null;
    }

    private int Index(int n, int t, int slice) =>
        _alongRows ? (((slice * _box.Rows) + n) * _box.Columns) + t : (((slice * _box.Rows) + t) * _box.Columns) + n;
}
