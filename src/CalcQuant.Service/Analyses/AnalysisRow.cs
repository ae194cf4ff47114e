using System.Collections.Immutable;

namespace CalcQuant.Service.Analyses;

/// <summary>An analysis as it is stored.</summary>
internal sealed record AnalysisRow
{
    /// <summary>32 hex digits from a random number; says nothing about the patient.</summary>
    public required string Id { get; init; }

    /// <summary>Order of acceptance; 0 before it is stored.</summary>
    public long Sequence { get; init; }

    /// <summary>Who asked.</summary>
    public required string Client { get; init; }

    /// <summary>Series Instance UID; empty for all series of a server folder.</summary>
    public required string SeriesInstanceUid { get; init; }

    /// <summary>Study Instance UID; null for a server folder, which is in no study of the store.</summary>
    public string? StudyInstanceUid { get; init; }

    /// <summary>Server folder as the caller named it; empty for the store.</summary>
    public required string ServerFolder { get; init; }

    /// <summary>Options, a bone mask without its bytes.</summary>
    public required Api.V1.AnalysisOptions Options { get; init; }

    /// <summary>SHA-256 of the bone mask, lower-case hex; null without one.</summary>
    public string? MaskSha256 { get; init; }

    /// <summary>How the bone mask is written; None without one.</summary>
    public BoneMaskFormat MaskFormat { get; init; }

    /// <summary>What to make beside the report.</summary>
    public ArtifactKinds Artifacts { get; init; }

    /// <summary>SHA-256 of the files of the series when the analysis was accepted: what comes later is not analysed. Empty for a server folder.</summary>
    public FileHashes Files { get; init; } = FileHashes.Empty;

    /// <summary>What is equal for equal input (<see cref="AnalysisKey"/>); null where the files of a server folder are not hashed yet.</summary>
    public string? Key { get; init; }

    /// <summary>Version of everything that can change a number.</summary>
    public required string AlgorithmVersion { get; init; }

    /// <summary>Bytes of memory it needs; null where the headers are not read yet.</summary>
    public long? MemoryBytes { get; init; }

    /// <summary>True where somebody wants the result without staying for it.</summary>
    public bool IsWanted { get; init; }

    /// <summary>Where it is.</summary>
    public AnalysisState State { get; init; } = AnalysisState.Queued;

    /// <summary>Times it began to run, but for those that an orderly shutdown ended.</summary>
    public int Attempts { get; init; }

    /// <summary>When it was accepted.</summary>
    public DateTimeOffset CreateTime { get; init; }

    /// <summary>When it last began to run; null while it waits.</summary>
    public DateTimeOffset? StartTime { get; init; }

    /// <summary>When it ended; null before.</summary>
    public DateTimeOffset? EndTime { get; init; }

    /// <summary>Why it gave no measurement; null otherwise.</summary>
    public Api.V1.ErrorStatus? Error { get; init; }

    /// <summary>True where there is a report, be it a refusal.</summary>
    public bool HasReport { get; init; }

    /// <summary>Corrections that readers made.</summary>
    public int CorrectionCount { get; init; }

    /// <summary>These corrections, in order; read only to repeat the analysis.</summary>
    public ImmutableArray<StoredCorrection> Corrections { get; init; } = [];

    /// <summary>True where it has ended.</summary>
    public bool HasEnded => State is not (AnalysisState.Queued or AnalysisState.Running);

    /// <summary>Resource name.</summary>
    public string Name => AnalysisNames.NameOf(Id);
}

/// <summary>How a bone mask is written.</summary>
internal enum BoneMaskFormat
{
    /// <summary>There is none.</summary>
    None = 0,

    /// <summary>NIfTI-1, compressed or not.</summary>
    Nifti = 1,

    /// <summary>DICOM Segmentation.</summary>
    DicomSegmentation = 2,
}

/// <summary>A file that an analysis made.</summary>
/// <param name="Kind">Of which artifact; one bit.</param>
/// <param name="Name">Name as downloaded, with "/" between folders; also its path in the folder of the analysis and kind.</param>
/// <param name="ByteCount">Bytes.</param>
/// <param name="Sha256">SHA-256, lower-case hex.</param>
internal sealed record ArtifactFile(ArtifactKinds Kind, string Name, long ByteCount, string Sha256)
{
    /// <summary>Corrections that the analysis had when the file was made.</summary>
    public int Revision { get; init; }
}
