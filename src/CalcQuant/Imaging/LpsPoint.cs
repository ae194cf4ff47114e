namespace CalcQuant.Imaging;

/// <summary>
/// A point or a displacement in the patient coordinate system, mm: x towards the patient's Left, y towards Posterior, z towards Superior
/// (PS3.3 C.7.6.2.1.1).
/// </summary>
/// <param name="X">mm towards Left.</param>
/// <param name="Y">mm towards Posterior.</param>
/// <param name="Z">mm towards Superior (head).</param>
public readonly record struct LpsPoint(double X, double Y, double Z)
{
    /// <summary>True where no coordinate is infinite or none.</summary>
    public bool IsFinite => double.IsFinite(X) && double.IsFinite(Y) && double.IsFinite(Z);

    /// <summary>Euclidean length, mm.</summary>
    public double Length => Math.Sqrt((X * X) + (Y * Y) + (Z * Z));

    /// <summary>Sum of two displacements.</summary>
    public static LpsPoint operator +(LpsPoint left, LpsPoint right) => new(left.X + right.X, left.Y + right.Y, left.Z + right.Z);

    /// <summary>Displacement from <paramref name="right"/> to <paramref name="left"/>.</summary>
    public static LpsPoint operator -(LpsPoint left, LpsPoint right) => new(left.X - right.X, left.Y - right.Y, left.Z - right.Z);

    /// <summary>A displacement scaled by a number.</summary>
    public static LpsPoint operator *(LpsPoint point, double factor) => new(point.X * factor, point.Y * factor, point.Z * factor);

    /// <summary>See the operator +.</summary>
    public static LpsPoint Add(LpsPoint left, LpsPoint right) => left + right;

    /// <summary>See the operator -.</summary>
    public static LpsPoint Subtract(LpsPoint left, LpsPoint right) => left - right;

    /// <summary>See the operator *.</summary>
    public static LpsPoint Multiply(LpsPoint point, double factor) => point * factor;

    /// <summary>Dot product, mm².</summary>
    public double Dot(LpsPoint other) => (X * other.X) + (Y * other.Y) + (Z * other.Z);

    /// <summary>Cross product, mm²; for two unit vectors in a plane its unit normal.</summary>
    public LpsPoint Cross(LpsPoint other) =>
        new((Y * other.Z) - (Z * other.Y), (Z * other.X) - (X * other.Z), (X * other.Y) - (Y * other.X));

    /// <summary>The same direction with length 1.</summary>
    /// <exception cref="InvalidOperationException">The length is zero.</exception>
    public LpsPoint Normalized()
    {
        double length = Length;
        if (length == 0)
        {
            throw new InvalidOperationException("A zero displacement has no direction.");
        }

        return this * (1 / length);
    }
}
