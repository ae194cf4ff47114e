namespace CalcQuant.Segmentation;

/// <summary>Consecutive voxels of one row. Regions are kept as runs ordered by slice, row, column: no dense label volume exists.</summary>
/// <param name="Slice">Slice index.</param>
/// <param name="Row">Row index.</param>
/// <param name="Start">First column.</param>
/// <param name="End">Column after the last.</param>
public readonly record struct VoxelRun(int Slice, int Row, int Start, int End)
{
    /// <summary>Voxels in the run.</summary>
    public int Length => End - Start;
}
