using System.Collections.Concurrent;
using System.Net.Security;
using CalcQuant.Service.Hosting;
using Grpc.Core;
using Grpc.Net.Client;

namespace CalcQuant.Service.Tests.Hosting;

/// <summary>A service on a free port of loopback, with calls that do what a test says.</summary>
internal sealed class RunningHost : IAsyncDisposable
{
    private readonly List<GrpcChannel> _channels = [];

    private RunningHost(WebApplication app, TestCalls calls, CapturedLog log) => (App, Calls, Log) = (app, calls, log);

    public WebApplication App { get; }

    public TestCalls Calls { get; }

    public CapturedLog Log { get; }

    public Uri Address => ServiceHost.AddressOf(App);

    public static async Task<RunningHost> StartAsync(Action<ServiceOptions>? set = null, Action<IServiceCollection>? services = null)
    {
        var options = new ServiceOptions { DataFolder = "unused", Port = 0 };
        set?.Invoke(options);
        Assert.Empty(ServiceSettings.Check(options));
        var calls = new TestCalls();
        var log = new CapturedLog();
        WebApplication app = ServiceHost.BuildPipeline(
            options,
            logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(log),
            collection =>
            {
                collection.AddSingleton(calls);
                services?.Invoke(collection);
            },
            endpoints =>
            {
                endpoints.MapGrpcService<TestStudyStore>();
                endpoints.MapGrpcService<TestAnalyses>();
            });
        await app.StartAsync().InTimeAsync();
        return new RunningHost(app, calls, log);
    }

    public CallInvoker Connect(SslClientAuthenticationOptions? tls = null, string? key = null)
    {
        var handler = new SocketsHttpHandler();
        if (tls is not null)
        {
            handler.SslOptions = tls;
        }

        var channel = GrpcChannel.ForAddress(Address, new GrpcChannelOptions
        {
            HttpHandler = key is null ? handler : new KeyHandler(key, handler),
            MaxReceiveMessageSize = null,
            MaxSendMessageSize = null,
            DisposeHttpClient = true,
        });
        _channels.Add(channel);
        return channel.InTime();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (GrpcChannel channel in _channels)
        {
            channel.Dispose();
        }

        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await App.StopAsync(now.Token).InTimeAsync();
        await App.DisposeInTimeAsync();
    }

    public static async Task<RpcException> FailureOf(Func<Task> call) => await Assert.ThrowsAsync<RpcException>(call);

    private sealed class KeyHandler(string key, HttpMessageHandler inner) : DelegatingHandler(inner)
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            request.Headers.TryAddWithoutValidation("authorization", $"Bearer {key}");
            return base.SendAsync(request, cancellationToken);
        }
    }
}

/// <summary>Everything that was logged, with the exceptions as a careless sink would write them.</summary>
internal sealed class CapturedLog : ILoggerProvider
{
    private readonly ConcurrentQueue<string> _lines = new();

    public string Text => string.Join('\n', _lines);

    public ILogger CreateLogger(string categoryName) => new Logger(categoryName, _lines);

    public void Dispose()
    {
    }

    private sealed class Logger(string category, ConcurrentQueue<string> lines) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            lines.Enqueue($"{eventId.Id} {category} {formatter(state, exception)} {exception}");
    }
}
