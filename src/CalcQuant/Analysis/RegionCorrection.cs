using CalcQuant.Imaging;
using CalcQuant.Measurement;

namespace CalcQuant.Analysis;

/// <summary>
/// A reader's word on one region: what it is, whatever the analysis thought. The region is the one that a point lies in, as ids mean nothing outside their report.
/// </summary>
public sealed record RegionCorrection
{
    /// <summary>Characters of <see cref="Who"/>.</summary>
    public const int MaxWhoLength = 128;

    /// <summary>Characters of <see cref="Why"/>.</summary>
    public const int MaxWhyLength = 500;

    /// <summary>Corrections of one analysis: more are no reader's work.</summary>
    public const int MaxCount = 1000;

    /// <summary>Creates a correction.</summary>
    /// <param name="seriesInstanceUid">The series.</param>
    /// <param name="stackNumber">Its stack, from 1.</param>
    /// <param name="pointLpsMm">A point within a voxel of the region, e.g. <see cref="Region.SeedLpsMm"/>.</param>
    /// <param name="kind">What the region is.</param>
    /// <param name="who">Who says so; one line.</param>
    /// <param name="when">When it was said.</param>
    /// <param name="why">The reason; one line.</param>
    /// <exception cref="ArgumentException">A value is out of range.</exception>
    public RegionCorrection(string seriesInstanceUid, int stackNumber, LpsPoint pointLpsMm, RegionKind kind, string who, DateTimeOffset when, string why)
    {
        ArgumentException.ThrowIfNullOrEmpty(seriesInstanceUid);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(stackNumber);
        if (!pointLpsMm.IsFinite)
        {
            throw new ArgumentException("A point has finite coordinates.", nameof(pointLpsMm));
        }

        if (!Enum.IsDefined(kind))
        {
            throw new ArgumentException("A correction gives a kind.", nameof(kind));
        }

        if (!IsText(who, MaxWhoLength))
        {
            throw new ArgumentException("Who is a short line of text.", nameof(who));
        }

        if (!IsText(why, MaxWhyLength))
        {
            throw new ArgumentException("Why is a line of text.", nameof(why));
        }

        SeriesInstanceUid = seriesInstanceUid;
        StackNumber = stackNumber;
        PointLpsMm = pointLpsMm;
        Kind = kind;
        Who = who;
        When = when.ToUniversalTime();
        Why = why;
    }

    /// <summary>Series Instance UID.</summary>
    public string SeriesInstanceUid { get; }

    /// <summary>Number of the stack within the series, from 1.</summary>
    public int StackNumber { get; }

    /// <summary>A point within a voxel of the region, LPS mm.</summary>
    public LpsPoint PointLpsMm { get; }

    /// <summary>What the region is.</summary>
    public RegionKind Kind { get; }

    /// <summary>Who says so.</summary>
    public string Who { get; }

    /// <summary>When it was said, UTC.</summary>
    public DateTimeOffset When { get; }

    /// <summary>The reason, in the reader's words.</summary>
    public string Why { get; }

    /// <summary>Whether a text can be <see cref="Who"/> or <see cref="Why"/>: one line that is not blank.</summary>
    public static bool IsText(string? text, int maxLength) => !string.IsNullOrWhiteSpace(text) && text.Length <= maxLength && !text.Any(char.IsControl);
}

/// <summary>A correction as it was applied to a region of a report.</summary>
/// <param name="RegionId">The region.</param>
/// <param name="From">What it was before; equal to <paramref name="To"/> where the reader confirmed it.</param>
/// <param name="To">What it is.</param>
/// <param name="Who">Who said so.</param>
/// <param name="When">When, UTC.</param>
/// <param name="Why">The reason, in the reader's words.</param>
/// <param name="PointLpsMm">The point that named the region, LPS mm.</param>
public sealed record AppliedCorrection(int RegionId, RegionKind From, RegionKind To, string Who, DateTimeOffset When, string Why, LpsPoint PointLpsMm);
