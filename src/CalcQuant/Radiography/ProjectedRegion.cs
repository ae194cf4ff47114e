using System.Collections.Immutable;
using CalcQuant.Measurement;

namespace CalcQuant.Radiography;

/// <summary>How sure a finding of a film is. Only <see cref="Probable"/> and <see cref="Guided"/> enter the deposits' total.</summary>
public enum FindingTier
{
    /// <summary>Dense, closed all around, apart from bone.</summary>
    Probable = 1,

    /// <summary>Could be a deposit, or a part of the anatomy.</summary>
    Possible = 2,

    /// <summary>Denser than the bone that it lies over or against.</summary>
    PossibleOverBone = 3,

    /// <summary>Measured where a reader pointed.</summary>
    Guided = 4,
}

/// <summary>
/// Density of a finding against the cortex of the same film. The bounds, 0.15 and 0.5, are a convention of this program: no published grading has them.
/// </summary>
public enum DensityGrade
{
    /// <summary>Below 0.15 of the cortex's contrast.</summary>
    Faint = 1,

    /// <summary>0.15 to 0.5.</summary>
    Moderate = 2,

    /// <summary>Above 0.5.</summary>
    Dense = 3,
}

/// <summary>A place in a film. The centre of the first pixel of the first row is (0, 0).</summary>
/// <param name="Column">Towards the end of a row.</param>
/// <param name="Row">Towards the last row.</param>
public readonly record struct PixelPoint(double Column, double Row);

/// <summary>A box in a film, both ends included.</summary>
/// <param name="Min">Least column and row.</param>
/// <param name="Max">Greatest column and row.</param>
public sealed record PixelBox(PixelPoint Min, PixelPoint Max);

/// <summary>One finding of a film: what a single projection can give, an area and never a volume.</summary>
public sealed record ProjectedRegion
{
    /// <summary>Number within the report, from 1.</summary>
    public required int Id { get; init; }

    /// <summary>What it is: <see cref="RegionKind.SoftTissueCalcification"/> where probable or pointed at, else <see cref="RegionKind.Uncertain"/>.</summary>
    public required RegionKind Kind { get; init; }

    /// <summary>How sure.</summary>
    public required FindingTier Tier { get; init; }

    /// <summary>How sure the kind is, 0 to 1.</summary>
    public required double Confidence { get; init; }

    /// <summary>Why, in words and numbers.</summary>
    public ImmutableArray<string> Evidence { get; init; } = [];

    /// <summary>What a reader called the place that was pointed at; null elsewhere.</summary>
    public string? Name { get; init; }

    /// <summary>Connected parts.</summary>
    public required int ComponentCount { get; init; }

    /// <summary>Pixels of the outline as it was drawn.</summary>
    public required int PixelCount { get; init; }

    /// <summary>Projected area in pixels, with the parts of pixels at the edge.</summary>
    public required double AreaPixels { get; init; }

    /// <summary>Projected area, mm²; null where the size of the pixels is not known.</summary>
    public double? AreaMm2 { get; init; }

    /// <summary>Interval that holds the true area with 95 %, mm²: edge, noise and the scale's uncertainty.</summary>
    public Interval? AreaIntervalMm2 { get; init; }

    /// <summary>Centre of the pixels, unweighted.</summary>
    public required PixelPoint CentroidPixel { get; init; }

    /// <summary>Box around the pixels.</summary>
    public required PixelBox BoundsPixel { get; init; }

    /// <summary>Longest diameter, mm; null without a scale.</summary>
    public double? LengthMm { get; init; }

    /// <summary>Longest diameter at right angles to <see cref="LengthMm"/>, mm.</summary>
    public double? WidthMm { get; init; }

    /// <summary>Contrast against its surroundings over that of the film's own cortex; null where no cortex was found.</summary>
    public double? DensityRatio { get; init; }

    /// <summary>The ratio as a grade.</summary>
    public DensityGrade? Grade { get; init; }

    /// <summary>Contrast against its surroundings over the noise of a pixel there.</summary>
    public required double ContrastToNoise { get; init; }

    /// <summary>Region of the body, from the header only; null where it says none.</summary>
    public BodySite? Site { get; init; }

    /// <summary>The attribute that gives the site, with the warning that it is often wrong.</summary>
    public string? SiteSource { get; init; }

    /// <summary>Side of the body, from the header only.</summary>
    public Laterality? Laterality { get; init; }

    /// <summary>The attribute that gives the side.</summary>
    public string? LateralitySource { get; init; }
}

/// <summary>Sum over the findings of one kind of a film.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="Count">Findings.</param>
/// <param name="AreaPixels">Sum of the areas, pixels.</param>
/// <param name="AreaMm2">Sum of the areas, mm²; null without a scale.</param>
public sealed record ProjectedTotal(RegionKind Kind, int Count, double AreaPixels, double? AreaMm2)
{
    /// <summary>Interval that holds the true sum with 95 %, mm²: edges add in squares, the scale is common to all.</summary>
    public Interval? AreaIntervalMm2 { get; init; }
}

/// <summary>What one film shows.</summary>
public sealed record FilmReport
{
    /// <summary>SOP Instance UID.</summary>
    public required string SopInstanceUid { get; init; }

    /// <summary>Pixels along a row.</summary>
    public required int ColumnCount { get; init; }

    /// <summary>Rows.</summary>
    public required int RowCount { get; init; }

    /// <summary>Size of the pixels; null where areas are in pixels only.</summary>
    public Imaging.PixelScale? Scale { get; init; }

    /// <summary>View Position (0018,5101), as the header has it.</summary>
    public string? ViewPosition { get; init; }

    /// <summary>How the stored values became attenuation, in words.</summary>
    public required string IntensityOrigin { get; init; }

    /// <summary>Part of the film that shows the body, 0 to 1.</summary>
    public double BodyShare { get; init; }

    /// <summary>Part of the body's area over which bone lies, 0 to 1: deposits there are seen less well.</summary>
    public double BoneShare { get; init; }

    /// <summary>The findings: probable and guided ones first, by falling area.</summary>
    public ImmutableArray<ProjectedRegion> Regions { get; init; } = [];

    /// <summary>One entry per kind that occurs.</summary>
    public ImmutableArray<ProjectedTotal> Totals { get; init; } = [];
}
