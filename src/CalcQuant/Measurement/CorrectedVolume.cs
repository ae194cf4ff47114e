using CalcQuant.Segmentation;

namespace CalcQuant.Measurement;

/// <summary>A volume corrected for partial volume.</summary>
/// <param name="VolumeMm3">Volume, mm³.</param>
/// <param name="HuMm3">Attenuation summed over the deposit, background included, HU mm³: times mg/cm³ per HU it is the mass in µg.</param>
internal readonly record struct VolumeEstimate(double VolumeMm3, double HuMm3);

internal sealed class CorrectedVolume
{
    public static VolumeEstimate? Estimate(SegmentedRegion region) => null;
}
