using System.Collections.Immutable;
using System.Globalization;
using CalcQuant.Imaging;
using CalcQuant.Measurement;
using CalcQuant.Segmentation;

namespace CalcQuant.Analysis;

/// <summary>The regions of a report after a reader's corrections: kinds changed, everything that the new kind has measured anew, ids as before.</summary>
/// <param name="Segmented">The regions, in the order in which they came.</param>
/// <param name="Measured">Their measures, in the same order, with the ids they came with.</param>
/// <param name="Applied">What was done, in the order of the corrections.</param>
/// <param name="Issues">Corrections that did nothing, and regions that were corrected back and forth.</param>
internal sealed record CorrectedRegions(
    ImmutableArray<SegmentedRegion> Segmented, ImmutableArray<Region> Measured, ImmutableArray<AppliedCorrection> Applied, ImmutableArray<SeriesIssue> Issues)
{
    /// <summary>Applies corrections, the later on top of the earlier.</summary>
    /// <param name="geometry">Of the series.</param>
    /// <param name="corrections">Those of this stack, in order.</param>
    /// <param name="segmented">The regions.</param>
    /// <param name="measured">Their measures, in the same order.</param>
    /// <param name="measure">Measures a region, with its id.</param>
    public static CorrectedRegions Apply(
        VolumeGeometry geometry,
        ImmutableArray<RegionCorrection> corrections,
        ImmutableArray<SegmentedRegion> segmented,
        ImmutableArray<Region> measured,
        Func<SegmentedRegion, int, Region> measure)
    {
        ImmutableArray<AppliedCorrection>.Builder applied = ImmutableArray.CreateBuilder<AppliedCorrection>();
        ImmutableArray<SeriesIssue>.Builder issues = ImmutableArray.CreateBuilder<SeriesIssue>();
        RegionKind[] kinds = [.. segmented.Select(region => region.Kind)];
        var sentences = new SortedDictionary<int, List<string>>();
        foreach (RegionCorrection correction in corrections)
        {
            int place = Find(geometry, segmented, correction.PointLpsMm);
            if (place < 0)
            {
                issues.Add(WithoutRegion(correction));
                continue;
            }

            int id = measured[place].Id;
            AppliedCorrection? before = applied.LastOrDefault(earlier => earlier.RegionId == id);
            if (before is not null && before.To == correction.Kind && before.Who == correction.Who && before.Why == correction.Why)
            {
                issues.Add(new SeriesIssue(SeriesIssueCode.CorrectionRepeated, $"A correction of region {id} to {correction.Kind.InWords()} was given twice; the second one changes nothing."));
                continue;
            }

            if (before is not null && before.To != correction.Kind)
            {
                issues.Add(new SeriesIssue(
                    SeriesIssueCode.CorrectionRepeated,
                    $"Region {id} was corrected to {before.To.InWords()} and then to {correction.Kind.InWords()}: the last correction counts."));
            }

            if (!sentences.TryGetValue(place, out List<string>? said))
            {
                sentences[place] = said = [];
            }

            said.Add(Sentence(kinds[place], correction));
            applied.Add(new AppliedCorrection(id, kinds[place], correction.Kind, correction.Who, correction.When, correction.Why, correction.PointLpsMm));
            kinds[place] = correction.Kind;
        }

        SegmentedRegion[] changed = [.. segmented];
        Region[] anew = [.. measured];
        foreach ((int place, List<string> said) in sentences)
        {
            changed[place] = Become(segmented[place], kinds[place], said);
            anew[place] = measure(changed[place], measured[place].Id);
        }

        return new CorrectedRegions([.. changed], [.. anew], applied.ToImmutable(), issues.ToImmutable());
    }

    /// <summary>Makes a mask of the bone follow the corrections.</summary>
    public void Update(Mask bone, ImmutableArray<SegmentedRegion> before)
    {
        for (int i = 0; i < Segmented.Length; i++)
        {
            if (before[i].Kind == RegionKind.Bone && Segmented[i].Kind != RegionKind.Bone)
            {
                RowBits.Clear(bone, Segmented[i].Runs.AsSpan());
            }
            else if (before[i].Kind != RegionKind.Bone && Segmented[i].Kind == RegionKind.Bone)
            {
                bone.Fill(Segmented[i].Runs.AsSpan());
            }
        }
    }

    /// <summary>What to say of a correction that no region answers to.</summary>
    public static SeriesIssue WithoutRegion(RegionCorrection correction) => new(
        SeriesIssueCode.CorrectionWithoutRegion,
        string.Create(
            CultureInfo.InvariantCulture,
            $"A correction to {correction.Kind.InWords()} meets no region: nothing that is reported lies at ({correction.PointLpsMm.X:0.##}, {correction.PointLpsMm.Y:0.##}, {correction.PointLpsMm.Z:0.##}) mm."));

    /// <summary>Place of the region that a point lies in; negative where there is none.</summary>
    private static int Find(VolumeGeometry geometry, ImmutableArray<SegmentedRegion> segmented, LpsPoint point)
    {
        if (geometry.FindVoxel(point) is not (int column, int row, int slice))
        {
            return -1;
        }

        for (int place = 0; place < segmented.Length; place++)
        {
            if (Contains(segmented[place].Runs.AsSpan(), column, row, slice))
            {
                return place;
            }
        }

        return -1;
    }

    /// <summary>Looks a voxel up in runs that are ordered by slice, row and column.</summary>
    private static bool Contains(ReadOnlySpan<VoxelRun> runs, int column, int row, int slice)
    {
        int low = 0, high = runs.Length;
        while (low < high)
        {
            int middle = (low + high) / 2;
            bool endsBefore = (runs[middle].Slice, runs[middle].Row, runs[middle].End - 1).CompareTo((slice, row, column)) < 0;
            (low, high) = endsBefore ? (middle + 1, high) : (low, middle);
        }

        return low < runs.Length && runs[low].Slice == slice && runs[low].Row == row && runs[low].Start <= column;
    }

    private static string Sentence(RegionKind from, RegionCorrection correction)
    {
        string verb = from == correction.Kind ? $"confirmed as {from.InWords()}" : $"reclassified from {from.InWords()}";
        return string.Create(CultureInfo.InvariantCulture, $"{verb} by {correction.Who} on {correction.When.UtcDateTime:yyyy-MM-dd HH:mm} UTC: {correction.Why}");
    }

    /// <summary>The region as another kind, without what that kind does not have.</summary>
    private static SegmentedRegion Become(SegmentedRegion region, RegionKind kind, List<string> sentences)
    {
        bool isCalcification = kind.IsCalcification();
        return region with
        {
            Kind = kind,
            Confidence = 1,
            Evidence = [.. region.Evidence, .. sentences],
            Depth = isCalcification ? region.Depth : null,
            DepthShares = isCalcification ? region.DepthShares : [],
            Morphology = isCalcification ? region.Morphology : null,
            MorphologyConfidence = isCalcification ? region.MorphologyConfidence : null,
            PossibleOssification = isCalcification && region.PossibleOssification,
            FluidLevel = isCalcification ? region.FluidLevel : null,
            Structure = kind == RegionKind.Uncertain ? region.Structure : null,
            Site = isCalcification ? region.Site : null,
            SiteSource = isCalcification ? region.SiteSource : null,
            Laterality = isCalcification ? region.Laterality : null,
            LateralitySource = isCalcification ? region.LateralitySource : null,
            DepthBelowSkinMm = kind.IsOnlyAccountedFor() ? null : region.DepthBelowSkinMm,
            DistanceToBoneMm = kind.IsOnlyAccountedFor() ? null : region.DistanceToBoneMm,
        };
    }
}
