using CalcQuant.Segmentation;

namespace CalcQuant.Analysis;

/// <summary>What a caller may choose; the defaults are what an unattended analysis uses.</summary>
public sealed record AnalysisOptions
{
    /// <summary>
    /// Least HU of a hyperdense voxel. Null: 130 HU at 120 kVp, adapted to the series' tube voltage
    /// (<see cref="Measurement.TubeVoltage.ThresholdHu"/>).
    /// </summary>
    public float? ThresholdHu { get; init; }

    /// <summary>Which voxels touch.</summary>
    public Connectivity Connectivity { get; init; } = Connectivity.Full26;

    /// <summary>Calcium hydroxyapatite per HU, mg/cm³ per HU; null: the default for the tube voltage, with a warning.</summary>
    public double? MilligramsPerCm3PerHu { get; init; }

    /// <summary>Threads to use; 0 means one per processor. Results do not depend on it.</summary>
    public int MaxThreadCount { get; init; }
}

/// <summary>How far an analysis is.</summary>
/// <param name="Stage">Name of the running stage, lower case, e.g. "skeleton".</param>
/// <param name="Fraction">Done part of this stage, 0 to 1.</param>
public readonly record struct AnalysisProgress(string Stage, double Fraction);
