using CalcQuant.Segmentation;

namespace CalcQuant.Kernels;

/// <summary>
/// Holes of one slice: 4-connected background that does not reach the border. Rows of background are taken as runs, joined with the runs
/// they overlap in the row before.
/// </summary>
internal static class SliceHoles
{
    /// <summary>Fills the holes of one slice of a mask.</summary>
    /// <param name="mask">Changed in place.</param>
    /// <param name="slice">The slice.</param>
    /// <param name="maximumPixelCount">Larger holes stay.</param>
    public static void Fill(Mask mask, int slice, int maximumPixelCount)
    {
        if (!mask.Slice(slice).ContainsAnyExcept(0UL))
        {
            return;
        }

        List<VoxelRun> runs = new(3 * mask.RowCount);
        List<int> parents = new(3 * mask.RowCount);
        int[] rowStarts = new int[mask.RowCount + 1];
        for (int row = 0; row < mask.RowCount; row++)
        {
            rowStarts[row] = runs.Count;
            int start = 0;
            foreach (VoxelRun foreground in mask.RunsOf(row, slice))
            {
                Add(start, foreground.Start, row);
                start = foreground.End;
            }

            Add(start, mask.ColumnCount, row);
        }

        rowStarts[mask.RowCount] = runs.Count;
        Span<int> forest = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(parents);
        for (int row = 1; row < mask.RowCount; row++)
        {
            int above = rowStarts[row - 1];
            int run = rowStarts[row];
            while (above < rowStarts[row] && run < rowStarts[row + 1])
            {
                if (runs[above].Start < runs[run].End && runs[run].Start < runs[above].End)
                {
                    Union(forest, above, run);
                }

                if (runs[above].End < runs[run].End)
                {
                    above++;
                }
                else
                {
                    run++;
                }
            }
        }

        int[] pixelCounts = new int[runs.Count];
        bool[] open = new bool[runs.Count];
        for (int i = 0; i < runs.Count; i++)
        {
            int root = SlabLabelling.Root(forest, i);
            VoxelRun run = runs[i];
            pixelCounts[root] += run.Length;
            open[root] |= run.Row == 0 || run.Row == mask.RowCount - 1 || run.Start == 0 || run.End == mask.ColumnCount;
        }

        for (int i = 0; i < runs.Count; i++)
        {
            int root = SlabLabelling.Root(forest, i);
            if (!open[root] && pixelCounts[root] <= maximumPixelCount)
            {
                BitRow.Fill(mask.Row(runs[i].Row, slice), runs[i].Start, runs[i].End);
            }
        }

        void Add(int start, int end, int row)
        {
            if (start < end)
            {
                parents.Add(runs.Count);
                runs.Add(new VoxelRun(slice, row, start, end));
            }
        }
    }

    private static void Union(Span<int> parents, int a, int b)
    {
        a = SlabLabelling.Root(parents, a);
        b = SlabLabelling.Root(parents, b);
        parents[Math.Max(a, b)] = Math.Min(a, b);
    }
}
