using CalcQuant.Imaging;

namespace CalcQuant.Phantoms.Shapes;

/// <summary>
/// A solid given by an implicit function: what the renderer draws and the truth integrates. Only the sign says what is inside; the amount is
/// used to skip boxes that cannot contain any surface, so it must never exceed the true distance.
/// </summary>
public abstract class Shape
{
    /// <summary>A box that holds the whole shape.</summary>
    public abstract Box Bounds { get; }

    /// <summary>Volume where a formula exists, mm³.</summary>
    public virtual double? ClosedFormVolumeMm3 => null;

    /// <summary>Negative inside, positive outside; the amount is at most the distance to the surface, mm.</summary>
    public abstract double Distance(LpsPoint point);
}
