using CalcQuant.Analysis;

namespace CalcQuant.Api;

/// <summary>Canonical status codes of gRPC; the numbers travel (google.rpc.Code).</summary>
public enum CanonicalStatus
{
    /// <summary>Done.</summary>
    Ok = 0,

    /// <summary>The caller gave up.</summary>
    Cancelled = 1,

    /// <summary>The request is wrong, whatever the state of the server.</summary>
    InvalidArgument = 3,

    /// <summary>The caller's deadline is over.</summary>
    DeadlineExceeded = 4,

    /// <summary>Nothing of that name, or nothing readable.</summary>
    NotFound = 5,

    /// <summary>Something else is there already.</summary>
    AlreadyExists = 6,

    /// <summary>The caller may not do this.</summary>
    PermissionDenied = 7,

    /// <summary>A limit in force was exceeded.</summary>
    ResourceExhausted = 8,

    /// <summary>The series is readable but a number made from it would be wrong.</summary>
    FailedPrecondition = 9,

    /// <summary>A modality or an encoding that this version does not handle.</summary>
    Unimplemented = 12,

    /// <summary>A bug.</summary>
    Internal = 13,

    /// <summary>Not now; trying again may help.</summary>
    Unavailable = 14,

    /// <summary>The data are damaged.</summary>
    DataLoss = 15,

    /// <summary>The caller did not say who it is, or not rightly.</summary>
    Unauthenticated = 16,
}

/// <summary>What the process tells its caller.</summary>
public enum ExitCode
{
    /// <summary>Everything was measured or listed; warnings may have been given.</summary>
    Done = 0,

    /// <summary>Something was refused, or nothing readable was found.</summary>
    Refused = 1,

    /// <summary>The arguments are wrong.</summary>
    BadArguments = 2,

    /// <summary>A bug, or the machine failed (disk full, out of memory).</summary>
    Internal = 3,

    /// <summary>Interrupted from the keyboard: 128 + SIGINT, as shells have it.</summary>
    Cancelled = 130,
}

/// <summary>What one kind of failure looks like on the wire and on the command line.</summary>
/// <param name="Status">Canonical gRPC status.</param>
/// <param name="ExitCode">Exit code of the command line.</param>
/// <param name="Reason">UPPER_SNAKE_CASE name for programs; empty where nothing is wrong.</param>
public readonly record struct ErrorEntry(CanonicalStatus Status, ExitCode ExitCode, string Reason);

/// <summary>The one table of what goes wrong: from codes of the analysis and of the service to gRPC status, reason and exit code.</summary>
public static class ErrorTable
{
    /// <summary>Options or paths that make no sense.</summary>
    public static ErrorEntry BadArguments { get; } = new(CanonicalStatus.InvalidArgument, ExitCode.BadArguments, "INVALID_REQUEST");

    /// <summary>No image of any series was found.</summary>
    public static ErrorEntry NothingReadable { get; } = new(CanonicalStatus.NotFound, ExitCode.Refused, "NOTHING_READABLE");

    /// <summary>The caller cancelled.</summary>
    public static ErrorEntry Cancelled { get; } = new(CanonicalStatus.Cancelled, ExitCode.Cancelled, "CANCELLED");

    /// <summary>A bug, or the machine failed.</summary>
    public static ErrorEntry Internal { get; } = new(CanonicalStatus.Internal, ExitCode.Internal, "INTERNAL");

    private static readonly ErrorEntry Warning = new(CanonicalStatus.Ok, ExitCode.Done, "");

    private static readonly Lazy<Dictionary<string, ErrorEntry>> ByReason = new(() => Enum.GetValues<SeriesIssueCode>().Where(code => code.IsRefusal()).Select(For)
        .Concat(Enum.GetValues<ServiceErrorCode>().Select(For))
        .ToDictionary(entry => entry.Reason, StringComparer.Ordinal));

    /// <summary>What an issue means for the caller. Warnings are no error: the report carries them.</summary>
    public static ErrorEntry For(SeriesIssueCode code)
    {
        // A new code without an entry does not compile (CS8509); numbers outside the enum are a caller's bug.
#pragma warning disable CS8524
        return code switch
        {
            SeriesIssueCode.ModalityNotSupported or
            SeriesIssueCode.TransferSyntaxNotSupported => new(CanonicalStatus.Unimplemented, ExitCode.Refused, ReasonOf(code)),

            SeriesIssueCode.NotAnAxialImage or
            SeriesIssueCode.NotARadiograph or
            SeriesIssueCode.NotHounsfield or
            SeriesIssueCode.MaterialDecomposition or
            SeriesIssueCode.MissingSlice or
            SeriesIssueCode.ConflictingDuplicate or
            SeriesIssueCode.GeometryMissing or
            SeriesIssueCode.Inconsistent or
            SeriesIssueCode.UnsuitableBoneMask => new(CanonicalStatus.FailedPrecondition, ExitCode.Refused, ReasonOf(code)),

            SeriesIssueCode.InvalidHeader => new(CanonicalStatus.InvalidArgument, ExitCode.Refused, ReasonOf(code)),
            SeriesIssueCode.PixelDataUnreadable => new(CanonicalStatus.DataLoss, ExitCode.Refused, ReasonOf(code)),
            SeriesIssueCode.LimitExceeded => new(CanonicalStatus.ResourceExhausted, ExitCode.Refused, ReasonOf(code)),

            SeriesIssueCode.None or
            SeriesIssueCode.UnevenSpacing or
            SeriesIssueCode.TiltedStack or
            SeriesIssueCode.SingleSlice or
            SeriesIssueCode.SpacingAssumed or
            SeriesIssueCode.ClippedValues or
            SeriesIssueCode.ContrastInHeader or
            SeriesIssueCode.ContrastInImage or
            SeriesIssueCode.LossyCompression or
            SeriesIssueCode.ThresholdAdapted or
            SeriesIssueCode.DuplicatesDropped or
            SeriesIssueCode.SplitIntoStacks or
            SeriesIssueCode.PaddingExcluded or
            SeriesIssueCode.TruncatedFieldOfView or
            SeriesIssueCode.Metal or
            SeriesIssueCode.ThickSlices or
            SeriesIssueCode.FewSlices or
            SeriesIssueCode.DefaultCalibration or
            SeriesIssueCode.BlurAssumed or
            SeriesIssueCode.DerivedImage or
            SeriesIssueCode.HeaderVaries or
            SeriesIssueCode.NoBody or
            SeriesIssueCode.SharpKernel or
            SeriesIssueCode.RescaleMissing or
            SeriesIssueCode.ManyComponents or
            SeriesIssueCode.VirtualMonoenergetic or
            SeriesIssueCode.HeaderContradiction or
            SeriesIssueCode.RegionOfInterest or
            SeriesIssueCode.SmallRegionsLeftOut or
            SeriesIssueCode.CorrectionWithoutRegion or
            SeriesIssueCode.CorrectionRepeated or
            SeriesIssueCode.PixelSizeUnknown or
            SeriesIssueCode.MagnificationUnknown or
            SeriesIssueCode.SearchNotValidated or
            SeriesIssueCode.SaturatedPixels or
            SeriesIssueCode.GuidedPlaceEmpty => Warning,
            SeriesIssueCode.FindingsNotListed => Warning,
            SeriesIssueCode.OptionsOfCtOnly or
            SeriesIssueCode.CalibrationRodsUnusable => Warning,
        };
#pragma warning restore CS8524
    }

    /// <summary>What a failure of the service means for the caller.</summary>
    public static ErrorEntry For(ServiceErrorCode code)
    {
        // As above: a new code without an entry does not compile.
#pragma warning disable CS8524
        (CanonicalStatus status, ExitCode exitCode) = code switch
        {
            ServiceErrorCode.InvalidRequest or
            ServiceErrorCode.UnsuitableMask => (CanonicalStatus.InvalidArgument, ExitCode.BadArguments),

            ServiceErrorCode.NotDicom or
            ServiceErrorCode.IncompleteIdentity => (CanonicalStatus.InvalidArgument, ExitCode.Refused),

            ServiceErrorCode.UnknownStudy or
            ServiceErrorCode.UnknownSeries or
            ServiceErrorCode.UnknownInstance or
            ServiceErrorCode.UnknownAnalysis or
            ServiceErrorCode.UnknownRegion => (CanonicalStatus.NotFound, ExitCode.BadArguments),

            ServiceErrorCode.ChecksumMismatch or
            ServiceErrorCode.LengthMismatch => (CanonicalStatus.DataLoss, ExitCode.Refused),

            ServiceErrorCode.InstanceConflict => (CanonicalStatus.AlreadyExists, ExitCode.Refused),

            ServiceErrorCode.FileTooLarge or
            ServiceErrorCode.StreamTooLarge or
            ServiceErrorCode.TooManyInstances or
            ServiceErrorCode.SeriesTooLarge or
            ServiceErrorCode.TooManyCorrections => (CanonicalStatus.ResourceExhausted, ExitCode.Refused),

            ServiceErrorCode.StorageFull or
            ServiceErrorCode.QueueFull or
            ServiceErrorCode.TooManyCalls => (CanonicalStatus.ResourceExhausted, ExitCode.Internal),

            ServiceErrorCode.FolderNotAllowed or
            ServiceErrorCode.PermissionDenied => (CanonicalStatus.PermissionDenied, ExitCode.BadArguments),

            ServiceErrorCode.Unauthenticated => (CanonicalStatus.Unauthenticated, ExitCode.BadArguments),

            ServiceErrorCode.NotEnded or
            ServiceErrorCode.NoReport or
            ServiceErrorCode.NotRepeatable or
            ServiceErrorCode.ArtifactNotMade => (CanonicalStatus.FailedPrecondition, ExitCode.Refused),

            ServiceErrorCode.ShuttingDown or
            ServiceErrorCode.StoreUnavailable => (CanonicalStatus.Unavailable, ExitCode.Internal),

            ServiceErrorCode.Cancelled => (CanonicalStatus.Cancelled, ExitCode.Cancelled),
            ServiceErrorCode.DeadlineExceeded => (CanonicalStatus.DeadlineExceeded, ExitCode.Internal),

            ServiceErrorCode.Interrupted or
            ServiceErrorCode.Internal => (CanonicalStatus.Internal, ExitCode.Internal),
        };
#pragma warning restore CS8524
        return new ErrorEntry(status, exitCode, UpperSnake(code.ToString()));
    }

    /// <summary>What a reason that came over the wire means for the command line; null for one that this version does not know.</summary>
    public static ErrorEntry? Find(string reason) => ByReason.Value.TryGetValue(reason, out ErrorEntry entry) ? entry : null;

    /// <summary>What a report means for the caller: its first refusal, or done.</summary>
    public static ErrorEntry For(AnalysisReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        return report.Verdict == Verdict.Refused
            ? For(report.Issues.First(issue => issue.Code.IsRefusal()).Code)
            : Warning;
    }

    /// <summary>The name of a code in the contract, without the prefix of its enum.</summary>
    private static string ReasonOf(SeriesIssueCode code) => UpperSnake(code.ToString());

    private static string UpperSnake(string name) => string.Concat(
        name.Select((letter, place) => char.IsUpper(letter) && place > 0 ? $"_{letter}" : char.ToUpperInvariant(letter).ToString()));
}
