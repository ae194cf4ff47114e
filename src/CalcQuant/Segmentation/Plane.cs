namespace CalcQuant.Segmentation;

/// <summary>Scratch of one thread for work on one slice of the reduced grid, or on one slice of a structure's box.</summary>
internal sealed class Plane
{
    private int[] _queue = [];

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

    /// <summary>The distance transform with its scratch.</summary>
    public PlaneDistance Distance { get; } = new();

    /// <summary>Reads a slice of a mask of the same size.</summary>
    public void Load(Mask mask, int slice)
    {
        for (int row = 0; row < RowCount; row++)
        {
            ReadOnlySpan<ulong> words = mask.Row(row, slice);
            Span<bool> target = Inside.AsSpan(row * ColumnCount, ColumnCount);
            for (int column = 0; column < target.Length; column++)
            {
                target[column] = (words[column >> 6] >> (column & 63) & 1) != 0;
            }
        }
    }

    /// <summary>Adds every cell that cannot reach the border of the plane through cells outside (steps along rows and columns).</summary>
    public void FillHoles()
    {
        Span<int> queue = Queue();
        bool[] reached = new bool[Inside.Length];
        int count = 0;
        for (int column = 0; column < ColumnCount; column++)
        {
            count = Visit(column, reached, queue, count);
            count = Visit(((RowCount - 1) * ColumnCount) + column, reached, queue, count);
        }

        for (int row = 0; row < RowCount; row++)
        {
            count = Visit(row * ColumnCount, reached, queue, count);
            count = Visit(((row + 1) * ColumnCount) - 1, reached, queue, count);
        }

        while (count > 0)
        {
            int cell = queue[--count];
            int column = cell % ColumnCount;
            if (column > 0)
            {
                count = Visit(cell - 1, reached, queue, count);
            }

            if (column < ColumnCount - 1)
            {
                count = Visit(cell + 1, reached, queue, count);
            }

            if (cell >= ColumnCount)
            {
                count = Visit(cell - ColumnCount, reached, queue, count);
            }

            if (cell < Inside.Length - ColumnCount)
            {
                count = Visit(cell + ColumnCount, reached, queue, count);
            }
        }

        for (int i = 0; i < Inside.Length; i++)
        {
            Inside[i] = !reached[i];
        }
    }

    private Span<int> Queue()
    {
        if (_queue.Length < Inside.Length)
        {
            _queue = new int[Inside.Length];
        }

        return _queue;
    }

    private int Visit(int cell, bool[] reached, Span<int> queue, int count)
    {
        if (!Inside[cell] && !reached[cell])
        {
            reached[cell] = true;
            queue[count++] = cell;
        }

        return count;
    }
}
