using CalcQuant.Analysis;

namespace CalcQuant.Dicom.Encoding;

/// <summary>
/// Damaged or refused input, on its way from the depth of a parser or decoder to the entry that turns it into an issue. Never leaves the
/// assembly.
/// </summary>
internal sealed class InvalidDicomException : Exception
{
    public InvalidDicomException(SeriesIssueCode code, string explanation)
        : base(explanation) => Code = code;

    /// <summary>What it is.</summary>
    public SeriesIssueCode Code { get; }

    /// <summary>Header that breaks the rules of encoding.</summary>
    public static InvalidDicomException Header(string explanation) => new(SeriesIssueCode.InvalidHeader, explanation);

    /// <summary>Frames that cannot be decoded.</summary>
    public static InvalidDicomException Pixels(string explanation) => new(SeriesIssueCode.PixelDataUnreadable, explanation);

    /// <summary>Larger than a limit.</summary>
    public static InvalidDicomException Limit(string explanation) => new(SeriesIssueCode.LimitExceeded, explanation);

    /// <summary>The issue for the caller.</summary>
    public SeriesIssue ToIssue(string? sopInstanceUid = null) => new(Code, Message, sopInstanceUid);
}
