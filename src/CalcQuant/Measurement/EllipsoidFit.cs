using System.Buffers;
using CalcQuant.Imaging;

namespace CalcQuant.Measurement;

/// <summary>What an ellipsoid fit says.</summary>
/// <param name="VolumeMm3">Volume, mm³.</param>
/// <param name="ContrastHu">Contrast over the background, HU.</param>
/// <param name="BackgroundHu">The background where the ellipsoid is, HU.</param>
/// <param name="LogVolumeSd">Standard uncertainty of the logarithm of the volume, from noise and from what the image leaves open of the shape.</param>
/// <param name="LogVolumeSlope">Change of the logarithm of the volume with that of the blur's width.</param>
/// <param name="LogVolumeSlabSlope">Change of the logarithm of the volume with that of the slice profile's width.</param>
/// <param name="ChiSquare">Mean square of the residual in units of the noise.</param>
/// <param name="RelativeResidual">Root mean square of the residual beyond noise, as a share of the contrast.</param>
/// <param name="Extent">Its diameters.</param>
/// <param name="SeenAttenuation">Share of its blurred attenuation, 0 to 1, in voxels that no other dense thing's blur reaches.</param>
/// <param name="HiddenShare">Share of the volume, 0 to 1, that lies where another dense thing's blur reaches: it is the fit's continuation, not seen.</param>
internal readonly record struct FittedEllipsoid(
    double VolumeMm3, double ContrastHu, double BackgroundHu, double LogVolumeSd, double LogVolumeSlope, double LogVolumeSlabSlope, double ChiSquare, double RelativeResidual, UnblurredExtent Extent, double SeenAttenuation, double HiddenShare);

/// <summary>
/// Fits a homogeneous ellipsoid, blurred as the scanner blurs, to the image of a compact deposit: Levenberg-Marquardt with weak log-normal priors on contrast and axes.
/// A sphere comes first; the axes are freed where that explains clearly more, since what a thick slice shows of a sphere off its middle and of a long ellipsoid is the same.
/// </summary>
internal sealed class EllipsoidFit
{
    /// <summary>Contrast, centre and radius, and with them the five axes of shape and what the core has more.</summary>
    private const int SphereParameters = 5, EllipsoidParameters = 10, AllParameters = 11;

    /// <summary>The parameter of the core: its contrast beyond that of the rest, as a share of it.</summary>
    private const int Core = 10;

    /// <summary>Size of the core as a share of the whole, and the standard deviation of what it has more in the prior: deposits are seldom of one density.</summary>
    private const double CoreShare = 0.5, PriorCoreSd = 0.3;

    /// <summary>Median and width of the prior of the contrast: deposits have 150 to 2000 HU.</summary>
    private const double PriorContrastHu = 550, PriorLogContrastSd = 0.7;

    /// <summary>Standard deviation of the logarithms of the axes in the prior: nodules are roundish. The prior is that of the trace of S², the same in every direction.</summary>
    private const double PriorLogAxisSd = 0.25;

    /// <summary>By how much the cost must fall for free axes to be believed.</summary>
    private const double AxesLeastGain = 9;

    /// <summary>Least noise that residuals are weighted with, HU: no model is better.</summary>
    private const double LeastNoiseHu = 3;

    private const int MostIterations = 14;

    /// <summary>Volume of second moments over that of the energy, from which a body is no ellipsoid: 1 for a large ellipsoid, less the more the blur takes of its energy.</summary>
    private const double BranchedRatio = 2;

    /// <summary>
    /// Half of the longest axis from which a body may be a line, mm, the ratio of the longest to the shortest axis from which it is one, and the least half axis that the blur leaves to be seen, mm: a line of
    /// even thickness, fitted by an ellipsoid that tapers, came out twice as dense and half as large.
    /// </summary>
    private const double LeastLineMm = 5, LineRatio = 4, LeastSeenMm = 0.6;

    /// <summary>Fall of the cost, in squares of the noise, below which the fit is done.</summary>
    private const double LeastGain = 0.05;

    /// <summary>Slice distance from which the height of the centre is started from three places, mm.</summary>
    private const double ThickSliceMm = 1.6;

    /// <summary>Diameter in slices below which the height of a body inside a slice is hardly seen.</summary>
    private const double UnseenHeightSlices = 2.5;

    /// <summary>Steps in which other heights are tried, in logarithms, and how many in either direction: down to 0.4 and up to 2.5 times.</summary>
    private const double HeightStep = 0.3;

    private const int MostHeightSteps = 3;

    /// <summary>Rise of the cost beyond which a height no longer counts: a weight of 1/400.</summary>
    private const double ImplausibleCost = 12;

    /// <summary>Weight that holds a height to 0.02.</summary>
    private const double HeldWeight = 2500;

    /// <summary>Change of the blur by which its effect is found.</summary>
    private const double BlurStep = 0.05;

    private static readonly double[] Steps = [0.02, 0.02, 0.02, 0.02, 0.01, 0.02, 0.02, 0.02, 0.02, 0.02, 1];

    private readonly SubvoxelGrid _grid, _wider, _thicker;
    private readonly DepositImage _image;
    private readonly int[] _clean;
    private readonly double _noiseHu, _residualSd;
    private readonly float[] _cells, _voxels, _residuals;
    private readonly float[][] _slopes = new float[AllParameters][];
    private readonly Stack<List<(int Cell, float Occupancy)>> _surfaces = new();
    private readonly Stack<float[]> _models = new();
    private double? _heldLogHeight;

    private EllipsoidFit(SubvoxelGrid grid, SubvoxelGrid wider, SubvoxelGrid thicker, DepositImage image, float[] cells)
    {
        _grid = grid;
        _wider = wider;
        _thicker = thicker;
        _image = image;
        _clean = [.. Enumerable.Range(0, image.Excess.Length).Where(n => image.Clean[n])];
        _noiseHu = Math.Max(LeastNoiseHu, image.NoiseHu);

        // Correlated noise counts for fewer voxels than there are.
        _residualSd = _noiseHu * Math.Sqrt(Math.Max(1, image.NoiseCorrelation));
        _cells = cells;
        _voxels = new float[image.Excess.Length];
        _residuals = new float[_clean.Length];
        for (int p = 0; p < AllParameters; p++)
        {
            _slopes[p] = new float[_clean.Length];
        }
    }

    /// <summary>Fits; null where the image determines nothing.</summary>
    /// <param name="frame">The stack.</param>
    /// <param name="blur">The scanner.</param>
    /// <param name="image">The deposit.</param>
    /// <param name="cellFraction">Width of the cells as a fraction of the usual one.</param>
    public static FittedEllipsoid? Run(StackFrame frame, PointSpread blur, DepositImage image, double cellFraction)
    {
        using SubvoxelGrid? grid = SubvoxelGrid.Create(frame, image.Box, blur, cellFraction);
        using SubvoxelGrid? wider = SubvoxelGrid.Create(frame, image.Box, blur with { InPlaneFwhmMm = blur.InPlaneFwhmMm * (1 + BlurStep) }, cellFraction);
        using SubvoxelGrid? thicker = SubvoxelGrid.Create(frame, image.Box, blur with { SliceThicknessMm = blur.SliceThicknessMm * (1 + BlurStep) }, cellFraction);
        if (grid is null || wider is null || thicker is null || image.CleanAttenuation <= 0 || image.CleanCount <= AllParameters)
        {
            return null;
        }

        float[] cells = ArrayPool<float>.Shared.Rent(grid.CellCount);
        try
        {
            var fit = new EllipsoidFit(grid, wider, thicker, image, cells);
            return fit.IsNoEllipsoid(blur) ? null : fit.Run(frame.Geometry.BetweenSlicesMm, blur.SliceThicknessMm);
        }
        finally
        {
            ArrayPool<float>.Shared.Return(cells);
        }
    }

    /// <summary>
    /// What an ellipsoid with axes and core as they fit best leaves unexplained of the image; null where the image determines nothing or shows no ellipsoid.
    /// </summary>
    /// <param name="frame">The stack.</param>
    /// <param name="blur">The scanner.</param>
    /// <param name="image">The deposit.</param>
    /// <param name="cellFraction">Width of the cells as a fraction of the usual one.</param>
    /// <returns>Squares of residuals in units of the noise, priors included, and the mean of the residuals' own.</returns>
    public static (double Cost, double ChiSquare)? Misfit(StackFrame frame, PointSpread blur, DepositImage image, double cellFraction)
    {
        using SubvoxelGrid? grid = SubvoxelGrid.Create(frame, image.Box, blur, cellFraction);
        if (grid is null || image.CleanAttenuation <= 0 || image.CleanCount <= AllParameters)
        {
            return null;
        }

        float[] cells = ArrayPool<float>.Shared.Rent(grid.CellCount);
        try
        {
            var fit = new EllipsoidFit(grid, grid, grid, image, cells);
            if (fit.IsNoEllipsoid(blur))
            {
                return null;
            }

            State free = fit.Free(fit.Sphere(frame.Geometry.BetweenSlicesMm));
            double squares = 0;
            foreach (float value in fit.ResidualsOf(free.Model, Math.Exp(free.Parameters[0])))
            {
                squares += (double)value * value;
            }

            return (free.Cost, squares / image.CleanCount * fit._residualSd * fit._residualSd / (fit._noiseHu * fit._noiseHu));
        }
        finally
        {
            ArrayPool<float>.Shared.Return(cells);
        }
    }

    /// <summary>The best sphere, from where the excess lies and, where slices are thick, from a quarter of a slice above and below.</summary>
    private State Sphere(double betweenSlicesMm)
    {
        double[] start = Start();
        double[] shifts = betweenSlicesMm < ThickSliceMm ? [0] : [0, -betweenSlicesMm / 4, betweenSlicesMm / 4];
        State best = Minimise(start, SphereParameters);
        foreach (double shift in shifts.AsSpan(1))
        {
            double[] other = [.. start];
            other[3] += shift;
            State state = Minimise(other, SphereParameters);
            best = state.Cost < best.Cost ? state : best;
        }

        return best;
    }

    /// <summary>With axes and core of its own.</summary>
    private State Free(State sphere) => Minimise(Minimise(sphere.Parameters, EllipsoidParameters).Parameters, AllParameters);

    private FittedEllipsoid? Run(double betweenSlicesMm, double sliceThicknessMm)
    {
        State best = Sphere(betweenSlicesMm), free = Free(best);
        List<State> open = [free];
        if (2 * Math.Exp(free.Parameters[4] - free.Parameters[5] - free.Parameters[6]) < UnseenHeightSlices * sliceThicknessMm)
        {
            open.AddRange(OtherHeights(free, +1));
            open.AddRange(OtherHeights(free, -1));
        }

        State likeliest = open.MinBy(static state => state.Cost)!;
        double weights = 0, logVolume = 0, logContrast = 0;
        foreach (State state in open.Append(best))
        {
            double weight = Weight(state);
            weights += weight;
            logVolume += weight * 3 * state.Parameters[4];
            logContrast += weight * state.Parameters[0];
        }

        (logVolume, logContrast) = (logVolume / weights, logContrast / weights);
        bool isFree = likeliest.Cost < best.Cost - AxesLeastGain;
        double expected = isFree ? logVolume : 3 * best.Parameters[4];
        double spread = open.Append(best).Sum(state => Weight(state) * Square((3 * state.Parameters[4]) - expected)) / weights;
        return isFree
            ? Describe(likeliest, spread, logVolume - (3 * likeliest.Parameters[4]), logContrast - likeliest.Parameters[0])
            : Describe(best, spread, 0, 0);

        // The sphere has the gain that axes must bring in its favour.
        double Weight(State state) => Math.Exp((likeliest.Cost - state.Cost + (ReferenceEquals(state, best) ? AxesLeastGain : 0)) / 2);

        static double Square(double value) => value * value;
    }

    /// <summary>
    /// A body whose height lies within one or two slices is explained almost as well by a flat and dense and by a long and faint one: the best of each height, by steps away
    /// from the likeliest, until the image speaks against it.
    /// </summary>
    private List<State> OtherHeights(State likeliest, int direction)
    {
        List<State> found = [];
        State state = likeliest;
        double height = -(likeliest.Parameters[5] + likeliest.Parameters[6]);
        for (int step = 1; step <= MostHeightSteps && state.Cost < likeliest.Cost + ImplausibleCost; step++)
        {
            _heldLogHeight = height + (direction * step * HeightStep);
            state = Minimise(Stretched(state.Parameters, direction * HeightStep), EllipsoidParameters);
            state = state with { Cost = state.Cost - HeldCost(state.Parameters) };
            _heldLogHeight = null;
            found.Add(state);
        }

        return found;
    }

    /// <summary>The same body, longer along the normal of the slices by a factor (in logarithms) and of the same extent within them, with the same attenuation.</summary>
    private static double[] Stretched(double[] parameters, double logFactor)
    {
        double[] stretched = [.. parameters];
        stretched[0] -= 1.5 * logFactor;
        stretched[4] += logFactor / 2;
        stretched[5] -= logFactor / 2;
        stretched[6] -= logFactor / 2;
        return stretched;
    }

    /// <summary>What holds the height where the fit is to be the best of one height.</summary>
    private double HeldCost(double[] parameters) =>
        _heldLogHeight is { } held ? HeldWeight * (parameters[5] + parameters[6] + held) * (parameters[5] + parameters[6] + held) : 0;

    /// <summary>
    /// True for what is spread far wider than its volume, as networks and bent sheets are, and for lines: fitting them would take most of the time of a series, in vain. An ellipsoid of the
    /// same second moments, the blur's taken off, has much more volume than the attenuation squared over energy of a network.
    /// </summary>
    private bool IsNoEllipsoid(PointSpread blur)
    {
        LpsPoint centre = Centroid();
        double[,] spread = new double[3, 3];
        double sum = 0;
        foreach ((LpsPoint at, double weight) in Weighted())
        {
            double[] off = [at.X - centre.X, at.Y - centre.Y, at.Z - centre.Z];
            sum += weight;
            for (int a = 0; a < 3; a++)
            {
                for (int b = 0; b < 3; b++)
                {
                    spread[a, b] += weight * off[a] * off[b];
                }
            }
        }

        double inPlane = blur.InPlaneSigmaMm * blur.InPlaneSigmaMm, slab = blur.SliceVarianceMm2;
        (double xx, double yy, double zz) = ((spread[0, 0] / sum) - inPlane, (spread[1, 1] / sum) - inPlane, (spread[2, 2] / sum) - slab);
        (double xy, double xz, double yz) = (spread[0, 1] / sum, spread[0, 2] / sum, spread[1, 2] / sum);
        double determinant = Determinant(xx, yy, zz, xy, xz, yz);

        // A homogeneous ellipsoid has a fifth of the square of each half axis as its variance.
        double ofMoments = 4 * Math.PI / 3 * Math.Pow(5, 1.5) * Math.Sqrt(Math.Max(0, determinant));
        double ofEnergy = _image.CleanAttenuation * _image.CleanAttenuation / Math.Max(_image.CleanEnergy, double.Epsilon);
        (double longest, _, double shortest) = new SecondMoments(xx, yy, zz, xy, xz, yz).Eigenvalues();
        (double halfMm, double thinMm) = (Math.Sqrt(5 * Math.Max(0, longest)), Math.Sqrt(5 * Math.Max(0, shortest)));
        return ofMoments > BranchedRatio * ofEnergy || (halfMm > LeastLineMm && halfMm > LineRatio * Math.Max(LeastSeenMm, thinMm));
    }

    /// <summary>Where the excess lies.</summary>
    private LpsPoint Centroid()
    {
        double sum = 0, x = 0, y = 0, z = 0;
        foreach ((LpsPoint at, double weight) in Weighted())
        {
            (sum, x, y, z) = (sum + weight, x + (weight * at.X), y + (weight * at.Y), z + (weight * at.Z));
        }

        return new LpsPoint(x / sum, y / sum, z / sum);
    }

    /// <summary>The clean voxels with their attenuation, HU mm³, noise below the background left out.</summary>
    private IEnumerable<(LpsPoint At, double Weight)> Weighted()
    {
        Crop box = _image.Box;
        int plane = box.Columns * box.Rows;
        foreach (int n in _clean)
        {
            yield return (_grid.VoxelCentre(n % box.Columns, n / box.Columns % box.Rows, n / plane), Math.Max(0, _image.Excess[n]) * _image.VoxelMm3[n / plane]);
        }
    }

    /// <summary>Where the excess lies, and how large a sphere of the usual contrast would be that has it.</summary>
    private double[] Start()
    {
        // Attenuation squared over energy is the volume where nothing is blurred, and more the smaller the deposit.
        double attenuation = _image.CleanAttenuation, energy = Math.Max(_image.CleanEnergy, attenuation * attenuation / 1e5);
        double volume = 0.75 * attenuation * attenuation / energy;
        double contrast = Math.Clamp(attenuation / volume, 80, 2500);
        volume = attenuation / contrast;
        double[] start = new double[AllParameters];
        start[0] = Math.Log(contrast);
        LpsPoint centre = Centroid();
        (start[1], start[2], start[3]) = (centre.X, centre.Y, centre.Z);
        start[4] = Math.Log(Math.Cbrt(3 * volume / (4 * Math.PI)));
        return start;
    }

    private State Minimise(double[] start, int count)
    {
        State state = Evaluate([.. start]);
        double damping = 1e-3;
        for (int iteration = 0; iteration < MostIterations; iteration++)
        {
            (double[,] normal, double[] right) = Normal(state, count);
            bool isBetter = false;
            while (!isBetter && damping < 1e6)
            {
                double[] step = LeastSquares.Solve(normal, right, damping);
                double[] next = [.. state.Parameters];
                for (int p = 0; p < count; p++)
                {
                    next[p] += Math.Clamp(step[p], -0.7, 0.7);
                }

                // A core may be denser, not fainter: an ellipsoid with a faint core is what a plate looks like.
                next[Core] = Math.Max(0, next[Core]);

                State trial = Evaluate(next);
                double gain = state.Cost - trial.Cost;
                isBetter = gain > 0;
                if (isBetter)
                {
                    Recycle(state);
                    state = trial;
                    damping = Math.Max(1e-6, damping / 5);
                    if (gain < LeastGain)
                    {
                        return state;
                    }
                }
                else
                {
                    Recycle(trial);
                    damping *= 5;
                    if (step.Take(count).All(static value => Math.Abs(value) < 1e-4))
                    {
                        return state;
                    }
                }
            }

            if (!isBetter)
            {
                break;
            }
        }

        return state;
    }

    /// <summary>Gives the memory of a state that nothing refers to any more to the next.</summary>
    private void Recycle(State state)
    {
        state.Surface.Clear();
        _surfaces.Push(state.Surface);
        state.CoreSurface.Clear();
        _surfaces.Push(state.CoreSurface);
        _models.Push(state.Model);
    }

    /// <summary>The model without its contrast, and the cost of residuals and priors.</summary>
    private State Evaluate(double[] parameters)
    {
        List<(int Cell, float Occupancy)> surface = _surfaces.TryPop(out List<(int Cell, float Occupancy)>? used) ? used : [];
        List<(int Cell, float Occupancy)> coreSurface = _surfaces.TryPop(out used) ? used : [];

        if (!_models.TryPop(out float[]? model))
        {
            model = new float[_clean.Length];
        }

        Fill(_grid, parameters, surface, coreSurface);
        Blur(_grid, model);
        double contrast = Math.Exp(parameters[0]), cost = 0;
        foreach (float value in ResidualsOf(model, contrast))
        {
            cost += (double)value * value;
        }

        double prior = (parameters[0] - Math.Log(PriorContrastHu)) / PriorLogContrastSd;
        cost += prior * prior;
        cost += SumOfSquares(parameters) / (PriorLogAxisSd * PriorLogAxisSd);
        cost += parameters[Core] * parameters[Core] / (PriorCoreSd * PriorCoreSd);
        cost += HeldCost(parameters);
        return new State(parameters, model, surface, coreSurface, cost);
    }

    private float[] ResidualsOf(float[] model, double contrast)
    {
        float scale = (float)(1 / _residualSd);
        for (int i = 0; i < _clean.Length; i++)
        {
            _residuals[i] = scale * (_image.Excess[_clean[i]] - (float)(contrast * model[i]));
        }

        return _residuals;
    }

    /// <summary>Normal equations of residuals and priors, the derivatives by differences.</summary>
    private (double[,] Normal, double[] Right) Normal(State state, int count)
    {
        double contrast = Math.Exp(state.Parameters[0]);
        float[] residuals = ResidualsOf(state.Model, contrast);
        double scale = contrast / _residualSd;
        for (int p = 0; p < count; p++)
        {
            Slope(state, p, scale, _slopes[p]);
        }

        double[,] normal = new double[count, count];
        double[] right = new double[count];
        for (int a = 0; a < count; a++)
        {
            right[a] = Dot(_slopes[a], residuals);
            for (int b = 0; b <= a; b++)
            {
                normal[a, b] = normal[b, a] = Dot(_slopes[a], _slopes[b]);
            }
        }

        normal[0, 0] += 1 / (PriorLogContrastSd * PriorLogContrastSd);
        right[0] -= (state.Parameters[0] - Math.Log(PriorContrastHu)) / (PriorLogContrastSd * PriorLogContrastSd);
        if (count > SphereParameters)
        {
            // Half the second derivatives of the sum of squares, whose third diagonal element is minus the sum of the others.
            const double weight = 1 / (PriorLogAxisSd * PriorLogAxisSd);
            for (int p = SphereParameters; p < Core; p++)
            {
                normal[p, p] += 2 * weight;
                right[p] -= 2 * weight * state.Parameters[p];
            }

            normal[5, 6] += weight;
            normal[6, 5] += weight;
            right[5] -= weight * state.Parameters[6];
            right[6] -= weight * state.Parameters[5];
            if (_heldLogHeight is { } held)
            {
                double off = state.Parameters[5] + state.Parameters[6] + held;
                normal[5, 5] += HeldWeight;
                normal[6, 6] += HeldWeight;
                normal[5, 6] += HeldWeight;
                normal[6, 5] += HeldWeight;
                right[5] -= HeldWeight * off;
                right[6] -= HeldWeight * off;
            }
        }

        if (count > Core)
        {
            normal[Core, Core] += 1 / (PriorCoreSd * PriorCoreSd);
            right[Core] -= state.Parameters[Core] / (PriorCoreSd * PriorCoreSd);
        }

        return (normal, right);
    }

    /// <summary>Derivative of the model with a parameter: only the cells at the surface change.</summary>
    private void Slope(State state, int parameter, double scale, float[] slope)
    {
        if (parameter == 0)
        {
            System.Numerics.Tensors.TensorPrimitives.Multiply(state.Model, (float)scale, slope);
            return;
        }

        Span<float> cells = _cells.AsSpan(0, _grid.CellCount);
        cells.Clear();
        if (parameter == Core)
        {
            new Body(_grid, state.Parameters, CoreShare).Draw(cells, 1, []);
        }
        else
        {
            double[] moved = [.. state.Parameters];
            moved[parameter] += Steps[parameter];
            var body = new Body(_grid, moved, 1);
            foreach ((int cell, float occupancy) in state.Surface)
            {
                cells[cell] = body.Occupancy(cell) - occupancy;
            }

            var core = new Body(_grid, moved, CoreShare);
            float more = (float)state.Parameters[Core];
            foreach ((int cell, float occupancy) in state.CoreSurface)
            {
                cells[cell] += more * (core.Occupancy(cell) - occupancy);
            }
        }

        Blur(_grid, slope);
        System.Numerics.Tensors.TensorPrimitives.Multiply(slope, (float)(scale / Steps[parameter]), slope);
    }

    // In doubles and in order: the same on any vector width.
    private static double Dot(float[] a, float[] b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++)
        {
            sum += (double)a[i] * b[i];
        }

        return sum;
    }

    /// <summary>The fit with its uncertainty.</summary>
    /// <param name="state">The fit.</param>
    /// <param name="spread">Mean square of the differences of the logarithm of the volume to the other shapes that explain the image.</param>
    /// <param name="logVolumeShift">Mean of the logarithm of the volume over these shapes, less that of the fit.</param>
    /// <param name="logContrastShift">The same for the contrast.</param>
    private FittedEllipsoid? Describe(State state, double spread, double logVolumeShift, double logContrastShift)
    {
        double contrast = Math.Exp(state.Parameters[0]);

        // What the image leaves open of the shape belongs to the uncertainty, whether the axes were freed or not.
        (double[,] normal, _) = Normal(state, AllParameters);
        double[] unit = new double[AllParameters];
        unit[4] = 1;
        double variance = LeastSquares.Solve(normal, unit, 0)[4];

        double slope = Yield(state, normal, _wider), slabSlope = Yield(state, normal, _thicker);
        double square = 0, weight = 0, backgroundHu = 0;
        for (int i = 0; i < _clean.Length; i++)
        {
            double rest = _image.Excess[_clean[i]] - (contrast * state.Model[i]);
            square += rest * rest;
            double fourth = Math.Pow(state.Model[i], 4);
            weight += fourth;
            backgroundHu += fourth * _image.BackgroundHu[_clean[i]];
        }

        square /= _clean.Length;

        (double volume, double hidden) = Volume(state.Parameters);
        double beyond = Math.Sqrt(Math.Max(0, square - (_noiseHu * _noiseHu))) / contrast;
        return double.IsFinite(volume) && weight > 0
            ? new FittedEllipsoid(volume * Math.Exp(logVolumeShift), contrast * Math.Exp(logContrastShift) * (1 + (state.Parameters[Core] * CoreShare * CoreShare * CoreShare)), backgroundHu / weight, Math.Sqrt(Math.Max(0, 9 * variance) + spread), slope, slabSlope, square / (_noiseHu * _noiseHu), beyond, Extent(state.Parameters), SeenAttenuation(state.Parameters), hidden)
            : null;
    }

    /// <summary>The share of the blurred body, core and all, that lies in clean voxels.</summary>
    private double SeenAttenuation(double[] parameters)
    {
        Fill(_grid, parameters, [], []);
        _grid.Blur(_cells.AsSpan(0, _grid.CellCount), _voxels);
        int plane = _image.Box.Columns * _image.Box.Rows;
        double seen = 0, all = 0;
        for (int n = 0; n < _voxels.Length; n++)
        {
            double attenuation = _image.VoxelMm3[n / plane] * _voxels[n];
            all += attenuation;
            seen += _image.Clean[n] ? attenuation : 0;
        }

        return all > 0 ? seen / all : 0;
    }

    /// <summary>How the logarithm of the volume gives way when the scanner blurs more than assumed, by the logarithm of that; the slopes of the fit are those at the state.</summary>
    private double Yield(State state, double[,] normal, SubvoxelGrid blurrier)
    {
        double scale = Math.Exp(state.Parameters[0]) / _residualSd;
        float[] model = new float[_clean.Length];
        Fill(blurrier, state.Parameters, [], []);
        Blur(blurrier, model);
        for (int i = 0; i < model.Length; i++)
        {
            model[i] = (float)(scale / Math.Log(1 + BlurStep)) * (model[i] - state.Model[i]);
        }

        double[] right = [.. _slopes.Select(one => -Dot(one, model))];
        return 3 * LeastSquares.Solve(normal, right, 0)[4];
    }

    /// <summary>
    /// The cells' own volume, mm³ (their soft edge makes a small ellipsoid a little larger than its formula says), without what lies inside another dense thing: a nodule
    /// at bone ends at its surface. And the share of it that is not seen, since the other's blur reaches there.
    /// </summary>
    private (double Mm3, double HiddenShare) Volume(double[] parameters)
    {
        // All of it counts alike, whatever its core has more.
        double[] plain = [.. parameters];
        plain[Core] = 0;
        Fill(_grid, plain, [], []);
        int count = _grid.CellCount;
        float[] marks = ArrayPool<float>.Shared.Rent(count);
        try
        {
            Span<float> cells = _cells.AsSpan(0, count), marked = marks.AsSpan(0, count);
            double inside = 0, seen = 0;
            _grid.Spread(_image.Other, marked);
            for (int n = 0; n < count; n++)
            {
                cells[n] *= 1 - marked[n];
                inside += cells[n];
            }

            _grid.Spread(_image.Clean, marked);
            for (int n = 0; n < count; n++)
            {
                seen += cells[n] * marked[n];
            }

            return (inside * _grid.CellMm3, inside > 0 ? 1 - (seen / inside) : 1);
        }
        finally
        {
            ArrayPool<float>.Shared.Return(marks);
        }
    }

    /// <summary>The cells, blurred, at the clean voxels.</summary>
    private void Blur(SubvoxelGrid grid, float[] model)
    {
        grid.Blur(_cells.AsSpan(0, grid.CellCount), _voxels);
        for (int i = 0; i < model.Length; i++)
        {
            model[i] = _voxels[_clean[i]];
        }
    }

    /// <summary>Draws an ellipsoid with its core into the cells and names those at its surface and at the core's.</summary>
    private void Fill(SubvoxelGrid grid, double[] parameters, List<(int Cell, float Occupancy)> surface, List<(int Cell, float Occupancy)> coreSurface)
    {
        Span<float> cells = _cells.AsSpan(0, grid.CellCount);
        cells.Clear();
        new Body(grid, parameters, 1).Draw(cells, 1, surface);
        if (parameters[Core] != 0)
        {
            new Body(grid, parameters, CoreShare).Draw(cells, (float)parameters[Core], coreSurface);
        }
    }

    /// <summary>
    /// An ellipsoid over cells. The occupancy of a cell is its middle's distance to the surface in widths of the cell along the normal, clipped. The distance is
    /// k0 (1 - k0) / k1 with k0 = |A⁻¹x| and k1 = |A⁻²x|, exact at the surface.
    /// </summary>
    private sealed class Body
    {
        private readonly SubvoxelGrid _grid;
        private readonly double _xx, _xy, _xz, _yy, _yz, _zz, _cx, _cy, _cz, _longest, _shortest;

        public Body(SubvoxelGrid grid, double[] parameters, double size)
        {
            _grid = grid;
            parameters = [.. parameters];
            parameters[4] += Math.Log(size);
            double[,] inverse = InverseAxes(parameters);
            (_xx, _xy, _xz, _yy, _yz, _zz) = (inverse[0, 0], inverse[0, 1], inverse[0, 2], inverse[1, 1], inverse[1, 2], inverse[2, 2]);
            (_cx, _cy, _cz) = (parameters[1], parameters[2], parameters[3]);
            double stretch = Math.Sqrt(SumOfSquares(parameters));
            (_longest, _shortest) = (Math.Exp(parameters[4] + stretch), Math.Exp(parameters[4] - stretch));
        }

        public void Draw(Span<float> cells, float density, List<(int Cell, float Occupancy)> surface)
        {
            SubvoxelGrid grid = _grid;
            double margin = grid.CellX + grid.CellY + grid.CellZ, reach = _longest + margin;
            int z0 = Math.Max(0, (int)Math.Floor((_cz - reach) / grid.CellZ)), z1 = Math.Min(grid.CellsZ - 1, (int)Math.Ceiling((_cz + reach) / grid.CellZ));
            int y0 = Math.Max(0, (int)Math.Floor((_cy - reach) / grid.CellY)), y1 = Math.Min(grid.CellsY - 1, (int)Math.Ceiling((_cy + reach) / grid.CellY));
            int x0 = Math.Max(0, (int)Math.Floor((_cx - reach) / grid.CellX)), x1 = Math.Min(grid.CellsX - 1, (int)Math.Ceiling((_cx + reach) / grid.CellX));

            // Farther from the surface than any cell is wide nothing needs its exact distance.
            double inside = Math.Max(0, 1 - (margin / _shortest)), outside = 1 + (margin / _shortest);
            for (int z = z0; z <= z1; z++)
            {
                double pz = ((z + 0.5) * grid.CellZ) - _cz;
                for (int y = y0; y <= y1; y++)
                {
                    double py = ((y + 0.5) * grid.CellY) - _cy;
                    int row = ((z * grid.CellsY) + y) * grid.CellsX;
                    double rx = (_xy * py) + (_xz * pz), ry = (_yy * py) + (_yz * pz), rz = (_yz * py) + (_zz * pz);
                    for (int x = x0; x <= x1; x++)
                    {
                        double px = ((x + 0.5) * grid.CellX) - _cx;
                        double ux = (_xx * px) + rx, uy = (_xy * px) + ry, uz = (_xz * px) + rz;
                        double square = (ux * ux) + (uy * uy) + (uz * uz);
                        if (square >= outside * outside)
                        {
                            continue;
                        }

                        float occupancy = square < inside * inside ? 1 : Occupancy(ux, uy, uz, square);
                        cells[row + x] += density * occupancy;
                        if (occupancy is > 0 and < 1)
                        {
                            surface.Add((row + x, occupancy));
                        }
                    }
                }
            }
        }

        public float Occupancy(int cell)
        {
            int x = cell % _grid.CellsX, y = cell / _grid.CellsX % _grid.CellsY, z = cell / (_grid.CellsX * _grid.CellsY);
            double px = ((x + 0.5) * _grid.CellX) - _cx, py = ((y + 0.5) * _grid.CellY) - _cy, pz = ((z + 0.5) * _grid.CellZ) - _cz;
            double ux = (_xx * px) + (_xy * py) + (_xz * pz), uy = (_xy * px) + (_yy * py) + (_yz * pz), uz = (_xz * px) + (_yz * py) + (_zz * pz);
            return Occupancy(ux, uy, uz, (ux * ux) + (uy * uy) + (uz * uz));
        }

        private float Occupancy(double ux, double uy, double uz, double square)
        {
            double k0 = Math.Sqrt(square);
            double vx = (_xx * ux) + (_xy * uy) + (_xz * uz), vy = (_xy * ux) + (_yy * uy) + (_yz * uz), vz = (_xz * ux) + (_yz * uy) + (_zz * uz);
            double width = (Math.Abs(vx) * _grid.CellX) + (Math.Abs(vy) * _grid.CellY) + (Math.Abs(vz) * _grid.CellZ);

            // k1 cancels; in the very middle both are nothing.
            return width <= 0 ? 1 : (float)Math.Clamp((k0 * (1 - k0) / width) + 0.5, 0, 1);
        }
    }

    /// <summary>Square of the Frobenius norm of the logarithms of the axes.</summary>
    private static double SumOfSquares(double[] p) =>
        (p[5] * p[5]) + (p[6] * p[6]) + ((p[5] + p[6]) * (p[5] + p[6])) + (2 * ((p[7] * p[7]) + (p[8] * p[8]) + (p[9] * p[9])));

    /// <summary>A⁻¹ = exp(-S) / r, S symmetric without trace: its logarithms of the axes relative to r.</summary>
    private static double[,] InverseAxes(double[] p)
    {
        double[,] s = { { p[5], p[7], p[8] }, { p[7], p[6], p[9] }, { p[8], p[9], -p[5] - p[6] } };
        double radius = Math.Exp(p[4]);

        // Taylor with halving: |S| stays below about 1.
        const int terms = 8, halvings = 2;
        double[,] result = { { 1, 0, 0 }, { 0, 1, 0 }, { 0, 0, 1 } };
        double[,] power = { { 1, 0, 0 }, { 0, 1, 0 }, { 0, 0, 1 } };
        double factor = 1;
        for (int term = 1; term <= terms; term++)
        {
            power = Product(power, s);
            factor *= -1.0 / (term * (1 << halvings));
            for (int a = 0; a < 3; a++)
            {
                for (int b = 0; b < 3; b++)
                {
                    result[a, b] += factor * power[a, b];
                }
            }
        }

        for (int halving = 0; halving < halvings; halving++)
        {
            result = Product(result, result);
        }

        for (int a = 0; a < 3; a++)
        {
            for (int b = 0; b < 3; b++)
            {
                result[a, b] /= radius;
            }
        }

        return result;
    }

    /// <summary>The longest axis, and the ellipse in the plane of the slices through the middle: x'A⁻²x = 1 at z = 0.</summary>
    private static UnblurredExtent Extent(double[] p)
    {
        // The greatest eigenvalue of a symmetric matrix without trace (Smith 1961).
        double size = Math.Sqrt(SumOfSquares(p) / 6), greatest = 0;
        if (size > 0)
        {
            (double xx, double yy, double zz, double xy, double xz, double yz) = (p[5] / size, p[6] / size, -(p[5] + p[6]) / size, p[7] / size, p[8] / size, p[9] / size);
            double determinant = Determinant(xx, yy, zz, xy, xz, yz);
            greatest = 2 * size * Math.Cos(Math.Acos(Math.Clamp(determinant / 2, -1, 1)) / 3);
        }

        double[,] inverse = InverseAxes(p), square = Product(inverse, inverse);
        double mean = (square[0, 0] + square[1, 1]) / 2;
        double apart = Math.Sqrt(Math.Pow((square[0, 0] - square[1, 1]) / 2, 2) + (square[0, 1] * square[0, 1]));
        return UnblurredExtent.Of(2 * Math.Exp(p[4] + greatest), new AxialDiameters(2 / Math.Sqrt(mean - apart), 2 / Math.Sqrt(mean + apart)));
    }

    /// <summary>Determinant of a symmetric matrix.</summary>
    private static double Determinant(double xx, double yy, double zz, double xy, double xz, double yz) =>
        (xx * ((yy * zz) - (yz * yz))) - (xy * ((xy * zz) - (yz * xz))) + (xz * ((xy * yz) - (yy * xz)));

    private static double[,] Product(double[,] a, double[,] b)
    {
        double[,] product = new double[3, 3];
        for (int i = 0; i < 3; i++)
        {
            for (int j = 0; j < 3; j++)
            {
                product[i, j] = (a[i, 0] * b[0, j]) + (a[i, 1] * b[1, j]) + (a[i, 2] * b[2, j]);
            }
        }

        return product;
    }

    /// <summary>Parameters (logarithm of the contrast, centre in mm, logarithm of the radius, the logarithms of the axes, what its core has more), the model there, the cells at its surface and at the core's, and its cost.</summary>
    private sealed record State(
        double[] Parameters, float[] Model, List<(int Cell, float Occupancy)> Surface, List<(int Cell, float Occupancy)> CoreSurface, double Cost);
}
