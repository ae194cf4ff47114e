using CalcQuant.Imaging;

namespace CalcQuant.Phantoms.Anatomy;

/// <summary>What lies outside the body: air, a couch (pad, carbon shell around foam, bent like a trough), a sleeve of cloth with a dense seam.</summary>
public sealed class Surroundings
{
    private const double AirHu = -1000;
    private readonly CouchForm? _couch;
    private readonly SleeveForm? _sleeve;

    /// <summary>Creates the surroundings.</summary>
    public Surroundings(CouchForm? couch, SleeveForm? sleeve)
    {
        _couch = couch;
        _sleeve = sleeve;
    }

    /// <summary>Attenuation outside the body.</summary>
    /// <param name="point">The point.</param>
    /// <param name="body">Signed radial distance to the nearest skin, mm; positive.</param>
    /// <param name="clearanceMm">At most the distance to the nearest change.</param>
    public double Hu(LpsPoint point, double body, out double clearanceMm)
    {
        clearanceMm = body / Limb.Steepness;
        double hu = AirHu;
        if (_couch is not null)
        {
            hu = CouchHu(_couch, point, ref clearanceMm);
        }

        if (_sleeve is not null)
        {
            hu = SleeveHu(_sleeve, point, body, hu, ref clearanceMm);
        }

        return hu;
    }

    private static double CouchHu(CouchForm couch, LpsPoint point, ref double clearanceMm)
    {
        double dx = point.X - couch.MiddleX;
        double bend = dx * dx / (2 * couch.BendRadiusMm);
        double depth = point.Y - (couch.TopY - bend);
        double slope = Math.Sqrt(1 + (dx * dx / (couch.BendRadiusMm * couch.BendRadiusMm))) * 1.05;
        double edge = Math.Abs(dx) - couch.HalfWidthMm;
        clearanceMm = Math.Min(clearanceMm, Math.Max(Math.Abs(edge), 0.01));
        if (edge > 0)
        {
            return AirHu;
        }

        double floor = 0;
        double hu = AirHu;
        clearanceMm = Math.Min(clearanceMm, Math.Abs(depth) / slope);
        foreach ((double thickness, double layerHu) in couch.Layers)
        {
            if (depth >= floor && depth < floor + thickness)
            {
                hu = layerHu;
            }

            floor += thickness;
            clearanceMm = Math.Min(clearanceMm, Math.Abs(depth - floor) / slope);
        }

        return hu;
    }

    private static double SleeveHu(SleeveForm sleeve, LpsPoint point, double body, double outside, ref double clearanceMm)
    {
        double gap = sleeve.GapMm * (1 + (0.5 * sleeve.Folds.At(point)));
        double middle = Math.Abs(body - gap) / (Limb.Steepness * 1.5);
        double half = sleeve.ThicknessMm / 2;
        clearanceMm = Math.Min(clearanceMm, Math.Abs(middle - half));
        if (middle >= half)
        {
            return outside;
        }

        double seam = Math.Abs(((point.Y - sleeve.SeamY) * sleeve.SeamCos) - ((point.X - sleeve.SeamX) * sleeve.SeamSin));
        clearanceMm = Math.Min(clearanceMm, Math.Abs(seam - sleeve.SeamHalfWidthMm));
        return seam < sleeve.SeamHalfWidthMm ? sleeve.SeamHu : sleeve.Hu;
    }
}

/// <summary>A couch; layers from the top, mm and HU.</summary>
public sealed record CouchForm(
    double MiddleX,
    double TopY,
    double BendRadiusMm,
    double HalfWidthMm,
    System.Collections.Immutable.ImmutableArray<(double ThicknessMm, double Hu)> Layers);

/// <summary>A sleeve around the limb.</summary>
public sealed record SleeveForm(
    double GapMm,
    double ThicknessMm,
    double Hu,
    double SeamX,
    double SeamY,
    double SeamCos,
    double SeamSin,
    double SeamHalfWidthMm,
    double SeamHu,
    ValueNoise Folds);
