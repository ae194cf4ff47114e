using System.Collections.Immutable;
using CalcQuant.Imaging;

namespace CalcQuant.Phantoms.Shapes;

/// <summary>Several shapes as one; where two overlap, depth is counted from the common surface.</summary>
public sealed class Union : Shape
{
    private readonly ImmutableArray<Shape> _parts;

    /// <summary>Creates the union; at least one part.</summary>
    public Union(params ImmutableArray<Shape> parts)
    {
        _parts = parts;
        Bounds = parts.Select(part => part.Bounds).Aggregate((left, right) => left.Union(right));
    }

    /// <inheritdoc/>
    public override Box Bounds { get; }

    /// <inheritdoc/>
    public override double Distance(LpsPoint point)
    {
        double least = double.MaxValue;
        foreach (Shape part in _parts)
        {
            double away = part.Bounds.Distance(point);
            if (away == 0 || away < least)
            {
                least = Math.Min(least, away > Box.FarMm ? away : part.Distance(point));
            }
        }

        return least;
    }
}

/// <summary>A shape given by a function that bounds the distance to its surface from below.</summary>
public sealed class Field(Box bounds, Func<LpsPoint, double> distance) : Shape
{
    /// <inheritdoc/>
    public override Box Bounds => bounds;

    /// <inheritdoc/>
    public override double Distance(LpsPoint point)
    {
        double away = bounds.Distance(point);
        return away > Box.FarMm ? away : distance(point);
    }
}

/// <summary>A bar along a line of points whose section is an ellipse: a rib, an arch, a plate's rim.</summary>
public sealed class OvalBar : Shape
{
    private readonly ImmutableArray<Piece> _pieces;
    private readonly double _acrossMm;
    private readonly double _alongMm;

    /// <summary>Creates a bar.</summary>
    /// <param name="points">Middle line; at least two points.</param>
    /// <param name="flat">Direction across which the bar is <paramref name="acrossMm"/> thick, at each point.</param>
    /// <param name="acrossMm">Half axis along <paramref name="flat"/>, mm.</param>
    /// <param name="tallMm">Half axis along the other direction, mm; at least <paramref name="acrossMm"/>.</param>
    public OvalBar(ImmutableArray<LpsPoint> points, ImmutableArray<LpsPoint> flat, double acrossMm, double tallMm)
    {
        _acrossMm = acrossMm;
        _alongMm = tallMm;
        var pieces = ImmutableArray.CreateBuilder<Piece>();
        for (int i = 0; i + 1 < points.Length; i++)
        {
            LpsPoint along = points[i + 1] - points[i];
            LpsPoint t = along.Normalized();
            LpsPoint n = flat[i] + flat[i + 1];
            n = (n - (t * n.Dot(t))).Normalized();
            pieces.Add(new Piece(points[i], t, n, t.Cross(n), along.Length, (points[i] + points[i + 1]) * 0.5));
        }

        _pieces = pieces.ToImmutable();
        Bounds = points.Select(point => Box.Around(point, tallMm)).Aggregate((left, right) => left.Union(right));
    }

    /// <inheritdoc/>
    public override Box Bounds { get; }

    /// <inheritdoc/>
    public override double Distance(LpsPoint point)
    {
        double away = Bounds.Distance(point);
        if (away > Box.FarMm)
        {
            return away;
        }

        double least = double.MaxValue;
        foreach (Piece piece in _pieces)
        {
            double reach = (point - piece.Middle).Length - (piece.LengthMm / 2) - _alongMm;
            if (reach >= least)
            {
                continue;
            }

            LpsPoint from = point - piece.Start;
            double along = from.Dot(piece.T);
            double past = Math.Max(Math.Max(-along, along - piece.LengthMm), 0) / _acrossMm;
            double n = from.Dot(piece.N) / _acrossMm;
            double b = from.Dot(piece.B) / _alongMm;
            least = Math.Min(least, (Math.Sqrt((n * n) + (b * b) + (past * past)) - 1) * _acrossMm);
        }

        return least;
    }

    private readonly record struct Piece(LpsPoint Start, LpsPoint T, LpsPoint N, LpsPoint B, double LengthMm, LpsPoint Middle);
}
