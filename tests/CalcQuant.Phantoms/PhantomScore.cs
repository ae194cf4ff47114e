using System.Collections.Immutable;
using CalcQuant.Imaging;
using CalcQuant.Measurement;
using CalcQuant.Phantoms.Truth;
using CalcQuant.Segmentation;

namespace CalcQuant.Phantoms;

/// <summary>A region of an analysis, as far as scoring needs it.</summary>
/// <param name="Kind">What the analysis says it is.</param>
/// <param name="Runs">Its voxels.</param>
/// <param name="Depth">Depth class, where the analysis gives one.</param>
/// <param name="Morphology">Shape class, where the analysis gives one.</param>
/// <param name="VolumeMm3">Measured volume, where the analysis gives one.</param>
/// <param name="MassMg">Measured mass, where the analysis gives one.</param>
public sealed record ScoredRegion(
    RegionKind Kind,
    ImmutableArray<VoxelRun> Runs,
    DepthClass? Depth = null,
    Morphology? Morphology = null,
    double? VolumeMm3 = null,
    double? MassMg = null)
{
    /// <summary>A region that is not measured yet.</summary>
    public static ScoredRegion Of(SegmentedRegion region)
    {
        ArgumentNullException.ThrowIfNull(region);
        return new(region.Kind, region.Runs, region.Depth, region.Morphology);
    }
}

/// <summary>How one deposit fared.</summary>
public sealed record DepositScore
{
    /// <summary>The truth.</summary>
    public required DepositTruth Truth { get; init; }

    /// <summary>Share of its voxels in soft-tissue calcifications.</summary>
    public required double FoundShare { get; init; }

    /// <summary>Share of its voxels in soft-tissue calcifications or uncertain regions.</summary>
    public required double FoundOrUncertainShare { get; init; }

    /// <summary>Found as a soft-tissue calcification.</summary>
    public bool Found => FoundShare >= PhantomScore.FoundShareLimit;

    /// <summary>Index of the soft-tissue region that holds most of it; null where none does.</summary>
    public int? RegionIndex { get; init; }

    /// <summary>Indices of the soft-tissue regions that mostly lie on it: more than one where it fell apart.</summary>
    public ImmutableArray<int> RegionIndices { get; init; } = [];

    /// <summary>Other deposits whose greatest share lies in the same region: then its volume is not this deposit's alone.</summary>
    public bool RegionShared { get; init; }

    /// <summary>Whether that region's depth class is right; null where there is no region or no class.</summary>
    public bool? DepthRight { get; init; }

    /// <summary>Whether that region's shape class is right; null where there is no region or no class.</summary>
    public bool? MorphologyRight { get; init; }

    /// <summary>(measured - true) / true volume of the soft-tissue regions that mostly lie on it; null where unmeasured or shared.</summary>
    public double? VolumeError { get; init; }

    /// <summary>(measured - true) / true mass, likewise.</summary>
    public double? MassError { get; init; }
}

/// <summary>What an analysis of a phantom got right.</summary>
public sealed record PhantomScore
{
    /// <summary>A deposit counts as found from this share of its voxels on.</summary>
    public const double FoundShareLimit = 0.2;

    /// <summary>Deposits below this volume, mm³, do not count for recall.</summary>
    public const double RecallVolumeMm3 = 10;

    /// <summary>A region is right where at least half of its voxels lie within this distance of a deposit, mm.</summary>
    public const double NearMm = 2;

    /// <summary>A region is right from this share of near voxels on.</summary>
    public const double NearShareLimit = 0.5;

    /// <summary>Every deposit, small ones too.</summary>
    public required ImmutableArray<DepositScore> Deposits { get; init; }

    /// <summary>Deposits that count for recall.</summary>
    public required int CountedCount { get; init; }

    /// <summary>Those of them found.</summary>
    public required int FoundCount { get; init; }

    /// <summary>Soft-tissue regions.</summary>
    public required int RegionCount { get; init; }

    /// <summary>Those of them that are deposits.</summary>
    public required int RightRegionCount { get; init; }

    /// <summary>Indices of the soft-tissue regions that are not deposits.</summary>
    public required ImmutableArray<int> FalseRegionIndices { get; init; }

    /// <summary>Uncertain regions, which count neither way.</summary>
    public required int UncertainCount { get; init; }

    /// <summary>Voxels of soft-tissue regions on true bone, mm³; voxels of deposits left out.</summary>
    public double BoneLeakMm3 => BoneLeaks.Sum(leak => leak.Mm3);

    /// <summary>The same, by the region that holds it: index and mm³ of those that hold any.</summary>
    public required ImmutableArray<(int RegionIndex, double Mm3)> BoneLeaks { get; init; }

    /// <summary>Found share of the deposits that count; 1 where there are none.</summary>
    public double Recall => CountedCount == 0 ? 1 : (double)FoundCount / CountedCount;

    /// <summary>Share of soft-tissue regions that are deposits; 1 where there are none.</summary>
    public double Precision => RegionCount == 0 ? 1 : (double)RightRegionCount / RegionCount;

    /// <summary>Deposits found whose depth class could be judged.</summary>
    public int DepthJudgedCount => Deposits.Count(deposit => deposit.Found && deposit.DepthRight is not null);

    /// <summary>Those of them with the right class.</summary>
    public int DepthRightCount => Deposits.Count(deposit => deposit.Found && deposit.DepthRight == true);

    /// <summary>Counted deposits found where an uncertain region counts as found too.</summary>
    public required int FoundOrUncertainCount { get; init; }

    /// <summary>Deposits found whose shape class could be judged.</summary>
    public int MorphologyJudgedCount => Deposits.Count(deposit => deposit.Found && deposit.MorphologyRight is not null);

    /// <summary>Those of them with the right class.</summary>
    public int MorphologyRightCount => Deposits.Count(deposit => deposit.Found && deposit.MorphologyRight == true);

    /// <summary>Scores an analysis.</summary>
    /// <param name="truth">What is there.</param>
    /// <param name="regions">Every region of the analysis, of all kinds.</param>
    /// <param name="recallVolumeMm3">Deposits below this volume do not count for recall.</param>
    public static PhantomScore Of(PhantomTruth truth, IReadOnlyList<ScoredRegion> regions, double recallVolumeMm3 = RecallVolumeMm3)
    {
        ArgumentNullException.ThrowIfNull(truth);
        ArgumentNullException.ThrowIfNull(regions);
        var depositOf = new Dictionary<(int Column, int Row, int Slice), int>();
        for (int i = 0; i < truth.Deposits.Length; i++)
        {
            foreach (VoxelRun run in truth.Deposits[i].Runs)
            {
                for (int column = run.Start; column < run.End; column++)
                {
                    depositOf[(column, run.Row, run.Slice)] = i;
                }
            }
        }

        Mask near = Near(truth);
        int[] voxelCounts = [.. truth.Deposits.Select(deposit => deposit.Runs.Sum(run => run.Length))];
        var inRegion = new int[truth.Deposits.Length][];
        for (int i = 0; i < inRegion.Length; i++)
        {
            inRegion[i] = new int[regions.Count];
        }

        var leaks = ImmutableArray.CreateBuilder<(int RegionIndex, double Mm3)>();
        int right = 0;
        var wrong = ImmutableArray.CreateBuilder<int>();
        for (int index = 0; index < regions.Count; index++)
        {
            ScoredRegion region = regions[index];
            bool deposit = region.Kind == RegionKind.SoftTissueCalcification;
            long all = 0;
            long nearCount = 0;
            long boneCount = 0;
            foreach (VoxelRun run in region.Runs)
            {
                for (int column = run.Start; column < run.End; column++)
                {
                    all++;
                    nearCount += near[column, run.Row, run.Slice] ? 1 : 0;
                    if (depositOf.TryGetValue((column, run.Row, run.Slice), out int owner))
                    {
                        inRegion[owner][index]++;
                    }
                    else if (deposit && truth.Bone[column, run.Row, run.Slice])
                    {
                        boneCount++;
                    }
                }
            }

            if (!deposit)
            {
                continue;
            }

            if (boneCount > 0)
            {
                leaks.Add((index, boneCount * truth.VoxelVolumeMm3));
            }

            if (nearCount >= NearShareLimit * all)
            {
                right++;
            }
            else
            {
                wrong.Add(index);
            }
        }

        ImmutableArray<DepositScore> scores = ScoreDeposits(truth, regions, inRegion, voxelCounts);
        DepositScore[] counted = [.. scores.Where(score => score.Truth.VolumeMm3 >= recallVolumeMm3)];
        return new PhantomScore
        {
            Deposits = scores,
            CountedCount = counted.Length,
            FoundCount = counted.Count(score => score.Found),
            FoundOrUncertainCount = counted.Count(score => score.FoundOrUncertainShare >= FoundShareLimit),
            RegionCount = regions.Count(region => region.Kind == RegionKind.SoftTissueCalcification),
            RightRegionCount = right,
            FalseRegionIndices = wrong.ToImmutable(),
            UncertainCount = regions.Count(region => region.Kind == RegionKind.Uncertain),
            BoneLeaks = leaks.ToImmutable(),
        };
    }

    /// <summary>The figures in one line.</summary>
    public override string ToString() => string.Create(
        System.Globalization.CultureInfo.InvariantCulture,
        $"recall {FoundCount}/{CountedCount}, precision {RightRegionCount}/{RegionCount}, uncertain {UncertainCount}, bone leak {BoneLeakMm3:F1} mm3, depth {DepthRightCount}/{DepthJudgedCount}");

    private static ImmutableArray<DepositScore> ScoreDeposits(PhantomTruth truth, IReadOnlyList<ScoredRegion> regions, int[][] inRegion, int[] voxelCounts)
    {
        int depositCount = truth.Deposits.Length;
        int?[] best = new int?[depositCount];

        // A region's volume goes to the deposit that holds most of its deposit voxels.
        var mainDeposit = new int?[regions.Count];
        var shared = new bool[regions.Count];
        for (int index = 0; index < regions.Count; index++)
        {
            if (regions[index].Kind != RegionKind.SoftTissueCalcification)
            {
                continue;
            }

            int owner = Enumerable.Range(0, depositCount).OrderByDescending(i => inRegion[i][index]).FirstOrDefault(-1);
            mainDeposit[index] = owner >= 0 && inRegion[owner][index] > 0 ? owner : null;
        }

        for (int i = 0; i < depositCount; i++)
        {
            int index = Enumerable.Range(0, regions.Count)
                .Where(candidate => regions[candidate].Kind == RegionKind.SoftTissueCalcification && inRegion[i][candidate] > 0)
                .OrderByDescending(candidate => inRegion[i][candidate])
                .FirstOrDefault(-1);
            best[i] = index >= 0 ? index : null;
        }

        for (int index = 0; index < regions.Count; index++)
        {
            shared[index] = best.Count(candidate => candidate == index) > 1;
        }

        var scores = ImmutableArray.CreateBuilder<DepositScore>(depositCount);
        for (int i = 0; i < depositCount; i++)
        {
            DepositTruth deposit = truth.Deposits[i];
            ScoredRegion? region = best[i] is { } index ? regions[index] : null;
            ScoredRegion[] own = [.. regions.Where((_, candidate) => mainDeposit[candidate] == i)];
            bool alone = region is not null && !shared[best[i]!.Value] && own.Length > 0;
            scores.Add(new DepositScore
            {
                Truth = deposit,
                FoundShare = Share(i, RegionKind.SoftTissueCalcification, null),
                FoundOrUncertainShare = Share(i, RegionKind.SoftTissueCalcification, RegionKind.Uncertain),
                RegionIndex = best[i],
                RegionIndices = [.. Enumerable.Range(0, regions.Count).Where(candidate => mainDeposit[candidate] == i)],
                RegionShared = region is not null && shared[best[i]!.Value],
                DepthRight = region?.Depth is { } depth ? depth == deposit.Depth : null,
                MorphologyRight = region?.Morphology is { } morphology ? morphology == deposit.Morphology : null,
                VolumeError = alone && Array.TrueForAll(own, part => part.VolumeMm3 is not null)
                    ? (own.Sum(part => part.VolumeMm3!.Value) / deposit.VolumeMm3) - 1
                    : null,
                MassError = alone && Array.TrueForAll(own, part => part.MassMg is not null)
                    ? (own.Sum(part => part.MassMg!.Value) / deposit.MassMg) - 1
                    : null,
            });
        }

        return scores.ToImmutable();

        double Share(int deposit, RegionKind kind, RegionKind? orKind)
        {
            long voxels = 0;
            for (int index = 0; index < regions.Count; index++)
            {
                if (regions[index].Kind == kind || regions[index].Kind == orKind)
                {
                    voxels += inRegion[deposit][index];
                }
            }

            return voxelCounts[deposit] == 0 ? 0 : (double)voxels / voxelCounts[deposit];
        }
    }

    // Voxels whose centre lies within NearMm of the box of a truth voxel.
    private static Mask Near(PhantomTruth truth)
    {
        Mask near = new(truth.Bone.ColumnCount, truth.Bone.RowCount, truth.Bone.SliceCount);
        LpsPoint spacing = truth.SpacingMm;
        static int Reach(double spacingMm) => (int)Math.Floor((NearMm / spacingMm) + 0.5);
        int reachColumn = Reach(spacing.X);
        int reachRow = Reach(spacing.Y);
        int reachSlice = Reach(spacing.Z);
        static double Gap(int steps, double spacingMm) => Math.Max(0, Math.Abs(steps) - 0.5) * spacingMm;
        foreach (VoxelRun run in truth.Deposits.SelectMany(deposit => deposit.Runs))
        {
            for (int dz = -reachSlice; dz <= reachSlice; dz++)
            {
                for (int dy = -reachRow; dy <= reachRow; dy++)
                {
                    int slice = run.Slice + dz;
                    int row = run.Row + dy;
                    double across = (Gap(dz, spacing.Z) * Gap(dz, spacing.Z)) + (Gap(dy, spacing.Y) * Gap(dy, spacing.Y));
                    if (across > NearMm * NearMm || slice < 0 || slice >= near.SliceCount || row < 0 || row >= near.RowCount)
                    {
                        continue;
                    }

                    int reach = reachColumn;
                    while (across + (Gap(reach, spacing.X) * Gap(reach, spacing.X)) > NearMm * NearMm)
                    {
                        reach--;
                    }

                    for (int column = Math.Max(0, run.Start - reach); column < Math.Min(near.ColumnCount, run.End + reach); column++)
                    {
                        near[column, row, slice] = true;
                    }
                }
            }
        }

        return near;
    }
}
