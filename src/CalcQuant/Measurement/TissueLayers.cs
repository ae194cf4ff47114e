using CalcQuant.Imaging;

namespace CalcQuant.Measurement;

/// <summary>
/// The tissue under a flat deposit, continued from beside it layer by layer: skin, fat, fascia and muscle run along plaques, sheets and lines, not across them.
/// </summary>
/// <remarks>
/// Continued from all sides alike, the tissue under a plaque that fills most of the fat would be a mixture of the skin above it and the muscle below; up to 30 % of the attenuation of such
/// plaques was lost. Layers are parallel to a quadratic surface through the deposit's voxels. Along them values spread freely, across them hardly.
/// </remarks>
internal sealed class TissueLayers
{
    /// <summary>Fewest voxels whose arrangement says how a deposit lies, and the most that are looked at: a plaque of 200 by 200 mm in voxels of half a millimetre.</summary>
    private const int LeastVoxels = 24, MostVoxels = 1_000_000;

    /// <summary>Standard deviation of the voxels along the shortest principal axis, at most, as a share of that along the longest.</summary>
    private const double GreatestFlatness = 0.4;

    /// <summary>Share of the two short axes' deviations above which the deposit is a line, and the tissue tells which way the layers run.</summary>
    private const double LeastLine = 0.5;

    /// <summary>Standard deviation of the distance from the surface, at most, mm: a plaque of 5 mm has 1.5, a cyst more.</summary>
    private const double GreatestThicknessSdMm = 2;

    /// <summary>Half width of a strip in which the deposit's own voxels do not determine the curvature of its surface, mm.</summary>
    private const double StiffMm = 3;

    /// <summary>Cells along the layers and across them, mm: as wide as a voxel, and fine enough for the blurred edge of a layer.</summary>
    private const double AlongMm = 1.5, AcrossMm = 0.4;

    /// <summary>How easily values spread across the layers, as a share of along them: 3 mm across are as far as 55 mm along.</summary>
    private const double AcrossShare = 0.0003;

    /// <summary>Sweeps of the relaxation, at least and by the cells of the longer side; its over-relaxation follows that side too (Young 1954), within limits.</summary>
    private const int LeastSweeps = 120, SweepsOfCell = 3;

    /// <inheritdoc cref="LeastSweeps"/>
    private const double LeastOverRelaxation = 1.7, GreatestOverRelaxation = 1.95;

    /// <summary>Cells of a grid, at most: a sheet of 300 by 100 mm in layers of 20 mm. What is larger is continued voxel by voxel.</summary>
    private const int MostCells = 500_000;

    /// <summary>Terms of the surface: 1, u, v, u², uv, v².</summary>
    private const int TermCount = 6;

    private readonly DepositSurroundings _around;
    private readonly StackFrame _frame;
    private readonly LpsPoint _centre;
    private readonly LpsPoint _u, _v, _across;
    private readonly double[] _surface;

    private TissueLayers(DepositSurroundings around, StackFrame frame, LpsPoint[] own, LpsPoint centre, LpsPoint across)
    {
        _around = around;
        _frame = frame;
        _centre = centre;
        _across = across;

        // Any two directions along the layers do.
        var x = new LpsPoint(1, 0, 0);
        var y = new LpsPoint(0, 1, 0);
        _u = across.Cross(Math.Abs(across.X) < Math.Abs(across.Y) ? x : y).Normalized();
        _v = across.Cross(_u);
        _surface = Surface(own);
    }

    /// <summary>HU by voxel of the box, meant for domain and shell; null where the deposit is not flat.</summary>
    /// <param name="around">The deposit and its shell.</param>
    /// <param name="medianHu">HU of the shell, for what no layer reaches.</param>
    /// <param name="frame">The stack.</param>
    public static float[]? Continue(DepositSurroundings around, float medianHu, StackFrame frame)
    {
        List<LpsPoint> voxels = [];
        LpsPoint sum = default;
        for (int n = 0; n < around.Own.Length; n++)
        {
            if (around.Own[n])
            {
                LpsPoint at = At(around.Box, frame, n);
                voxels.Add(at);
                sum += at;
            }
        }

        if (voxels.Count is < LeastVoxels or > MostVoxels)
        {
            return null;
        }

        LpsPoint[] own = [.. voxels];
        LpsPoint centre = sum * (1.0 / own.Length);
        var moments = SecondMoments.Of(own, centre);
        (double first, double second, double third) = moments.Eigenvalues();
        if (!(Math.Sqrt(Math.Max(0, third)) < GreatestFlatness * Math.Sqrt(first)))
        {
            return null;
        }

        bool isLine = Math.Sqrt(Math.Max(0, third)) > LeastLine * Math.Sqrt(second);
        LpsPoint? across = !isLine ? moments.Axis(third) : moments.Axis(first) is { } along ? AcrossTissue(around, frame, along) : null;
        if (across is not { } normal)
        {
            return null;
        }

        var layers = new TissueLayers(around, frame, own, centre, normal);
        return layers.ThicknessSd(own) < GreatestThicknessSdMm ? layers.Fill(medianHu) : null;
    }

    /// <summary>The direction square to a line along which the tissue around it changes most; null where it does not change.</summary>
    private static LpsPoint? AcrossTissue(DepositSurroundings around, StackFrame frame, LpsPoint along)
    {
        LpsPoint mean = default;
        double meanHu = 0;
        int count = 0;
        for (int n = 0; n < around.Shell.Length; n++)
        {
            if (around.Shell[n])
            {
                mean += At(around.Box, frame, n);
                meanHu += around.Hu[n];
                count++;
            }
        }

        mean *= 1.0 / count;
        meanHu /= count;
        LpsPoint slope = default;
        for (int n = 0; n < around.Shell.Length; n++)
        {
            if (around.Shell[n])
            {
                slope += (At(around.Box, frame, n) - mean) * (around.Hu[n] - meanHu);
            }
        }

        slope -= along * slope.Dot(along);
        return slope.Length > 0 ? slope.Normalized() : null;
    }

    private static LpsPoint At(Crop box, StackFrame frame, int n) =>
        frame.VoxelCentre(box.Column + (n % box.Columns), box.Row + (n / box.Columns % box.Rows), box.Slice + (n / (box.Columns * box.Rows)));

    /// <summary>The quadratic surface through the deposit; where the deposit is narrow it is a plane.</summary>
    private double[] Surface(LpsPoint[] own)
    {
        double[,] normal = new double[TermCount, TermCount];
        double[] right = new double[TermCount];
        foreach (LpsPoint point in own)
        {
            LpsPoint p = point - _centre;
            double u = p.Dot(_u), v = p.Dot(_v), w = p.Dot(_across);
            ReadOnlySpan<double> terms = [1, u, v, u * u, u * v, v * v];
            for (int a = 0; a < TermCount; a++)
            {
                right[a] += terms[a] * w;
                for (int b = 0; b < TermCount; b++)
                {
                    normal[a, b] += terms[a] * terms[b];
                }
            }
        }

        double stiff = own.Length * Math.Pow(StiffMm, 4);
        for (int a = TermCount / 2; a < TermCount; a++)
        {
            normal[a, a] += stiff;
        }

        return LeastSquares.Solve(normal, right, 0);
    }

    /// <summary>A point by its place along the layers and its distance from the surface, mm.</summary>
    private LpsPoint Layered(LpsPoint point)
    {
        LpsPoint p = point - _centre;
        double u = p.Dot(_u), v = p.Dot(_v);
        return new LpsPoint(u, v, p.Dot(_across) - (_surface[0] + (_surface[1] * u) + (_surface[2] * v) + (_surface[3] * u * u) + (_surface[4] * u * v) + (_surface[5] * v * v)));
    }

    private double ThicknessSd(LpsPoint[] own)
    {
        double square = 0;
        foreach (LpsPoint point in own)
        {
            double distance = Layered(point).Z;
            square += distance * distance;
        }

        return Math.Sqrt(square / own.Length);
    }

    private float[]? Fill(float medianHu)
    {
        double[] low = [double.MaxValue, double.MaxValue, double.MaxValue], high = [double.MinValue, double.MinValue, double.MinValue];
        int count = _around.Hu.Length;
        for (int n = 0; n < count; n++)
        {
            if (_around.Shell[n] || _around.Domain[n])
            {
                LpsPoint at = Layered(At(_around.Box, _frame, n));
                (low[0], high[0]) = (Math.Min(low[0], at.X), Math.Max(high[0], at.X));
                (low[1], high[1]) = (Math.Min(low[1], at.Y), Math.Max(high[1], at.Y));
                (low[2], high[2]) = (Math.Min(low[2], at.Z), Math.Max(high[2], at.Z));
            }
        }

        var grid = new Cells(low, high);
        if (grid.Count > MostCells)
        {
            return null;
        }

        float[] hu = new float[grid.Count];
        int[] hits = new int[grid.Count];
        bool[] known = new bool[grid.Count];
        bool[] open = new bool[grid.Count];
        for (int n = 0; n < count; n++)
        {
            if (_around.Shell[n])
            {
                int cell = grid.Nearest(Layered(At(_around.Box, _frame, n)));
                hu[cell] += _around.Hu[n];
                hits[cell]++;
                known[cell] = true;
            }
        }

        for (int cell = 0; cell < hu.Length; cell++)
        {
            hu[cell] = known[cell] ? hu[cell] / hits[cell] : medianHu;
        }

        for (int n = 0; n < count; n++)
        {
            if (_around.Shell[n] || _around.Domain[n])
            {
                grid.Open(Layered(At(_around.Box, _frame, n)), open);
            }
        }

        new SmoothContinuation(grid.U, grid.V, grid.W)
        {
            Ties = ((float)(1 / (AlongMm * AlongMm)), (float)(1 / (AlongMm * AlongMm)), (float)(AcrossShare / (AcrossMm * AcrossMm))),
            Sweeps = Math.Max(LeastSweeps, SweepsOfCell * Math.Max(grid.U, grid.V)),
            OverRelaxation = (float)Math.Clamp(2 / (1 + (Math.PI / Math.Max(grid.U, grid.V))), LeastOverRelaxation, GreatestOverRelaxation),
        }.Fill(hu, known, open);
        float[] result = new float[count];
        for (int n = 0; n < count; n++)
        {
            result[n] = _around.Shell[n] || _around.Domain[n] ? grid.Interpolate(hu, Layered(At(_around.Box, _frame, n))) : medianHu;
        }

        return result;
    }

    /// <summary>Cells along the layers (u, v) and across them (w), u fastest.</summary>
    private sealed class Cells
    {
        private readonly LpsPoint _low;

        public Cells(double[] low, double[] high)
        {
            _low = new LpsPoint(low[0], low[1], low[2]);
            U = Number(high[0] - low[0], AlongMm);
            V = Number(high[1] - low[1], AlongMm);
            W = Number(high[2] - low[2], AcrossMm);
        }

        public int U { get; }

        public int V { get; }

        public int W { get; }

        public long Count => (long)U * V * W;

        private static int Number(double extent, double width) => (int)Math.Ceiling(extent / width) + 2;

        public int Nearest(LpsPoint at) => Index(
            (int)Math.Round((at.X - _low.X) / AlongMm),
            (int)Math.Round((at.Y - _low.Y) / AlongMm),
            (int)Math.Round((at.Z - _low.Z) / AcrossMm));

        /// <summary>Marks the cells that the value of a point is interpolated from.</summary>
        public void Open(LpsPoint at, bool[] open)
        {
            (int u, _) = Split((at.X - _low.X) / AlongMm, U);
            (int v, _) = Split((at.Y - _low.Y) / AlongMm, V);
            (int w, _) = Split((at.Z - _low.Z) / AcrossMm, W);
            for (int corner = 0; corner < 8; corner++)
            {
                open[Index(u + (corner & 1), v + ((corner >> 1) & 1), w + (corner >> 2))] = true;
            }
        }

        public float Interpolate(float[] hu, LpsPoint at)
        {
            (int u, float fu) = Split((at.X - _low.X) / AlongMm, U);
            (int v, float fv) = Split((at.Y - _low.Y) / AlongMm, V);
            (int w, float fw) = Split((at.Z - _low.Z) / AcrossMm, W);
            float near = Between(Row(v, w), Row(v + 1, w), fv), far = Between(Row(v, w + 1), Row(v + 1, w + 1), fv);
            return Between(near, far, fw);

            float Row(int v, int w)
            {
                int cell = Index(u, v, w);
                return Between(hu[cell], hu[cell + 1], fu);
            }
        }

        private static float Between(float a, float b, float part) => a + (part * (b - a));

        private int Index(int u, int v, int w) => (((w * V) + v) * U) + u;

        private static (int Cell, float Part) Split(double at, int cells)
        {
            int cell = Math.Clamp((int)Math.Floor(at), 0, cells - 2);
            return (cell, (float)Math.Clamp(at - cell, 0, 1));
        }
    }
}
