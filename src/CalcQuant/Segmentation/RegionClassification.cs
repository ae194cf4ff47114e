using System.Globalization;
using CalcQuant.Imaging;
using CalcQuant.Measurement;

namespace CalcQuant.Segmentation;

/// <summary>Parts the dense voxels of the body into regions and says of each what it is.</summary>
internal sealed class RegionClassification : IDisposable
{
    /// <summary>Who draws bone knows it, but draws its border only about right.</summary>
    private const double GivenBoneConfidence = 0.95;

    private readonly BodyScan _scan;
    private readonly SkeletonModel _skeleton;
    private readonly CtAcquisition _acquisition;
    private readonly Connectivity _connectivity;
    private readonly List<SegmentedRegion> _regions = [];
    private readonly Merged _noise = new(), _bone = new(), _spongy = new();
    private Mask? _streaks, _atMetal;
    private Mask _boneWithFringe;

    /// <summary>Creates the classification of a scan whose skeleton is known.</summary>
    public RegionClassification(BodyScan scan, SkeletonModel skeleton, CtAcquisition acquisition, Connectivity connectivity)
    {
        _scan = scan;
        _skeleton = skeleton;
        _boneWithFringe = skeleton.Bone;
        _acquisition = acquisition;
        _connectivity = connectivity;
    }

    /// <summary>Uncertain findings that were merged, since there were too many.</summary>
    public int MergedUncertainCount { get; private set; }

    /// <summary>Entries that they were merged into, one a structure.</summary>
    public int MergedEntryCount { get; private set; }

    /// <summary>Cells within the skull; null where there are none.</summary>
    public Mask? SkullContent { get; private set; }

    /// <summary>The cavity of the trunk; null where there is none.</summary>
    public TrunkCavity? Cavity { get; private set; }

    /// <summary>Gives the memory of the masks back; the skeleton stays.</summary>
    public void Dispose()
    {
        _streaks?.Dispose();
        _atMetal?.Dispose();
        SkullContent?.Dispose();
        if (_boneWithFringe != _skeleton.Bone)
        {
            _boneWithFringe.Dispose();
        }
    }

    /// <summary>Classifies all dense voxels of the body.</summary>
    /// <param name="dense">The voxels; used up.</param>
    public List<SegmentedRegion> Classify(Mask dense)
    {
        List<Candidate> candidates = [];
        CellGrid.Distances? toBone = null;
        Mask? skullContent = null;
        TrunkCavity? cavity = null;
        Parallel.Invoke(
            _scan.Parallel,
            () => candidates = FindCandidates(dense),
            () => toBone = _scan.Grid.DistancesTo(_skeleton.Bone, (float)SeparationParameters.FarFromBoneMm, _scan.Parallel),
            () => skullContent = _skeleton.Exists ? BoneEnclosure.SkullContent(_scan, _skeleton.Bone) : null,
            () => cavity = TrunkCavity.Find(_scan, _skeleton.Bone));
        (SkullContent, Cavity) = (skullContent, cavity);
        return Judge(candidates, toBone!, skullContent, cavity);
    }

    /// <summary>Takes metal, bone and noise from the dense voxels: the rest is to be judged.</summary>
    private List<Candidate> FindCandidates(Mask open)
    {
        TakeMetal(open);
        TakeTeeth(open);
        VoxelRun[][] released = TakeReleased(open);
        TakeBone(open);
        using ConnectedComponents rest = _scan.Label(open, _connectivity);
        var candidates = new List<Candidate>();
        foreach (VoxelRun[] runs in released)
        {
            if (runs.Length > 0)
            {
                candidates.Add(new Candidate(runs, IsReleased: true));
            }
        }

        for (int label = 0; label < rest.Count; label++)
        {
            if (IsNoise(rest.Statistics[label]))
            {
                _noise.Add(rest.RunsOf(label));
            }
            else
            {
                candidates.Add(new Candidate(rest.RunsOf(label).ToArray(), IsReleased: false));
            }
        }

        ExcludeFromDeep(candidates);
        return candidates;
    }

    private List<SegmentedRegion> Judge(List<Candidate> candidates, CellGrid.Distances toBone, Mask? skullContent, TrunkCavity? cavity)
    {
        var findings = new Finding[candidates.Count];
        var around = new (double Soft, double Hu)[candidates.Count];
        bool isHead = skullContent is not null || _regions.Exists(region => region.Kind == RegionKind.Tooth);
        Parallel.For(0, findings.Length, _scan.Parallel, i =>
        {
            findings[i] = new Finding(_scan, _skeleton, candidates[i].Runs, toBone);
            findings[i].MeasureEnclosure(_boneWithFringe, skullContent, cavity, isHead);
            around[i] = Around(findings[i].Box);
        });

        bool isContrastScan = _acquisition.ContrastInHeader == true || findings.Any(finding => finding.IsEnhancing);
        Parallel.For(0, findings.Length, _scan.Parallel, i => findings[i].Judge(candidates[i].IsReleased, isContrastScan, around[i].Soft, around[i].Hu));
        List<Finding> reported = [];
        foreach (Finding finding in findings)
        {
            if (finding.Kind == RegionKind.SoftTissueCalcification)
            {
                DoubtStreaks(finding);
            }

            switch (finding.Kind)
            {
                case RegionKind.Bone when finding.IsSpongy:
                    _spongy.Add(finding.Runs);
                    break;
                case RegionKind.Bone:
                    _bone.Add(finding.Runs);
                    break;
                case RegionKind.Contrast:
                    SplitWall(finding, toBone, reported);
                    break;
                default:
                    reported.Add(finding);
                    break;
            }
        }

        Report(reported);
        _bone.AddTo(_regions, RegionKind.Bone, 0.8, "small pieces and fringes of bone");
        _spongy.AddTo(_regions, RegionKind.Bone, 0.7, "spongy bone within bones of the trunk, or against them");
        _noise.AddTo(_regions, RegionKind.Noise, 0.8, string.Create(
            CultureInfo.InvariantCulture, $"no more than noise of {_scan.NoiseHu:0.#} HU makes"));
        return _regions;
    }

    /// <summary>Deposits must not move the border of the deep compartment that their own depth is measured from.</summary>
    private void ExcludeFromDeep(List<Candidate> candidates)
    {
        CellGrid grid = _scan.Grid;
        using var cells = new Mask(grid.ColumnCount, grid.RowCount, grid.SliceCount);
        foreach (Candidate candidate in candidates)
        {
            foreach (VoxelRun run in candidate.Runs)
            {
                grid.Mark(run, cells);
            }
        }

        _scan.Compartments.Exclude(cells, _scan.Parallel);
    }

    private void TakeMetal(Mask open)
    {
        if (VoxelThreshold.AtLeast(_scan.Volume, SeparationParameters.MetalHu, open, _scan.Parallel) is not Mask metal)
        {
            return;
        }

        using ConnectedComponents cores = _scan.Label(metal, Connectivity.Full26);
        var sure = new Mask(open.ColumnCount, open.RowCount, open.SliceCount);
        for (int label = 0; label < cores.Count; label++)
        {
            ComponentStatistics statistics = cores.Statistics[label];
            if (statistics.VoxelCount >= SeparationParameters.MetalLeastVoxelCount && statistics.MaxHu >= SeparationParameters.MetalPeakHu)
            {
                sure.Fill(cores.RunsOf(label));
            }
        }

        if (sure.IsEmpty)
        {
            return;
        }

        VolumeGeometry geometry = _scan.Volume.Geometry;
        double halo = Math.Max(SeparationParameters.MetalHaloMm, SeparationParameters.MetalHaloPixels * Math.Max(geometry.BetweenColumnsMm, geometry.BetweenRowsMm));
        Mask near = MaskMorphology.DilateAcrossSlices(sure, _scan.Disc(halo), 1, _scan.ThreadCount, _scan.Cancellation).And(open);
        using ConnectedComponents parts = _scan.Label(near, Connectivity.Full26);
        var taken = new Mask(open.ColumnCount, open.RowCount, open.SliceCount);
        for (int label = 0; label < parts.Count; label++)
        {
            if (RowBits.Count(sure, parts.RunsOf(label)) > 0)
            {
                _regions.Add(new SegmentedRegion(
                    RegionKind.Metal,
                    0.9,
                    [string.Create(CultureInfo.InvariantCulture, $"denser than any bone or enamel, up to {parts.Statistics[label].MaxHu:0} HU, with its blur")],
                    [.. parts.RunsOf(label)]));
                taken.Fill(parts.RunsOf(label));
            }
        }

        open.AndNot(taken);
        _streaks = MaskMorphology.DilateAcrossSlices(
            sure,
            _scan.Disc(SeparationParameters.MetalStreakMm),
            Math.Max(1, (int)(SeparationParameters.MetalStreakMm / geometry.BetweenSlicesMm)),
            _scan.ThreadCount,
            _scan.Cancellation);
        _atMetal = MaskMorphology.DilateAcrossSlices(taken, StructuringElement.Square3, 1, _scan.ThreadCount, _scan.Cancellation);
    }

    private void TakeTeeth(Mask open)
    {
        using Mask? teeth = Teeth.Find(_scan, open);
        if (teeth is null)
        {
            return;
        }

        open.AndNot(teeth);
        using ConnectedComponents parts = _scan.Label(teeth, Connectivity.Full26);
        var all = new List<VoxelRun>();
        for (int label = 0; label < parts.Count; label++)
        {
            all.AddRange(parts.RunsOf(label));
        }

        _regions.Add(new SegmentedRegion(RegionKind.Tooth, 0.9, ["crowns as dense as enamel, several side by side, with the dentine around them"], RunOrder.Sort(all))
        {
            ComponentCount = parts.Count,
        });
    }

    private bool IsInSliceWithMetal(VoxelBox box)
    {
        if (_atMetal is null)
        {
            return false;
        }

        int reach = (int)Math.Ceiling(SeparationParameters.StreakSlicesMm / _scan.Volume.Geometry.BetweenSlicesMm);
        for (int slice = Math.Max(0, box.MinSlice - reach); slice <= Math.Min(_atMetal.SliceCount - 1, box.MaxSlice + reach); slice++)
        {
            if (_atMetal.Slice(slice).ContainsAnyExcept(0UL))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Doubts a deposit that may be a streak of metal.</summary>
    private void DoubtStreaks(Finding finding)
    {
        if (IsBesideMetal(finding))
        {
            finding.Doubt(UncertainStructure.MetalStreak, 0.4, "beside metal: streaks");
            return;
        }

        bool mayBeThin = finding.MedianHu < (finding.IsDeep && _scan.HasInnerAir ? SeparationParameters.DeepStreakGreatestHu : SeparationParameters.StreakGreatestHu);
        bool mayBeWide = finding.VolumeMm3 >= SeparationParameters.WideStreakLeastMm3 && finding.MedianHu < SeparationParameters.DeepStreakGreatestHu;
        if (!(mayBeThin || mayBeWide) || !IsInSliceWithMetal(finding.Box))
        {
            return;
        }

        double spreads = SpreadsAboveTissue(finding);
        bool isApart = finding.IsCompact && RowBits.Count(_streaks!, finding.Runs) == 0;
        if (mayBeThin && !(isApart && spreads >= SeparationParameters.StreakLeastSpreads))
        {
            finding.Doubt(UncertainStructure.MetalStreak, 0.4, "in slices with metal, and no denser than their streaks: may be one");
        }
        else if (mayBeWide && spreads < SeparationParameters.WideStreakLeastSpreads)
        {
            finding.Doubt(UncertainStructure.MetalStreak, 0.4, "large, in slices with metal, and hardly denser than the brightest of the tissue around it: may be a wide streak");
        }
    }

    /// <summary>
    /// How far the median of a structure lies above that of the tissue around it, in excesses of the brightest hundredth of the tissue: streaks do not come alone, so how bright they are here
    /// shows beside the structure. 0 where too little tissue is seen.
    /// </summary>
    private double SpreadsAboveTissue(Finding finding)
    {
        VolumeGeometry geometry = _scan.Volume.Geometry;
        int columns = (int)Math.Ceiling(SeparationParameters.StreakAroundMm / geometry.BetweenColumnsMm);
        int rows = (int)Math.Ceiling(SeparationParameters.StreakAroundMm / geometry.BetweenRowsMm);
        VoxelBox box = finding.Box.Grow(columns, rows, 0, _boneWithFringe);
        using Mask own = Mask.FromRuns(box, finding.Runs);
        using Mask bone = _boneWithFringe.Crop(box);
        using Mask blurred = MaskMorphology.Dilate(own.Or(bone), _scan.Disc(SeparationParameters.StreakBlurMm), 1, _scan.Cancellation);
        using Mask tissue = _scan.Body.Voxels.Crop(box).AndNot(blurred);
        var levels = new HuHistogram();
        foreach (VoxelRun run in RowBits.RunsOf(tissue, box))
        {
            for (int column = run.Start; column < run.End; column++)
            {
                levels.Add(_scan.Volume[column, run.Row, run.Slice]);
            }
        }

        if (levels.Count < SeparationParameters.StreakLeastAround)
        {
            return 0;
        }

        double middle = levels.Percentile(0.5);
        return (finding.MedianHu - middle) / Math.Max(levels.Percentile(0.99) - middle, _scan.NoiseHu);
    }

    /// <summary>True where a structure continues metal and lies mostly near it: it may be streaks.</summary>
    private bool IsBesideMetal(Finding finding)
    {
        if (_streaks is null || _atMetal is null || RowBits.Count(_atMetal, finding.Runs) == 0)
        {
            return false;
        }

        return 2 * RowBits.Count(_streaks, finding.Runs) >= RowBits.Count(finding.Runs);
    }

    private VoxelRun[][] TakeReleased(Mask open)
    {
        if (_skeleton.Released is not Mask released)
        {
            return [];
        }

        // Nothing else asks for the released voxels, so their mask may be changed.
        using ConnectedComponents structures = _scan.Label(released.And(open), Connectivity.Full26);
        VoxelRun[][] grown = NearestGrowth.Grow(_scan, open, _skeleton.Bone, structures);
        foreach (VoxelRun[] runs in grown)
        {
            RowBits.Clear(open, runs);
        }

        return grown;
    }

    /// <summary>Takes the bone and the dense fringe around it, and reports its large parts one by one.</summary>
    private void TakeBone(Mask open)
    {
        if (!_skeleton.Exists)
        {
            return;
        }

        Mask bone = MaskMorphology.Dilate(
            _skeleton.Bone, _scan.Disc(SeparationParameters.BoneFringeMm), _scan.ThreadCount, _scan.Cancellation).And(open);
        open.AndNot(bone);
        using ConnectedComponents parts = _scan.Label(bone, Connectivity.Full26);
        for (int label = 0; label < parts.Count; label++)
        {
            ReadOnlySpan<VoxelRun> runs = parts.RunsOf(label);
            bool isLarge = parts.Statistics[label].VoxelCount * _scan.VoxelMm3 >= SeparationParameters.SingleBoneMm3;
            if (isLarge && _skeleton.IsGiven)
            {
                _regions.Add(new SegmentedRegion(RegionKind.Bone, GivenBoneConfidence, ["bone in the given label volume"], [.. runs]));
                continue;
            }

            if (!isLarge || _skeleton.GroupOf(runs) is not DenseGroup group)
            {
                _bone.Add(runs);
                continue;
            }

            double confidence = Math.Clamp(0.5 + (0.1 * (group.Score - SeparationParameters.BoneScore + 1)), 0.5, 0.99);
            _regions.Add(new SegmentedRegion(RegionKind.Bone, confidence, group.Evidence, [.. runs]));
        }

        _boneWithFringe = bone.Or(_skeleton.Bone);
    }

    private bool IsNoise(ComponentStatistics statistics)
    {
        if (statistics.VoxelCount >= SeparationParameters.NoiseGreatestVoxelCount)
        {
            return false;
        }

        List<short> cells = CellsAround(statistics.Bounds);
        double around = cells.Count == 0 ? 0 : cells[cells.Count / 2];
        return statistics.MaxHu < Math.Max(around, 0) + (SeparationParameters.NoisePeakSigmas * _scan.NoiseHu);
    }

    /// <summary>HU of the cells around a box in its middle slice, sorted.</summary>
    private List<short> CellsAround(VoxelBox box)
    {
        CellGrid grid = _scan.Grid;
        int left = (box.MinColumn / grid.ColumnFactor) - 2, right = (box.MaxColumn / grid.ColumnFactor) + 2;
        int top = (box.MinRow / grid.RowFactor) - 2, bottom = (box.MaxRow / grid.RowFactor) + 2;
        ReadOnlySpan<short> hu = grid.MeanHu((box.MinSlice + box.MaxSlice) / 2);
        var values = new List<short>();
        for (int row = Math.Max(0, top); row <= Math.Min(grid.RowCount - 1, bottom); row++)
        {
            for (int column = Math.Max(0, left); column <= Math.Min(grid.ColumnCount - 1, right); column++)
            {
                if (row == top || row == bottom || column == left || column == right)
                {
                    values.Add(hu[(row * grid.ColumnCount) + column]);
                }
            }
        }

        values.Sort();
        return values;
    }

    /// <summary>Fraction of the cells around a box that are soft tissue, and the median of these, HU.</summary>
    private (double Soft, double Hu) Around(VoxelBox box)
    {
        List<short> values = CellsAround(box);
        short least = (short)SeparationParameters.SoftTissueLeastHu, greatest = (short)SeparationParameters.SoftTissueGreatestHu;
        List<short> soft = values.FindAll(hu => hu > least && hu < greatest);
        return soft.Count == 0 ? (0, 0) : ((double)soft.Count / values.Count, soft[soft.Count / 2]);
    }

    /// <summary>Parts a region of contrast medium into the medium and what is so much denser that it is calcium in the wall.</summary>
    private void SplitWall(Finding contrast, CellGrid.Distances toBone, List<Finding> reported)
    {
        double lumenHu = contrast.MedianHu;
        double wallHu = Math.Max(SeparationParameters.WallLeastHu, lumenHu + Math.Max(SeparationParameters.WallLeastExcessHu, SeparationParameters.WallSigmas * _scan.NoiseHu));
        VoxelBox box = contrast.Box;
        var lumen = new List<VoxelRun>();
        var wall = new Mask(box.ColumnCount, box.RowCount, box.SliceCount);
        float[] hu = new float[box.ColumnCount];
        foreach (VoxelRun run in contrast.Runs)
        {
            _scan.Volume.CopyRow(run.Start, run.Row, run.Slice, hu.AsSpan(0, run.Length));
            int start = 0;
            for (int i = 1; i <= run.Length; i++)
            {
                if (i == run.Length || hu[i] >= wallHu != hu[start] >= wallHu)
                {
                    if (hu[start] >= wallHu)
                    {
                        Kernels.BitRow.Fill(wall.Row(run.Row - box.MinRow, run.Slice - box.MinSlice), run.Start + start - box.MinColumn, run.Start + i - box.MinColumn);
                    }
                    else
                    {
                        lumen.Add(run with { Start = run.Start + start, End = run.Start + i });
                    }

                    start = i;
                }
            }
        }

        if (wall.IsEmpty || lumen.Count == 0)
        {
            reported.Add(contrast);
            return;
        }

        // All pieces in the wall of one lumen are one entry.
        using ConnectedComponents parts = ConnectedComponents.Label(wall, Connectivity.Full26, null, _scan.ThreadCount, _scan.Cancellation);
        var calcium = new List<VoxelRun>();
        int pieces = 0;
        for (int label = 0; label < parts.Count; label++)
        {
            VoxelRun[] runs = [.. parts.RunsOf(label).ToArray().Select(run => new VoxelRun(
                run.Slice + box.MinSlice, run.Row + box.MinRow, run.Start + box.MinColumn, run.End + box.MinColumn))];
            if (parts.Statistics[label].VoxelCount < SeparationParameters.WallLeastVoxelCount)
            {
                lumen.AddRange(runs);
                continue;
            }

            calcium.AddRange(runs);
            pieces++;
        }

        if (pieces > 0)
        {
            var finding = new Finding(_scan, _skeleton, [.. RunOrder.Sort(calcium)], toBone) { ComponentCount = pieces };
            finding.JudgeWall(lumenHu);
            reported.Add(finding);
        }

        var rest = new Finding(_scan, _skeleton, [.. RunOrder.Sort(lumen)], toBone);
        rest.JudgeLumen(contrast);
        reported.Add(rest);
    }

    /// <summary>Reports the findings one by one, but for uncertain ones where there are too many.</summary>
    private void Report(List<Finding> findings)
    {
        ShortList.Make([.. findings.Where(finding => finding.Kind == RegionKind.Uncertain)], out Finding[] doubtful, out SegmentedRegion[] merged);
        Finding[] single = [.. findings.Where(finding => finding.Kind != RegionKind.Uncertain), .. doubtful];
        var regions = new SegmentedRegion[single.Length];
        Parallel.For(0, single.Length, _scan.Parallel, i => regions[i] = single[i].ToRegion(_acquisition.PatientPosition));
        _regions.InsertRange(0, [.. regions, .. merged]);
        MergedUncertainCount = merged.Sum(region => region.ComponentCount);
        MergedEntryCount = merged.Length;
    }

    private readonly record struct Candidate(VoxelRun[] Runs, bool IsReleased);

    /// <summary>Components of one kind that make one entry.</summary>
    private sealed class Merged
    {
        private readonly List<VoxelRun> _runs = [];
        private int _count;

        public void Add(ReadOnlySpan<VoxelRun> runs)
        {
            _runs.AddRange(runs);
            _count++;
        }

        public void AddTo(List<SegmentedRegion> regions, RegionKind kind, double confidence, string evidence)
        {
            if (_count > 0)
            {
                regions.Add(new SegmentedRegion(kind, confidence, [evidence], RunOrder.Sort(_runs)) { ComponentCount = _count });
            }
        }
    }
}
