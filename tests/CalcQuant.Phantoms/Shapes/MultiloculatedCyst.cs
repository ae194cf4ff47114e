using System.Collections.Immutable;
using CalcQuant.Imaging;

namespace CalcQuant.Phantoms.Shapes;

/// <summary>
/// Several overlapping chambers with a calcified wall, calcified septa where two chambers meet, fluid inside and calcium settled at the bottom of
/// each chamber with a horizontal level (the sedimentation sign). Drawn in a space stretched along the patient axes, so the chambers are ellipsoids.
/// </summary>
public sealed class MultiloculatedCyst
{
    private readonly LpsPoint _centre;
    private readonly LpsPoint _scaleMm;
    private readonly ImmutableArray<Chamber> _chambers;
    private readonly double _wall;
    private readonly double _septum;
    private readonly double _leastScaleMm;

    /// <summary>Creates a cyst.</summary>
    /// <param name="centre">Centre, mm.</param>
    /// <param name="scaleMm">Millimetres per unit of the chambers' space along Left, Posterior, Superior.</param>
    /// <param name="chambers">Chambers in units of the scale; at least one.</param>
    /// <param name="wallMm">Least thickness of the wall, mm.</param>
    /// <param name="septumMm">Least thickness of the septa, mm.</param>
    public MultiloculatedCyst(LpsPoint centre, LpsPoint scaleMm, ImmutableArray<Chamber> chambers, double wallMm, double septumMm)
    {
        _centre = centre;
        _scaleMm = scaleMm;
        _chambers = chambers;
        _leastScaleMm = Math.Min(scaleMm.X, Math.Min(scaleMm.Y, scaleMm.Z));
        _wall = wallMm / _leastScaleMm;
        _septum = septumMm / _leastScaleMm;
        Bounds = chambers
            .Select(chamber => Box.Around(chamber.Centre, chamber.Radius))
            .Aggregate((left, right) => left.Union(right));
        Bounds = new Box(ToMm(Bounds.Min), ToMm(Bounds.Max));
        Outer = new Part(this, field => field.Nearest);
        WallAndSepta = new Part(this, field => Math.Max(field.Nearest, Math.Min(-(field.Nearest + _wall), field.Septum)));
        Sediment = new Part(this, field => Math.Max(Math.Max(field.Nearest + _wall, -field.Septum), field.AboveLevel));
    }

    /// <summary>A box that holds the cyst.</summary>
    public Box Bounds { get; }

    /// <summary>Everything inside the outer surface.</summary>
    public Shape Outer { get; }

    /// <summary>The calcified wall with the calcified septa.</summary>
    public Shape WallAndSepta { get; }

    /// <summary>Settled calcium below the levels; posterior is down, as the patient lies supine.</summary>
    public Shape Sediment { get; }

    private LpsPoint ToMm(LpsPoint q) => _centre + new LpsPoint(q.X * _scaleMm.X, q.Y * _scaleMm.Y, q.Z * _scaleMm.Z);

    private Field Evaluate(LpsPoint point)
    {
        LpsPoint p = point - _centre;
        var q = new LpsPoint(p.X / _scaleMm.X, p.Y / _scaleMm.Y, p.Z / _scaleMm.Z);
        double nearest = double.MaxValue;
        double second = double.MaxValue;
        double above = 0;
        foreach (Chamber chamber in _chambers)
        {
            double distance = (q - chamber.Centre).Length - chamber.Radius;
            if (distance < nearest)
            {
                second = nearest;
                nearest = distance;
                above = chamber.Level - q.Y;
            }
            else if (distance < second)
            {
                second = distance;
            }
        }

        // Half the difference of two distances changes as fast as a distance and is zero midway between two chambers.
        return new Field(nearest, ((second - nearest) / 2) - (_septum / 2), above);
    }

    /// <summary>A chamber: a ball in the stretched space, with its calcium level at Posterior = <see cref="Level"/>.</summary>
    public readonly record struct Chamber(LpsPoint Centre, double Radius, double Level);

    private readonly record struct Field(double Nearest, double Septum, double AboveLevel);

    private sealed class Part(MultiloculatedCyst cyst, Func<Field, double> distance) : Shape
    {
        public override Box Bounds => cyst.Bounds;

        public override double Distance(LpsPoint point) => distance(cyst.Evaluate(point)) * cyst._leastScaleMm;
    }
}
