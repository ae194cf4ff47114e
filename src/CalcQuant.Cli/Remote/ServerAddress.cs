using System.Net;

namespace CalcQuant.Cli.Remote;

/// <summary>Where a service is and how to prove who asks.</summary>
internal sealed record ServerAddress
{
    /// <summary>The service; https means TLS.</summary>
    public required Uri Uri { get; init; }

    /// <summary>As the user wrote it, for messages.</summary>
    public required string Shown { get; init; }

    /// <summary>File that holds the API key; null for none.</summary>
    public string? ApiKeyFile { get; init; }

    /// <summary>PEM file of the authority that signed the service's certificate; null for those the system trusts.</summary>
    public string? CaFile { get; init; }

    /// <summary>PEM file of the client's certificate; null for none.</summary>
    public string? ClientCertificateFile { get; init; }

    /// <summary>PEM file of the certificate's key.</summary>
    public string? ClientKeyFile { get; init; }

    /// <summary>
    /// Understands <c>HOST:PORT</c>, with or without https:// or http://. Without, a service on this machine is spoken to in the clear unless there are
    /// certificates, any other over TLS.
    /// </summary>
    /// <param name="text">What the user wrote.</param>
    /// <param name="hasCertificates">True where a certificate was given.</param>
    /// <returns>Null where it is no such thing.</returns>
    public static Uri? TryParse(string text, bool hasCertificates)
    {
        bool hasScheme = text.Contains("://", StringComparison.Ordinal);
        if (!Uri.TryCreate(hasScheme ? text : $"http://{text}", UriKind.Absolute, out Uri? uri)
            || (uri.Scheme != Uri.UriSchemeHttp && uri.Scheme != Uri.UriSchemeHttps)
            || uri.Host.Length == 0 || uri.AbsolutePath != "/" || uri.Query.Length > 0 || uri.UserInfo.Length > 0
            || (!hasScheme && !text.EndsWith($":{uri.Port}", StringComparison.Ordinal)))
        {
            return null;
        }

        return hasScheme || (!hasCertificates && IsThisMachine(uri)) ? uri : new UriBuilder(uri) { Scheme = Uri.UriSchemeHttps }.Uri;
    }

    /// <summary>True where nothing leaves this machine.</summary>
    public static bool IsThisMachine(Uri uri) =>
        uri.Host == "localhost" || (IPAddress.TryParse(uri.Host.Trim('[', ']'), out IPAddress? address) && IPAddress.IsLoopback(address));
}
