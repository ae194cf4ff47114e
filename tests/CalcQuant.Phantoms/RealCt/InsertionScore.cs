using System.Collections.Immutable;
using CalcQuant.Analysis;
using CalcQuant.Imaging;
using CalcQuant.Measurement;
using CalcQuant.Phantoms.Truth;
using CalcQuant.Segmentation;

namespace CalcQuant.Phantoms.RealCt;

/// <summary>How one inserted deposit fared.</summary>
/// <param name="Deposit">The deposit.</param>
/// <param name="Score">Its score.</param>
/// <param name="Shares">Share of its voxels in the regions of each kind; what is missing to 1 is below the threshold.</param>
/// <param name="Main">The region that holds most of it; null where none does.</param>
internal sealed record InsertionOutcome(InsertedDeposit Deposit, DepositScore Score, ImmutableSortedDictionary<RegionKind, double> Shares, Region? Main)
{
    /// <summary>Found as a deposit or at least told to the reader as uncertain.</summary>
    public bool IsReported => Score.FoundOrUncertainShare >= PhantomScore.FoundShareLimit;
}

/// <summary>What an analysis made of a series with inserted deposits.</summary>
/// <param name="Outcomes">Each deposit.</param>
/// <param name="Score">All of it; its bone is the labelled bone, where there is any.</param>
internal sealed record InsertionScore(ImmutableArray<InsertionOutcome> Outcomes, PhantomScore Score)
{
    /// <summary>Smaller deposits count for nothing, mm³.</summary>
    public const double LeastVolumeMm3 = 2;

    /// <summary>
    /// Indices of the deposits of the report that are none. One that holds most of what is found of an inserted deposit is right, however far the blur of coarse
    /// voxels swells it.
    /// </summary>
    public ImmutableArray<int> FalseRegions => [.. Score.FalseRegionIndices.Where(index => !Score.Deposits.Any(deposit => deposit.RegionIndex == index))];

    /// <summary>Compares an analysis with what was inserted.</summary>
    public static InsertionScore Of(InsertedSeries inserted, CalcificationResult result, SeriesLabels? labels)
    {
        VolumeGeometry geometry = inserted.Series.Volume.Geometry;
        var nothing = new Mask(geometry.ColumnCount, geometry.RowCount, geometry.SliceCount);
        var truth = new PhantomTruth
        {
            // No phantom was drawn; scoring asks for the deposits, the bone and the grid only.
            Options = PhantomOptions.MuscleCylinder(seed: 0),
            Deposits = [.. inserted.Deposits.Select(deposit => deposit.Truth)],
            Bone = labels?.Bone ?? nothing,
            Body = nothing,
            VoxelVolumeMm3 = geometry.VoxelVolumeMm3(0),
            SpacingMm = new LpsPoint(geometry.BetweenColumnsMm, geometry.BetweenRowsMm, geometry.BetweenSlicesMm),
        };
        ImmutableArray<Region> regions = result.Report.Regions;
        ScoredRegion[] scored =
        [
            .. regions.Select((region, index) => ScoredRegion.Of(result.Segmentation.Regions[index]) with { VolumeMm3 = region.VolumeMm3, MassMg = region.MassMg }),
        ];
        var score = PhantomScore.Of(truth, scored, LeastVolumeMm3);
        return new InsertionScore([.. inserted.Deposits.Select((deposit, i) => Describe(deposit, score.Deposits[i], result))], score);
    }

    private static InsertionOutcome Describe(InsertedDeposit deposit, DepositScore score, CalcificationResult result)
    {
        var own = new HashSet<(int Column, int Row, int Slice)>();
        foreach (VoxelRun run in deposit.Truth.Runs)
        {
            for (int column = run.Start; column < run.End; column++)
            {
                own.Add((column, run.Row, run.Slice));
            }
        }

        var shares = new SortedDictionary<RegionKind, double>();
        int main = -1;
        long most = 0;
        for (int index = 0; index < result.Segmentation.Regions.Length; index++)
        {
            long common = 0;
            foreach (VoxelRun run in result.Segmentation.Regions[index].Runs)
            {
                for (int column = run.Start; column < run.End; column++)
                {
                    common += own.Contains((column, run.Row, run.Slice)) ? 1 : 0;
                }
            }

            if (common > 0)
            {
                RegionKind kind = result.Segmentation.Regions[index].Kind;
                shares[kind] = shares.GetValueOrDefault(kind) + ((double)common / own.Count);
            }

            if (common > most)
            {
                (most, main) = (common, index);
            }
        }

        return new InsertionOutcome(deposit, score, shares.ToImmutableSortedDictionary(), main < 0 ? null : result.Report.Regions[main]);
    }
}
