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
}
