using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text.Json;
using CalcQuant.Api;
using CalcQuant.Measurement;
using CalcQuant.Radiography;

namespace CalcQuant.Cli.Commands;

/// <summary>
/// A file with a table of scores; <c>docs/film-score.md</c> has its fields. It is read strictly: a misspelt field would be points that never count.
/// </summary>
internal static class ScoreTableFile
{
    /// <summary>Bytes of a file at most.</summary>
    public const int MaxBytes = 1 << 20;

    private static readonly string[] TableFields = ["name", "origin", "tiers", "combination", "coverage", "density", "count", "regions"];
    private static readonly string[] BandFields = ["upTo", "points"];
    private static readonly string[] DensityFields = ["of", "none", "faint", "moderate", "dense", "unknown"];
    private static readonly string[] RegionFields = ["name", "box", "polygon", "findingNames", "site", "laterality", "referenceAreaMm2", "weight"];
    private static readonly string[] BoxFields = ["left", "top", "right", "bottom"];
    private static readonly string[] CornerFields = ["x", "y"];

    /// <summary>Reads a file.</summary>
    /// <param name="path">Where it is.</param>
    /// <param name="table">The table; null where something is wrong.</param>
    /// <param name="sha256">SHA-256 of the bytes of the file, lower-case hex.</param>
    /// <returns>What is wrong, in one line; null where nothing is.</returns>
    public static string? Read(string path, out FilmScoreTable? table, out string sha256)
    {
        FilmScoreTable? read = null;
        string hash = string.Empty;
        string? problem = BoundedFile.ReadJson(path, MaxBytes, (root, bytes) =>
        {
            hash = Convert.ToHexStringLower(SHA256.HashData(bytes));
            try
            {
                read = Table(root);
                return read.Problem();
            }
            catch (FormatException wrong)
            {
                return wrong.Message;
            }
        });
        (table, sha256) = (problem is null ? read : null, hash);
        return problem;
    }

    private static FilmScoreTable Table(JsonElement root)
    {
        CheckFields(root, TableFields, title: null);
        return new FilmScoreTable
        {
            Name = Text(root, "name", title: null),
            Origin = Text(root, "origin", title: null),
            Tiers = root.TryGetProperty("tiers", out _) ? [.. List(root, "tiers", Enum.GetValues<FindingTier>().Length, title: null).Select(Tier)] : FilmScoreTable.DefaultTiers,
            Combination = Text(root, "combination", title: null) switch
            {
                "SUM" => ScoreCombination.Sum,
                "PRODUCT" => ScoreCombination.Product,
                _ => throw new FormatException("combination: it wants SUM or PRODUCT"),
            },
            Coverage = Bands(root, "coverage"),
            Density = root.TryGetProperty("density", out JsonElement density) ? Density(density) : null,
            Count = Bands(root, "count"),
            Regions = [.. List(root, "regions", FilmScoreTable.MaxRegionCount, title: null).Select(Region)],
        };
    }

    private static FindingTier Tier(JsonElement tier) =>
        tier.ValueKind == JsonValueKind.String && ReportReading.TryReadTier(tier.GetString()!, out FindingTier known)
            ? known
            : throw new FormatException("tiers: it wants names of tiers, e.g. FINDING_TIER_PROBABLE");

    private static ImmutableArray<ScoreBand> Bands(JsonElement root, string kind)
    {
        if (!root.TryGetProperty(kind, out _))
        {
            return [];
        }

        JsonElement[] bands = List(root, kind, FilmScoreTable.MaxBandCount, title: null);
        return bands.Length == 0
            ? throw new FormatException($"{kind}: it has no bands; leave it out where it does not count")
            : [.. bands.Select((band, index) =>
            {
                string title = $"{kind}, band {index + 1}";
                CheckFields(band, BandFields, title);
                return new ScoreBand(band.TryGetProperty("upTo", out _) ? Number(band, "upTo", title) : null, Points(band, "points", title));
            })];
    }

    private static ScoreDensity Density(JsonElement density)
    {
        const string title = "density";
        CheckFields(density, DensityFields, title);
        return new ScoreDensity(
            Text(density, "of", title) switch
            {
                "DENSEST" => ScoreGradeChoice.Densest,
                "MOST_AREA" => ScoreGradeChoice.MostArea,
                _ => throw new FormatException("density: of: it wants DENSEST or MOST_AREA"),
            },
            Points(density, "none", title),
            Points(density, "faint", title),
            Points(density, "moderate", title),
            Points(density, "dense", title),
            density.TryGetProperty("unknown", out _) ? Points(density, "unknown", title) : null);
    }

    private static ScoreRegion Region(JsonElement region, int index)
    {
        string? name = region.ValueKind == JsonValueKind.Object && region.TryGetProperty("name", out JsonElement given) && given.ValueKind == JsonValueKind.String ? given.GetString() : null;
        string title = FilmScoreTable.TitleOf(index, name);
        CheckFields(region, RegionFields, title);
        if (region.TryGetProperty("box", out JsonElement box) && region.TryGetProperty("polygon", out _))
        {
            throw new FormatException($"{title}: it has a box or a polygon, not both");
        }

        return new ScoreRegion
        {
            Name = Text(region, "name", title),
            Outline = box.ValueKind != JsonValueKind.Undefined ? Box(box, $"{title}: box")
                : region.TryGetProperty("polygon", out _) ? Polygon(region, title)
                : [],
            FindingNames = region.TryGetProperty("findingNames", out _) ? FindingNames(region, title) : [],
            Site = !region.TryGetProperty("site", out _) ? null
                : ReportReading.TryReadSite(Text(region, "site", title), out BodySite site) ? site
                : throw new FormatException($"{title}: site: it wants the name of a site, e.g. BODY_SITE_HAND"),
            Laterality = !region.TryGetProperty("laterality", out _) ? null
                : ReportReading.TryReadLaterality(Text(region, "laterality", title), out Laterality side) && side != Measurement.Laterality.Midline ? side
                : throw new FormatException($"{title}: laterality: it wants LATERALITY_RIGHT or LATERALITY_LEFT"),
            ReferenceAreaMm2 = region.TryGetProperty("referenceAreaMm2", out _) ? Number(region, "referenceAreaMm2", title) : null,
            Weight = region.TryGetProperty("weight", out _) ? Points(region, "weight", title) : 1,
        };
    }

    private static ImmutableArray<FilmFraction> Box(JsonElement box, string title)
    {
        CheckFields(box, BoxFields, title);
        double left = Number(box, "left", title), top = Number(box, "top", title), right = Number(box, "right", title), bottom = Number(box, "bottom", title);
        return left < right && top < bottom
            ? [new(left, top), new(right, top), new(right, bottom), new(left, bottom)]
            : throw new FormatException($"{title}: it wants left below right and top below bottom");
    }

    private static ImmutableArray<FilmFraction> Polygon(JsonElement region, string title)
    {
        JsonElement[] corners = List(region, "polygon", FilmScoreTable.MaxCornerCount, title);
        return corners.Length == 0
            ? throw new FormatException($"{title}: polygon: it has no corners")
            : [.. corners.Select((corner, index) =>
            {
                string place = $"{title}: polygon, corner {index + 1}";
                CheckFields(corner, CornerFields, place);
                return new FilmFraction(Number(corner, "x", place), Number(corner, "y", place));
            })];
    }

    private static ImmutableArray<string> FindingNames(JsonElement region, string title)
    {
        JsonElement[] names = List(region, "findingNames", FilmScoreTable.MaxCornerCount, title);
        return names.Length == 0 || Array.Exists(names, name => name.ValueKind != JsonValueKind.String)
            ? throw new FormatException($"{title}: findingNames: it wants a list of texts")
            : [.. names.Select(name => name.GetString()!)];
    }

    private static void CheckFields(JsonElement element, string[] known, string? title)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            throw new FormatException(Titled(title, "it wants an object"));
        }

        if (BoundedFile.UnknownField(element, known) is { } unknown)
        {
            throw new FormatException(Titled(title, $"{unknown}: there is no such field"));
        }
    }

    private static JsonElement Field(JsonElement element, string name, string? title) =>
        element.TryGetProperty(name, out JsonElement value) ? value : throw new FormatException(Titled(title, $"{name}: it is missing"));

    private static string Text(JsonElement element, string name, string? title) =>
        Field(element, name, title) is { ValueKind: JsonValueKind.String } value ? value.GetString()! : throw new FormatException(Titled(title, $"{name}: it wants a text"));

    private static JsonElement[] List(JsonElement element, string name, int maxCount, string? title)
    {
        JsonElement value = Field(element, name, title);
        if (value.ValueKind != JsonValueKind.Array)
        {
            throw new FormatException(Titled(title, $"{name}: it wants a list"));
        }

        return value.GetArrayLength() <= maxCount
            ? [.. value.EnumerateArray()]
            : throw new FormatException(Titled(title, $"{name}: it has {value.GetArrayLength()} entries, more than {maxCount}"));
    }

    private static double Number(JsonElement element, string name, string? title) =>
        Field(element, name, title) is { ValueKind: JsonValueKind.Number } value && value.TryGetDouble(out double number) && double.IsFinite(number)
            ? number + 0.0
            : throw new FormatException(Titled(title, $"{name}: it wants a finite number"));

    /// <summary>Points are decimal, so that sums and bounds of them are exact.</summary>
    private static decimal Points(JsonElement element, string name, string? title) =>
        Field(element, name, title) is { ValueKind: JsonValueKind.Number } value && value.TryGetDecimal(out decimal points)
            ? points
            : throw new FormatException(Titled(title, $"{name}: it wants a number from 0 to {FilmScoreTable.MaxPoints:0}"));

    private static string Titled(string? title, string problem) => title is null ? problem : $"{title}: {problem}";
}
