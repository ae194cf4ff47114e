using System.Collections.Immutable;
using System.Globalization;
using CalcQuant.Imaging;
using CalcQuant.Measurement;
using CalcQuant.Segmentation;

namespace CalcQuant.Analysis;

/// <summary>What the search of a compartment came to.</summary>
public enum SearchState
{
    /// <summary>It holds calcium: a deposit of its own, or a part of one that lies mainly elsewhere.</summary>
    Found = 1,

    /// <summary>Searched, nothing found.</summary>
    Empty = 2,

    /// <summary>Could not be searched.</summary>
    NotSearched = 3,

    /// <summary>Nothing found, but something limits the search.</summary>
    PartlySearched = 4,
}

/// <summary>A compartment of the body, whether it was searched and what was found: the explicit negatives of a report.</summary>
/// <param name="Depth">The compartment.</param>
/// <param name="State">What the search came to.</param>
/// <param name="Count">Soft-tissue calcifications of this depth class.</param>
/// <param name="Explanation">In words, with what limits the search.</param>
public sealed record SearchedCompartment(DepthClass Depth, SearchState State, int Count, string Explanation)
{
    /// <summary>Part of a deposit's voxels from which it reaches into a compartment that is not its own; less may be its blur.</summary>
    private const double ReachingFraction = 0.1;

    /// <summary>Slices thicker than this hide small deposits, mm.</summary>
    private const double ThickSliceMm = 3;

    /// <summary>
    /// Diameter of the least ball seen for sure, in slice thicknesses: where it straddles two slices its middle fills 3/8 of each, so that calcium of 400 HU
    /// shows as 175 HU in muscle, just above the threshold.
    /// </summary>
    private const double LeastSeenThicknesses = 0.75;

    /// <summary>The compartment as case reports name it, e.g. "subcutaneous fat".</summary>
    public string Name => NameOf(Depth);

    /// <summary>What was searched in a series.</summary>
    /// <param name="coverage">What of the body the image shows; null where it is not known: then nothing can be said.</param>
    /// <param name="series">The series.</param>
    /// <param name="options">What the caller chose.</param>
    /// <param name="defaultThresholdHu">Threshold for the tube voltage, HU.</param>
    /// <param name="regions">The regions of the report.</param>
    internal static ImmutableArray<SearchedCompartment> Of(
        BodyCoverage? coverage, CtSeries series, AnalysisOptions options, double defaultThresholdHu, ImmutableArray<Region> regions)
    {
        if (coverage is null)
        {
            return [];
        }

        List<string> limits = [.. Limits(coverage, series, options, defaultThresholdHu)];
        List<DepthClass> compartments = [DepthClass.Cutaneous, DepthClass.Subcutaneous, DepthClass.Fascial, DepthClass.Intramuscular];
        if (regions.Any(static region => region.Depth == DepthClass.Periarticular && region.Kind is RegionKind.SoftTissueCalcification or RegionKind.Uncertain))
        {
            // Where joints lie is known only beside a finding.
            compartments.Add(DepthClass.Periarticular);
        }

        if (coverage.HasTrunk || coverage.HasSkull)
        {
            compartments.Add(DepthClass.Internal);
        }

        return [.. compartments.Select(depth => Search(depth, coverage, series.Volume.Geometry.SliceCount, limits, regions))];
    }

    private static SearchedCompartment Search(DepthClass depth, BodyCoverage coverage, int sliceCount, List<string> limits, ImmutableArray<Region> regions)
    {
        string name = NameOf(depth);
        Region[] deposits = [.. regions.Where(region => region.Kind == RegionKind.SoftTissueCalcification)];
        Region[] own = [.. deposits.Where(region => region.Depth == depth)];
        int count = own.Sum(region => region.ComponentCount);
        int reaching = deposits.Count(region => region.Depth != depth && region.DepthShares.Any(share => share.Depth == depth && share.Fraction >= ReachingFraction));
        Region[] doubtful = [.. regions.Where(region => region.Kind == RegionKind.Uncertain && region.Depth == depth)];
        List<string> sentences =
        [
            count switch
            {
                0 => $"No calcification in the {name}.",
                1 => Text($"1 calcification in the {name}, {own[0].VolumeMm3:0.0} mm³."),
                _ => Text($"{count} calcifications in the {name}, {own.Sum(region => region.VolumeMm3):0.0} mm³."),
            },
        ];
        if (count == 0 && reaching > 0)
        {
            sentences = [$"No calcification of its own in the {name}, but {reaching} of other compartments {(reaching == 1 ? "reaches" : "reach")} into it."];
        }

        if (doubtful.Length > 0)
        {
            sentences.Add(Text($"Uncertain findings there: {doubtful.Sum(region => region.ComponentCount)}, {doubtful.Sum(region => region.VolumeMm3):0.0} mm³."));
        }

        string? obstacle = Obstacle(depth, coverage, sliceCount);
        if (obstacle is not null && count == 0 && reaching == 0)
        {
            return new SearchedCompartment(depth, SearchState.NotSearched, 0, string.Join(' ', [Sentence(obstacle), .. sentences.Skip(1)]));
        }

        if (coverage.HasTrunk && depth == DepthClass.Intramuscular)
        {
            limits = [.. limits, Text($"deeper than {SeparationParameters.InternalDepthMm:0} mm in the trunk nothing is called a deposit with certainty")];
        }

        SearchState state = count > 0 || reaching > 0 ? SearchState.Found
            : limits.Count > 0 || doubtful.Length > 0 ? SearchState.PartlySearched
            : SearchState.Empty;
        if (limits.Count > 0)
        {
            sentences.Add($"Limits of the search: {string.Join("; ", limits)}.");
        }

        return new SearchedCompartment(depth, state, count, string.Join(' ', sentences));
    }

    /// <summary>Why a compartment could not be searched at all; null where it could.</summary>
    private static string? Obstacle(DepthClass depth, BodyCoverage coverage, int sliceCount) =>
        !coverage.HasBody ? "no body was found in the image"
        : sliceCount < SeparationParameters.FewSlices ? Text($"with fewer than {SeparationParameters.FewSlices} slices nothing is called a deposit with certainty")
        : depth == DepthClass.Cutaneous && !coverage.HasSkin ? "the skin lies outside the field of view"
        : depth == DepthClass.Internal ? "inside trunk and skull nothing is called a deposit with certainty: it may be vascular or visceral"
        : null;

    private static IEnumerable<string> Limits(BodyCoverage coverage, CtSeries series, AnalysisOptions options, double defaultThresholdHu)
    {
        int sliceCount = series.Volume.Geometry.SliceCount;
        if (coverage.TruncatedSliceCount > 0)
        {
            yield return $"the body reaches beyond the field of view in {coverage.TruncatedSliceCount} of {sliceCount} slices";
        }

        if (coverage.StreakSliceCount > 0)
        {
            yield return $"streaks of metal in {coverage.StreakSliceCount} of {sliceCount} slices";
        }

        double thickness = Math.Max(series.Acquisition.SliceThicknessMm ?? 0, series.Volume.Geometry.BetweenSlicesMm);
        if (thickness > ThickSliceMm)
        {
            double diameter = LeastSeenThicknesses * thickness;
            yield return Text($"slices {thickness:0.#} mm thick: deposits below about {Math.PI / 6 * diameter * diameter * diameter:0} mm³ may not be seen");
        }

        if (options.ThresholdHu is { } threshold && threshold > defaultThresholdHu)
        {
            yield return Text($"the threshold of {threshold:0.#} HU is above the usual {defaultThresholdHu:0.#} HU: less dense calcium is not seen");
        }

        if (options.RegionOfInterest is not null)
        {
            yield return "only a region of interest is reported";
        }

        if (options.MinimumVolumeMm3 is { } least and > 0)
        {
            yield return Text($"deposits below {least:0.##} mm³ are left out");
        }
    }

    private static string NameOf(DepthClass depth) => depth switch
    {
        DepthClass.Cutaneous => "skin",
        DepthClass.Subcutaneous => "subcutaneous fat",
        DepthClass.Fascial => "fascial planes",
        DepthClass.Intramuscular => "muscle",
        DepthClass.Periarticular => "periarticular tissue",
        _ => "inside of trunk and skull",
    };

    private static string Sentence(string words) => $"{char.ToUpperInvariant(words[0])}{words.AsSpan(1)}.";

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
