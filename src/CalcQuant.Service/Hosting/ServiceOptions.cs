using System.Net;

namespace CalcQuant.Service.Hosting;

/// <summary>What an operator may choose. Read from a file, from the environment (<c>CALCQUANT__PORT</c>) and from the command line, the later winning.</summary>
public sealed class ServiceOptions
{
    /// <summary>Folder for everything that is stored; made where it does not exist. Needed.</summary>
    public string DataFolder { get; set; } = "";

    /// <summary>Address to listen on. Another than loopback needs TLS and API keys or client certificates. Default 127.0.0.1.</summary>
    public string ListenAddress { get; set; } = IPAddress.Loopback.ToString();

    /// <summary>Port of gRPC; 0 for any free one. Default 50051, the customary port of gRPC.</summary>
    public int Port { get; set; } = 50051;

    /// <summary>Port of gRPC-Web for browsers where there is no TLS; 0 for any free one, null (default) for none. With TLS it shares <see cref="Port"/>.</summary>
    public int? WebPort { get; set; }

    /// <summary>Certificate (PEM, with its chain). Null (default): no TLS.</summary>
    public string? TlsCertificatePath { get; set; }

    /// <summary>Private key of the certificate (PEM).</summary>
    public string? TlsKeyPath { get; set; }

    /// <summary>Certificates (PEM) of the authorities whose client certificates are accepted. Null (default): none are asked for.</summary>
    public string? ClientCaPath { get; set; }

    /// <summary>Keys of clients. Empty (default): none are asked for.</summary>
    public IList<ApiKeyOption> ApiKeys { get; } = [];

    /// <summary>Origins whose pages may call by gRPC-Web, e.g. <c>https://viewer.example</c>. Empty (default): only pages of the same origin.</summary>
    public IList<string> AllowedOrigins { get; } = [];

    /// <summary>Folders that clients may name: name to absolute path. Empty (default): none.</summary>
    public IDictionary<string, string> ServerFolders { get; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Largest file of an upload, bytes. Default 512 MiB.</summary>
    public long MaxFileBytes { get; set; } = 512L << 20;

    /// <summary>Largest stream of an upload, bytes. Default 8 GiB.</summary>
    public long MaxStreamBytes { get; set; } = 8L << 30;

    /// <summary>Most files of a stream. Default 20000.</summary>
    public int MaxInstancesPerStream { get; set; } = 20_000;

    /// <summary>Largest message, bytes. Default 32 MiB.</summary>
    public int MaxMessageBytes { get; set; } = 32 << 20;

    /// <summary>Calls that one client may have under way. Default 64.</summary>
    public int MaxCallsPerClient { get; set; } = 64;

    /// <summary>Uploads that one client may have under way. Default 4.</summary>
    public int MaxUploadsPerClient { get; set; } = 4;

    /// <summary>Analyses that run at once, sharing the processors. 0 (default): one for two processors.</summary>
    public int MaxConcurrentAnalyses { get; set; }

    /// <summary>Analyses that may wait. Default 1000.</summary>
    public int MaxQueuedAnalyses { get; set; } = 1000;

    /// <summary>Analyses of one client that may wait. Default 200.</summary>
    public int MaxQueuedPerClient { get; set; } = 200;

    /// <summary>Memory that running analyses may use together, bytes. 0 (default): 60 % of what is available at start.</summary>
    public long MemoryBudgetBytes { get; set; }

    /// <summary>Studies not used for so long are deleted. Null (default): kept.</summary>
    public TimeSpan? RetainFor { get; set; }

    /// <summary>Bytes that stored instances may take; beyond, the studies longest unused are deleted. Null (default): no limit.</summary>
    public long? RetainBytes { get; set; }

    /// <summary>How long calls and analyses under way may take to end at shutdown. Default 30 s.</summary>
    public TimeSpan DrainTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Where traces and metrics go (OTLP over gRPC), e.g. <c>http://127.0.0.1:4317</c>. Null (default): nowhere.</summary>
    public Uri? OtlpEndpoint { get; set; }

    /// <summary>Least level of what is logged. Default Information.</summary>
    public LogLevel LogLevel { get; set; } = LogLevel.Information;

    internal bool IsTls => TlsCertificatePath is not null;

    internal bool AsksForClientCertificate => ClientCaPath is not null;

    internal bool Authenticates => ApiKeys.Count > 0 || AsksForClientCertificate;
}

/// <summary>The key of one client. The key itself is nowhere stored.</summary>
public sealed class ApiKeyOption
{
    /// <summary>Name of the client, for limits, fair shares and logs; nothing about a patient.</summary>
    public string Client { get; set; } = "";

    /// <summary>SHA-256 of the key, hex.</summary>
    public string Sha256 { get; set; } = "";
}
