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
        MeasuredDeposit[] largeThin = [.. balls.Where(deposit => deposit.SizeMm >= 5 && Thin(deposit))];
        MeasuredDeposit[] largeThick = [.. balls.Where(deposit => deposit.SizeMm >= 5 && Thick(deposit))];
        MeasuredDeposit[] threeThin = [.. balls.Where(deposit => deposit.SizeMm == 3 && Thin(deposit))];
        MeasuredDeposit[] threeThick = [.. balls.Where(deposit => deposit.SizeMm == 3 && Thick(deposit))];
        MeasuredDeposit[] twoThin = [.. balls.Where(deposit => deposit.SizeMm == 2 && Thin(deposit))];
        var fromTwo = DepositStatistics.Of(balls.Where(deposit => deposit.SizeMm >= 2));
        return
        [
            Worst("balls >= 5 mm, slices <= 2.5 mm: volume bias", largeThin, figures => Math.Abs(figures.Volume.Bias), 0.02),
            Worst("balls >= 5 mm, slices <= 2.5 mm: volume RMSE", largeThin, VolumeRmse, 0.03),
            Worst("balls >= 5 mm, slices 5 mm: volume RMSE", largeThick, VolumeRmse, 0.05),
            Worst("balls 3 mm, slices <= 2.5 mm: volume RMSE", threeThin, VolumeRmse, 0.06),
            Worst("balls 3 mm, slices 5 mm: volume RMSE", threeThick, VolumeRmse, 0.12),
            Worst("balls 2 mm, slices <= 2.5 mm: volume RMSE", twoThin, VolumeRmse, 0.25),
            Worst("balls >= 5 mm, slices <= 2.5 mm: mass RMSE", largeThin, MassRmse, 0.02),
            Worst("balls 3 mm, slices <= 2.5 mm: mass RMSE", threeThin, MassRmse, 0.03),
            Worst("balls 2 mm, slices <= 2.5 mm: mass RMSE", twoThin, MassRmse, 0.06),
            Coverage("balls >= 2 mm: coverage of the volume intervals", fromTwo.VolumeIntervals),
            Coverage("balls >= 2 mm: coverage of the mass intervals", fromTwo.MassIntervals),
            Width("balls >= 5 mm, slices <= 2.5 mm, noise 10 HU: median half width of the volume intervals", largeThin.Where(Quiet), 0.05),
            Width("balls 3 mm, slices <= 2.5 mm, noise 10 HU: median half width of the volume intervals", threeThin.Where(Quiet), 0.15),
        ];
    }

    /// <summary>Intervals of other isolated deposits.</summary>
    /// <param name="name">What they are, in the plural.</param>
    /// <param name="deposits">The deposits.</param>
    public static ImmutableArray<ValidationTarget> OfIntervals(string name, IReadOnlyCollection<MeasuredDeposit> deposits)
    {
        var figures = DepositStatistics.Of(deposits);
        return [Coverage(name + ": coverage of the volume intervals", figures.VolumeIntervals), Coverage(name + ": coverage of the mass intervals", figures.MassIntervals)];
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
