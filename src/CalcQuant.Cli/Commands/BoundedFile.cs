using System.Text.Json;

namespace CalcQuant.Cli.Commands;

/// <summary>Reads files that a user names.</summary>
internal static class BoundedFile
{
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
