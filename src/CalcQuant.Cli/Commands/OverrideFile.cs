using System.Collections.Immutable;
using System.Text.Json;
using CalcQuant.Analysis;
using CalcQuant.Api;
using CalcQuant.Measurement;

namespace CalcQuant.Cli.Commands;

/// <summary>
/// A file of corrections: <c>{"corrections": [{"seriesInstanceUid", "stackNumber", "pointLpsMm": {"x", "y", "z"}, "kind", "who", "when", "why"}]}</c>, fields and values as in
/// the JSON of a report. It is read strictly: a misspelt field would be a correction that never happens.
/// </summary>
internal static class OverrideFile
{
    /// <summary>Bytes of a file: <see cref="RegionCorrection.MaxCount"/> corrections of the greatest length, escaped, fit.</summary>
    public const int MaxBytes = 8 << 20;

    /// <summary>Characters of a UID (PS3.5 9.1); 64, doubled for headers that do not keep to it.</summary>
    private const int MaxUidLength = 128;

    private static readonly HashSet<string> Fields = new(StringComparer.Ordinal) { "seriesInstanceUid", "stackNumber", "pointLpsMm", "kind", "who", "when", "why" };

    /// <summary>Reads a file.</summary>
    /// <param name="path">Where it is.</param>
    /// <param name="corrections">The corrections, in order.</param>
    /// <returns>What is wrong, in one line; null where nothing is.</returns>
    public static string? Read(string path, out ImmutableArray<RegionCorrection> corrections) =>
        BoundedFile.ReadList(path, MaxBytes, "corrections", RegionCorrection.MaxCount, ReadCorrection, out corrections);

    private static string? ReadCorrection(JsonElement entry, out RegionCorrection? correction)
    {
        correction = null;
        if (BoundedFile.UnknownField(entry, Fields) is { } unknown)
        {
            return $"{unknown}: there is no such field";
        }

        string series = BoundedFile.TextOf(entry, "seriesInstanceUid");
        if (!RegionCorrection.IsText(series, MaxUidLength))
        {
            return "seriesInstanceUid: it wants the UID of a series";
        }

        int stack = 1;
        if (entry.TryGetProperty("stackNumber", out JsonElement number) && !(number.ValueKind == JsonValueKind.Number && number.TryGetInt32(out stack) && stack > 0))
        {
            return "stackNumber: it wants a whole number from 1 on";
        }

        if (BoundedFile.PointOf(entry, "pointLpsMm") is not { } point)
        {
            return "pointLpsMm: it wants x, y and z in mm";
        }

        if (!ReportReading.TryReadKind(BoundedFile.TextOf(entry, "kind"), out RegionKind kind))
        {
            return "kind: it wants a kind, e.g. REGION_KIND_BONE";
        }

        string who = BoundedFile.TextOf(entry, "who"), why = BoundedFile.TextOf(entry, "why");
        if (!RegionCorrection.IsText(who, RegionCorrection.MaxWhoLength))
        {
            return $"who: it wants one line of at most {RegionCorrection.MaxWhoLength} characters";
        }

        if (TimeOf(entry) is not { } when)
        {
            return "when: it wants a time with its zone, e.g. 2026-03-04T12:00:00Z";
        }

        if (!RegionCorrection.IsText(why, RegionCorrection.MaxWhyLength))
        {
            return $"why: it wants one line of at most {RegionCorrection.MaxWhyLength} characters";
        }

        correction = new RegionCorrection(series, stack, point, kind, who, when, why);
        return null;
    }

    /// <summary>A time that says its zone: without one it would depend on the machine.</summary>
    private static DateTimeOffset? TimeOf(JsonElement entry)
    {
        string text = BoundedFile.TextOf(entry, "when");
        bool hasZone = text.Contains('T', StringComparison.Ordinal) && (text[^1] == 'Z' || (text.Length > 6 && text[^6] is '+' or '-'));
        return hasZone && entry.GetProperty("when").TryGetDateTimeOffset(out DateTimeOffset time) ? time : null;
    }
}
