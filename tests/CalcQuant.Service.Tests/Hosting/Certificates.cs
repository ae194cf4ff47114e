using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace CalcQuant.Service.Tests.Hosting;

/// <summary>An authority with a server and clients, as PEM files in a folder that goes away with it.</summary>
internal sealed class Certificates : IDisposable
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UtcNow;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("calcquant-");
    private readonly X509Certificate2 _authority;

    public Certificates()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=authority", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, critical: true));
        _authority = request.CreateSelfSigned(Now.AddDays(-1), Now.AddDays(1));
        AuthorityPath = Write("authority.pem", _authority.ExportCertificatePem());
        using X509Certificate2 server = Issue("CN=server", "1.3.6.1.5.5.7.3.1", out ECDsa serverKey);
        using (serverKey)
        {
            CertificatePath = Write("server.pem", server.ExportCertificatePem());
            KeyPath = Write("server.key", serverKey.ExportPkcs8PrivateKeyPem());
        }
    }

    public string AuthorityPath { get; }

    public string CertificatePath { get; }

    public string KeyPath { get; }

    public string Folder => _folder.FullName;

    public X509Certificate2 IssueClient(string subject, string purpose = "1.3.6.1.5.5.7.3.2")
    {
        using X509Certificate2 bare = Issue(subject, purpose, out ECDsa key);
        using (key)
        {
            return bare.CopyWithPrivateKey(key);
        }
    }

    /// <summary>What a client needs that trusts this authority alone and shows a certificate, or none.</summary>
    public SslClientAuthenticationOptions CreateClientTls(X509Certificate2? certificate = null)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.Add(_authority);
        return new SslClientAuthenticationOptions { CertificateChainPolicy = policy, ClientCertificates = certificate is null ? null : [certificate] };
    }

    public void Dispose()
    {
        _authority.Dispose();
        _folder.Delete(recursive: true);
    }

    private string Write(string name, string text)
    {
        string path = Path.Combine(_folder.FullName, name);
        File.WriteAllText(path, text);
        return path;
    }

    private X509Certificate2 Issue(string subject, string purpose, out ECDsa key)
    {
        key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(purpose)], critical: false));
        return request.Create(_authority, Now.AddDays(-1), Now.AddHours(12), RandomNumberGenerator.GetBytes(8));
    }
}
