using System.Buffers;
using System.Numerics.Tensors;
using CalcQuant.Imaging;
using CalcQuant.Kernels;

namespace CalcQuant.Measurement;

/// <summary>
/// Finds the contrast and so the volume of a deposit: a shape on cells finer than the voxels whose blurred image has, at that contrast,
/// both the summed attenuation and the summed square of the measured image.
/// </summary>
/// <remarks>
/// The shape is where an interpolated level exceeds a value that is chosen so that contrast times volume is the summed attenuation
/// ("mass conserving"). Blurring it gives the share of its energy that survives; from that follows the next contrast. What the image
/// shows beyond the model goes into the level, as far as it is more than noise. The ratio of energy to attenuation is used instead of a
/// regression of the image on the model, because the shape follows the noise and a regression would take that for contrast.
/// </remarks>
internal sealed class LevelSet
{
    /// <summary>Rounds; more begin to fit the noise.</summary>
    private const int Iterations = 4;

    /// <summary>Share of the unexplained image that goes into the level in a round.</summary>
    private const double Relaxation = 0.3;

    /// <summary>Least rise of the level over a cell at the edge, as a share of the contrast: bounds the width of the soft edge.</summary>
    private const double LeastSlope = 0.02;

    /// <summary>Least ratio of the contrasts of two rounds.</summary>
    private const double LeastChange = 0.6;

    /// <summary>Greatest ratio of the contrasts of two rounds.</summary>
    private const double GreatestChange = 1.7;

    /// <summary>No deposit is denser, HU above tissue: pure hydroxyapatite would have about 4000, deposits reach about 2000.</summary>
    private const double GreatestContrastHu = 2500;

    /// <summary>Summed attenuation in standard deviations of its noise below which there is nothing to measure.</summary>
    private const double LeastSignalToNoise = 5;

    /// <summary>Least contrast and least peak over the background, HU: what the faintest dense voxel has in muscle. Below, the ripple of enhanced tissue is taken for a deposit.</summary>
    private const double LeastContrastHu = 80;

    /// <summary>Least contrast in standard deviations of the noise.</summary>
    private const double LeastContrastToNoise = 3;

    /// <summary>Share of a deposit's attenuation that must be free of other dense things.</summary>
    private const double LeastCleanShare = 0.3;

    /// <summary>Halvings of the interval in which the level's value is sought: to 1/16000 of the peak.</summary>
    private const int Bisections = 14;

    /// <summary>Of these the first that settle cells: later ones leave those at the edge, which stay unsettled to the end.</summary>
    private const int SettlingBisections = 5;

    private readonly SubvoxelGrid _grid;
    private readonly double[] _voxelMm3;
    private readonly float[] _excess;
    private readonly float[] _backgroundHu;
    private readonly bool[] _domain;
    private readonly bool[] _clean;
    private readonly bool[] _own;
    private readonly double _noiseHu;
    private double _cleanAttenuation;
    private double _cleanEnergy;
    private double _attenuationNoise;

    /// <summary>Prepares a deposit.</summary>
    /// <param name="grid">Cells over the box of the deposit's domain.</param>
    /// <param name="around">The deposit.</param>
    /// <param name="background">What would be there without it.</param>
    /// <param name="geometry">The stack.</param>
    public LevelSet(SubvoxelGrid grid, DepositSurroundings around, TissueBackground background, VolumeGeometry geometry)
    {
        _grid = grid;
        Crop box = grid.Box;
        _noiseHu = background.NoiseHu;
        _voxelMm3 = new double[box.Slices];
        _excess = new float[box.Count];
        _backgroundHu = new float[box.Count];
        _domain = new bool[box.Count];
        _clean = new bool[box.Count];
        _own = new bool[box.Count];
        for (int k = 0; k < box.Slices; k++)
        {
            _voxelMm3[k] = geometry.VoxelVolumeMm3(box.Slice + k);
            for (int j = 0; j < box.Rows; j++)
            {
                int source = around.Box.Index(box.Column, box.Row + j, box.Slice + k);
                int target = ((k * box.Rows) + j) * box.Columns;
                around.Domain.AsSpan(source, box.Columns).CopyTo(_domain.AsSpan(target));
                around.Own.AsSpan(source, box.Columns).CopyTo(_own.AsSpan(target));
                background.Hu.AsSpan(source, box.Columns).CopyTo(_backgroundHu.AsSpan(target));
                for (int i = 0; i < box.Columns; i++)
                {
                    _clean[target + i] = _domain[target + i] && !around.NearOther[source + i];
                    _excess[target + i] = _domain[target + i] ? around.Hu[source + i] - background.Hu[source + i] : 0;
                }
            }
        }

        SumClean();
    }

    /// <summary>The volume and the summed attenuation, background included; null where the deposit is too faint or too hidden.</summary>
    /// <param name="obstacle">Why there is none; null where there is.</param>
    public VolumeEstimate? Fit(out string? obstacle)
    {
        obstacle = CorrectedVolume.TooFaint;
        if (_cleanAttenuation <= LeastSignalToNoise * _attenuationNoise || _cleanEnergy <= 0)
        {
            return null;
        }

        // The cells are by far the largest arrays: their memory goes from deposit to deposit.
        int cells = _grid.CellCount;
        float[] store = ArrayPool<float>.Shared.Rent(5 * cells);
        try
        {
            return Fit(
                new Cells
                {
                    Domain = store.AsSpan(0, cells),
                    Level = store.AsSpan(cells, cells),
                    Slope = store.AsSpan(2 * cells, cells),
                    Shape = store.AsSpan(3 * cells, cells),
                    OpenLevel = store.AsSpan(4 * cells, cells),
                },
                out obstacle);
        }
        finally
        {
            ArrayPool<float>.Shared.Return(store);
        }
    }

    private VolumeEstimate? Fit(Cells cells, out string? obstacle)
    {
        obstacle = CorrectedVolume.TooFaint;
        double peak = PeakHu();
        double contrast = TopContrast(peak);
        ReplaceHidden(contrast);
        float[] blurred = new float[_excess.Length];
        float[] residual = new float[_excess.Length];
        _grid.Spread(_domain, cells.Domain);
        _grid.Interpolate(_excess, cells.Level);
        double backgroundHu = 0;
        for (int iteration = 0; iteration < Iterations; iteration++)
        {
            Slopes(cells.Level, cells.Slope, (float)(LeastSlope * contrast));
            Shape(cells, Attenuation(contrast) / contrast);
            _grid.Blur(cells.Shape, blurred);
            Fitted fitted = Compare(blurred, contrast, residual);
            if (!(fitted.Square > 0) || !(fitted.Sum > 0))
            {
                return null;
            }

            backgroundHu = fitted.BackgroundHu;
            double noiseShare = fitted.Count * _noiseHu * _noiseHu / fitted.ResidualSquare;
            float step = (float)(Relaxation * Math.Max(0, 1 - noiseShare));
            if (step > 0 && iteration < Iterations - 1)
            {
                // The slopes are not needed any more in this round.
                Span<float> correction = cells.Slope;
                _grid.Interpolate(residual, correction);
                TensorPrimitives.MultiplyAdd(correction, step, cells.Level, cells.Level);
            }

            double next = _cleanEnergy / _cleanAttenuation * fitted.Sum / fitted.Square;
            contrast = Math.Min(GreatestContrastHu, Math.Clamp(next, LeastChange * contrast, GreatestChange * contrast));
        }

        if (Math.Min(contrast, peak) < Math.Max(LeastContrastHu, LeastContrastToNoise * _noiseHu))
        {
            return null;
        }

        double attenuation = Attenuation(contrast);
        if (_cleanAttenuation < LeastCleanShare * attenuation)
        {
            obstacle = CorrectedVolume.NoClearTissue;
            return null;
        }

        double volume = attenuation / contrast;
        obstacle = null;
        return new VolumeEstimate(volume, attenuation + (backgroundHu * volume), contrast, peak);
    }

    private void SumClean()
    {
        int plane = _grid.Box.Columns * _grid.Box.Rows;
        double noise = 0;
        for (int n = 0; n < _excess.Length; n++)
        {
            if (_clean[n])
            {
                double v = _voxelMm3[n / plane];
                _cleanAttenuation += v * _excess[n];
                _cleanEnergy += v * (((double)_excess[n] * _excess[n]) - (_noiseHu * _noiseHu));
                noise += v * v;
            }
        }

        _attenuationNoise = _noiseHu * Math.Sqrt(noise);
    }

    /// <summary>
    /// Summed HU above the background times mm³. Where another dense thing's blur reaches, the image says nothing; there the deposit's own
    /// voxels above half the contrast count as full.
    /// </summary>
    private double Attenuation(double contrast)
    {
        int plane = _grid.Box.Columns * _grid.Box.Rows;
        double hidden = 0;
        for (int n = 0; n < _excess.Length; n++)
        {
            if (_domain[n] && !_clean[n] && _own[n] && _excess[n] > contrast / 2)
            {
                hidden += _voxelMm3[n / plane];
            }
        }

        return _cleanAttenuation + (contrast * hidden);
    }

    private void ReplaceHidden(double contrast)
    {
        for (int n = 0; n < _excess.Length; n++)
        {
            if (_domain[n] && !_clean[n])
            {
                _excess[n] = _own[n] && _excess[n] > contrast / 2 ? (float)contrast : 0;
            }
        }
    }

    /// <summary>Greatest excess over the background where nothing else reaches, HU.</summary>
    private float PeakHu()
    {
        float peak = 0;
        for (int n = 0; n < _excess.Length; n++)
        {
            if (_clean[n])
            {
                peak = Math.Max(peak, _excess[n]);
            }
        }

        return peak;
    }

    /// <summary>Mean of the top tenth of the voxels above half the peak.</summary>
    private double TopContrast(double peak)
    {
        List<float> upper = [];
        for (int n = 0; n < _excess.Length; n++)
        {
            if (_clean[n] && _excess[n] > peak / 2)
            {
                upper.Add(_excess[n]);
            }
        }

        upper.Sort();
        int count = Math.Max(1, upper.Count / 10);
        double sum = 0;
        for (int n = upper.Count - count; n < upper.Count; n++)
        {
            sum += upper[n];
        }

        return sum / count;
    }

    private Fitted Compare(float[] blurred, double contrast, float[] residual)
    {
        int plane = _grid.Box.Columns * _grid.Box.Rows;
        var fitted = default(Fitted);
        double centreWeight = 0;
        double centreHu = 0;
        for (int n = 0; n < _excess.Length; n++)
        {
            residual[n] = 0;
            if (!_clean[n])
            {
                continue;
            }

            double v = _voxelMm3[n / plane];
            double occupancy = blurred[n];
            double square = occupancy * occupancy;
            fitted.Sum += v * occupancy;
            fitted.Square += v * square;

            // The fourth power weighs the middle of the deposit, where its own background would be.
            centreWeight += v * square * square;
            centreHu += v * square * square * _backgroundHu[n];
            residual[n] = _excess[n] - (float)(contrast * occupancy);
            fitted.ResidualSquare += (double)residual[n] * residual[n];
            fitted.Count++;
        }

        fitted.BackgroundHu = centreWeight > 0 ? centreHu / centreWeight : 0;
        return fitted;
    }

    /// <summary>Rise of the level over one cell, not below a floor.</summary>
    private void Slopes(ReadOnlySpan<float> level, Span<float> slope, float floor)
    {
        int nx = _grid.CellsX;
        int ny = _grid.CellsY;
        int nz = _grid.CellsZ;
        for (int z = 0; z < nz; z++)
        {
            for (int y = 0; y < ny; y++)
            {
                GradientKernel.Fill(
                    Row(level, y, z),
                    Row(level, Math.Max(0, y - 1), z),
                    Row(level, Math.Min(ny - 1, y + 1), z),
                    Row(level, y, Math.Max(0, z - 1)),
                    Row(level, y, Math.Min(nz - 1, z + 1)),
                    floor,
                    slope.Slice(((z * ny) + y) * nx, nx));
            }
        }

        ReadOnlySpan<float> Row(ReadOnlySpan<float> values, int y, int z) => values.Slice(((z * ny) + y) * nx, nx);
    }

    /// <summary>
    /// Occupancy of the cells: clip((level - t) / slope + 1/2), with t such that their volume is the given one. Cells that the interval of t
    /// can no longer change are settled and leave the search.
    /// </summary>
    /// <param name="cells">Level, slope and domain; receives the shape.</param>
    /// <param name="volumeMm3">The volume wanted.</param>
    private void Shape(Cells cells, double volumeMm3)
    {
        double target = volumeMm3 / _grid.CellMm3;

        // Outside the domain the level counts as 0, which no edge above 0 reaches, with a slope that reaches nowhere.
        Span<float> openLevel = cells.OpenLevel;
        Span<float> openSlope = cells.Shape;
        TensorPrimitives.Multiply(cells.Level, cells.Domain, openLevel);
        TensorPrimitives.Multiply(cells.Slope, cells.Domain, openSlope);
        float low = 0;
        float high = Math.Max(0, TensorPrimitives.Max(openLevel));
        int open = OccupancyKernel.KeepOpen(openLevel, openSlope, low, float.PositiveInfinity, out _);
        double full = 0;
        for (int step = 0; step < Bisections; step++)
        {
            float middle = (low + high) / 2;
            double sum = full + OccupancyKernel.Sum(openLevel[..open], openSlope[..open], middle);
            (low, high) = sum > target ? (middle, high) : (low, middle);
            if (step < SettlingBisections)
            {
                open = OccupancyKernel.KeepOpen(openLevel[..open], openSlope[..open], low, high, out int settled);
                full += settled;
            }
        }

        OccupancyKernel.Fill(cells.Level, cells.Slope, cells.Domain, (low + high) / 2, cells.Shape);
    }

    /// <summary>A value for each cell.</summary>
    private ref struct Cells
    {
        /// <summary>1 in the domain, 0 beside it.</summary>
        public Span<float> Domain;

        /// <summary>What the shape is a level set of, HU.</summary>
        public Span<float> Level;

        /// <summary>Rise of the level over a cell, HU.</summary>
        public Span<float> Slope;

        /// <summary>How full the cell is.</summary>
        public Span<float> Shape;

        /// <summary>Levels of the cells that are not settled yet.</summary>
        public Span<float> OpenLevel;
    }

    /// <summary>How a blurred shape compares with the image, over the clean voxels.</summary>
    private struct Fitted
    {
        public double Sum;
        public double Square;
        public double BackgroundHu;
        public double ResidualSquare;
        public int Count;
    }
}
