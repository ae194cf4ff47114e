using System.Collections.Immutable;
using CalcQuant.Analysis;
using CalcQuant.Dicom.Encoding;
using CalcQuant.Imaging;

namespace CalcQuant.Dicom.Series;

/// <summary>What the header says about one frame of a CT object: a candidate for a slice.</summary>
internal sealed record SliceHeader
{
    /// <summary>
    /// How far the length of a direction, or the cosine between the two, may be from what the standard demands (PS3.3 C.7.6.2.1.1): vectors
    /// rounded to three decimals stay within.
    /// </summary>
    private const double DirectionTolerance = 2e-3;

    /// <summary>Values of Contrast/Bolus Agent that say that there was none.</summary>
    private static readonly string[] NoContrast = ["NONE", "NO", "N", "NO CONTRAST", "WITHOUT", "W/O", "NATIVE", "NIL", "-", "0"];

    /// <summary>Where the pixels are.</summary>
    public required ImageFile File { get; init; }

    /// <summary>Frame of the file, from 0.</summary>
    public required int Frame { get; init; }

    /// <summary>Frames of the file.</summary>
    public required int FrameCount { get; init; }

    /// <summary>SOP Instance UID (0008,0018); empty where absent.</summary>
    public required string SopInstanceUid { get; init; }

    /// <summary>Series Instance UID (0020,000E); null where absent.</summary>
    public string? SeriesInstanceUid { get; init; }

    /// <summary>Study Instance UID (0020,000D).</summary>
    public string? StudyInstanceUid { get; init; }

    /// <summary>Patient ID (0010,0020): compared, never shown.</summary>
    public string? PatientId { get; init; }

    /// <summary>Frame of Reference UID (0020,0052).</summary>
    public string? FrameOfReferenceUid { get; init; }

    /// <summary>Rows (0028,0010).</summary>
    public int RowCount { get; init; }

    /// <summary>Columns (0028,0011).</summary>
    public int ColumnCount { get; init; }

    /// <summary>Pixel Spacing (0028,0030), mm; null where absent. Imager Pixel Spacing (0018,1164) never stands in for it.</summary>
    public (double BetweenRowsMm, double BetweenColumnsMm)? PixelSpacing { get; init; }

    /// <summary>Image Orientation (Patient) (0020,0037), unit vectors at right angles; null where absent or invalid.</summary>
    public (LpsPoint ColumnDirection, LpsPoint RowDirection)? Orientation { get; init; }

    /// <summary>Image Position (Patient) (0020,0032), LPS mm; null where absent.</summary>
    public LpsPoint? Position { get; init; }

    /// <summary>Slice Thickness (0018,0050), mm; null where absent or not positive.</summary>
    public double? SliceThicknessMm { get; init; }

    /// <summary>Spacing Between Slices (0018,0088), mm; null where absent or zero.</summary>
    public double? SpacingBetweenSlicesMm { get; init; }

    /// <summary>Image Type (0008,0008) or Frame Type (0008,9007), trimmed, upper case.</summary>
    public ImmutableArray<string> ImageType { get; init; } = [];

    /// <summary>Convolution Kernel (0018,1210), all values joined.</summary>
    public string? ConvolutionKernel { get; init; }

    /// <summary>KVP (0018,0060), kV; null where absent or not positive.</summary>
    public double? Kvp { get; init; }

    /// <summary>Acquisition Number (0020,0012) or Frame Acquisition Number (0020,9156).</summary>
    public int? AcquisitionNumber { get; init; }

    /// <summary>Temporal Position Identifier (0020,0100) or Temporal Position Index (0020,9128).</summary>
    public int? TemporalPosition { get; init; }

    /// <summary>Nominal Percentage of Cardiac Phase (0020,9241), Nominal Cardiac Trigger Delay Time (0020,9153) or Trigger Time (0018,1060).</summary>
    public double? CardiacPhase { get; init; }

    /// <summary>Stack ID (0020,9056).</summary>
    public string? StackId { get; init; }

    /// <summary>Acquisition Time (0008,0032).</summary>
    public string? AcquisitionTime { get; init; }

    /// <summary>Content Time (0008,0033).</summary>
    public string? ContentTime { get; init; }

    /// <summary>Concatenation UID (0020,9161), with the number of this part and of all parts.</summary>
    public (string Uid, int? Number, int? Total)? Concatenation { get; init; }

    /// <summary>Number of Series Related Instances (0020,1209).</summary>
    public int? SeriesInstanceCount { get; init; }

    /// <summary>From stored values to HU.</summary>
    public HounsfieldScale Scale { get; init; }

    /// <summary>See <see cref="CtAcquisition.ContrastInHeader"/>.</summary>
    public bool? Contrast { get; init; }

    /// <summary>Lossy Image Compression (0028,2110) is 01, or the transfer syntax can only be lossy.</summary>
    public bool IsLossy { get; init; }

    /// <summary>Reconstruction Diameter (0018,1100), mm.</summary>
    public double? ReconstructionDiameterMm { get; init; }

    /// <summary>Patient Position (0018,5100).</summary>
    public string? PatientPosition { get; init; }

    /// <summary>Body Part Examined (0018,0015).</summary>
    public string? BodyPartExamined { get; init; }

    /// <summary>Side that was examined, upper case, with the attribute that gives it: the frame's, else the image's, else the series'.</summary>
    public (string Side, string Attribute)? Laterality { get; init; }

    /// <summary>Manufacturer (0008,0070).</summary>
    public string? Manufacturer { get; init; }

    /// <summary>Manufacturer's Model Name (0008,1090).</summary>
    public string? ManufacturerModelName { get; init; }

    /// <summary>Why the picture is no cross-section; null where it is one.</summary>
    public string? NotAxial { get; init; }

    /// <summary>What is wrong with this frame on its own, pixels included.</summary>
    public ImmutableArray<SeriesIssue> Issues { get; init; } = [];

    /// <summary>Reads the headers of all frames of a CT object.</summary>
    /// <param name="file">The object.</param>
    /// <param name="image">Its pixels.</param>
    /// <param name="limits">Bounds.</param>
    public static ImmutableArray<SliceHeader> ReadAll(DicomFile file, ImageFile image, ReadingLimits limits)
    {
        DicomDataSet dataSet = file.DataSet;
        IReadOnlyList<DicomDataSet> perFrame = dataSet.GetItems(DicomTags.PerFrameFunctionalGroupsSequence);
        IReadOnlyList<DicomDataSet> shared = dataSet.GetItems(DicomTags.SharedFunctionalGroupsSequence);
        int frameCount = image.Layout?.FrameCount ?? Math.Max(1, dataSet.GetInt32(DicomTags.NumberOfFrames) ?? 1);
        SeriesIssue? framesIssue = null;
        if (frameCount > limits.MaxFrameCount)
        {
            framesIssue = new SeriesIssue(SeriesIssueCode.LimitExceeded, $"Number of Frames (0028,0008) is {frameCount}, over the limit of {limits.MaxFrameCount}.");
            frameCount = 1;
        }
        else if (perFrame.Count > 0 && perFrame.Count != frameCount)
        {
            framesIssue = new SeriesIssue(SeriesIssueCode.InvalidHeader, $"Number of Frames (0028,0008) is {frameCount}, but Per-frame Functional Groups (5200,9230) describe {perFrame.Count}.");
            frameCount = 1;
        }
        else if (perFrame.Count == 0 && frameCount > 1)
        {
            framesIssue = new SeriesIssue(SeriesIssueCode.GeometryMissing, "Several frames, but no Per-frame Functional Groups (5200,9230) that would place them.");
            frameCount = 1;
        }

        var slices = ImmutableArray.CreateBuilder<SliceHeader>(frameCount);
        for (int frame = 0; frame < frameCount; frame++)
        {
            var attributes = new FrameAttributes(dataSet, shared.Count > 0 ? shared[0] : null, perFrame.Count > frame ? perFrame[frame] : null);
            slices.Add(ReadOne(attributes, image, frame, frameCount, framesIssue));
        }

        return slices.MoveToImmutable();
    }

    private static SliceHeader ReadOne(FrameAttributes frame, ImageFile image, int index, int frameCount, SeriesIssue? framesIssue)
    {
        DicomDataSet dataSet = frame.DataSet;
        string sopInstanceUid = dataSet.GetString(DicomTags.SOPInstanceUID) ?? "";
        var issues = ImmutableArray.CreateBuilder<SeriesIssue>();
        if (framesIssue is { } wrongFrames)
        {
            issues.Add(wrongFrames with { SopInstanceUid = sopInstanceUid });
        }

        if (image.PixelIssue is { } unreadable)
        {
            issues.Add(unreadable with { SopInstanceUid = sopInstanceUid });
        }

        IReadOnlyList<string> frameType = frame.Holder(DicomTags.CTImageFrameTypeSequence, DicomTags.FrameType).GetStrings(DicomTags.FrameType);
        ImmutableArray<string> imageType =
        [
            .. (frameType.Count > 0 ? frameType : dataSet.GetStrings(DicomTags.ImageType)).Select(value => value.Trim().ToUpperInvariant()),
        ];
        HounsfieldScale scale = HounsfieldScale.Read(frame, image.Layout);
        issues.AddRange(ImageKind.FindIssues(frame, imageType, sopInstanceUid));
        issues.AddRange(scale.FindIssues(sopInstanceUid, image.Layout));
        DicomDataSet measures = frame.Holder(DicomTags.PixelMeasuresSequence, DicomTags.PixelSpacing);
        DicomDataSet reconstruction = frame.Holder(DicomTags.CTReconstructionSequence, DicomTags.ConvolutionKernel);
        string? concatenationUid = dataSet.GetString(DicomTags.ConcatenationUID);
        return new SliceHeader
        {
            File = image,
            Frame = index,
            FrameCount = frameCount,
            SopInstanceUid = sopInstanceUid,
            SeriesInstanceUid = NullIfBlank(dataSet.GetString(DicomTags.SeriesInstanceUID)),
            StudyInstanceUid = NullIfBlank(dataSet.GetString(DicomTags.StudyInstanceUID)),
            PatientId = NullIfBlank(dataSet.GetString(DicomTags.PatientID)),
            FrameOfReferenceUid = NullIfBlank(dataSet.GetString(DicomTags.FrameOfReferenceUID)),
            RowCount = dataSet.GetInt32(DicomTags.Rows) ?? 0,
            ColumnCount = dataSet.GetInt32(DicomTags.Columns) ?? 0,
            PixelSpacing = ReadPixelSpacing(measures, sopInstanceUid, issues),
            Orientation = ReadOrientation(frame.Holder(DicomTags.PlaneOrientationSequence, DicomTags.ImageOrientationPatient), sopInstanceUid, issues),
            Position = ReadPosition(frame.Holder(DicomTags.PlanePositionSequence, DicomTags.ImagePositionPatient), sopInstanceUid, issues),
            SliceThicknessMm = Positive(frame.Holder(DicomTags.PixelMeasuresSequence, DicomTags.SliceThickness).GetDouble(DicomTags.SliceThickness)),
            SpacingBetweenSlicesMm = Positive(Math.Abs(frame.Holder(DicomTags.PixelMeasuresSequence, DicomTags.SpacingBetweenSlices).GetDouble(DicomTags.SpacingBetweenSlices) ?? 0)),
            ImageType = imageType,
            ConvolutionKernel = NullIfBlank(string.Join('\\', reconstruction.GetStrings(DicomTags.ConvolutionKernel).Select(value => value.Trim()))),
            Kvp = Positive(frame.Holder(DicomTags.CTXRayDetailsSequence, DicomTags.KVP).GetDouble(DicomTags.KVP)),
            AcquisitionNumber = frame.Holder(DicomTags.FrameContentSequence, DicomTags.FrameAcquisitionNumber).GetInt32(DicomTags.FrameAcquisitionNumber)
                ?? frame.Holder(DicomTags.FrameContentSequence, DicomTags.AcquisitionNumber).GetInt32(DicomTags.AcquisitionNumber),
            TemporalPosition = frame.Holder(DicomTags.FrameContentSequence, DicomTags.TemporalPositionIndex).GetInt32(DicomTags.TemporalPositionIndex)
                ?? dataSet.GetInt32(DicomTags.TemporalPositionIdentifier),
            CardiacPhase = ReadCardiacPhase(frame),
            StackId = frame.Holder(DicomTags.FrameContentSequence, DicomTags.StackID).GetString(DicomTags.StackID),
            AcquisitionTime = dataSet.GetString(DicomTags.AcquisitionTime),
            ContentTime = dataSet.GetString(DicomTags.ContentTime),
            Concatenation = concatenationUid is null
                ? null
                : (concatenationUid, dataSet.GetInt32(DicomTags.InConcatenationNumber), dataSet.GetInt32(DicomTags.InConcatenationTotalNumber)),
            SeriesInstanceCount = dataSet.GetInt32(DicomTags.NumberOfSeriesRelatedInstances),
            Scale = scale,
            Contrast = ReadContrast(frame),
            IsLossy = dataSet.GetString(DicomTags.LossyImageCompression) == "01" || IsLossyByNature(image.TransferSyntaxUid),
            ReconstructionDiameterMm = Positive(frame.Holder(DicomTags.CTReconstructionSequence, DicomTags.ReconstructionDiameter).GetDouble(DicomTags.ReconstructionDiameter)),
            PatientPosition = NullIfBlank(dataSet.GetString(DicomTags.PatientPosition)),
            BodyPartExamined = NullIfBlank(dataSet.GetString(DicomTags.BodyPartExamined)),
            Laterality = ReadLaterality(frame),
            Manufacturer = NullIfBlank(dataSet.GetString(DicomTags.Manufacturer)),
            ManufacturerModelName = NullIfBlank(dataSet.GetString(DicomTags.ManufacturerModelName)),
            NotAxial = ImageKind.WhyNotAxial(frame, imageType, dataSet.GetString(DicomTags.SOPClassUID)),
            Issues = issues.ToImmutable(),
        };
    }

    private static (double BetweenRowsMm, double BetweenColumnsMm)? ReadPixelSpacing(DicomDataSet holder, string sopInstanceUid, ImmutableArray<SeriesIssue>.Builder issues)
    {
        IReadOnlyList<double>? values = holder.GetDoubles(DicomTags.PixelSpacing);
        if (values is [> 0 and double betweenRows, > 0 and double betweenColumns])
        {
            return (betweenRows, betweenColumns);
        }

        issues.Add(values is null or []
            ? new SeriesIssue(SeriesIssueCode.GeometryMissing, "Pixel Spacing (0028,0030) is absent.", sopInstanceUid)
            : new SeriesIssue(SeriesIssueCode.InvalidHeader, "Pixel Spacing (0028,0030) is not two positive numbers.", sopInstanceUid));
        return null;
    }

    private static (LpsPoint ColumnDirection, LpsPoint RowDirection)? ReadOrientation(DicomDataSet holder, string sopInstanceUid, ImmutableArray<SeriesIssue>.Builder issues)
    {
        IReadOnlyList<double>? values = holder.GetDoubles(DicomTags.ImageOrientationPatient);
        if (values is null or [])
        {
            issues.Add(new SeriesIssue(SeriesIssueCode.GeometryMissing, "Image Orientation (Patient) (0020,0037) is absent.", sopInstanceUid));
            return null;
        }

        if (values is [double columnX, double columnY, double columnZ, double rowX, double rowY, double rowZ])
        {
            var column = new LpsPoint(columnX, columnY, columnZ);
            var row = new LpsPoint(rowX, rowY, rowZ);
            if (Math.Abs(column.Length - 1) <= DirectionTolerance
                && Math.Abs(row.Length - 1) <= DirectionTolerance
                && Math.Abs(column.Dot(row)) <= DirectionTolerance)
            {
                column = column.Normalized();
                return (column, (row - (column * column.Dot(row))).Normalized());
            }
        }

        issues.Add(new SeriesIssue(SeriesIssueCode.InvalidHeader, "Image Orientation (Patient) (0020,0037) is not two unit vectors at right angles.", sopInstanceUid));
        return null;
    }

    /// <summary>Side that was examined, upper case, with the attribute that gives it; null where none does.</summary>
    internal static (string Side, string Attribute)? ReadLaterality(FrameAttributes frame)
    {
        DicomDataSet anatomy = frame.Holder(DicomTags.FrameAnatomySequence, DicomTags.FrameLaterality);
        return Named(anatomy, DicomTags.FrameLaterality, "Frame Laterality (0020,9072)")
            ?? Named(frame.DataSet, DicomTags.ImageLaterality, "Image Laterality (0020,0062)")
            ?? Named(frame.DataSet, DicomTags.Laterality, "Laterality (0020,0060)");

        static (string Side, string Attribute)? Named(DicomDataSet holder, DicomTag tag, string attribute) =>
            NullIfBlank(holder.GetString(tag)) is { } side ? (side.ToUpperInvariant(), attribute) : null;
    }

    private static LpsPoint? ReadPosition(DicomDataSet holder, string sopInstanceUid, ImmutableArray<SeriesIssue>.Builder issues)
    {
        IReadOnlyList<double>? values = holder.GetDoubles(DicomTags.ImagePositionPatient);
        if (values is [double x, double y, double z])
        {
            return new LpsPoint(x, y, z);
        }

        issues.Add(values is null or []
            ? new SeriesIssue(SeriesIssueCode.GeometryMissing, "Image Position (Patient) (0020,0032) is absent.", sopInstanceUid)
            : new SeriesIssue(SeriesIssueCode.InvalidHeader, "Image Position (Patient) (0020,0032) is not three numbers.", sopInstanceUid));
        return null;
    }

    private static double? ReadCardiacPhase(FrameAttributes frame)
    {
        DicomDataSet percentage = frame.Holder(SeriesTags.CardiacSynchronizationSequence, SeriesTags.NominalPercentageOfCardiacPhase);
        DicomDataSet delay = frame.Holder(SeriesTags.CardiacSynchronizationSequence, DicomTags.NominalCardiacTriggerDelayTime);
        return percentage.GetDouble(SeriesTags.NominalPercentageOfCardiacPhase)
            ?? delay.GetDouble(DicomTags.NominalCardiacTriggerDelayTime)
            ?? frame.DataSet.GetDouble(SeriesTags.TriggerTime);
    }

    /// <summary>
    /// Contrast/Bolus Agent (0018,0010) may be empty although an agent was given, so only a text in it says anything; the other attributes can
    /// add to it. Descriptions and protocol names are too unsure to decide it.
    /// </summary>
    private static bool? ReadContrast(FrameAttributes frame)
    {
        IReadOnlyList<DicomDataSet> usage = frame.GroupItems(DicomTags.ContrastBolusUsageSequence);
        if (usage.Count > 0)
        {
            return usage.Any(item => string.Equals(item.GetString(DicomTags.ContrastBolusAgentAdministered), "YES", StringComparison.OrdinalIgnoreCase));
        }

        string? agent = NullIfBlank(frame.DataSet.GetString(DicomTags.ContrastBolusAgent));
        bool deniesAgent = agent is not null && NoContrast.Contains(agent.ToUpperInvariant(), StringComparer.Ordinal);
        if ((agent is not null && !deniesAgent)
            || frame.DataSet.GetItems(DicomTags.ContrastBolusAgentSequence).Count > 0
            || frame.DataSet.GetDouble(DicomTags.ContrastBolusVolume) > 0
            || frame.DataSet.GetDouble(DicomTags.ContrastBolusTotalDose) > 0)
        {
            return true;
        }

        return deniesAgent ? false : null;
    }

    /// <summary>JPEG baseline and extended in all their processes, and JPEG-LS near-lossless; JPEG 2000 may be either and says so elsewhere.</summary>
    internal static bool IsLossyByNature(string transferSyntaxUid) => transferSyntaxUid is
        "1.2.840.10008.1.2.4.50" or "1.2.840.10008.1.2.4.51" or "1.2.840.10008.1.2.4.53" or "1.2.840.10008.1.2.4.55" or "1.2.840.10008.1.2.4.81";

    private static string? NullIfBlank(string? value) => string.IsNullOrWhiteSpace(value) ? null : value.Trim();

    private static double? Positive(double? value) => value > 0 ? value : null;
}
