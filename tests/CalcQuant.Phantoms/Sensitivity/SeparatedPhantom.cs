using CalcQuant.Measurement;
using CalcQuant.Phantoms.RealCt;
using CalcQuant.Phantoms.Truth;
using CalcQuant.Segmentation;

namespace CalcQuant.Phantoms.Sensitivity;

/// <summary>What a separation got right, as counts that add up over phantoms.</summary>
/// <param name="Deposits">Deposits that count for recall.</param>
/// <param name="Found">Those of them found.</param>
/// <param name="Regions">Regions that are called deposits.</param>
/// <param name="Right">Those of them that are.</param>
/// <param name="Bone">Dense voxels of true bone.</param>
/// <param name="BoneExcluded">Those of them in no region that is called a deposit.</param>
internal readonly record struct SeparationTally(int Deposits, int Found, int Regions, int Right, long Bone, long BoneExcluded)
{
    /// <summary>The sum of two.</summary>
    public static SeparationTally operator +(SeparationTally one, SeparationTally other) => new(
        one.Deposits + other.Deposits,
        one.Found + other.Found,
        one.Regions + other.Regions,
        one.Right + other.Right,
        one.Bone + other.Bone,
        one.BoneExcluded + other.BoneExcluded);

    /// <summary>Recall, precision and bone exclusion less those of another.</summary>
    public SeparationChange Since(SeparationTally other) => new(
        Share(Found, Deposits) - Share(other.Found, other.Deposits),
        Share(Right, Regions) - Share(other.Right, other.Regions),
        Share(BoneExcluded, Bone) - Share(other.BoneExcluded, other.Bone));

    // Nothing to find, to report or to exclude is nothing done wrong.
    private static double Share(long part, long whole) => whole == 0 ? 1 : (double)part / whole;
}

/// <summary>How much the three shares change, each between -1 and 1.</summary>
internal readonly record struct SeparationChange(double Recall, double Precision, double BoneExclusion)
{
    /// <summary>The greatest of the three, either way.</summary>
    public double Greatest => Math.Max(Math.Abs(Recall), Math.Max(Math.Abs(Precision), Math.Abs(BoneExclusion)));
}

/// <summary>A phantom in memory that can be separated again and again.</summary>
internal sealed class SeparatedPhantom
{
    private readonly PhantomScan _scan;
    private readonly Mask _denseBone;
    private readonly long _denseBoneCount;
    private readonly VolumeSegmentation _base;

    /// <summary>Renders a phantom and separates it with the parameters as they are.</summary>
    public SeparatedPhantom(PhantomOptions options)
    {
        _scan = Phantom.Render(options);
        _denseBone = DenseBone(_scan);
        _denseBoneCount = CountOf(_denseBone);
        _base = Segment();
        Base = Score(_base);
    }

    /// <summary>What the parameters as they are get right.</summary>
    public SeparationTally Base { get; }

    /// <summary>What the parameters get right that are set now.</summary>
    public SeparationTally Separate()
    {
        using VolumeSegmentation now = Segment();

        // Most parameters touch few phantoms, and scoring costs as much as separating.
        return AreAlike(now, _base) ? Base : Score(now);
    }

    private static bool AreAlike(VolumeSegmentation one, VolumeSegmentation other) =>
        one.Regions.Length == other.Regions.Length
        && one.Regions.Zip(other.Regions).All(pair => pair.First.Kind == pair.Second.Kind && pair.First.Runs.AsSpan().SequenceEqual(pair.Second.Runs.AsSpan()));

    private VolumeSegmentation Segment() => VolumeSegmenter.Segment(_scan.Series, TubeVoltage.ThresholdHu(_scan.Options.Kvp));

    private SeparationTally Score(VolumeSegmentation segmentation)
    {
        var score = PhantomScore.Of(_scan.Truth, [.. segmentation.Regions.Select(ScoredRegion.Of)], ScoreCommand.DefaultRecallVolumeMm3);
        long inDeposits = segmentation.Regions
            .Where(region => region.Kind == RegionKind.SoftTissueCalcification)
            .Sum(region => RowBits.Count(_denseBone, region.Runs.AsSpan()));
        return new(score.CountedCount, score.FoundCount, score.RegionCount, score.RightRegionCount, _denseBoneCount, _denseBoneCount - inDeposits);
    }

    /// <summary>Voxels of true bone as dense as bone that must be excluded. Where bone and deposit share a voxel it is no mistake to report it.</summary>
    private static Mask DenseBone(PhantomScan scan)
    {
        Mask bone = scan.Truth.Bone.Clone();
        foreach (DepositTruth deposit in scan.Truth.Deposits)
        {
            RowBits.Clear(bone, deposit.Runs.AsSpan());
        }

        for (int slice = 0; slice < bone.SliceCount; slice++)
        {
            for (int row = 0; row < bone.RowCount; row++)
            {
                for (int column = 0; column < bone.ColumnCount; column++)
                {
                    if (bone[column, row, slice] && scan.Volume[column, row, slice] < SeparationFigures.BoneHu)
                    {
                        bone[column, row, slice] = false;
                    }
                }
            }
        }

        return bone;
    }

    private static long CountOf(Mask mask)
    {
        long count = 0;
        for (int slice = 0; slice < mask.SliceCount; slice++)
        {
            count += mask.CountOf(slice);
        }

        return count;
    }
}
