using CalcQuant.Imaging;

namespace CalcQuant.Segmentation;

/// <summary>
/// Whether a structure lies at a joint: close to two bones that nearly touch each other there. Cartilage parts the bones of most joints by 1 to 3 mm; shafts that run side by side are
/// mostly farther apart. A growth plate and a break look the same.
/// </summary>
internal static class JointSpace
{
    /// <summary>Looks at the bones around a structure.</summary>
    /// <param name="scan">The volume.</param>
    /// <param name="bone">The skeleton, marrow filled.</param>
    /// <param name="structure">The structure.</param>
    /// <param name="box">Its bounds.</param>
    public static bool IsBeside(BodyScan scan, Mask bone, ReadOnlySpan<VoxelRun> structure, VoxelBox box)
    {
        VolumeGeometry geometry = scan.Volume.Geometry;
        double voxelMm = Math.Max(geometry.BetweenSlicesMm, Math.Max(geometry.BetweenColumnsMm, geometry.BetweenRowsMm));
        if (voxelMm > SeparationParameters.JointGreatestVoxelMm)
        {
            // The blur of such voxels joins the bones.
            return false;
        }

        var wide = StructuringElement.Ball(SeparationParameters.JointBoneMm, geometry);
        VoxelBox around = box.Grow(wide.ReachColumns, wide.ReachRows, wide.ReachSlices, bone);
        using Mask own = Mask.FromRuns(around, structure);

        // Distances are those of voxels' centres: a gap is a voxel narrower.
        double spaceMm = SeparationParameters.JointSpaceMm + voxelMm, reachMm = SeparationParameters.JointReachMm + voxelMm;

        // Gaps of the skeleton are closed; its dense voxels are not.
        using Mask dense = scan.SeedVoxels.Crop(around);
        using Mask boneHere = bone.Crop(around);
        using ConnectedComponents bones = ConnectedComponents.Label(dense.And(boneHere), Connectivity.Faces6, null, 1, scan.Cancellation);
        using Mask near = MaskMorphology.Dilate(own, StructuringElement.Ball(reachMm, geometry), 1, scan.Cancellation);
        using Mask nearby = MaskMorphology.Dilate(own, StructuringElement.Ball(reachMm + spaceMm, geometry), 1, scan.Cancellation);
        var space = StructuringElement.Ball(spaceMm, geometry);
        using var before = new Mask(around.ColumnCount, around.RowCount, around.SliceCount);
        for (int label = 0; label < bones.Count; label++)
        {
            if (bones.Statistics[label].VoxelCount * scan.VoxelMm3 < SeparationParameters.JointLeastBoneMm3 || RowBits.Count(near, bones.RunsOf(label)) == 0)
            {
                continue;
            }

            if (!before.IsEmpty)
            {
                // Both bones are near; do they nearly touch there?
                using Mask grown = MaskMorphology.Dilate(before, space, 1, scan.Cancellation).And(nearby);
                if (RowBits.Count(grown, bones.RunsOf(label)) > 0)
                {
                    return true;
                }
            }

            before.Fill(bones.RunsOf(label));
        }

        return false;
    }
}
