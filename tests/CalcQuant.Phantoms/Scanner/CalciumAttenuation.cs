namespace CalcQuant.Phantoms.Scanner;

/// <summary>
/// HU of calcium hydroxyapatite in soft tissue: HU = intercept + slope x density, fitted to the simulated calibrations of
/// MolloiLab/cac-simulation (output_new/calibrations.csv); residuals at most 10 HU.
/// </summary>
public static class CalciumAttenuation
{
    private static readonly (double Kvp, double InterceptHu, double HuPerMg)[] Table =
    [
        (80, 33.8, 1.685),
        (100, 32.3, 1.441),
        (120, 30.2, 1.309),
        (135, 29.2, 1.244),
    ];

    /// <summary>HU of a density, mg/cm³; the fit is interpolated between the tube voltages of the table and held outside it.</summary>
    public static double Hu(double milligramsPerCm3, double kvp)
    {
        (double intercept, double slope) = Fit(kvp);
        return intercept + (slope * milligramsPerCm3);
    }

    /// <summary>How much brighter bone mineral is than at 120 kVp.</summary>
    public static double RelativeTo120Kvp(double kvp) => Fit(kvp).Slope / Fit(120).Slope;

    private static (double Intercept, double Slope) Fit(double kvp)
    {
        double clamped = Math.Clamp(kvp, Table[0].Kvp, Table[^1].Kvp);
        int upper = 1;
        while (Table[upper].Kvp < clamped)
        {
            upper++;
        }

        double t = (clamped - Table[upper - 1].Kvp) / (Table[upper].Kvp - Table[upper - 1].Kvp);
        return (
            Table[upper - 1].InterceptHu + (t * (Table[upper].InterceptHu - Table[upper - 1].InterceptHu)),
            Table[upper - 1].HuPerMg + (t * (Table[upper].HuPerMg - Table[upper - 1].HuPerMg)));
    }
}
