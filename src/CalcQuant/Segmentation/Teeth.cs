using CalcQuant.Imaging;

namespace CalcQuant.Segmentation;

/// <summary>
/// Teeth among the dense voxels of a head: crowns as dense as only enamel is, several of them side by side as in a dental arch, with the dentine around them.
/// </summary>
internal static class Teeth
{
    /// <summary>Finds them.</summary>
    /// <param name="scan">The volume.</param>
    /// <param name="dense">Dense voxels of the body, metal taken out.</param>
    /// <returns>Their voxels; null where there are none.</returns>
    public static Mask? Find(BodyScan scan, Mask dense)
    {
        // Teeth stand in the mouth: an airway is always near.
        if (!scan.HasInnerAir || VoxelThreshold.AtLeast(scan.Volume, SeparationParameters.CrownHu, dense, scan.Parallel) is not Mask bright)
        {
            return null;
        }

        using Mask crowns = bright;
        using ConnectedComponents parts = scan.Label(crowns, Connectivity.Full26);
        Crown[] candidates = [.. Enumerable.Range(0, parts.Count).Where(IsCrown).Select(label => Crown.Of(parts, label, scan))];
        int[] labels = [.. candidates.Where(crown => candidates.Where(crown.IsInArchOf).Sum(static other => other.ToothCount) >= SeparationParameters.ArchLeastTeeth).Select(static crown => crown.Label)];
        if (labels.Length == 0)
        {
            return null;
        }

        using var teeth = new Mask(dense.ColumnCount, dense.RowCount, dense.SliceCount);
        foreach (int label in labels)
        {
            teeth.Fill(parts.RunsOf(label));
        }

        // Dentine is as dense as the densest cortex, and denser than the bone of the jaws around it.
        using Mask? dentine = VoxelThreshold.AtLeast(scan.Volume, SeparationParameters.DentineHu, dense, scan.Parallel);
        int slices = (int)Math.Round(SeparationParameters.DentineReachMm / scan.Volume.Geometry.BetweenSlicesMm);
        using Mask near = MaskMorphology.Dilate(teeth, scan.Disc(SeparationParameters.DentineReachMm), scan.ThreadCount, scan.Cancellation);
        Mask whole = MaskMorphology.SpreadAcrossSlices(near, slices);
        return whole.And(dentine!).Or(teeth);

        bool IsCrown(int label)
        {
            ComponentStatistics statistics = parts.Statistics[label];
            double mm3 = statistics.VoxelCount * scan.VoxelMm3;
            return statistics.MaxHu >= SeparationParameters.EnamelPeakHu
                && mm3 >= SeparationParameters.CrownLeastMm3
                && mm3 <= SeparationParameters.ArchGreatestMm3
                && !scan.Body.IsInTrunk(parts.RunsOf(label).ToArray());
        }
    }

    /// <summary>A crown, or several that touch.</summary>
    private sealed record Crown(int Label, LpsPoint Middle, double ToothCount)
    {
        public static Crown Of(ConnectedComponents parts, int label, BodyScan scan)
        {
            VoxelBox box = parts.Statistics[label].Bounds;
            LpsPoint middle = scan.Volume.Geometry.ToLps((box.MinColumn + box.MaxColumn) / 2, (box.MinRow + box.MaxRow) / 2, (box.MinSlice + box.MaxSlice) / 2);
            return new Crown(label, middle, Math.Max(1, parts.Statistics[label].VoxelCount * scan.VoxelMm3 / SeparationParameters.CrownUsualMm3));
        }

        /// <summary>True where both may stand in the jaws of one head.</summary>
        public bool IsInArchOf(Crown other)
        {
            LpsPoint apart = other.Middle - Middle;
            return Math.Abs(apart.Z) <= SeparationParameters.ArchHeightMm
                && Math.Sqrt((apart.X * apart.X) + (apart.Y * apart.Y)) <= SeparationParameters.ArchWidthMm;
        }
    }
}
