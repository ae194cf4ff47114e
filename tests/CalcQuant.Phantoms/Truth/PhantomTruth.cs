using System.Collections.Immutable;
using CalcQuant.Imaging;
using CalcQuant.Measurement;
using CalcQuant.Segmentation;

namespace CalcQuant.Phantoms.Truth;

/// <summary>What is really there. Lengths mm, positions LPS mm, from the shapes themselves, not from the image.</summary>
public sealed record PhantomTruth
{
    /// <summary>What was drawn.</summary>
    public required PhantomOptions Options { get; init; }

    /// <summary>The deposits.</summary>
    public required ImmutableArray<DepositTruth> Deposits { get; init; }

    /// <summary>Calcium that is not a deposit, in the order drawn.</summary>
    public ImmutableArray<OtherCalcificationTruth> OtherCalcifications { get; init; } = [];

    /// <summary>Voxels at least half covered by bone, marrow included.</summary>
    public required Mask Bone { get; init; }

    /// <summary>Voxels at least half covered by the patient.</summary>
    public required Mask Body { get; init; }

    /// <summary>Volume of a voxel, mm³.</summary>
    public required double VoxelVolumeMm3 { get; init; }

    /// <summary>Distances of columns (X), rows (Y) and slices (Z), mm.</summary>
    public required LpsPoint SpacingMm { get; init; }

    /// <summary>Sum over the deposits, mm³.</summary>
    public double TotalVolumeMm3 => Deposits.Sum(deposit => deposit.VolumeMm3);

    /// <summary>Sum over the deposits, mg.</summary>
    public double TotalMassMg => Deposits.Sum(deposit => deposit.MassMg);
}

/// <summary>A calcification that is not a deposit, as it really is.</summary>
/// <param name="Name">What it is, in words.</param>
/// <param name="Kind">What an analysis should call it.</param>
/// <param name="VolumeMm3">Volume, mm³.</param>
/// <param name="CentroidLpsMm">Centre.</param>
/// <param name="Runs">Its voxels, by the rule of <see cref="DepositTruth.Runs"/>.</param>
public sealed record OtherCalcificationTruth(string Name, RegionKind Kind, double VolumeMm3, LpsPoint CentroidLpsMm, ImmutableArray<VoxelRun> Runs);

/// <summary>One deposit as it really is.</summary>
public sealed record DepositTruth
{
    /// <summary>Number from 1.</summary>
    public required int Id { get; init; }

    /// <summary>Which of the clinical kinds.</summary>
    public required DepositKind Kind { get; init; }

    /// <summary>Calcified volume, mm³; fluid inside a cyst is not part of it.</summary>
    public required double VolumeMm3 { get; init; }

    /// <summary>True where the volume is a formula, false where it was integrated (error below 0.2 %).</summary>
    public required bool ClosedForm { get; init; }

    /// <summary>Hydroxyapatite, mg.</summary>
    public required double MassMg { get; init; }

    /// <summary>Mass over volume, mg/cm³.</summary>
    public required double DensityMgPerCm3 { get; init; }

    /// <summary>HU of each calcified part at the phantom's tube voltage, before blur and noise.</summary>
    public required ImmutableArray<double> PartHu { get; init; }

    /// <summary>Centre of the calcified volume.</summary>
    public required LpsPoint CentroidLpsMm { get; init; }

    /// <summary>Least corner.</summary>
    public required LpsPoint BoundsMinLpsMm { get; init; }

    /// <summary>Greatest corner.</summary>
    public required LpsPoint BoundsMaxLpsMm { get; init; }

    /// <summary>Where it lies.</summary>
    public required DepthClass Depth { get; init; }

    /// <summary>Least distance to the skin surface, mm.</summary>
    public required double DepthBelowSkinMm { get; init; }

    /// <summary>What it looks like.</summary>
    public required Morphology Morphology { get; init; }

    /// <summary>True where it touches bone.</summary>
    public required bool TouchesBone { get; init; }

    /// <summary>True where it reaches the skin surface.</summary>
    public required bool TouchesSkin { get; init; }

    /// <summary>
    /// Voxels at least half covered. Where a thin or small deposit covers no voxel by half, the voxels covered at least half as much as its
    /// most covered one, and <see cref="HalfCovered"/> is false.
    /// </summary>
    public required ImmutableArray<VoxelRun> Runs { get; init; }

    /// <summary>True where <see cref="Runs"/> really are half covered.</summary>
    public required bool HalfCovered { get; init; }
}
