using CalcQuant.Dicom.Series;

namespace CalcQuant.Dicom;

/// <summary>Bounds on everything a file can claim. What goes over them is refused with <c>LimitExceeded</c>, before memory is taken.</summary>
public sealed record ReadingLimits
{
    /// <summary>The defaults.</summary>
    public static ReadingLimits Default { get; } = new();

    /// <summary>Bytes of one file; 8 GiB.</summary>
    public long MaxFileBytes { get; init; } = 8L << 30;

    /// <summary>Bytes of the header of one file (everything but Pixel Data); 64 MiB.</summary>
    public int MaxHeaderBytes { get; init; } = 64 << 20;

    /// <summary>Data elements of one file, nested ones included.</summary>
    public int MaxElementCount { get; init; } = 1_000_000;

    /// <summary>Nesting of sequences.</summary>
    public int MaxNestingDepth { get; init; } = 32;

    /// <summary>Frames of one file.</summary>
    public int MaxFrameCount { get; init; } = 20_000;

    /// <summary>Pixels of one frame.</summary>
    public long MaxFramePixels { get; init; } = 1L << 28;

    /// <summary>Voxels of one volume.</summary>
    public long MaxVoxelCount { get; init; } = 1L << 30;

    /// <summary>Files looked at below the given paths, members of archives included.</summary>
    public int MaxFileCount { get; init; } = 200_000;

    /// <summary>Bytes an archive may unpack to in all; 32 GiB.</summary>
    public long MaxUnpackedBytes { get; init; } = 32L << 30;

    /// <summary>A folder that links must not lead out of; null where they may lead anywhere. What lies outside is listed as skipped, never opened.</summary>
    public FolderBoundary? Boundary { get; init; }
}
