using CalcQuant.Imaging;

namespace CalcQuant.Segmentation;

/// <summary>
/// Splits deposits off the bone they touch. In each section of a bone the marrow is what dense cortex encloses, and the thickness of the cortex
/// is nearly even around it; what lies farther from the marrow than the cortex is thick, and is solid, even and compact, has grown against it.
/// Sections without marrow are opened instead: what an opening by most of their inscribed radius removes is a candidate. In a trunk, whose bones are cut at
/// all angles, sections do not tell; there, and everywhere else too, <see cref="SolidNodules"/> looks in three dimensions.
/// </summary>
internal static class ContactSplit
{
    /// <summary>Finds deposits that touch bone.</summary>
    /// <param name="scan">The volume.</param>
    /// <param name="bone">The skeleton, marrow filled.</param>
    /// <param name="areBonesSmall">True in a hand or foot.</param>
    /// <returns>The voxels of what stands out of sections of bone, and of solid nodules; null where there are none.</returns>
    public static (Mask? Sections, Mask? Solid) Find(BodyScan scan, Mask bone, bool areBonesSmall)
    {
        VolumeGeometry geometry = scan.Volume.Geometry;
        return bone.IsEmpty
            || geometry.SliceCount < SeparationParameters.FewSlices
            || Math.Max(geometry.BetweenColumnsMm, geometry.BetweenRowsMm) > SeparationParameters.SplitGreatestPixelMm
            ? (null, null)
            : (scan.Body.HasTrunk ? null : FindInSections(scan, bone), SolidNodules.Find(scan, bone, areBonesSmall));
    }

    private static Mask? FindInSections(BodyScan scan, Mask bone)
    {
        // Residues lie clearly outside the cortex; the beyond is all that lies outside its usual thickness.
        using var residue = new Mask(bone.ColumnCount, bone.RowCount, bone.SliceCount);
        using var beyond = new Mask(bone.ColumnCount, bone.RowCount, bone.SliceCount);
        Parallel.For(0, bone.SliceCount, scan.Parallel, slice => SplitSlice(scan, bone, slice, residue, beyond));
        using ConnectedComponents residues = scan.Label(residue, Connectivity.Faces6);
        Mask? found = null;
        for (int label = 0; label < residues.Count; label++)
        {
            ComponentStatistics statistics = residues.Statistics[label];
            if (statistics.VoxelCount * scan.VoxelMm3 >= SeparationParameters.SplitLeastMm3
                && statistics.MaxHu >= SeparationParameters.SeedHu
                && IsDeposit(scan, residues.RunsOf(label).ToArray(), statistics.Bounds, bone, residue))
            {
                found ??= new Mask(bone.ColumnCount, bone.RowCount, bone.SliceCount);
                found.Fill(residues.RunsOf(label));
            }
        }

        return found is null
            ? null
            : MaskMorphology.Dilate(found, scan.Disc(SeparationParameters.SplitMarginMm), scan.ThreadCount, scan.Cancellation).And(beyond);
    }

    private static void SplitSlice(BodyScan scan, Mask bone, int slice, Mask residue, Mask beyond)
    {
        if (!bone.Slice(slice).ContainsAnyExcept(0UL))
        {
            return;
        }

        var single = new Mask(bone.ColumnCount, bone.RowCount, 1);
        bone.Slice(slice).CopyTo(single.Words);
        using ConnectedComponents sections = ConnectedComponents.Label(single, Connectivity.Full26, null, 1, scan.Cancellation);
        for (int label = 0; label < sections.Count; label++)
        {
            ComponentStatistics statistics = sections.Statistics[label];
            if (statistics.VoxelCount * scan.Volume.Geometry.PixelAreaMm2 >= SeparationParameters.SplitLeastSectionMm2)
            {
                new BoneSection(scan, sections.RunsOf(label), statistics.Bounds, slice).Split(residue, beyond);
            }
        }
    }

    private static bool IsDeposit(BodyScan scan, VoxelRun[] runs, VoxelBox bounds, Mask bone, Mask residue)
    {
        StructureFeatures features = StructureFeatures.Measure(scan.Volume, scan.ThresholdHu, runs, bounds, scan.Parallel);
        double median = features.Dense.Percentile(0.5);
        double variation = features.Dense.Percentile(0.9) - median;
        bool isEven = variation <= (SeparationParameters.SplitGreatestVariation * median) + (2 * scan.NoiseHu);
        bool hasDenserRim = features.Core.Count >= 5
            && features.Rim.Percentile(0.75) - features.Core.Percentile(0.5) > SeparationParameters.SplitGreatestRimHu;
        (double free, double continued) = Surroundings(scan, runs, bone, residue);
        bool isThick = features.InscribedRadiusMm >= SeparationParameters.SplitLeastRadiusMm;
        bool isCompact = features.ExtentMm.Long <= SeparationParameters.SplitGreatestElongation * Math.Max(features.ExtentMm.Middle, 1);
        bool isDense = features.Dense.Count * scan.VoxelMm3 >= SeparationParameters.SplitLeastMm3;
        return isDense && isEven && !hasDenserRim && isThick && isCompact
            && free >= SeparationParameters.SplitLeastFreeSurface
            && continued >= SeparationParameters.SplitLeastContinuation;
    }

    /// <summary>Fraction of the in-plane faces that face soft tissue, and of the voxels that continue in the next slice.</summary>
    private static (double Free, double Continued) Surroundings(BodyScan scan, VoxelRun[] runs, Mask bone, Mask residue)
    {
        VolumeGeometry geometry = scan.Volume.Geometry;
        float tissueHu = SeparationParameters.TissueHu;
        long faces = 0, free = 0, continued = 0, voxels = 0;
        foreach (VoxelRun run in runs)
        {
            for (int column = run.Start; column < run.End; column++)
            {
                voxels++;
                Look(column - 1, run.Row);
                Look(column + 1, run.Row);
                Look(column, run.Row - 1);
                Look(column, run.Row + 1);
                if (run.Slice + 1 < geometry.SliceCount && residue[column, run.Row, run.Slice + 1])
                {
                    continued++;
                }

                void Look(int c, int r)
                {
                    if (c < 0 || r < 0 || c >= geometry.ColumnCount || r >= geometry.RowCount || residue[c, r, run.Slice])
                    {
                        return;
                    }

                    faces++;
                    if (!bone[c, r, run.Slice] && scan.Volume[c, r, run.Slice] > tissueHu)
                    {
                        free++;
                    }
                }
            }
        }

        return (faces == 0 ? 0 : (double)free / faces, (double)continued / voxels);
    }

    /// <summary>One connected section of bone in one slice, with a margin of one pixel.</summary>
    private sealed class BoneSection
    {
        private readonly BodyScan _scan;
        private readonly VoxelBox _box;
        private readonly int _slice;
        private readonly Plane _plane;
        private readonly bool[] _section;
        private readonly float[] _hu;

        public BoneSection(BodyScan scan, ReadOnlySpan<VoxelRun> runs, VoxelBox bounds, int slice)
        {
            _scan = scan;
            _box = bounds;
            _slice = slice;
            _plane = new Plane(bounds.ColumnCount + 2, bounds.RowCount + 2);
            _section = new bool[_plane.Inside.Length];
            _hu = new float[_plane.Inside.Length];
            foreach (VoxelRun run in runs)
            {
                int first = Cell(run.Start, run.Row);
                _section.AsSpan(first, run.Length).Fill(true);
                scan.Volume.CopyRow(run.Start, run.Row, slice, _hu.AsSpan(first, run.Length));
            }
        }

        private VolumeGeometry Geometry => _scan.Volume.Geometry;

        public void Split(Mask residue, Mask beyond)
        {
            bool[]? marrow = FindMarrow(out bool[] solid);
            if (marrow is not null)
            {
                SplitByThickness(marrow, solid, residue, beyond);
            }
            else
            {
                SplitByOpening(residue, beyond);
            }
        }

        private int Cell(int column, int row) => ((row - _box.MinRow + 1) * _plane.ColumnCount) + column - _box.MinColumn + 1;

        /// <summary>
        /// What dense pixels enclose, at the level that encloses most: too high a level breaks a thin cortex, too low a one counts spongy bone
        /// as cortex. Null where nothing or little is enclosed.
        /// </summary>
        private bool[]? FindMarrow(out bool[] solid)
        {
            var histogram = new HuHistogram();
            float seedHu = SeparationParameters.SeedHu;
            int size = 0;
            for (int i = 0; i < _section.Length; i++)
            {
                if (_section[i])
                {
                    size++;
                    if (_hu[i] >= seedHu)
                    {
                        histogram.Add(_hu[i]);
                    }
                }
            }

            double cortex = histogram.Percentile(0.9);
            bool[]? best = null;
            solid = _section;
            int most = (int)(SeparationParameters.MarrowLeastFraction * size);
            foreach (double fraction in SeparationParameters.CortexLevels)
            {
                double level = Math.Max(fraction * cortex, _scan.ThresholdHu + (2 * _scan.NoiseHu));
                for (int i = 0; i < _section.Length; i++)
                {
                    _plane.Inside[i] = _section[i] && _hu[i] >= level;
                }

                bool[] dense = [.. _plane.Inside];
                _plane.FillHoles();
                int count = 0;
                for (int i = 0; i < dense.Length; i++)
                {
                    count += _plane.Inside[i] && _section[i] && !dense[i] ? 1 : 0;
                }

                if (count > most)
                {
                    most = count;
                    solid = [.. _plane.Inside];
                    best = new bool[dense.Length];
                    for (int i = 0; i < dense.Length; i++)
                    {
                        best[i] = solid[i] && _section[i] && !dense[i];
                    }
                }
            }

            return best;
        }

        private void SplitByThickness(bool[] marrow, bool[] solid, Mask residue, Mask beyond)
        {
            _plane.Distance.Measure(
                marrow, target: true, _plane.ColumnCount, _plane.RowCount, Geometry.BetweenColumnsMm, Geometry.BetweenRowsMm, _plane.Mm);
            var thickness = new List<float>();
            for (int row = 1; row < _plane.RowCount - 1; row++)
            {
                for (int column = 1; column < _plane.ColumnCount - 1; column++)
                {
                    int i = (row * _plane.ColumnCount) + column;
                    if (solid[i] && !(solid[i - 1] && solid[i + 1] && solid[i - _plane.ColumnCount] && solid[i + _plane.ColumnCount]))
                    {
                        thickness.Add(_plane.Mm[i]);
                    }
                }
            }

            thickness.Sort();
            double usual = thickness[(int)(SeparationParameters.CortexThicknessFraction * (thickness.Count - 1))];
            double pixel = (Geometry.BetweenColumnsMm + Geometry.BetweenRowsMm) / 2;
            Mark(i => _plane.Mm[i] > (SeparationParameters.CortexThicknessFactor * usual) + SeparationParameters.SplitMarginMm, residue);
            Mark(i => _plane.Mm[i] > usual + (pixel / 2), beyond);
        }

        private void SplitByOpening(Mask residue, Mask beyond)
        {
            float inscribed = 0;
            _plane.Distance.Measure(
                _section, target: false, _plane.ColumnCount, _plane.RowCount, Geometry.BetweenColumnsMm, Geometry.BetweenRowsMm, _plane.Mm);
            foreach (float mm in _plane.Mm)
            {
                inscribed = Math.Max(inscribed, mm);
            }

            // A ring or a plate, such as the skull, has no body that its parts could stand out from.
            double disc = Math.PI * inscribed * inscribed;
            if (System.MemoryExtensions.Count(_section.AsSpan(), true) * Geometry.PixelAreaMm2 > SeparationParameters.SplitGreatestSectionDiscs * disc)
            {
                return;
            }

            double radius = SeparationParameters.SplitOpeningFraction * inscribed;
            for (int i = 0; i < _section.Length; i++)
            {
                _plane.Inside[i] = _plane.Mm[i] > radius;
            }

            _plane.Distance.Measure(
                _plane.Inside, target: true, _plane.ColumnCount, _plane.RowCount, Geometry.BetweenColumnsMm, Geometry.BetweenRowsMm, _plane.Mm);
            Mark(i => _plane.Mm[i] > radius + SeparationParameters.SplitMarginMm, residue);
            Mark(i => _plane.Mm[i] > radius, beyond);
        }

        private void Mark(Func<int, bool> isMarked, Mask target)
        {
            for (int row = 0; row < _box.RowCount; row++)
            {
                Span<ulong> words = target.Row(_box.MinRow + row, _slice);
                for (int column = 0; column < _box.ColumnCount; column++)
                {
                    int i = ((row + 1) * _plane.ColumnCount) + column + 1;
                    if (_section[i] && isMarked(i))
                    {
                        int at = _box.MinColumn + column;
                        words[at >> 6] |= 1UL << (at & 63);
                    }
                }
            }
        }
    }
}
