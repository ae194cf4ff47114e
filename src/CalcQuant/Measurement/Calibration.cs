using System.Collections.Immutable;
using CalcQuant.Imaging;

namespace CalcQuant.Measurement;

/// <summary>Where the factor from HU to mass comes from, the best last.</summary>
public enum CalibrationSource
{
    /// <summary>A published value for the tube voltage: scanners differ from it by <see cref="TubeVoltage.DefaultCalibrationTolerance"/>.</summary>
    TubeVoltageDefault = 1,

    /// <summary>A stored calibration of this scanner at this tube voltage.</summary>
    StoredScanner = 2,

    /// <summary>Rods of known density that lie in the scan.</summary>
    RodsInScan = 3,

    /// <summary>A factor that the caller gave.</summary>
    Requested = 4,
}

/// <summary>From HU to calcium hydroxyapatite: density = factor x (HU - intercept).</summary>
/// <param name="Source">Where it comes from.</param>
/// <param name="MilligramsPerCm3PerHu">Factor, mg/cm³ per HU; finite and positive.</param>
/// <param name="InterceptHu">
/// What the material without calcium has, HU. 0 where nobody measured it: the convention of calcium scoring, by which soft tissue of 50 HU counts as 39 mg/cm³.
/// </param>
/// <param name="Tolerance">Half of the 95 % interval of the factor, as a share of it; 0 where it is taken as it is.</param>
/// <param name="InterceptToleranceHu">Half of the 95 % interval of the intercept, HU.</param>
/// <param name="Origin">The same in words.</param>
public sealed record Calibration(
    CalibrationSource Source, double MilligramsPerCm3PerHu, double InterceptHu, double Tolerance, double InterceptToleranceHu, string Origin)
{
    /// <summary>Standard uncertainty of the logarithm of the factor.</summary>
    internal double LogSd => Tolerance / EstimateError.NormalQuantile;

    /// <summary>Standard uncertainty of the intercept, HU.</summary>
    internal double InterceptSdHu => InterceptToleranceHu / EstimateError.NormalQuantile;

    /// <summary>Mass of a summed attenuation, mg; null where it is negative and no mass. mg/cm³ times mm³ is 1/1000 mg.</summary>
    /// <param name="huMm3">HU summed over the deposit, tissue that it displaces included, HU mm³.</param>
    /// <param name="volumeMm3">Its volume, mm³.</param>
    internal double? MassMg(double huMm3, double volumeMm3) =>
        huMm3 - (InterceptHu * volumeMm3) is >= 0 and var excess ? MilligramsPerCm3PerHu * excess / 1000 : null;
}

/// <summary>A calibration that somebody measured once for a scanner and a tube voltage.</summary>
/// <param name="Manufacturer">As in Manufacturer (0008,0070), upper and lower case the same.</param>
/// <param name="ManufacturerModelName">As in Manufacturer's Model Name (0008,1090).</param>
/// <param name="Kvp">Tube voltage, kV.</param>
/// <param name="ConvolutionKernel">As in Convolution Kernel (0018,1210); null for any.</param>
/// <param name="MilligramsPerCm3PerHu">Factor, mg/cm³ per HU.</param>
/// <param name="InterceptHu">HU of the material without calcium.</param>
/// <param name="Tolerance">Half of the 95 % interval of the factor, as a share of it: 0 to 1.</param>
/// <param name="InterceptToleranceHu">Half of the 95 % interval of the intercept, HU.</param>
/// <param name="Origin">How it was measured, e.g. the phantom and the date; repeated in the report.</param>
public sealed record ScannerCalibration(
    string Manufacturer, string ManufacturerModelName, double Kvp, string? ConvolutionKernel, double MilligramsPerCm3PerHu, double InterceptHu, double Tolerance, double InterceptToleranceHu, string Origin)
{
    /// <summary>Stored calibrations at most.</summary>
    public const int MaxCount = 1000;

    /// <summary>Characters of each text at most.</summary>
    public const int MaxTextLength = 200;

    /// <summary>Voltages that are the same: headers round them.</summary>
    private const double SameKvp = 1;

    /// <summary>What is wrong with it, in words; null where nothing is.</summary>
    public string? Problem =>
        !IsText(Manufacturer) ? "manufacturer: it wants the text of Manufacturer (0008,0070)"
        : !IsText(ManufacturerModelName) ? "model: it wants the text of Manufacturer's Model Name (0008,1090)"
        : !(Kvp is >= TubeVoltage.LeastPlausibleKvp and <= TubeVoltage.GreatestPlausibleKvp) ? $"kvp: it wants a tube voltage from {TubeVoltage.LeastPlausibleKvp} to {TubeVoltage.GreatestPlausibleKvp} kV"
        : ConvolutionKernel is not null && !IsText(ConvolutionKernel) ? "kernel: it wants the text of Convolution Kernel (0018,1210), or nothing"
        : !RodCalibration.IsPlausibleFactor(MilligramsPerCm3PerHu) ? $"milligramsPerCm3PerHu: it wants {RodCalibration.LeastFactor} to {RodCalibration.GreatestFactor} mg/cm³ per HU"
        : !(Math.Abs(InterceptHu) <= RodCalibration.GreatestInterceptHu) ? $"interceptHu: it wants at most {RodCalibration.GreatestInterceptHu} HU either way"
        : !(Tolerance is >= 0 and < 1) ? "tolerance: it wants a share from 0 to below 1"
        : !(InterceptToleranceHu is >= 0 and <= RodCalibration.GreatestInterceptHu) ? $"interceptToleranceHu: it wants 0 to {RodCalibration.GreatestInterceptHu} HU"
        : !IsText(Origin) ? "origin: it wants to know how it was measured"
        : null;

    /// <summary>The entry for a series: of its scanner and voltage, the one of its kernel before one of any; the last of several. Null where there is none.</summary>
    internal static ScannerCalibration? For(CtAcquisition acquisition, ImmutableArray<ScannerCalibration> stored) => stored
        .Where(entry => Same(entry.Manufacturer, acquisition.Manufacturer)
            && Same(entry.ManufacturerModelName, acquisition.ManufacturerModelName)
            && acquisition.Kvp is { } kvp && Math.Abs(entry.Kvp - kvp) <= SameKvp
            && (entry.ConvolutionKernel is null || Same(entry.ConvolutionKernel, acquisition.ConvolutionKernel)))
        .OrderBy(static entry => entry.ConvolutionKernel is not null)
        .LastOrDefault();

    private static bool Same(string text, string? header) => header is not null && string.Equals(text.Trim(), header.Trim(), StringComparison.OrdinalIgnoreCase);

    private static bool IsText(string text) => !string.IsNullOrWhiteSpace(text) && text.Length <= MaxTextLength && !text.Any(char.IsControl);
}

/// <summary>A rod of known density in a scan.</summary>
/// <param name="PointLpsMm">A point on its axis, LPS mm; the rod runs across the slices from there as far as it goes.</param>
/// <param name="DiameterMm">Its diameter, mm.</param>
/// <param name="DensityMgPerCm3">Its calcium hydroxyapatite, mg/cm³; 0 for one of the bare material.</param>
public sealed record CalibrationRod(LpsPoint PointLpsMm, double DiameterMm, double DensityMgPerCm3)
{
    /// <summary>Rods at most.</summary>
    public const int MaxCount = 20;

    /// <summary>Least and greatest diameter, mm: thinner ones are all edge.</summary>
    public const double LeastDiameterMm = 5, GreatestDiameterMm = 60;

    /// <summary>Greatest density, mg/cm³: that of pure hydroxyapatite is 3160.</summary>
    public const double GreatestDensityMgPerCm3 = 3200;

    /// <summary>What is wrong with it, in words; null where nothing is.</summary>
    public string? Problem =>
        !PointLpsMm.IsFinite ? "pointLpsMm: it wants x, y and z in mm"
        : !(DiameterMm is >= LeastDiameterMm and <= GreatestDiameterMm) ? $"diameterMm: it wants {LeastDiameterMm} to {GreatestDiameterMm} mm"
        : !(DensityMgPerCm3 is >= 0 and <= GreatestDensityMgPerCm3) ? $"densityMgPerCm3: it wants 0 to {GreatestDensityMgPerCm3} mg/cm³"
        : null;
}

/// <summary>What a rod shows in a scan.</summary>
/// <param name="Rod">The rod.</param>
/// <param name="MeanHu">Mean over its core, HU.</param>
/// <param name="StandardDeviationHu">Standard deviation of the voxels of its core, HU.</param>
/// <param name="SliceCount">Slices that were averaged.</param>
/// <param name="ResidualHu">Mean less what the calibration line gives at its density, HU; null where there is no line.</param>
public sealed record MeasuredRod(CalibrationRod Rod, double MeanHu, double StandardDeviationHu, int SliceCount, double? ResidualHu);
