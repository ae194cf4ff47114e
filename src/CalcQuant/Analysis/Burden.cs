using System.Collections.Immutable;
using CalcQuant.Measurement;

namespace CalcQuant.Analysis;

/// <summary>Sum over the soft-tissue calcifications of one site, side and depth.</summary>
/// <param name="Site">Region of the body; null where it is not known.</param>
/// <param name="Laterality">Side of the body; null where it is not known.</param>
/// <param name="Depth">Depth class; null where it could not be told.</param>
/// <param name="Count">Findings; a merged entry counts all its components.</param>
/// <param name="VolumeMm3">Sum of the best estimates, mm³.</param>
/// <param name="MassMg">Sum of the masses, mg; null where none is known.</param>
public sealed record Burden(BodySite? Site, Laterality? Laterality, DepthClass? Depth, int Count, double VolumeMm3, double? MassMg)
{
    /// <summary>The burden of a report: by site, side and depth in the order of their enums, what is not known last.</summary>
    /// <param name="regions">The regions of the report.</param>
    internal static ImmutableArray<Burden> Of(ImmutableArray<Region> regions) =>
    [
        .. regions
            .Where(region => region.Kind == RegionKind.SoftTissueCalcification)
            .GroupBy(region => (region.Site, region.Laterality, region.Depth))
            .OrderBy(group => (int?)group.Key.Site ?? int.MaxValue)
            .ThenBy(group => (int?)group.Key.Laterality ?? int.MaxValue)
            .ThenBy(group => (int?)group.Key.Depth ?? int.MaxValue)
            .Select(group => new Burden(
                group.Key.Site,
                group.Key.Laterality,
                group.Key.Depth,
                group.Sum(region => region.ComponentCount),
                group.Sum(region => region.VolumeMm3),
                group.Any(region => region.MassMg.HasValue) ? group.Sum(region => region.MassMg ?? 0) : null)),
    ];
}
