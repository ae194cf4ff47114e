namespace CalcQuant.Segmentation;

/// <summary>Scratch of one thread for work on one slice of the reduced grid, or on one slice of a structure's box.</summary>
internal sealed class Plane
{
    private readonly Kernels.SectionGaps _gaps = new();
    private Mask? _bits;
    private float[]? _otherMm;

    /// <summary>Creates the scratch for a grid.</summary>
    public Plane(CellGrid grid)
        : this(grid.ColumnCount, grid.RowCount)
    {
    }

    /// <summary>Creates the scratch for planes of a size.</summary>
    public Plane(int columnCount, int rowCount)
    {
        ColumnCount = columnCount;
        RowCount = rowCount;
        Inside = new bool[columnCount * rowCount];
        Mm = new float[columnCount * rowCount];
    }

    /// <summary>Cells of a row.</summary>
    public int ColumnCount { get; }

    /// <summary>Rows.</summary>
    public int RowCount { get; }

    /// <summary>Membership of each cell.</summary>
    public bool[] Inside { get; }

    /// <summary>A distance for each cell, mm.</summary>
    public float[] Mm { get; }

    /// <summary>A second distance for each cell, mm; empty until one is measured.</summary>
    public ReadOnlySpan<float> OtherMm => _otherMm;

    /// <summary>The distance transform with its scratch.</summary>
    public PlaneDistance Distance { get; } = new();

    /// <summary>Reads the part of a slice of a mask that starts at a column and row.</summary>
    public void Load(Mask mask, int slice, int firstColumn = 0, int firstRow = 0)
    {
        Array.Clear(Inside);
        for (int row = 0; row < RowCount; row++)
        {
            Span<bool> target = Inside.AsSpan(row * ColumnCount, ColumnCount);
            foreach (VoxelRun run in mask.RunsOf(firstRow + row, slice))
            {
                int start = Math.Max(0, run.Start - firstColumn), end = Math.Min(ColumnCount, run.End - firstColumn);
                if (start < end)
                {
                    target[start..end].Fill(true);
                }
            }
        }
    }

    /// <summary>Sets <see cref="Mm"/> to the distance of every cell to the nearest whose membership is <paramref name="target"/>.</summary>
    public void Measure(bool target, CellGrid grid) =>
        Distance.Measure(Inside, target, ColumnCount, RowCount, grid.CellWidthMm, grid.CellHeightMm, Mm);

    /// <summary>The same into <see cref="OtherMm"/>.</summary>
    public void MeasureOther(bool target, CellGrid grid)
    {
        _otherMm ??= new float[Mm.Length];
        Distance.Measure(Inside, target, ColumnCount, RowCount, grid.CellWidthMm, grid.CellHeightMm, _otherMm);
    }

    /// <summary>Writes all cells to a mask of the same size and one slice.</summary>
    private void Store(Mask mask)
    {
        for (int row = 0; row < RowCount; row++)
        {
            Span<ulong> words = mask.Row(row, 0);
            words.Clear();
            ReadOnlySpan<bool> source = Inside.AsSpan(row * ColumnCount, ColumnCount);
            int column = source.IndexOf(true);
            while (column >= 0 && column < source.Length)
            {
                int length = source[column..].IndexOf(false);
                int end = length < 0 ? source.Length : column + length;
                Kernels.BitRow.Fill(words, column, end);
                int next = source[end..].IndexOf(true);
                column = next < 0 ? -1 : end + next;
            }
        }
    }

    /// <summary>Adds every cell that cannot reach the border of the plane through cells outside (steps along rows and columns).</summary>
    public void FillHoles()
    {
        _bits ??= new Mask(ColumnCount, RowCount, 1);
        Store(_bits);
        Kernels.SliceHoles.Fill(_bits, 0, int.MaxValue, _gaps);
        Load(_bits, 0);
    }
}
