using CalcQuant.Imaging;

namespace CalcQuant.Measurement;

/// <summary>Second moments of points about their mean, mm²: a symmetric 3 x 3 matrix.</summary>
internal readonly record struct SecondMoments(double XX, double YY, double ZZ, double XY, double XZ, double YZ)
{
    /// <summary>The moments of points of equal weight; at least one.</summary>
    public static SecondMoments Of(ReadOnlySpan<LpsPoint> points, LpsPoint mean)
    {
        var sum = default(SecondMoments);
        foreach (LpsPoint point in points)
        {
            LpsPoint p = point - mean;
            sum = new(sum.XX + (p.X * p.X), sum.YY + (p.Y * p.Y), sum.ZZ + (p.Z * p.Z), sum.XY + (p.X * p.Y), sum.XZ + (p.X * p.Z), sum.YZ + (p.Y * p.Z));
        }

        double n = points.Length;
        return new(sum.XX / n, sum.YY / n, sum.ZZ / n, sum.XY / n, sum.XZ / n, sum.YZ / n);
    }

    /// <summary>Eigenvalues, largest first: squares of the standard deviations along the principal axes (Smith, Communications of the ACM 4(4), 1961).</summary>
    public (double First, double Second, double Third) Eigenvalues()
    {
        double off = (XY * XY) + (XZ * XZ) + (YZ * YZ);
        double mean = (XX + YY + ZZ) / 3;
        double spread = ((XX - mean) * (XX - mean)) + ((YY - mean) * (YY - mean)) + ((ZZ - mean) * (ZZ - mean)) + (2 * off);
        if (spread <= 1e-12 * mean * mean)
        {
            return (mean, mean, mean);
        }

        double p = Math.Sqrt(spread / 6);
        double ax = (XX - mean) / p, ay = (YY - mean) / p, az = (ZZ - mean) / p, bx = XY / p, by = XZ / p, bz = YZ / p;
        double half = ((ax * ((ay * az) - (bz * bz))) - (bx * ((bx * az) - (bz * by))) + (by * ((bx * bz) - (ay * by)))) / 2;
        double angle = Math.Acos(Math.Clamp(half, -1, 1)) / 3;
        double first = mean + (2 * p * Math.Cos(angle));
        double last = mean + (2 * p * Math.Cos(angle + (2 * Math.PI / 3)));
        return (first, (3 * mean) - first - last, last);
    }

    /// <summary>The principal axis of an eigenvalue that is no other's; null where it is another's too.</summary>
    public LpsPoint? Axis(double eigenvalue)
    {
        // Two rows of the matrix less the eigenvalue span the plane square to the axis; of the three pairs the one that spans it best.
        LpsPoint a = new(XX - eigenvalue, XY, XZ), b = new(XY, YY - eigenvalue, YZ), c = new(XZ, YZ, ZZ - eigenvalue);
        LpsPoint best = a.Cross(b), ac = a.Cross(c), bc = b.Cross(c);
        best = ac.Length > best.Length ? ac : best;
        best = bc.Length > best.Length ? bc : best;
        double scale = XX + YY + ZZ;
        return best.Length > 1e-9 * scale * scale ? best.Normalized() : null;
    }
}
