using CalcQuant.Imaging;

namespace CalcQuant.Segmentation;

/// <summary>
/// Whether a structure deep in a trunk lies in the muscles beside its spine (psoas, quadratus lumborum): nearly all that surrounds it is muscle, and muscle leads from it to the nearest
/// bone. Fat lies around aorta and cava and between kidney or bowel and bone, and the wall of a vessel has blood on one side and fat on the other.
/// </summary>
internal static class MuscleBed
{
    /// <summary>Looks around a structure.</summary>
    /// <param name="scan">The volume.</param>
    /// <param name="bone">Bone and its fringe.</param>
    /// <param name="cavity">Says where the spine is.</param>
    /// <param name="structure">The structure.</param>
    /// <param name="box">Its bounds.</param>
    /// <returns>True where it lies in such muscle.</returns>
    public static bool Holds(BodyScan scan, Mask bone, TrunkCavity cavity, VoxelRun[] structure, VoxelBox box)
    {
        VolumeGeometry geometry = scan.Volume.Geometry;
        (double column, double row, double slice) = RowBits.Middle(structure);
        (int Column, int Row, int Slice) middle = ((int)Math.Round(column), (int)Math.Round(row), (int)Math.Round(slice));
        return cavity.IsBesideSpine(middle.Column, middle.Row, middle.Slice)
            && NearestBone(bone, middle, geometry) is { } nearest
            && IsMuscleAround(scan, bone, structure, box)
            && IsMuscleBetween(scan, middle, nearest);
    }

    /// <summary>The voxel of bone nearest to a place; null where none is near.</summary>
    private static (int Column, int Row, int Slice)? NearestBone(Mask bone, (int Column, int Row, int Slice) place, VolumeGeometry geometry)
    {
        double reachMm = SeparationParameters.MuscleReachMm;
        int columns = (int)(reachMm / geometry.BetweenColumnsMm), rows = (int)(reachMm / geometry.BetweenRowsMm), slices = (int)(reachMm / geometry.BetweenSlicesMm);
        VoxelBox around = new VoxelBox(place.Column, place.Row, place.Slice, place.Column, place.Row, place.Slice).Grow(columns, rows, slices, bone);
        double least = reachMm * reachMm;
        (int Column, int Row, int Slice)? nearest = null;
        for (int slice = around.MinSlice; slice <= around.MaxSlice; slice++)
        {
            for (int row = around.MinRow; row <= around.MaxRow; row++)
            {
                foreach (VoxelRun run in bone.RunsOf(row, slice))
                {
                    int column = Math.Clamp(place.Column, run.Start, run.End - 1);
                    double x = (column - place.Column) * geometry.BetweenColumnsMm, y = (row - place.Row) * geometry.BetweenRowsMm, z = (slice - place.Slice) * geometry.BetweenSlicesMm;
                    double square = (x * x) + (y * y) + (z * z);
                    if (square < least)
                    {
                        (least, nearest) = (square, (column, row, slice));
                    }
                }
            }
        }

        return nearest;
    }

    private static bool IsMuscleAround(BodyScan scan, Mask bone, VoxelRun[] structure, VoxelBox box)
    {
        VolumeGeometry geometry = scan.Volume.Geometry;
        double pixelMm = Math.Max(geometry.BetweenColumnsMm, geometry.BetweenRowsMm);
        double blurMm = Math.Max(SeparationParameters.MuscleBlurMm, SeparationParameters.MuscleBlurPixels * pixelMm);
        int rimSlices = 1 + (int)Math.Ceiling(SeparationParameters.MuscleRimMm / geometry.BetweenSlicesMm);
        StructuringElement blur = scan.Disc(blurMm), rim = scan.Disc(blurMm + SeparationParameters.MuscleRimMm);
        VoxelBox around = box.Grow(rim.ReachColumns, rim.ReachRows, rimSlices, bone);
        using Mask here = Mask.FromRuns(around, structure);
        using Mask blurred = MaskMorphology.DilateAcrossSlices(here, blur, 1, 1, scan.Cancellation);
        using Mask bed = MaskMorphology.DilateAcrossSlices(here, rim, rimSlices, 1, scan.Cancellation).AndNot(blurred);
        long whole = bed.Count();
        using Mask boneHere = bone.Crop(around);
        using Mask fringe = MaskMorphology.DilateAcrossSlices(boneHere, blur, 1, 1, scan.Cancellation);
        bed.AndNot(fringe);
        var hu = new HuHistogram();
        long other = 0;
        float leastHu = SeparationParameters.MuscleLeastHu;
        foreach (VoxelRun run in RowBits.RunsOf(bed, around))
        {
            for (int column = run.Start; column < run.End; column++)
            {
                float value = scan.Volume[column, run.Row, run.Slice];
                hu.Add(value);
                other += value < leastHu - (2 * scan.NoiseHu) ? 1 : 0;
            }
        }

        return hu.Count > 0
            && hu.Count >= SeparationParameters.MuscleLeastRim * whole
            && other <= SeparationParameters.MuscleGreatestOther * hu.Count
            && hu.Percentile(0.5) >= leastHu
            && hu.Percentile(0.5) <= SeparationParameters.CartilageLeastHu;
    }

    /// <summary>True where no fat lies on the straight line from the structure to the bone: means of three by three pixels, so that noise makes none.</summary>
    private static bool IsMuscleBetween(BodyScan scan, (int Column, int Row, int Slice) from, (int Column, int Row, int Slice) to)
    {
        VolumeGeometry geometry = scan.Volume.Geometry;
        int steps = Math.Max(Math.Abs(to.Slice - from.Slice), Math.Max(Math.Abs(to.Column - from.Column), Math.Abs(to.Row - from.Row)));
        for (int step = 1; step < steps; step++)
        {
            int column = from.Column + (int)Math.Round((double)step * (to.Column - from.Column) / steps);
            int row = from.Row + (int)Math.Round((double)step * (to.Row - from.Row) / steps);
            int slice = from.Slice + (int)Math.Round((double)step * (to.Slice - from.Slice) / steps);
            double sum = 0;
            int count = 0;
            for (int r = Math.Max(0, row - 1); r <= Math.Min(geometry.RowCount - 1, row + 1); r++)
            {
                for (int c = Math.Max(0, column - 1); c <= Math.Min(geometry.ColumnCount - 1, column + 1); c++)
                {
                    sum += scan.Volume[c, r, slice];
                    count++;
                }
            }

            if (sum / count < SeparationParameters.MuscleLeastHu)
            {
                return false;
            }
        }

        return true;
    }
}
