namespace CalcQuant.Dicom.Encoding;

/// <summary>
/// The elements of a data set or sequence item, by tag. Values are parsed when asked for: invariant culture, trailing spaces and NULs
/// dropped, the VR of the file tolerated where it is wrong. A value that is absent, empty or not parseable is null, never zero.
/// </summary>
public sealed class DicomDataSet
{
    /// <summary>True where the element is present, even if empty.</summary>
    public bool Contains(DicomTag tag) => throw new NotSupportedException("Skeleton.");

    /// <summary>First value as text, decoded with the Specific Character Set; null where absent or empty.</summary>
    public string? GetString(DicomTag tag) => throw new NotSupportedException("Skeleton.");

    /// <summary>All values as text; empty where absent.</summary>
    public IReadOnlyList<string> GetStrings(DicomTag tag) => throw new NotSupportedException("Skeleton.");

    /// <summary>First value as a finite number, from text or binary; null where absent or not a number.</summary>
    public double? GetDouble(DicomTag tag) => throw new NotSupportedException("Skeleton.");

    /// <summary>All values as finite numbers; null where absent or one is not a number.</summary>
    public IReadOnlyList<double>? GetDoubles(DicomTag tag) => throw new NotSupportedException("Skeleton.");

    /// <summary>First value as an integer; null where absent or not an integer.</summary>
    public int? GetInt32(DicomTag tag) => throw new NotSupportedException("Skeleton.");

    /// <summary>Items of a sequence; empty where absent.</summary>
    public IReadOnlyList<DicomDataSet> GetItems(DicomTag tag) => throw new NotSupportedException("Skeleton.");
}
