using System.Collections.Immutable;
using System.Globalization;
using CalcQuant.Measurement;

namespace CalcQuant.Segmentation;

/// <summary>A dense structure that is not bone: what it is, how deep it lies and what shape it has.</summary>
internal sealed class Finding
{
    private readonly BodyScan _scan;
    private readonly SkeletonModel _skeleton;
    private readonly VoxelRun[] _runs;
    private readonly StructureFeatures _features;
    private readonly List<string> _evidence = [];
    private double _confidence;
    private string? _reason;

    /// <summary>Measures a structure.</summary>
    public Finding(BodyScan scan, SkeletonModel skeleton, VoxelRun[] runs, CellGrid.Distances toBone)
    {
        _scan = scan;
        _skeleton = skeleton;
        _runs = runs;
        Box = VoxelBox.Around(runs);
        _features = StructureFeatures.Measure(scan.Volume, scan.ThresholdHu, runs, Box, scan.Parallel);
        BoneMm = skeleton.Exists ? toBone.Least(runs) : null;
        IsInTrunk = scan.Body.IsInTrunk(runs);
        MeasureDepth();
    }

    /// <summary>Bounds.</summary>
    public VoxelBox Box { get; }

    /// <summary>Median of its dense voxels, HU.</summary>
    public double MedianHu => _features.Dense.Percentile(0.5);

    private bool IsInTrunk { get; }

    private double? BoneMm { get; set; }

    private double PixelMm => (_scan.Volume.Geometry.BetweenColumnsMm + _scan.Volume.Geometry.BetweenRowsMm) / 2;

    private double SkinMm { get; set; }

    private double MedianSkinMm { get; set; }

    private double MedianDeepMm { get; set; }

    private double LeastDeepMm { get; set; }

    private double GreatestDeepMm { get; set; }

    /// <summary>Sampled voxels by <see cref="DepthClass"/>, as if it did not lie in a skull.</summary>
    private int[] DepthCounts { get; } = new int[(int)DepthClass.Internal + 1];

    /// <summary>True where it is a less dense part of a bone of the trunk that the skeleton left out.</summary>
    public bool IsSpongy { get; private set; }

    /// <summary>True where it lies within the skull.</summary>
    public bool IsInSkull { get; private set; }

    /// <summary>What it is, so far; <see cref="RegionKind.Bone"/> for a fringe of bone.</summary>
    public RegionKind Kind { get; private set; }

    /// <summary>Its voxels.</summary>
    public ReadOnlySpan<VoxelRun> Runs => _runs;

    /// <summary>Volume of its dense voxels, mm³.</summary>
    public double VolumeMm3 => _features.Dense.Count * _scan.VoxelMm3;

    /// <summary>True where it is so large, faint and even, deep in a trunk, that it can only be an enhancing organ or vessel.</summary>
    public bool IsEnhancing =>
        !IsSpongy
        && IsInTrunk
        && MedianDeepMm >= SeparationParameters.InternalDepthMm
        && _features.Dense.Percentile(0.5) < SeparationParameters.EnhancedGreatestHu
        && VolumeMm3 >= SeparationParameters.EnhancedLeastMm3;

    /// <summary>Looks at how bone encloses it.</summary>
    /// <param name="bone">Bone and its fringe.</param>
    /// <param name="skullContent">Cells within the skull; null where there are none.</param>
    public void MeasureEnclosure(Mask bone, Mask? skullContent)
    {
        IsInSkull = skullContent is not null && BoneEnclosure.IsWithin(_scan.Grid, skullContent, _runs);
        IsSpongy = IsInTrunk
            && MedianDeepMm >= SeparationParameters.InternalDepthMm
            && BoneMm <= SeparationParameters.FringeReachMm
            && _features.Dense.Percentile(0.95) < SeparationParameters.SpongyGreatestHu
            && BoneEnclosure.IsSpongy(_scan, bone, _runs, Box);
    }

    /// <summary>Says what it is.</summary>
    /// <param name="isReleased">True where it was parted from bone, so that it is known not to be a fringe.</param>
    /// <param name="isContrastScan">True where the header or the image shows contrast medium.</param>
    /// <param name="softAround">Fraction of its surroundings that is soft tissue.</param>
    /// <param name="aroundHu">Median HU of its surroundings.</param>
    public void Judge(bool isReleased, bool isContrastScan, double softAround, double aroundHu)
    {
        StructureFeatures f = _features;
        double p95 = f.Dense.Percentile(0.95);
        double median = f.Dense.Percentile(0.5);
        if (!isReleased && BoneMm <= SeparationParameters.FringeReachMm && IsFringe())
        {
            Kind = RegionKind.Bone;
            return;
        }

        if (!isReleased && IsSpongy)
        {
            Say(RegionKind.Bone, 0.7, null);
            return;
        }

        _evidence.Add(Density());
        DenseGroup? group = _skeleton.GroupOf(_runs);
        if (f.Marrow.Count * _scan.VoxelMm3 < SeparationParameters.MarrowLeastMm3)
        {
            _evidence.Add("no marrow");
        }

        if (isReleased && _skeleton.IsVesselWall(_runs))
        {
            Say(RegionKind.Vascular, 0.7, "calcium along a wide opacified lumen beside bone");
        }
        else if (isReleased && softAround < SeparationParameters.LeastSoftAroundReleased)
        {
            Kind = RegionKind.Bone;
        }
        else if (softAround < SeparationParameters.LeastSoftAround)
        {
            Say(RegionKind.Uncertain, 0.4, "not surrounded by soft tissue");
        }
        else if (IsContrastTube(median, p95, isContrastScan))
        {
            Say(RegionKind.Contrast, 0.8, Text($"runs {f.ExtentMm.Long:0} mm through the scan with even density, like an opacified vessel"));
        }
        else if (IsEnhancing)
        {
            Say(RegionKind.Contrast, 0.6, "large, faint and deep in the trunk: an enhancing organ or vessel");
        }
        else if (IsInSkull)
        {
            Say(RegionKind.Uncertain, 0.5, "inside the skull");
        }
        else if (!isReleased && group is { IsUncertain: true })
        {
            _evidence.AddRange(group.Evidence);
            Say(RegionKind.Uncertain, 0.5, "may be bone");
        }
        else if (IsInTrunk && JudgeInTrunk(p95))
        {
            return;
        }
        else if (_scan.Grid.SliceCount < SeparationParameters.FewSlices)
        {
            Say(RegionKind.Uncertain, 0.4, "too few slices to follow it");
        }
        else if (f.Dense.Count < SeparationParameters.NoiseGreatestVoxelCount && p95 < SeparationParameters.FaintHu)
        {
            Say(RegionKind.Uncertain, 0.4, "small and faint");
        }
        else if (p95 < _scan.ThresholdHu + SeparationParameters.LeastAboveThresholdHu)
        {
            Say(RegionKind.Uncertain, 0.4, Text($"hardly above the threshold of {_scan.ThresholdHu:0} HU"));
        }
        else if (p95 < aroundHu + SeparationParameters.LeastExcessHu)
        {
            Say(RegionKind.Uncertain, 0.4, Text($"barely denser than its surroundings ({aroundHu:0} HU)"));
        }
        else if (isContrastScan && median < SeparationParameters.LumenGreatestHu && f.ExtentMm.Long >= 3 * f.ExtentMm.Middle)
        {
            Say(RegionKind.Uncertain, 0.5, "long and faint in a scan with contrast medium: may be an opacified vessel");
        }
        else
        {
            double confidence = 0.9
                - (isReleased ? 0.15 : 0)
                - (p95 < SeparationParameters.FaintHu ? 0.2 : 0)
                - (IsInTrunk ? 0.15 : 0)
                - (f.Dense.Count < SeparationParameters.NoiseGreatestVoxelCount ? 0.1 : 0);
            Say(RegionKind.SoftTissueCalcification, confidence, isReleased ? "parted from the bone beside it" : null);
        }
    }

    /// <summary>The finding as a region, its depth, shape and distances measured.</summary>
    public SegmentedRegion ToRegion()
    {
        MeasureBoneDistance();
        List<string> evidence =
        [
            .. _evidence,
            BoneMm is double bone ? Text($"{bone:0.#} mm from bone") : "far from bone",
            Text($"{SkinMm:0.#} mm below the skin"),
        ];
        var region = new SegmentedRegion(Kind, Math.Round(_confidence, 2), [.. evidence], [.. _runs])
        {
            DepthBelowSkinMm = SkinMm,
            DistanceToBoneMm = BoneMm,
        };
        if (Kind == RegionKind.Contrast)
        {
            return region;
        }

        Morphology morphology = Shape();
        DepthClass depth = Depth(morphology);
        if (morphology == Morphology.Plaque && (depth is DepthClass.Fascial or DepthClass.Intramuscular))
        {
            morphology = Morphology.Sheet;
        }

        return region with { Depth = depth, Morphology = morphology, DepthShares = ShareDepths() };
    }

    /// <summary>Makes the finding calcium in the wall of an opacified lumen.</summary>
    public void JudgeWall(double lumenHu)
    {
        StructureFeatures f = _features;
        _evidence.Add(Text($"{f.Dense.Percentile(0.5):0} HU at a lumen of {lumenHu:0} HU"));
        Say(RegionKind.Vascular, 0.7, "calcium in the wall of an enhancing vessel or organ");
    }

    /// <summary>Makes the finding what is left of contrast medium whose wall was parted from it.</summary>
    public void JudgeLumen(Finding whole)
    {
        _evidence.Add(Density());
        Say(RegionKind.Contrast, whole._confidence, whole._reason);
        _evidence.Add("calcium in its wall reported apart");
    }

    /// <summary>Makes the finding uncertain.</summary>
    public void Doubt(double confidence, string reason) => Say(RegionKind.Uncertain, confidence, reason);

    /// <summary>In a trunk most that is dense and deep is visceral, vascular, cartilage or a piece of the chest wall.</summary>
    private bool JudgeInTrunk(double p95)
    {
        if (MedianDeepMm >= SeparationParameters.InternalDepthMm)
        {
            Say(RegionKind.Uncertain, 0.5, Text($"{MedianDeepMm:0} mm deep in the trunk: vascular or visceral"));
            return true;
        }

        if (MedianDeepMm > 0 && p95 < SeparationParameters.SeedHu)
        {
            Say(RegionKind.Uncertain, 0.5, "faint, in the wall of the trunk: cartilage, or a vessel");
            return true;
        }

        if (MedianDeepMm > 0 && _features.EndRadiusMm > 0)
        {
            Say(RegionKind.Uncertain, 0.5, "in the wall of the trunk and cut by the scan's end");
            return true;
        }

        return false;
    }

    private string Density()
    {
        double median = MedianHu;
        return Text($"{(_features.Dense.RobustDeviation <= (0.15 * median) + _scan.NoiseHu ? "homogeneous" : "inhomogeneous")} {median:0} HU");
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    /// <summary>A thin, faint rest along bone: its blur, or spongy bone under a thin cortex.</summary>
    private bool IsFringe() =>
        _features.InscribedRadiusMm < SeparationParameters.FringeRadiusMm
        && _features.Dense.Percentile(0.95) < SeparationParameters.SeedHu
        && VolumeMm3 < SeparationParameters.FringeGreatestMm3;

    private bool IsContrastTube(double median, double p95, bool isContrastScan)
    {
        StructureFeatures f = _features;
        bool isTube = f.ExtentMm.Long >= 5 * f.ExtentMm.Middle && f.ExtentMm.Middle < 3 * f.ExtentMm.Short;

        // Costal cartilage is as even and as dense as an opacified vessel and continues the ribs in the wall of the trunk.
        if (IsInTrunk && MedianDeepMm < SeparationParameters.InternalDepthMm && BoneMm <= SeparationParameters.FringeReachMm)
        {
            return false;
        }

        bool isVessel = f.IsCutTwice && f.InscribedRadiusMm < SeparationParameters.VesselGreatestRadiusMm;
        return median < SeparationParameters.LumenGreatestHu
            && p95 < SeparationParameters.LumenGreatestP95Hu
            && f.ExtentMm.Long >= SeparationParameters.VesselLeastLengthMm
            && ((isContrastScan && (isTube || isVessel)) || (isTube && f.IsCutTwice));
    }

    private void MeasureBoneDistance()
    {
        if (BoneMm is not < SeparationParameters.ExactBoneDistanceMm)
        {
            return;
        }

        float cap = (float)SeparationParameters.ExactBoneDistanceMm + 4;
        float[] mm = DistanceTransform.InBox(_skeleton.Bone, Box, _scan.Volume.Geometry, cap, 1, _scan.Cancellation);
        float least = cap;
        foreach (VoxelRun run in _runs)
        {
            int line = (((run.Slice - Box.MinSlice) * Box.RowCount) + run.Row - Box.MinRow) * Box.ColumnCount;
            for (int column = run.Start - Box.MinColumn; column < run.End - Box.MinColumn; column++)
            {
                least = Math.Min(least, mm[line + column]);
            }
        }

        // Neighbouring voxels touch: their centres are a voxel apart.
        BoneMm = Math.Max(0, least - Math.Min(_scan.Volume.Geometry.BetweenColumnsMm, _scan.Volume.Geometry.BetweenRowsMm));
    }

    private void MeasureDepth()
    {
        const int sampleCount = 4000;
        var skin = new List<double>();
        var deep = new List<double>();
        long total = 0;
        foreach (VoxelRun run in _runs)
        {
            total += run.Length;
        }

        int step = (int)Math.Max(1, total / sampleCount);
        long at = 0;
        double least = double.MaxValue;
        foreach (VoxelRun run in _runs)
        {
            for (int column = run.Start; column < run.End; column++, at++)
            {
                if (at % step == 0 || column == run.Start || column == run.End - 1)
                {
                    double mm = _scan.Compartments.SkinDepthMm(column, run.Row, run.Slice);
                    least = Math.Min(least, mm);
                    if (at % step == 0)
                    {
                        skin.Add(mm);
                        deep.Add(_scan.Compartments.DeepDepthMm(column, run.Row, run.Slice));
                    }
                }
            }
        }

        for (int i = 0; i < skin.Count; i++)
        {
            DepthCounts[(int)DepthAt(skin[i], deep[i])]++;
        }

        skin.Sort();
        deep.Sort();
        SkinMm = Math.Max(0, least);
        MedianSkinMm = skin[skin.Count / 2];
        MedianDeepMm = deep[deep.Count / 2];
        LeastDeepMm = deep[deep.Count / 20];
        GreatestDeepMm = deep[(deep.Count * 19) / 20];
    }

    /// <summary>The compartment of a single place.</summary>
    private DepthClass DepthAt(double skinMm, double deepMm) =>
        IsInTrunk && deepMm >= 2 * SeparationParameters.InternalDepthMm ? DepthClass.Internal
        : skinMm <= SeparationParameters.SkinThicknessMm ? DepthClass.Cutaneous
        : Math.Abs(deepMm) <= SeparationParameters.FascialDistanceMm + (PixelMm / 2) ? DepthClass.Fascial
        : deepMm > 0 ? DepthClass.Intramuscular
        : DepthClass.Subcutaneous;

    /// <summary>The part of the voxels in each compartment, outermost first.</summary>
    private ImmutableArray<DepthShare> ShareDepths()
    {
        if (IsInSkull)
        {
            return [new DepthShare(DepthClass.Internal, 1)];
        }

        double total = DepthCounts.Sum();
        return
        [
            .. Enum.GetValues<DepthClass>()
                .Where(depth => DepthCounts[(int)depth] > 0)
                .Select(depth => new DepthShare(depth, DepthCounts[(int)depth] / total)),
        ];
    }

    private void Say(RegionKind kind, double confidence, string? reason)
    {
        Kind = kind;
        _confidence = confidence;
        _reason = reason;
        if (reason is not null)
        {
            _evidence.Add(reason);
        }
    }

    private DepthClass Depth(Morphology morphology)
    {
        double pixel = PixelMm;
        if (SkinMm <= 1.5 * pixel && MedianSkinMm <= SeparationParameters.CutaneousDepthMm)
        {
            return DepthClass.Cutaneous;
        }

        if (IsInSkull || (IsInTrunk && MedianDeepMm >= 2 * SeparationParameters.InternalDepthMm))
        {
            return DepthClass.Internal;
        }

        bool isFlat = morphology is Morphology.Sheet or Morphology.Plaque or Morphology.Linear or Morphology.Reticular;
        if (isFlat
            && Math.Abs(MedianDeepMm) <= SeparationParameters.FascialDistanceMm + (pixel / 2)
            && 2 * _features.InscribedRadiusMm <= 3 + (2 * pixel)
            && GreatestDeepMm - LeastDeepMm <= 3.5 + (2 * pixel))
        {
            return DepthClass.Fascial;
        }

        return MedianDeepMm > 0 ? DepthClass.Intramuscular : DepthClass.Subcutaneous;
    }

    private Morphology Shape()
    {
        StructureFeatures f = _features;
        (double longest, double middle, double shortest) = f.ExtentMm;
        double fill = f.FilledCount * _scan.VoxelMm3 / Math.Max(1e-9, longest * middle * shortest);
        double thickness = 2 * f.InscribedRadiusMm;
        if (f.Holes.Count * _scan.VoxelMm3 > 0.15 * f.FilledCount * _scan.VoxelMm3 && longest >= 10)
        {
            return Morphology.Cystic;
        }

        if (VolumeMm3 < 12)
        {
            return Morphology.Punctate;
        }

        if (longest >= 8 && fill < 0.35 && thickness < 4)
        {
            return Morphology.Reticular;
        }

        if (longest >= 3.5 * middle && middle < 6)
        {
            return Morphology.Linear;
        }

        if (middle >= 2.2 * shortest && longest >= 8)
        {
            return Morphology.Plaque;
        }

        return longest > 30 ? Morphology.Tumoral : Morphology.Nodule;
    }
}
