using System.Net;
using CalcQuant.Service.Analyses;
using CalcQuant.Service.Calls;
using CalcQuant.Service.Storage;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging.Console;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace CalcQuant.Service.Hosting;

/// <summary>Puts the service together.</summary>
public static class ServiceHost
{
    /// <summary>Windows of HTTP/2 for what clients send, bytes: as much as is on its way before the receiver has to say "go on".</summary>
    private const int StreamWindowBytes = 2 << 20;

    private const int ConnectionWindowBytes = 8 << 20;

    /// <summary>Room beside the message in a request of one message: framing and gRPC-Web's base64.</summary>
    private const int BodyOverheadBytes = 1 << 20;

    /// <summary>A client that is silent for so long is asked whether it is still there.</summary>
    private static readonly TimeSpan PingDelay = TimeSpan.FromSeconds(30);

    /// <summary>How often watchers of health are told.</summary>
    private static readonly TimeSpan HealthPeriod = TimeSpan.FromSeconds(2);

    /// <summary>Builds the host; nothing is opened or listened on before it starts.</summary>
    /// <param name="options">Options that hold (<see cref="ServiceConfiguration.Check"/>).</param>
    /// <param name="logging">More or other logging; null for lines on standard error.</param>
    /// <param name="services">More services, added last; may be null.</param>
    /// <param name="endpoints">More endpoints, behind the same guard; may be null.</param>
    /// <exception cref="ArgumentException">The options do not hold.</exception>
    public static WebApplication Build(
        ServiceOptions options,
        Action<ILoggingBuilder>? logging = null,
        Action<IServiceCollection>? services = null,
        Action<WebApplication>? endpoints = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (ServiceConfiguration.Check(options).FirstOrDefault() is { } error)
        {
            throw new ArgumentException(error, nameof(options));
        }

        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });

        // The slim builder reads files and variables of its own; this service has said what it was told already.
        builder.Configuration.Sources.Clear();
        AddLogging(builder.Logging, options, logging);
        AddServices(builder.Services, options);
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => Listen(kestrel, options));
        services?.Invoke(builder.Services);

        WebApplication host = builder.Build();
        host.UseCors();
        host.UseGrpcWeb(new GrpcWebOptions { DefaultEnabled = true });
        host.MapGrpcService<StudyStoreCalls>();
        host.MapGrpcService<CalcificationAnalysisCalls>();
        host.MapGrpcHealthChecksService();
        host.MapGrpcReflectionService();
        endpoints?.Invoke(host);
        return host;
    }

    /// <summary>Where a started host listens: gRPC first, then gRPC-Web where it has a port of its own.</summary>
    public static IReadOnlyList<Uri> AddressesOf(WebApplication host)
    {
        ArgumentNullException.ThrowIfNull(host);
        return [.. host.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Select(address => new Uri(address))];
    }

    private static void AddLogging(ILoggingBuilder builder, ServiceOptions options, Action<ILoggingBuilder>? logging)
    {
        builder.ClearProviders();
        builder.SetMinimumLevel(options.LogLevel);

        // What these say of single requests may name what was asked for; the guard reports failures instead.
        builder.AddFilter("Grpc", LogLevel.None);
        builder.AddFilter("Microsoft", LogLevel.Warning);
        builder.AddFilter("System.Net.Http", LogLevel.Warning);
        if (logging is not null)
        {
            logging(builder);
            return;
        }

        builder.AddConsole(console =>
        {
            console.FormatterName = PlainConsoleFormatter.FormatterName;
            console.LogToStandardErrorThreshold = LogLevel.Trace;
        });
        builder.AddConsoleFormatter<PlainConsoleFormatter, ConsoleFormatterOptions>();
    }

    private static void AddServices(IServiceCollection services, ServiceOptions options)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(options);
        services.AddSingleton<ApiKeys>();
        services.AddSingleton<ClientLimits>();
        services.AddSingleton<ServiceTelemetry>();
        services.AddSingleton<DrainState>();

        // Signals are the caller's (ServiceRun): the host ends when it is told to.
        services.RemoveAll<IHostLifetime>();
        services.AddSingleton<IHostLifetime, QuietLifetime>();
        services.Configure<HostOptions>(host => host.ShutdownTimeout = options.DrainTimeout);

        services.AddGrpc(grpc =>
        {
            grpc.MaxReceiveMessageSize = options.MaxMessageBytes;
            grpc.MaxSendMessageSize = options.MaxMessageBytes;
            grpc.ResponseCompressionAlgorithm = null;
            grpc.Interceptors.Add<CallGuard>();
        });
        services.AddSingleton<CallGuard>();
        services.AddGrpcReflection();
        services.AddGrpcHealthChecks(health =>
        {
            health.Services.Map("", _ => true);
            health.Services.Map("calcquant.v1.StudyStoreService", _ => true);
            health.Services.Map("calcquant.v1.CalcificationAnalysisService", _ => true);
        });
        services.AddHealthChecks().Add(new HealthCheckRegistration(
            "store",
            provider => new StoreHealth(provider.GetRequiredService<DrainState>(), provider.GetRequiredService<Database>().IsWritable),
            HealthStatus.Unhealthy,
            tags: null));
        services.Configure<HealthCheckPublisherOptions>(publisher => (publisher.Delay, publisher.Period) = (TimeSpan.Zero, HealthPeriod));

        services.AddCors(cors => cors.AddDefaultPolicy(policy => policy
            .WithOrigins([.. options.AllowedOrigins])
            .WithMethods(HttpMethods.Post)
            .AllowAnyHeader()
            .WithExposedHeaders("grpc-status", "grpc-message", "grpc-status-details-bin", "grpc-encoding")));

        services.AddStudyStorage();
        services.AddAnalyses();
        AddTelemetry(services, options);
    }

    private static void AddTelemetry(IServiceCollection services, ServiceOptions options)
    {
        if (options.OtlpEndpoint is not { } endpoint)
        {
            return;
        }

        services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService(ServiceTelemetry.Name, serviceVersion: typeof(ServiceHost).Assembly.GetName().Version?.ToString(3)))
            .WithTracing(traces => traces
                .AddSource(ServiceTelemetry.Name)
                .AddAspNetCoreInstrumentation()
                .AddOtlpExporter(exporter => exporter.Endpoint = endpoint))
            .WithMetrics(metrics => metrics
                .AddMeter(ServiceTelemetry.Name, "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime")
                .AddOtlpExporter(exporter => exporter.Endpoint = endpoint));
    }

    private static void Listen(KestrelServerOptions kestrel, ServiceOptions options)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = (long)options.MaxMessageBytes * 4 / 3 + BodyOverheadBytes;
        kestrel.Limits.Http2.InitialStreamWindowSize = StreamWindowBytes;
        kestrel.Limits.Http2.InitialConnectionWindowSize = ConnectionWindowBytes;
        kestrel.Limits.Http2.KeepAlivePingDelay = PingDelay;

        IPAddress address = IPAddress.Parse(options.ListenAddress);
        if (options.IsTls)
        {
            ServerCertificate certificate = ServerCertificate.Load(options);
            var accepted = options.AsksForClientCertificate ? new ClientCertificates(ClientCertificates.LoadAuthorities(options)) : null;
            kestrel.Listen(address, options.Port, endpoint =>
            {
                endpoint.Protocols = HttpProtocols.Http1AndHttp2;
                endpoint.UseHttps(https =>
                {
                    https.ServerCertificate = certificate.Leaf;
                    https.ServerCertificateChain = certificate.Chain;
                    if (accepted is not null)
                    {
                        // With keys besides, a certificate is one way of two.
                        https.ClientCertificateMode = options.ApiKeys.Count > 0 ? ClientCertificateMode.AllowCertificate : ClientCertificateMode.RequireCertificate;
                        https.ClientCertificateValidation = (client, _, _) => accepted.Accepts(client);
                    }
                });
            });
            return;
        }

        kestrel.Listen(address, options.Port, endpoint => endpoint.Protocols = HttpProtocols.Http2);
        if (options.WebPort is { } webPort)
        {
            kestrel.Listen(address, webPort, endpoint => endpoint.Protocols = HttpProtocols.Http1);
        }
    }

    /// <summary>Waits for nothing and listens to no signal.</summary>
    private sealed class QuietLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
