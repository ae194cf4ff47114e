using System.Text;
using System.Text.Json;
using CalcQuant.Measurement;
using CalcQuant.Radiography;

namespace CalcQuant.Cli.Output;

/// <summary>A score as JSON: names with their units, as in the JSON of a report; what is not known, or does not count, is not there.</summary>
internal static class FilmScoreJson
{
    private static readonly JsonWriterOptions Options = new() { Indented = true, NewLine = "\n", Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The text, without a final line feed.</summary>
    /// <param name="score">The film, or the earlier one.</param>
    /// <param name="change">The change to a later one; null where there is none.</param>
    /// <param name="sha256">SHA-256 of the table's file.</param>
    public static string Write(FilmScore score, FilmScoreChange? change, string sha256)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, Options))
        {
            json.WriteStartObject();
            json.WriteStartObject("table");
            json.WriteString("name", score.Table.Name);
            json.WriteString("origin", score.Table.Origin);
            json.WriteString("sha256", sha256);
            json.WriteEndObject();
            json.WritePropertyName("score");
            Write(json, score);
            if (change is not null)
            {
                json.WritePropertyName("laterScore");
                Write(json, change.Later);
                Write(json, change);
            }

            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(bytes.ToArray());
    }

    private static void Write(Utf8JsonWriter json, FilmScore score)
    {
        json.WriteStartObject();
        json.WriteString("sopInstanceUid", score.Film.SopInstanceUid);
        WriteText(json, "viewPosition", score.Film.ViewPosition);
        WriteText(json, "bodyPartExamined", score.BodyPart);
        WriteText(json, "laterality", score.Laterality);
        WriteText(json, "scaleOrigin", score.Film.Scale?.Origin);
        json.WriteString("algorithmVersion", score.AlgorithmVersion);
        WriteNumber(json, "points", score.Points);
        WriteArea(json, score.Found);
        json.WriteStartArray("regions");
        foreach (RegionScore region in score.Regions)
        {
            json.WriteStartObject();
            json.WriteString("name", region.Name);
            WriteArea(json, region.Found);
            WriteNumber(json, "coverage", region.Coverage);
            WriteText(json, "densityGrade", region.Grade is { } grade ? Words.Of(grade) : null);
            WriteNumber(json, "coveragePoints", region.CoveragePoints);
            WriteNumber(json, "densityPoints", region.DensityPoints);
            WriteNumber(json, "countPoints", region.CountPoints);
            WriteNumber(json, "weight", region.Weight);
            WriteNumber(json, "points", region.Points);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartObject("outsideRegions");
        WriteArea(json, score.Outside);
        json.WriteEndObject();
        json.WriteStartArray("regionsNotOnThisFilm");
        foreach (string name in score.NotOnThisFilm)
        {
            json.WriteStringValue(name);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, FilmScoreChange change)
    {
        json.WriteStartObject("change");
        WriteNumber(json, "points", change.Points);
        WriteNumber(json, "percent", change.Share * 100);
        WriteText(json, "ruleResult", change.Change is { } result ? Words.Of(result) : null);
        json.WriteString("percentInWords", FilmScorePrinter.PercentInWords(change));
        WriteNumber(json, "areaMm2", change.AreaMm2);
        WriteInterval(json, change.AreaIntervalMm2);
        json.WriteStartObject("rule");
        json.WriteString("name", FilmScoreChange.RuleName);
        json.WriteString("source", FilmScoreChange.RuleSource);
        json.WriteString("text", FilmScoreChange.RuleText);
        json.WriteEndObject();
        WriteText(json, "warning", FilmScorePrinter.WarningOf(change));
        json.WriteEndObject();
    }

    private static void WriteArea(Utf8JsonWriter json, ScoredArea area)
    {
        json.WriteNumber("count", area.Count);
        json.WriteNumber("areaPixels", area.AreaPixels);
        WriteNumber(json, "areaMm2", area.AreaMm2);
        WriteInterval(json, area.AreaIntervalMm2);
    }

    private static void WriteInterval(Utf8JsonWriter json, Interval? interval)
    {
        if (interval is { } known)
        {
            json.WriteStartObject("areaIntervalMm2");
            json.WriteNumber("low", known.Low);
            json.WriteNumber("high", known.High);
            json.WriteEndObject();
        }
    }

    private static void WriteText(Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null)
        {
            json.WriteString(name, value);
        }
    }

    private static void WriteNumber(Utf8JsonWriter json, string name, double? value)
    {
        if (value is { } known)
        {
            json.WriteNumber(name, known);
        }
    }

    private static void WriteNumber(Utf8JsonWriter json, string name, decimal? value)
    {
        if (value is { } known)
        {
            // Without the zeros that a product of decimal numbers keeps.
            json.WriteNumber(name, known / 1.0000000000000000000000000000m);
        }
    }
}
