using CalcQuant.Imaging;

namespace CalcQuant.Segmentation;

/// <summary>
/// Finds deposits grown onto a bone in three dimensions, at any bone: at some density they are solid bodies that a ball fits into which fits into no cortex, round,
/// densest inside, and joined to the rest of the bone by less of their surface than a part of that bone is.
/// </summary>
/// <remarks>
/// At each level of HU the dense voxels are eroded by the ball; each part that is left is grown back within them and looked at by itself. Parts of bone as
/// thick as that (the arch and the end plates of a vertebra, the head of a rib) hang together with dense bone on most sides, are long or flat, or have a cortex denser than they are inside.
/// </remarks>
internal static class SolidNodules
{
    private static readonly (int Column, int Row, int Slice)[] Sides = [(-1, 0, 0), (1, 0, 0), (0, -1, 0), (0, 1, 0), (0, 0, -1), (0, 0, 1)];

    /// <summary>Finds them.</summary>
    /// <param name="scan">The volume.</param>
    /// <param name="bone">The skeleton, marrow filled.</param>
    /// <param name="areBonesSmall">True in a hand or foot: nodules may be smaller there.</param>
    /// <returns>Their voxels, with the blurred surface; null where there are none.</returns>
    public static Mask? Find(BodyScan scan, Mask bone, bool areBonesSmall)
    {
        Limits limits = areBonesSmall
            ? new(SeparationParameters.SolidHandBallMm, SeparationParameters.SolidHandLeastMm3, SeparationParameters.SolidHandLeftLeastMm3)
            : new(SeparationParameters.SolidBallMm, SeparationParameters.SolidLeastMm3, SeparationParameters.SolidLeftLeastMm3);
        VolumeGeometry geometry = scan.Volume.Geometry;
        double pixel = Math.Max(geometry.BetweenColumnsMm, geometry.BetweenRowsMm);
        double radius = Math.Max(
            limits.BallMm,
            Math.Max(SeparationParameters.SolidBallPixels * pixel, SeparationParameters.SolidBallSlices * geometry.BetweenSlicesMm));
        var ball = StructuringElement.Ball(radius, geometry);
        Mask? found = null;
        foreach (float level in SeparationParameters.SolidLevelsHu)
        {
            using Mask? dense = VoxelThreshold.AtLeast(scan.Volume, level, bone, scan.Parallel);
            if (dense is null)
            {
                continue;
            }

            using Mask cores = MaskMorphology.Erode(dense, ball, scan.ThreadCount, scan.Cancellation);
            using ConnectedComponents parts = scan.Label(cores, Connectivity.Faces6);
            var nodules = new Nodule?[parts.Count];
            Parallel.For(0, parts.Count, scan.Parallel, label =>
            {
                ReadOnlySpan<VoxelRun> core = parts.RunsOf(label);
                bool isKnown = found?[core[0].Start, core[0].Row, core[0].Slice] == true;
                if (!isKnown && parts.Statistics[label].MaxHu < SeparationParameters.SolidGreatestHu)
                {
                    nodules[label] = Nodule.Grow(scan, limits, bone, dense, core, parts.Statistics[label].Bounds, ball);
                }
            });
            foreach (Nodule? nodule in nodules)
            {
                if (nodule is not null)
                {
                    found ??= new Mask(bone.ColumnCount, bone.RowCount, bone.SliceCount);
                    nodule.AddTo(found);
                }
            }
        }

        return found;
    }

    /// <summary>How small a nodule may be: radius of the ball, mm, volume, and volume of what is left without its bone, mm³.</summary>
    private readonly record struct Limits(double BallMm, double LeastMm3, double LeftLeastMm3);

    /// <summary>A core grown back, in its box.</summary>
    private sealed class Nodule
    {
        private readonly VoxelBox _box;
        private readonly Mask _voxels;

        private Nodule(VoxelBox box, Mask voxels) => (_box, _voxels) = (box, voxels);

        /// <summary>The nodule around a core; null where it is none.</summary>
        public static Nodule? Grow(BodyScan scan, Limits limits, Mask bone, Mask dense, ReadOnlySpan<VoxelRun> core, VoxelBox coreBox, StructuringElement ball)
        {
            VolumeGeometry geometry = scan.Volume.Geometry;
            if (coreBox.LongestMm(geometry) > SeparationParameters.SolidGreatestMm)
            {
                return null;
            }

            // One voxel more than the ball reaches, for the faces, and the width of the blur.
            int blurColumns = (int)Math.Ceiling(SeparationParameters.SplitMarginMm / geometry.BetweenColumnsMm), blurRows = (int)Math.Ceiling(SeparationParameters.SplitMarginMm / geometry.BetweenRowsMm);
            VoxelBox box = coreBox.Grow(ball.ReachColumns + blurColumns + 1, ball.ReachRows + blurRows + 1, ball.ReachSlices + 2, bone);
            using Mask seed = Mask.FromRuns(box, core);
            using Mask denseHere = dense.Crop(box);
            using Mask boneHere = bone.Crop(box);
            Mask grown = MaskMorphology.Dilate(seed, ball, 1, scan.Cancellation).And(denseHere);
            if (!IsNodule(scan, limits, box, seed, grown, denseHere, boneHere))
            {
                grown.Dispose();
                return null;
            }

            // The blurred surface, which is less dense, but nothing of the bone that it is joined to.
            using Mask blurred = MaskMorphology.Dilate(grown, scan.Disc(SeparationParameters.SplitMarginMm), 1, scan.Cancellation).And(boneHere).AndNot(denseHere);
            return CutAtBone(scan, limits, bone, box, grown.Or(blurred));
        }

        /// <summary>
        /// Gives back what bone there is in a nodule: a ball that fits into it reaches into the bone that it is joined to. The surface of that bone goes on under the nodule as it
        /// is around it, but for its curvature: what a closing of the rest of the bone fills is bone. Null where little is left: then it does not stand out of the bone.
        /// </summary>
        private static Nodule? CutAtBone(BodyScan scan, Limits limits, Mask bone, VoxelBox box, Mask nodule)
        {
            VolumeGeometry geometry = scan.Volume.Geometry;
            double voxelMm = Math.Max(geometry.BetweenSlicesMm, Math.Max(geometry.BetweenColumnsMm, geometry.BetweenRowsMm));
            long before = nodule.Count();
            double radius = Math.Cbrt(3 / (4 * Math.PI) * before * scan.VoxelMm3);

            // The blur of the nodule, in the slices beside it and at a high level around it, is a shell that would close to the nodule again.
            var blur = StructuringElement.Ball(Math.Max(SeparationParameters.SolidBlurMm, SeparationParameters.SolidBlurVoxels * voxelMm), geometry);
            foreach (double radii in SeparationParameters.SolidClosingRadii)
            {
                var ball = StructuringElement.Ball(Math.Clamp(radii * radius, limits.BallMm, SeparationParameters.SolidClosingGreatestMm), geometry);
                VoxelBox around = box.Grow(ball.ReachColumns, ball.ReachRows, ball.ReachSlices, bone);
                (int column, int row, int slice) = (box.MinColumn - around.MinColumn, box.MinRow - around.MinRow, box.MinSlice - around.MinSlice);
                using var wide = new Mask(around.ColumnCount, around.RowCount, around.SliceCount);
                wide.Paste(nodule, column, row, slice);
                using Mask blurred = MaskMorphology.Dilate(wide, blur, 1, scan.Cancellation);
                using Mask rest = bone.Crop(around).AndNot(blurred);
                using Mask closed = MaskMorphology.Close(rest, ball, 1, scan.Cancellation);
                Mask left = wide.AndNot(closed).Crop(new VoxelBox(column, row, slice, column + box.ColumnCount - 1, row + box.RowCount - 1, slice + box.SliceCount - 1));
                bool isLast = radii == SeparationParameters.SolidClosingRadii[^1];
                if (left.Count() >= (isLast ? SeparationParameters.SolidLeastLeft : SeparationParameters.SolidUsualLeft) * before)
                {
                    nodule.Dispose();
                    Nodule? part = LargestPart(scan, limits, box, left);
                    left.Dispose();
                    return part;
                }

                left.Dispose();
            }

            nodule.Dispose();
            return null;
        }

        /// <summary>The largest part of what is left, where it is still a body and no rind, and the scan's end does not cut it.</summary>
        private static Nodule? LargestPart(BodyScan scan, Limits limits, VoxelBox box, Mask left)
        {
            using ConnectedComponents parts = ConnectedComponents.Label(left, Connectivity.Faces6, null, 1, scan.Cancellation);
            int largest = 0;
            for (int label = 1; label < parts.Count; label++)
            {
                largest = parts.Statistics[label].VoxelCount > parts.Statistics[largest].VoxelCount ? label : largest;
            }

            // What goes on under something that the scan's end cuts is not known.
            VoxelBox bounds = parts.Statistics[largest].Bounds;
            if (box.MinSlice + bounds.MinSlice == 0 || box.MinSlice + bounds.MaxSlice == scan.Grid.SliceCount - 1)
            {
                return null;
            }

            Mask part = new Mask(box.ColumnCount, box.RowCount, box.SliceCount).Fill(parts.RunsOf(largest));
            (double length, double width, double height) = StructureFeatures.Measure(scan.Volume, scan.ThresholdHu, RowBits.RunsOf(part, box), box, scan.Parallel).ExtentMm;
            if (part.Count() * scan.VoxelMm3 >= limits.LeftLeastMm3
                && length < SeparationParameters.SolidLeftGreatestElongation * width
                && width < SeparationParameters.SolidLeftGreatestElongation * height)
            {
                return new Nodule(box, part);
            }

            part.Dispose();
            return null;
        }

        public void AddTo(Mask found)
        {
            using Mask before = found.Crop(_box);
            found.Paste(_voxels.Or(before), _box.MinColumn, _box.MinRow, _box.MinSlice);
            _voxels.Dispose();
        }

        private static bool IsNodule(BodyScan scan, Limits limits, VoxelBox box, Mask core, Mask grown, Mask dense, Mask bone)
        {
            double volume = grown.Count() * scan.VoxelMm3;
            if (volume < limits.LeastMm3)
            {
                return false;
            }

            var inside = new HuHistogram();
            var shell = new HuHistogram();
            var surface = new Surface(scan.Volume.Geometry, grown, dense, bone);
            VoxelRun[] runs = RowBits.RunsOf(grown, box);
            foreach (VoxelRun run in runs)
            {
                for (int column = run.Start; column < run.End; column++)
                {
                    (int c, int r, int s) = (column - box.MinColumn, run.Row - box.MinRow, run.Slice - box.MinSlice);
                    bool isAtSurface = surface.Add(c, r, s);
                    if (core[c, r, s])
                    {
                        inside.Add(scan.Volume[column, run.Row, run.Slice]);
                    }
                    else if (!isAtSurface)
                    {
                        shell.Add(scan.Volume[column, run.Row, run.Slice]);
                    }
                }
            }

            if (surface.Joined > SeparationParameters.SolidGreatestJoined
                || surface.Joined < SeparationParameters.SolidLeastJoined
                || surface.Free < SeparationParameters.SolidLeastFree
                || shell.Percentile(0.5) > inside.Percentile(0.5) + scan.NoiseHu + SeparationParameters.SplitGreatestRimHu)
            {
                return false;
            }

            (double length, double width, double height) = StructureFeatures.Measure(scan.Volume, scan.ThresholdHu, runs, box, scan.Parallel).ExtentMm;
            return length < SeparationParameters.SolidGreatestElongation * width
                && width < SeparationParameters.SolidGreatestElongation * height
                && volume <= SeparationParameters.SolidGreatestBalls * BallMm3(scan, box, grown);
        }

        /// <summary>Volume of the largest ball inside, mm³.</summary>
        private static double BallMm3(BodyScan scan, VoxelBox box, Mask grown)
        {
            using var outside = new Mask(scan.Body.Voxels.ColumnCount, scan.Body.Voxels.RowCount, scan.Body.Voxels.SliceCount);
            using Mask rest = grown.Clone().Invert();
            outside.Paste(rest, box.MinColumn, box.MinRow, box.MinSlice);

            // Balls are tried at the middles of voxels only: the largest one lies up to half a voxel beside the best of them, a quarter on average.
            double quarterVoxelMm = Math.Cbrt(scan.VoxelMm3) / 4;
            double most = DistanceTransform.InBox(outside, box, scan.Volume.Geometry, (float)SeparationParameters.SolidGreatestMm / 4, 1, scan.Cancellation).Max() + quarterVoxelMm;
            return 4 * Math.PI / 3 * most * most * most;
        }
    }

    /// <summary>What the surface of a body in its box lies at, by area.</summary>
    private sealed class Surface(VolumeGeometry geometry, Mask grown, Mask dense, Mask bone)
    {
        private readonly double[] _areas =
            [geometry.BetweenRowsMm * geometry.BetweenSlicesMm, geometry.BetweenColumnsMm * geometry.BetweenSlicesMm, geometry.PixelAreaMm2];

        private double _all, _joined, _free;

        /// <summary>Fraction that hangs together with equally dense bone, or with what lies beyond the end of the volume.</summary>
        public double Joined => _joined / _all;

        /// <summary>Fraction outside the skeleton.</summary>
        public double Free => _free / _all;

        /// <summary>Adds the faces of a voxel; true where it has one within the volume.</summary>
        public bool Add(int column, int row, int slice)
        {
            bool isAtSurface = false;
            for (int side = 0; side < Sides.Length; side++)
            {
                (int c, int r, int s) = (column + Sides[side].Column, row + Sides[side].Row, slice + Sides[side].Slice);
                bool isBeyond = c < 0 || r < 0 || s < 0 || c >= grown.ColumnCount || r >= grown.RowCount || s >= grown.SliceCount;
                if (!isBeyond && grown[c, r, s])
                {
                    continue;
                }

                double area = _areas[side / 2];
                _all += area;
                _joined += isBeyond || dense[c, r, s] ? area : 0;
                _free += isBeyond || bone[c, r, s] ? 0 : area;
                isAtSurface |= !isBeyond;
            }

            return isAtSurface;
        }
    }
}
