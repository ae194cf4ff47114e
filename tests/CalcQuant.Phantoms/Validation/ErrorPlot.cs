using System.Globalization;
using System.Text;

namespace CalcQuant.Phantoms.Validation;

/// <summary>
/// Difference from the true volume against the true volume, after Bland and Altman (Lancet 1986;1:307), with the truth in the place of the mean of two
/// methods: one panel for the volumes corrected for partial volume, one for the voxels at or above the threshold of all that were found. Dashes are the
/// limits, mean ± 1.96 SD.
/// </summary>
internal static class ErrorPlot
{
    private const int Left = 76;
    private const int PanelWidth = 620;
    private const int PanelHeight = 230;
    private const int FirstTop = 84;
    private const int PanelGap = 62;
    private const int Right = 24;
    private const int Below = 56;

    /// <summary>Of Okabe and Ito: told apart by the colour-blind.</summary>
    private static readonly string[] Colours = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00"];

    /// <summary>Draws the deposits that were found, coloured by the thickness of the slices.</summary>
    /// <param name="title">What they are.</param>
    /// <param name="deposits">The deposits.</param>
    public static string ToSvg(string title, IEnumerable<MeasuredDeposit> deposits)
    {
        MeasuredDeposit[] found = [.. deposits.Where(deposit => deposit.Reading is not null)];
        double[] slices = [.. found.Select(deposit => deposit.SliceMm).Distinct().Order()];
        const int Width = Left + PanelWidth + Right;
        const int Height = FirstTop + (2 * PanelHeight) + PanelGap + Below;
        var svg = new StringBuilder();
        void Line(FormattableString line) => svg.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');
        Line($"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{Width}\" height=\"{Height}\" viewBox=\"0 0 {Width} {Height}\" font-family=\"sans-serif\" font-size=\"12\" fill=\"#222222\" role=\"img\">");
        Line($"<title>{title}: difference from the true volume</title>");
        Line($"<rect width=\"{Width}\" height=\"{Height}\" fill=\"#ffffff\"/>");
        Line($"<text x=\"{Left}\" y=\"24\" font-size=\"16\">{title}: difference from the true volume</text>");
        for (int i = 0; i < slices.Length; i++)
        {
            int x = Left + (i * 100);
            Line($"<rect x=\"{x}\" y=\"37\" width=\"9\" height=\"9\" fill=\"{Colours[i % Colours.Length]}\"/>");
            Line($"<text x=\"{x + 14}\" y=\"46\">slices {slices[i]} mm</text>");
        }

        Line($"<text x=\"{Left + PanelWidth}\" y=\"46\" text-anchor=\"end\">triangles: beyond the axis</text>");

        double least = found.Select(deposit => deposit.VolumeMm3).Append(1).Min();
        double greatest = found.Select(deposit => deposit.VolumeMm3).Append(10).Max();

        // Marks keep off the frame.
        const double Margin = 0.05;
        (double Low, double High) decades = (Math.Floor((Math.Log10(least) - Margin) * 2) / 2, Math.Ceiling((Math.Log10(greatest) + Margin) * 2) / 2);
        Panel("corrected for partial volume", FirstTop, -50, 50, 25, [.. found.Where(deposit => deposit.Reading!.Quantified)], reading => reading.VolumeMm3);
        Panel("voxels at or above the threshold", FirstTop + PanelHeight + PanelGap, -100, 300, 100, found, reading => reading.ThresholdVolumeMm3);
        Line($"<text x=\"{Left + (PanelWidth / 2)}\" y=\"{Height - 14}\" text-anchor=\"middle\">true volume, mm³</text>");
        Line($"</svg>");
        return svg.ToString();

        void Panel(string name, int top, double low, double high, double step, MeasuredDeposit[] shown, Func<DepositReading, double> volume)
        {
            double X(double mm3) => Left + ((Math.Log10(mm3) - decades.Low) / (decades.High - decades.Low) * PanelWidth);
            double Y(double percent) => top + ((high - Math.Clamp(percent, low, high)) / (high - low) * PanelHeight);
            double[] errors = [.. shown.Select(deposit => 100 * ((volume(deposit.Reading!) / deposit.VolumeMm3) - 1))];
            int beyond = errors.Count(error => error < low || error > high);
            double mean = errors.DefaultIfEmpty(0).Average();
            double spread = Math.Sqrt(errors.Select(error => (error - mean) * (error - mean)).DefaultIfEmpty(0).Sum() / Math.Max(1, errors.Length - 1));
            Line($"<text x=\"{Left}\" y=\"{top - 8}\">{name}: n {errors.Length}, mean {mean:F1} %, limits {mean - (1.96 * spread):F1} to {mean + (1.96 * spread):F1} %; {beyond} beyond the axis</text>");
            for (double percent = low; percent <= high; percent += step)
            {
                Line($"<line x1=\"{Left}\" y1=\"{Y(percent):F1}\" x2=\"{Left + PanelWidth}\" y2=\"{Y(percent):F1}\" stroke=\"{(percent == 0 ? "#888888" : "#dddddd")}\"/>");
                Line($"<text x=\"{Left - 8}\" y=\"{Y(percent) + 4:F1}\" text-anchor=\"end\">{percent:F0} %</text>");
            }

            for (double decade = Math.Ceiling(decades.Low); decade <= decades.High; decade++)
            {
                double x = X(Math.Pow(10, decade));
                Line($"<line x1=\"{x:F1}\" y1=\"{top}\" x2=\"{x:F1}\" y2=\"{top + PanelHeight}\" stroke=\"#dddddd\"/>");
                Line($"<text x=\"{x:F1}\" y=\"{top + PanelHeight + 18}\" text-anchor=\"middle\">{Math.Pow(10, decade):0.###}</text>");
            }

            Line($"<rect x=\"{Left}\" y=\"{top}\" width=\"{PanelWidth}\" height=\"{PanelHeight}\" fill=\"none\" stroke=\"#222222\"/>");
            Line($"<text x=\"20\" y=\"{top + (PanelHeight / 2)}\" text-anchor=\"middle\" transform=\"rotate(-90 20 {top + (PanelHeight / 2)})\">measured - true, % of true</text>");
            for (int i = 0; i < shown.Length; i++)
            {
                (double x, double y) = (X(shown[i].VolumeMm3), Y(errors[i]));
                string colour = Colours[Array.IndexOf(slices, shown[i].SliceMm) % Colours.Length];
                if (errors[i] < low || errors[i] > high)
                {
                    double tip = errors[i] > high ? -6 : 6;
                    Line($"<path d=\"M{x - 3:F1} {y - tip:F1}h6L{x:F1} {y:F1}z\" fill=\"{colour}\" fill-opacity=\"0.6\"/>");
                }
                else
                {
                    Line($"<circle cx=\"{x:F1}\" cy=\"{y:F1}\" r=\"2.6\" fill=\"{colour}\" fill-opacity=\"0.6\"/>");
                }
            }

            foreach (double level in (double[])[mean - (1.96 * spread), mean, mean + (1.96 * spread)])
            {
                if (level >= low && level <= high)
                {
                    Line($"<line x1=\"{Left}\" y1=\"{Y(level):F1}\" x2=\"{Left + PanelWidth}\" y2=\"{Y(level):F1}\" stroke=\"#222222\" stroke-dasharray=\"{(level == mean ? "1 0" : "6 4")}\"/>");
                }
            }
        }
    }
}
