namespace CalcQuant.Service.Storage;

/// <summary>A stored DICOM file.</summary>
/// <param name="SopInstanceUid">SOP Instance UID (0008,0018).</param>
/// <param name="SeriesInstanceUid">Series Instance UID (0020,000E).</param>
/// <param name="StudyInstanceUid">Study Instance UID (0020,000D).</param>
/// <param name="Sha256">SHA-256 of the file, lower-case hex.</param>
/// <param name="ByteCount">Bytes of the file.</param>
/// <param name="Path">Where it is.</param>
internal sealed record StoredSeriesInstance(string SopInstanceUid, string SeriesInstanceUid, string StudyInstanceUid, string Sha256, long ByteCount, string Path);
