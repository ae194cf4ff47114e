using System.Collections.Immutable;
using System.Globalization;

namespace CalcQuant.Phantoms.Validation;

/// <summary>A figure that the measurement is to reach, and what it reaches.</summary>
/// <param name="Name">Of what.</param>
/// <param name="Goal">What is to be reached, in words.</param>
/// <param name="Reached">What is reached, in words; a dash where nothing was measured.</param>
/// <param name="Met">Whether it is enough; null where nothing was measured.</param>
internal sealed record ValidationTarget(string Name, string Goal, string Reached, bool? Met)
{
    private const double ThinSliceMm = 2.5;
    private const double ThickSliceMm = 5;
    private const double QuietHu = 10;
    private const double LeastCoverage = 0.92;
    private const double GreatestCoverage = 0.98;

    /// <summary>
    /// Errors of balls are judged where the volume is corrected, and by the worst of the sizes and slices that a target spans: large balls must not
    /// hide smaller ones.
    /// </summary>
    /// <param name="balls">Isolated balls of all sizes, slices and noise.</param>
    public static ImmutableArray<ValidationTarget> OfBalls(IReadOnlyCollection<MeasuredDeposit> balls)
    {
        static bool Thin(MeasuredDeposit deposit) => deposit.SliceMm <= ThinSliceMm;
        static bool Thick(MeasuredDeposit deposit) => deposit.SliceMm == ThickSliceMm;
        static bool Quiet(MeasuredDeposit deposit) => deposit.NoiseHu <= QuietHu;
        static double VolumeRmse(DepositStatistics figures) => figures.Volume.Rmse;
        static double MassRmse(DepositStatistics figures) => figures.Mass.Rmse;
        MeasuredDeposit[] quiet = [.. balls.Where(Quiet)], noisy = [.. balls.Where(deposit => !Quiet(deposit))];
        (string Name, Func<MeasuredDeposit, bool> IsIn, Func<DepositStatistics, double> Figure, double Limit)[] errors =
        [
            ("balls >= 5 mm, slices <= 2.5 mm: volume RMSE", deposit => deposit.SizeMm >= 5 && Thin(deposit), VolumeRmse, 0.03),
            ("balls >= 5 mm, slices 5 mm: volume RMSE", deposit => deposit.SizeMm >= 5 && Thick(deposit), VolumeRmse, 0.05),
            ("balls 3 mm, slices <= 2.5 mm: volume RMSE", deposit => deposit.SizeMm == 3 && Thin(deposit), VolumeRmse, 0.06),
            ("balls 3 mm, slices 5 mm: volume RMSE", deposit => deposit.SizeMm == 3 && Thick(deposit), VolumeRmse, 0.12),
            ("balls 2 mm, slices <= 2.5 mm: volume RMSE", deposit => deposit.SizeMm == 2 && Thin(deposit), VolumeRmse, 0.25),
            ("balls >= 5 mm, slices <= 2.5 mm: mass RMSE", deposit => deposit.SizeMm >= 5 && Thin(deposit), MassRmse, 0.02),
            ("balls 3 mm, slices <= 2.5 mm: mass RMSE", deposit => deposit.SizeMm == 3 && Thin(deposit), MassRmse, 0.03),
            ("balls 2 mm, slices <= 2.5 mm: mass RMSE", deposit => deposit.SizeMm == 2 && Thin(deposit), MassRmse, 0.06),
        ];
        MeasuredDeposit[] quietThin = [.. quiet.Where(Thin)];
        var fromTwo = DepositStatistics.Of(balls.Where(deposit => deposit.SizeMm >= 2));
        return
        [
            Worst("balls >= 5 mm, slices <= 2.5 mm: volume bias", quietThin.Where(static deposit => deposit.SizeMm >= 5), figures => Math.Abs(figures.Volume.Bias), 0.02),
            .. errors.Select(target => Worst(target.Name, quiet.Where(target.IsIn), target.Figure, target.Limit)),
            .. noisy.Length == 0
                ? (ValidationTarget[])[]
                : [.. errors.Select(target => Worst(Text($"noise {noisy.Max(static deposit => deposit.NoiseHu)} HU, ") + target.Name, noisy.Where(target.IsIn), target.Figure, 2 * target.Limit))],
            Coverage("balls >= 2 mm: coverage of the volume intervals", fromTwo.VolumeIntervals),
            Coverage("balls >= 2 mm: coverage of the mass intervals", fromTwo.MassIntervals),
            Width("balls >= 5 mm, slices <= 2.5 mm: median half width of the volume intervals", quietThin.Where(static deposit => deposit.SizeMm >= 5), 0.05),
            Width("balls 3 mm, slices <= 2.5 mm: median half width of the volume intervals", quietThin.Where(static deposit => deposit.SizeMm == 3), 0.15),
            Diameters("balls >= 5 mm: longest diameter", balls),
        ];
    }

    private static ValidationTarget Diameters(string name, IEnumerable<MeasuredDeposit> deposits)
    {
        const double LeastJudgedMm = 5, LimitMm = 0.5;
        double[] errors =
        [
            .. deposits
                .Where(static deposit => deposit is { SizeMm: >= LeastJudgedMm, MaxDiameterMm: not null, Reading: { Quantified: true, MaxDiameterMm: not null } })
                .Select(static deposit => Math.Abs(deposit.Reading!.MaxDiameterMm!.Value - deposit.MaxDiameterMm!.Value)),
        ];
        int within = errors.Count(static error => error <= LimitMm);
        return new(
            name,
            Text($"within {LimitMm} mm"),
            errors.Length == 0 ? "-" : Text($"{within} of {errors.Length}, mean error {errors.Average():0.00} mm, largest {errors.Max():0.00} mm"),
            errors.Length == 0 ? null : within == errors.Length);
    }

    /// <summary>Intervals of other isolated deposits.</summary>
    /// <param name="name">What they are, in the plural.</param>
    /// <param name="deposits">The deposits.</param>
    public static ImmutableArray<ValidationTarget> OfIntervals(string name, IReadOnlyCollection<MeasuredDeposit> deposits)
    {
        var figures = DepositStatistics.Of(deposits);
        return
        [
            Coverage(name + ": coverage of the volume intervals", figures.VolumeIntervals),
            Coverage(name + ": coverage of the mass intervals", figures.MassIntervals),
            Diameters(name + " >= 5 mm: longest diameter", deposits),
        ];
    }

    /// <summary>Totals of series are judged by their root mean square error, deposits one by one.</summary>
    /// <param name="series">Series of anatomy.</param>
    public static ImmutableArray<ValidationTarget> OfAnatomy(IReadOnlyCollection<AnatomySeries> series)
    {
        const double LeastJudgedMm3 = 30;
        const double VolumeLimit = 0.03;
        const double MassLimit = 0.05;
        const double DepositLimit = 0.1;
        AnatomySeries[] judged = [.. series.Where(one => one.TrueVolumeMm3 > 0)];
        MeasuredDeposit[] deposits = [.. series.SelectMany(one => one.Deposits)];
        double[] errors =
        [
            .. deposits
                .Where(deposit => deposit.VolumeMm3 >= LeastJudgedMm3 && deposit.Reading is not null)
                .Select(deposit => Math.Abs((deposit.Reading!.VolumeMm3 / deposit.VolumeMm3) - 1)),
        ];
        var all = DepositStatistics.Of(deposits);
        int within = errors.Count(error => error <= DepositLimit);
        return
        [
            Total("anatomy: total volume of a series, RMSE", [.. judged.Select(one => (one.VolumeMm3, one.TrueVolumeMm3))], VolumeLimit),
            Total("anatomy: total mass of a series, RMSE", [.. judged.Select(one => (one.MassMg, one.TrueMassMg))], MassLimit),
            new("anatomy: volume of each deposit >= 30 mm³", Text($"within {DepositLimit:P0}"), errors.Length == 0 ? "-" : Text($"{within} of {errors.Length}"), errors.Length == 0 ? null : within == errors.Length),
            Coverage("anatomy: coverage of the volume intervals", all.VolumeIntervals),
            Coverage("anatomy: coverage of the mass intervals", all.MassIntervals),
        ];
    }

    /// <summary>Targets as rows of a table.</summary>
    public static string ToMarkdown(IEnumerable<ValidationTarget> targets) => string.Concat(
        targets
            .Select(target => $"| {target.Name} | {target.Goal} | {target.Reached} | {(target.Met is { } met ? met ? "met" : "**not met**" : "-")} |\n")
            .Prepend("| figure | target | reached | |\n|---|---|---|---|\n"));

    private static ValidationTarget Coverage(string name, IntervalCoverage intervals) => new(
        name,
        "92 to 98 %",
        intervals.Count == 0 ? "-" : Text($"{intervals.Share:P1} ({intervals.Covered}/{intervals.Count})"),
        intervals.Count == 0 ? null : intervals.Share is >= LeastCoverage and <= GreatestCoverage);

    private static ValidationTarget Worst(string name, IEnumerable<MeasuredDeposit> group, Func<DepositStatistics, double> figure, double limit)
    {
        (double Size, double Slice, DepositStatistics Figures)[] cells =
        [
            .. group
                .GroupBy(deposit => (deposit.SizeMm, deposit.SliceMm))
                .OrderBy(cell => cell.Key)
                .Select(cell => (cell.Key.SizeMm, cell.Key.SliceMm, DepositStatistics.Of(cell)))
                .Where(cell => cell.Item3.QuantifiedCount > 0),
        ];
        if (cells.Length == 0)
        {
            return new(name, Text($"<= {limit:P0}"), "-", null);
        }

        (double size, double slice, DepositStatistics worst) = cells.MaxBy(cell => figure(cell.Figures));
        var all = DepositStatistics.Of(group);
        string corrected = Text($"({worst.QuantifiedCount} corrected of {worst.DetectedCount} found of {worst.Count})");
        string pooled = cells.Length > 1 ? Text($"; all {figure(all):P1}") : string.Empty;
        return new(name, Text($"<= {limit:P0}"), Text($"{figure(worst):P1} at {size} mm, slices {slice} mm ") + corrected + pooled, figure(worst) <= limit);
    }

    private static ValidationTarget Width(string name, IEnumerable<MeasuredDeposit> group, double limit)
    {
        IntervalCoverage intervals = DepositStatistics.Of(group).VolumeIntervals;
        return new(
            name,
            Text($"<= {limit:P0}"),
            intervals.Count == 0 ? "-" : Text($"{intervals.MedianHalfWidth:P1}"),
            intervals.Count == 0 ? null : intervals.MedianHalfWidth <= limit);
    }

    private static ValidationTarget Total(string name, (double Measured, double True)[] totals, double limit)
    {
        var errors = RelativeErrors.Of(totals);
        int within = totals.Count(total => Math.Abs((total.Measured / total.True) - 1) <= limit);
        return new(
            name,
            Text($"<= {limit:P0}"),
            totals.Length == 0 ? "-" : Text($"{errors.Rmse:P1}, bias {Math.Round(100 * errors.Bias, 1):+0.0;-0.0;0.0} %; {within} of {totals.Length} series within"),
            totals.Length == 0 ? null : errors.Rmse <= limit);
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
