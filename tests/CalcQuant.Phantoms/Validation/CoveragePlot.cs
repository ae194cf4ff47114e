using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace CalcQuant.Phantoms.Validation;

/// <summary>How often the 95 % intervals of groups of deposits hold the truth: a bar each for volume and mass, with the interval of that share (Wilson).</summary>
internal static class CoveragePlot
{
    private const int Left = 210;
    private const int PlotWidth = 480;
    private const int Top = 74;
    private const int GroupHeight = 34;
    private const int BarHeight = 11;
    private const int Right = 90;
    private const int Below = 56;
    private const string VolumeColour = "#0072b2";
    private const string MassColour = "#e69f00";

    /// <summary>Draws the groups that have intervals; null where none has.</summary>
    /// <param name="groups">Names and figures, from top to bottom.</param>
    public static string? ToSvg(IEnumerable<(string Name, DepositStatistics Figures)> groups)
    {
        ImmutableArray<(string Name, DepositStatistics Figures)> drawn = [.. groups.Where(group => group.Figures.VolumeIntervals.Count + group.Figures.MassIntervals.Count > 0)];
        if (drawn.IsEmpty)
        {
            return null;
        }

        int plotHeight = drawn.Length * GroupHeight;
        int width = Left + PlotWidth + Right;
        int height = Top + plotHeight + Below;
        var svg = new StringBuilder();
        void Line(FormattableString line) => svg.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');
        static double X(double share) => Left + (share * PlotWidth);
        Line($"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" font-family=\"sans-serif\" font-size=\"12\" fill=\"#222222\" role=\"img\">");
        Line($"<title>Coverage of the 95 % intervals</title>");
        Line($"<rect width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>");
        Line($"<text x=\"20\" y=\"24\" font-size=\"16\">Coverage of the 95 % intervals</text>");
        Line($"<rect x=\"20\" y=\"37\" width=\"9\" height=\"9\" fill=\"{VolumeColour}\"/><text x=\"34\" y=\"46\">volume</text>");
        Line($"<rect x=\"100\" y=\"37\" width=\"9\" height=\"9\" fill=\"{MassColour}\"/><text x=\"114\" y=\"46\">mass</text>");
        Line($"<rect x=\"170\" y=\"37\" width=\"9\" height=\"9\" fill=\"#dff0e6\"/><text x=\"184\" y=\"46\">target, 92 to 98 %</text>");
        Line($"<rect x=\"{X(0.92):F1}\" y=\"{Top}\" width=\"{X(0.98) - X(0.92):F1}\" height=\"{plotHeight}\" fill=\"#dff0e6\"/>");
        for (int tick = 0; tick <= 10; tick += 2)
        {
            Line($"<line x1=\"{X(tick / 10.0):F1}\" y1=\"{Top}\" x2=\"{X(tick / 10.0):F1}\" y2=\"{Top + plotHeight}\" stroke=\"#dddddd\"/>");
            Line($"<text x=\"{X(tick / 10.0):F1}\" y=\"{Top + plotHeight + 18}\" text-anchor=\"middle\">{10 * tick} %</text>");
        }

        for (int index = 0; index < drawn.Length; index++)
        {
            int y = Top + (index * GroupHeight) + 5;
            Line($"<text x=\"{Left - 8}\" y=\"{y + BarHeight + 4}\" text-anchor=\"end\">{drawn[index].Name}</text>");
            Bar(drawn[index].Figures.VolumeIntervals, y, VolumeColour);
            Bar(drawn[index].Figures.MassIntervals, y + BarHeight + 1, MassColour);
        }

        Line($"<rect x=\"{Left}\" y=\"{Top}\" width=\"{PlotWidth}\" height=\"{plotHeight}\" fill=\"none\" stroke=\"#222222\"/>");
        Line($"<text x=\"{Left + (PlotWidth / 2)}\" y=\"{height - 14}\" text-anchor=\"middle\">share of intervals that hold the truth, with its own 95 % interval</text>");
        Line($"</svg>");
        return svg.ToString();

        void Bar(IntervalCoverage intervals, int y, string colour)
        {
            if (intervals.Count == 0)
            {
                return;
            }

            (double low, double high) = ReliabilityBin.WilsonInterval(intervals.Covered, intervals.Count);
            double middle = y + (BarHeight / 2.0);
            Line($"<rect x=\"{Left}\" y=\"{y}\" width=\"{X(intervals.Share) - Left:F1}\" height=\"{BarHeight}\" fill=\"{colour}\" fill-opacity=\"0.75\"/>");
            Line($"<path d=\"M{X(low):F1} {middle:F1}H{X(high):F1}\" stroke=\"#222222\"/>");
            Line($"<text x=\"{Left + PlotWidth + 8}\" y=\"{y + 10}\" font-size=\"11\">{intervals.Covered}/{intervals.Count}</text>");
        }
    }
}
