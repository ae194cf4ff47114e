using System.Collections.Immutable;
using System.Text.Json;
using CalcQuant.Analysis;
using CalcQuant.Api;
using CalcQuant.Imaging;
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

    private static readonly HashSet<string> Axes = new(StringComparer.Ordinal) { "x", "y", "z" };

    /// <summary>Reads a file.</summary>
    /// <param name="path">Where it is.</param>
    /// <param name="corrections">The corrections, in order.</param>
    /// <returns>What is wrong, in one line; null where nothing is.</returns>
    public static string? Read(string path, out ImmutableArray<RegionCorrection> corrections)
    {
        ImmutableArray<RegionCorrection> read = [];
        string? problem = BoundedFile.ReadJson(path, MaxBytes, (root, _) => Read(root, out read));
        corrections = read;
        return problem;
    }

    private static string? Read(JsonElement root, out ImmutableArray<RegionCorrection> corrections)
    {
        corrections = [];
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("corrections", out JsonElement list) || list.ValueKind != JsonValueKind.Array || root.GetPropertyCount() != 1)
        {
            return "it wants an object with one field, corrections, which is a list";
        }

        if (list.GetArrayLength() > RegionCorrection.MaxCount)
        {
            return $"it has {list.GetArrayLength()} entries, more than {RegionCorrection.MaxCount}";
        }

        ImmutableArray<RegionCorrection>.Builder read = ImmutableArray.CreateBuilder<RegionCorrection>(list.GetArrayLength());
        foreach (JsonElement entry in list.EnumerateArray())
        {
            if (Read(entry, out RegionCorrection? correction) is { } problem)
            {
                return $"entry {read.Count + 1}: {problem}";
            }

            read.Add(correction!);
        }

        corrections = read.ToImmutable();
        return null;
    }

    private static string? Read(JsonElement entry, out RegionCorrection? correction)
    {
        correction = null;
        if (entry.ValueKind != JsonValueKind.Object)
        {
            return "it wants an object";
        }

        if (BoundedFile.UnknownField(entry, Fields) is { } unknown)
        {
            return $"{unknown}: there is no such field";
        }

        string series = TextOf(entry, "seriesInstanceUid");
        if (!RegionCorrection.IsText(series, MaxUidLength))
        {
            return "seriesInstanceUid: it wants the UID of a series";
        }

        int stack = 1;
        if (entry.TryGetProperty("stackNumber", out JsonElement number) && !(number.ValueKind == JsonValueKind.Number && number.TryGetInt32(out stack) && stack > 0))
        {
            return "stackNumber: it wants a whole number from 1 on";
        }

        if (PointOf(entry) is not { } point)
        {
            return "pointLpsMm: it wants x, y and z in mm";
        }

        if (!ReportReading.TryReadKind(TextOf(entry, "kind"), out RegionKind kind))
        {
            return "kind: it wants a kind, e.g. REGION_KIND_BONE";
        }

        string who = TextOf(entry, "who"), why = TextOf(entry, "why");
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

    private static string TextOf(JsonElement entry, string field) =>
        entry.TryGetProperty(field, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : string.Empty;

    private static LpsPoint? PointOf(JsonElement entry)
    {
        if (!entry.TryGetProperty("pointLpsMm", out JsonElement point) || point.ValueKind != JsonValueKind.Object || BoundedFile.UnknownField(point, Axes) is not null)
        {
            return null;
        }

        var read = new LpsPoint(NumberOf(point, "x"), NumberOf(point, "y"), NumberOf(point, "z"));
        return RegionCorrection.IsFinite(read) ? read : null;
    }

    private static double NumberOf(JsonElement point, string axis) =>
        point.TryGetProperty(axis, out JsonElement value) && value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) ? number : double.NaN;

    /// <summary>A time that says its zone: without one it would depend on the machine.</summary>
    private static DateTimeOffset? TimeOf(JsonElement entry)
    {
        string text = TextOf(entry, "when");
        bool hasZone = text.Contains('T', StringComparison.Ordinal) && (text[^1] == 'Z' || (text.Length > 6 && text[^6] is '+' or '-'));
        return hasZone && entry.GetProperty("when").TryGetDateTimeOffset(out DateTimeOffset time) ? time : null;
    }
}
