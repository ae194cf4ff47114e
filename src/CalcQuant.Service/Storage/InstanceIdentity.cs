using System.Buffers;
using CalcQuant.Dicom.Encoding;

namespace CalcQuant.Service.Storage;

/// <summary>What an instance says it is.</summary>
/// <param name="SopInstanceUid">SOP Instance UID (0008,0018).</param>
/// <param name="SeriesInstanceUid">Series Instance UID (0020,000E).</param>
/// <param name="StudyInstanceUid">Study Instance UID (0020,000D).</param>
/// <param name="Modality">Modality (0008,0060); empty where absent.</param>
internal sealed record InstanceIdentity(string SopInstanceUid, string SeriesInstanceUid, string StudyInstanceUid, string Modality)
{
    /// <summary>Characters of a UID, at most (PS3.5 9.1).</summary>
    public const int MaxUidLength = 64;

    private static readonly SearchValues<char> UidCharacters = SearchValues.Create("0123456789.");

    private const int MaxModalityLength = 16; // PS3.5 6.2, CS

    /// <summary>True for a UID as PS3.5 9.1 has it, leniently: digits and dots, at most 64.</summary>
    public static bool IsUid(string uid) => uid.Length is > 0 and <= MaxUidLength && !uid.AsSpan().ContainsAnyExcept(UidCharacters);

    /// <summary>Reads the UIDs of a header.</summary>
    /// <returns>Null where one is absent or not a UID.</returns>
    public static InstanceIdentity? Of(DicomDataSet dataSet)
    {
        string sop = dataSet.GetString(DicomTags.SOPInstanceUID) ?? "";
        string series = dataSet.GetString(DicomTags.SeriesInstanceUID) ?? "";
        string study = dataSet.GetString(DicomTags.StudyInstanceUID) ?? "";
        string modality = dataSet.GetString(DicomTags.Modality) ?? "";
        return IsUid(sop) && IsUid(series) && IsUid(study)
            ? new InstanceIdentity(sop, series, study, modality.Length <= MaxModalityLength ? modality : "")
            : null;
    }
}
