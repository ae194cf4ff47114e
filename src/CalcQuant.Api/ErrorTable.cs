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

    /// <summary>Nothing of that name, or nothing readable.</summary>
    NotFound = 5,

    /// <summary>A limit in force was exceeded.</summary>
    ResourceExhausted = 8,

    /// <summary>The series is readable but a number made from it would be wrong.</summary>
    FailedPrecondition = 9,

    /// <summary>A modality or an encoding that this version does not handle.</summary>
    Unimplemented = 12,

    /// <summary>A bug.</summary>
    Internal = 13,

    /// <summary>The data are damaged.</summary>
    DataLoss = 15,
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
public readonly record struct ErrorEntry(CanonicalStatus Status, ExitCode ExitCode);

/// <summary>The one table of what goes wrong: from codes of the analysis to gRPC status and exit code.</summary>
public static class ErrorTable
{
    /// <summary>Options or paths that make no sense.</summary>
    public static ErrorEntry BadArguments { get; } = new(CanonicalStatus.InvalidArgument, ExitCode.BadArguments);

    /// <summary>No image of any series was found.</summary>
    public static ErrorEntry NothingReadable { get; } = new(CanonicalStatus.NotFound, ExitCode.Refused);

    /// <summary>The caller cancelled.</summary>
    public static ErrorEntry Cancelled { get; } = new(CanonicalStatus.Cancelled, ExitCode.Cancelled);

    /// <summary>A bug, or the machine failed.</summary>
    public static ErrorEntry Internal { get; } = new(CanonicalStatus.Internal, ExitCode.Internal);

    private static readonly ErrorEntry Warning = new(CanonicalStatus.Ok, ExitCode.Done);

    /// <summary>What an issue means for the caller. Warnings are no error: the report carries them.</summary>
    public static ErrorEntry For(SeriesIssueCode code)
    {
        // A new code without an entry does not compile (CS8509); numbers outside the enum are a caller's bug.
#pragma warning disable CS8524
        return code switch
        {
            SeriesIssueCode.ModalityNotSupported or
            SeriesIssueCode.TransferSyntaxNotSupported => new(CanonicalStatus.Unimplemented, ExitCode.Refused),

            SeriesIssueCode.NotAnAxialImage or
            SeriesIssueCode.NotHounsfield or
            SeriesIssueCode.MaterialDecomposition or
            SeriesIssueCode.MissingSlice or
            SeriesIssueCode.ConflictingDuplicate or
            SeriesIssueCode.GeometryMissing or
            SeriesIssueCode.Inconsistent or
            SeriesIssueCode.UnsuitableBoneMask => new(CanonicalStatus.FailedPrecondition, ExitCode.Refused),

            SeriesIssueCode.InvalidHeader => new(CanonicalStatus.InvalidArgument, ExitCode.Refused),
            SeriesIssueCode.PixelDataUnreadable => new(CanonicalStatus.DataLoss, ExitCode.Refused),
            SeriesIssueCode.LimitExceeded => new(CanonicalStatus.ResourceExhausted, ExitCode.Refused),

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
            SeriesIssueCode.SmallRegionsLeftOut => Warning,
        };
#pragma warning restore CS8524
    }

    /// <summary>What a report means for the caller: its first refusal, or done.</summary>
    public static ErrorEntry For(AnalysisReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        return report.Verdict == Verdict.Refused
            ? For(report.Issues.First(issue => issue.Code.IsRefusal()).Code)
            : Warning;
    }
}
