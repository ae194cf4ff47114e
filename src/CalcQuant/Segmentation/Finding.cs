using System.Collections.Immutable;
using System.Globalization;
using CalcQuant.Imaging;
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
    private string? _reason;
    private bool _isInHead;
    private bool _isOnBone;
    private bool _isOnFinger;
    private TrunkCavity? _cavity;

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

    private bool IsHomogeneous => _features.Dense.RobustDeviation <= (0.15 * MedianHu) + _scan.NoiseHu;

    /// <summary>True where it is neither long nor flat.</summary>
    public bool IsCompact => _features.ExtentMm.Long <= SeparationParameters.SplitGreatestElongation * Math.Max(1, _features.ExtentMm.Middle)
        && _features.ExtentMm.Middle <= SeparationParameters.FlatLeastRatio * _features.ExtentMm.Short;

    /// <summary>True for an even, dense ball with soft tissue on nearly all sides, in a head: its thin bones are neither.</summary>
    private bool IsRoundAndFree => _isInHead
        && IsEven()
        && VolumeMm3 >= SeparationParameters.RoundLeastMm3
        && SoftShare >= SeparationParameters.RoundLeastSoftShare
        && _features.ExtentMm.Long <= SeparationParameters.RoundGreatestElongation * _features.ExtentMm.Short
        && MedianHu >= SeparationParameters.RoundLeastHu;

    private bool IsInTrunk { get; }

    /// <summary>True where it lies close to two bones that nearly touch there; not asked in a trunk or a head, whose bones meet in sutures, cartilage and discs.</summary>
    private bool IsAtJoint => !IsInTrunk && !_isInHead && BoneMm <= SeparationParameters.JointReachMm && Box.LongestMm(_scan.Volume.Geometry) <= SeparationParameters.JointGreatestMm && JointSpace.IsBeside(_scan, _skeleton.Bone, _runs, Box);

    /// <summary>True where bones are as thin as half a millimetre: in a head, and beside air-filled spaces outside a trunk.</summary>
    private bool IsAmongThinBones => !IsInTrunk && (_isInHead || _scan.HasInnerAir);

    /// <summary>True for what is faint, near bone and among thin ones: cut by the scan's end, it may be one of them.</summary>
    private bool MayBeFaintBoneAtEnd => IsAmongThinBones && MedianHu < SeparationParameters.ThinBoneGreatestMedianHu && BoneMm <= SeparationParameters.FaintBoneReachMm;

    /// <summary>True for a large shell around spongy bone, not far from bone: what has ossified in soft tissue has fatty marrow once it is as large, a growing bone has not.</summary>
    private bool MayBeGrowingBone => VolumeMm3 >= SeparationParameters.GrowingBoneLeastMm3
        && BoneMm <= SeparationParameters.GrowingBoneReachMm
        && _features.Core.Percentile(0.1) >= SeparationParameters.GrowingBoneLeastCoreHu
        && MayBeOssified();

    private double? BoneMm { get; set; }

    /// <summary>Share of its surface within slices that borders on air inside the body.</summary>
    private double AirShare { get; set; }

    /// <summary>Share of its surface within slices that faces soft tissue, or the skin's surface.</summary>
    private double SoftShare { get; set; }

    /// <summary>Share of its surface within slices that faces soft tissue of the body; 0 where pixels are too coarse to tell.</summary>
    private double TissueShare { get; set; }

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

    /// <summary>True where most of it lies under the surface of the muscles.</summary>
    public bool IsDeep => MedianDeepMm > 0;

    /// <summary>True where it lies within the skull.</summary>
    public bool IsInSkull { get; private set; }

    /// <summary>True where it lies in a trunk, but outside the ring of its bones or behind its spine: in muscle, however deep.</summary>
    public bool IsOutsideCavity { get; private set; }

    /// <summary>True where it lies behind the spine: beside it are muscles, no cartilage and hardly a vessel.</summary>
    public bool IsBehindSpine { get; private set; }

    /// <summary>True where it is as thin as cartilage and lies where the ribs' is.</summary>
    private bool MayBeCartilage =>
        IsInFront
        && MedianDeepMm < 2 * SeparationParameters.InternalDepthMm
        && BoneMm <= SeparationParameters.CartilageGreatestBoneMm
        && _features.InscribedRadiusMm < SeparationParameters.CartilageGreatestRadiusMm;

    /// <summary>True where it lies in the muscles beside the spine, deep as they are; see <see cref="MuscleBed"/>.</summary>
    public bool IsInMuscle { get; private set; }

    /// <summary>True where it lies deep in a trunk and, as far as is known, within its cavity.</summary>
    private bool IsDeepInCavity => IsInTrunk && !IsOutsideCavity && MedianDeepMm >= SeparationParameters.InternalDepthMm;

    /// <summary>True where viscera may lie: within a trunk, and neither outside the ring of its bones, nor in muscle, nor grown onto a bone.</summary>
    private bool MayBeVisceral => IsInTrunk && !IsOutsideCavity && !IsInMuscle && !_isOnBone;

    /// <summary>True where it lies far in front of the spine of a trunk.</summary>
    public bool IsInFront { get; private set; }

    /// <summary>What it is, so far; <see cref="RegionKind.Bone"/> for a fringe of bone.</summary>
    public RegionKind Kind { get; private set; }

    /// <summary>Connected components in it.</summary>
    public int ComponentCount { get; init; } = 1;

    /// <summary>How sure the kind is, 0 to 1.</summary>
    public double Confidence { get; private set; }

    /// <summary>What it belongs to, where it is uncertain.</summary>
    public UncertainStructure Structure { get; private set; }

    /// <summary>Its voxels.</summary>
    public ReadOnlySpan<VoxelRun> Runs => _runs;

    /// <summary>True where its densest twentieth reaches what starts a dense structure: more than contrast medium in tissue does.</summary>
    public bool IsAsDenseAsCalcium => _features.Dense.Percentile(0.95) >= SeparationParameters.SeedHu;

    /// <summary>Volume of its dense voxels, mm³.</summary>
    public double VolumeMm3 => _features.Dense.Count * _scan.VoxelMm3;

    /// <summary>
    /// True where it is so large, faint and even, deep in a trunk, that it can only be an enhancing organ or vessel. Calcified cartilage under the breastbone is as faint and large, but thin and
    /// near the ribs.
    /// </summary>
    public bool IsEnhancing =>
        !IsSpongy
        && IsInTrunk
        && MedianDeepMm >= SeparationParameters.InternalDepthMm
        && !MayBeCartilage
        && _features.Dense.Percentile(0.5) < SeparationParameters.EnhancedGreatestHu
        && VolumeMm3 >= SeparationParameters.EnhancedLeastMm3;

    /// <summary>Looks at how bone encloses it.</summary>
    /// <param name="bone">Bone and its fringe.</param>
    /// <param name="skullContent">Cells within the skull; null where there are none.</param>
    /// <param name="cavity">Where a trunk's viscera lie; null where that is not known.</param>
    /// <param name="isHead">True where the series shows a skull or teeth.</param>
    public void MeasureEnclosure(Mask bone, Mask? skullContent, TrunkCavity? cavity, bool isHead)
    {
        _isInHead = isHead && !IsInTrunk;
        MeasureBorder(bone);
        if (IsInTrunk && cavity is not null)
        {
            (IsOutsideCavity, IsBehindSpine, IsInFront) = cavity.Locate(_runs);
        }

        _cavity = cavity;
        IsInMuscle = cavity is not null && IsDeepInCavity && IsCompact && MuscleBed.Holds(_scan, bone, cavity, _runs, Box);
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

        // A solid nodule was looked at in three dimensions where it was parted; of any other piece its sections must tell, unless it is round and free.
        bool isCyst = isReleased && _skeleton.IsCyst(_runs);
        bool isOnBone = isCyst || (isReleased && _skeleton.IsSolidNodule(_runs));
        bool isSolid = isOnBone || (isReleased && IsRoundAndFree);
        bool isPiece = isReleased && !isSolid;
        bool hasLessDenseCore = f.Rim.Percentile(0.75) > f.Core.Percentile(0.5) + _scan.NoiseHu;
        bool isStump = IsStumpAtEnd();
        if (isReleased && _skeleton.IsVesselWall(_runs))
        {
            SayWall("calcium along a wide opacified lumen beside bone");
        }
        else if (isPiece && softAround < SeparationParameters.LeastSoftAroundReleased && SoftShare < SeparationParameters.ReleasedLeastSoftShare)
        {
            Kind = RegionKind.Bone;
        }
        else if (!isSolid && softAround < SeparationParameters.LeastSoftAround && TissueShare < SeparationParameters.LeastTissueShare)
        {
            Doubt(UncertainStructure.Exposed, 0.4, "not surrounded by soft tissue");
        }
        else if (isPiece && (IsInTrunk || (f.InscribedRadiusMm >= SeparationParameters.UnevenLeastRadiusMm && (!IsEven() || (!IsHomogeneous && VolumeMm3 >= SeparationParameters.UnevenLeastMm3)))))
        {
            Doubt(UncertainStructure.SkeletalFringe, 0.4, IsInTrunk ? "at a bone of the trunk: may be a part of it" : "uneven, at bone: may be a part of it");
        }
        else if (SkinMm <= 1.5 * PixelMm
            && MedianSkinMm <= SeparationParameters.CutaneousDepthMm
            && f.ExtentMm.Long >= SeparationParameters.ShellLeastElongation * f.ExtentMm.Short
            && !IsAsDenseAsCalcium
            && 2 * f.InscribedRadiusMm <= SeparationParameters.ShellGreatestMm
            && ContinuesOutside())
        {
            Doubt(UncertainStructure.Exposed, 0.4, "thin, at the skin, and continued outside the body: couch or clothing that touches it");
        }
        else if (!isContrastScan && !isReleased && PlainVesselRadiusMm() is double vesselRadius)
        {
            SayWall(Text($"on the wall of a round body of blood, about {2 * vesselRadius:0} mm wide, in front of the spine"));
        }
        else if (AirShare >= SeparationParameters.AirGreatestShare)
        {
            Doubt(UncertainStructure.Exposed, 0.4, Text($"{100 * AirShare:0} % of its surface borders on air inside the body: the wall of a sinus or an airway, or contents of bowel"));
        }
        else if (isReleased && _isInHead && !(isSolid && SoftShare >= SeparationParameters.SolidHeadLeastSoftShare))
        {
            Doubt(UncertainStructure.SkeletalFringe, 0.4, "at a bone of the head: may be one of its thin bones");
        }
        else if (IsCutByImage())
        {
            Doubt(UncertainStructure.Unfollowed, 0.4, "cut by the edge of the image: what it belongs to is not seen");
        }
        else if (isPiece && !IsCompact)
        {
            Doubt(UncertainStructure.SkeletalFringe, 0.4, "flat or long, at bone: may be a part of it");
        }
        else if (isPiece && VolumeMm3 >= SeparationParameters.PieceGreatestMm3 && _scan.HasInnerAir)
        {
            Doubt(UncertainStructure.SkeletalFringe, 0.4, "stands out of the bone in its slices, but is no solid, round body: may be a part of it");
        }
        else if (isPiece && SoftShare < SeparationParameters.ReleasedLeastSoftShare)
        {
            Doubt(UncertainStructure.SkeletalFringe, 0.4, Text($"only {100 * SoftShare:0} % of its surface faces soft tissue: may be a part of the bone"));
        }
        else if (IsContrastTube(median, p95, isContrastScan))
        {
            Say(RegionKind.Contrast, 0.8, Text($"runs {f.ExtentMm.Long:0} mm through the scan with even density, like an opacified vessel"));
        }
        else if (IsEnhancing)
        {
            Say(RegionKind.Contrast, 0.6, "large, faint and deep in the trunk: an enhancing organ or vessel");
        }
        else if (median < SeparationParameters.SpongyGreatestMedianHu
            && VolumeMm3 >= SeparationParameters.FaintBoneLeastMm3
            && f.Marrow.Count * _scan.VoxelMm3 >= SeparationParameters.MarrowLeastMm3
            && (hasLessDenseCore || (IsDeep && BoneMm <= SeparationParameters.FaintBoneReachMm)))
        {
            Doubt(UncertainStructure.SkeletalFringe, 0.4, hasLessDenseCore
                ? "large and faint around a less dense core: may be bone poor in calcium"
                : Text($"large and faint, {BoneMm:0} mm from bone: may be bone poor in calcium"));
        }
        else if (MayBeBoneAtBone(median, isReleased))
        {
            Doubt(UncertainStructure.SkeletalFringe, 0.4, Text($"faint or coarsely sampled, {BoneMm:0.#} mm from bone: may be a part of it"));
        }
        else if (IsInSkull)
        {
            Doubt(UncertainStructure.SkullContent, 0.5, "inside the skull");
        }
        else if (!isReleased && group is { IsUncertain: true })
        {
            _evidence.AddRange(group.Evidence);
            Doubt(UncertainStructure.SkeletalFringe, 0.5, "may be bone");
        }
        else if (IsInTrunk && JudgeInTrunk(p95, aroundHu, isOnBone))
        {
            return;
        }
        else if (!isReleased && f.EndRadiusMm >= SeparationParameters.StumpLeastRadiusMm && (isStump ? IsAsDenseAsCalcium || _scan.HasInnerAir : MayBeFaintBoneAtEnd))
        {
            Doubt(UncertainStructure.SkeletalFringe, 0.4, isStump ? "cut by the scan's end after a few millimetres: may be bone that continues" : "faint, near bone and cut by the scan's end: may be bone that continues");
        }
        else if (!isReleased && f.EndRadiusMm > 0 && MayBeOssified())
        {
            Doubt(UncertainStructure.SkeletalFringe, 0.4, "a shell around what may be marrow, cut by the scan's end: may be bone that continues");
        }
        else if (!isReleased && MayBeGrowingBone)
        {
            Doubt(UncertainStructure.SkeletalFringe, 0.4, Text($"a shell around spongy bone of {f.Core.Percentile(0.5):0} HU, {BoneMm:0} mm from bone: ossified, or a growing bone"));
        }
        else if (_scan.Grid.SliceCount < SeparationParameters.FewSlices)
        {
            Doubt(UncertainStructure.Unfollowed, 0.4, "too few slices to follow it");
        }
        else if (f.Dense.Count < SeparationParameters.NoiseGreatestVoxelCount
            && p95 < FaintHu(isContrastScan, aroundHu))
        {
            Doubt(UncertainStructure.FaintSpeck, 0.4, "small and faint");
        }
        else if (p95 < _scan.ThresholdHu + SeparationParameters.LeastAboveThresholdHu)
        {
            Doubt(UncertainStructure.FaintSpeck, 0.4, Text($"hardly above the threshold of {_scan.ThresholdHu:0} HU"));
        }
        else if (p95 < aroundHu + SeparationParameters.LeastExcessHu)
        {
            Doubt(UncertainStructure.EnhancingTissue, 0.4, Text($"barely denser than its surroundings ({aroundHu:0} HU)"));
        }
        else if (isContrastScan && median < SeparationParameters.LumenGreatestHu
            && (!IsInTrunk || p95 < SeparationParameters.LumenGreatestHu) && f.ExtentMm.Long >= 3 * f.ExtentMm.Middle)
        {
            Doubt(UncertainStructure.Vessel, 0.5, "long and faint in a scan with contrast medium: may be an opacified vessel");
        }
        else
        {
            double confidence = SeparationParameters.DepositConfidence
                - (isReleased ? SeparationParameters.ReleasedDoubt : 0)
                - (p95 < SeparationParameters.FaintHu ? SeparationParameters.FaintDoubt : 0)
                - (IsInTrunk ? SeparationParameters.TrunkDoubt : 0)
                - (f.Dense.Count < SeparationParameters.NoiseGreatestVoxelCount ? SeparationParameters.FewVoxelsDoubt : 0);
            _isOnBone = isOnBone;
            _isOnFinger = _skeleton.HasFingers && isReleased && (isOnBone
                || (VolumeMm3 >= SeparationParameters.AtBoneLeastMm3 && SoftShare <= SeparationParameters.AtBoneGreatestSoftShare));
            if (IsInMuscle)
            {
                _evidence.Add("no fat between it and the bone, hardly any around it: in the muscle beside the spine");
            }

            string? parted = isCyst ? "a shell of calcium around fluid with a horizontal level, beside bone"
                : isOnBone ? "a solid, round body on a bone, joined to it by less than half of its surface"
                : isSolid ? Text($"a round body beside bone, {100 * SoftShare:0} % of its surface faces soft tissue")
                : isReleased ? Text($"parted from the bone beside it, {100 * SoftShare:0} % of its surface faces soft tissue")
                : null;
            Say(RegionKind.SoftTissueCalcification, confidence, parted);
        }
    }

    /// <summary>The finding as a region, its depth, shape and distances measured.</summary>
    /// <param name="patientPosition">Patient Position (0018,5100): says where the ground is; null where the header does not.</param>
    public SegmentedRegion ToRegion(string? patientPosition)
    {
        MeasureBoneDistance();
        List<string> evidence =
        [
            .. _evidence,
            BoneMm is double bone ? Text($"{bone:0.#} mm from bone") : "far from bone",
            Text($"{SkinMm:0.#} mm below the skin"),
        ];
        var region = new SegmentedRegion(Kind, Math.Round(Confidence, 2), [.. evidence], [.. _runs])
        {
            DepthBelowSkinMm = SkinMm,
            DistanceToBoneMm = BoneMm,
            ComponentCount = ComponentCount,
            Structure = Kind == RegionKind.Uncertain ? Structure.Name() : null,
        };
        if (Kind == RegionKind.Contrast)
        {
            return region;
        }

        LesionMorphology shape = LesionMorphology.Of(_features, _scan.VoxelMm3, LucentShare());
        DepthClass depth = Depth(shape.Class);
        if (_isOnFinger && !IsDeep && depth == DepthClass.Intramuscular)
        {
            evidence.Add("on a bone of a hand or foot: counted as below the fascia, though fat lies around it");
        }

        if (depth == DepthClass.Periarticular)
        {
            evidence.Add(Text($"within {SeparationParameters.JointReachMm:0} mm of two dense parts of the skeleton that are about {SeparationParameters.JointSpaceMm:0} mm apart there or less: a joint, a growth plate or a break"));
        }

        if (shape.Class == Morphology.Plaque && (depth is DepthClass.Fascial or DepthClass.Intramuscular))
        {
            shape = shape with { Class = Morphology.Sheet };
        }

        FluidLevel? level = shape.Class == Morphology.Cystic && FluidLevelSearch.Gravity(patientPosition) is { } gravity
            ? FluidLevelSearch.Find(_scan, _runs, Box, _features.Holes.Percentile(0.25), gravity)
            : null;
        bool mayBeOssified = level is null && shape.Class != Morphology.Phlebolith && MayBeOssified();
        if (level is not null)
        {
            evidence.Add(Text($"fluid of {level.FluidHu:0} HU above {level.SedimentHu:0} HU with a horizontal level ({100 * level.LevelShare:0} % of the lower border)"));
        }

        if (mayBeOssified)
        {
            evidence.Add(Text($"a shell around a core of {_features.Core.Percentile(0.1):0} HU, like marrow: possibly ossified"));
        }

        if (shape.Class == Morphology.Phlebolith)
        {
            evidence.Add("small and round with a less dense centre, like a phlebolith");
        }

        return region with
        {
            Evidence = [.. evidence],
            Depth = depth,
            Morphology = shape.Class,
            MorphologyConfidence = Math.Round(shape.Confidence, 2),
            PossibleOssification = mayBeOssified,
            FluidLevel = level,
            DepthShares = ShareDepths(depth),
        };
    }

    /// <summary>Makes the finding calcium in the wall of an opacified lumen.</summary>
    public void JudgeWall(double lumenHu)
    {
        StructureFeatures f = _features;
        _evidence.Add(Text($"{f.Dense.Percentile(0.5):0} HU at a lumen of {lumenHu:0} HU"));
        SayWall("calcium in the wall of an enhancing vessel or organ");
    }

    /// <summary>Makes the finding what is left of contrast medium whose wall was parted from it.</summary>
    public void JudgeLumen(Finding whole)
    {
        _evidence.Add(Density());
        Say(RegionKind.Contrast, whole.Confidence, whole._reason);
        _evidence.Add("calcium in its wall reported apart");
    }

    /// <summary>Makes the finding uncertain.</summary>
    /// <param name="structure">What it belongs to.</param>
    /// <param name="confidence">How sure that is, 0 to 1.</param>
    /// <param name="reason">Why, in words and numbers.</param>
    public void Doubt(UncertainStructure structure, double confidence, string reason)
    {
        Structure = structure;
        Say(RegionKind.Uncertain, confidence, reason);
    }

    /// <summary>In a trunk most that is dense and deep is visceral, vascular, cartilage or a piece of the chest wall.</summary>
    private bool JudgeInTrunk(double p95, double aroundHu, bool isOnBone)
    {
        if (!IsOutsideCavity && !isOnBone && MedianSkinMm >= SeparationParameters.VisceralSkinMm && MedianDeepMm < SeparationParameters.InternalDepthMm)
        {
            // Fat between viscera may hang together with that under the skin where muscle is thin or the pixels are coarse.
            Doubt(UncertainStructure.Viscera, 0.5, Text($"{MedianSkinMm:0} mm below the skin of the trunk: vascular or visceral"));
            return true;
        }

        if (IsDeepInCavity && !IsInMuscle && !isOnBone)
        {
            Doubt(UncertainStructure.Viscera, 0.5, Text($"{MedianDeepMm:0} mm deep in the trunk: vascular or visceral"));
            return true;
        }

        if (MedianDeepMm > 0 && !IsBehindSpine && p95 < SeparationParameters.SeedHu)
        {
            Doubt(UncertainStructure.TrunkWall, 0.5, "faint, in the wall of the trunk: cartilage, or a vessel");
            return true;
        }

        if (!IsBehindSpine && aroundHu >= SeparationParameters.CartilageLeastHu)
        {
            Doubt(UncertainStructure.TrunkWall, 0.5, Text($"within tissue of {aroundHu:0} HU: a speck in cartilage or in an enhancing organ"));
            return true;
        }

        if (MedianDeepMm > -SeparationParameters.CartilageGreatestOutsideMm && !IsBehindSpine && VolumeMm3 >= SeparationParameters.CartilageLeastMm3 && MedianHu < SeparationParameters.CartilageGreatestHu)
        {
            Doubt(UncertainStructure.TrunkWall, 0.5, "faint, in the wall of the trunk or just under its skin: calcified cartilage");
            return true;
        }

        if (IsInFront && MedianDeepMm > 0 && VolumeMm3 >= SeparationParameters.RibEndLeastMm3 && MedianHu < SeparationParameters.RibEndGreatestHu)
        {
            Doubt(UncertainStructure.TrunkWall, 0.5, "in the front wall of the trunk and no denser than the blurred end of a rib or calcified cartilage");
            return true;
        }

        if (MedianDeepMm > 0 && _features.EndRadiusMm > 0)
        {
            Doubt(UncertainStructure.TrunkWall, 0.5, "in the wall of the trunk and cut by the scan's end");
            return true;
        }

        return false;
    }

    /// <summary>Radius of the unopacified vessel in whose wall it lies, mm; null where it lies in none.</summary>
    private double? PlainVesselRadiusMm() =>
        _cavity is not null && IsDeepInCavity && !IsInMuscle && VolumeMm3 <= SeparationParameters.WallGreatestMm3 ? PlainVessel.RadiusAt(_scan, _cavity, _runs) : null;

    /// <summary>What a small structure must reach: less in the fat under the skin, far from bone, where no vessel is opacified.</summary>
    private double FaintHu(bool isContrastScan, double aroundHu)
    {
        bool isInFat = MedianDeepMm < 0 && !isContrastScan && !(BoneMm < SeparationParameters.FaintLeastBoneMm);
        return isInFat ? Math.Min(SeparationParameters.FaintHu, aroundHu + SeparationParameters.FaintExcessHu) : SeparationParameters.FaintHu;
    }

    private string Density()
    {
        return Text($"{(IsHomogeneous ? "homogeneous" : "inhomogeneous")} {MedianHu:0} HU");
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    /// <summary>A thin, faint rest along bone: its blur, or spongy bone under a thin cortex.</summary>
    private bool IsFringe() =>
        _features.InscribedRadiusMm < SeparationParameters.FringeRadiusMm
        && _features.Dense.Percentile(0.95) < SeparationParameters.SeedHu
        && VolumeMm3 < SeparationParameters.FringeGreatestMm3;

    /// <summary>
    /// True for what lies at bone and could be spongy bone under a cortex too thin to see, or the blur of the bone in the next slice: it is faint, the more so in one or two thick
    /// slices or flat at a thin bone, or the pixels are so coarse that nothing at bone can be told from it.
    /// </summary>
    private bool MayBeBoneAtBone(double median, bool isReleased)
    {
        double pixel = Math.Max(_scan.Volume.Geometry.BetweenColumnsMm, _scan.Volume.Geometry.BetweenRowsMm);
        bool isCapOfThickSlice = _scan.Volume.Geometry.BetweenSlicesMm >= SeparationParameters.ThickSliceMm
            && Box.SliceCount <= 2
            && !IsAsDenseAsCalcium
            && BoneMm <= SeparationParameters.ThickSliceReachMm;
        return isCapOfThickSlice
            || (!isReleased && pixel > SeparationParameters.SplitGreatestPixelMm && BoneMm <= SeparationParameters.CoarseContactPixels * pixel)
            || (!isReleased && IsAmongThinBones && !IsCompact && median < SeparationParameters.ThinBoneGreatestMedianHu && BoneMm <= SeparationParameters.BoneContactMm)
            || (median < SeparationParameters.SpongyGreatestMedianHu
                && (BoneMm <= SeparationParameters.BoneContactMm
                    || (BoneMm <= SeparationParameters.FringeReachMm && VolumeMm3 >= SeparationParameters.SpongyLeastMm3)));
    }

    /// <summary>What lies a little off its surface, within its slices.</summary>
    private void MeasureBorder(Mask bone)
    {
        VolumeGeometry geometry = _scan.Volume.Geometry;
        int columns = (int)Math.Ceiling(SeparationParameters.BorderMm / geometry.BetweenColumnsMm);
        int rows = (int)Math.Ceiling(SeparationParameters.BorderMm / geometry.BetweenRowsMm);
        float tissueHu = SeparationParameters.TissueHu, softLeastHu = SeparationParameters.SoftTissueLeastHu, softGreatestHu = SeparationParameters.SoftTissueGreatestHu;
        using var surface = new StructureFaces(_runs, Box);
        long faces = 0, air = 0, soft = 0, tissue = 0;
        surface.Visit(face =>
        {
            int column = face.Column + (columns * face.ColumnStep), row = face.Row + (rows * face.RowStep);
            if (column < 0 || row < 0 || column >= geometry.ColumnCount || row >= geometry.RowCount || surface.Holds(column, row, face.Slice))
            {
                return;
            }

            faces++;
            float hu = _scan.Volume[column, row, face.Slice];
            bool isOutside = !_scan.Body.Voxels[column, row, face.Slice];
            air += hu < tissueHu && !isOutside ? 1 : 0;
            bool isSoft = hu > softLeastHu && hu < softGreatestHu;
            bool isTissue = !isOutside && isSoft && !bone[column, row, face.Slice];
            tissue += isTissue ? 1 : 0;
            soft += isOutside || isTissue ? 1 : 0;
        });
        TissueShare = faces == 0 || PixelMm > SeparationParameters.BorderMm ? 0 : (double)tissue / faces;
        AirShare = faces == 0 ? 0 : (double)air / faces;
        SoftShare = faces == 0 ? 0 : (double)soft / faces;
    }

    /// <summary>True where matter outside the body lies beside it at its ends: a shell that only touches the skin goes on there.</summary>
    private bool ContinuesOutside()
    {
        VolumeGeometry geometry = _scan.Volume.Geometry;
        int columns = (int)Math.Ceiling(SeparationParameters.ShellReachMm / geometry.BetweenColumnsMm);
        int rows = (int)Math.Ceiling(SeparationParameters.ShellReachMm / geometry.BetweenRowsMm);
        float shellHu = SeparationParameters.ShellLeastHu;
        long outside = 0;
        for (int slice = Box.MinSlice; slice <= Box.MaxSlice; slice++)
        {
            for (int row = Math.Max(0, Box.MinRow - rows); row <= Math.Min(geometry.RowCount - 1, Box.MaxRow + rows); row++)
            {
                for (int column = Math.Max(0, Box.MinColumn - columns); column <= Math.Min(geometry.ColumnCount - 1, Box.MaxColumn + columns); column++)
                {
                    outside += !_scan.Body.Voxels[column, row, slice] && _scan.Volume[column, row, slice] > shellHu && !IsBesideBody(column, row, slice) ? 1 : 0;
                }
            }
        }

        return outside >= SeparationParameters.ShellLeastOutside * RowBits.Count(_runs);
    }

    /// <summary>True where it may be the blur of the skin: less dense than tissue, and close to the body or in the slice beside it.</summary>
    private bool IsBesideBody(int column, int row, int slice)
    {
        if (_scan.Volume[column, row, slice] >= SeparationParameters.TissueHu)
        {
            return false;
        }

        int pixels = (int)Math.Ceiling(SeparationParameters.SkinBlurMm / PixelMm);
        Mask body = _scan.Body.Voxels;
        return (column >= pixels && body[column - pixels, row, slice])
            || (column + pixels < body.ColumnCount && body[column + pixels, row, slice])
            || (row >= pixels && body[column, row - pixels, slice])
            || (row + pixels < body.RowCount && body[column, row + pixels, slice])
            || (slice > 0 && body[column, row, slice - 1])
            || (slice + 1 < body.SliceCount && body[column, row, slice + 1]);
    }

    private bool IsCutByImage() => Box.MinColumn == 0 || Box.MinRow == 0
        || Box.MaxColumn == _scan.Volume.Geometry.ColumnCount - 1 || Box.MaxRow == _scan.Volume.Geometry.RowCount - 1;

    /// <summary>True where the volume holds no more of it along the slices than the end of a bone that enters it.</summary>
    private bool IsStumpAtEnd() => Box.SliceCount * _scan.Volume.Geometry.BetweenSlicesMm <= SeparationParameters.StumpGreatestMm;

    /// <summary>True where the densest tenth exceeds the median as little as a deposit's does; bone holds cortex beside less dense bone.</summary>
    private bool IsEven()
    {
        double median = MedianHu;
        return _features.Dense.Percentile(0.9) - median <= (SeparationParameters.SplitGreatestVariation * median) + (2 * _scan.NoiseHu);
    }

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
        if (!(BoneMm < SeparationParameters.ExactBoneDistanceMm))
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
        int step = (int)Math.Max(1, RowBits.Count(_runs) / sampleCount);
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

    private void SayWall(string reason)
    {
        if (_scan.Grid.SliceCount < SeparationParameters.FewSlices)
        {
            Doubt(UncertainStructure.ArterialWall, 0.5, reason);
        }
        else
        {
            Say(RegionKind.Vascular, 0.7, reason);
        }
    }

    /// <summary>The compartment of a single place.</summary>
    private DepthClass DepthAt(double skinMm, double deepMm) =>
        IsInTrunk && deepMm >= 2 * SeparationParameters.InternalDepthMm ? DepthClass.Internal
        : skinMm <= SeparationParameters.SkinThicknessMm ? DepthClass.Cutaneous
        : Math.Abs(deepMm) <= SeparationParameters.FascialDistanceMm + (PixelMm / 2) ? DepthClass.Fascial
        : deepMm > 0 ? DepthClass.Intramuscular
        : DepthClass.Subcutaneous;

    /// <summary>The part of the voxels in each compartment, outermost first.</summary>
    private ImmutableArray<DepthShare> ShareDepths(DepthClass depth)
    {
        if (IsInSkull)
        {
            return [new DepthShare(DepthClass.Internal, 1)];
        }

        // The places were named before it was known that what lies so deep is muscle.
        int[] counts = [.. DepthCounts];
        if (!MayBeVisceral)
        {
            counts[(int)DepthClass.Intramuscular] += counts[(int)DepthClass.Internal];
            counts[(int)DepthClass.Internal] = 0;
        }

        if (depth == DepthClass.Periarticular)
        {
            // The muscle around a joint is what the joint's own name stands for.
            (counts[(int)DepthClass.Periarticular], counts[(int)DepthClass.Intramuscular]) = (counts[(int)DepthClass.Intramuscular], 0);
        }

        double total = counts.Sum();
        return
        [
            .. Enum.GetValues<DepthClass>()
                .Where(depth => counts[(int)depth] > 0)
                .Select(depth => new DepthShare(depth, counts[(int)depth] / total)),
        ];
    }

    private void Say(RegionKind kind, double confidence, string? reason)
    {
        Kind = kind;
        Confidence = confidence;
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

        if (IsInSkull || (MayBeVisceral && MedianDeepMm >= 2 * SeparationParameters.InternalDepthMm))
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

        // What has grown onto a bone of a finger lies among its tendons, though hardly any muscle shows there.
        return MedianDeepMm <= 0 && !_isOnFinger ? DepthClass.Subcutaneous
            : IsAtJoint ? DepthClass.Periarticular
            : DepthClass.Intramuscular;
    }

    /// <summary>How much less dense its centre is than its rim, as a fraction; null where it is not small and round.</summary>
    private double? LucentShare()
    {
        (double longest, _, double shortest) = _features.ExtentMm;
        bool isSmallAndRound = longest <= SeparationParameters.PhlebolithGreatestMm && longest <= SeparationParameters.PhlebolithGreatestElongation * shortest;
        return isSmallAndRound ? LucentCentre.Share(_scan, _runs) : null;
    }

    /// <summary>
    /// True where a shell denser than its core encloses what may be marrow: fat, or a mixture between fluid and bone. The fluid of a cyst is neither. Blur mixes shell
    /// and core, so it is the least dense tenth of the core that tells.
    /// </summary>
    private bool MayBeOssified()
    {
        StructureFeatures f = _features;
        if (f.Core.Count * _scan.VoxelMm3 < SeparationParameters.OssifiedLeastCoreMm3)
        {
            return false;
        }

        double core = f.Core.Percentile(0.1);
        bool isFluid = core >= SeparationParameters.FluidLeastHu && core <= SeparationParameters.FluidGreatestHu;
        return !isFluid
            && core <= SeparationParameters.OssifiedGreatestCoreHu
            && f.Rim.Percentile(0.75) - core >= SeparationParameters.CortexLeastRimHu;
    }
}
