using CalcQuant.Segmentation;

namespace CalcQuant.Kernels;

/// <summary>
/// The gaps between the runs of one section, and which of them are holes: 4-connected background that does not reach the border of a rectangle. Gaps are
/// joined with those they overlap in the row before, in a union-find forest whose first set reaches the border. One instance serves one thread: it
/// keeps its scratch memory.
/// </summary>
internal sealed class SectionGaps
{
    // The set of gaps that reach the border of the rectangle.
    private const int Outside = 0;

    private VoxelRun[] _runs = new VoxelRun[16];
    private VoxelRun[] _gaps = new VoxelRun[16];
    private int[] _parents = new int[16];
    private int[] _areas = [];

    /// <summary>Gaps found, counted from 1: the first place stands for the border.</summary>
    public int End { get; private set; }

    /// <summary>A gap.</summary>
    /// <param name="gap">1 to <see cref="End"/> - 1.</param>
    public VoxelRun this[int gap] => _gaps[gap];

    /// <summary>Pixels of the hole that a gap is part of; null where it reaches the border.</summary>
    /// <param name="gap">1 to <see cref="End"/> - 1.</param>
    public int? HoleArea(int gap)
    {
        int root = UnionFind.Root(_parents, gap);
        return root == Outside ? null : _areas[root];
    }

    /// <summary>Finds the gaps of a slice of a mask; the rectangle is the slice.</summary>
    public void Find(Mask mask, int slice)
    {
        int count = 0;
        for (int row = 0; row < mask.RowCount; row++)
        {
            foreach (VoxelRun run in mask.RunsOf(row, slice))
            {
                if (count == _runs.Length)
                {
                    Array.Resize(ref _runs, 2 * count);
                }

                _runs[count++] = run;
            }
        }

        Find(_runs.AsSpan(0, count), slice, 0, mask.RowCount - 1, 0, mask.ColumnCount);
    }

    /// <summary>Finds the gaps of a section.</summary>
    /// <param name="runs">Its runs, ordered by row, column.</param>
    /// <param name="slice">Its slice.</param>
    /// <param name="top">First row of the rectangle.</param>
    /// <param name="bottom">Last row.</param>
    /// <param name="left">First column.</param>
    /// <param name="end">Column after the last.</param>
    public void Find(ReadOnlySpan<VoxelRun> runs, int slice, int top, int bottom, int left, int end)
    {
        End = 0;
        Add(default, isOutside: true);
        int next = 0, above = 1;
        for (int row = top; row <= bottom; row++)
        {
            bool isBorder = row == top || row == bottom;
            int firstOfRow = End;
            int start = left;
            for (; next < runs.Length && runs[next].Row == row; next++)
            {
                if (start < runs[next].Start)
                {
                    Add(new VoxelRun(slice, row, start, runs[next].Start), isBorder || start == left);
                }

                start = Math.Max(start, runs[next].End);
            }

            if (start < end)
            {
                Add(new VoxelRun(slice, row, start, end), isOutside: true);
            }

            Join(above, firstOfRow);
            above = firstOfRow;
        }

        SumAreas();
    }

    private void Add(VoxelRun gap, bool isOutside)
    {
        if (End == _gaps.Length)
        {
            Array.Resize(ref _gaps, 2 * End);
            Array.Resize(ref _parents, 2 * End);
        }

        _gaps[End] = gap;
        _parents[End] = isOutside ? Outside : End;
        End++;
    }

    /// <summary>Joins the gaps of a row, from <paramref name="here"/> on, with those of the row before, from <paramref name="above"/> on.</summary>
    private void Join(int above, int here)
    {
        int endAbove = here;
        while (above < endAbove && here < End)
        {
            VoxelRun a = _gaps[above], b = _gaps[here];
            if (a.Start < b.End && b.Start < a.End)
            {
                int rootAbove = UnionFind.Root(_parents, above), root = UnionFind.Root(_parents, here);
                _parents[Math.Max(rootAbove, root)] = Math.Min(rootAbove, root);
            }

            if (a.End < b.End)
            {
                above++;
            }
            else
            {
                here++;
            }
        }
    }

    private void SumAreas()
    {
        if (_areas.Length < End)
        {
            _areas = new int[_gaps.Length];
        }

        Array.Clear(_areas, 0, End);
        for (int gap = 1; gap < End; gap++)
        {
            _areas[UnionFind.Root(_parents, gap)] += _gaps[gap].Length;
        }
    }
}
