using System.Security.Cryptography.X509Certificates;

namespace CalcQuant.Service.Hosting;

/// <summary>The certificate that the service shows, with the intermediate ones that lead to its root.</summary>
internal sealed record ServerCertificate(X509Certificate2 Leaf, X509Certificate2Collection Chain) : IDisposable
{
    /// <summary>Reads the PEM files.</summary>
    /// <exception cref="System.Security.Cryptography.CryptographicException">Not a certificate with its key.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static ServerCertificate Load(ServiceOptions options)
    {
        var chain = new X509Certificate2Collection();
        chain.ImportFromPemFile(options.TlsCertificatePath!);
        return new ServerCertificate(X509Certificate2.CreateFromPemFile(options.TlsCertificatePath!, options.TlsKeyPath), chain);
    }

    public void Dispose()
    {
        Leaf.Dispose();
        foreach (X509Certificate2 certificate in Chain)
        {
            certificate.Dispose();
        }
    }
}
