using System.Collections.Immutable;
using CalcQuant.Imaging;
using CalcQuant.Measurement;

namespace CalcQuant.Analysis;

/// <summary>Whether a series could be measured.</summary>
public enum Verdict
{
    /// <summary>Measured, nothing to bear in mind.</summary>
    Accepted = 1,

    /// <summary>Measured; the issues say what to bear in mind.</summary>
    AcceptedWithWarnings = 2,

    /// <summary>Not measured: a number would be wrong. The issues say why.</summary>
    Refused = 3,
}

/// <summary>What one stack of one series shows. The same input and options give an equal report but for its times, whatever the thread count or SIMD width.</summary>
public sealed record AnalysisReport
{
    /// <summary>Version of everything that can change a number; raised with each such change.</summary>
    public const string CurrentAlgorithmVersion = "0.1.0";

    /// <summary>Series Instance UID.</summary>
    public required string SeriesInstanceUid { get; init; }

    /// <summary>DICOM Modality (0008,0060), e.g. CT.</summary>
    public required string Modality { get; init; }

    /// <summary>Whether it was measured.</summary>
    public required Verdict Verdict { get; init; }

    /// <summary>Everything to bear in mind; refusals first.</summary>
    public ImmutableArray<SeriesIssue> Issues { get; init; } = [];

    /// <summary>One entry per kind that occurs, in the order of <see cref="RegionKind"/>; sums of <see cref="Regions"/>.</summary>
    public ImmutableArray<RegionTotal> Totals { get; init; } = [];

    /// <summary>The findings: deposits first, by falling volume. Every hyperdense voxel belongs to exactly one.</summary>
    public ImmutableArray<Region> Regions { get; init; } = [];

    /// <summary>The soft-tissue calcifications by site, side and depth; the sums are those of <see cref="Totals"/>.</summary>
    public ImmutableArray<Burden> Burden { get; init; } = [];

    /// <summary>The compartments that were searched, from the skin inwards: found, empty, or why not searched. Empty where refused.</summary>
    public ImmutableArray<SearchedCompartment> Searched { get; init; } = [];

    /// <summary>What a radiograph shows: areas instead of volumes. Null for CT, and where refused.</summary>
    public Radiography.FilmReport? Film { get; init; }

    /// <summary>What readers corrected in <see cref="Regions"/>, in the order in which it was applied; the totals have it.</summary>
    public ImmutableArray<AppliedCorrection> Corrections { get; init; } = [];

    /// <summary>Header facts; null where the series was refused before they were known.</summary>
    public CtAcquisition? Acquisition { get; init; }

    /// <summary>Size and spacing of the measured volume; null where refused.</summary>
    public VolumeGeometry? Geometry { get; init; }

    /// <summary>What was measured with; null where refused.</summary>
    public MeasurementParameters? Parameters { get; init; }

    /// <summary>
    /// How long each stage took, in the order in which they ran: about this run, not about the patient, and the only part that differs when the same
    /// series is analysed again. Empty where the stages were not timed.
    /// </summary>
    public ImmutableArray<StageTime> StageTimes { get; init; } = [];

    /// <summary>Version of the algorithm.</summary>
    public string AlgorithmVersion { get; init; } = CurrentAlgorithmVersion;

    /// <summary>A report that says why a series was not measured.</summary>
    /// <exception cref="ArgumentException">No issue is a refusal.</exception>
    public static AnalysisReport Refused(string seriesInstanceUid, string modality, ImmutableArray<SeriesIssue> issues, CtAcquisition? acquisition = null)
    {
        if (!issues.Any(issue => issue.Code.IsRefusal()))
        {
            throw new ArgumentException("A refusal needs an issue that refuses.", nameof(issues));
        }

        return new AnalysisReport
        {
            SeriesInstanceUid = seriesInstanceUid,
            Modality = modality,
            Verdict = Verdict.Refused,
            Issues = [.. issues.OrderByDescending(issue => issue.Code.IsRefusal())],
            Acquisition = acquisition,
        };
    }

    /// <summary>This report, refused, with a warning for each correction of its stack: there is no region that it could meet.</summary>
    /// <param name="options">What the caller chose.</param>
    public AnalysisReport WithUnmetCorrections(AnalysisOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return Acquisition is { } acquisition
            ? this with { Issues = [.. Issues, .. options.CorrectionsOf(SeriesInstanceUid, acquisition.StackNumber).Select(CorrectedRegions.WithoutRegion)] }
            : this;
    }
}

/// <summary>What the numbers were made with.</summary>
public sealed record MeasurementParameters
{
    /// <summary>Least HU of a hyperdense voxel.</summary>
    public required float ThresholdHu { get; init; }

    /// <summary>Where the threshold comes from: "requested", "120 kVp default", "interpolated for 100 kVp", ...</summary>
    public required string ThresholdOrigin { get; init; }

    /// <summary>Which voxels touch.</summary>
    public required Segmentation.Connectivity Connectivity { get; init; }

    /// <summary>From HU to mass, and where it comes from.</summary>
    public required Calibration Calibration { get; init; }

    /// <summary>What the rods in the scan show, where the caller named some.</summary>
    public ImmutableArray<MeasuredRod> CalibrationRods { get; init; } = [];

    /// <summary>Noise (SD of soft tissue), HU, measured; null where it could not be.</summary>
    public double? NoiseHu { get; init; }

    /// <summary>In-plane blur, full width at half maximum, mm.</summary>
    public double? InPlaneBlurMm { get; init; }

    /// <summary>Where the bone comes from: "found in the image", "given by the caller, labels 1, 3".</summary>
    public string? BoneOrigin { get; init; }

    /// <summary>Where the blur comes from: "measured at the skin", with its limits where patches of skin disagree ("to within 38 %"), or "assumed".</summary>
    public string? BlurOrigin { get; init; }

    /// <summary>Shape of the slice profile and where it comes from: "rectangle, assumed", "bell, seen in 5 deposits". Its width is Slice Thickness (0018,0050).</summary>
    public string? SliceProfile { get; init; }
}

/// <summary>Sum over the regions of one kind.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="Count">Findings; a merged entry counts all its components.</param>
/// <param name="VolumeMm3">Sum of the best estimates, mm³.</param>
/// <param name="ThresholdVolumeMm3">Sum of the threshold volumes, mm³; over all kinds this is every hyperdense voxel.</param>
/// <param name="MassMg">Sum of the masses, mg; null where the kind has none.</param>
public sealed record RegionTotal(RegionKind Kind, int Count, double VolumeMm3, double ThresholdVolumeMm3, double? MassMg)
{
    /// <summary>
    /// Interval that holds the true volume of these regions with 95 %, mm³: errors of single regions add in squares, that of the blur, which is common to all, as it is; volumes by
    /// counting enter with a factor of two and a half. Null for kinds that are no calcifications, and where no volume was corrected.
    /// </summary>
    public Interval? VolumeIntervalMm3 { get; init; }

    /// <summary>The same for the mass, mg; the calibration's tolerance is common to all regions.</summary>
    public Interval? MassIntervalMg { get; init; }
}
