using CalcQuant.Imaging;

namespace CalcQuant.Phantoms.RealCt;

/// <summary>Where a point of the patient lies among the voxels of a stack: the inverse of <see cref="VolumeGeometry.ToLps(double, double, double)"/>.</summary>
internal sealed class VoxelLocator
{
    private readonly VolumeGeometry _geometry;
    private readonly double[] _heights;

    public VoxelLocator(VolumeGeometry geometry)
    {
        _geometry = geometry;
        _heights = [.. geometry.SliceOrigins.Select(origin => (origin - geometry.SliceOrigins[0]).Dot(geometry.Normal))];
    }

    /// <summary>Columns, rows and slices from the centre of the first voxel, with fractions; before the first and behind the last slice the even step goes on.</summary>
    public (double Column, double Row, double Slice) ToVoxel(LpsPoint point)
    {
        double height = (point - _geometry.SliceOrigins[0]).Dot(_geometry.Normal);
        double slice;
        LpsPoint origin;
        if (_heights.Length == 1)
        {
            slice = height / _geometry.BetweenSlicesMm;
            origin = _geometry.SliceOrigins[0];
        }
        else
        {
            int lower = Math.Clamp(LastNotAbove(height), 0, _heights.Length - 2);
            double share = (height - _heights[lower]) / (_heights[lower + 1] - _heights[lower]);
            slice = lower + share;
            origin = _geometry.SliceOrigins[lower] + ((_geometry.SliceOrigins[lower + 1] - _geometry.SliceOrigins[lower]) * share);
        }

        LpsPoint inSlice = point - origin;
        return (inSlice.Dot(_geometry.ColumnDirection) / _geometry.BetweenColumnsMm, inSlice.Dot(_geometry.RowDirection) / _geometry.BetweenRowsMm, slice);
    }

    private int LastNotAbove(double height)
    {
        int found = Array.BinarySearch(_heights, height);
        return Math.Max(0, found >= 0 ? found : ~found - 1);
    }
}
