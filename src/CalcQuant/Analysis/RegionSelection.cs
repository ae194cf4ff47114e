using System.Collections.Immutable;
using System.Globalization;
using CalcQuant.Imaging;
using CalcQuant.Measurement;
using CalcQuant.Segmentation;

namespace CalcQuant.Analysis;

/// <summary>The regions that the caller wants to see, and what to say of the others: nothing is left out in silence.</summary>
/// <param name="Segmented">The regions that stay.</param>
/// <param name="Measured">Their measures, in the same order.</param>
/// <param name="Issues">What was left out.</param>
internal sealed record RegionSelection(ImmutableArray<SegmentedRegion> Segmented, Region[] Measured, ImmutableArray<SeriesIssue> Issues)
{
    /// <summary>Chooses by region of interest, then by least volume.</summary>
    public static RegionSelection Choose(VolumeGeometry geometry, AnalysisOptions options, ImmutableArray<SegmentedRegion> segmented, Region[] measured)
    {
        if (options.RegionOfInterest is null && options.MinimumVolumeMm3 is null)
        {
            return new RegionSelection(segmented, measured, []);
        }

        var kept = new List<(SegmentedRegion Segmented, Region Measured)>();
        var outside = new List<Region>();
        var small = new List<Region>();
        for (int i = 0; i < measured.Length; i++)
        {
            double inside = options.RegionOfInterest is { } box ? FractionInside(geometry, box, segmented[i]) : 1;
            Region region = measured[i];
            if (inside == 0)
            {
                outside.Add(region);
            }
            else if (region.VolumeMm3 < options.MinimumVolumeMm3 && IsFinding(region.Kind))
            {
                small.Add(region);
            }
            else
            {
                kept.Add((segmented[i], inside < 1 ? WithPart(region, inside) : region));
            }
        }

        return new RegionSelection(
            [.. kept.Select(region => region.Segmented)], [.. kept.Select(region => region.Measured)], [.. Describe(options, outside, small)]);
    }

    private static bool IsFinding(RegionKind kind) => kind is RegionKind.SoftTissueCalcification or RegionKind.Vascular or RegionKind.Uncertain;

    private static double FractionInside(VolumeGeometry geometry, LpsBox box, SegmentedRegion region)
    {
        LpsPoint step = geometry.ColumnDirection * geometry.BetweenColumnsMm;
        long inside = 0, all = 0;
        foreach (VoxelRun run in region.Runs)
        {
            inside += box.CountAlong(geometry.ToLps(run.Start, run.Row, run.Slice), step, run.Length);
            all += run.Length;
        }

        return (double)inside / all;
    }

    private static Region WithPart(Region region, double inside) => region with
    {
        Evidence = [.. region.Evidence, string.Create(CultureInfo.InvariantCulture, $"extends beyond the region of interest, {100 * inside:0.#} % of its voxels inside")],
    };

    private static IEnumerable<SeriesIssue> Describe(AnalysisOptions options, List<Region> outside, List<Region> small)
    {
        if (options.RegionOfInterest is not null)
        {
            int deposits = outside.Count(region => region.Kind == RegionKind.SoftTissueCalcification);
            yield return new SeriesIssue(
                SeriesIssueCode.RegionOfInterest,
                $"Only regions that reach into the region of interest are reported: {outside.Count} others were left out, {deposits} of them soft-tissue calcifications.");
        }

        if (small.Count > 0)
        {
            yield return new SeriesIssue(
                SeriesIssueCode.SmallRegionsLeftOut,
                string.Create(CultureInfo.InvariantCulture, $"Regions smaller than {options.MinimumVolumeMm3:0.###} mm³ were left out: {small.Count}, together {small.Sum(region => region.VolumeMm3):0.###} mm³."));
        }
    }
}
