using CalcQuant.Imaging;
using CalcQuant.Segmentation;

namespace CalcQuant.Phantoms.RealCt;

/// <summary>
/// Distance to the border of a mask within each slice, mm, negative inside, interpolated between voxels: a surface that deposits can follow.
/// </summary>
internal sealed class SignedDistanceMap
{
    /// <summary>Farther than any deposit reaches, mm.</summary>
    private const float CapMm = 40;

    private readonly float[] _distances;
    private readonly VolumeGeometry _geometry;
    private readonly VoxelLocator _locator;

    public SignedDistanceMap(Mask mask, VolumeGeometry geometry, VoxelLocator locator)
    {
        _geometry = geometry;
        _locator = locator;
        int pixelCount = geometry.ColumnCount * geometry.RowCount;
        _distances = new float[checked(pixelCount * geometry.SliceCount)];
        using Mask outside = mask.Clone().Invert();

        // The border lies half a pixel from the centres of the voxels on both sides of it.
        float half = (float)(geometry.BetweenColumnsMm + geometry.BetweenRowsMm) / 4;
        float[] toOutside = new float[pixelCount];
        for (int slice = 0; slice < geometry.SliceCount; slice++)
        {
            Span<float> target = _distances.AsSpan(slice * pixelCount, pixelCount);
            DistanceTransform.InSlice(mask, slice, geometry, target, CapMm);
            DistanceTransform.InSlice(outside, slice, geometry, toOutside, CapMm);
            for (int i = 0; i < pixelCount; i++)
            {
                target[i] = toOutside[i] > 0 ? half - toOutside[i] : target[i] - half;
            }
        }
    }

    /// <summary>At the centre of a voxel.</summary>
    public float this[int column, int row, int slice] => _distances[(((slice * _geometry.RowCount) + row) * _geometry.ColumnCount) + column];

    /// <summary>At any point; beyond the volume, as at its border.</summary>
    public double At(LpsPoint point)
    {
        (double column, double row, double slice) = _locator.ToVoxel(point);
        (int c, double u) = Cell(column, _geometry.ColumnCount);
        (int r, double v) = Cell(row, _geometry.RowCount);
        (int s, double w) = Cell(slice, _geometry.SliceCount);
        int c1 = Math.Min(c + 1, _geometry.ColumnCount - 1), r1 = Math.Min(r + 1, _geometry.RowCount - 1), s1 = Math.Min(s + 1, _geometry.SliceCount - 1);
        double InSlice(int at) =>
            (((this[c, r, at] * (1 - u)) + (this[c1, r, at] * u)) * (1 - v)) + (((this[c, r1, at] * (1 - u)) + (this[c1, r1, at] * u)) * v);
        return w == 0 ? InSlice(s) : (InSlice(s) * (1 - w)) + (InSlice(s1) * w);
    }

    /// <summary>The direction in which the distance grows, out of the mask; null where it has none.</summary>
    public LpsPoint? Outwards(LpsPoint point)
    {
        // Wide enough to smooth the steps of the voxels.
        const double ReachMm = 2;
        double across = Math.Max(ReachMm, Math.Max(_geometry.BetweenColumnsMm, _geometry.BetweenRowsMm));
        double through = Math.Max(ReachMm, _geometry.BetweenSlicesMm);
        double Slope(LpsPoint direction, double reach) => (At(point + (direction * reach)) - At(point - (direction * reach))) / (2 * reach);
        LpsPoint gradient = (_geometry.ColumnDirection * Slope(_geometry.ColumnDirection, across))
            + (_geometry.RowDirection * Slope(_geometry.RowDirection, across))
            + (_geometry.Normal * (_geometry.SliceCount > 1 ? Slope(_geometry.Normal, through) : 0));
        return gradient.Length > 0.3 ? gradient.Normalized() : null;
    }

    private static (int Index, double Share) Cell(double position, int count)
    {
        double clamped = Math.Clamp(position, 0, count - 1);
        int index = (int)clamped;
        return (index, clamped - index);
    }
}
