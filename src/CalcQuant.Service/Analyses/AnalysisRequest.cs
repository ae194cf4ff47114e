using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using CalcQuant.Api;
using CalcQuant.Measurement;
using CalcQuant.Radiography;
using Google.Protobuf.Collections;
using V1 = CalcQuant.Api.V1;

namespace CalcQuant.Service.Analyses;

/// <summary>A request for an analysis that makes sense; whether there is such a series is not known yet.</summary>
internal sealed record AnalysisRequest
{
    /// <summary>Reads an entry of a repeated field; gives what is wrong, in words, or null.</summary>
    public delegate string? EntryReader<TMessage, TValue>(TMessage message, out TValue? value)
        where TValue : class;

    /// <summary>Characters of the text that says where a calibration comes from; it is repeated in each report.</summary>
    private const int MaxOriginLength = 200;

    /// <summary>Characters of a UID (PS3.5 9.1); 64, doubled for headers that do not keep to it.</summary>
    private const int MaxUidLength = 128;

    /// <summary>Characters of the name of a server folder.</summary>
    private const int MaxFolderLength = 4096;

    /// <summary>Labels of a bone mask; a whole-body segmentation has about a hundred, a DICOM Segmentation at most 65535.</summary>
    private const int MaxLabelCount = 65535;

    private AnalysisRequest()
    {
    }

    /// <summary>Series Instance UID; empty for all series of <see cref="ServerFolder"/>.</summary>
    public required string SeriesInstanceUid { get; init; }

    /// <summary>Server folder; empty for the store.</summary>
    public required string ServerFolder { get; init; }

    /// <summary>
    /// Options in canonical form: only fields that this version knows, defaults written out, labels sorted, a bone mask without its bytes. Equal
    /// options give equal bytes.
    /// </summary>
    public required V1.AnalysisOptions Options { get; init; }

    /// <summary>What to make beside the report.</summary>
    public required ArtifactKinds Artifacts { get; init; }

    /// <summary>How the bone mask is written; None without one.</summary>
    public BoneMaskFormat MaskFormat { get; init; }

    /// <summary>The bone mask; empty without one, or where it is in the store (<c>segmentation_sop_instance_uid</c> of the options).</summary>
    public ReadOnlyMemory<byte> MaskBytes { get; init; }

    /// <summary>Reads a request.</summary>
    /// <exception cref="ServiceFault">InvalidRequest, with everything that is wrong.</exception>
    public static AnalysisRequest Parse(V1.SeriesReference? series, V1.AnalysisOptions? options, IEnumerable<V1.ArtifactKind> artifacts)
    {
        var violations = new List<FieldViolation>();
        string seriesInstanceUid = series?.SeriesInstanceUid ?? string.Empty;
        string serverFolder = series?.ServerFolder ?? string.Empty;
        if (seriesInstanceUid.Length == 0 && serverFolder.Length == 0)
        {
            violations.Add(new FieldViolation("series", "Name a series by its series_instance_uid, or a server_folder."));
        }

        CheckText("series.series_instance_uid", seriesInstanceUid, MaxUidLength, violations);
        CheckText("series.server_folder", serverFolder, MaxFolderLength, violations);
        V1.AnalysisOptions canonical = Canonical(options ?? new V1.AnalysisOptions(), violations, out BoneMaskFormat maskFormat, out ReadOnlyMemory<byte> maskBytes);
        ArtifactKinds kinds = ToKinds(artifacts, violations);
        return violations.Count > 0
            ? throw InvalidRequest(violations)
            : new AnalysisRequest
            {
                SeriesInstanceUid = seriesInstanceUid,
                ServerFolder = serverFolder,
                Options = canonical,
                Artifacts = kinds,
                MaskFormat = maskFormat,
                MaskBytes = maskBytes,
            };
    }

    /// <summary>The fault that carries violations.</summary>
    public static ServiceFault InvalidRequest(IEnumerable<FieldViolation> violations)
    {
        ImmutableArray<FieldViolation> all = [.. violations];
        return new ServiceFault(new ServiceError(ServiceErrorCode.InvalidRequest, string.Join(' ', all.Select(violation => $"{violation.Field}: {violation.Description}"))) { Violations = all });
    }

    private static V1.AnalysisOptions Canonical(V1.AnalysisOptions options, List<FieldViolation> violations, out BoneMaskFormat maskFormat, out ReadOnlyMemory<byte> maskBytes)
    {
        var canonical = new V1.AnalysisOptions
        {
            Connectivity = options.Connectivity == V1.Connectivity.Unspecified ? V1.Connectivity.Full26 : options.Connectivity,
        };
        Check("options.connectivity", Enum.IsDefined(canonical.Connectivity), "This connectivity is not known.", violations);
        if (options.HasThresholdHu)
        {
            Check("options.threshold_hu", float.IsFinite(options.ThresholdHu) && options.ThresholdHu > 0, "A threshold is a finite number of HU above 0.", violations);
            canonical.ThresholdHu = options.ThresholdHu;
        }

        if (options.Calibration is { } calibration)
        {
            Check("options.calibration.milligrams_per_cm3_per_hu", double.IsFinite(calibration.MilligramsPerCm3PerHu) && calibration.MilligramsPerCm3PerHu > 0, "A calibration is a finite number above 0.", violations);
            CheckText("options.calibration.origin", calibration.Origin, MaxOriginLength, violations);
            canonical.Calibration = new V1.Calibration { MilligramsPerCm3PerHu = calibration.MilligramsPerCm3PerHu, Origin = calibration.Origin };
        }

        Check("options.calibration_rods", options.Calibration is null || options.CalibrationRods.Count == 0, "A calibration is given by a factor or by rods, not by both.", violations);
        AddCanonical<V1.CalibrationRod, CalibrationRod>(
            "options.calibration_rods", options.CalibrationRods, CalibrationRod.MaxCount, "rods", CalibrationMapping.TryRead, static rod => rod.ToMessage(), static _ => string.Empty, canonical.CalibrationRods, violations);
        AddCanonical<V1.ScannerCalibration, ScannerCalibration>(
            "options.scanner_calibrations", options.ScannerCalibrations, ScannerCalibration.MaxCount, "calibrations", CalibrationMapping.TryRead, static entry => entry.ToMessage(), static _ => string.Empty, canonical.ScannerCalibrations, violations);
        if (options.RegionOfInterestLpsMm is { } box)
        {
            canonical.RegionOfInterestLpsMm = CanonicalBox(box, violations);
        }

        if (options.HasMinimumVolumeMm3)
        {
            Check("options.minimum_volume_mm3", double.IsFinite(options.MinimumVolumeMm3) && options.MinimumVolumeMm3 >= 0, "A minimum volume is a finite number of mm3, 0 or more.", violations);
            canonical.MinimumVolumeMm3 = options.MinimumVolumeMm3;
        }

        AddCanonical<V1.GuidedPlace, GuidedPlace>(
            "options.guided_places", options.GuidedPlaces, GuidedPlace.MaxCount, "places", GuidedPlaceMapping.TryRead, static place => place.ToMessage(), static message => message.Name, canonical.GuidedPlaces, violations);
        canonical.GuidedOnly = options.GuidedOnly;
        maskFormat = BoneMaskFormat.None;
        maskBytes = default;
        if (options.BoneMask is { } mask)
        {
            canonical.BoneMask = CanonicalMask(mask, violations, out maskFormat, out maskBytes);
        }

        return canonical;
    }

    /// <summary>Reads a repeated field and writes it anew, so that equal requests have equal bytes; what cannot be read is a violation.</summary>
    private static void AddCanonical<TMessage, TValue>(
        string field,
        RepeatedField<TMessage> given,
        int maxCount,
        string plural,
        EntryReader<TMessage, TValue> read,
        Func<TValue, TMessage> write,
        Func<TMessage, string> nameOf,
        RepeatedField<TMessage> canonical,
        List<FieldViolation> violations)
        where TValue : class
    {
        Check(field, given.Count <= maxCount, $"At most {maxCount} {plural}.", violations);
        foreach ((int index, TMessage message) in given.Take(maxCount).Index())
        {
            if (read(message, out TValue? value) is { } problem)
            {
                violations.Add(new FieldViolation($"{field}[{index}]", Sentence(nameOf(message), problem)));
            }
            else
            {
                canonical.Add(write(value!));
            }
        }
    }

    /// <summary>What is wrong with a guided place, with its name where that can be shown.</summary>
    public static string Sentence(string name, string problem) =>
        name.Length is > 0 and <= GuidedPlace.MaxNameLength && !name.Any(char.IsControl) ? $"{name}: {problem}." : $"{char.ToUpperInvariant(problem[0])}{problem[1..]}.";

    private static V1.LpsBox CanonicalBox(V1.LpsBox box, List<FieldViolation> violations)
    {
        const string Field = "options.region_of_interest_lps_mm";
        if (box.Min is null || box.Max is null)
        {
            violations.Add(new FieldViolation(Field, "A box needs both min and max."));
            return new V1.LpsBox();
        }

        // + 0.0 turns -0 into 0, which are equal numbers with other bytes.
        var min = new V1.LpsPoint { X = box.Min.X + 0.0, Y = box.Min.Y + 0.0, Z = box.Min.Z + 0.0 };
        var max = new V1.LpsPoint { X = box.Max.X + 0.0, Y = box.Max.Y + 0.0, Z = box.Max.Z + 0.0 };
        CheckExtent(Field, "x", min.X, max.X, violations);
        CheckExtent(Field, "y", min.Y, max.Y, violations);
        CheckExtent(Field, "z", min.Z, max.Z, violations);
        return new V1.LpsBox { Min = min, Max = max };
    }

    private static void CheckExtent(string field, string axis, double min, double max, List<FieldViolation> violations)
    {
        Check($"{field}.min.{axis}", double.IsFinite(min), "A corner is a finite number of mm.", violations);
        Check($"{field}.max.{axis}", double.IsFinite(max), "A corner is a finite number of mm.", violations);
        Check(field, !(double.IsFinite(min) && double.IsFinite(max)) || min < max, $"min.{axis} is below max.{axis}.", violations);
    }

    private static V1.BoneMask CanonicalMask(V1.BoneMask mask, List<FieldViolation> violations, out BoneMaskFormat format, out ReadOnlyMemory<byte> bytes)
    {
        var canonical = new V1.BoneMask();
        canonical.Labels.AddRange(mask.Labels.Distinct().Order());
        Check("options.bone_mask.labels", canonical.Labels.Count <= MaxLabelCount, $"At most {MaxLabelCount} labels.", violations);
        Check("options.bone_mask.labels", canonical.Labels.All(label => label > 0), "A label of bone is above 0.", violations);
        switch (mask.SourceCase)
        {
            case V1.BoneMask.SourceOneofCase.Nifti:
                format = BoneMaskFormat.Nifti;
                bytes = mask.Nifti.Memory;
                Check("options.bone_mask.nifti", bytes.Length > 0, "The file is empty.", violations);
                break;
            case V1.BoneMask.SourceOneofCase.DicomSegmentation:
                format = BoneMaskFormat.DicomSegmentation;
                bytes = mask.DicomSegmentation.Memory;
                Check("options.bone_mask.dicom_segmentation", bytes.Length > 0, "The file is empty.", violations);
                break;
            case V1.BoneMask.SourceOneofCase.SegmentationSopInstanceUid:
                format = BoneMaskFormat.DicomSegmentation;
                bytes = default;
                canonical.SegmentationSopInstanceUid = mask.SegmentationSopInstanceUid;
                Check("options.bone_mask.segmentation_sop_instance_uid", mask.SegmentationSopInstanceUid.Length > 0, "The UID is empty.", violations);
                CheckText("options.bone_mask.segmentation_sop_instance_uid", mask.SegmentationSopInstanceUid, MaxUidLength, violations);
                break;
            default:
                format = BoneMaskFormat.None;
                bytes = default;
                violations.Add(new FieldViolation("options.bone_mask", "A bone mask needs its file or the UID of a stored segmentation."));
                break;
        }

        return canonical;
    }

    private static ArtifactKinds ToKinds(IEnumerable<V1.ArtifactKind> artifacts, List<FieldViolation> violations)
    {
        var kinds = ArtifactKinds.None;
        foreach ((int index, V1.ArtifactKind artifact) in artifacts.Index())
        {
            if (TryMap(artifact, out ArtifactKinds? kind))
            {
                kinds |= kind.Value;
            }
            else
            {
                violations.Add(new FieldViolation($"artifacts[{index}]", "This kind of artifact is not known."));
            }
        }

        return kinds;
    }

    /// <summary>The stored set that a kind of the contract stands for; JSON and CSV are always there.</summary>
    /// <returns>False for a kind that is not known.</returns>
    public static bool TryMap(V1.ArtifactKind artifact, [NotNullWhen(true)] out ArtifactKinds? kind)
    {
        kind = artifact switch
        {
            V1.ArtifactKind.Json or V1.ArtifactKind.Csv => ArtifactKinds.None,
            V1.ArtifactKind.LabelVolume => ArtifactKinds.LabelVolume,
            V1.ArtifactKind.Overlays => ArtifactKinds.Overlays,
            V1.ArtifactKind.BoneMask => ArtifactKinds.BoneMask,
            _ => null,
        };
        return kind is not null;
    }

    private static void CheckText(string field, string text, int maxLength, List<FieldViolation> violations)
    {
        Check(field, text.Length <= maxLength, $"At most {maxLength} characters.", violations);
        Check(field, !text.Any(char.IsControl), "No control characters.", violations);
    }

    private static void Check(string field, bool isRight, string description, List<FieldViolation> violations)
    {
        if (!isRight)
        {
            violations.Add(new FieldViolation(field, description));
        }
    }
}
