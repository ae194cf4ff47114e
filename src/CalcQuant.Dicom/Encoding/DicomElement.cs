namespace CalcQuant.Dicom.Encoding;

/// <summary>One data element as it was encoded.</summary>
/// <param name="Tag">Tag.</param>
/// <param name="Vr">VR of the file, or of the dictionary where the file carries none.</param>
/// <param name="Value">Value bytes in the byte order of the data set; empty for sequences.</param>
/// <param name="Items">Items of a sequence, else null.</param>
internal readonly record struct DicomElement(DicomTag Tag, ValueRepresentation Vr, ReadOnlyMemory<byte> Value, DicomDataSet[]? Items);
