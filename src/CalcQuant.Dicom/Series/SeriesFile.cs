using CalcQuant.Dicom.Encoding;

namespace CalcQuant.Dicom.Series;

/// <summary>A file of a CT series as it lies on disk or in an archive, to be sent elsewhere.</summary>
public sealed class SeriesFile
{
    private readonly ImageFile _file;

    internal SeriesFile(ImageFile file, string? studyInstanceUid, bool holdsSlice)
    {
        _file = file;
        StudyInstanceUid = studyInstanceUid;
        HoldsSlice = holdsSlice;
    }

    /// <summary>Path as found below the given paths; members of an archive as archive!member.</summary>
    public string ShownPath => _file.ShownPath;

    /// <summary>Study Instance UID (0020,000D); null where absent.</summary>
    public string? StudyInstanceUid { get; }

    /// <summary>True where a stack takes a slice from it; false for scouts, dose screens and dropped copies.</summary>
    public bool HoldsSlice { get; }

    /// <summary>Reads the whole file.</summary>
    /// <param name="bytes">Its bytes.</param>
    /// <param name="explanation">Why it cannot be read, without its path; empty where it can.</param>
    public bool TryRead(out ReadOnlyMemory<byte> bytes, out string explanation)
    {
        try
        {
            return _file.TryReadBytes(out bytes, out explanation);
        }
        catch (InvalidDicomException unreadable)
        {
            bytes = default;
            explanation = unreadable.ToIssue().Explanation;
            return false;
        }
    }

    /// <summary>Closes the archive that <see cref="TryRead"/> may have opened; it opens again when asked.</summary>
    public void Close() => _file.Close();
}
