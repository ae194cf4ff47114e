using System.Globalization;
using CalcQuant.Imaging;
using CalcQuant.Measurement;

namespace CalcQuant.Segmentation;

/// <summary>Parts the dense voxels of the body into regions and says of each what it is.</summary>
internal sealed class RegionClassification
{
    private readonly BodyScan _scan;
    private readonly SkeletonModel _skeleton;
    private readonly CtAcquisition _acquisition;
    private readonly Connectivity _connectivity;
    private readonly List<SegmentedRegion> _regions = [];
    private readonly Merged _noise = new(), _bone = new();

    /// <summary>Creates the classification of a scan whose skeleton is known.</summary>
    public RegionClassification(BodyScan scan, SkeletonModel skeleton, CtAcquisition acquisition, Connectivity connectivity)
    {
        _scan = scan;
        _skeleton = skeleton;
        _acquisition = acquisition;
        _connectivity = connectivity;
    }

    /// <summary>Uncertain components merged into one entry, since there were too many.</summary>
    public int MergedUncertainCount { get; private set; }

    /// <summary>Classifies all dense voxels of the body.</summary>
    public List<SegmentedRegion> Classify(Mask dense)
    {
        Mask open = dense.Clone();
        TakeMetal(open);
        VoxelRun[][] released = TakeReleased(open);
        TakeBone(open);
        CellGrid.Distances toBone = _scan.Grid.DistancesTo(_skeleton.Bone, (float)SeparationParameters.FarFromBoneMm, _scan.Parallel);
        ConnectedComponents rest = _scan.Label(open, _connectivity);
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
            ComponentStatistics statistics = rest.Statistics[label];
            if (IsNoise(statistics))
            {
                _noise.Add(rest.RunsOf(label));
            }
            else
            {
                candidates.Add(new Candidate(rest.RunsOf(label).ToArray(), IsReleased: false));
            }
        }

        ExcludeFromDeep(candidates);
        var judged = new SegmentedRegion?[candidates.Count];
        Parallel.For(0, judged.Length, _scan.Parallel, i => judged[i] = Judge(candidates[i], toBone));
        List<SegmentedRegion> findings = [];
        for (int i = 0; i < judged.Length; i++)
        {
            if (judged[i] is not SegmentedRegion region)
            {
                _bone.Add(candidates[i].Runs);
            }
            else if (region.Kind == RegionKind.Noise)
            {
                _noise.Add(candidates[i].Runs);
            }
            else
            {
                findings.Add(region);
            }
        }

        var merged = MergeUncertain(findings);
        _regions.InsertRange(0, merged);
        _bone.AddTo(_regions, RegionKind.Bone, 0.8, "small pieces and fringes of bone");
        _noise.AddTo(_regions, RegionKind.Noise, 0.8, string.Create(
            CultureInfo.InvariantCulture, $"no more than noise of {_scan.NoiseHu:0.#} HU makes"));
        return _regions;
    }

    /// <summary>Deposits must not move the border of the deep compartment that their own depth is measured from.</summary>
    private void ExcludeFromDeep(List<Candidate> candidates)
    {
        CellGrid grid = _scan.Grid;
        var cells = new Mask(grid.ColumnCount, grid.RowCount, grid.SliceCount);
        foreach (Candidate candidate in candidates)
        {
            foreach (VoxelRun run in candidate.Runs)
            {
                Kernels.BitRow.Fill(
                    cells.Row(run.Row / grid.RowFactor, run.Slice), run.Start / grid.ColumnFactor, ((run.End - 1) / grid.ColumnFactor) + 1);
            }
        }

        _scan.Compartments.Exclude(cells, _scan.Parallel);
    }

    private void TakeMetal(Mask open)
    {
        Mask metal = GaussianBlur.Threshold(_scan.Volume, 0, SeparationParameters.MetalHu, 0, _scan.ThreadCount, _scan.Cancellation).And(open);
        if (metal.IsEmpty)
        {
            return;
        }

        ConnectedComponents parts = _scan.Label(metal, Connectivity.Full26);
        for (int label = 0; label < parts.Count; label++)
        {
            ComponentStatistics statistics = parts.Statistics[label];
            if (statistics.VoxelCount >= SeparationParameters.MetalLeastVoxelCount && statistics.MaxHu >= SeparationParameters.MetalPeakHu)
            {
                _regions.Add(new SegmentedRegion(
                    RegionKind.Metal,
                    0.9,
                    [string.Create(CultureInfo.InvariantCulture, $"denser than any bone or enamel, up to {statistics.MaxHu:0} HU")],
                    [.. parts.RunsOf(label)]));
                RowBits.Clear(open, parts.RunsOf(label));
            }
        }
    }

    private VoxelRun[][] TakeReleased(Mask open)
    {
        if (_skeleton.Released.IsEmpty)
        {
            return [];
        }

        ConnectedComponents structures = _scan.Label(_skeleton.Released.Clone().And(open), Connectivity.Full26);
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
        ConnectedComponents parts = _scan.Label(bone, Connectivity.Full26);
        for (int label = 0; label < parts.Count; label++)
        {
            ReadOnlySpan<VoxelRun> runs = parts.RunsOf(label);
            if (parts.Statistics[label].VoxelCount * _scan.VoxelMm3 < SeparationParameters.SingleBoneMm3 || _skeleton.GroupOf(runs) is not DenseGroup group)
            {
                _bone.Add(runs);
                continue;
            }

            double confidence = Math.Clamp(0.5 + (0.1 * (group.Score - SeparationParameters.BoneScore + 1)), 0.5, 0.99);
            _regions.Add(new SegmentedRegion(RegionKind.Bone, confidence, group.Evidence, [.. runs]));
        }
    }

    private bool IsNoise(ComponentStatistics statistics)
    {
        if (statistics.VoxelCount >= SeparationParameters.NoiseGreatestVoxelCount)
        {
            return false;
        }

        double around = Around(statistics.Bounds);
        return statistics.MaxHu < Math.Max(around, 0) + (SeparationParameters.NoisePeakSigmas * _scan.NoiseHu);
    }

    /// <summary>Median HU of the cells around a box, HU.</summary>
    private double Around(VoxelBox box)
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

        if (values.Count == 0)
        {
            return 0;
        }

        values.Sort();
        return values[values.Count / 2];
    }

    /// <summary>Says what a candidate is; null for a fringe of bone.</summary>
    private SegmentedRegion? Judge(Candidate candidate, CellGrid.Distances toBone)
    {
        var finding = new Finding(_scan, _skeleton, candidate.Runs, toBone);
        return finding.Judge(_acquisition, candidate.IsReleased, Around(finding.Box));
    }

    private List<SegmentedRegion> MergeUncertain(List<SegmentedRegion> findings)
    {
        List<SegmentedRegion> uncertain = [.. findings
            .Where(region => region.Kind == RegionKind.Uncertain)
            .OrderByDescending(region => region.Runs.Sum(run => (long)run.Length))
            .Skip(SeparationParameters.SingleUncertainCount)];
        if (uncertain.Count == 0)
        {
            return findings;
        }

        MergedUncertainCount = uncertain.Count;
        var merged = new Merged();
        foreach (SegmentedRegion region in uncertain)
        {
            merged.Add(region.Runs.AsSpan());
        }

        var small = uncertain.ToHashSet(ReferenceEqualityComparer.Instance);
        List<SegmentedRegion> kept = [.. findings.Where(region => !small.Contains(region))];
        merged.AddTo(kept, RegionKind.Uncertain, 0.3, "too many small uncertain components to report one by one");
        return kept;
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
