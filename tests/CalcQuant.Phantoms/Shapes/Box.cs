using CalcQuant.Imaging;

namespace CalcQuant.Phantoms.Shapes;

/// <summary>Axis-parallel box, LPS mm.</summary>
public readonly record struct Box(LpsPoint Min, LpsPoint Max)
{
    /// <summary>From this distance to its box on, mm, a shape need not be looked at: the distance to the box bounds its own.</summary>
    public const double FarMm = 3;

    /// <summary>The box around a ball.</summary>
    public static Box Around(LpsPoint centre, double radiusMm) =>
        new(centre - new LpsPoint(radiusMm, radiusMm, radiusMm), centre + new LpsPoint(radiusMm, radiusMm, radiusMm));

    /// <summary>The box around two boxes.</summary>
    public Box Union(Box other) => new(
        new(Math.Min(Min.X, other.Min.X), Math.Min(Min.Y, other.Min.Y), Math.Min(Min.Z, other.Min.Z)),
        new(Math.Max(Max.X, other.Max.X), Math.Max(Max.Y, other.Max.Y), Math.Max(Max.Z, other.Max.Z)));

    /// <summary>Distance of a point to the box, mm; 0 inside.</summary>
    public double Distance(LpsPoint point)
    {
        double x = Math.Max(0, Math.Max(Min.X - point.X, point.X - Max.X));
        double y = Math.Max(0, Math.Max(Min.Y - point.Y, point.Y - Max.Y));
        double z = Math.Max(0, Math.Max(Min.Z - point.Z, point.Z - Max.Z));
        return Math.Sqrt((x * x) + (y * y) + (z * z));
    }

    /// <summary>The eight corners.</summary>
    public IEnumerable<LpsPoint> Corners()
    {
        for (int corner = 0; corner < 8; corner++)
        {
            yield return new(
                (corner & 1) == 0 ? Min.X : Max.X,
                (corner & 2) == 0 ? Min.Y : Max.Y,
                (corner & 4) == 0 ? Min.Z : Max.Z);
        }
    }
}
