using System.Collections.Concurrent;
using System.Text.Json;
using CalcQuant.Service.Hosting;
using CalcQuant.Service.Tests.Clients;
using CalcQuant.Service.Tests.Hosting;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;
using ServiceOptions = CalcQuant.Service.Hosting.ServiceOptions;

namespace CalcQuant.Service.Tests.Interop;

/// <summary>The tests that share <see cref="InteropServers"/>.</summary>
[CollectionDefinition(Name)]
public sealed class InteropCollection : ICollectionFixture<InteropServers>
{
    public const string Name = "Interop";
}

/// <summary>How a client reaches the service.</summary>
public enum Transport
{
    /// <summary>HTTP/2 without TLS.</summary>
    H2c,

    /// <summary>HTTP/2 over TLS.</summary>
    Tls,
}

/// <summary>The service, without and with TLS, with the <c>TestService</c> behind the same pipeline as its own calls; and what the clients found there.</summary>
public sealed class InteropServers : IAsyncLifetime
{
    /// <summary>Small, so that a message beyond it is quickly sent.</summary>
    public const int MaxMessageBytes = 1 << 20;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("calcquant-");
    private readonly Certificates _certificates = new();
    private readonly TestCalls.Gate _gate = new();
    private readonly ConcurrentDictionary<(string Client, Transport Transport), Lazy<Task<ClientRun>>> _runs = new();
    private readonly Dictionary<Transport, GrpcChannel> _channels = [];
    private readonly List<WebApplication> _hosts = [];

    /// <summary>Origin of the page that a browser opens; another one than the service's.</summary>
    public Uri Page { get; private set; } = null!;

    /// <summary>How the handlers of named calls ended.</summary>
    internal TestCalls.Ends Ends { get; } = new();

    /// <summary>Where gRPC-Web is served without TLS.</summary>
    public Uri Web { get; private set; } = null!;

    private string DescriptorsPath => PathOf("descriptors.binpb");

    public async ValueTask InitializeAsync()
    {
        File.WriteAllBytes(DescriptorsPath, DescribeServices().ToByteArray());
        Page = await ServePageAsync();
        WebApplication plain = await StartAsync("plain", options => options.WebPort = 0);
        Web = ServiceHost.WebAddressOf(plain)!;
        WebApplication tls = await StartAsync("tls", options =>
        {
            options.TlsCertificatePath = _certificates.CertificatePath;
            options.TlsKeyPath = _certificates.KeyPath;
        });
        _channels[Transport.H2c] = GrpcChannel.ForAddress(ServiceHost.AddressOf(plain), new GrpcChannelOptions { MaxReceiveMessageSize = null });
        _channels[Transport.Tls] = GrpcChannel.ForAddress(ServiceHost.AddressOf(tls), new GrpcChannelOptions { HttpHandler = CreateHandler(), DisposeHttpClient = true });
        foreach (GrpcChannel channel in _channels.Values)
        {
            await WaitUntilServingAsync(channel);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _gate.Open();
        foreach (GrpcChannel channel in _channels.Values)
        {
            channel.Dispose();
        }

        foreach (WebApplication host in _hosts)
        {
            await host.DisposeInTimeAsync();
        }

        _certificates.Dispose();
        _folder.Delete(recursive: true);
    }

    /// <summary>A channel of Grpc.Net.Client.</summary>
    public GrpcChannel ChannelTo(Transport transport) => _channels[transport];

    /// <summary>HOST:PORT.</summary>
    public string AddressOf(Transport transport) => _channels[transport].Target;

    /// <summary>A handler that trusts the authority of the tests and nobody else.</summary>
    public SocketsHttpHandler CreateHandler() => new() { SslOptions = _certificates.CreateClientTls() };

    /// <summary>Runs all cases of a client, once, in one process.</summary>
    internal Task<ClientRun> RunAsync(string client, Transport transport, string program, params string[] arguments) => _runs.GetOrAdd((client, transport), _ => new Lazy<Task<ClientRun>>(async () =>
    {
        ClientProcess process = await ClientProcess.RunAsync(
            program, [.. arguments, AddressOf(transport), DescriptorsPath, .. transport == Transport.Tls ? [_certificates.AuthorityPath] : Array.Empty<string>()]);
        return new ClientRun(process);
    })).Value;

    private static async Task WaitUntilServingAsync(GrpcChannel channel)
    {
        using AsyncServerStreamingCall<HealthCheckResponse> watch = new Health.HealthClient(channel).Watch(
            new HealthCheckRequest(), deadline: DateTime.UtcNow.AddMinutes(1));
        await foreach (HealthCheckResponse health in watch.ResponseStream.ReadAllAsync())
        {
            if (health.Status == HealthCheckResponse.Types.ServingStatus.Serving)
            {
                return;
            }
        }
    }

    /// <summary>All that a client without generated code needs.</summary>
    private static FileDescriptorSet DescribeServices()
    {
        var set = new FileDescriptorSet();
        var seen = new HashSet<string>();
        FileDescriptor[] roots =
        [
            InteropReflection.Descriptor, HealthReflection.Descriptor, Google.Rpc.StatusReflection.Descriptor, Google.Rpc.ErrorDetailsReflection.Descriptor,
            Grpc.Reflection.V1.ReflectionReflection.Descriptor, Grpc.Reflection.V1Alpha.ReflectionReflection.Descriptor,
        ];
        foreach (FileDescriptor root in roots)
        {
            Add(root);
        }

        return set;

        void Add(FileDescriptor file)
        {
            if (seen.Add(file.Name))
            {
                foreach (FileDescriptor dependency in file.Dependencies)
                {
                    Add(dependency);
                }

                set.File.Add(file.ToProto());
            }
        }
    }

    private async Task<WebApplication> StartAsync(string name, Action<ServiceOptions> configure)
    {
        var options = new ServiceOptions { DataFolder = PathOf(name), Port = 0, MaxMessageBytes = MaxMessageBytes };
        options.AllowedOrigins.Add(Page.GetLeftPart(UriPartial.Authority));
        configure(options);
        WebApplication host = ServiceHost.Build(
            options,
            logging => logging.ClearProviders(),
            services =>
            {
                services.AddSingleton(_gate);
                services.AddSingleton(Ends);
                services.AddGrpc().AddServiceOptions<TestCalls>(calls => calls.ResponseCompressionAlgorithm = "gzip");
            },
            endpoints =>
            {
                endpoints.Use(MessageFlags.WatchAsync);
                endpoints.MapGrpcService<TestCalls>();
            });
        _hosts.Add(host);
        await host.StartAsync().InTimeAsync();
        return host;
    }

    private async Task<Uri> ServePageAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        WebApplication host = builder.Build();
        host.MapGet("/", () => Results.File(Path.Combine(ClientRun.Folder, "page.html"), "text/html; charset=utf-8"));
        _hosts.Add(host);
        await host.StartAsync().InTimeAsync();
        return ServiceHost.AddressOf(host);
    }

    private string PathOf(string name) => Path.Combine(_folder.FullName, name);
}

/// <summary>What the cases of one client came to: one line of JSON each, <c>{"case": ..., "failure": null or why}</c>.</summary>
internal sealed class ClientRun
{
    private readonly Dictionary<string, string?> _failures = [];
    private readonly string _end;

    public ClientRun(ClientProcess process)
    {
        _end = $"exit code {process.ExitCode}: {process.Error}";
        foreach (string line in process.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            using JsonDocument result = JsonDocument.Parse(line);
            _failures[result.RootElement.GetProperty("case").GetString()!] = result.RootElement.GetProperty("failure").GetString();
        }
    }

    /// <summary>Where the clients' sources lie.</summary>
    public static string Folder => Path.Combine(Repository.Root, "tests", "CalcQuant.Service.Tests", "Interop");

    public void AssertPassed(string name)
    {
        Assert.True(_failures.TryGetValue(name, out string? failure), $"{name} was not run; {_end}");
        Assert.True(failure is null, failure);
    }
}
