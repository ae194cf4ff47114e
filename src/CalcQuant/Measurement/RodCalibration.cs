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

    /// <summary>Radius of the core as a share of the rod's: blur and a slanted axis keep out of it.</summary>
    private const double CoreShare = 0.6;

    /// <summary>Fewest pixels of a core in a slice.</summary>
    private const int LeastPixels = 9;

    /// <summary>Fewest slices of a rod, and from how many on the two at its ends are left out as partly filled.</summary>
    private const int LeastSlices = 1, SlicesWithEnds = 5;

    /// <summary>By how much the mean of a slice may differ from the first one's while the rod goes on, HU, and in standard errors.</summary>
    private const double SameRodHu = 20, SameRodErrors = 5;

    /// <summary>Contrast to the ring around it from which the axis is looked for, HU: a rod of water in water has no middle to find.</summary>
    private const double CentringContrastHu = 30;

    /// <summary>How far the given point may lie off the axis, in radii.</summary>
    private const double GreatestShift = 0.5;

    /// <summary>Least difference between the least and the greatest density, mg/cm³.</summary>
    private const double LeastDensityRange = 50;

    /// <summary>Greatest residual of a rod, HU: beyond, a rod is not where or what it is said to be. The simulated line has at most 10 HU.</summary>
    private const double GreatestResidualHu = 20;

    /// <summary>
    /// Half of the 95 % interval of the factor beside what the rods say: hardening of the beam differs between the phantom's place and the deposit's. An assumption: nothing
    /// here measures it.
    /// </summary>
    private const double PlaceTolerance = 0.03;

    private const double NormalQuantile = 1.959964;

    private readonly CtVolume _volume;
    private readonly List<(CalibrationRod Rod, List<(int Slice, double Column, double Row)> Axis)> _axes = [];

    private RodCalibration(CtVolume volume) => _volume = volume;

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
    public static RodCalibration Measure(CtVolume volume, ImmutableArray<CalibrationRod> rods)
    {
        var calibration = new RodCalibration(volume);
        List<MeasuredRod> measured = [];
        List<string> problems = [];
        foreach ((int index, CalibrationRod rod) in rods.Index())
        {
            if (calibration.MeasureRod(rod, out MeasuredRod? shown) is { } problem)
            {
                problems.Add($"rod {index + 1}: {problem}");
            }
            else
            {
                measured.Add(shown!);
            }
        }

        calibration.Rods = [.. measured];
        calibration.Problem = problems.Count > 0 ? string.Join("; ", problems) : calibration.Fit();
        return calibration;
    }

    /// <summary>Whether most of a region lies in rods: it is calcium, but none of the patient's.</summary>
    public bool Holds(SegmentedRegion region)
    {
        VolumeGeometry geometry = _volume.Geometry;
        long inside = 0, all = 0;
        foreach (VoxelRun run in region.Runs)
        {
            all += run.Length;
            foreach ((CalibrationRod rod, List<(int Slice, double Column, double Row)> axis) in _axes)
            {
                double radius = (rod.DiameterMm / 2) + geometry.BetweenColumnsMm;
                foreach ((int slice, double column, double row) in axis)
                {
                    double dy = (run.Row - row) * geometry.BetweenRowsMm;
                    double half = Math.Sqrt(Math.Max(0, (radius * radius) - (dy * dy))) / geometry.BetweenColumnsMm;
                    inside += slice == run.Slice ? Math.Max(0, (int)Math.Min(run.Start + run.Length - 1, Math.Floor(column + half)) - (int)Math.Max(run.Start, Math.Ceiling(column - half)) + 1) : 0;
                }
            }
        }

        return 2 * inside > all;
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
            while (Core(rod, last.Slice + direction, last.Column, last.Row) is { } next
                && Math.Abs(next.MeanHu - first.MeanHu) <= SameRodHu + (SameRodErrors * first.SdHu / Math.Sqrt(first.Count)))
            {
                discs.Add(next);
                last = next;
            }
        }

        Disc[] along = [.. discs.OrderBy(static disc => disc.Slice)];
        _axes.Add((rod, [.. along.Select(static disc => (disc.Slice, disc.Column, disc.Row))]));
        Disc[] used = along.Length >= SlicesWithEnds ? along[1..^1] : along;
        if (used.Length < LeastSlices)
        {
            return "it is seen in no slice";
        }

        measured = new MeasuredRod(rod, used.Average(static disc => disc.MeanHu), Math.Sqrt(used.Average(static disc => disc.SdHu * disc.SdHu)), used.Length, null);
        return null;
    }

    /// <summary>A line through the rods; says what is wrong with it.</summary>
    private string? Fit()
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
        if (!(slope > 0) || !IsPlausibleFactor(1 / slope))
        {
            return FormattableString.Invariant($"their line has {slope:0.###} HU per mg/cm³, which no CT has");
        }

        if (Math.Abs(intercept) > GreatestInterceptHu)
        {
            return FormattableString.Invariant($"their line has {intercept:0} HU without calcium, which no phantom has");
        }

        int worst = Array.IndexOf(residuals, residuals.MaxBy(Math.Abs));
        if (Math.Abs(residuals[worst]) > GreatestResidualHu)
        {
            return FormattableString.Invariant($"rod {worst + 1} ({density[worst]:0.#} mg/cm³, {hu[worst]:0} HU) lies {residuals[worst]:0} HU off the line through all");
        }

        // Of two rods the line says nothing of its error: what noise and ends of the rods leave is taken.
        double fromMeans = Rods.Average(static rod => rod.StandardDeviationHu * rod.StandardDeviationHu / LeastPixels / rod.SliceCount);
        double fromLine = density.Length > 2 ? residuals.Sum(static residual => residual * residual) / (density.Length - 2) : 0;
        double slopeSd = Math.Sqrt((fromMeans + fromLine) / spread);
        double tolerance = Math.Sqrt(Math.Pow(NormalQuantile * slopeSd / slope, 2) + (PlaceTolerance * PlaceTolerance));
        Calibration = new Calibration(
            CalibrationSource.RodsInScan,
            1 / slope,
            intercept,
            tolerance,
            FormattableString.Invariant($"{density.Length} rods in the scan, {density.Min():0.#} to {density.Max():0.#} mg/cm³, largest residual {Math.Abs(residuals[worst]):0.0} HU"));
        return null;
    }

    /// <summary>The core of a rod in a slice around a place near its axis; null outside the image.</summary>
    private Disc? Core(CalibrationRod rod, int slice, double column, double row)
    {
        VolumeGeometry geometry = _volume.Geometry;
        double radius = rod.DiameterMm / 2;
        if (slice < 0 || slice >= geometry.SliceCount || Mean(slice, column, row, 0, CoreShare * radius) is not { } core)
        {
            return null;
        }

        if (Mean(slice, column, row, 1.3 * radius, 1.7 * radius) is { } ring && Math.Abs(core.MeanHu - ring.MeanHu) >= CentringContrastHu)
        {
            // The middle of what differs from the ring by more than half the difference.
            double half = (core.MeanHu + ring.MeanHu) / 2, sign = Math.Sign(core.MeanHu - ring.MeanHu), sum = 0, x = 0, y = 0;
            foreach ((int i, int j, double hu) in Pixels(slice, column, row, 0, 1.3 * radius))
            {
                double weight = sign * (hu - half) > 0 ? 1 : 0;
                (sum, x, y) = (sum + weight, x + (weight * i), y + (weight * j));
            }

            double dx = ((x / sum) - column) * geometry.BetweenColumnsMm, dy = ((y / sum) - row) * geometry.BetweenRowsMm;
            if (sum > 0 && Math.Sqrt((dx * dx) + (dy * dy)) <= GreatestShift * radius && Mean(slice, x / sum, y / sum, 0, CoreShare * radius) is { } centred)
            {
                return centred;
            }
        }

        return core;
    }

    /// <summary>Mean over a ring of a slice; null where it has too few pixels or leaves the image.</summary>
    private Disc? Mean(int slice, double column, double row, double innerMm, double outerMm)
    {
        VolumeGeometry geometry = _volume.Geometry;
        double reachX = outerMm / geometry.BetweenColumnsMm, reachY = outerMm / geometry.BetweenRowsMm;
        if (column < reachX || row < reachY || column > geometry.ColumnCount - 1 - reachX || row > geometry.RowCount - 1 - reachY)
        {
            return null;
        }

        int count = 0;
        double sum = 0, square = 0;
        foreach ((_, _, double hu) in Pixels(slice, column, row, innerMm, outerMm))
        {
            count++;
            sum += hu;
            square += hu * hu;
        }

        double mean = sum / count;
        return count >= LeastPixels ? new Disc(slice, column, row, mean, Math.Sqrt(Math.Max(0, (square / count) - (mean * mean))), count) : null;
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

    /// <summary>Mean and standard deviation over part of a slice.</summary>
    private readonly record struct Disc(int Slice, double Column, double Row, double MeanHu, double SdHu, int Count);
}
