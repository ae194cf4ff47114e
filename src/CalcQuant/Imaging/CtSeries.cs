using System.Collections.Immutable;
using CalcQuant.Analysis;

namespace CalcQuant.Imaging;

/// <summary>A CT volume with what its headers say about how it was acquired: all that an analysis needs.</summary>
/// <param name="Volume">The voxels in HU.</param>
/// <param name="Acquisition">Header facts.</param>
/// <param name="Issues">Warnings raised while the series was read; they go into the report unchanged.</param>
public sealed record CtSeries(CtVolume Volume, CtAcquisition Acquisition, ImmutableArray<SeriesIssue> Issues);

/// <summary>Header facts of a CT series. Values that the headers do not give are null, never a made-up zero.</summary>
public sealed record CtAcquisition
{
    /// <summary>Series Instance UID (0020,000E).</summary>
    public required string SeriesInstanceUid { get; init; }

    /// <summary>Study Instance UID (0020,000D), where present.</summary>
    public string? StudyInstanceUid { get; init; }

    /// <summary>Frame of Reference UID (0020,0052), where present.</summary>
    public string? FrameOfReferenceUid { get; init; }

    /// <summary>SOP Instance UID (0008,0018) of each slice in slice order; an enhanced instance repeats.</summary>
    public ImmutableArray<string> SopInstanceUids { get; init; } = [];

    /// <summary>Number of this stack among those its series was split into, from 1.</summary>
    public int StackNumber { get; init; } = 1;

    /// <summary>Stacks that the series was split into; 1 for nearly all.</summary>
    public int StackCount { get; init; } = 1;

    /// <summary>Tube voltage KVP (0018,0060), kV.</summary>
    public double? Kvp { get; init; }

    /// <summary>Convolution Kernel (0018,1210).</summary>
    public string? ConvolutionKernel { get; init; }

    /// <summary>Slice Thickness (0018,0050), mm: how thick a slab a slice averages, not how far slices are apart.</summary>
    public double? SliceThicknessMm { get; init; }

    /// <summary>Reconstruction Diameter (0018,1100), mm.</summary>
    public double? ReconstructionDiameterMm { get; init; }

    /// <summary>Angle between the slice normal and the step from slice to slice, degrees, from the positions.</summary>
    public double TiltDegrees { get; init; }

    /// <summary>Patient Position (0018,5100), e.g. HFS.</summary>
    public string? PatientPosition { get; init; }

    /// <summary>Body Part Examined (0018,0015): often wrong or empty, a prior only.</summary>
    public string? BodyPartExamined { get; init; }

    /// <summary>Side of the body that was examined, as the header has it: R, L, U (unpaired) or B (both). Null where it says nothing or differs between slices.</summary>
    public string? Laterality { get; init; }

    /// <summary>The attribute that gives it: "Laterality (0020,0060)", "Image Laterality (0020,0062)" or "Frame Laterality (0020,9072)".</summary>
    public string? LateralitySource { get; init; }

    /// <summary>Manufacturer (0008,0070).</summary>
    public string? Manufacturer { get; init; }

    /// <summary>Manufacturer's Model Name (0008,1090).</summary>
    public string? ManufacturerModelName { get; init; }

    /// <summary>True where the header names a contrast agent, false where it says there is none, null where it says nothing.</summary>
    public bool? ContrastInHeader { get; init; }

    /// <summary>Greatest HU the stored values can express; a voxel there may be clipped.</summary>
    public double? GreatestExpressibleHu { get; init; }

    /// <summary>
    /// SHA-256, lower-case hex, over the geometry and the voxels as they are analysed: equal for equal input, whatever the file names,
    /// the order of the files or the transfer syntax. Null where it was not taken: it is no part of reading a series.
    /// </summary>
    public string? InputSha256 { get; init; }
}
