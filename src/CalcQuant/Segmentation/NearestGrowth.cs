using CalcQuant.Imaging;

namespace CalcQuant.Segmentation;

/// <summary>
/// Gives the dense voxels around released structures to whichever is nearer along dense voxels: the structure or the bone beside it.
/// </summary>
internal static class NearestGrowth
{
    /// <summary>Grows structures.</summary>
    /// <param name="scan">The volume.</param>
    /// <param name="dense">Voxels that may be taken.</param>
    /// <param name="bone">Voxels that are bone and never taken.</param>
    /// <param name="structures">The structures to grow.</param>
    /// <returns>For each structure its voxels, ordered by slice, row, column.</returns>
    public static VoxelRun[][] Grow(BodyScan scan, Mask dense, Mask bone, ConnectedComponents structures)
    {
        VolumeGeometry geometry = scan.Volume.Geometry;
        (int Column, int Row, int Slice, int Cost)[] steps =
        [
            (-1, 0, 0, Cost(geometry.BetweenColumnsMm)),
            (1, 0, 0, Cost(geometry.BetweenColumnsMm)),
            (0, -1, 0, Cost(geometry.BetweenRowsMm)),
            (0, 1, 0, Cost(geometry.BetweenRowsMm)),
            (0, 0, -1, Cost(geometry.BetweenSlicesMm)),
            (0, 0, 1, Cost(geometry.BetweenSlicesMm)),
        ];

        int columns = geometry.ColumnCount, rows = geometry.RowCount, slices = geometry.SliceCount;
        var owner = new Dictionary<long, (int Distance, int Structure)>();
        var queue = new PriorityQueue<long, (int Distance, int Structure, long Voxel)>();
        for (int structure = 0; structure < structures.Count; structure++)
        {
            foreach (VoxelRun run in structures.RunsOf(structure))
            {
                for (int column = run.Start; column < run.End; column++)
                {
                    long voxel = Index(column, run.Row, run.Slice);
                    owner[voxel] = (0, structure);
                    queue.Enqueue(voxel, (0, structure, voxel));
                }
            }
        }

        int reach = Cost(SeparationParameters.GrowthReachMm);
        Spread(owner, queue, reach, dense: true);

        // The same from the bone side, among the voxels reached only.
        var boneSide = new Dictionary<long, (int Distance, int Structure)>();
        var boneQueue = new PriorityQueue<long, (int Distance, int Structure, long Voxel)>();
        foreach ((long voxel, (int distance, _)) in owner)
        {
            if (distance == 0)
            {
                continue;
            }

            (int column, int row, int slice) = Position(voxel);
            foreach ((int dc, int dr, int ds, int cost) in steps)
            {
                if (IsIn(column + dc, row + dr, slice + ds) && bone[column + dc, row + dr, slice + ds]
                    && (!boneSide.TryGetValue(voxel, out (int Distance, int Structure) known) || cost < known.Distance))
                {
                    boneSide[voxel] = (cost, 0);
                    boneQueue.Enqueue(voxel, (cost, 0, voxel));
                }
            }
        }

        Spread(boneSide, boneQueue, reach, dense: false);
        var voxels = new List<long>[structures.Count];
        for (int structure = 0; structure < voxels.Length; structure++)
        {
            voxels[structure] = [];
        }

        foreach ((long voxel, (int distance, int structure)) in owner)
        {
            if (distance == 0 || !boneSide.TryGetValue(voxel, out (int Distance, int Structure) side) || distance <= side.Distance)
            {
                voxels[structure].Add(voxel);
            }
        }

        return [.. voxels.Select(list => ToRuns(list, columns, rows))];

        long Index(int column, int row, int slice) => (((long)slice * rows) + row) * columns + column;

        (int Column, int Row, int Slice) Position(long voxel) =>
            ((int)(voxel % columns), (int)(voxel / columns % rows), (int)(voxel / ((long)columns * rows)));

        bool IsIn(int column, int row, int slice) =>
            (uint)column < (uint)columns && (uint)row < (uint)rows && (uint)slice < (uint)slices;

        void Spread(
            Dictionary<long, (int Distance, int Structure)> reached,
            PriorityQueue<long, (int Distance, int Structure, long Voxel)> open,
            int limit,
            bool dense)
        {
            while (open.TryDequeue(out long voxel, out (int Distance, int Structure, long Voxel) priority))
            {
                if (reached[voxel] != (priority.Distance, priority.Structure))
                {
                    continue;
                }

                (int column, int row, int slice) = Position(voxel);
                foreach ((int dc, int dr, int ds, int cost) in steps)
                {
                    int c = column + dc, r = row + dr, s = slice + ds;
                    int distance = priority.Distance + cost;
                    if (distance > limit || !IsIn(c, r, s))
                    {
                        continue;
                    }

                    long next = Index(c, r, s);
                    bool isOpen = dense ? IsFree(c, r, s) : owner.ContainsKey(next);
                    if (isOpen && (!reached.TryGetValue(next, out (int Distance, int Structure) known)
                        || (distance, priority.Structure).CompareTo(known) < 0))
                    {
                        reached[next] = (distance, priority.Structure);
                        open.Enqueue(next, (distance, priority.Structure, next));
                    }
                }
            }
        }

        bool IsFree(int column, int row, int slice) => dense[column, row, slice] && !bone[column, row, slice];
    }

    /// <summary>Runs of a set of voxel indices.</summary>
    public static VoxelRun[] ToRuns(List<long> voxels, int columns, int rows)
    {
        voxels.Sort();
        var runs = new List<VoxelRun>();
        for (int i = 0; i < voxels.Count;)
        {
            long first = voxels[i];
            int start = (int)(first % columns);
            int end = start + 1;
            i++;
            while (i < voxels.Count && voxels[i] == first + (end - start) && end < columns)
            {
                end++;
                i++;
            }

            long line = first / columns;
            runs.Add(new VoxelRun((int)(line / rows), (int)(line % rows), start, end));
        }

        return [.. runs];
    }

    // Distances in hundredths of a millimetre: integers compare exactly.
    private static int Cost(double mm) => (int)Math.Round(mm * 100);
}
