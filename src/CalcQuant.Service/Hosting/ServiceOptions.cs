using System.ComponentModel.DataAnnotations;
using System.Net;
using Microsoft.Extensions.Options;

namespace CalcQuant.Service.Hosting;

/// <summary>
/// Everything that can be set of the service, flat, from the section <c>CalcQuant</c> of appsettings.json, from environment variables
/// (<c>CALCQUANT__PORT=50051</c>) and from the command line (<c>--port 50051</c>); the later wins. <see cref="ServiceSettings"/> reads and checks it.
/// </summary>
public sealed class ServiceOptions
{
    private const long MiB = 1L << 20;

    /// <summary>Folder of the database and the stored files; made where it is missing. Needed, no default.</summary>
    [Required(ErrorMessage = "needed: the folder that keeps studies and analyses (--data DIR).")]
    public string DataFolder { get; set; } = "";

    /// <summary>
    /// IP address to listen on. Default: 127.0.0.1. Any but a loopback address needs <see cref="TlsCertificatePath"/> and <see cref="ApiKeys"/>
    /// or <see cref="ClientCaPath"/>.
    /// </summary>
    [Required(ErrorMessage = "must not be empty.")]
    public string ListenAddress { get; set; } = "127.0.0.1";

    /// <summary>TCP port for gRPC. Default: 50051; 0 takes a free one, which is printed.</summary>
    [Range(0, 65535)]
    public int Port { get; set; } = 50051;

    /// <summary>
    /// TCP port for gRPC-Web over HTTP/1.1 without TLS, always on loopback. Default: null, none; 0 takes a free one, which is printed. With TLS it is not needed: gRPC-Web
    /// then works on <see cref="Port"/> over either HTTP version.
    /// </summary>
    [Range(0, 65535)]
    public int? WebPort { get; set; }

    /// <summary>Origins of web pages that may call (CORS), e.g. <c>https://viewer.example.org</c>. Default: none.</summary>
    public List<string> AllowedOrigins { get; set; } = [];

    /// <summary>PEM file of the server's certificate, followed by its intermediates. Default: null, no TLS.</summary>
    public string? TlsCertificatePath { get; set; }

    /// <summary>PEM file of the certificate's key, not encrypted. Default: null, the key is in <see cref="TlsCertificatePath"/>.</summary>
    public string? TlsKeyPath { get; set; }

    /// <summary>
    /// PEM file of the one certificate authority whose client certificates are accepted. Default: null, clients need no certificate. Needs TLS. A
    /// client is named by the CN of its certificate. With <see cref="ApiKeys"/> besides, a certificate or a key is enough.
    /// </summary>
    public string? ClientCaPath { get; set; }

    /// <summary>Keys of which a call must carry one. Default: none, calls need no key.</summary>
    [ValidateEnumeratedItems]
    public List<ApiKeyOption> ApiKeys { get; set; } = [];

    /// <summary>Bytes of one uploaded file at most. Default: 512 MiB.</summary>
    [Range(1, long.MaxValue)]
    public long MaxFileBytes { get; set; } = 512 * MiB;

    /// <summary>Bytes of all files of one upload stream at most. Default: 8 GiB.</summary>
    [Range(1, long.MaxValue)]
    public long MaxStreamBytes { get; set; } = 8192 * MiB;

    /// <summary>Files of one upload stream at most. Default: 20000.</summary>
    [Range(1, int.MaxValue)]
    public int MaxInstancesPerStream { get; set; } = 20000;

    /// <summary>Bytes of one message at most, after decompression, in and out. Default: 32 MiB.</summary>
    [Range(64 * 1024, int.MaxValue)]
    public int MaxMessageBytes { get; set; } = (int)(32 * MiB);

    /// <summary>Calls that one client may have open at once. Default: 64.</summary>
    [Range(1, int.MaxValue)]
    public int MaxCallsPerClient { get; set; } = 64;

    /// <summary>Uploads that one client may have open at once. Default: 4.</summary>
    [Range(1, int.MaxValue)]
    public int MaxUploadsPerClient { get; set; } = 4;

    /// <summary>Analyses that run at once. Default: 0, one per two processors and at least one.</summary>
    [Range(0, 1024)]
    public int MaxConcurrentAnalyses { get; set; }

    /// <summary>Analyses that wait at once, of all clients. Default: 1000.</summary>
    [Range(1, int.MaxValue)]
    public int MaxQueuedAnalyses { get; set; } = 1000;

    /// <summary>Analyses of one client that wait at once. Default: 200.</summary>
    [Range(1, int.MaxValue)]
    public int MaxQueuedPerClient { get; set; } = 200;

    /// <summary>Bytes of memory for all running analyses together. Default: 0, 60 % of what is available at start.</summary>
    [Range(0, long.MaxValue)]
    public long MemoryBudgetBytes { get; set; }

    /// <summary>Folders of this machine that clients may name: name of the root → absolute path. Default: none.</summary>
    public Dictionary<string, string> ServerFolders { get; set; } = new(StringComparer.Ordinal);

    /// <summary>How long studies are kept after their last instance came. Default: null, for ever.</summary>
    public TimeSpan? RetainFor { get; set; }

    /// <summary>Bytes of all stored files from which on the oldest studies are deleted. Default: null, no limit.</summary>
    [Range(1, long.MaxValue)]
    public long? RetainBytes { get; set; }

    /// <summary>How long running calls may go on after the signal to stop. Default: 30 s; 0 cancels them at once.</summary>
    public TimeSpan DrainTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Address of an OTLP collector for traces and metrics over gRPC, e.g. <c>http://localhost:4317</c>. Default: null, nothing is exported.
    /// </summary>
    public Uri? OtlpEndpoint { get; set; }

    /// <summary>Least level that is logged. Default: Information.</summary>
    public LogLevel LogLevel { get; set; } = LogLevel.Information;

    /// <summary>How a log entry is written. Default: a line for a person.</summary>
    public LogFormat LogFormat { get; set; }

    /// <summary>True where a call must say who makes it.</summary>
    internal bool AsksWhoCalls => ApiKeys.Count > 0 || ClientCaPath is not null;

    /// <summary>The address that <see cref="ListenAddress"/> stands for; false where it is none.</summary>
    internal bool TryGetAddress(out IPAddress address)
    {
        address = IPAddress.Loopback;
        if (ListenAddress == "localhost")
        {
            return true;
        }

        bool isAddress = IPAddress.TryParse(ListenAddress, out IPAddress? parsed);
        address = parsed ?? address;
        return isAddress;
    }
}

/// <summary>How a log entry is written.</summary>
public enum LogFormat
{
    /// <summary>A line for a person.</summary>
    Lines,

    /// <summary>A JSON object a line, for a collector.</summary>
    Json,
}
