using System.Collections.Immutable;
using CalcQuant.Imaging;
using CalcQuant.Phantoms.Shapes;

namespace CalcQuant.Phantoms.Anatomy;

/// <summary>A vessel and what fills it.</summary>
public sealed record Vessel(Shape Shape, double Hu);

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

    /// <summary>Signed radial distance to the nearest skin, mm.</summary>
    public double Body(LpsPoint point) => NearestLimb(point, out double body) is null ? double.MaxValue : body;

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

    /// <summary>Attenuation of tissue and surroundings without bones, vessels and deposits.</summary>
    /// <param name="point">The point.</param>
    /// <param name="clearanceMm">At most the distance to the nearest change.</param>
    public double HostHu(LpsPoint point, out double clearanceMm)
    {
        Limb? limb = NearestLimb(point, out double body);
        return limb is not null && body < 0 ? limb.Hu(point, out clearanceMm) : surroundings.Hu(point, body, out clearanceMm);
    }

    private Limb? NearestLimb(LpsPoint point, out double body)
    {
        Limb? nearest = null;
        body = double.MaxValue;
        foreach (Limb limb in limbs)
        {
            double candidate = limb.Body(point);
            if (candidate < body)
            {
                (nearest, body) = (limb, candidate);
            }
        }

        return nearest;
    }
}
