namespace CalcQuant.Measurement;

/// <summary>
/// How attenuation of calcium changes with the tube voltage. Breakpoints of the kV-adapted Agatston weights (Gräni et al. 2018);
/// the first of each row is the threshold that stands for 130 HU at 120 kVp.
/// </summary>
public static class TubeVoltage
{
    /// <summary>The threshold of calcium scoring at 120 kVp, HU (Agatston et al. 1990).</summary>
    public const float ThresholdHuAt120Kvp = 130;

    private static readonly (double Kvp, double[] BreakpointsHu)[] Table =
    [
        (70, [207, 318, 477, 636]),
        (80, [177, 271, 408, 544]),
        (100, [145, 222, 334, 446]),
        (120, [130, 199, 299, 399]),
        (135, [119, 183, 274, 364]),
    ];

    /// <summary>Least HU of a hyperdense voxel at a tube voltage: interpolated in log(kVp), the nearest row outside the table.</summary>
    /// <param name="kvp">Tube voltage, kV; finite and positive.</param>
    public static float ThresholdHu(double kvp) => (float)BreakpointsHu(kvp)[0];

    /// <summary>The four lower limits of the Agatston weights 1 to 4, HU.</summary>
    /// <param name="kvp">Tube voltage, kV; finite and positive.</param>
    public static double[] BreakpointsHu(double kvp)
    {
        if (!double.IsFinite(kvp) || kvp <= 0)
        {
            throw new ArgumentOutOfRangeException(nameof(kvp), kvp, "A tube voltage is finite and positive.");
        }

        if (kvp <= Table[0].Kvp)
        {
            return [.. Table[0].BreakpointsHu];
        }

        for (int i = 1; i < Table.Length; i++)
        {
            if (kvp <= Table[i].Kvp)
            {
                double t = (Math.Log(kvp) - Math.Log(Table[i - 1].Kvp)) / (Math.Log(Table[i].Kvp) - Math.Log(Table[i - 1].Kvp));
                return [.. Table[i - 1].BreakpointsHu.Zip(Table[i].BreakpointsHu, (low, high) => low + (t * (high - low)))];
            }
        }

        return [.. Table[^1].BreakpointsHu];
    }
}
