using System.Collections.Immutable;
using CalcQuant.Analysis;
using CalcQuant.Measurement;
using CalcQuant.Phantoms.Truth;
using CalcQuant.Segmentation;

namespace CalcQuant.Phantoms.Validation;

/// <summary>A series of anatomy with its deposits: the totals of those that were found, and each deposit that has regions of its own.</summary>
internal sealed record AnatomySeries
{
    /// <summary>Family of phantoms, and its slices where they are not its own.</summary>
    public required string Family { get; init; }

    /// <summary>Distance and thickness of the slices, mm.</summary>
    public required double SliceMm { get; init; }

    /// <summary>Deposits found as soft-tissue calcification.</summary>
    public required int FoundCount { get; init; }

    /// <summary>Sum over the regions of the deposits found, mm³.</summary>
    public required double VolumeMm3 { get; init; }

    /// <summary>Sum over the deposits found, mm³.</summary>
    public required double TrueVolumeMm3 { get; init; }

    /// <summary>Voxels at or above the threshold of the same regions times their volume, mm³.</summary>
    public required double ThresholdVolumeMm3 { get; init; }

    /// <summary>Sum over the regions of the deposits found, mg.</summary>
    public required double MassMg { get; init; }

    /// <summary>Sum over the deposits found of what a measurement without error would state, mg.</summary>
    public required double TrueMassMg { get; init; }

    /// <summary>The deposits; without a reading where they were not found or share their region with another.</summary>
    public required ImmutableArray<MeasuredDeposit> Deposits { get; init; }

    /// <summary>Matches deposits and regions as the score of detection does.</summary>
    public static AnatomySeries Of(string family, PhantomScan scan, CalcificationResult result)
    {
        AnalysisReport report = result.Report;
        MeasurementParameters parameters = report.Parameters ?? throw new InvalidOperationException("A phantom was refused: " + report.Issues[0].Explanation);
        SegmentedRegion[] segmented = [.. result.Segmentation.Regions];
        ScoredRegion[] regions =
        [
            .. segmented.Zip(report.Regions, (voxels, region) => ScoredRegion.Of(voxels) with { VolumeMm3 = region.VolumeMm3, MassMg = region.MassMg }),
        ];
        PhantomScore score = PhantomScore.Of(scan.Truth, regions);
        double Stated(DepositTruth truth) => MeasuredDeposit.StatedMassMg(truth.VolumeMm3, truth.MassMg, scan.Options.Kvp, parameters.Calibration.MilligramsPerCm3PerHu);

        DepositScore[] found = [.. score.Deposits.Where(deposit => deposit.Found)];
        Region[] own = [.. found.SelectMany(deposit => deposit.RegionIndices.Append(deposit.RegionIndex!.Value)).Distinct().Select(index => report.Regions[index])];
        return new AnatomySeries
        {
            Family = family,
            SliceMm = scan.Options.SliceSpacingMm,
            FoundCount = found.Length,
            VolumeMm3 = own.Sum(region => region.VolumeMm3),
            TrueVolumeMm3 = found.Sum(deposit => deposit.Truth.VolumeMm3),
            ThresholdVolumeMm3 = own.Sum(region => region.ThresholdVolumeMm3),
            MassMg = own.Sum(region => region.MassMg ?? 0),
            TrueMassMg = found.Sum(deposit => Stated(deposit.Truth)),
            Deposits =
            [
                .. score.Deposits.Select(deposit => new MeasuredDeposit
                {
                    Source = family,
                    Kind = deposit.Truth.Kind,
                    SizeMm = Math.Cbrt(6 * deposit.Truth.VolumeMm3 / Math.PI),
                    DensityMgPerCm3 = deposit.Truth.DensityMgPerCm3,
                    SliceMm = scan.Options.SliceSpacingMm,
                    NoiseHu = scan.Options.NoiseHu,
                    VolumeMm3 = deposit.Truth.VolumeMm3,
                    MassMg = Stated(deposit.Truth),
                    Reading = deposit.Found && deposit.VolumeError is not null
                        ? Joined([.. deposit.RegionIndices.Select(index => DepositReading.Of(report.Regions[index], parameters))])
                        : null,
                }),
            ],
        };
    }

    // The interval of a sum depends on how the errors of its parts hang together, which nothing says: there is none.
    private static DepositReading Joined(DepositReading[] parts) => parts.Length == 1
        ? parts[0]
        : new DepositReading
        {
            Kind = RegionKind.SoftTissueCalcification,
            Quantified = Array.TrueForAll(parts, part => part.Quantified),
            VolumeMm3 = parts.Sum(part => part.VolumeMm3),
            ThresholdVolumeMm3 = parts.Sum(part => part.ThresholdVolumeMm3),
            MassMg = Array.TrueForAll(parts, part => part.MassMg is not null) ? parts.Sum(part => part.MassMg) : null,
            ThresholdMassMg = parts.Sum(part => part.ThresholdMassMg),
        };
}
