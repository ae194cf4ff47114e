using System.Collections.Immutable;
using CalcQuant.Imaging;

namespace CalcQuant.Segmentation;

/// <summary>
/// The neighbourhood of a morphological operation, symmetric about its centre: an in-plane disc, a ball, or the 3 x 3 x 3 box. Discs and balls have
/// a radius in mm, so on anisotropic voxels they are ellipses and ellipsoids of voxels. A voxel belongs where its centre lies within
/// the radius.
/// </summary>
public sealed class StructuringElement
{
    // Distances on the radius count as within, whatever the rounding.
    private const double RelativeTolerance = 1e-9;

    private StructuringElement(ImmutableArray<Plane> planes)
    {
        Planes = planes;
        ReachColumns = planes.Max(plane => plane.HalfWidths[0]);
        ReachRows = planes.Max(plane => plane.HalfWidths.Length - 1);
        ReachSlices = planes.Max(plane => plane.SliceStep);
    }

    /// <summary>All 26 neighbours and the centre.</summary>
    public static StructuringElement Box3 { get; } = new([new(-1, [1, 1]), new(0, [1, 1]), new(1, [1, 1])]);

    /// <summary>The 8 neighbours within the slice and the centre.</summary>
    public static StructuringElement Square3 { get; } = new([new(0, [1, 1])]);

    /// <summary>Columns it reaches to either side.</summary>
    public int ReachColumns { get; }

    /// <summary>Rows it reaches to either side.</summary>
    public int ReachRows { get; }

    /// <summary>Slices it reaches to either side.</summary>
    public int ReachSlices { get; }

    /// <summary>True where its slices are all alike.</summary>
    internal bool IsPrism => Planes.All(plane => plane.HalfWidths.SequenceEqual(Planes[0].HalfWidths));

    /// <summary>Its slices, in order.</summary>
    internal ImmutableArray<Plane> Planes { get; }

    /// <summary>A disc within the slice.</summary>
    /// <param name="radiusMm">Radius, mm; at least 0.</param>
    /// <param name="geometry">Gives the distances of columns and rows.</param>
    public static StructuringElement Disc(double radiusMm, VolumeGeometry geometry)
    {
        ArgumentNullException.ThrowIfNull(geometry);
        return new([Plane.At(0, radiusMm, geometry.BetweenColumnsMm, geometry.BetweenRowsMm)]);
    }

    /// <summary>A ball. The shear of a tilted stack is left aside: its slices are taken to lie above one another.</summary>
    /// <param name="radiusMm">Radius, mm; at least 0.</param>
    /// <param name="geometry">Gives the distances of columns, rows and slices (the median where that varies).</param>
    public static StructuringElement Ball(double radiusMm, VolumeGeometry geometry)
    {
        ArgumentNullException.ThrowIfNull(geometry);
        ThrowUnlessRadius(radiusMm);
        int reach = Reach(radiusMm * radiusMm, geometry.BetweenSlicesMm);
        return new([.. Enumerable.Range(-reach, (2 * reach) + 1).Select(step =>
        {
            double distance = step * geometry.BetweenSlicesMm;
            double radius = Math.Sqrt(Math.Max(0, (radiusMm * radiusMm) - (distance * distance)));
            return Plane.At(step, radius, geometry.BetweenColumnsMm, geometry.BetweenRowsMm);
        })]);
    }

    private static void ThrowUnlessRadius(double radiusMm)
    {
        if (!double.IsFinite(radiusMm) || radiusMm < 0)
        {
            throw new ArgumentOutOfRangeException(nameof(radiusMm), radiusMm, "A radius must be finite and not negative.");
        }
    }

    private static int Reach(double squaredMm, double spacingMm) =>
        (int)Math.Floor(Math.Sqrt(squaredMm * (1 + RelativeTolerance)) / spacingMm * (1 + RelativeTolerance));

    /// <summary>One slice of the element.</summary>
    /// <param name="SliceStep">Slices from the centre.</param>
    /// <param name="HalfWidths">For 0, 1, 2... rows from the centre the columns reached to either side; never increasing.</param>
    internal sealed record Plane(int SliceStep, ImmutableArray<int> HalfWidths)
    {
        public static Plane At(int sliceStep, double radiusMm, double betweenColumnsMm, double betweenRowsMm)
        {
            ThrowUnlessRadius(radiusMm);
            double squared = radiusMm * radiusMm;
            int rows = Reach(squared, betweenRowsMm);
            return new Plane(sliceStep, [.. Enumerable.Range(0, rows + 1).Select(step =>
                Reach(Math.Max(0, squared - (step * betweenRowsMm * step * betweenRowsMm)), betweenColumnsMm))]);
        }
    }
}
