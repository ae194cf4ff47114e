using CalcQuant.Analysis;
using CalcQuant.Dicom.Encoding;
using CalcQuant.Dicom.PixelData;

namespace CalcQuant.Dicom.Series;

/// <summary>How the stored values of one slice become Hounsfield units (PS3.3 C.11.1), and which of them are padding (C.7.5.1.1.2).</summary>
/// <param name="Slope">Rescale Slope (0028,1053); null where absent.</param>
/// <param name="Intercept">Rescale Intercept (0028,1052); null where absent.</param>
/// <param name="Type">Rescale Type (0028,1054) in upper case; null where absent, which in CT means HU.</param>
/// <param name="HasModalityLut">True where a Modality LUT Sequence (0028,3000) is used instead of a rescale.</param>
/// <param name="Padding">Pixel Padding Value (0028,0120) to Pixel Padding Range Limit (0028,0121), stored values; null where absent.</param>
internal readonly record struct HounsfieldScale(double? Slope, double? Intercept, string? Type, bool HasModalityLut, (int Low, int High)? Padding)
{
    /// <summary>
    /// Least HU of an image, inclusive limit of padding that no attribute declares. Air is -1000 HU; noise and overshoot of sharp kernels
    /// reach below -1200 HU, fill values are -2000, -2048, -3024 and the like.
    /// </summary>
    public const int UndeclaredPaddingHu = -1500;

    /// <summary>
    /// A declared padding value between these HU is not believed: tissue has it, so that setting it apart would remove voxels of the body.
    /// </summary>
    public const int LeastTissueHu = -500;

    /// <summary>See <see cref="LeastTissueHu"/>; what is denser than any tissue can only be padding.</summary>
    public const int GreatestTissueHu = 2000;

    /// <summary>Slope in force; 1 where the header has none.</summary>
    public double SlopeInForce => Slope ?? 1;

    /// <summary>Intercept in force, HU; 0 where the header has none.</summary>
    public double InterceptInForce => Intercept ?? 0;

    /// <summary>True where every stored value becomes an integer.</summary>
    public bool IsInteger => double.IsInteger(SlopeInForce) && double.IsInteger(InterceptInForce);

    /// <summary>Reads the scale of a frame.</summary>
    public static HounsfieldScale Read(FrameAttributes frame, PixelLayout? layout)
    {
        DicomDataSet holder = frame.Holder(DicomTags.PixelValueTransformationSequence, DicomTags.RescaleSlope);
        string? type = holder.GetString(DicomTags.RescaleType) ?? frame.DataSet.GetString(DicomTags.RescaleType);
        return new HounsfieldScale(
            holder.GetDouble(DicomTags.RescaleSlope),
            holder.GetDouble(DicomTags.RescaleIntercept),
            string.IsNullOrWhiteSpace(type) ? null : type.Trim().ToUpperInvariant(),
            frame.DataSet.Contains(DicomTags.ModalityLUTSequence) && frame.DataSet.GetItems(DicomTags.ModalityLUTSequence).Count > 0,
            layout is null ? null : ReadPadding(frame.DataSet, layout));
    }

    /// <summary>HU of a stored value.</summary>
    public double ToHu(double storedValue) => (storedValue * SlopeInForce) + InterceptInForce;

    /// <summary>Greatest HU that the stored values of a layout can express.</summary>
    public double GreatestHu(PixelLayout layout)
    {
        (double low, double high) = layout.IsSigned
            ? (-Math.ScaleB(1, layout.BitsStored - 1), Math.ScaleB(1, layout.BitsStored - 1) - 1)
            : (0, Math.ScaleB(1, layout.BitsStored) - 1);
        return Math.Max(ToHu(low), ToHu(high));
    }

    /// <summary>True where the declared padding lies among the HU of tissue, so that it is not believed.</summary>
    public bool PaddingLooksLikeTissue =>
        Padding is { } padding && Overlaps(ToHu(padding.Low), ToHu(padding.High), LeastTissueHu, GreatestTissueHu);

    /// <summary>The declared padding, unless it looks like tissue; null where there is none.</summary>
    public (int Low, int High)? PaddingInForce => PaddingLooksLikeTissue ? null : Padding;

    /// <summary>What is wrong with the scale, as far as the header says; nothing where the values are HU.</summary>
    /// <param name="sopInstanceUid">The instance, for messages.</param>
    /// <param name="layout">Layout of the pixels, where it is known.</param>
    public IEnumerable<SeriesIssue> FindIssues(string sopInstanceUid, PixelLayout? layout)
    {
        if (HasModalityLut)
        {
            yield return new SeriesIssue(SeriesIssueCode.NotHounsfield, "A Modality LUT Sequence (0028,3000) is used instead of Rescale Slope and Intercept; CT does not have one.", sopInstanceUid);
        }

        if (Type is not (null or "HU"))
        {
            yield return new SeriesIssue(SeriesIssueCode.NotHounsfield, $"Rescale Type (0028,1054) is {Type}, not HU.", sopInstanceUid);
        }

        if (Slope is null != Intercept is null)
        {
            yield return new SeriesIssue(SeriesIssueCode.InvalidHeader, "Of Rescale Slope (0028,1053) and Rescale Intercept (0028,1052) only one is present and a number.", sopInstanceUid);
        }
        else if (Slope is null)
        {
            yield return layout is { IsSigned: true }
                ? new SeriesIssue(SeriesIssueCode.RescaleMissing, "Rescale Slope (0028,1053) and Intercept (0028,1052) are absent: stored values were taken as HU.", sopInstanceUid)
                : new SeriesIssue(SeriesIssueCode.NotHounsfield, "Rescale Slope (0028,1053) and Intercept (0028,1052) are absent, and unsigned stored values cannot be HU.", sopInstanceUid);
        }
        else if (Slope <= 0)
        {
            yield return new SeriesIssue(SeriesIssueCode.InvalidHeader, "Rescale Slope (0028,1053) is not positive.", sopInstanceUid);
        }
    }

    private static (int Low, int High)? ReadPadding(DicomDataSet dataSet, PixelLayout layout)
    {
        if (dataSet.GetInt32(DicomTags.PixelPaddingValue) is not { } value)
        {
            return null;
        }

        int first = AsStoredValue(value, layout);
        int last = dataSet.GetInt32(DicomTags.PixelPaddingRangeLimit) is { } limit ? AsStoredValue(limit, layout) : first;
        return (Math.Min(first, last), Math.Max(first, last));
    }

    /// <summary>The VR is US or SS by Pixel Representation, which writers get wrong: the 16 bits are read as the pixels are.</summary>
    private static int AsStoredValue(int value, PixelLayout layout) =>
        layout.BitsAllocated > 16 || value is < short.MinValue or > ushort.MaxValue ? value
        : layout.IsSigned ? unchecked((short)value)
        : unchecked((ushort)value);

    private static bool Overlaps(double low, double high, double otherLow, double otherHigh) => low <= otherHigh && high >= otherLow;
}
