using CalcQuant.Analysis;

namespace CalcQuant.Dicom.Encoding;

/// <summary>What reading one file gave.</summary>
public abstract record DicomReading
{
    private DicomReading()
    {
    }

    /// <summary>A DICOM file whose header could be read.</summary>
    /// <param name="File">The file.</param>
    public sealed record Accepted(DicomFile File) : DicomReading;

    /// <summary>Not DICOM at all: text, pictures, archives, an empty file.</summary>
    /// <param name="Explanation">What it looks like instead.</param>
    public sealed record NotDicom(string Explanation) : DicomReading;

    /// <summary>DICOM, but damaged or over a limit.</summary>
    /// <param name="Issue">What is wrong.</param>
    public sealed record Rejected(SeriesIssue Issue) : DicomReading;
}
