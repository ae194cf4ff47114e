using CalcQuant.Measurement;

namespace CalcQuant.Radiography;

/// <summary>What <see cref="FilmScoreChange.RuleName"/> calls a change of a score.</summary>
public enum ScoreChange
{
    /// <summary>More than 25 % lower.</summary>
    Improvement = 1,

    /// <summary>Within 25 %, both ends included.</summary>
    Stable = 2,

    /// <summary>More than 25 % higher.</summary>
    Progression = 3,
}

/// <summary>
/// Two films of one view by one table. The published words apply to the change of the score only; that of the area has a number and an interval.
/// </summary>
public sealed record FilmScoreChange
{
    /// <summary>What the rule is called.</summary>
    public const string RuleName = "SCTC 25 % rule";

    /// <summary>Where it was published.</summary>
    public const string RuleSource = "Valenzuela 2022, doi 10.1016/j.semarthrit.2022.151980";

    /// <summary>What was published, and for which score.</summary>
    public const string RuleText =
        "more than 25 % increase of the score is progression, within 25 % is stable, more than 25 % decrease is improvement; published for the SCTC hand score, not for this table";

    private const decimal Bound = 0.25m;

    private const string NotSame = "two films are compared only where view, body part and side are the same";

    private FilmScoreChange(FilmScore earlier, FilmScore later) => (Earlier, Later) = (earlier, later);

    /// <summary>The earlier film, by the caller's word: reports have no dates.</summary>
    public FilmScore Earlier { get; }

    /// <summary>The later film.</summary>
    public FilmScore Later { get; }

    /// <summary>Change of the score.</summary>
    public decimal Points => Later.Points - Earlier.Points;

    /// <summary>Change of the score as a share of the earlier one; null from a score of 0, which has no percentage.</summary>
    public decimal? Share => Earlier.Points == 0 ? null : Points / Earlier.Points;

    /// <summary>What the rule calls it; null from a score of 0.</summary>
    public ScoreChange? Change =>
        Earlier.Points == 0 ? null
        : Points > Bound * Earlier.Points ? ScoreChange.Progression
        : Points < -Bound * Earlier.Points ? ScoreChange.Improvement
        : ScoreChange.Stable;

    /// <summary>Change of the area of the findings that have points, mm²; null where a film has no mm².</summary>
    public double? AreaMm2 => Later.Found.AreaMm2 - Earlier.Found.AreaMm2;

    /// <summary>
    /// Interval that holds the true change of the area with 95 %, mm², the errors of the two films taken as independent; null where a film has no interval.
    /// The distances of the ends from the estimates add in squares (Newcombe, Stat Med 1998;17:873, for differences of intervals that are not symmetric).
    /// </summary>
    public Interval? AreaIntervalMm2
    {
        get
        {
            if (AreaMm2 is not { } change || Earlier.Found is not { AreaMm2: { } before, AreaIntervalMm2: { } first } || Later.Found is not { AreaMm2: { } after, AreaIntervalMm2: { } second })
            {
                return null;
            }

            return new Interval(
                change - Math.Sqrt(Math.Pow(after - second.Low, 2) + Math.Pow(first.High - before, 2)),
                change + Math.Sqrt(Math.Pow(second.High - after, 2) + Math.Pow(before - first.Low, 2)));
        }
    }

    /// <summary>Compares two scores.</summary>
    /// <param name="earlier">Of the earlier film.</param>
    /// <param name="later">Of the later film, by the same table.</param>
    /// <param name="change">The change; null where the films are not comparable.</param>
    /// <returns>Why they are not, in words; null where they are.</returns>
    /// <exception cref="ArgumentException">The tables are not the same one.</exception>
    public static string? Between(FilmScore earlier, FilmScore later, out FilmScoreChange? change)
    {
        ArgumentNullException.ThrowIfNull(earlier);
        ArgumentNullException.ThrowIfNull(later);
        change = null;
        if (!ReferenceEquals(earlier.Table, later.Table))
        {
            throw new ArgumentException("Two scores are compared by one table.", nameof(later));
        }

        if (earlier.Film.SopInstanceUid == later.Film.SopInstanceUid)
        {
            return $"both reports are of the same film, {later.Film.SopInstanceUid}";
        }

        if ((Difference("View Position (0018,5101)", earlier.Film.ViewPosition, later.Film.ViewPosition, mayBeMissing: false)
            ?? Difference("Body Part Examined (0018,0015)", earlier.BodyPart, later.BodyPart, mayBeMissing: false)
            ?? Difference("Laterality", earlier.Laterality, later.Laterality, mayBeMissing: IsUnpaired(BodyPartTerms.SiteOf(earlier.BodyPart)))) is { } difference)
        {
            return difference;
        }

        change = new FilmScoreChange(earlier, later);
        return null;
    }

    private static string? Difference(string attribute, string? earlier, string? later, bool mayBeMissing)
    {
        string before = earlier?.Trim() ?? string.Empty, after = later?.Trim() ?? string.Empty;
        return !string.Equals(before, after, StringComparison.OrdinalIgnoreCase)
                ? $"{attribute} of the earlier film is {(before.Length == 0 ? "missing" : before)} and of the later {(after.Length == 0 ? "missing" : after)}: {NotSame}"
            : before.Length == 0 && !mayBeMissing ? $"{attribute} is missing in both films: {NotSame}"
            : null;
    }

    /// <summary>Parts of the body that have no side; one that is not known may have.</summary>
    private static bool IsUnpaired(BodySite? site) =>
        site is BodySite.Head or BodySite.Neck or BodySite.Chest or BodySite.Abdomen or BodySite.Pelvis or BodySite.Trunk;
}
