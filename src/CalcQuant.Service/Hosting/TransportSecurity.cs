using System.Diagnostics.CodeAnalysis;
using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace CalcQuant.Service.Hosting;

/// <summary>Certificates: the server's own, and the one authority whose clients are let in.</summary>
internal static class TransportSecurity
{
    private const string CommonNameOid = "2.5.4.3";
    private const string ClientAuthenticationOid = "1.3.6.1.5.5.7.3.2";

    /// <summary>What Kestrel needs; ALPN then offers h2 and http/1.1 on the one port.</summary>
    public static HttpsConnectionAdapterOptions CreateHttps(ServiceOptions options)
    {
        var https = new HttpsConnectionAdapterOptions
        {
            ServerCertificate = LoadServer(options),
            ServerCertificateChain = LoadIntermediates(options.TlsCertificatePath!),
        };
        if (options.ClientCaPath is string path)
        {
            X509Certificate2Collection authority = LoadAuthority(path);

            // Where keys are known too, a certificate is one of two ways in.
            https.ClientCertificateMode = options.ApiKeys.Count > 0 ? ClientCertificateMode.AllowCertificate : ClientCertificateMode.RequireCertificate;
            https.ClientCertificateValidation = (certificate, chain, _) => IsIssuedBy(authority, certificate, chain);
        }

        return https;
    }

    /// <summary>The server's certificate with its key.</summary>
    /// <exception cref="CryptographicException">A file is not PEM, or they do not belong together.</exception>
    public static X509Certificate2 LoadServer(ServiceOptions options) =>
        X509Certificate2.CreateFromPemFile(options.TlsCertificatePath!, options.TlsKeyPath);

    /// <summary>The authority's certificates.</summary>
    /// <exception cref="CryptographicException">The file is not PEM or holds no certificate.</exception>
    public static X509Certificate2Collection LoadAuthority(string path)
    {
        X509Certificate2Collection authority = [];
        authority.ImportFromPemFile(path);
        return authority.Count > 0 ? authority : throw new CryptographicException("The file holds no certificate.");
    }

    /// <summary>The CN of a certificate's subject, which names the client.</summary>
    public static bool TryGetClientName(X509Certificate2? certificate, [NotNullWhen(true)] out string? name)
    {
        name = null;
        if (certificate is null)
        {
            return false;
        }

        try
        {
            name = certificate.SubjectName.EnumerateRelativeDistinguishedNames()
                .Where(part => !part.HasMultipleElements && part.GetSingleElementType().Value == CommonNameOid)
                .Select(part => part.GetSingleElementValue())
                .FirstOrDefault(value => !string.IsNullOrWhiteSpace(value));
        }
        catch (Exception failure) when (failure is CryptographicException or AsnContentException)
        {
            return false;
        }

        return name is not null;
    }

    private static X509Certificate2Collection LoadIntermediates(string path)
    {
        X509Certificate2Collection chain = [];
        chain.ImportFromPemFile(path);
        chain.RemoveAt(0);
        return chain;
    }

    /// <summary>
    /// Whether exactly this authority vouches for a client: the machine's own trust plays no part. Revocation is not checked, as a private authority mostly
    /// publishes no list; short-lived certificates do its work.
    /// </summary>
    private static bool IsIssuedBy(X509Certificate2Collection authority, X509Certificate2 certificate, X509Chain? presented)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authority);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(ClientAuthenticationOid));
        if (presented is not null)
        {
            chain.ChainPolicy.ExtraStore.AddRange(presented.ChainPolicy.ExtraStore);
        }

        return chain.Build(certificate);
    }
}
