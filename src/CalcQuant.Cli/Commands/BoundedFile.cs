using System.Collections.Immutable;
using System.Text.Json;
using CalcQuant.Imaging;

namespace CalcQuant.Cli.Commands;

/// <summary>Reads files that a user names.</summary>
internal static class BoundedFile
{
    private static readonly string[] Axes = ["x", "y", "z"];

    /// <summary>Reads an entry of a list; gives what is wrong, in one line, or null.</summary>
    public delegate string? EntryReader<T>(JsonElement element, out T? entry)
        where T : class;

    /// <summary>One buffer more than allowed, at most: what is too large, or never ends, is told without reading it all.</summary>
    /// <param name="path">Where it is.</param>
    /// <param name="maxBytes">Bytes from which the rest does not matter.</param>
    /// <returns>The file; longer than <paramref name="maxBytes"/> where it is too large.</returns>
    public static byte[] Read(string path, int maxBytes)
    {
        using FileStream stream = File.OpenRead(path);
        using var bytes = new MemoryStream();
        byte[] buffer = new byte[1 << 16];
        while (bytes.Length <= maxBytes && stream.Read(buffer) is > 0 and int count)
        {
            bytes.Write(buffer, 0, count);
        }

        return bytes.ToArray();
    }

    /// <summary>Reads JSON in which nothing may be misspelt or said twice.</summary>
    /// <param name="path">Where it is.</param>
    /// <param name="maxBytes">Bytes at most.</param>
    /// <param name="read">Reads its root, beside the bytes of the file; gives what is wrong, in one line, or null.</param>
    /// <returns>What is wrong, in one line; null where nothing is.</returns>
    public static string? ReadJson(string path, int maxBytes, Func<JsonElement, byte[], string?> read)
    {
        const int MaxDepth = 8;
        try
        {
            byte[] bytes = Read(path, maxBytes);
            if (bytes.Length > maxBytes)
            {
                return $"the file is larger than {maxBytes >> 20} MiB";
            }

            ReadOnlyMemory<byte> text = bytes.AsSpan().StartsWith("\uFEFF"u8) ? bytes.AsMemory(3) : bytes;
            using JsonDocument document = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = MaxDepth, AllowDuplicateProperties = false });
            return read(document.RootElement, bytes);
        }
        catch (JsonException failure)
        {
            return $"it is not JSON: {Terminal.OneLine(failure.Message)}";
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return Terminal.OneLine(failure.Message);
        }
    }

    /// <summary>Reads an object whose one field is a list of objects.</summary>
    /// <param name="path">Where it is.</param>
    /// <param name="maxBytes">Bytes at most.</param>
    /// <param name="field">The field.</param>
    /// <param name="maxCount">Entries at most.</param>
    /// <param name="read">Reads an entry; gives what is wrong, in one line, or null.</param>
    /// <param name="entries">The entries, in order; empty where something is wrong.</param>
    /// <returns>What is wrong, in one line; null where nothing is.</returns>
    public static string? ReadList<T>(string path, int maxBytes, string field, int maxCount, EntryReader<T> read, out ImmutableArray<T> entries)
        where T : class
    {
        ImmutableArray<T>.Builder found = ImmutableArray.CreateBuilder<T>();
        string? problem = ReadJson(path, maxBytes, (root, _) =>
        {
            if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty(field, out JsonElement list) || list.ValueKind != JsonValueKind.Array || root.GetPropertyCount() != 1)
            {
                return $"it wants an object with one field, {field}, which is a list";
            }

            if (list.GetArrayLength() > maxCount)
            {
                return $"it has {list.GetArrayLength()} entries, more than {maxCount}";
            }

            foreach (JsonElement element in list.EnumerateArray())
            {
                T? entry = null;
                if ((element.ValueKind == JsonValueKind.Object ? read(element, out entry) : "it wants an object") is { } wrong)
                {
                    return $"entry {found.Count + 1}: {wrong}";
                }

                found.Add(entry!);
            }

            return null;
        });
        entries = problem is null ? found.ToImmutable() : [];
        return problem;
    }

    /// <summary>The text of a field; empty where it has none.</summary>
    public static string TextOf(JsonElement entry, string field) =>
        entry.TryGetProperty(field, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : string.Empty;

    /// <summary>The number of a field; NaN where it has none.</summary>
    public static double NumberOf(JsonElement entry, string field) =>
        entry.TryGetProperty(field, out JsonElement value) && value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) ? number : double.NaN;

    /// <summary>The point of a field, mm; null where it has none, or more than x, y and z.</summary>
    public static LpsPoint? PointOf(JsonElement entry, string field)
    {
        if (!entry.TryGetProperty(field, out JsonElement point) || point.ValueKind != JsonValueKind.Object || UnknownField(point, Axes) is not null)
        {
            return null;
        }

        var read = new LpsPoint(NumberOf(point, "x"), NumberOf(point, "y"), NumberOf(point, "z"));
        return read.IsFinite ? read : null;
    }

    /// <summary>The first field of an object that is none of the known ones, fit to be shown; null where all are known.</summary>
    public static string? UnknownField(JsonElement element, IReadOnlyCollection<string> known)
    {
        foreach (JsonProperty property in element.EnumerateObject())
        {
            if (!known.Contains(property.Name, StringComparer.Ordinal))
            {
                return Terminal.OneLine(property.Name);
            }
        }

        return null;
    }
}
