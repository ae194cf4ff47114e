namespace CalcQuant.Measurement;

/// <summary>The standard normal distribution, as blurred edges need it.</summary>
internal static class NormalDistribution
{
    /// <summary>Where the distribution reaches a share: the inverse of <see cref="Cumulative"/>, by halving, to 1e-9.</summary>
    /// <param name="share">Above 0, below 1.</param>
    public static double Quantile(double share)
    {
        (double low, double high) = (-8, 8);
        while (high - low > 1e-9)
        {
            double middle = (low + high) / 2;
            (low, high) = Cumulative(middle) < share ? (middle, high) : (low, middle);
        }

        return (low + high) / 2;
    }

    /// <summary>Density at x.</summary>
    public static double Density(double x) => Math.Exp(-0.5 * x * x) / Math.Sqrt(2 * Math.PI);

    /// <summary>Probability below x; absolute error below 1.5e-7 (Abramowitz and Stegun 1964, 7.1.26).</summary>
    public static double Cumulative(double x)
    {
        double z = Math.Abs(x) / Math.Sqrt(2);
        double t = 1 / (1 + (0.3275911 * z));
        double poly = t * (0.254829592 + (t * (-0.284496736 + (t * (1.421413741 + (t * (-1.453152027 + (t * 1.061405429))))))));
        double tail = 0.5 * poly * Math.Exp(-z * z);
        return x >= 0 ? 1 - tail : tail;
    }
}
