using System.Globalization;
using System.Net;
using System.Text;

namespace CalcQuant.Benchmarks.Ratios;

/// <summary>A bar of the plot.</summary>
/// <param name="Group">The work.</param>
/// <param name="Name">Who does it.</param>
/// <param name="Limits">Time, in units of L.</param>
/// <param name="IsOurs">Drawn in the colour of the product.</param>
internal readonly record struct PlotBar(string Group, string Name, double Limits, bool IsOurs);

/// <summary>Horizontal bars on a logarithmic scale of L, as SVG: nothing else shows factors of a hundred side by side.</summary>
internal static class RatioPlot
{
    private const int Width = 860;
    private const int Left = 290;
    private const int Right = 90;
    private const int Top = 74;
    private const int BarHeight = 18;
    private const int BarStep = 24;
    private const int GroupGap = 30;
    private const int Bottom = 56;

    /// <summary>Draws the plot.</summary>
    public static string Draw(string title, IReadOnlyList<PlotBar> bars)
    {
        double greatest = Math.Pow(10, Math.Ceiling(Math.Log10(bars.Max(bar => bar.Limits))));
        string[] groups = [.. bars.Select(bar => bar.Group).Distinct()];
        int height = Top + (bars.Count * BarStep) + (groups.Length * GroupGap) + Bottom;
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {height}\" width=\"{Width}\" height=\"{height}\" font-family=\"sans-serif\" font-size=\"13\">\n");
        svg.Append(CultureInfo.InvariantCulture, $"<rect width=\"{Width}\" height=\"{height}\" fill=\"white\"/>\n");
        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"20\" y=\"30\" font-size=\"17\" font-weight=\"bold\" fill=\"#222\">{Escape(title)}</text>\n");
        svg.Append("<text x=\"20\" y=\"51\" fill=\"#555\">Shorter is faster. L = the time in which one core reads the volume once.</text>\n");
        int axis = height - Bottom + 6;
        for (double tick = 1; tick <= greatest; tick *= 10)
        {
            int x = XOf(tick, greatest);
            svg.Append(CultureInfo.InvariantCulture, $"<line x1=\"{x}\" y1=\"{Top - 6}\" x2=\"{x}\" y2=\"{axis}\" stroke=\"#ddd\"/>\n");
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{x}\" y=\"{axis + 17}\" text-anchor=\"middle\" fill=\"#555\">{tick:0} L</text>\n");
        }

        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{(Left + Width - Right) / 2}\" y=\"{axis + 38}\" text-anchor=\"middle\" fill=\"#555\">time in L, logarithmic</text>\n");
        int y = Top;
        foreach (string group in groups)
        {
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"20\" y=\"{y + 14}\" font-weight=\"bold\" fill=\"#222\">{Escape(group)}</text>\n");
            y += GroupGap - 6;
            foreach (PlotBar bar in bars.Where(bar => bar.Group == group))
            {
                int end = XOf(Math.Max(bar.Limits, 1), greatest);
                svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left - 8}\" y=\"{y + 14}\" text-anchor=\"end\" fill=\"#333\">{Escape(bar.Name)}</text>\n");
                svg.Append(CultureInfo.InvariantCulture, $"<rect x=\"{Left}\" y=\"{y}\" width=\"{Math.Max(2, end - Left)}\" height=\"{BarHeight}\" fill=\"{(bar.IsOurs ? "#c0392b" : "#9aa5b1")}\"/>\n");
                svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Math.Max(end, Left + 2) + 6}\" y=\"{y + 14}\" fill=\"#333\">{bar.Limits.ToString(bar.Limits < 10 ? "0.0" : "0", CultureInfo.InvariantCulture)}</text>\n");
                y += BarStep;
            }

            y += 6;
        }

        svg.Append("</svg>\n");
        return svg.ToString();
    }

    private static int XOf(double limits, double greatest) => Left + (int)((Width - Left - Right) * Math.Log10(limits) / Math.Log10(greatest));

    private static string Escape(string text) => WebUtility.HtmlEncode(text);
}
