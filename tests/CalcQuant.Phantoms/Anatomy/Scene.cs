using System.Collections.Immutable;
using CalcQuant.Imaging;
using CalcQuant.Phantoms.Shapes;

namespace CalcQuant.Phantoms.Anatomy;

/// <summary>A vessel and what fills it.</summary>
public sealed record Vessel(Shape Shape, double Hu);

/// <summary>Calcium that is not a deposit of the disease: a plaque in the wall of an artery.</summary>
/// <param name="Name">What it is, in words.</param>
/// <param name="Kind">What an analysis should call it.</param>
/// <param name="Shape">Where it is.</param>
/// <param name="DensityMgPerCm3">Hydroxyapatite, mg/cm³.</param>
public sealed record OtherCalcification(string Name, Measurement.RegionKind Kind, Shape Shape, double DensityMgPerCm3);

/// <summary>Everything in the scanner before the deposits: limbs, bones, vessels, surroundings.</summary>
public sealed class Scene(
    ImmutableArray<Limb> limbs,
    ImmutableArray<Bone> bones,
    ImmutableArray<Vessel> vessels,
    Surroundings surroundings)
{
    /// <summary>Limbs.</summary>
    public ImmutableArray<Limb> Limbs => limbs;

    /// <summary>Bones.</summary>
    public ImmutableArray<Bone> Bones => bones;

    /// <summary>Vessels.</summary>
    public ImmutableArray<Vessel> Vessels => vessels;

    /// <summary>What lies inside the body, first to last drawn over it: cavities, organs, bowel, gas.</summary>
    public ImmutableArray<Vessel> Organs { get; init; } = [];

    /// <summary>Calcium that is not a deposit.</summary>
    public ImmutableArray<OtherCalcification> OtherCalcifications { get; init; } = [];

    /// <summary>Metal, drawn over everything.</summary>
    public ImmutableArray<Vessel> Metal { get; init; } = [];

    /// <summary>What the metal does to the image; null for nothing.</summary>
    public Scanner.MetalStreaks? Streaks { get; init; }

    /// <summary>Signed radial distance to the nearest skin, mm.</summary>
    public double Body(LpsPoint point)
    {
        NearestLimb(point, out LimbLocation at);
        return at.Body;
    }

    /// <summary>Lower bound of the distance to the nearest bone, mm; negative inside.</summary>
    public double BoneDistance(LpsPoint point)
    {
        double least = double.MaxValue;
        foreach (Bone bone in bones)
        {
            least = Math.Min(least, bone.Distance(point));
        }

        return least;
    }

    /// <summary>Lower bound of the distance to the nearest vessel, mm.</summary>
    public double VesselDistance(LpsPoint point)
    {
        double least = double.MaxValue;
        foreach (Vessel vessel in vessels)
        {
            least = Math.Min(least, vessel.Shape.Distance(point));
        }

        return least;
    }

    /// <summary>Lower bound of the distance to the nearest organ or piece of metal, mm; negative inside.</summary>
    public double OrganDistance(LpsPoint point)
    {
        double least = double.MaxValue;
        foreach (Vessel organ in Organs)
        {
            least = Math.Min(least, organ.Shape.Distance(point));
        }

        foreach (Vessel metal in Metal)
        {
            least = Math.Min(least, metal.Shape.Distance(point));
        }

        return least;
    }

    /// <summary>Tissue or surroundings at a point, without bones, vessels and deposits.</summary>
    /// <param name="point">The point.</param>
    /// <param name="clearanceMm">At most the distance to the nearest change.</param>
    public Tissue HostAt(LpsPoint point, out double clearanceMm)
    {
        Limb? limb = NearestLimb(point, out LimbLocation at);
        return at.Body < 0 ? limb!.TissueAt(point, at, out clearanceMm) : new(surroundings.Hu(point, at.Body, out clearanceMm), 0, null);
    }

    private Limb? NearestLimb(LpsPoint point, out LimbLocation at)
    {
        Limb? nearest = null;
        at = new(double.MaxValue, 0, 0);
        foreach (Limb limb in limbs)
        {
            LimbLocation candidate = limb.Locate(point);
            if (candidate.Body < at.Body)
            {
                (nearest, at) = (limb, candidate);
            }
        }

        return nearest;
    }
}
