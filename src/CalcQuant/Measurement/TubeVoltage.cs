namespace CalcQuant.Measurement;

/// <summary>
/// How attenuation of calcium changes with the tube voltage. Breakpoints of the kV-adapted Agatston weights (Gräni et al. 2018);
/// the first of each row is the threshold that stands for 130 HU at 120 kVp.
/// </summary>
public static class TubeVoltage
{
    /// <summary>The tube voltage that calcium scoring is defined for, kV; taken where the header gives none.</summary>
    public const double ReferenceKvp = 120;

    private static readonly (double Kvp, double[] BreakpointsHu)[] Table =
    [
        (70, [207, 318, 477, 636]),
        (80, [177, 271, 408, 544]),
        (100, [145, 222, 334, 446]),
        (120, [130, 199, 299, 399]),
        (135, [119, 183, 274, 364]),
    ];

    /// <summary>
    /// HU per mg/cm³ of calcium hydroxyapatite: slopes of a simulated calibration from 25 to 800 mg/cm³ (largest residual 10 HU). Only
    /// their ratios are used, see <see cref="DefaultMilligramsPerCm3PerHu"/>.
    /// </summary>
    private static readonly (double Kvp, double HuPerMilligramPerCm3)[] Slopes =
    [
        (80, 1.685),
        (100, 1.441),
        (120, 1.309),
        (135, 1.244),
    ];

    /// <summary>
    /// Calcium hydroxyapatite per HU at 120 kVp without a calibration of the scanner, mg/cm³ per HU. Four scanners measured with the
    /// QRM phantom give 0.72 (Canon) to 0.91 (GE): the middle of the four makers, -8 % to +17 %; the simulated slope gives 0.764.
    /// </summary>
    public const double DefaultMilligramsPerCm3PerHuAt120Kvp = 0.78;

    /// <summary>Relative tolerance (one side) of the default calibration: the spread between scanners.</summary>
    public const double DefaultCalibrationTolerance = 0.15;

    /// <summary>Least HU of a hyperdense voxel at a tube voltage: interpolated in log(kVp), the nearest row outside the table.</summary>
    /// <param name="kvp">Tube voltage, kV; finite and positive.</param>
    public static float ThresholdHu(double kvp) => (float)BreakpointsHu(kvp)[0];

    /// <summary>Least tube voltage that a CT header may give, kV; a lower one is a slip of the header (PS3.3 C.8.2.1 gives no range).</summary>
    public const double LeastPlausibleKvp = 40;

    /// <summary>Greatest tube voltage that a CT header may give, kV.</summary>
    public const double GreatestPlausibleKvp = 200;

    /// <summary>True for a voltage that has a row of its own in the table of weights.</summary>
    public static bool IsTabulated(double kvp) => Array.Exists(Table, entry => entry.Kvp == kvp);

    /// <summary>True for a voltage between the first and the last row of the table of weights.</summary>
    public static bool IsWithinTable(double kvp) => kvp >= Table[0].Kvp && kvp <= Table[^1].Kvp;

    /// <summary>The four lower limits of the Agatston weights 1 to 4, HU.</summary>
    /// <param name="kvp">Tube voltage, kV; finite and positive.</param>
    public static double[] BreakpointsHu(double kvp)
    {
        ThrowUnlessVoltage(kvp);
        (int row, double t) = Locate(kvp, [.. Table.Select(entry => entry.Kvp)]);
        return [.. Table[row].BreakpointsHu.Zip(Table[row + 1].BreakpointsHu, (low, high) => low + (t * (high - low)))];
    }

    /// <summary>
    /// Calcium hydroxyapatite per HU at a tube voltage, mg/cm³ per HU, without a calibration of the scanner: the default at 120 kVp times
    /// the ratio of the simulated slopes, interpolated in log(kVp), the nearest row outside 80 to 135 kVp.
    /// </summary>
    /// <param name="kvp">Tube voltage, kV; finite and positive.</param>
    public static double DefaultMilligramsPerCm3PerHu(double kvp) =>
        DefaultMilligramsPerCm3PerHuAt120Kvp * HuPerMilligramPerCm3(ReferenceKvp) / HuPerMilligramPerCm3(kvp);

    private static double HuPerMilligramPerCm3(double kvp)
    {
        ThrowUnlessVoltage(kvp);
        (int row, double t) = Locate(kvp, [.. Slopes.Select(entry => entry.Kvp)]);
        return Slopes[row].HuPerMilligramPerCm3 + (t * (Slopes[row + 1].HuPerMilligramPerCm3 - Slopes[row].HuPerMilligramPerCm3));
    }

    /// <summary>The row below a voltage and how far it is towards the next in log(kVp): 0 to 1, also outside the table.</summary>
    private static (int Row, double Fraction) Locate(double kvp, double[] rows)
    {
        int row = 0;
        while (row < rows.Length - 2 && kvp > rows[row + 1])
        {
            row++;
        }

        double t = Math.Log(kvp / rows[row]) / Math.Log(rows[row + 1] / rows[row]);
        return (row, Math.Clamp(t, 0, 1));
    }

    private static void ThrowUnlessVoltage(double kvp)
    {
        if (!double.IsFinite(kvp) || kvp <= 0)
        {
            throw new ArgumentOutOfRangeException(nameof(kvp), kvp, "A tube voltage is finite and positive.");
        }
    }
}
