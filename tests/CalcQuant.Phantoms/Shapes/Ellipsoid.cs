using CalcQuant.Imaging;

namespace CalcQuant.Phantoms.Shapes;

/// <summary>An ellipsoid in any orientation.</summary>
public sealed class Ellipsoid : Shape
{
    private readonly LpsPoint _centre;
    private readonly Frame _frame;
    private readonly LpsPoint _semiAxesMm;
    private readonly double _leastMm;

    /// <summary>Creates an ellipsoid.</summary>
    /// <param name="centre">Centre, mm.</param>
    /// <param name="frame">Directions of the axes.</param>
    /// <param name="semiAxesMm">Half lengths along the frame's U, V, W, mm.</param>
    public Ellipsoid(LpsPoint centre, Frame frame, LpsPoint semiAxesMm)
    {
        _centre = centre;
        _frame = frame;
        _semiAxesMm = semiAxesMm;
        _leastMm = Math.Min(semiAxesMm.X, Math.Min(semiAxesMm.Y, semiAxesMm.Z));
        double Extent(double u, double v, double w) =>
            Math.Sqrt((u * u * semiAxesMm.X * semiAxesMm.X) + (v * v * semiAxesMm.Y * semiAxesMm.Y) + (w * w * semiAxesMm.Z * semiAxesMm.Z));
        var half = new LpsPoint(
            Extent(frame.U.X, frame.V.X, frame.W.X),
            Extent(frame.U.Y, frame.V.Y, frame.W.Y),
            Extent(frame.U.Z, frame.V.Z, frame.W.Z));
        Bounds = new Box(centre - half, centre + half);
    }

    /// <inheritdoc/>
    public override Box Bounds { get; }

    /// <inheritdoc/>
    public override double? ClosedFormVolumeMm3 => 4 * Math.PI / 3 * _semiAxesMm.X * _semiAxesMm.Y * _semiAxesMm.Z;

    /// <summary>A ball.</summary>
    public static Ellipsoid Ball(LpsPoint centre, double radiusMm) => new(centre, Frame.Patient, new(radiusMm, radiusMm, radiusMm));

    /// <inheritdoc/>
    public override double Distance(LpsPoint point)
    {
        LpsPoint p = point - _centre;
        double u = p.Dot(_frame.U) / _semiAxesMm.X;
        double v = p.Dot(_frame.V) / _semiAxesMm.Y;
        double w = p.Dot(_frame.W) / _semiAxesMm.Z;

        // Scaling to the unit ball stretches no length by more than 1 / least axis, so this bounds the distance from below.
        return (Math.Sqrt((u * u) + (v * v) + (w * w)) - 1) * _leastMm;
    }
}

/// <summary>Three orthonormal directions.</summary>
public readonly record struct Frame(LpsPoint U, LpsPoint V, LpsPoint W)
{
    /// <summary>Left, Posterior, Superior.</summary>
    public static Frame Patient => new(new(1, 0, 0), new(0, 1, 0), new(0, 0, 1));

    /// <summary>A frame whose W is the given direction.</summary>
    public static Frame Along(LpsPoint w)
    {
        LpsPoint axis = w.Normalized();
        LpsPoint other = Math.Abs(axis.Z) < 0.8 ? new LpsPoint(0, 0, 1) : new LpsPoint(1, 0, 0);
        LpsPoint u = other.Cross(axis).Normalized();
        return new(u, axis.Cross(u), axis);
    }

    /// <summary>This frame turned about its W, radians.</summary>
    public Frame TurnedAboutW(double angle)
    {
        (double sin, double cos) = Math.SinCos(angle);
        return new((U * cos) + (V * sin), (V * cos) - (U * sin), W);
    }

    /// <summary>A random orientation.</summary>
    public static Frame Random(SeededRandom random)
    {
        double z = random.Between(-1.0, 1.0);
        (double sin, double cos) = Math.SinCos(random.Angle());
        double r = Math.Sqrt(1 - (z * z));
        return Along(new(r * cos, r * sin, z)).TurnedAboutW(random.Angle());
    }
}
