namespace CalcQuant.Segmentation;

/// <summary>The surface of a structure within its slices: the faces of its pixels that no other pixel of it shares.</summary>
internal sealed class StructureFaces : IDisposable
{
    private readonly VoxelRun[] _runs;
    private readonly VoxelBox _box;
    private readonly Mask _own;

    /// <summary>Prepares a structure.</summary>
    /// <param name="runs">Its voxels, ordered by slice, row, column.</param>
    /// <param name="box">Its bounds.</param>
    public StructureFaces(VoxelRun[] runs, VoxelBox box)
    {
        _runs = runs;
        _box = box;
        _own = Mask.FromRuns(box, runs);
    }

    /// <summary>A face: the pixel inside, and the step of one column or one row that leads out of the structure.</summary>
    public readonly record struct Face(int Column, int Row, int Slice, int ColumnStep, int RowStep);

    /// <inheritdoc/>
    public void Dispose() => _own.Dispose();

    /// <summary>True where a voxel, which may lie outside the volume, belongs to the structure.</summary>
    public bool Holds(int column, int row, int slice) =>
        _box.Contains(column, row, slice) && _own[column - _box.MinColumn, row - _box.MinRow, slice - _box.MinSlice];

    /// <summary>Visits all faces.</summary>
    public void Visit(Action<Face> visit)
    {
        foreach (VoxelRun run in _runs)
        {
            Look(run.Start, -1, 0);
            Look(run.End - 1, 1, 0);
            for (int column = run.Start; column < run.End; column++)
            {
                Look(column, 0, -1);
                Look(column, 0, 1);
            }

            void Look(int column, int columnStep, int rowStep)
            {
                if (!Holds(column + columnStep, run.Row + rowStep, run.Slice))
                {
                    visit(new Face(column, run.Row, run.Slice, columnStep, rowStep));
                }
            }
        }
    }
}
