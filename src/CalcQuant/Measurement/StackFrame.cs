using CalcQuant.Imaging;

namespace CalcQuant.Measurement;

/// <summary>
/// A stack in its own orthonormal axes, mm: x along increasing columns, y along increasing rows, z along the normal, origin at the centre
/// of voxel (0, 0) of the first slice. Distances and volumes are the same as in LPS, and the shear of a tilted gantry is a shift of x and
/// y that changes from slice to slice.
/// </summary>
internal sealed class StackFrame
{
    private readonly LpsPoint[] _origins;
    private readonly LpsPoint[] _steps;

    public StackFrame(VolumeGeometry geometry)
    {
        Geometry = geometry;
        int count = geometry.SliceCount;
        _origins = new LpsPoint[count];
        _steps = new LpsPoint[count];
        for (int slice = 0; slice < count; slice++)
        {
            _origins[slice] = ToFrame(geometry.SliceOrigins[slice] - geometry.SliceOrigins[0]);
        }

        for (int slice = 0; slice < count; slice++)
        {
            LpsPoint across = _origins[Math.Min(slice + 1, count - 1)] - _origins[Math.Max(slice - 1, 0)];
            double extent = geometry.SliceExtentsMm[slice];
            _steps[slice] = across.Z > 0 ? across * (extent / across.Z) : new LpsPoint(0, 0, extent);
        }
    }

    /// <summary>The geometry behind it.</summary>
    public VolumeGeometry Geometry { get; }

    /// <summary>Centre of voxel (0, 0) of a slice, in this frame.</summary>
    public LpsPoint Origin(int slice) => _origins[slice];

    /// <summary>Centre of a voxel, in this frame.</summary>
    public LpsPoint VoxelCentre(int column, int row, int slice) =>
        _origins[slice] + new LpsPoint(column * Geometry.BetweenColumnsMm, row * Geometry.BetweenRowsMm, 0);

    /// <summary>The edge of the voxel parallelepiped from slice to slice; its z is the extent of the slice.</summary>
    public LpsPoint SliceStep(int slice) => _steps[slice];

    private LpsPoint ToFrame(LpsPoint lps) =>
        new(lps.Dot(Geometry.ColumnDirection), lps.Dot(Geometry.RowDirection), lps.Dot(Geometry.Normal));
}
