namespace CalcQuant.Api;

/// <summary>What a call of the service can fail with. The name in UPPER_SNAKE_CASE is the <c>reason</c> that programs read.</summary>
public enum ServiceErrorCode
{
    /// <summary>A bug, or the machine failed.</summary>
    Internal = 0,

    /// <summary>A field of the request is wrong, whatever the state of the server; the violations name each.</summary>
    InvalidRequest,

    /// <summary>No such study is stored.</summary>
    UnknownStudy,

    /// <summary>No such series is stored or in the folder.</summary>
    UnknownSeries,

    /// <summary>No such instance is stored.</summary>
    UnknownInstance,

    /// <summary>No such analysis.</summary>
    UnknownAnalysis,

    /// <summary>No such region in the report of the analysis, or no such report.</summary>
    UnknownRegion,

    /// <summary>A file is not DICOM, or its header cannot be read.</summary>
    NotDicom,

    /// <summary>A DICOM file lacks a valid Study, Series or SOP Instance UID.</summary>
    IncompleteIdentity,

    /// <summary>A file does not have the announced SHA-256.</summary>
    ChecksumMismatch,

    /// <summary>A file does not have the announced number of bytes.</summary>
    LengthMismatch,

    /// <summary>Another file with the same SOP Instance UID is stored.</summary>
    InstanceConflict,

    /// <summary>A file is larger than allowed.</summary>
    FileTooLarge,

    /// <summary>A stream is larger than allowed.</summary>
    StreamTooLarge,

    /// <summary>A stream holds more files than allowed.</summary>
    TooManyInstances,

    /// <summary>The disk is full.</summary>
    StorageFull,

    /// <summary>As many analyses wait as may wait.</summary>
    QueueFull,

    /// <summary>The series needs more memory than analyses may use.</summary>
    SeriesTooLarge,

    /// <summary>A server folder that may not be read.</summary>
    FolderNotAllowed,

    /// <summary>A bone mask that cannot be read or does not fit.</summary>
    UnsuitableMask,

    /// <summary>No key or certificate, or a wrong one.</summary>
    Unauthenticated,

    /// <summary>The caller may not do this.</summary>
    PermissionDenied,

    /// <summary>The client has as many calls under way as it may have.</summary>
    TooManyCalls,

    /// <summary>The analysis has not ended yet.</summary>
    NotEnded,

    /// <summary>The analysis ended without a report.</summary>
    NoReport,

    /// <summary>The analysis cannot be repeated, to be corrected: its files or the version of the algorithm are others now.</summary>
    NotRepeatable,

    /// <summary>The analysis has as many corrections as it may have.</summary>
    TooManyCorrections,

    /// <summary>The analysis was not asked for this artifact.</summary>
    ArtifactNotMade,

    /// <summary>The service ended several times while it ran this analysis, and gave it up.</summary>
    Interrupted,

    /// <summary>The service is shutting down.</summary>
    ShuttingDown,

    /// <summary>The store cannot be read or written.</summary>
    StoreUnavailable,

    /// <summary>The caller cancelled.</summary>
    Cancelled,

    /// <summary>The caller's deadline is over.</summary>
    DeadlineExceeded,
}
