using System.Collections.Immutable;
using System.Text.Json;
using CalcQuant.Dicom.Series;
using CalcQuant.Radiography;

namespace CalcQuant.Cli.Commands;

/// <summary>A place of a file of guided places, before it is known which images there are.</summary>
/// <param name="Place">The place.</param>
/// <param name="File">Name of the file of its radiograph; null where the place itself names the instance, or none.</param>
internal sealed record RoiPlace(GuidedPlace Place, string? File)
{
    /// <summary>The place with the instance that its file holds.</summary>
    /// <param name="stacks">What is analysed.</param>
    /// <param name="resolved">The place.</param>
    /// <returns>What is wrong, in words; null where nothing is.</returns>
    public string? Resolve(IReadOnlyCollection<SeriesStack> stacks, out GuidedPlace resolved)
    {
        resolved = Place;
        if (File is null)
        {
            return GuidedFilms.ProblemOf(Place, stacks);
        }

        SeriesStack[] named = [.. stacks.Where(stack => stack.FilmPath is { } path && IsNamed(path, File))];
        if (named.Length != 1 || named[0].Acquisition.SopInstanceUids is not [{ } uid])
        {
            return named.Length > 1 ? $"{named.Length} radiographs are called {File}" : $"there is no radiograph {File} among the images";
        }

        resolved = new GuidedPlace(Place.Shape, Place.Corners, uid, Place.Name);
        return null;
    }

    /// <summary>True where a path is the given one, or ends with it as a whole name.</summary>
    private static bool IsNamed(string path, string file) =>
        path == file || (path.EndsWith(file, StringComparison.Ordinal) && path[^(file.Length + 1)] is '/' or '\\' or '!');
}

/// <summary>
/// A file of guided places: <c>{"guidedPlaces": [{"name", "sopInstanceUid" or "file", and one of "point": {"column", "row"}, "box": {"min", "max"},
/// "polygon": [{"column", "row"}, ...]}]}</c>, places as in the JSON of a report. It is read strictly: a misspelt field would be a place that is not measured.
/// </summary>
internal static class RoiFile
{
    /// <summary>Bytes of a file at most.</summary>
    public const int MaxBytes = 32 << 20;

    private static readonly HashSet<string> Fields = new(StringComparer.Ordinal) { "name", "sopInstanceUid", "file", "point", "box", "polygon" };

    private static readonly HashSet<string> Ends = new(StringComparer.Ordinal) { "min", "max" };

    private static readonly HashSet<string> Axes = new(StringComparer.Ordinal) { "column", "row" };

    /// <summary>Reads a file.</summary>
    /// <param name="path">Where it is.</param>
    /// <param name="places">The places, in order.</param>
    /// <returns>What is wrong, in one line; null where nothing is.</returns>
    public static string? Read(string path, out ImmutableArray<RoiPlace> places)
    {
        ImmutableArray<RoiPlace> read = [];
        string? problem = BoundedFile.ReadJson(path, MaxBytes, (root, _) => Read(root, out read));
        places = read;
        return problem;
    }

    private static string? Read(JsonElement root, out ImmutableArray<RoiPlace> places)
    {
        places = [];
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("guidedPlaces", out JsonElement list) || list.ValueKind != JsonValueKind.Array || root.GetPropertyCount() != 1)
        {
            return "it wants an object with one field, guidedPlaces, which is a list";
        }

        if (list.GetArrayLength() > GuidedPlace.MaxCount)
        {
            return $"it has {list.GetArrayLength()} places, more than {GuidedPlace.MaxCount}";
        }

        ImmutableArray<RoiPlace>.Builder read = ImmutableArray.CreateBuilder<RoiPlace>(list.GetArrayLength());
        foreach (JsonElement entry in list.EnumerateArray())
        {
            if (Read(entry, out RoiPlace? place) is { } problem)
            {
                return $"{TitleOf(entry, read.Count)}: {problem}";
            }

            read.Add(place!);
        }

        places = read.ToImmutable();
        return null;
    }

    private static string? Read(JsonElement entry, out RoiPlace? place)
    {
        place = null;
        if (entry.ValueKind != JsonValueKind.Object)
        {
            return "it wants an object";
        }

        if (BoundedFile.UnknownField(entry, Fields) is { } unknown)
        {
            return $"{unknown}: there is no such field";
        }

        foreach (string field in (string[])["name", "sopInstanceUid", "file"])
        {
            if (entry.TryGetProperty(field, out JsonElement text) && text.ValueKind != JsonValueKind.String)
            {
                return $"{field}: it wants a text";
            }
        }

        string? uid = TextOf(entry, "sopInstanceUid"), file = TextOf(entry, "file"), name = TextOf(entry, "name");
        if (uid is not null && file is not null)
        {
            return "it names its radiograph by sopInstanceUid or by file, not by both";
        }

        if (file is { Length: 0 })
        {
            return "file: it wants the name of a file";
        }

        string[] shapes = [.. ((string[])["point", "box", "polygon"]).Where(shape => entry.TryGetProperty(shape, out _))];
        if (shapes.Length != 1)
        {
            return $"it wants one of point, box and polygon, and has {(shapes.Length == 0 ? "none" : string.Join(" and ", shapes))}";
        }

        if (CornersOf(entry, shapes[0]) is not { } corners)
        {
            return shapes[0] switch
            {
                "point" => "point: it wants column and row, two finite numbers",
                "box" => "box: it wants min and max, each with column and row, finite numbers",
                _ => "polygon: it wants a list of corners, each with column and row, finite numbers",
            };
        }

        GuidedShape kind = shapes[0] switch
        {
            "point" => GuidedShape.Point,
            "box" => GuidedShape.Box,
            _ => GuidedShape.Polygon,
        };
        if (GuidedPlace.ProblemOf(kind, corners, uid, name) is { } problem)
        {
            return problem;
        }

        place = new RoiPlace(new GuidedPlace(kind, corners, uid, name), file);
        return null;
    }

    private static ImmutableArray<PixelPoint>? CornersOf(JsonElement entry, string shape)
    {
        JsonElement value = entry.GetProperty(shape);
        PixelPoint?[] points = shape switch
        {
            "point" => [PointOf(value)],
            "box" when value.ValueKind == JsonValueKind.Object && BoundedFile.UnknownField(value, Ends) is null
                && value.TryGetProperty("min", out JsonElement min) && value.TryGetProperty("max", out JsonElement max) => [PointOf(min), PointOf(max)],
            "polygon" when value.ValueKind == JsonValueKind.Array => [.. value.EnumerateArray().Select(PointOf)],
            _ => [null],
        };
        return Array.TrueForAll(points, point => point is not null) ? [.. points.Select(point => point!.Value)] : null;
    }

    private static PixelPoint? PointOf(JsonElement point) =>
        point.ValueKind == JsonValueKind.Object && BoundedFile.UnknownField(point, Axes) is null && NumberOf(point, "column") is { } column && NumberOf(point, "row") is { } row
            ? new PixelPoint(column, row)
            : null;

    private static double? NumberOf(JsonElement point, string axis) =>
        point.TryGetProperty(axis, out JsonElement value) && value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) && double.IsFinite(number)
            ? number + 0.0
            : null;

    private static string TitleOf(JsonElement entry, int index)
    {
        string? name = entry.ValueKind == JsonValueKind.Object ? TextOf(entry, "name") : null;
        return name is { Length: > 0 and <= GuidedPlace.MaxNameLength } ? $"guided place {index + 1} ({Terminal.OneLine(name)})" : $"guided place {index + 1}";
    }

    private static string? TextOf(JsonElement entry, string field) =>
        entry.TryGetProperty(field, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
