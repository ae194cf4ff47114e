using System.Buffers;
using System.Numerics.Tensors;
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
/// A shape hardly thicker than the blur comes out too thick. How much is seen by measuring its own blurred image in the same way (a bootstrap of the
/// bias), and is taken off.
/// </remarks>
internal sealed class LevelSet
{
    /// <summary>Rounds for what is thick and for what is hardly thicker than the blur; more begin to fit the noise.</summary>
    private const int Iterations = 4, ThinIterations = 7;

    /// <summary>Share of the unexplained image that goes into the level in a round.</summary>
    private const double Relaxation = 0.4;

    /// <summary>Least rise of the level over a cell at the edge, as a share of the contrast: bounds the width of the soft edge.</summary>
    private const double LeastSlope = 0.02;

    /// <summary>Share of the energy that the blur leaves, above which a deposit is so thick that the method has no bias worth more rounds and a second run.</summary>
    private const double GreatestThinKept = 0.85;

    /// <summary>Least ratio of the contrasts of two rounds.</summary>
    private const double LeastChange = 0.6;

    /// <summary>Greatest ratio of the contrasts of two rounds.</summary>
    private const double GreatestChange = 1.7;

    /// <summary>No deposit is denser, HU above tissue: pure hydroxyapatite would have about 4000, deposits reach about 2000.</summary>
    private const double GreatestContrastHu = 2500;

    /// <summary>Summed attenuation in standard deviations of its noise below which there is nothing to measure.</summary>
    public const double LeastSignalToNoise = 5;

    /// <summary>Least contrast and least peak over the background, HU: what the faintest dense voxel has in muscle. Below, the ripple of enhanced tissue is taken for a deposit.</summary>
    private const double LeastContrastHu = 80;

    /// <summary>Least contrast in standard deviations of the noise.</summary>
    private const double LeastContrastToNoise = 3;

    /// <summary>Share of a deposit's attenuation that must be free of other dense things.</summary>
    private const double LeastCleanShare = 0.3;

    /// <summary>Standard uncertainty of the logarithm of the volume beside all else: what the form of the cells and the rounds leave.</summary>
    private const double ModelFloor = 0.03;

    /// <summary>Share of the unexplained image, relative to the contrast, that is an error of the volume.</summary>
    private const double ResidualShare = 0.35;

    /// <summary>Share of what another dense thing hides of the attenuation that is an error of the whole.</summary>
    private const double HiddenShare = 0.6;

    /// <summary>
    /// Share of the energy that the blur takes that is an error of the contrast: of networks hardly thicker than the blur volumes err by up to a third, of sheets and lines by half as much.
    /// </summary>
    private const double ThinShare = 0.35;

    /// <summary>Change of the logarithm of the volume with that of the blur's width, for each part of the energy that the blur takes; never more than the second figure.</summary>
    private const double BlurSlope = 0.8, GreatestBlurSlope = 1.5;

    /// <summary>Standard uncertainty of the logarithm of the summed attenuation beside all else.</summary>
    private const double AttenuationFloor = 0.005;

    /// <summary>Halvings of the interval in which the level's value is sought: to 1/16000 of the peak.</summary>
    private const int Bisections = 14;

    /// <summary>Of these the first that settle cells: later ones leave those at the edge, which stay unsettled to the end.</summary>
    private const int SettlingBisections = 5;

    private readonly SubvoxelGrid _grid;
    private readonly DepositImage _image;
    private readonly float[] _excess;
    private readonly bool[] _isFull;

    /// <summary>Rounds of the first run: a second one takes as many.</summary>
    private int? _rounds;

    /// <summary>Prepares a deposit.</summary>
    /// <param name="grid">Cells over the box of the deposit's domain.</param>
    /// <param name="image">The deposit's excess over its background; its hidden voxels are replaced.</param>
    public LevelSet(SubvoxelGrid grid, DepositImage image)
    {
        _grid = grid;
        _image = image;
        _excess = image.Excess;
        _isFull = new bool[_excess.Length];
    }

    /// <summary>The volume and the summed attenuation, background included; null where the deposit is too faint or too hidden.</summary>
    /// <param name="blur">The scanner.</param>
    /// <param name="obstacle">Why there is none; null where there is.</param>
    public VolumeEstimate? Fit(PointSpread blur, out string? obstacle)
    {
        obstacle = CorrectedVolume.TooFaint;
        if (_image.CleanAttenuation <= LeastSignalToNoise * _image.AttenuationNoise || _image.CleanEnergy <= 0)
        {
            return null;
        }

        // The cells are by far the largest arrays: their memory goes from deposit to deposit.
        int cells = _grid.CellCount;
        float[] store = ArrayPool<float>.Shared.Rent(5 * cells);
        try
        {
            return Fit(
                blur,
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

    private VolumeEstimate? Fit(PointSpread blur, Cells cells, out string? obstacle)
    {
        obstacle = CorrectedVolume.TooFaint;
        double peak = _image.PeakHu();
        double first = TopContrast(_excess, peak);
        ReplaceHidden(first);
        _grid.Spread(_image.Domain, cells.Domain);
        Span<float> steps = stackalloc float[ThinIterations - 1];
        steps.Fill(float.NaN);
        if (Settle(cells, _excess, new Sums(_image.CleanAttenuation, _image.CleanEnergy), first, steps) is not { } settled)
        {
            return null;
        }

        double contrast = settled.Contrast;
        if (IsFaint(contrast, peak, _image.NoiseHu))
        {
            return null;
        }

        if (Kept(contrast) < GreatestThinKept && Again(cells, contrast, steps) is { } again)
        {
            contrast = Math.Min(GreatestContrastHu, contrast * Math.Clamp(contrast / again, LeastChange, GreatestChange));
        }

        double attenuation = Attenuation(contrast);
        if (_image.CleanAttenuation < LeastCleanShare * attenuation)
        {
            obstacle = CorrectedVolume.NoClearTissue;
            return null;
        }

        double volume = attenuation / contrast;
        obstacle = null;
        Fitted last = settled.Fitted;
        return new VolumeEstimate(volume, attenuation + (last.BackgroundHu * volume), contrast, last.BackgroundHu, peak, Error(blur, last, attenuation, contrast), IsEllipsoid: false);
    }

    /// <summary>Share of the energy that the blur leaves of a deposit of that contrast.</summary>
    private double Kept(double contrast) => Math.Clamp(_image.CleanEnergy / (contrast * _image.CleanAttenuation), 0.05, 1);

    /// <summary>
    /// The contrast of the image of the shape found, at a contrast that is known here, found as that of the deposit was: what differs is the method's own bias, and the deposit's
    /// contrast has about the same.
    /// </summary>
    private double? Again(Cells cells, double contrast, Span<float> steps)
    {
        Slopes(cells.Level, cells.Slope, (float)(LeastSlope * contrast));
        Shape(cells, Attenuation(contrast) / contrast);
        float[] image = new float[_excess.Length];
        _grid.Blur(cells.Shape, image);
        int plane = _grid.Box.Columns * _grid.Box.Rows;
        double sum = 0, energy = 0, peak = 0;
        for (int n = 0; n < image.Length; n++)
        {
            if (_image.Clean[n])
            {
                image[n] *= (float)contrast;
                double v = _image.VoxelMm3[n / plane];
                sum += v * image[n];
                energy += v * image[n] * image[n];
                peak = Math.Max(peak, image[n]);
            }
            else
            {
                image[n] = _excess[n];
            }
        }

        return Settle(cells, image, new Sums(sum, energy), TopContrast(image, peak), steps)?.Contrast;
    }

    /// <summary>Rounds of shape, blur and contrast; null where nothing of the shape is left.</summary>
    /// <param name="cells">Receives the level of the last round.</param>
    /// <param name="excess">The image over its background.</param>
    /// <param name="sums">Of the image.</param>
    /// <param name="contrast">To begin with.</param>
    /// <param name="steps">Shares of the residual that go into the level by round; NaN for those that noise leaves, which are then written here.</param>
    private Settled? Settle(Cells cells, float[] excess, Sums sums, double contrast, Span<float> steps)
    {
        float[] blurred = new float[excess.Length];
        float[] residual = new float[excess.Length];
        _grid.Interpolate(excess, cells.Level);
        Fitted fitted = default;
        bool isLast = false;
        int round = 0;
        for (int iteration = 0; !isLast; iteration++)
        {
            round++;
            Slopes(cells.Level, cells.Slope, (float)(LeastSlope * contrast));
            Shape(cells, (sums.Attenuation + (Attenuation(contrast) - _image.CleanAttenuation)) / contrast);
            _grid.Blur(cells.Shape, blurred);
            fitted = Compare(excess, blurred, contrast, residual);
            if (!(fitted.Square > 0) || !(fitted.Sum > 0))
            {
                return null;
            }

            bool isThin = sums.Energy < GreatestThinKept * contrast * sums.Attenuation;
            isLast = iteration >= (_rounds ?? (isThin ? ThinIterations : Iterations)) - 1;
            if (!isLast)
            {
                if (float.IsNaN(steps[iteration]))
                {
                    double noiseShare = fitted.Count * _image.NoiseHu * _image.NoiseHu / fitted.ResidualSquare;
                    steps[iteration] = (float)(Relaxation * Math.Max(0, 1 - noiseShare));
                }

                if (steps[iteration] > 0)
                {
                    // The slopes are not needed any more in this round.
                    Span<float> correction = cells.Slope;
                    _grid.Interpolate(residual, correction);
                    TensorPrimitives.MultiplyAdd(correction, steps[iteration], cells.Level, cells.Level);
                }
            }

            double next = sums.Energy / sums.Attenuation * fitted.Sum / fitted.Square;
            contrast = Math.Min(GreatestContrastHu, Math.Clamp(next, LeastChange * contrast, GreatestChange * contrast));
        }

        _rounds ??= round;
        return new Settled(contrast, fitted);
    }

    /// <summary>True for what is no more than the ripple of enhanced tissue or of noise.</summary>
    public static bool IsFaint(double contrastHu, double peakHu, double noiseHu) =>
        Math.Min(contrastHu, peakHu) < Math.Max(LeastContrastHu, LeastContrastToNoise * noiseHu);

    /// <summary>
    /// How unsure the fit is: the summed attenuation by noise and background, the contrast by noise and by what the model leaves unexplained, both where another dense thing hides a part.
    /// </summary>
    private EstimateError Error(PointSpread blur, Fitted fitted, double attenuation, double contrast)
    {
        double fromSum = _image.AttenuationSd / _image.CleanAttenuation;
        double voxelMm3 = _image.CleanMm3 / _image.CleanCount;
        double fromContrast = _image.NoiseHu * Math.Sqrt(_image.NoiseCorrelation * voxelMm3 / fitted.Square) / contrast;
        double residual = Math.Sqrt(Math.Max(0, (fitted.ResidualSquare / fitted.Count) - (_image.NoiseHu * _image.NoiseHu))) / contrast;

        // What the blur takes of the energy grows with its width; the contrast is as unsure as that.
        double kept = Kept(contrast);
        double thin = ThinShare * (1 - kept);
        double hidden = HiddenShare * Math.Max(0, 1 - (_image.CleanAttenuation / attenuation));
        double own = Math.Sqrt((fromSum * fromSum) + (fromContrast * fromContrast) + (ModelFloor * ModelFloor) + (ResidualShare * ResidualShare * residual * residual) + (hidden * hidden) + (thin * thin));

        double fromBlur = Math.Min(GreatestBlurSlope, BlurSlope * ((1 / kept) - 1)) * blur.LogWidthSd;
        return new EstimateError(own, fromBlur, Math.Sqrt((fromSum * fromSum) + (hidden * hidden) + (AttenuationFloor * AttenuationFloor)));
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
            if (_isFull[n])
            {
                hidden += _image.VoxelMm3[n / plane];
            }
        }

        return _image.CleanAttenuation + (contrast * hidden);
    }

    private void ReplaceHidden(double contrast)
    {
        for (int n = 0; n < _excess.Length; n++)
        {
            if (_image.Domain[n] && !_image.Clean[n])
            {
                _isFull[n] = _image.Own[n] && _excess[n] > contrast / 2;
                _excess[n] = _isFull[n] ? (float)contrast : 0;
            }
        }
    }

    /// <summary>Mean of the top tenth of the voxels above half the peak.</summary>
    private double TopContrast(float[] excess, double peak)
    {
        List<float> upper = [];
        for (int n = 0; n < excess.Length; n++)
        {
            if (_image.Clean[n] && excess[n] > peak / 2)
            {
                upper.Add(excess[n]);
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

    private Fitted Compare(float[] excess, float[] blurred, double contrast, float[] residual)
    {
        int plane = _grid.Box.Columns * _grid.Box.Rows;
        var fitted = default(Fitted);
        double centreWeight = 0;
        double centreHu = 0;
        for (int n = 0; n < excess.Length; n++)
        {
            residual[n] = 0;
            if (!_image.Clean[n])
            {
                continue;
            }

            double v = _image.VoxelMm3[n / plane];
            double occupancy = blurred[n];
            double square = occupancy * occupancy;
            fitted.Sum += v * occupancy;
            fitted.Square += v * square;

            // The fourth power weighs the middle of the deposit, where its own background would be.
            centreWeight += v * square * square;
            centreHu += v * square * square * _image.BackgroundHu[n];
            residual[n] = excess[n] - (float)(contrast * occupancy);
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

    /// <summary>What an image sums to over the clean voxels, HU mm³ and HU² mm³.</summary>
    private readonly record struct Sums(double Attenuation, double Energy);

    /// <summary>Where the rounds end.</summary>
    private readonly record struct Settled(double Contrast, Fitted Fitted);

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
