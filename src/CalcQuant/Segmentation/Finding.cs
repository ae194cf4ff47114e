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

    /// <summary>Measures a structure.</summary>
    public Finding(BodyScan scan, SkeletonModel skeleton, VoxelRun[] runs, CellGrid.Distances toBone)
    {
        _scan = scan;
        _skeleton = skeleton;
        _runs = runs;
        Box = Bounds(runs);
        _features = StructureFeatures.Measure(scan.Volume, scan.ThresholdHu, runs, Box, scan.Parallel);
        BoneMm = skeleton.Exists ? toBone.Least(runs) : null;
        MeasureDepth();
    }

    /// <summary>Bounds.</summary>
    public VoxelBox Box { get; }

    private double? BoneMm { get; set; }

    private double SkinMm { get; set; }

    private double MedianSkinMm { get; set; }

    private double MedianDeepMm { get; set; }

    private double LeastDeepMm { get; set; }

    private double GreatestDeepMm { get; set; }

    private double VolumeMm3 => _features.Dense.Count * _scan.VoxelMm3;

    /// <summary>Says what it is; null for a fringe of bone.</summary>
    /// <param name="acquisition">Header facts.</param>
    /// <param name="isReleased">True where it was parted from bone, so that it is known not to be a fringe.</param>
    /// <param name="aroundHu">Median HU of its surroundings.</param>
    public SegmentedRegion? Judge(CtAcquisition acquisition, bool isReleased, double aroundHu)
    {
        StructureFeatures f = _features;
        MeasureBoneDistance();
        double p95 = f.Dense.Percentile(0.95);
        double median = f.Dense.Percentile(0.5);
        if (!isReleased && BoneMm <= SeparationParameters.BoneFringeMm + SeparationParameters.FringeGapMm && IsFringe())
        {
            return null;
        }

        _evidence.Add(string.Create(
            CultureInfo.InvariantCulture,
            $"{(f.Dense.RobustDeviation <= (0.15 * median) + _scan.NoiseHu ? "homogeneous" : "inhomogeneous")} {median:0} HU"));
        DenseGroup? group = _skeleton.GroupOf(_runs);
        if (f.Marrow.Count * _scan.VoxelMm3 < 15)
        {
            _evidence.Add("no marrow");
        }

        _evidence.Add(BoneMm is double bone ? Text($"{bone:0.#} mm from bone") : "far from bone");
        _evidence.Add(Text($"{SkinMm:0.#} mm below the skin"));

        if (aroundHu < SeparationParameters.TissueHu && SkinMm > SeparationParameters.CutaneousDepthMm)
        {
            return Region(RegionKind.Uncertain, 0.4, "surrounded by air");
        }

        if (IsContrastTube(median, p95, acquisition))
        {
            return Region(RegionKind.Contrast, 0.8, Text($"a tube of {f.ExtentMm.Long:0} mm with even density, like an opacified vessel"));
        }

        if (!isReleased && group is { IsUncertain: true })
        {
            _evidence.AddRange(group.Evidence);
            return Region(RegionKind.Uncertain, 0.5, "may be bone");
        }

        if (_scan.Body.IsTrunk && MedianDeepMm >= SeparationParameters.InternalDepthMm)
        {
            if (p95 < SeparationParameters.SeedHu && VolumeMm3 >= 500)
            {
                return Region(RegionKind.Contrast, 0.6, "large, faint and deep in the trunk: an enhancing organ or vessel");
            }

            return Region(RegionKind.Uncertain, 0.5, Text($"{MedianDeepMm:0} mm deep in the trunk: vascular or visceral"));
        }

        if (_scan.Grid.SliceCount < SeparationParameters.FewSlices)
        {
            return Region(RegionKind.Uncertain, 0.4, "too few slices to follow it");
        }

        if (f.Dense.Count < SeparationParameters.NoiseGreatestVoxelCount && p95 < SeparationParameters.FaintHu)
        {
            return Region(RegionKind.Uncertain, 0.4, "small and faint");
        }

        double confidence = 0.9
            - (isReleased ? 0.15 : 0)
            - (p95 < SeparationParameters.FaintHu ? 0.2 : 0)
            - (_scan.Body.IsTrunk && BoneMm < 5 ? 0.2 : 0)
            - (f.Dense.Count < SeparationParameters.NoiseGreatestVoxelCount ? 0.1 : 0);
        return Region(RegionKind.SoftTissueCalcification, confidence, isReleased ? "parted from the bone beside it" : null);
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static VoxelBox Bounds(VoxelRun[] runs)
    {
        int minColumn = int.MaxValue, minRow = int.MaxValue, maxColumn = 0, maxRow = 0;
        foreach (VoxelRun run in runs)
        {
            minColumn = Math.Min(minColumn, run.Start);
            maxColumn = Math.Max(maxColumn, run.End - 1);
            minRow = Math.Min(minRow, run.Row);
            maxRow = Math.Max(maxRow, run.Row);
        }

        return new VoxelBox(minColumn, minRow, runs[0].Slice, maxColumn, maxRow, runs[^1].Slice);
    }

    /// <summary>A thin, faint rest along bone: its blur, or spongy bone under a thin cortex.</summary>
    private bool IsFringe() =>
        _features.InscribedRadiusMm < SeparationParameters.FringeRadiusMm
        && _features.Dense.Percentile(0.95) < SeparationParameters.SeedHu
        && VolumeMm3 < SeparationParameters.FringeGreatestMm3;

    private bool IsContrastTube(double median, double p95, CtAcquisition acquisition)
    {
        StructureFeatures f = _features;
        double least = acquisition.ContrastInHeader == true || f.IsCutTwice ? 20 : 40;
        return median < 450
            && p95 < 600
            && f.ExtentMm.Long >= least
            && f.ExtentMm.Long >= 5 * f.ExtentMm.Middle
            && f.ExtentMm.Middle < 3 * f.ExtentMm.Short
            && (f.IsCutTwice || acquisition.ContrastInHeader == true);
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

        skin.Sort();
        deep.Sort();
        SkinMm = Math.Max(0, least);
        MedianSkinMm = skin[skin.Count / 2];
        MedianDeepMm = deep[deep.Count / 2];
        LeastDeepMm = deep[deep.Count / 20];
        GreatestDeepMm = deep[(deep.Count * 19) / 20];
    }

    private SegmentedRegion Region(RegionKind kind, double confidence, string? reason)
    {
        if (reason is not null)
        {
            _evidence.Add(reason);
        }

        Morphology morphology = Shape();
        DepthClass depth = Depth(morphology);
        if (morphology == Morphology.Plaque && (depth is DepthClass.Fascial or DepthClass.Intramuscular))
        {
            morphology = Morphology.Sheet;
        }

        return new SegmentedRegion(kind, Math.Round(confidence, 2), [.. _evidence], [.. _runs])
        {
            Depth = kind == RegionKind.Contrast ? null : depth,
            Morphology = kind == RegionKind.Contrast ? null : morphology,
            DepthBelowSkinMm = SkinMm,
            DistanceToBoneMm = BoneMm,
        };
    }

    private DepthClass Depth(Morphology morphology)
    {
        double pixel = (_scan.Volume.Geometry.BetweenColumnsMm + _scan.Volume.Geometry.BetweenRowsMm) / 2;
        if (SkinMm <= 1.5 * pixel && MedianSkinMm <= SeparationParameters.CutaneousDepthMm)
        {
            return DepthClass.Cutaneous;
        }

        if (_scan.Body.IsTrunk && MedianDeepMm >= 2 * SeparationParameters.InternalDepthMm)
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
