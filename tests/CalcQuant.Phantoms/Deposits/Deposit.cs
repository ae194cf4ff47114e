using System.Collections.Immutable;
using CalcQuant.Measurement;
using CalcQuant.Phantoms.Shapes;

namespace CalcQuant.Phantoms.Deposits;

/// <summary>A calcified part of a deposit.</summary>
/// <param name="Shape">Where it is, as it is drawn.</param>
/// <param name="Drawn">The shape before skin and bone clipped it; null where nothing clips it, so that its closed-form volume holds.</param>
/// <param name="DensityMgPerCm3">Hydroxyapatite, mg/cm³.</param>
public sealed record DepositPart(Shape Shape, Shape? Drawn, double DensityMgPerCm3);

/// <summary>Fluid inside a deposit.</summary>
public sealed record DepositLumen(Shape Shape, double Hu);

/// <summary>A deposit in the scene.</summary>
public sealed record Deposit
{
    /// <summary>Which of the clinical kinds.</summary>
    public required DepositKind Kind { get; init; }

    /// <summary>Calcified parts; they do not overlap.</summary>
    public required ImmutableArray<DepositPart> Parts { get; init; }

    /// <summary>Fluid, drawn before the parts.</summary>
    public DepositLumen? Lumen { get; init; }

    /// <summary>Everything the deposit occupies: its parts and its fluid.</summary>
    public required Shape Extent { get; init; }

    /// <summary>Where it lies.</summary>
    public required DepthClass Depth { get; init; }

    /// <summary>What it looks like.</summary>
    public required Morphology Morphology { get; init; }

    /// <summary>True where it was grown against the cortex.</summary>
    public bool TouchesBone { get; init; }

    /// <summary>True where it was grown to the skin surface.</summary>
    public bool TouchesSkin { get; init; }
}
