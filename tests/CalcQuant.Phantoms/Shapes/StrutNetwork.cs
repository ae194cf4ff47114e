using System.Collections.Immutable;
using CalcQuant.Imaging;

namespace CalcQuant.Phantoms.Shapes;

/// <summary>A straight piece with round ends whose radius changes evenly along it.</summary>
public readonly record struct Strut(LpsPoint Start, LpsPoint End, double StartRadiusMm, double EndRadiusMm);

/// <summary>A union of struts: one is a capsule, a chain is a vessel, a mesh is a reticular deposit.</summary>
public sealed class StrutNetwork : Shape
{
    private readonly ImmutableArray<Strut> _struts;
    private readonly double _steepness;

    /// <summary>Creates the union of struts; at least one.</summary>
    public StrutNetwork(ImmutableArray<Strut> struts)
    {
        _struts = struts;
        Bounds = struts.Select(BoundsOf).Aggregate((left, right) => left.Union(right));

        // A tapering strut's function grows faster than the distance by the slope of its side.
        _steepness = struts.Max(strut => 1 + (Math.Abs(strut.EndRadiusMm - strut.StartRadiusMm) / Math.Max(1e-6, (strut.End - strut.Start).Length)));
    }

    /// <inheritdoc/>
    public override Box Bounds { get; }

    /// <inheritdoc/>
    public override double? ClosedFormVolumeMm3
    {
        get
        {
            if (_struts is not [var strut] || strut.StartRadiusMm != strut.EndRadiusMm)
            {
                return null;
            }

            double r = strut.StartRadiusMm;
            return Math.PI * r * r * ((strut.End - strut.Start).Length + (4 * r / 3));
        }
    }

    /// <inheritdoc/>
    public override double Distance(LpsPoint point)
    {
        double least = double.MaxValue;
        foreach (Strut strut in _struts)
        {
            // A strut whose slab of heights is already further away than the nearest so far cannot be nearer.
            double above = Math.Max(Math.Min(strut.Start.Z, strut.End.Z) - point.Z, point.Z - Math.Max(strut.Start.Z, strut.End.Z));
            if (above - Math.Max(strut.StartRadiusMm, strut.EndRadiusMm) >= least)
            {
                continue;
            }

            LpsPoint along = strut.End - strut.Start;
            LpsPoint from = point - strut.Start;
            double square = along.Dot(along);
            double t = square == 0 ? 0 : Math.Clamp(from.Dot(along) / square, 0, 1);
            double distance = (from - (along * t)).Length - strut.StartRadiusMm - (t * (strut.EndRadiusMm - strut.StartRadiusMm));
            least = Math.Min(least, distance);
        }

        return least / _steepness;
    }

    private static Box BoundsOf(Strut strut) =>
        Box.Around(strut.Start, strut.StartRadiusMm).Union(Box.Around(strut.End, strut.EndRadiusMm));
}
