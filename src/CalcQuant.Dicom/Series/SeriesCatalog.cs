using System.Collections.Immutable;
using CalcQuant.Analysis;
using CalcQuant.Imaging;

namespace CalcQuant.Dicom.Series;

/// <summary>Everything found below some paths: stacks that may be analysed, and what was skipped with its reason.</summary>
/// <param name="Stacks">One entry per stack of each series, in order of series UID and stack number; refused ones included.</param>
/// <param name="Skipped">Files that are no image of a series.</param>
public sealed record SeriesCatalog(ImmutableArray<SeriesStack> Stacks, ImmutableArray<SkippedFile> Skipped)
{
    /// <summary>Reads the headers below <paramref name="paths"/>: files, folders (nested), a DICOMDIR, .zip archives.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static SeriesCatalog Scan(
        IReadOnlyList<string> paths,
        ReadingLimits limits,
        IProgress<AnalysisProgress>? progress = null,
        CancellationToken cancellationToken = default) => throw new NotSupportedException("Skeleton.");
}

/// <summary>A file that was not used.</summary>
/// <param name="Path">Path as found below the given paths; members of an archive as archive!member.</param>
/// <param name="Reason">Why.</param>
public sealed record SkippedFile(string Path, string Reason);

/// <summary>Slices that belong together: one series, one orientation, one kernel. Pixels are not read yet.</summary>
public sealed class SeriesStack
{
    /// <summary>Series Instance UID; a placeholder derived from the file where the header has none.</summary>
    public string SeriesInstanceUid => throw new NotSupportedException("Skeleton.");

    /// <summary>Modality.</summary>
    public string Modality => throw new NotSupportedException("Skeleton.");

    /// <summary>Slices.</summary>
    public int SliceCount => throw new NotSupportedException("Skeleton.");

    /// <summary>Header facts, as far as known.</summary>
    public CtAcquisition Acquisition => throw new NotSupportedException("Skeleton.");

    /// <summary>Geometry, where the stack is a volume.</summary>
    public VolumeGeometry? Geometry => throw new NotSupportedException("Skeleton.");

    /// <summary>Refusals and warnings known from the headers.</summary>
    public ImmutableArray<SeriesIssue> Issues => throw new NotSupportedException("Skeleton.");

    /// <summary>What the headers allow to say before the pixels are read.</summary>
    public Verdict Verdict => throw new NotSupportedException("Skeleton.");

    /// <summary>Decodes the pixels, in parallel, straight into the volume.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public SeriesReading Read(int maxThreadCount = 0, IProgress<AnalysisProgress>? progress = null, CancellationToken cancellationToken = default) => throw new NotSupportedException("Skeleton.");
}

/// <summary>What reading the pixels of a stack gave.</summary>
public abstract record SeriesReading
{
    private SeriesReading()
    {
    }

    /// <summary>A volume that may be measured.</summary>
    /// <param name="Series">The series with its warnings.</param>
    public sealed record Accepted(CtSeries Series) : SeriesReading;

    /// <summary>A number made from this would be wrong.</summary>
    /// <param name="Issues">Why; at least one refuses.</param>
    public sealed record Rejected(ImmutableArray<SeriesIssue> Issues) : SeriesReading;
}
