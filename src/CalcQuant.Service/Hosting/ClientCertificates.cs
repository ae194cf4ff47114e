using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace CalcQuant.Service.Hosting;

/// <summary>Client certificates: accepted where they lead to one of the given authorities, whatever the machine trusts besides.</summary>
internal sealed class ClientCertificates(X509Certificate2Collection authorities)
{
    /// <summary>Extended key usage: TLS client authentication (RFC 5280, 4.2.1.12).</summary>
    private static readonly Oid ClientAuthentication = new("1.3.6.1.5.5.7.3.2");

    /// <summary>Reads the authorities.</summary>
    /// <exception cref="CryptographicException">The file holds no certificate.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static X509Certificate2Collection LoadAuthorities(ServiceOptions options)
    {
        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPemFile(options.ClientCaPath!);
        return authorities.Count > 0 ? authorities : throw new CryptographicException("The file holds no certificate.");
    }

    /// <summary>True where the certificate is in force and leads to an authority.</summary>
    public bool Accepts(X509Certificate2 certificate)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        chain.ChainPolicy.ApplicationPolicy.Add(ClientAuthentication);

        // Authorities of a hospital's own rarely publish revocations; withdrawing a client means replacing the authority's file.
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        return chain.Build(certificate);
    }

    /// <summary>What the client is called: the common name of its certificate.</summary>
    public static ClientIdentity IdentityOf(X509Certificate2 certificate) =>
        new(certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false) is { Length: > 0 } name ? name : certificate.Thumbprint);
}
