using System.Collections.Immutable;
using CalcQuant.Kernels;
using CalcQuant.Segmentation;

namespace CalcQuant.Measurement;

/// <summary>The 8-connected pieces of a region within single slices: what Agatston scores and what a reader measures with a calliper.</summary>
internal static class SliceLesions
{
    /// <summary>Lists the pieces by slice, within a slice by their first run; each as its runs in order.</summary>
    public static IEnumerable<VoxelRun[]> Enumerate(ImmutableArray<VoxelRun> runs)
    {
        for (int first = 0; first < runs.Length;)
        {
            int next = first + 1;
            while (next < runs.Length && runs[next].Slice == runs[first].Slice)
            {
                next++;
            }

            int[] roots = Label(runs.AsSpan(first, next - first));
            int offset = first;
            foreach (IGrouping<int, int> piece in Enumerable.Range(0, roots.Length).GroupBy(i => roots[i]))
            {
                yield return [.. piece.Select(i => runs[offset + i])];
            }

            first = next;
        }
    }

    /// <summary>For each run of one slice the index of the first run of its piece.</summary>
    private static int[] Label(ReadOnlySpan<VoxelRun> runs)
    {
        int[] parents = new int[runs.Length];
        int above = 0;
        for (int i = 0; i < runs.Length; i++)
        {
            parents[i] = i;
            VoxelRun run = runs[i];

            // A run of the row above touches if the two overlap after one column's growth: a.Start <= b.End and b.Start <= a.End.
            while (runs[above].Row < run.Row - 1 || (runs[above].Row == run.Row - 1 && runs[above].End < run.Start))
            {
                above++;
            }

            for (int j = above; runs[j].Row == run.Row - 1 && runs[j].Start <= run.End; j++)
            {
                UnionFind.Join(parents, i, j);
            }

            if (i > 0 && runs[i - 1].Row == run.Row && runs[i - 1].End == run.Start)
            {
                UnionFind.Join(parents, i, i - 1);
            }
        }

        for (int i = 0; i < parents.Length; i++)
        {
            parents[i] = UnionFind.Root(parents, i);
        }

        return parents;
    }
}
