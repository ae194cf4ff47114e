using CalcQuant.Imaging;
using CalcQuant.Kernels;

namespace CalcQuant.Segmentation;

/// <summary>
/// Finds calcified cysts that lie against bone, so that they were taken for a part of it: chambers of fluid that calcium encloses on every side, with settled calcium
/// at the bottom. What else bone encloses has no such level: marrow is fat or uneven, the canal of the spine is open at its ends, an osteopenic vertebra is even throughout.
/// </summary>
internal static class ContactCysts
{
    private static readonly (int Column, int Row, int Slice)[] Sides = [(-1, 0, 0), (1, 0, 0), (0, -1, 0), (0, 1, 0), (0, 0, -1), (0, 0, 1)];

    /// <summary>Finds them.</summary>
    /// <param name="scan">The volume.</param>
    /// <param name="bone">The skeleton, what it encloses filled.</param>
    /// <param name="gravity">Unit vector towards the ground, LPS.</param>
    /// <returns>The cysts with their fluid; null where there are none.</returns>
    public static Mask? Find(BodyScan scan, Mask bone, LpsPoint gravity)
    {
        if (bone.IsEmpty || scan.Grid.SliceCount < SeparationParameters.FewSlices)
        {
            return null;
        }

        using Mask fluid = Fluid(scan, bone);
        using ConnectedComponents parts = scan.Label(fluid, Connectivity.Faces6);
        List<VoxelRun[]> clusters = Cluster(scan, parts, [.. Enumerable.Range(0, parts.Count).Where(label => IsChamber(scan, parts, label))]);
        Mask? found = null;
        foreach (VoxelRun[] chambers in clusters)
        {
            VoxelBox around = VoxelBox.Around(chambers);
            VolumeGeometry geometry = scan.Volume.Geometry;
            VoxelBox box = around.Grow(
                (int)Math.Ceiling(SeparationParameters.CystReachMm / geometry.BetweenColumnsMm),
                (int)Math.Ceiling(SeparationParameters.CystReachMm / geometry.BetweenRowsMm),
                (int)Math.Ceiling(SeparationParameters.CystReachMm / geometry.BetweenSlicesMm),
                bone);
            using Mask boneHere = bone.Crop(box);
            using Mask chambersHere = Mask.FromRuns(box, chambers);
            using Mask? body = Part(scan, box, boneHere, chambersHere);
            if (body is null)
            {
                continue;
            }

            using Mask dense = DenseIn(scan, box, body, scan.ThresholdHu);
            VoxelRun[] calcium = RowBits.RunsOf(dense, box);
            if (FluidLevelSearch.Find(scan, calcium, VoxelBox.Around(calcium), Histogram(scan, chambers).Percentile(0.5), gravity) is not null)
            {
                found ??= new Mask(bone.ColumnCount, bone.RowCount, bone.SliceCount);
                using Mask before = found.Crop(box);
                found.Paste(body.Or(before), box.MinColumn, box.MinRow, box.MinSlice);
            }
        }

        return found;
    }

    /// <summary>Voxels that bone encloses within their slice and that may be fluid.</summary>
    private static Mask Fluid(BodyScan scan, Mask bone)
    {
        var fluid = new Mask(bone.ColumnCount, bone.RowCount, bone.SliceCount);
        double spread = SeparationParameters.CystNoiseSigmas * scan.NoiseHu;
        float least = (float)(SeparationParameters.CystLeastHu - spread), greatest = (float)(SeparationParameters.CystGreatestHu + spread);
        Parallel.For(0, bone.SliceCount, scan.Parallel, () => new float[bone.ColumnCount], (slice, _, hu) =>
        {
            for (int row = 0; row < bone.RowCount; row++)
            {
                foreach (VoxelRun run in bone.RunsOf(row, slice))
                {
                    Span<float> values = hu.AsSpan(0, run.Length);
                    scan.Volume.CopyRow(run.Start, row, slice, values);
                    Span<ulong> words = fluid.Row(row, slice);
                    int start = 0;
                    for (int i = 1; i <= values.Length; i++)
                    {
                        bool isFluid = values[start] >= least && values[start] <= greatest;
                        if (i == values.Length || isFluid != (values[i] >= least && values[i] <= greatest))
                        {
                            if (isFluid)
                            {
                                BitRow.Fill(words, run.Start + start, run.Start + i);
                            }

                            start = i;
                        }
                    }
                }
            }

            return hu;
        }, static _ => { });
        return fluid;
    }

    /// <summary>True for fluid as even as noise allows, compact, and enclosed by calcium on nearly all sides.</summary>
    private static bool IsChamber(BodyScan scan, ConnectedComponents parts, int label)
    {
        ComponentStatistics statistics = parts.Statistics[label];
        if (statistics.VoxelCount * scan.VoxelMm3 < SeparationParameters.CystChamberLeastMm3)
        {
            return false;
        }

        VoxelRun[] runs = parts.RunsOf(label).ToArray();
        HuHistogram hu = Histogram(scan, runs);
        double median = hu.Percentile(0.5);
        if (median < SeparationParameters.CystLeastHu
            || median > SeparationParameters.CystGreatestHu
            || hu.RobustDeviation > (SeparationParameters.CystGreatestDeviations * scan.NoiseHu) + SeparationParameters.CystGreatestUnevennessHu)
        {
            return false;
        }

        StructureFeatures features = StructureFeatures.Measure(scan.Volume, scan.ThresholdHu, runs, statistics.Bounds, scan.Parallel);
        return features.ExtentMm.Long <= SeparationParameters.CystGreatestElongation * features.ExtentMm.Short
            && EnclosedShare(scan, runs, statistics.Bounds) >= SeparationParameters.CystLeastEnclosed;
    }

    /// <summary>Part of the surface, by area, beyond which calcium follows within the thickness of a blurred edge.</summary>
    private static double EnclosedShare(BodyScan scan, VoxelRun[] runs, VoxelBox box)
    {
        VolumeGeometry geometry = scan.Volume.Geometry;
        using Mask own = Mask.FromRuns(box, runs);
        double[] areas = [geometry.BetweenRowsMm * geometry.BetweenSlicesMm, geometry.BetweenColumnsMm * geometry.BetweenSlicesMm, geometry.PixelAreaMm2];
        int[] steps = [.. new[] { geometry.BetweenColumnsMm, geometry.BetweenRowsMm, geometry.BetweenSlicesMm }
            .Select(static mm => Math.Max(1, (int)Math.Round(SeparationParameters.CystEdgeMm / mm)))];
        double all = 0, enclosed = 0;
        foreach (VoxelRun run in runs)
        {
            for (int column = run.Start; column < run.End; column++)
            {
                for (int side = 0; side < Sides.Length; side++)
                {
                    (int c, int r, int s) = (column + Sides[side].Column, run.Row + Sides[side].Row, run.Slice + Sides[side].Slice);
                    if (box.Contains(c, r, s) && own[c - box.MinColumn, r - box.MinRow, s - box.MinSlice])
                    {
                        continue;
                    }

                    all += areas[side / 2];
                    enclosed += IsDenseBeyond(column, run.Row, run.Slice, side) ? areas[side / 2] : 0;
                }
            }
        }

        return all == 0 ? 0 : enclosed / all;

        bool IsDenseBeyond(int column, int row, int slice, int side)
        {
            for (int step = 1; step <= steps[side / 2]; step++)
            {
                (int c, int r, int s) = (column + (step * Sides[side].Column), row + (step * Sides[side].Row), slice + (step * Sides[side].Slice));
                if (c < 0 || r < 0 || s < 0 || c >= geometry.ColumnCount || r >= geometry.RowCount || s >= geometry.SliceCount)
                {
                    return false;
                }

                if (scan.Volume[c, r, s] >= scan.ThresholdHu)
                {
                    return true;
                }
            }

            return false;
        }
    }

    /// <summary>Chambers that lie close together are those of one cyst.</summary>
    private static List<VoxelRun[]> Cluster(BodyScan scan, ConnectedComponents parts, int[] chambers)
    {
        int[] parents = UnionFind.Singles(chambers.Length);
        for (int i = 0; i < chambers.Length; i++)
        {
            for (int k = 0; k < i; k++)
            {
                if (parts.Statistics[chambers[i]].Bounds.GapMm(parts.Statistics[chambers[k]].Bounds, scan.Volume.Geometry) <= SeparationParameters.CystSeptumMm)
                {
                    UnionFind.Join(parents, i, k);
                }
            }
        }

        return [.. Enumerable.Range(0, chambers.Length)
            .GroupBy(i => UnionFind.Root(parents, i))
            .Select(cluster => RunOrder.Sort([.. cluster.SelectMany(i => parts.RunsOf(chambers[i]).ToArray())]).ToArray())];
    }

    /// <summary>
    /// The cyst around chambers, filled, in its box: at the lowest level of HU at which its shell does not hang together with the bone beside it. Null where it always does.
    /// </summary>
    private static Mask? Part(BodyScan scan, VoxelBox box, Mask bone, Mask chambers)
    {
        VolumeGeometry geometry = scan.Volume.Geometry;
        using Mask touching = MaskMorphology.Dilate(chambers, StructuringElement.Ball(SeparationParameters.CystWallMm, geometry), scan.ThreadCount, scan.Cancellation);
        using Mask near = MaskMorphology.Dilate(chambers, StructuringElement.Ball(SeparationParameters.CystNearMm, geometry), scan.ThreadCount, scan.Cancellation);
        long wallCount = 0;
        foreach (float level in SeparationParameters.CystLevelsHu)
        {
            using Mask dense = DenseIn(scan, box, bone, level);
            long touchingCount = dense.CountCommon(touching);
            wallCount = Math.Max(wallCount, touchingCount);
            if (touchingCount < SeparationParameters.CystLeastWallShare * wallCount)
            {
                return null;
            }

            using ConnectedComponents parts = ConnectedComponents.Label(dense, Connectivity.Faces6, null, scan.ThreadCount, scan.Cancellation);
            using var shell = new Mask(dense.ColumnCount, dense.RowCount, dense.SliceCount);
            for (int label = 0; label < parts.Count; label++)
            {
                ReadOnlySpan<VoxelRun> runs = parts.RunsOf(label);
                if (RowBits.Count(touching, runs) > 0 && RowBits.Count(near, runs) >= SeparationParameters.CystLeastNearShare * parts.Statistics[label].VoxelCount)
                {
                    shell.Fill(runs);
                }
            }

            if (shell.CountCommon(touching) >= SeparationParameters.CystLeastWallShare * touchingCount)
            {
                shell.Or(chambers);
                using Mask closed = MaskMorphology.Close(shell, scan.Disc(SeparationParameters.CystWallMm), scan.ThreadCount, scan.Cancellation);
                return MaskMorphology.FillHoles(closed, SeparationParameters.CavityRadiusMm, geometry, scan.ThreadCount, scan.Cancellation);
            }
        }

        return null;
    }

    private static Mask DenseIn(BodyScan scan, VoxelBox box, Mask bone, float leastHu)
    {
        var dense = new Mask(bone.ColumnCount, bone.RowCount, bone.SliceCount);
        for (int slice = 0; slice < bone.SliceCount; slice++)
        {
            for (int row = 0; row < bone.RowCount; row++)
            {
                foreach (VoxelRun run in bone.RunsOf(row, slice))
                {
                    for (int column = run.Start; column < run.End; column++)
                    {
                        dense[column, row, slice] = scan.Volume[column + box.MinColumn, row + box.MinRow, slice + box.MinSlice] >= leastHu;
                    }
                }
            }
        }

        return dense;
    }

    private static HuHistogram Histogram(BodyScan scan, VoxelRun[] runs)
    {
        var hu = new HuHistogram();
        foreach (VoxelRun run in runs)
        {
            for (int column = run.Start; column < run.End; column++)
            {
                hu.Add(scan.Volume[column, run.Row, run.Slice]);
            }
        }

        return hu;
    }
}
