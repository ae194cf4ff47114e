using System.Collections.Immutable;
using CalcQuant.Analysis;
using CalcQuant.Dicom.Encoding;
using CalcQuant.Dicom.PixelData;
using CalcQuant.Dicom.Series;
using CalcQuant.Imaging;

namespace CalcQuant.Dicom.Films;

/// <summary>What the header says about one radiograph; its pixels are not read yet.</summary>
internal sealed record FilmHeader
{
    /// <summary>Modalities (PS3.3 C.7.3.1.1.1) whose images are single projections: computed, digital, mammography, panoramic, intra-oral, digitised film.</summary>
    private static readonly string[] Modalities = ["CR", "DX", "MG", "PX", "IO", "RG"];

    /// <summary>Where the pixels are.</summary>
    public required ImageFile File { get; init; }

    /// <summary>Modality.</summary>
    public required string Modality { get; init; }

    /// <summary>Series Instance UID; null where absent.</summary>
    public string? SeriesInstanceUid { get; init; }

    /// <summary>Header facts; the numbers of the film in its series are set by the catalogue.</summary>
    public required CtAcquisition Acquisition { get; init; }

    /// <summary>What only films have.</summary>
    public required FilmFacts Film { get; init; }

    /// <summary>Size of the pixels; null where not known.</summary>
    public PixelScale? Scale { get; init; }

    /// <summary>How values become attenuation; null where the image is refused.</summary>
    public FilmIntensity? Intensity { get; init; }

    /// <summary>Sort key within the series: Instance Number (0020,0013), then SOP Instance UID.</summary>
    public required (int Number, string Uid) Order { get; init; }

    /// <summary>Refusals and warnings known from the header.</summary>
    public ImmutableArray<SeriesIssue> Issues { get; init; } = [];

    /// <summary>Pixels.</summary>
    public long PixelCount => File.Layout is { } layout ? (long)layout.RowCount * layout.ColumnCount : 0;

    /// <summary>True where images of a modality are radiographs that are measured.</summary>
    public static bool IsFilm(string modality) => Modalities.Contains(modality, StringComparer.Ordinal);

    /// <summary>Reads the header of a film.</summary>
    /// <param name="file">The object.</param>
    /// <param name="image">Its pixels.</param>
    /// <param name="modality">Its modality.</param>
    public static FilmHeader Read(DicomFile file, ImageFile image, string modality)
    {
        DicomDataSet dataSet = file.DataSet;
        string uid = Text(dataSet, DicomTags.SOPInstanceUID) ?? string.Empty;
        var issues = new List<SeriesIssue>();
        FilmIntensity? intensity = null;
        if (WhyNotFilm(dataSet, image, uid) is { } refusal)
        {
            issues.Add(refusal);
        }
        else
        {
            intensity = FilmIntensity.Read(dataSet, image.Layout!, uid, issues);
        }

        PixelScale? scale = FilmScale.Read(dataSet, uid, issues);
        issues.AddRange(JudgeScale(scale, uid));
        if (dataSet.GetString(DicomTags.LossyImageCompression) == "01" || SliceHeader.IsLossyByNature(image.TransferSyntaxUid))
        {
            issues.Add(new SeriesIssue(SeriesIssueCode.LossyCompression, "The image went through lossy compression: specks and edges may have changed.", uid));
        }

        (string Side, string Attribute)? laterality = SliceHeader.ReadLaterality(new FrameAttributes(dataSet, null, null));
        return new FilmHeader
        {
            File = image,
            Modality = modality,
            SeriesInstanceUid = Text(dataSet, DicomTags.SeriesInstanceUID),
            Acquisition = new CtAcquisition
            {
                SeriesInstanceUid = Text(dataSet, DicomTags.SeriesInstanceUID) ?? string.Empty,
                StudyInstanceUid = Text(dataSet, DicomTags.StudyInstanceUID),
                SopInstanceUids = [uid],
                Kvp = dataSet.GetDouble(DicomTags.KVP) is { } kvp and > 0 ? kvp : null,
                BodyPartExamined = Text(dataSet, DicomTags.BodyPartExamined) ?? AnatomicRegion(dataSet),
                Laterality = laterality?.Side,
                LateralitySource = laterality?.Attribute,
                Manufacturer = Text(dataSet, DicomTags.Manufacturer),
                ManufacturerModelName = Text(dataSet, DicomTags.ManufacturerModelName),
            },
            Film = new FilmFacts
            {
                SopInstanceUid = uid,
                ViewPosition = Text(dataSet, DicomTags.ViewPosition) ?? ViewCode(dataSet),
                IntensityOrigin = intensity?.Origin ?? string.Empty,
            },
            Scale = scale,
            Intensity = intensity,
            Order = (dataSet.GetInt32(DicomTags.InstanceNumber) ?? int.MaxValue, uid),
            Issues = [.. issues],
        };
    }

    private static SeriesIssue? WhyNotFilm(DicomDataSet dataSet, ImageFile image, string uid)
    {
        if (image.PixelIssue is { } unreadable)
        {
            return unreadable with { SopInstanceUid = uid };
        }

        PixelLayout layout = image.Layout!;
        if (layout.SamplesPerPixel != 1 || !layout.PhotometricInterpretation.StartsWith("MONOCHROME", StringComparison.OrdinalIgnoreCase))
        {
            return new SeriesIssue(
                SeriesIssueCode.NotARadiograph,
                $"A colour picture (Samples per Pixel (0028,0002) {layout.SamplesPerPixel}, Photometric Interpretation (0028,0004) {layout.PhotometricInterpretation}): colours are no attenuation.",
                uid);
        }

        if (layout.FrameCount > 1)
        {
            return new SeriesIssue(SeriesIssueCode.NotARadiograph, $"Number of Frames (0028,0008) is {layout.FrameCount}: a run of images, not one radiograph.", uid);
        }

        return ImageKind.IsSecondaryCapture(dataSet.GetString(DicomTags.SOPClassUID) ?? string.Empty) && dataSet.GetDoubles(DicomTags.NominalScannedPixelSpacing) is null
            ? new SeriesIssue(SeriesIssueCode.NotARadiograph, "Secondary capture without Nominal Scanned Pixel Spacing (0018,2010): a picture of a screen, not of a film.", uid)
            : null;
    }

    private static IEnumerable<SeriesIssue> JudgeScale(PixelScale? scale, string uid)
    {
        if (scale is null)
        {
            yield return new SeriesIssue(SeriesIssueCode.PixelSizeUnknown, "No attribute tells the size of the pixels: areas are in pixels only.", uid);
        }
        else if (scale.Source is PixelScaleSource.DetectorPlane or PixelScaleSource.ScannedFilm or PixelScaleSource.Unexplained)
        {
            yield return new SeriesIssue(
                SeriesIssueCode.MagnificationUnknown,
                $"{scale.Origin}: areas in the patient may be smaller, by the square of the magnification, 1 % on a hand and up to 40 % in a hip.",
                uid);
        }
    }

    private static string? AnatomicRegion(DicomDataSet dataSet) =>
        dataSet.GetItems(DicomTags.AnatomicRegionSequence) is [DicomDataSet region, ..] ? Text(region, DicomTags.CodeMeaning) : null;

    private static string? ViewCode(DicomDataSet dataSet) =>
        dataSet.GetItems(DicomTags.ViewCodeSequence) is [DicomDataSet view, ..] ? Text(view, DicomTags.CodeMeaning) : null;

    private static string? Text(DicomDataSet dataSet, DicomTag tag) => dataSet.GetString(tag)?.Trim() is { Length: > 0 } text ? text : null;
}
