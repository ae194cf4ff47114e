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
    private const double LeastCoverage = 0.92;
    private const double GreatestCoverage = 0.98;

    /// <summary>Errors of balls are judged where the volume is corrected; how many that are stands beside.</summary>
    /// <param name="balls">Isolated balls of all sizes, slices and noise.</param>
    public static ImmutableArray<ValidationTarget> OfBalls(IReadOnlyCollection<MeasuredDeposit> balls)
    {
        bool Thin(MeasuredDeposit deposit) => deposit.SliceMm <= ThinSliceMm;
        bool Thick(MeasuredDeposit deposit) => deposit.SliceMm == ThickSliceMm;
        DepositStatistics Of(Func<MeasuredDeposit, bool> part) => DepositStatistics.Of(balls.Where(part));
        DepositStatistics largeThin = Of(deposit => deposit.SizeMm >= 5 && Thin(deposit));
        DepositStatistics largeThick = Of(deposit => deposit.SizeMm >= 5 && Thick(deposit));
        DepositStatistics threeThin = Of(deposit => deposit.SizeMm == 3 && Thin(deposit));
        DepositStatistics threeThick = Of(deposit => deposit.SizeMm == 3 && Thick(deposit));
        DepositStatistics twoThin = Of(deposit => deposit.SizeMm == 2 && Thin(deposit));
        DepositStatistics fromTwo = Of(deposit => deposit.SizeMm >= 2);
        DepositStatistics largeQuiet = Of(deposit => deposit.SizeMm >= 5 && Thin(deposit) && deposit.NoiseHu <= 10);
        DepositStatistics threeQuiet = Of(deposit => deposit.SizeMm == 3 && Thin(deposit) && deposit.NoiseHu <= 10);
        return
        [
            Bias("balls >= 5 mm, slices <= 2.5 mm: volume bias", largeThin, 0.02),
            Rmse("balls >= 5 mm, slices <= 2.5 mm: volume RMSE", largeThin, largeThin.Volume, largeThin.VolumeOfDetected, 0.03),
            Rmse("balls >= 5 mm, slices 5 mm: volume RMSE", largeThick, largeThick.Volume, largeThick.VolumeOfDetected, 0.05),
            Rmse("balls 3 mm, slices <= 2.5 mm: volume RMSE", threeThin, threeThin.Volume, threeThin.VolumeOfDetected, 0.06),
            Rmse("balls 3 mm, slices 5 mm: volume RMSE", threeThick, threeThick.Volume, threeThick.VolumeOfDetected, 0.12),
            Rmse("balls 2 mm, slices <= 2.5 mm: volume RMSE", twoThin, twoThin.Volume, twoThin.VolumeOfDetected, 0.25),
            Rmse("balls >= 5 mm, slices <= 2.5 mm: mass RMSE", largeThin, largeThin.Mass, null, 0.02),
            Rmse("balls 3 mm, slices <= 2.5 mm: mass RMSE", threeThin, threeThin.Mass, null, 0.03),
            Rmse("balls 2 mm, slices <= 2.5 mm: mass RMSE", twoThin, twoThin.Mass, null, 0.06),
            Coverage("balls >= 2 mm: coverage of the volume intervals", fromTwo.VolumeIntervals),
            Coverage("balls >= 2 mm: coverage of the mass intervals", fromTwo.MassIntervals),
            Width("balls >= 5 mm, slices <= 2.5 mm, noise 10 HU: median half width of the volume intervals", largeQuiet.VolumeIntervals, 0.05),
            Width("balls 3 mm, slices <= 2.5 mm, noise 10 HU: median half width of the volume intervals", threeQuiet.VolumeIntervals, 0.15),
        ];
    }

    /// <summary>A share within the limits of a 95 % interval that is neither too narrow nor too wide.</summary>
    public static ValidationTarget Coverage(string name, IntervalCoverage intervals) => new(
        name,
        "92 to 98 %",
        intervals.Count == 0 ? "-" : Text($"{intervals.Share:P1} ({intervals.Covered}/{intervals.Count})"),
        intervals.Count == 0 ? null : intervals.Share is >= LeastCoverage and <= GreatestCoverage);

    /// <summary>A greatest relative error, with something to say about what it is of.</summary>
    public static ValidationTarget AtMost(string name, double? value, double limit, string remark) => new(
        name,
        Text($"<= {limit:P0}"),
        value is { } reached ? Text($"{reached:P1}{remark}") : "-",
        value is { } judged ? judged <= limit : null);

    private static ValidationTarget Bias(string name, DepositStatistics group, double limit) => new(
        name,
        Text($"within {limit:P0}"),
        group.Volume.Count == 0 ? "-" : Text($"{group.Volume.Bias:+0.0%;-0.0%}{Corrected(group)}"),
        group.Volume.Count == 0 ? null : Math.Abs(group.Volume.Bias) <= limit);

    private static ValidationTarget Rmse(string name, DepositStatistics group, RelativeErrors errors, RelativeErrors? all, double limit) => AtMost(
        name,
        errors.Count == 0 ? null : errors.Rmse,
        limit,
        Corrected(group) + (all is { Count: > 0 } detected && detected.Count > errors.Count ? Text($"; all found {detected.Rmse:P1}") : string.Empty));

    private static ValidationTarget Width(string name, IntervalCoverage intervals, double limit) =>
        AtMost(name, intervals.Count == 0 ? null : intervals.MedianHalfWidth, limit, string.Empty);

    private static string Corrected(DepositStatistics group) => Text($" ({group.QuantifiedCount} corrected of {group.DetectedCount} found of {group.Count})");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture).Replace(" %", "%", StringComparison.Ordinal).Replace("%", " %", StringComparison.Ordinal);
}
