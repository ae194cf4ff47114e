namespace CalcQuant.Segmentation;

/// <summary>Finds the label of a voxel among labelled runs without a dense label volume: runs in raster order, and where each row starts.</summary>
internal sealed class RunIndex
{
    private readonly int[] _rowStarts;
    private readonly (int Start, int End, int Label)[] _runs;
    private readonly int _rowCount;

    /// <summary>Indexes the components of a labelling.</summary>
    public RunIndex(ConnectedComponents components)
    {
        _rowCount = components.Mask.RowCount;
        _rowStarts = new int[(_rowCount * components.Mask.SliceCount) + 1];
        for (int label = 0; label < components.Count; label++)
        {
            foreach (VoxelRun run in components.RunsOf(label))
            {
                _rowStarts[(run.Slice * _rowCount) + run.Row + 1]++;
            }
        }

        for (int i = 1; i < _rowStarts.Length; i++)
        {
            _rowStarts[i] += _rowStarts[i - 1];
        }

        _runs = new (int, int, int)[_rowStarts[^1]];
        int[] next = _rowStarts[..^1];
        for (int label = 0; label < components.Count; label++)
        {
            foreach (VoxelRun run in components.RunsOf(label))
            {
                _runs[next[(run.Slice * _rowCount) + run.Row]++] = (run.Start, run.End, label);
            }
        }

        // Runs of one row come label after label; a row holds few.
        for (int i = 0; i + 1 < _rowStarts.Length; i++)
        {
            _runs.AsSpan(_rowStarts[i], _rowStarts[i + 1] - _rowStarts[i]).Sort(static (left, right) => left.Start.CompareTo(right.Start));
        }
    }

    /// <summary>The first label met in a run, or -1.</summary>
    public int LabelIn(VoxelRun run)
    {
        int row = (run.Slice * _rowCount) + run.Row;
        for (int i = _rowStarts[row]; i < _rowStarts[row + 1]; i++)
        {
            (int start, int end, int label) = _runs[i];
            if (end > run.Start && start < run.End)
            {
                return label;
            }
        }

        return -1;
    }

    /// <summary>The label with the most voxels in common with a structure, or -1; the lower label where two have as many.</summary>
    public int MostCommonLabel(ReadOnlySpan<VoxelRun> structure)
    {
        var counts = new Dictionary<int, int>();
        foreach (VoxelRun run in structure)
        {
            int row = (run.Slice * _rowCount) + run.Row;
            for (int i = _rowStarts[row]; i < _rowStarts[row + 1]; i++)
            {
                (int start, int end, int label) = _runs[i];
                int common = Math.Min(end, run.End) - Math.Max(start, run.Start);
                if (common > 0)
                {
                    counts[label] = counts.GetValueOrDefault(label) + common;
                }
            }
        }

        int best = -1;
        foreach ((int label, int count) in counts)
        {
            if (best < 0 || count > counts[best] || (count == counts[best] && label < best))
            {
                best = label;
            }
        }

        return best;
    }
}
