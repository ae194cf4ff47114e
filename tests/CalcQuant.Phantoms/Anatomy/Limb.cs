using System.Collections.Immutable;
using CalcQuant.Imaging;
using CalcQuant.Phantoms.Shapes;

namespace CalcQuant.Phantoms.Anatomy;

/// <summary>
/// A limb along Superior: skin, fat with septa and a superficial fascia, deep fascia, muscles with fat between them. Star-shaped about a bent axis;
/// the outline is a harmonic series whose size changes along the limb. Bones and vessels are shapes of their own, drawn over it.
/// </summary>
public sealed class Limb
{
    /// <summary>The radial function rises at most this much faster than the distance.</summary>
    public const double Steepness = 1.25;

    private const double FatGrainHu = 6;
    private const double GapSwell = 0.6;

    private readonly LimbForm _form;
    private readonly double[] _cosine;
    private readonly double[] _sine;
    private readonly ValueNoise _grain;

    /// <summary>Creates a limb.</summary>
    public Limb(LimbForm form, ValueNoise grain)
    {
        _form = form;
        _grain = grain;
        _cosine = [.. form.Harmonics.Select(harmonic => harmonic.Amplitude * Math.Cos(harmonic.Phase))];
        _sine = [.. form.Harmonics.Select(harmonic => harmonic.Amplitude * Math.Sin(harmonic.Phase))];
    }

    /// <summary>Sizes and attenuations.</summary>
    public LimbForm Form => _form;

    /// <summary>Signed radial distance to the skin surface, mm, negative inside.</summary>
    public double Body(LpsPoint point) => Locate(point).Body;

    /// <summary>Signed radial distance to the deep fascia, mm, negative in the muscles.</summary>
    public double Muscle(LpsPoint point) => Locate(point).Muscle;

    /// <summary>Thickness of the fat between skin and deep fascia in a direction, mm.</summary>
    public double FatMm(double angle, double z)
    {
        (double sin, double cos) = Math.SinCos(angle);
        return Fat(cos, sin, z);
    }

    /// <summary>A point at a depth below the skin surface.</summary>
    public LpsPoint At(double angle, double z, double depthMm)
    {
        (double sin, double cos) = Math.SinCos(angle);
        LpsPoint axis = _form.Axis.At(z);
        double rho = Radius(cos, sin, z) - depthMm;
        return new(axis.X + (rho * cos), axis.Y + (rho * sin), z);
    }

    /// <summary>Outward normal of the skin as W, around the limb as U, along it as V.</summary>
    public Frame SurfaceFrame(LpsPoint point)
    {
        LpsPoint w = Gradient(point).Normalized();

        // On the very tip of a finger every direction leads around it.
        LpsPoint u = w.X == 0 && w.Y == 0 ? new LpsPoint(1, 0, 0) : new LpsPoint(-w.Y, w.X, 0).Normalized();
        return new(u, w.Cross(u), w);
    }

    /// <summary>Shortest distance from a point inside to the skin surface, mm: repeated projection along the gradient.</summary>
    public double DepthMm(LpsPoint point)
    {
        const int Steps = 12;
        LpsPoint surface = point;
        for (int step = 0; step < Steps; step++)
        {
            LpsPoint gradient = Gradient(surface);
            surface -= gradient * (Body(surface) / gradient.Dot(gradient));

            // Slide along the surface towards the foot of the perpendicular.
            LpsPoint normal = Gradient(surface).Normalized();
            LpsPoint toPoint = point - surface;
            surface += (toPoint - (normal * toPoint.Dot(normal))) * 0.5;
        }

        LpsPoint last = Gradient(surface);
        surface -= last * (Body(surface) / last.Dot(last));
        return (point - surface).Length;
    }

    /// <summary>Attenuation of a point inside the body.</summary>
    /// <param name="point">The point.</param>
    /// <param name="at">What <see cref="Locate"/> gives for it.</param>
    /// <param name="clearanceMm">At most the distance to the nearest change of tissue.</param>
    public Tissue TissueAt(LpsPoint point, LimbLocation at, out double clearanceMm)
    {
        double depth = -at.Body;
        clearanceMm = Math.Min(Math.Abs(depth), Math.Abs(depth - _form.SkinMm)) / Steepness;
        if (depth < _form.SkinMm)
        {
            return new(_form.SkinHu, 0, null);
        }

        double half = _form.FasciaMm / 2;
        clearanceMm = Math.Min(clearanceMm, Math.Abs(Math.Abs(at.Muscle) - half) / Steepness);
        if (Math.Abs(at.Muscle) < half)
        {
            return new(_form.FasciaHu, 0, null);
        }

        return at.Muscle > 0 ? FatHu(point, at, ref clearanceMm) : MuscleHu(point, ref clearanceMm);
    }

    private Tissue FatHu(LpsPoint point, LimbLocation at, ref double clearanceMm)
    {
        // The superficial fascia runs a little below the middle of the fat.
        const double SuperficialFascia = 0.45;
        double superficial = Math.Abs(at.Muscle - (SuperficialFascia * (at.Muscle - at.Body))) / Steepness;
        double halfSeptum = _form.SeptumMm / 2;
        clearanceMm = Math.Min(clearanceMm, Math.Abs(superficial - halfSeptum));
        bool strand = superficial < halfSeptum && at.FatMm > 4;
        LpsPoint axis = _form.Axis.At(point.Z);
        double dx = point.X - axis.X;
        double dy = point.Y - axis.Y;
        foreach (Septum septum in _form.Septa)
        {
            double turn = septum.TwistPerMm * point.Z;
            double c = septum.Cos - (septum.Sin * turn);
            double s = septum.Sin + (septum.Cos * turn);
            if ((dx * c) + (dy * s) <= 0)
            {
                continue;
            }

            double across = Math.Abs((dy * c) - (dx * s)) / 1.1;
            clearanceMm = Math.Min(clearanceMm, Math.Abs(across - halfSeptum));
            strand |= across < halfSeptum;
        }

        return strand ? new(_form.SeptumHu, 0, null) : new(_form.FatHu, FatGrainHu, _grain);
    }

    private Tissue MuscleHu(LpsPoint point, ref double clearanceMm)
    {
        double nearest = double.MaxValue;
        double second = double.MaxValue;
        LpsPoint nearestCentre = default;
        LpsPoint secondCentre = default;
        LpsPoint axis = _form.Axis.At(point.Z);
        foreach (MuscleCentre muscle in _form.Muscles)
        {
            var centre = new LpsPoint(axis.X + muscle.X + (muscle.SlopeX * point.Z), axis.Y + muscle.Y + (muscle.SlopeY * point.Z), 0);
            double dx = point.X - centre.X;
            double dy = point.Y - centre.Y;
            double power = (dx * dx) + (dy * dy) - muscle.Weight;
            if (power < nearest)
            {
                (second, secondCentre) = (nearest, nearestCentre);
                (nearest, nearestCentre) = (power, centre);
            }
            else if (power < second)
            {
                (second, secondCentre) = (power, centre);
            }
        }

        // Distance to the plane between the two nearest muscles; thicker in places where fat gathers.
        double plane = (second - nearest) / (2 * Math.Max(1, (nearestCentre - secondCentre).Length));
        double thickest = _form.MuscleGapMm / 2 * (1 + GapSwell);
        double halfGap = plane > 2 * thickest ? thickest : _form.MuscleGapMm / 2 * (1 + (GapSwell * _grain.At(point)));
        clearanceMm = Math.Min(clearanceMm, Math.Abs(plane - halfGap) / 1.4);
        return plane < halfGap ? new(_form.GapHu, 0, null) : new(_form.MuscleHu, _form.MuscleGrainHu, _grain);
    }

    private LpsPoint Gradient(LpsPoint point)
    {
        const double Step = 0.01;
        return new LpsPoint(
            Body(point with { X = point.X + Step }) - Body(point with { X = point.X - Step }),
            Body(point with { Y = point.Y + Step }) - Body(point with { Y = point.Y - Step }),
            Body(point with { Z = point.Z + Step }) - Body(point with { Z = point.Z - Step })) * (1 / (2 * Step));
    }

    /// <summary>Where a point lies against skin and fascia.</summary>
    public LimbLocation Locate(LpsPoint point)
    {
        LpsPoint axis = _form.Axis.At(point.Z);
        double dx = point.X - axis.X;
        double dy = point.Y - axis.Y;
        double rho = Math.Sqrt((dx * dx) + (dy * dy));
        double inverse = rho > 1e-9 ? 1 / rho : 0;
        double c = dx * inverse;
        double s = dy * inverse;
        double body = rho - Radius(c, s, point.Z);
        if (_form.Ends is { } ends)
        {
            body = Rounded(body, ends.DistanceMm(point.Z), ends.RoundingMm);
        }

        double fat = Fat(c, s, point.Z);
        return new(body, body + _form.SkinMm + fat, fat);
    }

    // Smooth maximum (polynomial, Quilez).
    private static double Rounded(double side, double end, double roundingMm)
    {
        double blend = Math.Max(roundingMm - Math.Abs(side - end), 0) / roundingMm;
        return Math.Max(side, end) + (blend * blend * roundingMm / 4);
    }

    // The series starts at the second harmonic: the first would only shift the axis.
    private double Radius(double c, double s, double z)
    {
        double sum = 1;
        double ck = (c * c) - (s * s);
        double sk = 2 * c * s;
        for (int k = 0; k < _cosine.Length; k++)
        {
            sum += (_cosine[k] * ck) + (_sine[k] * sk);
            (ck, sk) = ((ck * c) - (sk * s), (sk * c) + (ck * s));
        }

        double t = Math.Clamp(z, -200, 200) / 100;
        return _form.RadiusMm * sum * (1 + (t * (_form.Taper + (t * _form.Bulge))));
    }

    private double Fat(double c, double s, double z)
    {
        double swell = 1
            + (_form.FatSwell * ((c * _form.FatCos) + (s * _form.FatSin)))
            + (0.25 * _form.FatSwell * ((c * c) - (s * s)))
            + (Math.Clamp(z, -200, 200) / 100 * _form.FatTaper);
        return Math.Max(_form.LeastFatMm, _form.FatMm * swell);
    }
}

/// <summary>Signed radial distances to skin and deep fascia and the thickness of the fat in that direction, mm.</summary>
public readonly record struct LimbLocation(double Body, double Muscle, double FatMm);

/// <summary>Attenuation of a tissue: the same everywhere in it but for its grain.</summary>
public readonly record struct Tissue(double Hu, double GrainHu, ValueNoise? Grain)
{
    /// <summary>HU of one place in it.</summary>
    public double At(LpsPoint point) => Grain is null ? Hu : Hu + (GrainHu * Grain.At(point));
}

/// <summary>Where a limb ends, mm along Superior: a fingertip, the palm where the fingers begin.</summary>
public readonly record struct LimbEnds(double LowerZ, double UpperZ, double RoundingMm)
{
    /// <summary>Distance beyond the nearer end, negative between the ends.</summary>
    public double DistanceMm(double z) => Math.Max(LowerZ - z, z - UpperZ);
}

/// <summary>A term of the outline, from the second harmonic on.</summary>
public readonly record struct Harmonic(double Amplitude, double Phase);

/// <summary>A strand through the fat from skin to fascia.</summary>
public readonly record struct Septum(double Cos, double Sin, double TwistPerMm);

/// <summary>A muscle belly: its centre against the limb's axis, how it drifts along the limb, and its weight (mm²) in the power diagram.</summary>
public readonly record struct MuscleCentre(double X, double Y, double SlopeX, double SlopeY, double Weight);

/// <summary>Sizes (mm) and attenuations (HU) of a limb.</summary>
public sealed record LimbForm
{
    /// <summary>Middle line.</summary>
    public required Axis Axis { get; init; }

    /// <summary>Ends within reach of the scan; null for a limb that goes on.</summary>
    public LimbEnds? Ends { get; init; }

    /// <summary>Mean radius in the middle.</summary>
    public required double RadiusMm { get; init; }

    /// <summary>Relative change of the radius over 100 mm.</summary>
    public required double Taper { get; init; }

    /// <summary>Relative quadratic change of the radius over 100 mm.</summary>
    public required double Bulge { get; init; }

    /// <summary>Outline.</summary>
    public required ImmutableArray<Harmonic> Harmonics { get; init; }

    /// <summary>Skin.</summary>
    public required double SkinMm { get; init; }

    /// <summary>Mean fat under the skin.</summary>
    public required double FatMm { get; init; }

    /// <summary>Fat where it is thinnest.</summary>
    public double LeastFatMm { get; init; } = 2;

    /// <summary>Relative difference of the fat around the limb.</summary>
    public required double FatSwell { get; init; }

    /// <summary>Cosine of where the fat is thickest.</summary>
    public required double FatCos { get; init; }

    /// <summary>Sine of where the fat is thickest.</summary>
    public required double FatSin { get; init; }

    /// <summary>Relative change of the fat over 100 mm.</summary>
    public required double FatTaper { get; init; }

    /// <summary>Deep fascia.</summary>
    public required double FasciaMm { get; init; }

    /// <summary>Strands through the fat.</summary>
    public required ImmutableArray<Septum> Septa { get; init; }

    /// <summary>Thickness of the strands.</summary>
    public required double SeptumMm { get; init; }

    /// <summary>Muscles.</summary>
    public required ImmutableArray<MuscleCentre> Muscles { get; init; }

    /// <summary>Fat between muscles.</summary>
    public required double MuscleGapMm { get; init; }

    /// <summary>Skin.</summary>
    public required double SkinHu { get; init; }

    /// <summary>Fat.</summary>
    public required double FatHu { get; init; }

    /// <summary>Strands.</summary>
    public double SeptumHu { get; init; } = -10;

    /// <summary>Fascia.</summary>
    public required double FasciaHu { get; init; }

    /// <summary>Muscle.</summary>
    public required double MuscleHu { get; init; }

    /// <summary>Grain of muscle.</summary>
    public double MuscleGrainHu { get; init; } = 7;

    /// <summary>Fat between muscles.</summary>
    public double GapHu { get; init; } = -85;
}
