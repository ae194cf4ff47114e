using CalcQuant.Analysis;
using CalcQuant.Imaging;
using CalcQuant.Measurement;
using CalcQuant.Phantoms.Scanner;
using CalcQuant.Phantoms.Truth;

namespace CalcQuant.Phantoms.Validation;

/// <summary>What an analysis says of a deposit.</summary>
internal sealed record DepositReading
{
    /// <summary>What it takes the deposit for.</summary>
    public required RegionKind Kind { get; init; }

    /// <summary>True where the volume is corrected for partial volume.</summary>
    public required bool Quantified { get; init; }

    /// <summary>Best estimate of the volume, mm³.</summary>
    public required double VolumeMm3 { get; init; }

    /// <summary>Its 95 % interval; null where there is none.</summary>
    public Interval? VolumeIntervalMm3 { get; init; }

    /// <summary>Voxels at or above the threshold times their volume, mm³.</summary>
    public required double ThresholdVolumeMm3 { get; init; }

    /// <summary>Best estimate of the mass, mg; null where there is none.</summary>
    public double? MassMg { get; init; }

    /// <summary>Its 95 % interval; null where there is none.</summary>
    public Interval? MassIntervalMg { get; init; }

    /// <summary>Mass of the voxels at or above the threshold, mg: what calcium scoring gives with the same calibration.</summary>
    public required double ThresholdMassMg { get; init; }

    /// <summary>Longest diameter, mm; null where there is none.</summary>
    public double? MaxDiameterMm { get; init; }

    /// <summary>What a region says.</summary>
    public static DepositReading Of(Region region, MeasurementParameters parameters) => new()
    {
        Kind = region.Kind,
        Quantified = region.VolumeMethod == VolumeMethod.PartialVolumeCorrected,
        VolumeMm3 = region.VolumeMm3,
        VolumeIntervalMm3 = region.VolumeIntervalMm3,
        ThresholdVolumeMm3 = region.ThresholdVolumeMm3,
        MassMg = region.MassMg,
        MaxDiameterMm = region.MaxDiameterMm,
        MassIntervalMg = region.MassIntervalMg,
        ThresholdMassMg = parameters.Calibration.MilligramsPerCm3PerHu * region.MeanHu * region.ThresholdVolumeMm3 / 1000,
    };
}

/// <summary>A deposit of known volume and mass and what the analysis says of it.</summary>
internal sealed record MeasuredDeposit
{
    /// <summary>Family of phantoms it is from.</summary>
    public required string Source { get; init; }

    /// <summary>Kind of deposit.</summary>
    public required DepositKind Kind { get; init; }

    /// <summary>Nominal diameter, mm; of a deposit of anatomy the diameter of the ball of its volume.</summary>
    public required double SizeMm { get; init; }

    /// <summary>Density, mg/cm³.</summary>
    public required double DensityMgPerCm3 { get; init; }

    /// <summary>Distance and thickness of the slices, mm.</summary>
    public required double SliceMm { get; init; }

    /// <summary>Noise, HU.</summary>
    public required double NoiseHu { get; init; }

    /// <summary>True volume, mm³.</summary>
    public required double VolumeMm3 { get; init; }

    /// <summary>True longest diameter, mm; null where no formula gives it.</summary>
    public double? MaxDiameterMm { get; init; }

    /// <summary>The mass that a measurement without any error would state, mg; see <see cref="StatedMassMg"/>.</summary>
    public required double MassMg { get; init; }

    /// <summary>What the analysis says; null where it did not find the deposit.</summary>
    public DepositReading? Reading { get; init; }

    /// <summary>
    /// The mass that a measurement without any error would state with the calibration it was given, mg. The analysis turns HU into mg/cm³ by one factor;
    /// the phantom's HU have a slope and an intercept. Both are known, and neither is an error of the volume measurement: the HU that are really there,
    /// times the true volume, times that factor.
    /// </summary>
    /// <param name="volumeMm3">True volume, mm³.</param>
    /// <param name="massMg">True mass, mg.</param>
    /// <param name="kvp">Tube voltage of the phantom, kV.</param>
    /// <param name="milligramsPerCm3PerHu">Calibration of the analysis.</param>
    public static double StatedMassMg(double volumeMm3, double massMg, double kvp, double milligramsPerCm3PerHu)
    {
        double intercept = CalciumAttenuation.Hu(0, kvp);
        double slope = CalciumAttenuation.Hu(1, kvp) - intercept;
        return milligramsPerCm3PerHu * ((intercept * volumeMm3 / 1000) + (slope * massMg));
    }

    /// <summary>The region of a ball or the like: the nearest of those that can be a deposit whose centroid lies within its radius and 2 mm; null where there is none.</summary>
    /// <param name="centre">Centre of the deposit, LPS mm.</param>
    /// <param name="reachMm">Its greatest half extent.</param>
    /// <param name="regions">Regions of the report, of all kinds.</param>
    public static Region? Match(LpsPoint centre, double reachMm, IEnumerable<Region> regions)
    {
        const double BesideMm = 2;
        return regions
            .Where(region => region.Kind is RegionKind.SoftTissueCalcification or RegionKind.Uncertain)
            .Where(region => (region.CentroidLpsMm - centre).Length <= reachMm + BesideMm)
            .MinBy(region => (region.CentroidLpsMm - centre).Length);
    }

    /// <summary>The deposits of a field as the analysis of its scan measures them.</summary>
    public static IEnumerable<MeasuredDeposit> Of(string source, DepositField field, PhantomScan scan, AnalysisReport report)
    {
        MeasurementParameters parameters = report.Parameters ?? throw new InvalidOperationException("A phantom was refused: " + report.Issues[0].Explanation);
        for (int i = 0; i < field.Deposits.Length; i++)
        {
            FieldDeposit deposit = field.Deposits[i];
            DepositTruth truth = scan.Truth.Deposits[i];
            Region? region = Match(deposit.Placed.CentreMm, deposit.ReachMm, report.Regions);
            yield return new MeasuredDeposit
            {
                Source = source,
                Kind = truth.Kind,
                SizeMm = deposit.SizeMm,
                DensityMgPerCm3 = deposit.Placed.DensityMgPerCm3,
                SliceMm = field.Options.SliceSpacingMm,
                NoiseHu = field.Options.NoiseHu,
                VolumeMm3 = truth.VolumeMm3,
                MaxDiameterMm = deposit.Placed is { Form: PlacedForm.Ellipsoid, DiametersMm: var axes } ? Math.Max(axes.X, Math.Max(axes.Y, axes.Z)) : null,
                MassMg = StatedMassMg(truth.VolumeMm3, truth.MassMg, field.Options.Kvp, parameters.Calibration.MilligramsPerCm3PerHu),
                Reading = region is null ? null : DepositReading.Of(region, parameters),
            };
        }
    }
}
