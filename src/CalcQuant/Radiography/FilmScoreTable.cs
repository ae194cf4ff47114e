using System.Collections.Immutable;
using System.Globalization;
using CalcQuant.Analysis;
using CalcQuant.Measurement;

namespace CalcQuant.Radiography;

/// <summary>How the points for coverage, density and count of a region become its points.</summary>
public enum ScoreCombination
{
    /// <summary>They are added.</summary>
    Sum = 1,

    /// <summary>They are multiplied.</summary>
    Product = 2,
}

/// <summary>Which grade stands for a region with several findings.</summary>
public enum ScoreGradeChoice
{
    /// <summary>That of its densest finding.</summary>
    Densest = 1,

    /// <summary>The one that most of its area has; of two with the same area the denser one.</summary>
    MostArea = 2,
}

/// <summary>Points for a range of values: those above the end of the band before it, up to its own.</summary>
/// <param name="UpTo">Greatest value, included; null for the last band, which has no end.</param>
/// <param name="Points">Points.</param>
public readonly record struct ScoreBand(double? UpTo, decimal Points);

/// <summary>Points for the density grade of a region.</summary>
/// <param name="Of">Which grade stands for several findings.</param>
/// <param name="None">Points without a finding.</param>
/// <param name="Faint">Points of <see cref="DensityGrade.Faint"/>.</param>
/// <param name="Moderate">Points of <see cref="DensityGrade.Moderate"/>.</param>
/// <param name="Dense">Points of <see cref="DensityGrade.Dense"/>.</param>
/// <param name="Unknown">Points where a finding has no grade; null where such a film has no score.</param>
public sealed record ScoreDensity(ScoreGradeChoice Of, decimal None, decimal Faint, decimal Moderate, decimal Dense, decimal? Unknown = null);

/// <summary>A place in a film of any size: fractions of its width and height.</summary>
/// <param name="X">0 is the outer edge of the first column, 1 that of the last.</param>
/// <param name="Y">0 is the outer edge of the first row, 1 that of the last.</param>
public readonly record struct FilmFraction(double X, double Y);

/// <summary>A region that is scored: findings with their centre in a place, findings of some names, or all of a film.</summary>
public sealed record ScoreRegion
{
    /// <summary>What it is called.</summary>
    public required string Name { get; init; }

    /// <summary>Corners of its outline, in order, which does not cross itself; empty where it has no place.</summary>
    public ImmutableArray<FilmFraction> Outline { get; init; } = [];

    /// <summary>Names that readers gave to guided findings; empty where names do not matter. Not together with <see cref="Outline"/>.</summary>
    public ImmutableArray<string> FindingNames { get; init; } = [];

    /// <summary>The films that show it, by site; null for all.</summary>
    public BodySite? Site { get; init; }

    /// <summary>The films that show it, by side; null for both.</summary>
    public Laterality? Laterality { get; init; }

    /// <summary>What its coverage is a share of, mm²; null for the area of <see cref="Outline"/>. Without bands for coverage it has no meaning.</summary>
    public double? ReferenceAreaMm2 { get; init; }

    /// <summary>Factor of its points.</summary>
    public decimal Weight { get; init; } = 1;
}

/// <summary>
/// A table that turns what a film shows into a score. It is the user's: none is built in, as none was published with its regions, bands and weights
/// (the SCTC hand score of Chung 2015 is not available in full).
/// </summary>
public sealed record FilmScoreTable
{
    /// <summary>Regions at most.</summary>
    public const int MaxRegionCount = 200;

    /// <summary>Bands of one kind at most.</summary>
    public const int MaxBandCount = 50;

    /// <summary>Corners of a region and names of a region at most.</summary>
    public const int MaxCornerCount = 100;

    /// <summary>Characters of a name at most.</summary>
    public const int MaxNameLength = 128;

    /// <summary>Characters of <see cref="Origin"/> at most.</summary>
    public const int MaxOriginLength = 1000;

    /// <summary>Points and weights at most. With <see cref="MaxPointDecimals"/> every product and sum of them is exact.</summary>
    public const decimal MaxPoints = 1000;

    /// <summary>Decimals of points and weights at most.</summary>
    public const int MaxPointDecimals = 3;

    /// <summary>Reference areas at most, mm²: a square metre.</summary>
    public const double MaxAreaMm2 = 1e6;

    /// <summary>Tiers that count unless a table says otherwise: those of a report's totals.</summary>
    public static ImmutableArray<FindingTier> DefaultTiers { get; } = [FindingTier.Probable, FindingTier.Guided];

    /// <summary>What the table is called.</summary>
    public required string Name { get; init; }

    /// <summary>Where it comes from, in words.</summary>
    public required string Origin { get; init; }

    /// <summary>Tiers whose findings count.</summary>
    public ImmutableArray<FindingTier> Tiers { get; init; } = DefaultTiers;

    /// <summary>How parts become the points of a region.</summary>
    public required ScoreCombination Combination { get; init; }

    /// <summary>Points for the share of the reference area that is covered; empty where coverage does not count.</summary>
    public ImmutableArray<ScoreBand> Coverage { get; init; } = [];

    /// <summary>Points for the density grade; null where density does not count.</summary>
    public ScoreDensity? Density { get; init; }

    /// <summary>Points for the number of findings; empty where the number does not count.</summary>
    public ImmutableArray<ScoreBand> Count { get; init; } = [];

    /// <summary>The regions; the score is the sum of their points.</summary>
    public required ImmutableArray<ScoreRegion> Regions { get; init; }

    /// <summary>What is wrong with this table, in words that name the entry; null where nothing is.</summary>
    public string? Problem()
    {
        if (!RegionCorrection.IsText(Name, MaxNameLength))
        {
            return $"name: it wants one line of at most {MaxNameLength} characters";
        }

        if (!RegionCorrection.IsText(Origin, MaxOriginLength))
        {
            return $"origin: it wants one line of at most {MaxOriginLength} characters that says where the table comes from";
        }

        if (Tiers.IsEmpty || Tiers.Distinct().Count() != Tiers.Length)
        {
            return "tiers: it wants at least one tier, each once";
        }

        if (Coverage.IsEmpty && Density is null && Count.IsEmpty)
        {
            return "it wants at least one of coverage, density and count";
        }

        if (((Coverage.IsEmpty ? null : ProblemOf(Coverage, "coverage", wantsWhole: false))
            ?? (Count.IsEmpty ? null : ProblemOf(Count, "count", wantsWhole: true))
            ?? (Density is null ? null : ProblemOf(Density))) is { } problem)
        {
            return problem;
        }

        if (Regions.IsEmpty || Regions.Length > MaxRegionCount)
        {
            return $"regions: it wants 1 to {MaxRegionCount} regions, not {Regions.Length}";
        }

        var names = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < Regions.Length; i++)
        {
            if ((ProblemOf(Regions[i]) ?? (names.Add(Regions[i].Name) ? null : "there is an earlier region of that name")) is { } wrong)
            {
                return $"{TitleOf(i, Regions[i].Name)}: {wrong}";
            }
        }

        return null;
    }

    /// <summary>What messages call a region.</summary>
    /// <param name="index">Its place in the list, from 0.</param>
    /// <param name="name">Its name, as far as known.</param>
    public static string TitleOf(int index, string? name) =>
        RegionCorrection.IsText(name, MaxNameLength) ? $"region {index + 1} ({name})" : $"region {index + 1}";

    private static string? ProblemOf(ImmutableArray<ScoreBand> bands, string kind, bool wantsWhole)
    {
        if (bands.Length > MaxBandCount)
        {
            return $"{kind}: it has {bands.Length} bands, more than {MaxBandCount}";
        }

        double? before = null;
        for (int i = 0; i < bands.Length; i++)
        {
            string title = $"{kind}, band {i + 1}";
            bool isLast = i == bands.Length - 1;
            if (ProblemOf(bands[i].Points) is { } problem)
            {
                return $"{title}: points: {problem}";
            }

            if (bands[i].UpTo is not { } end)
            {
                if (!isLast)
                {
                    return $"{title}: upTo is missing; only the last band has no end";
                }

                continue;
            }

            if (isLast)
            {
                return $"{title}: the last band has no upTo, so that every value has points";
            }

            if (!double.IsFinite(end) || end < 0 || (wantsWhole && end != Math.Floor(end)))
            {
                return $"{title}: upTo: it wants a {(wantsWhole ? "whole number" : "share")} from 0 on";
            }

            if (end <= before)
            {
                return string.Create(CultureInfo.InvariantCulture, $"{title}: it ends at {end}, which is not above the {before} of the band before it");
            }

            before = end;
        }

        return null;
    }

    private static string? ProblemOf(ScoreDensity density) =>
        new (string Name, decimal? Points)[]
        {
            ("none", density.None), ("faint", density.Faint), ("moderate", density.Moderate), ("dense", density.Dense), ("unknown", density.Unknown),
        }
        .Select(grade => grade.Points is { } points && ProblemOf(points) is { } problem ? $"density: {grade.Name}: {problem}" : null)
        .FirstOrDefault(problem => problem is not null);

    private string? ProblemOf(ScoreRegion region)
    {
        if (!RegionCorrection.IsText(region.Name, MaxNameLength))
        {
            return $"name: it wants one line of at most {MaxNameLength} characters";
        }

        if (region.Outline.IsEmpty && region.FindingNames.IsEmpty && region.Site is null && region.Laterality is null)
        {
            return "it wants a box, a polygon, findingNames, a site or a laterality";
        }

        if (!region.Outline.IsEmpty && !region.FindingNames.IsEmpty)
        {
            return "it has a place or findingNames, not both";
        }

        if (!region.Outline.IsEmpty && ProblemOf(region.Outline) is { } place)
        {
            return place;
        }

        if (region.FindingNames.Length > MaxCornerCount)
        {
            return $"findingNames: it has {region.FindingNames.Length} names, more than {MaxCornerCount}";
        }

        if (region.FindingNames.Any(name => !RegionCorrection.IsText(name, MaxNameLength)) || region.FindingNames.Distinct(StringComparer.Ordinal).Count() != region.FindingNames.Length)
        {
            return $"findingNames: it wants different lines of at most {MaxNameLength} characters";
        }

        if (region.ReferenceAreaMm2 is { } area && !(double.IsFinite(area) && area > 0 && area <= MaxAreaMm2))
        {
            return $"referenceAreaMm2: it wants a number of mm² above 0, at most {MaxAreaMm2:0}";
        }

        if (Coverage.IsEmpty && region.ReferenceAreaMm2 is not null)
        {
            return "referenceAreaMm2: the table has no bands for coverage";
        }

        if (!Coverage.IsEmpty && region.ReferenceAreaMm2 is null && region.Outline.IsEmpty)
        {
            return "referenceAreaMm2: coverage wants it where a region has no box or polygon of its own";
        }

        return ProblemOf(region.Weight) is { } weight ? $"weight: {weight}" : null;
    }

    private static string? ProblemOf(decimal points) =>
        points is < 0 or > MaxPoints || decimal.Round(points, MaxPointDecimals) != points
            ? $"it wants a number from 0 to {MaxPoints:0} with at most {MaxPointDecimals} decimals"
            : null;

    private static string? ProblemOf(ImmutableArray<FilmFraction> outline)
    {
        if (outline.Length is < 3 or > MaxCornerCount)
        {
            return $"polygon: it wants 3 to {MaxCornerCount} corners, not {outline.Length}";
        }

        if (outline.Any(corner => !(corner.X is >= 0 and <= 1 && corner.Y is >= 0 and <= 1)))
        {
            return "its place wants fractions of the film, 0 to 1";
        }

        return FractionOutline.CrossesItself(outline) || !(FractionOutline.Area(outline) > 1e-6)
            ? "its place wants an outline that does not cross itself and has an area"
            : null;
    }
}
