using CalcQuant.Dicom.Encoding;

namespace CalcQuant.Dicom.Series;

/// <summary>What series assembly needs beyond <see cref="DicomTags"/>: rarer attributes and the SOP classes of CT (PS3.4 B.5).</summary>
internal static class SeriesTags
{
    public static readonly DicomTag TriggerTime = new(0x0018, 0x1060);
    public static readonly DicomTag CardiacSynchronizationSequence = new(0x0018, 0x9118);
    public static readonly DicomTag UnassignedSharedConvertedAttributesSequence = new(0x0020, 0x9170);
    public static readonly DicomTag UnassignedPerFrameConvertedAttributesSequence = new(0x0020, 0x9171);
    public static readonly DicomTag NominalPercentageOfCardiacPhase = new(0x0020, 0x9241);

    public const string MediaStorageDirectory = "1.2.840.10008.1.3.10";
    public const string CtImageStorage = "1.2.840.10008.5.1.4.1.1.2";
    public const string EnhancedCtImageStorage = "1.2.840.10008.5.1.4.1.1.2.1";
    public const string LegacyConvertedEnhancedCtImageStorage = "1.2.840.10008.5.1.4.1.1.2.2";
    public const string SecondaryCaptureImageStorage = "1.2.840.10008.5.1.4.1.1.7";
}
