using System.Collections.Immutable;
using CalcQuant.Imaging;
using CalcQuant.Measurement;
using CalcQuant.Radiography;
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

    /// <summary>
    /// Calcium hydroxyapatite per HU, mg/cm³ per HU; null: by <see cref="CalibrationRods"/>, by <see cref="ScannerCalibrations"/> or, with a warning, the default for the tube
    /// voltage, whichever comes first.
    /// </summary>
    public double? MilligramsPerCm3PerHu { get; init; }

    /// <summary>Where <see cref="MilligramsPerCm3PerHu"/> comes from, in the caller's words; null where he does not say.</summary>
    public string? CalibrationOrigin { get; init; }

    /// <summary>
    /// Rods of known density that lie in the scan; empty for none. Rods that give no calibration are told in <see cref="SeriesIssueCode.CalibrationRodsUnusable"/>. At most
    /// <see cref="CalibrationRod.MaxCount"/>.
    /// </summary>
    public ImmutableArray<CalibrationRod> CalibrationRods { get; init; } = [];

    /// <summary>Calibrations of scanners that were measured before; that of the series' scanner, voltage and kernel is taken. At most <see cref="ScannerCalibration.MaxCount"/>.</summary>
    public ImmutableArray<ScannerCalibration> ScannerCalibrations { get; init; } = [];

    /// <summary>
    /// Only regions that reach into this box are reported, each of them whole, so that its volume stays right; null for all. What is left out is counted in
    /// <see cref="SeriesIssueCode.RegionOfInterest"/>.
    /// </summary>
    public LpsBox? RegionOfInterest { get; init; }

    /// <summary>
    /// Deposits, vascular and uncertain regions of a smaller volume are left out, mm³; null for none. What is left out is counted in
    /// <see cref="SeriesIssueCode.SmallRegionsLeftOut"/>.
    /// </summary>
    public double? MinimumVolumeMm3 { get; init; }

    /// <summary>Bone that somebody drew, on any grid in the frame of reference of the series, instead of the skeleton that would be found; null to find it.</summary>
    public LabelVolume? BoneMask { get; init; }

    /// <summary>Labels of <see cref="BoneMask"/> that are bone; empty for all but 0.</summary>
    public ImmutableArray<int> BoneLabels { get; init; } = [];

    /// <summary>
    /// What readers say of single regions, in the order in which it is applied. Those of other series and stacks are left aside; one that meets no region is told in
    /// <see cref="SeriesIssueCode.CorrectionWithoutRegion"/>.
    /// </summary>
    public ImmutableArray<RegionCorrection> Corrections { get; init; } = [];

    /// <summary>
    /// Where readers say that deposits lie in radiographs: each is measured there, whatever the search finds. Those of other films are left aside; one that holds
    /// nothing is told in <see cref="SeriesIssueCode.GuidedPlaceEmpty"/>. At most <see cref="GuidedPlace.MaxCount"/>.
    /// </summary>
    public ImmutableArray<GuidedPlace> GuidedPlaces { get; init; } = [];

    /// <summary>Radiographs are not searched: only <see cref="GuidedPlaces"/> are measured.</summary>
    public bool GuidedOnly { get; init; }

    /// <summary>Threads to use; 0 means one per processor. Results do not depend on it.</summary>
    public int MaxThreadCount { get; init; }

    /// <summary>The corrections of one stack.</summary>
    /// <param name="seriesInstanceUid">Its series.</param>
    /// <param name="stackNumber">Its number within the series, from 1.</param>
    public ImmutableArray<RegionCorrection> CorrectionsOf(string seriesInstanceUid, int stackNumber) =>
        [.. Corrections.Where(correction => correction.SeriesInstanceUid == seriesInstanceUid && correction.StackNumber == stackNumber)];

    /// <summary>The guided places of one radiograph, in their order.</summary>
    /// <param name="sopInstanceUid">Its SOP Instance UID.</param>
    public ImmutableArray<GuidedPlace> GuidedPlacesOf(string sopInstanceUid) =>
        [.. GuidedPlaces.Where(place => place.SopInstanceUid is null || place.SopInstanceUid == sopInstanceUid)];
}

/// <summary>How far an analysis is.</summary>
/// <param name="Stage">Name of the running stage, lower case, e.g. "skeleton".</param>
/// <param name="Fraction">Done part of this stage, 0 to 1.</param>
public readonly record struct AnalysisProgress(string Stage, double Fraction);
