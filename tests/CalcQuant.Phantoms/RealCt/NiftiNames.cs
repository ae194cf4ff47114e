using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using System.Text.RegularExpressions;

namespace CalcQuant.Phantoms.RealCt;

/// <summary>Names of labels, which TotalSegmentator writes into the header extension of its NIfTI files (XML of the Connectome Workbench).</summary>
internal static partial class NiftiNames
{
    private const int HeaderSize = 348;
    private const int DataOffset = 108;

    /// <summary>Name of each label; empty where the file has none.</summary>
    /// <param name="file">The whole file, compressed or not.</param>
    public static IReadOnlyDictionary<int, string> Read(ReadOnlyMemory<byte> file)
    {
        using var bytes = new MemoryStream(file.ToArray(), writable: false);
        using Stream plain = file.Span.StartsWith((ReadOnlySpan<byte>)[0x1F, 0x8B]) ? new GZipStream(bytes, CompressionMode.Decompress) : bytes;
        byte[] header = new byte[HeaderSize];
        plain.ReadExactly(header);
        byte[] extension = new byte[Math.Max(0, (int)BinaryPrimitives.ReadSingleLittleEndian(header.AsSpan(DataOffset)) - HeaderSize)];
        plain.ReadExactly(extension);
        return LabelName().Matches(Encoding.Latin1.GetString(extension))
            .ToDictionary(match => int.Parse(match.Groups["label"].Value), match => match.Groups["name"].Value);
    }

    [GeneratedRegex("Label Key=\"(?<label>[0-9]+)\"[^>]*><!\\[CDATA\\[(?<name>[^\\]]*)\\]", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: Timeout.Infinite)]
    private static partial Regex LabelName();
}
