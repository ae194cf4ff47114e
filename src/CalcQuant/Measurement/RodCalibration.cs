using System.Collections.Immutable;
using CalcQuant.Imaging;
using CalcQuant.Segmentation;

namespace CalcQuant.Measurement;

/// <summary>
/// The calibration of a scan by rods of known density that lie in it (a phantom under the patient, or scanned alone): the core of each rod is averaged over the slices that it
/// crosses, and a straight line is laid through HU against density.
/// </summary>
internal sealed class RodCalibration
{
    /// <summary>Factors that a CT from 70 to 150 kV can have, mg/cm³ per HU: scanners were seen from 0.59 (80 kV) to 0.91.</summary>
    public const double LeastFactor = 0.35, GreatestFactor = 1.5;

    /// <summary>Greatest HU of a material without calcium that a line is believed with: resins have 0 to 60.</summary>
    public const double GreatestInterceptHu = 200;

    /// <summary>Greatest difference from the default of the tube voltage, as a share of it: scanners differ by a sixth; a mistyped density by more.</summary>
    private const double GreatestFromDefault = 0.35;

    /// <summary>Radius of the core as a share of the rod's: blur and a slanted axis keep out of it.</summary>
    private const double CoreShare = 0.6;

    /// <summary>Fewest pixels of a core in a slice.</summary>
    private const int LeastPixels = 9;

    /// <summary>Fewest slices that agree, from how many on the two at the ends are left out as partly filled, and how far a rod is followed either way.</summary>
    private const int LeastSlices = 3, SlicesWithEnds = 5, MostSlicesEitherWay = 100;

    /// <summary>By how much slices of one rod may differ from their median, HU, and as a share of it: the beam hardens along the patient.</summary>
    private const double SameRodHu = 20, SameRodShare = 0.03;

    /// <summary>Share of the contrast to its surroundings by which a slice may differ from the one before while the rod goes on: one that is filled by two thirds is still of it.</summary>
    private const double SameRodStep = 0.5;

    /// <summary>Greatest standard deviation of a core, HU, and what it may have more as a share of the contrast: beyond, the point or the diameter is not the rod's.</summary>
    private const double GreatestCoreSdHu = 45, GreatestCoreSdShare = 0.06;

    /// <summary>Contrast to the ring around it from which the axis is looked for, HU: a rod of water in water has no middle to find.</summary>
    private const double CentringContrastHu = 30;

    /// <summary>The ring around a rod that shows what it lies in, in radii.</summary>
    private const double RingInner = 1.3, RingOuter = 1.7;

    /// <summary>How far the given point may lie off the axis, in radii.</summary>
    private const double GreatestShift = 0.6;

    /// <summary>Least difference between the least and the greatest density, mg/cm³.</summary>
    private const double LeastDensityRange = 50;

    /// <summary>Greatest residual of a rod, HU: beyond, a rod is not where or what it is said to be. The simulated line has at most 10 HU.</summary>
    private const double GreatestResidualHu = 20;

    /// <summary>Least standard deviation of rods about their line, HU: a few rods that happen to lie on it do not show that all do.</summary>
    private const double LeastLineSdHu = 5;

    /// <summary>
    /// Half of the 95 % interval of the factor beside what the rods say: hardening of the beam differs between the phantom's place and the deposit's. An assumption: nothing
    /// here measures it.
    /// </summary>
    private const double PlaceTolerance = 0.03;

    /// <summary>A region is a rod where more than this share of it lies in rods, or that share of a rod's core in it and it is not much larger than rods are.</summary>
    private const double RodShare = 0.5, GreatestRodRatio = 20;

    private readonly CtVolume _volume;
    private readonly CancellationToken _cancellationToken;
    private readonly List<Axis> _axes = [];

    private RodCalibration(CtVolume volume, CancellationToken cancellationToken)
    {
        _volume = volume;
        _cancellationToken = cancellationToken;
    }

    /// <summary>The calibration; null where the rods give none.</summary>
    public Calibration? Calibration { get; private set; }

    /// <summary>What each rod shows; those that could not be measured are not in it.</summary>
    public ImmutableArray<MeasuredRod> Rods { get; private set; } = [];

    /// <summary>Why there is no calibration, in words; null where there is.</summary>
    public string? Problem { get; private set; }

    /// <summary>Whether a factor can be that of a CT.</summary>
    public static bool IsPlausibleFactor(double factor) => factor is >= LeastFactor and <= GreatestFactor;

    /// <summary>Measures the rods of a scan.</summary>
    /// <param name="volume">The image.</param>
    /// <param name="rods">The rods; valid ones.</param>
    /// <param name="defaultFactor">The factor of the tube voltage, mg/cm³ per HU, that theirs must be like.</param>
    /// <param name="cancellationToken">Stops between slices.</param>
    public static RodCalibration Measure(CtVolume volume, ImmutableArray<CalibrationRod> rods, double defaultFactor, CancellationToken cancellationToken)
    {
        var calibration = new RodCalibration(volume, cancellationToken);
        List<MeasuredRod> measured = [];
        List<string> problems = [];
        foreach ((int index, CalibrationRod rod) in rods.Index())
        {
            MeasuredRod? shown = null;
            int same = rods.Take(index).ToList().FindIndex(other => (other.PointLpsMm - rod.PointLpsMm).Length < (other.DiameterMm + rod.DiameterMm) / 4);
            if ((same >= 0 ? $"it lies in rod {same + 1}" : calibration.MeasureRod(rod, out shown)) is { } problem)
            {
                problems.Add($"rod {index + 1}: {problem}");
            }
            else
            {
                measured.Add(shown!);
            }
        }

        calibration.Rods = [.. measured];
        calibration.Problem = problems.Count > 0 ? string.Join("; ", problems) : calibration.Fit(defaultFactor);
        return calibration;
    }

    /// <summary>Whether a region is a rod: it is calcium, but none of the patient's. None is where the rods give no calibration: they may lie anywhere.</summary>
    public bool Holds(SegmentedRegion region)
    {
        if (Calibration is null)
        {
            return false;
        }

        long all = region.Runs.Sum(static run => (long)run.Length);
        if (Overlap(region, _axes, static axis => axis.WholeMm) > RodShare * all)
        {
            return true;
        }

        // A rod that lies within the slices or goes on where its HU change is found by its core.
        return _axes.Exists(axis => all <= GreatestRodRatio * axis.CoreCount && Overlap(region, [axis], static axis => axis.CoreMm) > RodShare * axis.CoreCount);
    }

    /// <summary>Voxels of a region that lie in discs of a radius around the axes, each counted once.</summary>
    private long Overlap(SegmentedRegion region, List<Axis> axes, Func<Axis, double> radiusMm)
    {
        VolumeGeometry geometry = _volume.Geometry;
        long inside = 0;
        Span<bool> covered = new bool[geometry.ColumnCount];
        foreach (VoxelRun run in region.Runs)
        {
            Span<bool> here = covered[..run.Length];
            here.Clear();
            foreach (Axis axis in axes)
            {
                if (!axis.Discs.TryGetValue(run.Slice, out Disc disc))
                {
                    continue;
                }

                double radius = radiusMm(axis), dy = (run.Row - disc.Row) * geometry.BetweenRowsMm;
                double half = Math.Sqrt(Math.Max(0, (radius * radius) - (dy * dy))) / geometry.BetweenColumnsMm;
                int first = (int)Math.Max(run.Start, Math.Ceiling(disc.Column - half)), last = (int)Math.Min(run.End - 1, Math.Floor(disc.Column + half));
                if (last >= first && Math.Abs(dy) <= radius)
                {
                    here.Slice(first - run.Start, last - first + 1).Fill(true);
                }
            }

            inside += here.Count(true);
        }

        return inside;
    }

    private string? MeasureRod(CalibrationRod rod, out MeasuredRod? measured)
    {
        measured = null;
        if (_volume.Geometry.FindVoxel(rod.PointLpsMm) is not { } start)
        {
            return "it lies outside the image";
        }

        if (Core(rod, start.Slice, start.Column, start.Row) is not { } first)
        {
            return "its core has too few pixels, or it is cut by the edge of the image";
        }

        List<Disc> discs = [first];
        foreach (int direction in (int[])[-1, 1])
        {
            Disc last = first;
            for (int step = 1; step <= MostSlicesEitherWay; step++)
            {
                _cancellationToken.ThrowIfCancellationRequested();
                if (Core(rod, last.Slice + direction, last.Column, last.Row) is not { } next
                    || Math.Abs(next.MeanHu - last.MeanHu) > SameRodHu + (SameRodStep * Math.Abs(last.MeanHu - last.AroundHu)))
                {
                    break;
                }

                discs.Add(next);
                last = next;
            }
        }

        double[] means = [.. discs.Select(static disc => disc.MeanHu).Order()];
        double median = means[means.Length / 2];
        Disc[] agreeing = [.. discs.Where(disc => Math.Abs(disc.MeanHu - median) <= SameRodHu + (SameRodShare * Math.Abs(median))).OrderBy(static disc => disc.Slice)];
        Disc[] used = agreeing.Length >= SlicesWithEnds ? agreeing[1..^1] : agreeing;
        if (used.Length < LeastSlices)
        {
            return $"it is seen in {used.Length} slices alike, {LeastSlices} are needed";
        }

        double sd = Math.Sqrt(used.Average(static disc => disc.SdHu * disc.SdHu)), mean = used.Average(static disc => disc.MeanHu);
        if (sd > GreatestCoreSdHu + (GreatestCoreSdShare * Math.Abs(mean - used.Average(static disc => disc.AroundHu))))
        {
            return FormattableString.Invariant($"its core is not alike (standard deviation {sd:0} HU): the point or the diameter is not the rod's");
        }

        double core = CoreShare * rod.DiameterMm / 2;
        _axes.Add(new Axis(
            (rod.DiameterMm / 2) + _volume.Geometry.BetweenColumnsMm,
            core,
            discs.ToDictionary(static disc => disc.Slice),
            discs.Sum(disc => (long)Pixels(disc.Slice, disc.Column, disc.Row, 0, core).Count())));
        measured = new MeasuredRod(rod, mean, sd, used.Length, null);
        return null;
    }

    /// <summary>A line through the rods; says what is wrong with it.</summary>
    private string? Fit(double defaultFactor)
    {
        double[] density = [.. Rods.Select(static rod => rod.Rod.DensityMgPerCm3)], hu = [.. Rods.Select(static rod => rod.MeanHu)];
        if (density.Length < 2 || density.Max() - density.Min() < LeastDensityRange)
        {
            return $"two rods whose densities differ by {LeastDensityRange} mg/cm³ or more are needed";
        }

        double meanDensity = density.Average(), meanHu = hu.Average();
        double spread = density.Sum(value => (value - meanDensity) * (value - meanDensity));
        double slope = density.Zip(hu, (d, h) => (d - meanDensity) * (h - meanHu)).Sum() / spread;
        double intercept = meanHu - (slope * meanDensity);
        double[] residuals = [.. density.Zip(hu, (d, h) => h - intercept - (slope * d))];
        Rods = [.. Rods.Zip(residuals, static (rod, residual) => rod with { ResidualHu = residual })];
        double greatest = residuals.Max(Math.Abs);
        if (greatest > GreatestResidualHu)
        {
            // With few rods the one with the greatest residual need not be the wrong one.
            return $"one is not where or what it is said to be: {string.Join(", ", residuals.Select((residual, n) => FormattableString.Invariant($"rod {n + 1} lies {residual:+0;-0;0} HU off their line")))}";
        }

        if (!(slope > 0) || !IsPlausibleFactor(1 / slope) || Math.Abs((1 / slope / defaultFactor) - 1) > GreatestFromDefault)
        {
            return FormattableString.Invariant($"their line has {slope:0.###} HU per mg/cm³, which no CT of this tube voltage has (about {1 / defaultFactor:0.##})");
        }

        if (Math.Abs(intercept) > GreatestInterceptHu)
        {
            return FormattableString.Invariant($"their line has {intercept:0} HU without calcium, which no phantom has");
        }

        double ofLine = density.Length > 2 ? Math.Sqrt(residuals.Sum(static residual => residual * residual) / (density.Length - 2)) : 0;
        double sd = Math.Max(LeastLineSdHu, ofLine);
        double slopeTolerance = EstimateError.NormalQuantile * sd / Math.Sqrt(spread) / slope;
        Calibration = new Calibration(
            CalibrationSource.RodsInScan,
            1 / slope,
            intercept,
            Math.Sqrt((slopeTolerance * slopeTolerance) + (PlaceTolerance * PlaceTolerance)),
            EstimateError.NormalQuantile * sd * Math.Sqrt((1.0 / density.Length) + (meanDensity * meanDensity / spread)),
            FormattableString.Invariant($"{density.Length} rods in the scan, {density.Min():0.#} to {density.Max():0.#} mg/cm³, ")
                + (density.Length > 2 ? FormattableString.Invariant($"largest residual {greatest:0.0} HU") : "which no third one checks"));
        return null;
    }

    /// <summary>The core of a rod in a slice around a place near its axis; null outside the image.</summary>
    private Disc? Core(CalibrationRod rod, int slice, double column, double row)
    {
        VolumeGeometry geometry = _volume.Geometry;
        double radius = rod.DiameterMm / 2;
        if (slice < 0 || slice >= geometry.SliceCount || Disc.Measure(this, slice, column, row, radius) is not { } core)
        {
            return null;
        }

        if (Math.Abs(core.MeanHu - core.AroundHu) < CentringContrastHu)
        {
            return core;
        }

        // The middle of what differs from the surroundings by more than half the difference.
        double half = (core.MeanHu + core.AroundHu) / 2, sign = Math.Sign(core.MeanHu - core.AroundHu), sum = 0, x = 0, y = 0;
        foreach ((int i, int j, double hu) in Pixels(slice, column, row, 0, RingInner * radius))
        {
            double weight = sign * (hu - half) > 0 ? 1 : 0;
            (sum, x, y) = (sum + weight, x + (weight * i), y + (weight * j));
        }

        double dx = ((x / sum) - column) * geometry.BetweenColumnsMm, dy = ((y / sum) - row) * geometry.BetweenRowsMm;
        return sum > 0 && Math.Sqrt((dx * dx) + (dy * dy)) <= GreatestShift * radius && Disc.Measure(this, slice, x / sum, y / sum, radius) is { } centred ? centred : core;
    }

    private IEnumerable<(int Column, int Row, double Hu)> Pixels(int slice, double column, double row, double innerMm, double outerMm)
    {
        VolumeGeometry geometry = _volume.Geometry;
        double dx = geometry.BetweenColumnsMm, dy = geometry.BetweenRowsMm;
        for (int j = Math.Max(0, (int)Math.Floor(row - (outerMm / dy))); j <= Math.Min(geometry.RowCount - 1, (int)Math.Ceiling(row + (outerMm / dy))); j++)
        {
            for (int i = Math.Max(0, (int)Math.Floor(column - (outerMm / dx))); i <= Math.Min(geometry.ColumnCount - 1, (int)Math.Ceiling(column + (outerMm / dx))); i++)
            {
                double x = (i - column) * dx, y = (j - row) * dy, distance = Math.Sqrt((x * x) + (y * y));
                if (distance >= innerMm && distance <= outerMm)
                {
                    yield return (i, j, _volume[i, j, slice]);
                }
            }
        }
    }

    /// <summary>Where a rod runs: radius of all of it and of its core, mm, its disc in each slice, and the voxels of the core.</summary>
    private sealed record Axis(double WholeMm, double CoreMm, Dictionary<int, Disc> Discs, long CoreCount);

    /// <summary>The core of a rod in a slice, and what lies around the rod: the median of the ring, which a neighbour does not shift.</summary>
    private readonly record struct Disc(int Slice, double Column, double Row, double MeanHu, double SdHu, double AroundHu)
    {
        public static Disc? Measure(RodCalibration of, int slice, double column, double row, double radiusMm)
        {
            VolumeGeometry geometry = of._volume.Geometry;
            double reachX = radiusMm / geometry.BetweenColumnsMm, reachY = radiusMm / geometry.BetweenRowsMm;
            if (column < reachX || row < reachY || column > geometry.ColumnCount - 1 - reachX || row > geometry.RowCount - 1 - reachY)
            {
                return null;
            }

            int count = 0;
            double sum = 0, square = 0;
            foreach ((_, _, double hu) in of.Pixels(slice, column, row, 0, CoreShare * radiusMm))
            {
                count++;
                sum += hu;
                square += hu * hu;
            }

            if (count < LeastPixels)
            {
                return null;
            }

            double mean = sum / count;
            double[] ring = [.. of.Pixels(slice, column, row, RingInner * radiusMm, RingOuter * radiusMm).Select(static pixel => pixel.Hu).Order()];
            return new Disc(slice, column, row, mean, Math.Sqrt(Math.Max(0, (square / count) - (mean * mean))), ring.Length > 0 ? ring[ring.Length / 2] : mean);
        }
    }
}
