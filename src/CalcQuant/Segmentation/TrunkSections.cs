using System.Numerics;
using CalcQuant.Kernels;

namespace CalcQuant.Segmentation;

/// <summary>
/// Finds which places of the body are trunk: in a trunk what is dense and deep is mostly visceral or vascular, in a limb mostly bone or a deposit.
/// Each section counts by itself, so that two thighs are no trunk and an arm beside the trunk stays a limb.
/// </summary>
internal static class TrunkSections
{
    /// <summary>Finds the trunk.</summary>
    /// <param name="grid">The reduced grid.</param>
    /// <param name="body">The body on it.</param>
    /// <param name="parallel">Threads and cancellation.</param>
    /// <returns>The cells of the trunk, neck and head included where they continue it; null without a trunk.</returns>
    public static Mask? Find(CellGrid grid, Mask body, ParallelOptions parallel)
    {
        var sections = new List<Section>[grid.SliceCount];
        Parallel.For(0, grid.SliceCount, parallel, () => new Plane(grid), (slice, _, plane) =>
        {
            sections[slice] = body.CountOf(slice) * grid.CellAreaMm2 < Math.PI * SeparationParameters.TrunkOpeningMm * SeparationParameters.TrunkOpeningMm
                ? []
                : WideSections(grid, body, slice, plane, parallel.CancellationToken);
            return plane;
        }, _ => { });

        var largest = new double[grid.SliceCount];
        for (int slice = 0; slice < largest.Length; slice++)
        {
            largest[slice] = sections[slice].Count == 0 ? 0 : sections[slice][0].Cells * grid.CellAreaMm2;
        }

        int reach = (int)(SeparationParameters.TrunkAveragingMm / grid.BetweenSlicesMm);
        var trunk = new Mask(grid.ColumnCount, grid.RowCount, grid.SliceCount);
        var isTrunk = new bool[grid.SliceCount];
        for (int slice = 0; slice < largest.Length; slice++)
        {
            double[] near = [.. largest[Math.Max(0, slice - reach)..Math.Min(largest.Length, slice + reach + 1)].Where(area => area > 0)];
            isTrunk[slice] = largest[slice] > 0 && near.Average() > SeparationParameters.TrunkSectionMm2;
            foreach (Section section in sections[slice])
            {
                if (isTrunk[slice] && section.Cells >= SeparationParameters.TrunkSectionFraction * sections[slice][0].Cells)
                {
                    trunk.Fill(section.Runs);
                }
            }
        }

        if (trunk.IsEmpty)
        {
            return null;
        }

        // Neck and head hold vessels like the trunk they continue; legs are two.
        for (int slice = 0; slice < largest.Length; slice++)
        {
            if (!isTrunk[slice] && sections[slice].Count < 2)
            {
                List<Section> whole = ConnectedSections(body, slice, parallel.CancellationToken);
                if (whole.Count > 0 && whole[0].Cells >= SeparationParameters.NeckFraction * body.CountOf(slice))
                {
                    trunk.Fill(whole[0].Runs);
                }
            }
        }

        return trunk;
    }

    /// <summary>
    /// The wide sections of a slice, the largest first: what is deeper than the radius of the opening, grown back. Two that only touch or overlap
    /// stay two.
    /// </summary>
    private static List<Section> WideSections(CellGrid grid, Mask body, int slice, Plane plane, CancellationToken cancellationToken)
    {
        plane.Load(body, slice);
        plane.Measure(target: false, grid);
        var deep = new Mask(grid.ColumnCount, grid.RowCount, 1);
        for (int row = 0; row < grid.RowCount; row++)
        {
            MarkAbove(RowOf(plane, row), SeparationParameters.TrunkOpeningMm, deep.Row(row, 0));
        }

        var wide = new List<Section>();
        var grown = new Mask(grid.ColumnCount, grid.RowCount, 1);
        Span<ulong> far = stackalloc ulong[grown.WordsPerRow];
        foreach (Section core in ConnectedSections(deep, 0, cancellationToken))
        {
            plane.Load(Mask.FromRuns(grid.ColumnCount, grid.RowCount, 1, core.Runs), 0);
            plane.Measure(target: true, grid);
            long cells = 0;
            var runs = new List<VoxelRun>();
            for (int row = 0; row < grid.RowCount; row++)
            {
                ReadOnlySpan<ulong> bodyRow = body.Row(row, slice);
                MarkAbove(RowOf(plane, row), SeparationParameters.TrunkOpeningMm, far);
                for (int word = 0; word < far.Length; word++)
                {
                    cells += BitOperations.PopCount(bodyRow[word] & ~far[word]);
                }

                MarkAbove(RowOf(plane, row), SeparationParameters.TrunkOpeningMm + SeparationParameters.TrunkMarginMm, far);
                Span<ulong> section = grown.Row(row, 0);
                for (int word = 0; word < far.Length; word++)
                {
                    section[word] = bodyRow[word] & ~far[word];
                }

                foreach (VoxelRun run in grown.RunsOf(row, 0))
                {
                    runs.Add(run with { Slice = slice });
                }
            }

            wide.Add(new Section(cells, [.. runs]));
        }

        return [.. wide.OrderByDescending(section => section.Cells)];
    }

    private static ReadOnlySpan<float> RowOf(Plane plane, int row) => plane.Mm.AsSpan(row * plane.ColumnCount, plane.ColumnCount);

    // Greater than the limit is at least the next number after it.
    private static void MarkAbove(ReadOnlySpan<float> mm, double limitMm, Span<ulong> bits) =>
        ThresholdKernel.Mark(mm, MathF.BitIncrement((float)limitMm), bits, SimdPaths.Best);

    /// <summary>The connected sections of a slice, the largest first.</summary>
    private static List<Section> ConnectedSections(Mask mask, int slice, CancellationToken cancellationToken)
    {
        if (!mask.Slice(slice).ContainsAnyExcept(0UL))
        {
            return [];
        }

        var single = new Mask(mask.ColumnCount, mask.RowCount, 1);
        mask.Slice(slice).CopyTo(single.Words);
        using ConnectedComponents parts = ConnectedComponents.Label(single, Connectivity.Faces6, null, 1, cancellationToken);
        var sections = new List<Section>(parts.Count);
        for (int label = 0; label < parts.Count; label++)
        {
            sections.Add(new Section(parts.Statistics[label].VoxelCount, [.. parts.RunsOf(label).ToArray().Select(run => run with { Slice = slice })]));
        }

        return [.. sections.OrderByDescending(section => section.Cells)];
    }

    private readonly record struct Section(long Cells, VoxelRun[] Runs);
}
