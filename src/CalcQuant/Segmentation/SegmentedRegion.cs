using System.Collections.Immutable;
using CalcQuant.Measurement;

namespace CalcQuant.Segmentation;

/// <summary>A finding before it is measured: which voxels, and what they are.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Confidence">How sure the kind is, 0 to 1.</param>
/// <param name="Evidence">Why, in words and numbers.</param>
/// <param name="Runs">Its voxels at or above the threshold, ordered by slice, row, column.</param>
public sealed record SegmentedRegion(
    RegionKind Kind,
    double Confidence,
    ImmutableArray<string> Evidence,
    ImmutableArray<VoxelRun> Runs)
{
    /// <summary>Connected components in it.</summary>
    public int ComponentCount { get; init; } = 1;

    /// <summary>Depth class, for calcifications and uncertain regions.</summary>
    public DepthClass? Depth { get; init; }

    /// <summary>Shape class, for calcifications and uncertain regions.</summary>
    public Morphology? Morphology { get; init; }

    /// <summary>How sure the shape class is, 0 to 1.</summary>
    public double? MorphologyConfidence { get; init; }

    /// <summary>True where a shell encloses what may be marrow.</summary>
    public bool PossibleOssification { get; init; }

    /// <summary>Settled calcium below fluid; null where there is none, or it was not looked for.</summary>
    public FluidLevel? FluidLevel { get; init; }

    /// <summary>Least distance to the skin surface, mm.</summary>
    public double? DepthBelowSkinMm { get; init; }

    /// <summary>What an uncertain region or bone belongs to, in words; null for other kinds.</summary>
    public string? Structure { get; init; }

    /// <summary>Least distance to bone, mm.</summary>
    public double? DistanceToBoneMm { get; init; }

    /// <summary>Part of it in each compartment that it reaches, outermost first; empty where not measured.</summary>
    public ImmutableArray<DepthShare> DepthShares { get; init; } = [];

    /// <summary>Region of the body, where image or header tells.</summary>
    public BodySite? Site { get; init; }

    /// <summary>Where the site is known from.</summary>
    public string? SiteSource { get; init; }

    /// <summary>Side of the body, where image or header tells.</summary>
    public Laterality? Laterality { get; init; }

    /// <summary>Where the side is known from.</summary>
    public string? LateralitySource { get; init; }
}

/// <summary>What the segmentation of a volume gives.</summary>
/// <param name="Regions">Every hyperdense voxel of the volume belongs to exactly one.</param>
/// <param name="Body">The patient, skin included, cavities filled.</param>
/// <param name="Bone">Skeleton with marrow, as far as it was recognised.</param>
/// <param name="NoiseHu">Standard deviation of homogeneous soft tissue, HU; null where there was too little.</param>
/// <param name="Issues">What the image shows that the report must say (contrast, metal, truncation, no body).</param>
/// <remarks><see cref="Dispose"/> gives the memory of the masks back; nothing may read them afterwards.</remarks>
public sealed record VolumeSegmentation(
    ImmutableArray<SegmentedRegion> Regions,
    Mask Body,
    Mask Bone,
    double? NoiseHu,
    ImmutableArray<Analysis.SeriesIssue> Issues) : IDisposable
{
    /// <summary>What of the body the image shows; null where it was not looked at.</summary>
    public BodyCoverage? Coverage { get; init; }

    /// <inheritdoc/>
    public void Dispose()
    {
        Body.Dispose();
        Bone.Dispose();
    }
}

/// <summary>What of the body an image shows, as far as a search for deposits depends on it.</summary>
/// <param name="HasBody">There is a body.</param>
/// <param name="HasSkin">The surface of the body lies in the image somewhere.</param>
/// <param name="HasTrunk">A trunk lies in the image.</param>
/// <param name="HasSkull">The inside of a skull lies in the image.</param>
/// <param name="TruncatedSliceCount">Slices in which the body reaches the border of the image.</param>
/// <param name="StreakSliceCount">Slices that streaks of metal may reach.</param>
public sealed record BodyCoverage(bool HasBody, bool HasSkin, bool HasTrunk, bool HasSkull, int TruncatedSliceCount, int StreakSliceCount);
