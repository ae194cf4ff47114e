using System.Security.Cryptography;
using System.Text;

namespace CalcQuant.Service.Hosting;

/// <summary>Keys of clients: made here, kept only as hashes.</summary>
public sealed class ApiKeys
{
    /// <summary>Random bytes of a key: nobody guesses 256 bits, so a plain hash is enough.</summary>
    private const int KeyBytes = 32;

    private const string Scheme = "Bearer ";

    private readonly (ClientIdentity Client, byte[] Hash)[] _keys;

    /// <summary>The keys of the options.</summary>
    public ApiKeys(ServiceOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _keys = [.. options.ApiKeys.Select(key => (new ClientIdentity(key.Client), Convert.FromHexString(key.Sha256)))];
    }

    /// <summary>A new key and its hash.</summary>
    public static (string Key, string Sha256) Create()
    {
        string key = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(KeyBytes));
        return (key, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key))));
    }

    /// <summary>Whose key stands in an <c>authorization</c> header; null where it is nobody's.</summary>
    internal ClientIdentity? Find(string? authorization)
    {
        if (authorization is null || !authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes(authorization[Scheme.Length..].Trim()));
        ClientIdentity? found = null;
        foreach ((ClientIdentity client, byte[] expected) in _keys)
        {
            // All are compared, each in constant time: how long it takes tells nothing about a key.
            found = CryptographicOperations.FixedTimeEquals(hash, expected) ? client : found;
        }

        return found;
    }
}
