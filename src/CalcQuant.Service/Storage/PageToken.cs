using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace CalcQuant.Service.Storage;

/// <summary>
/// Where the next page of a list begins, opaque to callers: the key of the last entry, with a digest that ties it to the list it belongs to. A token of
/// another list, or a made-up one, is told apart; it is no secret, as it names nothing its caller has not seen.
/// </summary>
internal static class PageToken
{
    private const int DigestLength = 8;

    /// <summary>Makes a token.</summary>
    /// <param name="list">The list with everything that filters it.</param>
    /// <param name="key">Key of the last entry of the page.</param>
    public static string Write(string list, string key) =>
        Base64Url.EncodeToString([.. Digest(list, key), .. Encoding.UTF8.GetBytes(key)]);

    /// <summary>Reads a token.</summary>
    /// <returns>False where it was not made for this list.</returns>
    public static bool TryRead(string list, string token, [NotNullWhen(true)] out string? key)
    {
        key = null;
        if (!Base64Url.IsValid(token))
        {
            return false;
        }

        byte[] bytes = Base64Url.DecodeFromChars(token);
        if (bytes.Length < DigestLength)
        {
            return false;
        }

        string read = Encoding.UTF8.GetString(bytes.AsSpan(DigestLength));
        if (!Digest(list, read).SequenceEqual(bytes.AsSpan(0, DigestLength)))
        {
            return false;
        }

        key = read;
        return true;
    }

    private static ReadOnlySpan<byte> Digest(string list, string key) => SHA256.HashData(Encoding.UTF8.GetBytes($"{list}\n{key}")).AsSpan(0, DigestLength);
}
