namespace CalcQuant.Phantoms.Films;

/// <summary>
/// Attenuation at the energies of a radiograph, from the HU at 120 kVp that a scene is drawn in. One effective energy stands for the spectrum:
/// 15 keV + 0.4 keV per kV. Mass attenuation of water and of hydroxyapatite, less the water it displaces (3.16 g/cm³), from the
/// coefficients of Hubbell and Seltzer (NISTIR 5632). Soft tissue without mineral keeps its HU; what is denser than
/// <see cref="MineralFreeHu"/> in bone and deposits is hydroxyapatite, which attenuates the more the lower the energy.
/// </summary>
public sealed class FilmAttenuation
{
    /// <summary>HU at 120 kVp of bone and deposits without mineral, as in <see cref="Scanner.CalciumAttenuation"/>.</summary>
    public const double MineralFreeHu = 30.2;

    private const double HuPerMgAt120Kvp = 1.309;

    private static readonly (double Kev, double WaterPerMm, double CalciumPerMmPerMg)[] Table =
    [
        (30, 0.03756, 19.80e-5),
        (40, 0.02683, 9.02e-5),
        (50, 0.02269, 5.14e-5),
        (60, 0.02059, 3.41e-5),
    ];

    /// <summary>The attenuation at a tube voltage, kV; held at the ends of 30 to 60 keV.</summary>
    public FilmAttenuation(double kvp)
    {
        double kev = Math.Clamp(15 + (0.4 * kvp), Table[0].Kev, Table[^1].Kev);
        int upper = 1;
        while (Table[upper].Kev < kev)
        {
            upper++;
        }

        // Straight lines in the logarithms, as the photoelectric effect is a power of the energy.
        var (lowKev, lowWater, lowCalcium) = Table[upper - 1];
        var (highKev, highWater, highCalcium) = Table[upper];
        double t = Math.Log(kev / lowKev) / Math.Log(highKev / lowKev);
        WaterPerMm = lowWater * Math.Pow(highWater / lowWater, t);
        CalciumPerMmPerMg = lowCalcium * Math.Pow(highCalcium / lowCalcium, t);
    }

    /// <summary>Water, 1/mm.</summary>
    public double WaterPerMm { get; }

    /// <summary>Hydroxyapatite added to tissue, 1/mm for each mg/cm³.</summary>
    public double CalciumPerMmPerMg { get; }

    /// <summary>Soft tissue, fluid, gas, 1/mm.</summary>
    public double Soft(double hu) => WaterPerMm * Math.Max(0, 1 + (hu / 1000));

    /// <summary>Bone with marrow, 1/mm.</summary>
    /// <param name="hu">HU at 120 kVp.</param>
    public double Bone(double hu) => hu <= MineralFreeHu ? Soft(hu) : Deposit((hu - MineralFreeHu) / HuPerMgAt120Kvp);

    /// <summary>A deposit, 1/mm.</summary>
    /// <param name="milligramsPerCm3">Hydroxyapatite, mg/cm³.</param>
    public double Deposit(double milligramsPerCm3) => Soft(MineralFreeHu) + (CalciumPerMmPerMg * milligramsPerCm3);
}
