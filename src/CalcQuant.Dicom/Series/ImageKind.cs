using System.Text.RegularExpressions;
using CalcQuant.Analysis;
using CalcQuant.Dicom.Encoding;

namespace CalcQuant.Dicom.Series;

/// <summary>
/// What kind of picture a CT object holds, from Image Type (0008,0008) or Frame Type (0008,9007), the SOP class and the multi-energy attributes
/// (PS3.3 C.8.2.1.1.1, C.8.16.1): a cross-section in HU, or something a volume must not be made of.
/// </summary>
internal static partial class ImageKind
{
    /// <summary>Values of Image Type that scanners give to scouts and to screenshots of doses and protocols.</summary>
    private static readonly string[] NotCrossSections =
    [
        "LOCALIZER", "SCOUT", "TOPOGRAM", "SURVIEW", "SCANOGRAM", "SCANOSCOPE",
        "SCREEN SAVE", "SCREENSAVE", "SCREEN CAPTURE", "DOSE", "DOSE_INFO", "DOSE REPORT", "PATIENT PROTOCOL", "REPORT", "RADIATION DOSE",
        "VRT", "3D SSD", "RENDERED", "VOLUME_RENDERED", "CURVED_MPR",
    ];

    /// <summary>Values for images that hold a quantity other than attenuation, in whatever unit they claim.</summary>
    private static readonly string[] OtherQuantities =
    [
        "EFF_ATOMIC_NUM", "ELECTRON_DENSITY", "RHO_Z", "RHO", "Z_EFF", "ZEFF",
        "SUBTRACTION", "DIVISION", "MULTIPLICATION", "STD_DEVIATION", "QUANTITY",
        "CBF", "CBV", "MTT", "TTP", "TTD", "TMAX", "PBV", "PERMEABILITY", "PERFUSION_MAP",
    ];

    /// <summary>Values for images in which a material was separated out: calcium may be gone or shown as something else.</summary>
    private static readonly string[] MaterialImages =
    [
        "MAT_SPECIFIC", "MAT_REMOVED", "MAT_FRACTIONAL", "MAT_MODIFIED", "MAT_VALUE_BASED",
        "VNC", "VNI", "VUE", "TNC", "VIRTUAL_UNENHANCED", "VIRTUAL_NON_CONTRAST", "VIRTUAL NON CONTRAST", "PURECALCIUM", "PURELUMEN",
        "IODINE", "IODINE_MAP", "IODINE MAP", "IODINE_DENSITY", "CALCIUM", "WATER", "FAT_MAP", "BONE_REMOVED", "BONE REMOVED", "BONEREMOVAL", "VNCA",
        "MD", "MATERIAL_DENSITY", "GSI_MD", "MASKED",
    ];

    /// <summary>Values for virtual monoenergetic images.</summary>
    private static readonly string[] MonoenergeticImages = ["VMI", "MONO", "MONOE", "MONO_E", "MONO+", "MONO_PLUS", "MONOCHROMATIC"];

    /// <summary>True for the SOP classes of CT images (PS3.4 B.5): classic, enhanced and legacy converted.</summary>
    public static bool IsCtImage(string sopClassUid) =>
        sopClassUid is SeriesTags.CtImageStorage or SeriesTags.EnhancedCtImageStorage or SeriesTags.LegacyConvertedEnhancedCtImageStorage;

    /// <summary>Why a picture is no cross-section in the first place; null where it is one.</summary>
    public static string? WhyNotAxial(FrameAttributes frame, IReadOnlyList<string> imageType, string? sopClassUid)
    {
        if (sopClassUid is not null && IsSecondaryCapture(sopClassUid))
        {
            return "Secondary capture: a picture of a screen, not a cross-section.";
        }

        string? value = imageType.FirstOrDefault(type => NotCrossSections.Contains(type, StringComparer.Ordinal));
        if (value is not null)
        {
            return $"Image Type (0008,0008) says {value}: a scout, screenshot or rendering, not a cross-section.";
        }

        if (!string.IsNullOrWhiteSpace(sopClassUid) && !IsCtImage(sopClassUid))
        {
            return $"SOP Class UID (0008,0016) {sopClassUid} is not one of CT images.";
        }

        if (frame.DataSet.GetInt32(DicomTags.SamplesPerPixel) > 1
            || frame.DataSet.GetString(DicomTags.PhotometricInterpretation)?.StartsWith("MONOCHROME", StringComparison.OrdinalIgnoreCase) == false)
        {
            return "A colour picture (Samples per Pixel (0028,0002), Photometric Interpretation (0028,0004)), not a cross-section.";
        }

        return null;
    }

    /// <summary>Whether a cross-section shows attenuation in HU with its calcium in it.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="imageType">Image Type or Frame Type, upper case.</param>
    /// <param name="sopInstanceUid">The instance, for messages.</param>
    public static IEnumerable<SeriesIssue> FindIssues(FrameAttributes frame, IReadOnlyList<string> imageType, string sopInstanceUid)
    {
        string? material = imageType.FirstOrDefault(type => MaterialImages.Contains(type, StringComparer.Ordinal) || MaterialWords().IsMatch(type));
        string? quantity = imageType.FirstOrDefault(type => OtherQuantities.Contains(type, StringComparer.Ordinal));
        bool isMonoenergetic = imageType.Any(type =>
            MonoenergeticImages.Contains(type, StringComparer.Ordinal) || type.Contains("MONOENERG", StringComparison.Ordinal));
        if (material is not null)
        {
            yield return new SeriesIssue(SeriesIssueCode.MaterialDecomposition, $"Image Type (0008,0008) says {material}: materials were separated, calcium may be gone.", sopInstanceUid);
        }
        else if (DescribesMaterialImage(frame.DataSet))
        {
            yield return new SeriesIssue(SeriesIssueCode.MaterialDecomposition, "Series Description (0008,103E) or Derivation Description (0008,2111) speaks of a virtual non-contrast image or a material map.", sopInstanceUid);
        }

        if (quantity is not null)
        {
            yield return new SeriesIssue(SeriesIssueCode.NotHounsfield, $"Image Type (0008,0008) says {quantity}: not attenuation in HU.", sopInstanceUid);
        }

        if (isMonoenergetic)
        {
            yield return new SeriesIssue(SeriesIssueCode.VirtualMonoenergetic, "Image Type (0008,0008) says a virtual monoenergetic image: HU of calcium and the threshold depend on its energy.", sopInstanceUid);
        }

        bool isMultienergy = string.Equals(frame.DataSet.GetString(DicomTags.MultienergyCTAcquisition), "YES", StringComparison.OrdinalIgnoreCase);
        if (isMultienergy && material is null && quantity is null && !isMonoenergetic)
        {
            // Value 4 is required here (PS3.3 C.8.2.1.1.1). Without it only an original image is one of the ordinary pictures of such a scan.
            yield return imageType is ["ORIGINAL", ..]
                ? new SeriesIssue(SeriesIssueCode.DerivedImage, "Multi-energy CT Acquisition (0018,9361) without a kind of image in Image Type (0008,0008): taken as an ordinary image in HU.", sopInstanceUid)
                : new SeriesIssue(SeriesIssueCode.MaterialDecomposition, "Multi-energy CT Acquisition (0018,9361) of a derived image whose kind Image Type (0008,0008) does not say.", sopInstanceUid);
        }

        if (imageType is ["DERIVED", ..])
        {
            yield return new SeriesIssue(SeriesIssueCode.DerivedImage, "Image Type (0008,0008) says DERIVED: a reformat, projection or average, measured as it is.", sopInstanceUid);
        }
    }

    /// <summary>True for the SOP classes of secondary captures (PS3.4 B.5).</summary>
    public static bool IsSecondaryCapture(string sopClassUid) =>
        sopClassUid == SeriesTags.SecondaryCaptureImageStorage || sopClassUid.StartsWith(SeriesTags.SecondaryCaptureImageStorage + ".", StringComparison.Ordinal);

    private static bool DescribesMaterialImage(DicomDataSet dataSet) =>
        (dataSet.GetString(DicomTags.SeriesDescription) is { } series && MaterialWords().IsMatch(series))
        || (dataSet.GetString(DicomTags.DerivationDescription) is { } derivation && MaterialWords().IsMatch(derivation));

    // No time limit: letters once passed begin no second match, so the work grows with the length only; a limit would fail where the machine is busy.

    /// <summary>Words that no ordinary series carries; a series wrongly refused for them can be seen, one wrongly measured cannot.</summary>
    [GeneratedRegex(
        @"(?<![a-z0-9])(VNC|virtual[ _-]?(non|un|native|calcium)[a-z]*|iodine[ _-]?(map|density|overlay|no[ _-]?water)|calcium[ _-]?suppress[a-z]*|water[ ]?\([a-z]+\)|z[ _-]?eff[a-z]*|electron[ _-]?density|uric[ _-]?acid)(?![a-z0-9])",
        RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant,
        matchTimeoutMilliseconds: Timeout.Infinite)]
    private static partial Regex MaterialWords();
}
