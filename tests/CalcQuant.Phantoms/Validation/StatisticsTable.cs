using System.Globalization;
using System.Text;

namespace CalcQuant.Phantoms.Validation;

/// <summary>Figures of groups of deposits as a Markdown table; errors in per cent.</summary>
internal static class StatisticsTable
{
    private const string Columns =
        "| n | found | uncertain | corrected | volume bias | volume RMSE | RMSE of all found | mass bias | mass RMSE | threshold RMSE | volume covered | mass covered | half width |";

    /// <summary>One row for each group.</summary>
    /// <typeparam name="TKey">What tells groups apart.</typeparam>
    /// <param name="deposits">The deposits.</param>
    /// <param name="headings">Names of the columns that tell groups apart, as <c>size mm | slice mm</c>.</param>
    /// <param name="key">The group of a deposit; groups come in the order of their keys.</param>
    /// <param name="cells">The cells of a key, as <c>5 | 2.5</c>.</param>
    public static string By<TKey>(IEnumerable<MeasuredDeposit> deposits, string headings, Func<MeasuredDeposit, TKey> key, Func<TKey, FormattableString> cells)
    {
        var text = new StringBuilder();
        text.Append("| ").Append(headings).Append(' ').Append(Columns).Append('\n');
        int columns = headings.Count(letter => letter == '|') + Columns.Count(letter => letter == '|');
        text.Append('|').Insert(text.Length, "---|", columns).Append('\n');
        foreach (IGrouping<TKey, MeasuredDeposit> group in deposits.GroupBy(key).OrderBy(group => group.Key))
        {
            text.Append("| ").Append(cells(group.Key).ToString(CultureInfo.InvariantCulture)).Append(' ').Append(Row(DepositStatistics.Of(group))).Append('\n');
        }

        return text.ToString();
    }

    private static string Row(DepositStatistics figures) => string.Create(
        CultureInfo.InvariantCulture,
        $"| {figures.Count} | {figures.DetectedCount} | {figures.UncertainCount} | {figures.QuantifiedCount} | {Bias(figures.Volume)} | {Rmse(figures.Volume)} | {Rmse(figures.VolumeOfDetected)} | {Bias(figures.Mass)} | {Rmse(figures.Mass)} | {Rmse(figures.ThresholdVolume)} | {Share(figures.VolumeIntervals)} | {Share(figures.MassIntervals)} | {Width(figures.VolumeIntervals)} |");

    /// <summary>A mean error in per cent; a dash for none.</summary>
    public static string Bias(RelativeErrors errors) => errors.Count == 0 ? "-" : Math.Round(100 * errors.Bias, 1).ToString("+0.0;-0.0;0.0", CultureInfo.InvariantCulture);

    /// <summary>A root mean square error in per cent; a dash for none.</summary>
    public static string Rmse(RelativeErrors errors) => errors.Count == 0 ? "-" : (100 * errors.Rmse).ToString("F1", CultureInfo.InvariantCulture);

    private static string Share(IntervalCoverage intervals) =>
        intervals.Count == 0 ? "-" : string.Create(CultureInfo.InvariantCulture, $"{100 * intervals.Share:F0} ({intervals.Covered}/{intervals.Count})");

    private static string Width(IntervalCoverage intervals) => intervals.Count == 0 ? "-" : (100 * intervals.MedianHalfWidth).ToString("F1", CultureInfo.InvariantCulture);
}
