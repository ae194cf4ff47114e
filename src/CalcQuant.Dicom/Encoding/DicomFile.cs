namespace CalcQuant.Dicom.Encoding;

/// <summary>
/// A DICOM file: its header in memory, its pixels still where they are. A file is named by <see cref="Name"/> in errors, never by what it says.
/// </summary>
public sealed class DicomFile
{
    internal DicomFile(string name, DicomDataSet dataSet, string transferSyntaxUid)
    {
        Name = name;
        DataSet = dataSet;
        TransferSyntaxUid = transferSyntaxUid;
    }

    /// <summary>Path or archive member, for messages.</summary>
    public string Name { get; }

    /// <summary>The data set without Pixel Data.</summary>
    public DicomDataSet DataSet { get; }

    /// <summary>Transfer Syntax UID (0002,0010), or what the bytes turned out to be where there is no meta header.</summary>
    public string TransferSyntaxUid { get; }

    /// <summary>Reads the header of a file; pixels stay on disk.</summary>
    /// <param name="path">The file. An I/O error (missing, no permission) is a rejection too.</param>
    /// <param name="limits">Bounds.</param>
    public static DicomReading Read(string path, ReadingLimits limits) => throw new NotSupportedException("Skeleton.");

    /// <summary>Reads the header from memory, e.g. a member of an archive; pixels stay in <paramref name="bytes"/>.</summary>
    /// <param name="name">Name for messages.</param>
    /// <param name="bytes">The whole file; must stay unchanged while the result is in use.</param>
    /// <param name="limits">Bounds.</param>
    public static DicomReading Read(string name, ReadOnlyMemory<byte> bytes, ReadingLimits limits) => throw new NotSupportedException("Skeleton.");
}
