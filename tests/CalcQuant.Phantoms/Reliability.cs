using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace CalcQuant.Phantoms;

/// <summary>Regions of neighbouring confidence.</summary>
/// <param name="Least">Least confidence among them.</param>
/// <param name="Greatest">Greatest confidence among them.</param>
/// <param name="Mean">Mean confidence.</param>
/// <param name="Count">How many there are.</param>
/// <param name="Right">How many of them are deposits.</param>
internal readonly record struct ReliabilityBin(double Least, double Greatest, double Mean, int Count, int Right)
{
    /// <summary>Quantile of the normal distribution for 95 % on both sides.</summary>
    private const double Z = 1.959964;

    /// <summary>Part of them that is right.</summary>
    public double Share => (double)Right / Count;

    /// <summary>The 95 % interval of <see cref="Share"/>.</summary>
    public (double Low, double High) Interval => WilsonInterval(Right, Count);

    /// <summary>The 95 % interval of a share by Wilson's score, which holds near 1 too, where most shares are.</summary>
    /// <param name="right">How many are right.</param>
    /// <param name="count">Of how many.</param>
    public static (double Low, double High) WilsonInterval(int right, int count)
    {
        double share = (double)right / count;
        double square = Z * Z / count;
        double middle = (share + (square / 2)) / (1 + square);
        double half = Z / (1 + square) * Math.Sqrt((share * (1 - share) / count) + (square / (4 * count)));
        return (Math.Max(0, middle - half), Math.Min(1, middle + half));
    }
}

/// <summary>How often deposits of a stated confidence were right.</summary>
internal sealed class Reliability
{
    /// <summary>A bin holds at least this many regions: then a share of 0.9 is known to about 0.04.</summary>
    public const int LeastBinCount = 200;

    private readonly SortedDictionary<double, (int Count, int Right)> _regions = [];

    /// <summary>Counts a region.</summary>
    public void Add(double confidence, bool isRight)
    {
        (int count, int right) = _regions.GetValueOrDefault(confidence);
        _regions[confidence] = (count + 1, right + (isRight ? 1 : 0));
    }

    /// <summary>The regions from low to high confidence, in bins of at least <see cref="LeastBinCount"/>; what is left over joins the last. One bin where there are fewer.</summary>
    public ImmutableArray<ReliabilityBin> Bins()
    {
        List<ReliabilityBin> bins = [];
        ReliabilityBin? open = null;
        foreach ((double confidence, (int count, int right)) in _regions)
        {
            var alike = new ReliabilityBin(confidence, confidence, confidence, count, right);
            open = open is { } started ? Join(started, alike) : alike;
            if (open.Value.Count >= LeastBinCount)
            {
                bins.Add(open.Value);
                open = null;
            }
        }

        if (open is { } rest)
        {
            if (bins.Count > 0)
            {
                bins[^1] = Join(bins[^1], rest);
            }
            else
            {
                bins.Add(rest);
            }
        }

        return [.. bins];
    }

    /// <summary>The mean distance between what is stated and what is right, over the bins by their counts; 0 where there are none.</summary>
    public static double CalibrationError(ImmutableArray<ReliabilityBin> bins)
    {
        int all = bins.Sum(bin => bin.Count);
        return all == 0 ? 0 : bins.Sum(bin => bin.Count * Math.Abs(bin.Mean - bin.Share)) / all;
    }

    /// <summary>The bins as a table, and the calibration error; empty where there are no regions.</summary>
    public string ToMarkdown()
    {
        ImmutableArray<ReliabilityBin> bins = Bins();
        if (bins.IsEmpty)
        {
            return string.Empty;
        }

        var text = new StringBuilder("| confidence of deposits | mean | right | 95 % interval |\n|---|---|---|---|\n");
        foreach (ReliabilityBin bin in bins)
        {
            text.Append(CultureInfo.InvariantCulture, $"| {Range(bin)} | {bin.Mean:F3} | {bin.Share:F3} ({bin.Right}/{bin.Count}) | {bin.Interval.Low:F3} to {bin.Interval.High:F3} |\n");
        }

        return text.Append(CultureInfo.InvariantCulture, $"\nexpected calibration error {CalibrationError(bins):F3}\n").ToString();
    }

    /// <summary>The bins as a plot: stated confidence to the right, part that is right upwards, with 95 % intervals and counts.</summary>
    public string ToSvg()
    {
        const int Left = 70, Top = 60, Side = 400, Right = 24, Below = 60;
        ImmutableArray<ReliabilityBin> bins = Bins();

        // Confidence is seldom low: the axes begin at the tenth below all that is shown.
        double least = Math.Floor(10 * bins.Select(bin => Math.Min(bin.Least, bin.Interval.Low)).Append(0.9).Min()) / 10;
        double X(double value) => Left + ((value - least) / (1 - least) * Side);
        double Y(double value) => Top + Side - ((value - least) / (1 - least) * Side);
        var svg = new StringBuilder();
        void Line(FormattableString line) => svg.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');

        (int width, int height) = (Left + Side + Right, Top + Side + Below);
        string summary = string.Create(CultureInfo.InvariantCulture, $"{bins.Sum(bin => bin.Count)} deposits, bins of at least {LeastBinCount}, expected calibration error {CalibrationError(bins):F3}");
        Line($"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" font-family=\"sans-serif\" font-size=\"12\" fill=\"#222222\" role=\"img\">");
        Line($"<title>Reliability of the confidence of deposits: {summary}</title>");
        Line($"<rect width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>");
        Line($"<text x=\"{Left}\" y=\"24\" font-size=\"16\">Reliability of the confidence of deposits</text>");
        Line($"<text x=\"{Left}\" y=\"44\">{summary}</text>");
        double step = least >= 0.8 ? 0.05 : least >= 0.5 ? 0.1 : 0.2;
        for (double tick = least; tick < 1 + (step / 2); tick += step)
        {
            Line($"<line x1=\"{X(tick):F1}\" y1=\"{Top}\" x2=\"{X(tick):F1}\" y2=\"{Top + Side}\" stroke=\"#dddddd\"/>");
            Line($"<line x1=\"{Left}\" y1=\"{Y(tick):F1}\" x2=\"{Left + Side}\" y2=\"{Y(tick):F1}\" stroke=\"#dddddd\"/>");
            Line($"<text x=\"{X(tick):F1}\" y=\"{Top + Side + 18}\" text-anchor=\"middle\">{tick:F2}</text>");
            Line($"<text x=\"{Left - 8}\" y=\"{Y(tick) + 4:F1}\" text-anchor=\"end\">{tick:F2}</text>");
        }

        Line($"<rect x=\"{Left}\" y=\"{Top}\" width=\"{Side}\" height=\"{Side}\" fill=\"none\" stroke=\"#222222\"/>");
        Line($"<line x1=\"{Left}\" y1=\"{Top + Side}\" x2=\"{Left + Side}\" y2=\"{Top}\" stroke=\"#888888\" stroke-dasharray=\"5 4\"/>");
        Line($"<text x=\"{Left + (Side / 2)}\" y=\"{Top + Side + 44}\" text-anchor=\"middle\">stated confidence, mean of a bin</text>");
        Line($"<text x=\"20\" y=\"{Top + (Side / 2)}\" text-anchor=\"middle\" transform=\"rotate(-90 20 {Top + (Side / 2)})\">share that is a deposit, 95 % interval (Wilson)</text>");
        for (int index = 0; index < bins.Length; index++)
        {
            ReliabilityBin bin = bins[index];
            double x = X(bin.Mean), low = Y(bin.Interval.Low), high = Y(bin.Interval.High);
            Line($"<path d=\"M{x:F1} {low:F1}V{high:F1}M{x - 5:F1} {low:F1}h10M{x - 5:F1} {high:F1}h10\" stroke=\"#0072b2\" stroke-width=\"1.5\" fill=\"none\"/>");
            Line($"<circle cx=\"{x:F1}\" cy=\"{Y(bin.Share):F1}\" r=\"4\" fill=\"#0072b2\"/>");

            // Neighbours are close: their counts stand below and above in turn.
            Line($"<text x=\"{x:F1}\" y=\"{(index % 2 == 0 ? low + 15 : high - 6):F1}\" text-anchor=\"middle\" font-size=\"11\">{bin.Right}/{bin.Count}</text>");
        }

        Line($"</svg>");
        return svg.ToString();
    }

    private static string Range(ReliabilityBin bin) => bin.Least == bin.Greatest
        ? bin.Least.ToString("F2", CultureInfo.InvariantCulture)
        : string.Create(CultureInfo.InvariantCulture, $"{bin.Least:F2} to {bin.Greatest:F2}");

    private static ReliabilityBin Join(ReliabilityBin one, ReliabilityBin other) => new(
        Math.Min(one.Least, other.Least),
        Math.Max(one.Greatest, other.Greatest),
        ((one.Mean * one.Count) + (other.Mean * other.Count)) / (one.Count + other.Count),
        one.Count + other.Count,
        one.Right + other.Right);
}
