using System.Security.Cryptography;

namespace CalcQuant.Service.Analyses;

/// <summary>SHA-256 of several files as a sorted set: what was analysed, whatever the files are called.</summary>
internal sealed class FileHashes
{
    private readonly byte[] _sorted;

    private FileHashes(byte[] sorted) => _sorted = sorted;

    /// <summary>No files.</summary>
    public static FileHashes Empty { get; } = new([]);

    /// <summary>Files.</summary>
    public int Count => _sorted.Length / SHA256.HashSizeInBytes;

    /// <summary>The hashes one after the other, ascending.</summary>
    public ReadOnlySpan<byte> Bytes => _sorted;

    /// <summary>From lower-case hex, in any order; equal ones count once.</summary>
    public static FileHashes Of(IEnumerable<string> sha256)
    {
        string[] distinct = [.. sha256.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        byte[] sorted = new byte[distinct.Length * SHA256.HashSizeInBytes];
        for (int i = 0; i < distinct.Length; i++)
        {
            Convert.FromHexString(distinct[i], sorted.AsSpan(i * SHA256.HashSizeInBytes, SHA256.HashSizeInBytes), out _, out _);
        }

        return new FileHashes(sorted);
    }

    /// <summary>What <see cref="Bytes"/> gave.</summary>
    public static FileHashes FromBytes(byte[] sorted) => sorted.Length == 0 ? Empty : new FileHashes(sorted);

    /// <summary>The hashes as lower-case hex.</summary>
    public HashSet<string> ToHexSet()
    {
        var set = new HashSet<string>(Count, StringComparer.Ordinal);
        for (int i = 0; i < Count; i++)
        {
            set.Add(Convert.ToHexStringLower(_sorted.AsSpan(i * SHA256.HashSizeInBytes, SHA256.HashSizeInBytes)));
        }

        return set;
    }
}
