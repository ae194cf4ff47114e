using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;

namespace CalcQuant.Service.Analyses;

/// <summary>What two analyses share whose reports must be equal.</summary>
internal static class AnalysisKey
{
    /// <summary>
    /// SHA-256, lower-case hex, over the version, the options, the mask and the files. The artifacts are not part of it: a stored analysis that made
    /// more than is asked for will do.
    /// </summary>
    /// <param name="files">The files.</param>
    /// <param name="seriesInstanceUid">Which of their series; empty for all.</param>
    /// <param name="options">Options in canonical form (<see cref="AnalysisRequest"/>); messages without maps serialize equal when they are equal.</param>
    /// <param name="maskSha256">SHA-256 of the bone mask, lower-case hex; null without one.</param>
    /// <param name="algorithmVersion">Version of everything that can change a number.</param>
    public static string Of(FileHashes files, string seriesInstanceUid, Api.V1.AnalysisOptions options, string? maskSha256, string algorithmVersion)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Append(hash, Encoding.UTF8.GetBytes(algorithmVersion));
        Append(hash, Encoding.UTF8.GetBytes(seriesInstanceUid));
        Append(hash, options.ToByteArray());
        Append(hash, Encoding.UTF8.GetBytes(maskSha256 ?? string.Empty));
        Append(hash, files.Bytes);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Each part with its length before it, so that no two lists of parts give the same bytes.</summary>
    private static void Append(IncrementalHash hash, ReadOnlySpan<byte> part)
    {
        Span<byte> length = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(length, part.Length);
        hash.AppendData(length);
        hash.AppendData(part);
    }
}
