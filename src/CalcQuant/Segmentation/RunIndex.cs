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
            if (_rowStarts[i + 1] - _rowStarts[i] > 1)
            {
                _runs.AsSpan(_rowStarts[i], _rowStarts[i + 1] - _rowStarts[i]).Sort(static (left, right) => left.Start.CompareTo(right.Start));
            }
        }
    }

    /// <summary>The first label met in a run, or -1.</summary>
    public int LabelIn(VoxelRun run)
    {
        ReadOnlySpan<(int Start, int End, int Label)> here = RunsFrom(run);
        return here.IsEmpty || here[0].Start >= run.End ? -1 : here[0].Label;
    }

    /// <summary>The label with the most voxels in common with a structure, or -1; the lower label where two have as many.</summary>
    public int MostCommonLabel(ReadOnlySpan<VoxelRun> structure)
    {
        var counts = new Dictionary<int, int>();
        int current = -1, currentCount = 0;
        foreach (VoxelRun run in structure)
        {
            foreach ((int start, int end, int label) in RunsFrom(run))
            {
                if (start >= run.End)
                {
                    break;
                }

                // Neighbouring runs mostly have the same label.
                if (label != current)
                {
                    Count(current, currentCount);
                    current = label;
                    currentCount = 0;
                }

                currentCount += Math.Min(end, run.End) - Math.Max(start, run.Start);
            }
        }

        Count(current, currentCount);
        int best = -1;
        foreach ((int label, int count) in counts)
        {
            if (best < 0 || count > counts[best] || (count == counts[best] && label < best))
            {
                best = label;
            }
        }

        return best;

        void Count(int label, int count)
        {
            if (label >= 0)
            {
                counts[label] = counts.GetValueOrDefault(label) + count;
            }
        }
    }

    /// <summary>The runs of the row of a run from the first on that ends beyond its start.</summary>
    private ReadOnlySpan<(int Start, int End, int Label)> RunsFrom(VoxelRun run)
    {
        int row = (run.Slice * _rowCount) + run.Row;
        int first = _rowStarts[row], end = _rowStarts[row + 1], last = end;
        while (first < last)
        {
            int middle = (first + last) / 2;
            if (_runs[middle].End > run.Start)
            {
                last = middle;
            }
            else
            {
                first = middle + 1;
            }
        }

        return _runs.AsSpan(first, end - first);
    }
}
