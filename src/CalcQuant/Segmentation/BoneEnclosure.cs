namespace CalcQuant.Segmentation;

/// <summary>How far bone encloses a structure: spongy bone lies within it, a skull's content within its shell.</summary>
internal static class BoneEnclosure
{
    private static readonly (int Column, int Row)[] Directions = [(1, 0), (1, 1), (0, 1), (-1, 1), (-1, 0), (-1, -1), (0, -1), (1, -1)];

    /// <summary>True where a structure lies within bone or mostly against it.</summary>
    /// <param name="scan">The volume.</param>
    /// <param name="bone">Bone and its fringe.</param>
    /// <param name="structure">The structure.</param>
    /// <param name="box">Its bounds.</param>
    public static bool IsSpongy(BodyScan scan, Mask bone, VoxelRun[] structure, VoxelBox box) =>
        Contact(bone, structure, box) >= SeparationParameters.SpongyContact || Enclosure(scan, bone, structure) >= SeparationParameters.SpongyEnclosure;

    /// <summary>Cells within a closed shell of bone and of a size that no marrow cavity has; null where there are none.</summary>
    /// <param name="scan">The volume.</param>
    /// <param name="bone">The skeleton, marrow filled.</param>
    public static Mask? SkullContent(BodyScan scan, Mask bone)
    {
        CellGrid grid = scan.Grid;
        using var shell = new Mask(grid.ColumnCount, grid.RowCount, grid.SliceCount);
        for (int slice = 0; slice < bone.SliceCount; slice++)
        {
            for (int row = 0; row < bone.RowCount; row++)
            {
                foreach (VoxelRun run in bone.RunsOf(row, slice))
                {
                    grid.Mark(run, shell);
                }
            }
        }

        // What is closed and filled lies within the bounds of the bones.
        if (shell.BoundingBox() is not VoxelBox box)
        {
            return null;
        }

        StructuringElement disc = StructuringElement.Disc(SeparationParameters.SkullGapMm / 2, grid.Geometry);
        using Mask around = shell.Crop(box);
        using Mask closed = MaskMorphology.Close(around, disc, scan.ThreadCount, scan.Cancellation);
        using Mask small = MaskMorphology.FillHoles(closed, SeparationParameters.CavityRadiusMm, grid.Geometry, scan.ThreadCount, scan.Cancellation);
        using Mask content = MaskMorphology.FillHoles(closed, scan.ThreadCount, scan.Cancellation).AndNot(small);
        return content.IsEmpty
            ? null
            : MaskMorphology.Dilate(
                shell.Clear().Paste(content, box.MinColumn, box.MinRow, box.MinSlice), disc, scan.ThreadCount, scan.Cancellation);
    }

    /// <summary>True where at least half of a structure lies in cells.</summary>
    public static bool IsWithin(CellGrid grid, Mask cells, ReadOnlySpan<VoxelRun> structure)
    {
        long size = 0, within = 0;
        foreach (VoxelRun run in structure)
        {
            size += run.Length;
            within += cells[(run.Start + run.End) / 2 / grid.ColumnFactor, run.Row / grid.RowFactor, run.Slice] ? run.Length : 0;
        }

        return 2 * within >= size;
    }

    /// <summary>Fraction of the in-plane faces of a structure that bone lies at.</summary>
    private static double Contact(Mask bone, VoxelRun[] structure, VoxelBox box)
    {
        long faces = 0, touching = 0;
        using var surface = new StructureFaces(structure, box);
        surface.Visit(face =>
        {
            int column = face.Column + face.ColumnStep, row = face.Row + face.RowStep;
            if (column >= 0 && row >= 0 && column < bone.ColumnCount && row < bone.RowCount)
            {
                faces++;
                touching += bone[column, row, face.Slice] ? 1 : 0;
            }
        });
        return faces == 0 ? 0 : (double)touching / faces;
    }

    /// <summary>Fraction of the rays from a structure in eight directions of the slice that meet bone.</summary>
    private static double Enclosure(BodyScan scan, Mask bone, ReadOnlySpan<VoxelRun> structure)
    {
        const int sampleCount = 200;
        double pixelMm = Math.Sqrt(scan.Volume.Geometry.PixelAreaMm2);
        long rays = 0, met = 0;
        int step = Math.Max(1, structure.Length / sampleCount);
        for (int i = 0; i < structure.Length; i += step)
        {
            VoxelRun run = structure[i];
            int middle = (run.Start + run.End) / 2;
            foreach ((int dc, int dr) in Directions)
            {
                int length = (int)(SeparationParameters.SpongyReachMm / (pixelMm * Math.Sqrt((dc * dc) + (dr * dr))));
                rays++;
                for (int k = 1; k <= length; k++)
                {
                    int column = middle + (k * dc), row = run.Row + (k * dr);
                    if (column < 0 || row < 0 || column >= bone.ColumnCount || row >= bone.RowCount)
                    {
                        break;
                    }

                    if (bone[column, row, run.Slice])
                    {
                        met++;
                        break;
                    }
                }
            }
        }

        return rays == 0 ? 0 : (double)met / rays;
    }
}
