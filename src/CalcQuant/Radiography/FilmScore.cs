using System.Collections.Immutable;
using System.Globalization;
using CalcQuant.Analysis;
using CalcQuant.Measurement;

namespace CalcQuant.Radiography;

/// <summary>Findings and what they cover.</summary>
/// <param name="Count">Findings.</param>
/// <param name="AreaPixels">Sum of their areas, pixels.</param>
/// <param name="AreaMm2">Sum of their areas, mm²; null where the size of the pixels is not known.</param>
/// <param name="AreaIntervalMm2">Interval that holds the true sum with 95 %, as in a report's totals; null where there is nothing, or no mm².</param>
public sealed record ScoredArea(int Count, double AreaPixels, double? AreaMm2, Interval? AreaIntervalMm2);

/// <summary>A region of a table in one film.</summary>
/// <param name="Name">Its name in the table.</param>
/// <param name="Found">The findings that count in it.</param>
/// <param name="Points">Its points: the parts combined, times the weight.</param>
public sealed record RegionScore(string Name, ScoredArea Found, decimal Points)
{
    /// <summary>Share of the reference area that is covered; above 1 where the findings are larger. Null where coverage does not count.</summary>
    public double? Coverage { get; init; }

    /// <summary>The grade that stands for the region; null without a finding, or where a finding has none.</summary>
    public DensityGrade? Grade { get; init; }

    /// <summary>Points for the coverage; null where it does not count.</summary>
    public decimal? CoveragePoints { get; init; }

    /// <summary>Points for the density; null where it does not count.</summary>
    public decimal? DensityPoints { get; init; }

    /// <summary>Points for the number of findings; null where it does not count.</summary>
    public decimal? CountPoints { get; init; }

    /// <summary>Factor of the points.</summary>
    public decimal Weight { get; init; } = 1;
}

/// <summary>
/// What one film scores by a table of the user's. Points are decimal numbers that add and multiply exactly, so that a bound is a bound. A finding lies in
/// the place that holds the centre of its pixels, and in no two regions of a table.
/// </summary>
public sealed record FilmScore
{
    /// <summary>The table.</summary>
    public required FilmScoreTable Table { get; init; }

    /// <summary>The film, as the report has it.</summary>
    public required FilmReport Film { get; init; }

    /// <summary>Body Part Examined (0018,0015); null where the header has none.</summary>
    public string? BodyPart { get; init; }

    /// <summary>Side of the body as the header has it, e.g. R or L; null where it has none.</summary>
    public string? Laterality { get; init; }

    /// <summary>Version of the algorithm that measured the film.</summary>
    public required string AlgorithmVersion { get; init; }

    /// <summary>The regions that this film shows, in the order of the table.</summary>
    public required ImmutableArray<RegionScore> Regions { get; init; }

    /// <summary>Names of the regions of the table that films of another site or side show.</summary>
    public ImmutableArray<string> NotOnThisFilm { get; init; } = [];

    /// <summary>The findings of all regions together.</summary>
    public required ScoredArea Found { get; init; }

    /// <summary>Findings of the tiers that count which lie in no region: they have no points.</summary>
    public required ScoredArea Outside { get; init; }

    /// <summary>The score: the sum of the points of the regions.</summary>
    public decimal Points => Regions.Sum(region => region.Points);

    /// <summary>Scores a film.</summary>
    /// <param name="table">The table.</param>
    /// <param name="report">The report of a film.</param>
    /// <param name="score">The score; null where there is none.</param>
    /// <returns>Why there is none, in words; null where there is one.</returns>
    /// <exception cref="ArgumentException">The table has a <see cref="FilmScoreTable.Problem"/>.</exception>
    public static string? Measure(FilmScoreTable table, AnalysisReport report, out FilmScore? score)
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(report);
        score = null;
        if (table.Problem() is { } wrong)
        {
            throw new ArgumentException(wrong, nameof(table));
        }

        if (report.Verdict == Verdict.Refused)
        {
            return report.Issues.IsEmpty ? "the film was refused" : $"the film was refused: {report.Issues[0].Explanation}";
        }

        if (report.Film is not { } film || report.Acquisition is not { } acquisition)
        {
            return $"this is a report of {report.Modality}, and the score is one of radiographs";
        }

        ProjectedRegion[] counted = [.. film.Regions.Where(region => table.Tiers.Contains(region.Tier))];
        if (ProblemOf(film, counted) is { } damage)
        {
            return damage;
        }

        var place = new FilmPlace(acquisition);
        ScoreRegion[] shown = [.. table.Regions.Where(region => (region.Site ?? place.Site) == place.Site && (region.Laterality ?? place.Side) == place.Side)];
        if (shown.Length == 0)
        {
            return $"no region of the table is one of this film (body part {acquisition.BodyPartExamined ?? "not given"}, side {acquisition.Laterality ?? "not given"})";
        }

        var scores = ImmutableArray.CreateBuilder<RegionScore>(shown.Length);
        var owners = new Dictionary<ProjectedRegion, string>(ReferenceEqualityComparer.Instance);
        foreach (ScoreRegion region in shown)
        {
            ProjectedRegion[] found = [.. counted.Where(finding => Holds(region, film, finding))];
            foreach (ProjectedRegion finding in found)
            {
                if (!owners.TryAdd(finding, region.Name))
                {
                    return $"finding {finding.Id} lies in two regions of the table, {owners[finding]} and {region.Name}: it would count twice";
                }
            }

            if (Measure(table, region, film, found, out RegionScore? scored) is { } problem)
            {
                return $"region {region.Name}: {problem}";
            }

            scores.Add(scored!);
        }

        score = new FilmScore
        {
            Table = table,
            Film = film,
            BodyPart = acquisition.BodyPartExamined,
            Laterality = acquisition.Laterality,
            AlgorithmVersion = report.AlgorithmVersion,
            Regions = scores.ToImmutable(),
            NotOnThisFilm = [.. table.Regions.Except(shown).Select(region => region.Name)],
            Found = Sum(film, [.. counted.Where(owners.ContainsKey)]),
            Outside = Sum(film, [.. counted.Where(finding => !owners.ContainsKey(finding))]),
        };
        return null;
    }

    private static string? Measure(FilmScoreTable table, ScoreRegion region, FilmReport film, ProjectedRegion[] found, out RegionScore? score)
    {
        score = null;
        ScoredArea area = Sum(film, found);
        double? coverage = null;
        if (!table.Coverage.IsEmpty)
        {
            if (region.ReferenceAreaMm2 is not null && area.AreaMm2 is null)
            {
                return "its reference area is in mm², and the size of the pixels of this film is not known";
            }

            // A share of the region's own area is one of pixels: it needs no scale.
            coverage = region.ReferenceAreaMm2 is { } reference
                ? area.AreaMm2 / reference
                : area.AreaPixels / (FractionOutline.Area(region.Outline) * film.ColumnCount * film.RowCount);
        }

        DensityGrade? grade = GradeOf(found, table.Density?.Of ?? ScoreGradeChoice.Densest);
        decimal? density = null;
        if (table.Density is { } points)
        {
            density = found.Length == 0 ? points.None : grade switch
            {
                DensityGrade.Faint => points.Faint,
                DensityGrade.Moderate => points.Moderate,
                DensityGrade.Dense => points.Dense,
                _ => points.Unknown,
            };
            if (density is null)
            {
                return $"finding {found.First(finding => finding.Grade is null).Id} has no density grade, as no cortex was found in this film, and the table has no points for unknown";
            }
        }

        decimal? covered = coverage is { } share ? PointsOf(table.Coverage, share) : null;
        decimal? counted = table.Count.IsEmpty ? null : PointsOf(table.Count, found.Length);
        decimal[] parts = [.. new[] { covered, density, counted }.OfType<decimal>()];
        decimal combined = table.Combination == ScoreCombination.Product ? parts.Aggregate(1m, (product, part) => product * part) : parts.Sum();
        score = new RegionScore(region.Name, area, combined * region.Weight)
        {
            Coverage = coverage,
            Grade = grade,
            CoveragePoints = covered,
            DensityPoints = density,
            CountPoints = counted,
            Weight = region.Weight,
        };
        return null;
    }

    private static decimal PointsOf(ImmutableArray<ScoreBand> bands, double value) => bands.First(band => band.UpTo is not { } end || value <= end).Points;

    private static bool Holds(ScoreRegion region, FilmReport film, ProjectedRegion finding)
    {
        if (!region.FindingNames.IsEmpty)
        {
            return finding.Name is { } name && region.FindingNames.Contains(name, StringComparer.Ordinal);
        }

        // The centre of the first pixel is (0, 0), half a pixel within the film.
        return region.Outline.IsEmpty || FractionOutline.Holds(
            region.Outline,
            new FilmFraction((finding.CentroidPixel.Column + 0.5) / film.ColumnCount, (finding.CentroidPixel.Row + 0.5) / film.RowCount));
    }

    /// <summary>One finding without a grade leaves that of the region open: it may be the one that counts.</summary>
    private static DensityGrade? GradeOf(ProjectedRegion[] found, ScoreGradeChoice choice) =>
        found.Length == 0 || found.Any(finding => finding.Grade is null) ? null
        : choice == ScoreGradeChoice.Densest ? found.Max(finding => finding.Grade)
        : found.GroupBy(finding => finding.Grade).OrderByDescending(grade => grade.Sum(finding => finding.AreaPixels)).ThenByDescending(grade => grade.Key).First().Key;

    private static ScoredArea Sum(FilmReport film, ProjectedRegion[] found)
    {
        if (found.Length == 0)
        {
            return new ScoredArea(0, 0, film.Scale is null ? null : 0, null);
        }

        ProjectedTotal total = RadiographAnalysis.Sum(RegionKind.SoftTissueCalcification, found, film.Scale);
        return new ScoredArea(total.Count, total.AreaPixels, total.AreaMm2, total.AreaIntervalMm2);
    }

    /// <summary>A report comes from a file, which somebody may have edited.</summary>
    private static string? ProblemOf(FilmReport film, ProjectedRegion[] counted)
    {
        if (film.ColumnCount < 1 || film.RowCount < 1)
        {
            return "the report has no size of the film";
        }

        if (film.Scale is { } scale && !(IsSize(scale.BetweenColumnsMm) && IsSize(scale.BetweenRowsMm) && scale.RelativeUncertainty is >= 0 and < 10))
        {
            return "the report has a size of the pixels that is none";
        }

        ProjectedRegion? damaged = Array.Find(counted, finding =>
            !(IsSize(finding.AreaPixels) && double.IsFinite(finding.CentroidPixel.Column) && double.IsFinite(finding.CentroidPixel.Row))
            || (film.Scale is not null && !(finding is { AreaMm2: { } area, AreaIntervalMm2: { } interval } && IsSize(interval.Low) && interval.Low <= area && area <= interval.High && IsSize(interval.High))));
        return damaged is null ? null : string.Create(CultureInfo.InvariantCulture, $"finding {damaged.Id} of the report has no area or no place");
    }

    private static bool IsSize(double value) => double.IsFinite(value) && value > 0;
}
