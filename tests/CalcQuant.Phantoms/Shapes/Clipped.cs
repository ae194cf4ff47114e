using CalcQuant.Imaging;

namespace CalcQuant.Phantoms.Shapes;

/// <summary>A shape of which only what lies inside the body and outside bone exists: a nodule grown against the skin or the cortex.</summary>
public sealed class Clipped(Shape shape, Func<LpsPoint, double> allowed) : Shape
{
    /// <inheritdoc/>
    public override Box Bounds => shape.Bounds;

    /// <inheritdoc/>
    public override double Distance(LpsPoint point) => Math.Max(shape.Distance(point), allowed(point));
}

/// <summary>A circular cylinder: the inserts of calcium scoring phantoms.</summary>
public sealed class Cylinder : Shape
{
    private readonly LpsPoint _centre;
    private readonly LpsPoint _axis;
    private readonly double _radiusMm;
    private readonly double _halfLengthMm;

    /// <summary>Creates a cylinder.</summary>
    public Cylinder(LpsPoint centre, LpsPoint axis, double radiusMm, double lengthMm)
    {
        _centre = centre;
        _axis = axis.Normalized();
        _radiusMm = radiusMm;
        _halfLengthMm = lengthMm / 2;
        Bounds = Box.Around(centre, Math.Sqrt((radiusMm * radiusMm) + (_halfLengthMm * _halfLengthMm)));
    }

    /// <inheritdoc/>
    public override Box Bounds { get; }

    /// <inheritdoc/>
    public override double? ClosedFormVolumeMm3 => Math.PI * _radiusMm * _radiusMm * 2 * _halfLengthMm;

    /// <inheritdoc/>
    public override double Distance(LpsPoint point)
    {
        LpsPoint p = point - _centre;
        double along = p.Dot(_axis);
        double across = Math.Sqrt(Math.Max(0, p.Dot(p) - (along * along)));
        return Math.Max(across - _radiusMm, Math.Abs(along) - _halfLengthMm);
    }
}
