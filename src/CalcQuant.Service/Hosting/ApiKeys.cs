using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Primitives;

namespace CalcQuant.Service.Hosting;

/// <summary>A new key, to be handed to its client, and what the server keeps of it.</summary>
/// <param name="Key">The secret.</param>
/// <param name="Entry">What goes into <see cref="ServiceOptions.ApiKeys"/>.</param>
public sealed record NewApiKey(string Key, ApiKeyOption Entry);

/// <summary>The keys that calls may carry, as <c>authorization: Bearer KEY</c>.</summary>
public sealed class ApiKeys
{
    private const string Scheme = "Bearer ";

    /// <summary>Tells a reader, and tools that look for leaked secrets, what it is.</summary>
    private const string Prefix = "cq_";

    /// <summary>So much chance that guessing is hopeless, and that a plain hash protects it.</summary>
    private const int RandomByteCount = 32;

    /// <summary>Nothing longer is hashed.</summary>
    private const int MaxKeyLength = 256;

    private readonly (string Client, byte[] Sha256)[] _keys;

    /// <summary>Takes the keys that were set.</summary>
    public ApiKeys(IEnumerable<ApiKeyOption> keys)
    {
        ArgumentNullException.ThrowIfNull(keys);
        _keys = [.. keys.Select(key => (key.Client, Convert.FromHexString(key.Sha256)))];
    }

    /// <summary>Makes a key for a client.</summary>
    public static NewApiKey Create(string client)
    {
        string key = Prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(RandomByteCount));
        return new(key, new ApiKeyOption { Client = client, Sha256 = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key))) });
    }

    /// <summary>Whose key an authorization header carries. Takes as long for a wrong key as for a right one.</summary>
    public bool TryGetClient(StringValues authorization, [NotNullWhen(true)] out string? client)
    {
        client = null;
        if (authorization is not [string header] || !header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) || header.Length > Scheme.Length + MaxKeyLength)
        {
            return false;
        }

        byte[] presented = SHA256.HashData(Encoding.UTF8.GetBytes(header[Scheme.Length..].Trim()));
        foreach ((string name, byte[] sha256) in _keys)
        {
            if (CryptographicOperations.FixedTimeEquals(presented, sha256))
            {
                client = name;
            }
        }

        return client is not null;
    }
}
