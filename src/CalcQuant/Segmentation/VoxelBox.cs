namespace CalcQuant.Segmentation;

/// <summary>An axis-aligned box of voxels, first and last index inclusive.</summary>
/// <param name="MinColumn">First column.</param>
/// <param name="MinRow">First row.</param>
/// <param name="MinSlice">First slice.</param>
/// <param name="MaxColumn">Last column.</param>
/// <param name="MaxRow">Last row.</param>
/// <param name="MaxSlice">Last slice.</param>
public readonly record struct VoxelBox(int MinColumn, int MinRow, int MinSlice, int MaxColumn, int MaxRow, int MaxSlice)
{
    /// <summary>Columns of the box.</summary>
    public int ColumnCount => MaxColumn - MinColumn + 1;

    /// <summary>Rows of the box.</summary>
    public int RowCount => MaxRow - MinRow + 1;

    /// <summary>Slices of the box.</summary>
    public int SliceCount => MaxSlice - MinSlice + 1;

    /// <summary>Voxels of the box.</summary>
    public long VoxelCount => (long)ColumnCount * RowCount * SliceCount;

    /// <summary>The longest of its edges, mm.</summary>
    public double LongestMm(Imaging.VolumeGeometry geometry)
    {
        ArgumentNullException.ThrowIfNull(geometry);
        return Math.Max(SliceCount * geometry.BetweenSlicesMm, Math.Max(ColumnCount * geometry.BetweenColumnsMm, RowCount * geometry.BetweenRowsMm));
    }

    /// <summary>The least box that holds runs.</summary>
    /// <param name="runs">At least one, ordered by slice.</param>
    public static VoxelBox Around(ReadOnlySpan<VoxelRun> runs)
    {
        int minColumn = int.MaxValue, minRow = int.MaxValue, maxColumn = 0, maxRow = 0;
        foreach (VoxelRun run in runs)
        {
            minColumn = Math.Min(minColumn, run.Start);
            maxColumn = Math.Max(maxColumn, run.End - 1);
            minRow = Math.Min(minRow, run.Row);
            maxRow = Math.Max(maxRow, run.Row);
        }

        return new VoxelBox(minColumn, minRow, runs[0].Slice, maxColumn, maxRow, runs[^1].Slice);
    }

    /// <summary>True where the voxel lies in the box.</summary>
    public bool Contains(int column, int row, int slice) =>
        column >= MinColumn && column <= MaxColumn && row >= MinRow && row <= MaxRow && slice >= MinSlice && slice <= MaxSlice;

    /// <summary>Distance between the nearest voxel centres of two boxes, mm; 0 where they share some.</summary>
    /// <param name="other">The other box.</param>
    /// <param name="geometry">How far voxels lie apart.</param>
    public double GapMm(VoxelBox other, Imaging.VolumeGeometry geometry)
    {
        ArgumentNullException.ThrowIfNull(geometry);
        double columns = geometry.BetweenColumnsMm * Math.Max(0, Math.Max(MinColumn - other.MaxColumn, other.MinColumn - MaxColumn));
        double rows = geometry.BetweenRowsMm * Math.Max(0, Math.Max(MinRow - other.MaxRow, other.MinRow - MaxRow));
        double slices = geometry.BetweenSlicesMm * Math.Max(0, Math.Max(MinSlice - other.MaxSlice, other.MinSlice - MaxSlice));
        return Math.Sqrt((columns * columns) + (rows * rows) + (slices * slices));
    }

    /// <summary>The box grown on every side, clipped to a mask.</summary>
    /// <param name="columns">Columns added left and right.</param>
    /// <param name="rows">Rows added above and below.</param>
    /// <param name="slices">Slices added before and after.</param>
    /// <param name="within">The result never leaves it.</param>
    public VoxelBox Grow(int columns, int rows, int slices, Mask within)
    {
        ArgumentNullException.ThrowIfNull(within);
        return new VoxelBox(
            Math.Max(0, MinColumn - columns),
            Math.Max(0, MinRow - rows),
            Math.Max(0, MinSlice - slices),
            Math.Min(within.ColumnCount - 1, MaxColumn + columns),
            Math.Min(within.RowCount - 1, MaxRow + rows),
            Math.Min(within.SliceCount - 1, MaxSlice + slices));
    }
}
