using CalcQuant.Imaging;
using CalcQuant.Phantoms.Shapes;

namespace CalcQuant.Phantoms.Scanner;

/// <summary>An evenly spaced stack of slices, possibly sheared: where voxel (column, row, slice) lies, and back.</summary>
public sealed class AcquisitionGrid
{
    private readonly LpsPoint _origin;
    private readonly LpsPoint _sliceStep;
    private readonly double _stepAlongNormal;

    /// <summary>Lays the slices around the middle of the anatomy at (0, 0, 0).</summary>
    public AcquisitionGrid(PhantomOptions options)
    {
        ColumnCount = options.ColumnCount;
        RowCount = options.RowCount;
        SliceCount = options.SliceCount;
        PixelSpacingMm = options.PixelSpacingMm;
        (ColumnDirection, RowDirection) = Directions(options);
        Normal = ColumnDirection.Cross(RowDirection).Normalized();

        // With a tilted gantry the table moves along the limb; the distance along the normal is what SliceSpacingMm means.
        LpsPoint table = options.GantryTiltDegrees != 0 ? new LpsPoint(0, 0, 1) : Normal;
        _sliceStep = table * (options.SliceSpacingMm / table.Dot(Normal));
        _stepAlongNormal = _sliceStep.Dot(Normal);
        LpsPoint corner = ((ColumnDirection * ((ColumnCount - 1) / 2.0 * PixelSpacingMm))
            + (RowDirection * ((RowCount - 1) / 2.0 * PixelSpacingMm))
            + (_sliceStep * ((SliceCount - 1) / 2.0))) * -1;
        corner += OffMiddle(options);
        _origin = new LpsPoint(Rounded(corner.X), Rounded(corner.Y), Rounded(corner.Z));
        SliceSpacingMm = options.SliceSpacingMm;
        Geometry = new VolumeGeometry(
            ColumnCount,
            RowCount,
            PixelSpacingMm,
            PixelSpacingMm,
            ColumnDirection,
            RowDirection,
            [.. Enumerable.Range(0, SliceCount).Select(slice => _origin + (_sliceStep * slice))],
            [.. Enumerable.Repeat(SliceSpacingMm, SliceCount)]);
        Bounds = Corners().Select(corner => new Box(corner, corner)).Aggregate((left, right) => left.Union(right));
    }

    /// <summary>Pixels along a row.</summary>
    public int ColumnCount { get; }

    /// <summary>Rows.</summary>
    public int RowCount { get; }

    /// <summary>Slices.</summary>
    public int SliceCount { get; }

    /// <summary>Distance of pixels, mm.</summary>
    public double PixelSpacingMm { get; }

    /// <summary>Distance of slices along the normal, mm.</summary>
    public double SliceSpacingMm { get; }

    /// <summary>Unit vector of increasing column.</summary>
    public LpsPoint ColumnDirection { get; }

    /// <summary>Unit vector of increasing row.</summary>
    public LpsPoint RowDirection { get; }

    /// <summary>Unit normal of the slices.</summary>
    public LpsPoint Normal { get; }

    /// <summary>The same as the product's type.</summary>
    public VolumeGeometry Geometry { get; }

    /// <summary>Box around all voxels.</summary>
    public Box Bounds { get; }

    /// <summary>Volume of a voxel, mm³.</summary>
    public double VoxelVolumeMm3 => PixelSpacingMm * PixelSpacingMm * SliceSpacingMm;

    /// <summary>Position of a voxel centre or any fractional index, mm.</summary>
    public LpsPoint ToLps(double column, double row, double slice) =>
        _origin + (ColumnDirection * (column * PixelSpacingMm)) + (RowDirection * (row * PixelSpacingMm)) + (_sliceStep * slice);

    /// <summary>Fractional column (X), row (Y) and slice (Z) of a position.</summary>
    public LpsPoint ToIndex(LpsPoint point)
    {
        LpsPoint from = point - _origin;
        double slice = from.Dot(Normal) / _stepAlongNormal;
        LpsPoint inPlane = from - (_sliceStep * slice);
        return new(inPlane.Dot(ColumnDirection) / PixelSpacingMm, inPlane.Dot(RowDirection) / PixelSpacingMm, slice);
    }

    /// <summary>Box in index space around a box in mm.</summary>
    public Box ToIndex(Box box) => box.Corners().Select(ToIndex).Select(index => new Box(index, index)).Aggregate((left, right) => left.Union(right));

    /// <summary>True where a position lies within the volume, at least so many mm from its border.</summary>
    public bool Contains(LpsPoint point, double marginMm)
    {
        LpsPoint index = ToIndex(point);
        double inPlane = marginMm / PixelSpacingMm;
        double through = marginMm / SliceSpacingMm;
        return index.X >= inPlane - 0.5 && index.X <= ColumnCount - 0.5 - inPlane
            && index.Y >= inPlane - 0.5 && index.Y <= RowCount - 0.5 - inPlane
            && index.Z >= through - 0.5 && index.Z <= SliceCount - 0.5 - through;
    }

    // Limbs are narrower than their field of view and need a larger step before it cuts them.
    private static LpsPoint OffMiddle(PhantomOptions options)
    {
        const ulong TruncationStream = 9;
        if (!options.Truncation)
        {
            return default;
        }

        var random = new SeededRandom(options.Seed, TruncationStream);
        double width = options.ColumnCount * options.PixelSpacingMm;
        bool limb = !options.IsComposite || options.Anatomy is PhantomAnatomy.ChildLeg or PhantomAnatomy.Hand;
        double share = limb ? random.Between(0.28, 0.38) : random.Between(0.12, 0.24);
        return new LpsPoint(random.Chance(0.5) ? share * width : -share * width, random.Between(-0.08, 0.08) * width, 0);
    }

    private static double Rounded(double mm) => Math.Round(mm, 4);

    private static (LpsPoint Column, LpsPoint Row) Directions(PhantomOptions options)
    {
        const double Degree = Math.PI / 180;
        switch (options.Orientation)
        {
            case PhantomOrientation.Sagittal:
                return (new(0, 1, 0), new(0, 0, -1));
            case PhantomOrientation.Oblique:
                (double sinTurn, double cosTurn) = Math.SinCos(12 * Degree);
                (double sinTip, double cosTip) = Math.SinCos(15 * Degree);
                LpsPoint tipped = new(0, cosTip, sinTip);
                return (
                    (new LpsPoint(1, 0, 0) * cosTurn) + (tipped * sinTurn),
                    (tipped * cosTurn) - (new LpsPoint(1, 0, 0) * sinTurn));
            default:
                (double sin, double cos) = Math.SinCos(options.GantryTiltDegrees * Degree);
                return (new(1, 0, 0), new(0, cos, sin));
        }
    }

    private IEnumerable<LpsPoint> Corners() =>
        new Box(new(-0.5, -0.5, -0.5), new(ColumnCount - 0.5, RowCount - 0.5, SliceCount - 0.5)).Corners()
            .Select(index => ToLps(index.X, index.Y, index.Z));
}
