using System.Collections.Immutable;
using CalcQuant.Imaging;

namespace CalcQuant.Measurement;

/// <summary>What a hyperdense region is.</summary>
public enum RegionKind
{
    /// <summary>Calcium in skin, fat, fascia or muscle: what the product measures.</summary>
    SoftTissueCalcification = 1,

    /// <summary>Calcium in the wall of a vessel.</summary>
    Vascular = 2,

    /// <summary>Could be a deposit or something else; reported apart, never in the deposits' total.</summary>
    Uncertain = 3,

    /// <summary>Skeleton.</summary>
    Bone = 4,

    /// <summary>Teeth: crowns and the dentine around them, where four or more are seen. Fillings come as metal, roots deep in the jaw as bone.</summary>
    Tooth = 5,

    /// <summary>Implant, filling, clip, foreign body.</summary>
    Metal = 6,

    /// <summary>Contrast medium: in a lumen, bowel, urinary tract, or an enhancing organ.</summary>
    Contrast = 7,

    /// <summary>Couch, clothing, cushions, tubes.</summary>
    OutsideBody = 8,

    /// <summary>No more than the noise of the image makes.</summary>
    Noise = 9,
}

/// <summary>How deep a region lies.</summary>
public enum DepthClass
{
    /// <summary>In the skin.</summary>
    Cutaneous = 1,

    /// <summary>In the fat under the skin.</summary>
    Subcutaneous = 2,

    /// <summary>Along a fascia.</summary>
    Fascial = 3,

    /// <summary>In muscle.</summary>
    Intramuscular = 4,

    /// <summary>Around a joint. Asked of findings of limbs below the fat.</summary>
    Periarticular = 5,

    /// <summary>Inside chest, abdomen, pelvis or skull.</summary>
    Internal = 6,
}

/// <summary>Shape of a region, in the words of radiology.</summary>
public enum Morphology
{
    /// <summary>Compact, roundish.</summary>
    Nodule = 1,

    /// <summary>Flat and broad, some millimetres thick.</summary>
    Plaque = 2,

    /// <summary>Flat, thin, along a plane.</summary>
    Sheet = 3,

    /// <summary>Long and thin.</summary>
    Linear = 4,

    /// <summary>A lacy network.</summary>
    Reticular = 5,

    /// <summary>Large and lobulated.</summary>
    Tumoral = 6,

    /// <summary>A calcified wall around a less dense interior.</summary>
    Cystic = 7,

    /// <summary>Small and round with a less dense centre, as calcified clots in veins are; that it lies in a vein is not seen.</summary>
    Phlebolith = 8,

    /// <summary>A speck.</summary>
    Punctate = 9,
}

/// <summary>How <see cref="Region.VolumeMm3"/> was made.</summary>
public enum VolumeMethod
{
    /// <summary>Voxels at or above the threshold times their volume.</summary>
    ThresholdCount = 1,

    /// <summary>Corrected for partial volume.</summary>
    PartialVolumeCorrected = 2,
}

/// <summary>
/// One finding. Lengths in mm, positions in LPS mm, attenuation in HU. A value that is not known or has no meaning for the kind is null.
/// </summary>
public sealed record Region
{
    /// <summary>Number within the report, from 1, in the order of the report before corrections: a correction moves a region, its number stays.</summary>
    public required int Id { get; init; }

    /// <summary>What it is.</summary>
    public required RegionKind Kind { get; init; }

    /// <summary>How sure the kind is, 0 to 1.</summary>
    public required double Confidence { get; init; }

    /// <summary>Why, in words and numbers.</summary>
    public ImmutableArray<string> Evidence { get; init; } = [];

    /// <summary>Connected components in this entry; more than one where small ones of the same kind were merged.</summary>
    public int ComponentCount { get; init; } = 1;

    /// <summary>Voxels at or above the threshold.</summary>
    public required long VoxelCount { get; init; }

    /// <summary>Best estimate of the volume, mm³.</summary>
    public required double VolumeMm3 { get; init; }

    /// <summary>Interval that holds the true volume with 95 %, mm³; null where no uncertainty was estimated.</summary>
    public Interval? VolumeIntervalMm3 { get; init; }

    /// <summary>How the best estimate was made.</summary>
    public required VolumeMethod VolumeMethod { get; init; }

    /// <summary>Voxels at or above the threshold times their volume, mm³: what other tools call the volume.</summary>
    public required double ThresholdVolumeMm3 { get; init; }

    /// <summary>Calcium hydroxyapatite, mg; null for kinds that are not calcifications.</summary>
    public double? MassMg { get; init; }

    /// <summary>Interval that holds the true mass with 95 %, mg; null where no uncertainty was estimated.</summary>
    public Interval? MassIntervalMg { get; init; }

    /// <summary>What the intervals come from; null where no uncertainty was estimated, and in reports that were read.</summary>
    internal EstimateError? Error { get; init; }

    /// <summary>Mean HU of the voxels at or above the threshold.</summary>
    public required double MeanHu { get; init; }

    /// <summary>Greatest HU.</summary>
    public required double MaxHu { get; init; }

    /// <summary>Standard deviation of HU over the voxels at or above the threshold (population).</summary>
    public required double StandardDeviationHu { get; init; }

    /// <summary>Centre of the voxels at or above the threshold, unweighted.</summary>
    public required LpsPoint CentroidLpsMm { get; init; }

    /// <summary>Centre of a voxel of the region, the first in the order of slices, rows and columns: unlike the centroid it lies in the region. Null where a report of an earlier version did not say.</summary>
    public LpsPoint? SeedLpsMm { get; init; }

    /// <summary>Least corner of the box around the voxel extents.</summary>
    public required LpsPoint BoundsMinLpsMm { get; init; }

    /// <summary>Greatest corner of the box around the voxel extents.</summary>
    public required LpsPoint BoundsMaxLpsMm { get; init; }

    /// <summary>
    /// Greatest distance of two points of the region (Feret), mm; null, like the diameters and the surface below, for bone, outside the body and noise. Like the two below it is
    /// without the scanner's blur where the volume is corrected for partial volume, else of the voxels at or above the threshold.
    /// </summary>
    public double? MaxDiameterMm { get; init; }

    /// <summary>Longest diameter within one slice, mm.</summary>
    public double? AxialDiameterMm { get; init; }

    /// <summary>Longest diameter perpendicular to <see cref="AxialDiameterMm"/> in the same slice, mm.</summary>
    public double? AxialPerpendicularMm { get; init; }

    /// <summary>Surface, mm².</summary>
    public double? SurfaceMm2 { get; init; }

    /// <summary>Depth class.</summary>
    public DepthClass? Depth { get; init; }

    /// <summary>Least distance of the region to the skin surface, mm; 0 where it reaches the surface.</summary>
    public double? DepthBelowSkinMm { get; init; }

    /// <summary>
    /// Least distance to bone, mm; 0 where it touches. Measured on a reduced grid: exact to about one of its cells, 1.6 mm, or 3 mm in large volumes.
    /// Null where no bone is in the volume.
    /// </summary>
    public double? DistanceToBoneMm { get; init; }

    /// <summary>Shape class.</summary>
    public Morphology? Morphology { get; init; }

    /// <summary>How sure the shape class is, 0 to 1; null where there is none.</summary>
    public double? MorphologyConfidence { get; init; }

    /// <summary>True where a shell encloses what may be marrow. CT does not always tell ossification from calcification: a remark, no diagnosis.</summary>
    public bool PossibleOssification { get; init; }

    /// <summary>Settled calcium below fluid (the sedimentation sign); null where there is none, or where the header does not say how the patient lies.</summary>
    public FluidLevel? FluidLevel { get; init; }

    /// <summary>What an uncertain region ("skeletal fringe") or bone ("spine") belongs to, in words; null for other kinds.</summary>
    public string? Structure { get; init; }

    /// <summary>Agatston score, normalised to 3 mm slices and adapted to the tube voltage.</summary>
    public double? Agatston { get; init; }

    /// <summary>True where the region reaches the border of the volume: part of it may lie outside.</summary>
    public bool TouchesBorder { get; init; }

    /// <summary>Index of the slice with the largest section, from 0: what to look at first.</summary>
    public required int LargestSliceIndex { get; init; }

    /// <summary>Part of it in each compartment that it reaches, outermost first; the fractions sum to 1. Empty for kinds that are not calcifications.</summary>
    public ImmutableArray<DepthShare> DepthShares { get; init; } = [];

    /// <summary>Region of the body. Null, like the fields below, for kinds that are not calcifications, or where neither image nor header tells.</summary>
    public BodySite? Site { get; init; }

    /// <summary>Where the site is known from: "image: lungs in the slice", "header: Body Part Examined (0018,0015)".</summary>
    public string? SiteSource { get; init; }

    /// <summary>Side of the body.</summary>
    public Laterality? Laterality { get; init; }

    /// <summary>Where the side is known from: "image: side of the body's midline", "header: Laterality (0020,0060)".</summary>
    public string? LateralitySource { get; init; }
}
