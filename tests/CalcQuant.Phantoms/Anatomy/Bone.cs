using CalcQuant.Imaging;
using CalcQuant.Phantoms.Shapes;

namespace CalcQuant.Phantoms.Anatomy;

/// <summary>A bone: cortex around marrow.</summary>
public abstract class Bone : Shape
{
    /// <summary>Attenuation of a point inside.</summary>
    /// <param name="point">The point, mm.</param>
    /// <param name="distance">What <see cref="Shape.Distance"/> gave for it; not positive.</param>
    /// <param name="clearanceMm">Least distance to the inner border of the cortex.</param>
    /// <returns>HU at 120 kVp.</returns>
    public abstract double Hu(LpsPoint point, double distance, out double clearanceMm);
}

/// <summary>A short bone or the end of a long one: thin cortex around trabecular bone.</summary>
public sealed class ShortBone(Shape outer, double cortexMm, double cortexHu, double trabecularHu, ValueNoise grain) : Bone
{
    /// <inheritdoc/>
    public override Box Bounds => outer.Bounds;

    /// <inheritdoc/>
    public override double Distance(LpsPoint point) => outer.Distance(point);

    /// <inheritdoc/>
    public override double Hu(LpsPoint point, double distance, out double clearanceMm)
    {
        clearanceMm = Math.Abs(-distance - cortexMm);
        return -distance < cortexMm ? cortexHu : trabecularHu * (1 + (0.45 * grain.At(point)));
    }
}

/// <summary>
/// A long bone: a shaft whose section is a rounded triangle, widening towards both ends, with cortex that thins from shaft to end, fat marrow in the
/// shaft and trabecular bone in the ends.
/// </summary>
public sealed class LongBone : Bone
{
    // Slopes of section and flare; measured on the steepest layouts.
    private const double Steepness = 1.35;

    private readonly LongBoneForm _form;
    private readonly ValueNoise _grain;
    private readonly double _cosRidge;
    private readonly double _sinRidge;

    /// <summary>Creates a long bone.</summary>
    public LongBone(LongBoneForm form, ValueNoise grain)
    {
        _form = form;
        _grain = grain;
        (_sinRidge, _cosRidge) = Math.SinCos(form.RidgeAngle);
        double reach = ((form.ShaftRadiusMm + Math.Max(form.LowerFlareMm, form.UpperFlareMm)) * (1 + form.Ridge + form.Flatness)) + 1;
        LpsPoint low = form.Axis.At(form.LowerZ);
        LpsPoint high = form.Axis.At(form.UpperZ);
        LpsPoint middle = form.Axis.At((form.LowerZ + form.UpperZ) / 2);
        double bow = Math.Abs(middle.X - ((low.X + high.X) / 2)) + Math.Abs(middle.Y - ((low.Y + high.Y) / 2));
        Bounds = Box.Around(low, reach + bow).Union(Box.Around(high, reach + bow));
        Bounds = new Box(Bounds.Min with { Z = form.LowerZ - 1 }, Bounds.Max with { Z = form.UpperZ + 1 });
    }

    /// <inheritdoc/>
    public override Box Bounds { get; }

    /// <inheritdoc/>
    public override double Distance(LpsPoint point)
    {
        LpsPoint axis = _form.Axis.At(point.Z);
        double dx = point.X - axis.X;
        double dy = point.Y - axis.Y;
        double rho = Math.Sqrt((dx * dx) + (dy * dy));
        double side = rho - Radius(dx, dy, rho, point.Z);
        double end = Math.Max(_form.LowerZ - point.Z, point.Z - _form.UpperZ);

        // Smooth maximum (polynomial, Quilez): rounds the rim of the joint surface.
        double blend = Math.Max(_form.EndRoundingMm - Math.Abs(side - end), 0) / _form.EndRoundingMm;
        return (Math.Max(side, end) + (blend * blend * _form.EndRoundingMm / 4)) / Steepness;
    }

    /// <summary>A point on the surface of the shaft.</summary>
    public LpsPoint SurfacePoint(double z, double angle)
    {
        (double sin, double cos) = Math.SinCos(angle);
        LpsPoint axis = _form.Axis.At(z);
        double radius = Radius(cos, sin, 1, z);
        return new(axis.X + (radius * cos), axis.Y + (radius * sin), z);
    }

    /// <inheritdoc/>
    public override double Hu(LpsPoint point, double distance, out double clearanceMm)
    {
        double ends = Nearness(point.Z, _form.LowerZ, _form.FlareReachMm) + Nearness(point.Z, _form.UpperZ, _form.FlareReachMm);
        double cortexMm = (_form.ShaftCortexMm + ((_form.EndCortexMm - _form.ShaftCortexMm) * Math.Min(1, 1.15 * ends)))
            * (1 + (0.12 * Math.Sin((point.Z * 0.11) + _form.RidgeAngle)));
        double depth = -distance * Steepness;
        clearanceMm = Math.Abs(depth - cortexMm) / Steepness;
        if (depth < cortexMm)
        {
            return _form.CortexHu + ((_form.EndCortexHu - _form.CortexHu) * Math.Min(1, ends));
        }

        double trabecular = Math.Min(1, 1.25 * ends);
        double grain = _grain.At(point);
        return (_form.FatMarrowHu * (1 - trabecular)) + (trabecular * _form.TrabecularHu * (1 + (0.5 * grain))) + (12 * grain);
    }

    // 1 at the end, 1/2 a reach away, 0 in the shaft.
    private static double Nearness(double z, double endZ, double reachMm)
    {
        double t = (z - endZ) / reachMm;
        double t2 = t * t;
        return 1 / (1 + (t2 * t2));
    }

    private double Radius(double dx, double dy, double rho, double z)
    {
        double inverse = rho > 1e-9 ? 1 / rho : 0;
        double c = ((dx * _cosRidge) + (dy * _sinRidge)) * inverse;
        double s = ((dy * _cosRidge) - (dx * _sinRidge)) * inverse;
        double c2 = (c * c) - (s * s);
        double c3 = c * ((4 * c * c) - 3);
        double radius = _form.ShaftRadiusMm
            + (_form.LowerFlareMm * Nearness(z, _form.LowerZ, _form.FlareReachMm))
            + (_form.UpperFlareMm * Nearness(z, _form.UpperZ, _form.FlareReachMm));
        return radius * (1 + (_form.Flatness * c2) + (_form.Ridge * c3));
    }
}

/// <summary>A gently bent line along Superior: x and y as quadratics of z.</summary>
public readonly record struct Axis(double X, double Y, double SlopeX, double SlopeY, double BendX, double BendY)
{
    /// <summary>The point of the line at a height, mm.</summary>
    public LpsPoint At(double z) => new(X + (z * (SlopeX + (z * BendX))), Y + (z * (SlopeY + (z * BendY))), z);
}

/// <summary>Size and make of a long bone; lengths in mm, attenuation in HU at 120 kVp.</summary>
public sealed record LongBoneForm
{
    /// <summary>Middle line.</summary>
    public required Axis Axis { get; init; }

    /// <summary>Height of the lower end.</summary>
    public required double LowerZ { get; init; }

    /// <summary>Height of the upper end.</summary>
    public required double UpperZ { get; init; }

    /// <summary>Mean radius of the shaft.</summary>
    public required double ShaftRadiusMm { get; init; }

    /// <summary>Added radius at the lower end.</summary>
    public required double LowerFlareMm { get; init; }

    /// <summary>Added radius at the upper end.</summary>
    public required double UpperFlareMm { get; init; }

    /// <summary>How far the ends' widening reaches into the shaft.</summary>
    public required double FlareReachMm { get; init; }

    /// <summary>Rounding of the rim of the joint surface.</summary>
    public double EndRoundingMm { get; init; } = 5;

    /// <summary>Relative height of the ridge of the triangular section.</summary>
    public required double Ridge { get; init; }

    /// <summary>Relative flattening of the section.</summary>
    public required double Flatness { get; init; }

    /// <summary>Direction of the ridge, radians.</summary>
    public required double RidgeAngle { get; init; }

    /// <summary>Cortex in the shaft.</summary>
    public required double ShaftCortexMm { get; init; }

    /// <summary>Cortex at the joint.</summary>
    public required double EndCortexMm { get; init; }

    /// <summary>Cortex of the shaft.</summary>
    public required double CortexHu { get; init; }

    /// <summary>Cortex at the joint.</summary>
    public required double EndCortexHu { get; init; }

    /// <summary>Fat marrow.</summary>
    public required double FatMarrowHu { get; init; }

    /// <summary>Trabecular bone.</summary>
    public required double TrabecularHu { get; init; }
}
