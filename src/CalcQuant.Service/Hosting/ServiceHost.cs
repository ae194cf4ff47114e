using System.Net;
using CalcQuant.Service.Analyses;
using CalcQuant.Service.Calls;
using CalcQuant.Service.Storage;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace CalcQuant.Service.Hosting;

/// <summary>Builds the service: its endpoints, what stands between them and the calls, and what watches over both.</summary>
public static partial class ServiceHost
{
    private const int StreamsPerConnection = 256;
    private const int StreamWindowBytes = 2 << 20;
    private const int ConnectionWindowBytes = 8 << 20;
    private const int HeaderBytes = 32 << 10;

    /// <summary>A peer that is gone without a word is noticed after the delay and the timeout together.</summary>
    private static readonly TimeSpan PingDelay = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan PingTimeout = TimeSpan.FromSeconds(20);

    /// <summary>Time for cancelled calls to say so, and again for connections to close.</summary>
    private static readonly TimeSpan StopGrace = TimeSpan.FromSeconds(3);

    /// <summary>Builds the service; it listens once it is started.</summary>
    /// <param name="options">What is set; <see cref="ServiceSettings"/> has checked it.</param>
    /// <param name="logging">Where logs go. Null: nowhere.</param>
    /// <param name="services">More services, e.g. of tests. Null for none.</param>
    /// <param name="endpoints">More calls, e.g. of tests. Null for none.</param>
    public static WebApplication Build(
        ServiceOptions options,
        Action<ILoggingBuilder>? logging = null,
        Action<IServiceCollection>? services = null,
        Action<WebApplication>? endpoints = null) => BuildPipeline(
            options,
            logging,
            collection =>
            {
                collection.AddStudyStorage();
                collection.AddAnalyses();
                collection.AddReadiness("store", provider => provider.GetRequiredService<Database>().IsWritable());
                services?.Invoke(collection);
            },
            app =>
            {
                app.MapGrpcService<StudyStoreCalls>();
                app.MapGrpcService<CalcificationAnalysisCalls>();
                endpoints?.Invoke(app);
            });

    /// <summary>What stands between the wire and the calls, whatever the calls are.</summary>
    internal static WebApplication BuildPipeline(
        ServiceOptions options, Action<ILoggingBuilder>? logging, Action<IServiceCollection> services, Action<WebApplication> endpoints)
    {
        ArgumentNullException.ThrowIfNull(options);
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            SetLimits(kestrel, options);
            Listen(kestrel, options);
        });
        ServiceLog.Quieten(builder.Logging);
        logging?.Invoke(builder.Logging);

        builder.Services.AddRouting();
        builder.Services.AddCors(cors => cors.AddDefaultPolicy(policy => policy
            .WithOrigins([.. options.AllowedOrigins])
            .WithMethods(HttpMethods.Post)
            .AllowAnyHeader()
            .WithExposedHeaders("grpc-status", "grpc-message", "grpc-status-details-bin", "grpc-encoding", "grpc-accept-encoding")));
        builder.Services.AddMetrics();
        builder.Services.AddSingleton(options);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<IHostLifetime, SignallessLifetime>();
        builder.Services.AddSingleton<Draining>();
        builder.Services.AddSingleton<ServiceTelemetry>();
        builder.Services.AddSingleton<ErrorInterceptor>();
        builder.Services.AddGrpc(grpc =>
        {
            grpc.MaxReceiveMessageSize = options.MaxMessageBytes;
            grpc.MaxSendMessageSize = options.MaxMessageBytes;
            grpc.EnableDetailedErrors = false;
            grpc.Interceptors.Add<ErrorInterceptor>();
        });
        builder.Services.AddHealth();
        builder.Services.AddGrpcReflection();
        if (options.OtlpEndpoint is Uri collector)
        {
            Export(builder.Services, collector);
        }

        services(builder.Services);

        WebApplication app = builder.Build();
        app.UseRouting();
        app.UseCors();
        app.UseGrpcWeb(new GrpcWebOptions { DefaultEnabled = true });
        app.UseMiddleware<CallGate>();
        app.MapGrpcHealthChecksService();
        app.MapGrpcReflectionService();
        endpoints(app);
        return app;
    }

    /// <summary>Where a started service listens for gRPC, e.g. <c>http://127.0.0.1:50051</c>.</summary>
    public static Uri AddressOf(WebApplication app) => new(Addresses(app)[0]);

    /// <summary>Where a started service listens for gRPC-Web without TLS; null where it does not.</summary>
    public static Uri? WebAddressOf(WebApplication app) => Addresses(app) is [_, string web] ? new(web) : null;

    /// <summary>
    /// Stops a service as its clients would like it: health says NOT_SERVING, new calls are refused with UNAVAILABLE, open ones may go on for
    /// <see cref="ServiceOptions.DrainTimeout"/> and are then cancelled.
    /// </summary>
    public static async Task DrainAsync(WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);
        ServiceOptions options = app.Services.GetRequiredService<ServiceOptions>();
        Draining draining = app.Services.GetRequiredService<Draining>();
        ILogger logger = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(ServiceHost).FullName!);
        LogDraining(logger, options.DrainTimeout);
        draining.Begin();
        Readiness.SetNotServing(app.Services);
        int cancelledCount = await draining.EndAsync(options.DrainTimeout, StopGrace, app.Services.GetRequiredService<TimeProvider>());
        using var limit = new CancellationTokenSource(StopGrace);
        await app.StopAsync(limit.Token);
        LogStopped(logger, cancelledCount);
    }

    private static string[] Addresses(WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);
        return [.. app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses];
    }

    private static void SetLimits(KestrelServerOptions kestrel, ServiceOptions options)
    {
        kestrel.AddServerHeader = false;
        KestrelServerLimits limits = kestrel.Limits;
        limits.MaxRequestHeadersTotalSize = HeaderBytes;

        // A unary message, in base64 (gRPC-Web text) a third larger, with room for its frame; Grpc.AspNetCore lifts the limit, and the least rate of a
        // request, for streams from the client.
        limits.MaxRequestBodySize = ((long)options.MaxMessageBytes * 4 / 3) + 4096;

        // A client that reads slowly holds its stream back and nothing else; the ping below notices one that is gone.
        limits.MinResponseDataRate = null;
        limits.Http2.MaxStreamsPerConnection = StreamsPerConnection;
        limits.Http2.InitialStreamWindowSize = StreamWindowBytes;
        limits.Http2.InitialConnectionWindowSize = ConnectionWindowBytes;
        limits.Http2.KeepAlivePingDelay = PingDelay;
        limits.Http2.KeepAlivePingTimeout = PingTimeout;
    }

    private static void Listen(KestrelServerOptions kestrel, ServiceOptions options)
    {
        if (!options.TryGetAddress(out IPAddress address))
        {
            throw new ArgumentException("ListenAddress is no address.", nameof(options));
        }

        kestrel.Listen(address, options.Port, listen =>
        {
            listen.Protocols = HttpProtocols.Http2;
            if (options.TlsCertificatePath is not null)
            {
                listen.Protocols = HttpProtocols.Http1AndHttp2;
                listen.UseHttps(TransportSecurity.CreateHttps(options));
            }
        });
        if (options.WebPort is int webPort)
        {
            kestrel.Listen(IPAddress.Loopback, webPort, listen =>
            {
                // Kestrel tells HTTP/1.1 from HTTP/2 by ALPN, which needs TLS: hence the port of its own.
                listen.Protocols = HttpProtocols.Http1;
                listen.Use(next => connection =>
                {
                    connection.Features.Set(new WebPortConnection());
                    return next(connection);
                });
            });
        }
    }

    private static void Export(IServiceCollection services, Uri collector) => services.AddOpenTelemetry()
        .ConfigureResource(resource => resource.AddService("calcquant", serviceVersion: typeof(ServiceHost).Assembly.GetName().Version?.ToString(3)))
        .WithTracing(tracing => tracing
            .AddSource(ServiceTelemetry.Name)
            .AddAspNetCoreInstrumentation()
            .AddOtlpExporter(exporter => exporter.Endpoint = collector))
        .WithMetrics(metrics => metrics
            .AddMeter(ServiceTelemetry.Name, "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime")
            .AddOtlpExporter(exporter => exporter.Endpoint = collector));

    [LoggerMessage(EventId = 1010, Level = LogLevel.Information, Message = "going down; calls have {DrainTimeout} to end")]
    private static partial void LogDraining(ILogger logger, TimeSpan drainTimeout);

    [LoggerMessage(EventId = 1011, Level = LogLevel.Information, Message = "stopped; {CancelledCount} calls were cancelled")]
    private static partial void LogStopped(ILogger logger, int cancelledCount);

    /// <summary>Leaves signals to <see cref="ServiceProcess"/>; the usual one would take them.</summary>
    private sealed class SignallessLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
