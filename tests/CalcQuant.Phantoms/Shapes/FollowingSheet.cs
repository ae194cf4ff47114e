using CalcQuant.Imaging;

namespace CalcQuant.Phantoms.Shapes;

/// <summary>
/// A flat body that follows a curved surface at a fixed depth: a plaque under the skin, a sheet or a line along a fascia. Its outline is an
/// ellipse with lobes, its edge is rounded (a superellipse of order 4 across).
/// </summary>
public sealed class FollowingSheet : Shape
{
    // The surfaces followed rise at most this much faster than the distance (see Limb), lobes included.
    private const double Steepness = 1.45;

    private readonly Func<LpsPoint, double> _surface;
    private readonly LpsPoint _centre;
    private readonly Frame _frame;
    private readonly double _depthMm;
    private readonly double _halfU;
    private readonly double _halfV;
    private readonly double _halfThickness;
    private readonly double _lobe;
    private readonly double _lobePhase;
    private readonly int _lobeCount;

    /// <summary>Creates a sheet.</summary>
    /// <param name="surface">Signed distance to the surface that is followed, mm, negative inside the body.</param>
    /// <param name="centre">Point in the middle of the sheet, mm.</param>
    /// <param name="frame">U and V along the surface, W across it, outwards.</param>
    /// <param name="depthMm">Depth of the middle below the surface, mm.</param>
    /// <param name="lengthUMm">Extent along U, mm.</param>
    /// <param name="lengthVMm">Extent along V, mm.</param>
    /// <param name="thicknessMm">Thickness in the middle, mm.</param>
    /// <param name="lobeCount">Lobes of the outline; 0 gives a plain ellipse.</param>
    /// <param name="lobe">Relative height of the lobes, below 0.3.</param>
    /// <param name="lobePhase">Where the first lobe lies, radians.</param>
    public FollowingSheet(
        Func<LpsPoint, double> surface,
        LpsPoint centre,
        Frame frame,
        double depthMm,
        double lengthUMm,
        double lengthVMm,
        double thicknessMm,
        int lobeCount = 0,
        double lobe = 0,
        double lobePhase = 0)
    {
        _surface = surface;
        _centre = centre;
        _frame = frame;
        _depthMm = depthMm;
        _halfU = lengthUMm / 2;
        _halfV = lengthVMm / 2;
        _halfThickness = thicknessMm / 2;
        _lobeCount = lobeCount;
        _lobe = lobeCount == 0 ? 0 : lobe;
        _lobePhase = lobePhase;

        // The surface may fall away from the tangent plane; a cube of the outline's reach holds it whatever the curvature.
        Bounds = Box.Around(centre, (Math.Max(_halfU, _halfV) * (1 + _lobe) * 1.1) + thicknessMm);
    }

    /// <inheritdoc/>
    public override Box Bounds { get; }

    /// <inheritdoc/>
    public override double Distance(LpsPoint point)
    {
        LpsPoint p = point - _centre;
        double u = p.Dot(_frame.U) / _halfU;
        double v = p.Dot(_frame.V) / _halfV;
        double lateral = Math.Sqrt((u * u) + (v * v));
        double least = Math.Min(_halfU, _halfV);

        // Beside the outline by more than its lobes: no need to know the surface.
        double beside = ((lateral / (1 + _lobe)) - 1) * least / Steepness;
        if (beside > 2 * _halfThickness)
        {
            return beside;
        }

        if (_lobe > 0 && lateral > 1e-9)
        {
            lateral /= 1 + (_lobe * Math.Cos((_lobeCount * Math.Atan2(v, u)) + _lobePhase));
        }

        double offset = _surface(point) + _depthMm;
        double across = offset / _halfThickness;

        // The other side of a limb lies at the same depth: only the near side counts.
        double away = Math.Abs(p.Dot(_frame.W)) - (1.2 * Math.Max(_halfU, _halfV)) - (2 * _halfThickness);
        double l2 = lateral * lateral;
        double a2 = across * across;
        double order4 = Math.Sqrt(Math.Sqrt((l2 * l2) + (a2 * a2)));
        double within = (order4 - 1) * Math.Min(_halfThickness, least);

        // The sheet lies between two copies of the surface: far from them that is the better bound.
        return Math.Max(Math.Max(within, Math.Abs(offset) - _halfThickness) / Steepness, away);
    }
}
