using System.Collections.Concurrent;
using System.Security.Cryptography;
using CalcQuant.Api.V1;
using CalcQuant.Service.Hosting;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;

namespace CalcQuant.Service.Tests.Storage;

/// <summary>The storage behind real HTTP/2 on loopback, on a data folder of its own, and a client of it.</summary>
internal sealed class StoreHost : IAsyncDisposable
{
    /// <summary>First argument of a process that is a server on a data folder, the second, until it is killed.</summary>
    public const string ChildCommand = "store-host";

    private readonly WebApplication _app;
    private readonly GrpcChannel _channel;
    private readonly DirectoryInfo? _ownFolder;

    private StoreHost(WebApplication app, DirectoryInfo? ownFolder, ServiceOptions options, LogLines log)
    {
        _app = app;
        _ownFolder = ownFolder;
        Options = options;
        Log = log;
        Address = ServiceHost.AddressOf(app).ToString();
        _channel = GrpcChannel.ForAddress(Address);
        Client = new StudyStoreService.StudyStoreServiceClient(_channel.InTime());
    }

    public string Address { get; }

    public ServiceOptions Options { get; }

    public LogLines Log { get; }

    public StudyStoreService.StudyStoreServiceClient Client { get; }

    public string DataFolder => Options.DataFolder;

    public IEnumerable<string> InstanceFiles => Directory.EnumerateFiles(Path.Combine(DataFolder, "instances"), "*", SearchOption.AllDirectories);

    public IEnumerable<string> IncomingFiles => Directory.EnumerateFileSystemEntries(Path.Combine(DataFolder, "incoming"));

    public static async Task<StoreHost> StartAsync(Action<ServiceOptions>? configure = null, Action<IServiceCollection>? services = null, string? dataFolder = null)
    {
        DirectoryInfo? own = dataFolder is null ? Directory.CreateTempSubdirectory("calcquant-store-") : null;
        var options = new ServiceOptions { DataFolder = dataFolder ?? own!.FullName, Port = 0, LogLevel = LogLevel.Trace, MaxUploadsPerClient = 64 };
        configure?.Invoke(options);
        var log = new LogLines();
        WebApplication app = ServiceHost.Build(options, logging => logging.AddProvider(log), services);
        await app.StartAsync().InTimeAsync();
        return new StoreHost(app, own, options, log);
    }

    /// <summary>Serves a folder, says where on standard output, and ends when standard input does.</summary>
    public static async Task RunChildAsync(string dataFolder)
    {
        await using StoreHost host = await StartAsync(dataFolder: dataFolder);
        Console.WriteLine(host.Address);
        await Console.In.ReadToEndAsync();
    }

    public T Get<T>()
        where T : notnull => _app.Services.GetRequiredService<T>();

    /// <summary>Uploads files in pieces of some size.</summary>
    public Task<UploadInstancesResponse> UploadAsync(IEnumerable<byte[]> files, int pieceLength = 1 << 20) => UploadAsync(Client, files, pieceLength);

    public static async Task<UploadInstancesResponse> UploadAsync(StudyStoreService.StudyStoreServiceClient client, IEnumerable<byte[]> files, int pieceLength = 1 << 20)
    {
        using AsyncClientStreamingCall<UploadInstancesRequest, UploadInstancesResponse> call = client.UploadInstances();
        return await AnswerAsync(call, async () =>
        {
            foreach (byte[] file in files)
            {
                await SendAsync(call, new InstanceStart { ByteCount = file.Length, Sha256 = Hash(file) }, file, pieceLength);
            }

            await call.RequestStream.CompleteAsync();
        });
    }

    /// <summary>Sends, and gives the answer.</summary>
    public static async Task<UploadInstancesResponse> AnswerAsync(AsyncClientStreamingCall<UploadInstancesRequest, UploadInstancesResponse> call, Func<Task> send)
    {
        try
        {
            await send();
        }
        catch (Exception exception) when (exception is RpcException or InvalidOperationException)
        {
            // The server ended the call while the client was still sending: its status is the answer's, not that of the sending.
        }

        return await call;
    }

    public static async Task SendAsync(AsyncClientStreamingCall<UploadInstancesRequest, UploadInstancesResponse> call, InstanceStart start, byte[] data, int pieceLength = 1 << 20)
    {
        await call.RequestStream.WriteAsync(new UploadInstancesRequest { Start = start });
        for (int offset = 0; offset < data.Length; offset += pieceLength)
        {
            int length = Math.Min(pieceLength, data.Length - offset);
            await call.RequestStream.WriteAsync(new UploadInstancesRequest { Data = ByteString.CopyFrom(data, offset, length) });
        }
    }

    public async Task<IReadOnlyList<StoredInstance>> ListAsync(string series) =>
        (await Client.ListInstancesAsync(new ListInstancesRequest { SeriesInstanceUid = series, PageSize = 10_000 })).Instances;

    public static string Hash(byte[] data) => Convert.ToHexStringLower(SHA256.HashData(data));

    public async ValueTask DisposeAsync()
    {
        _channel.Dispose();
        await _app.StopAsync().InTimeAsync();
        await _app.DisposeInTimeAsync();
        _ownFolder?.Delete(recursive: true);
    }
}

/// <summary>Everything that is logged, as text.</summary>
internal sealed class LogLines : ILoggerProvider
{
    private readonly ConcurrentQueue<string> _lines = new();

    public IEnumerable<string> Lines => _lines;

    public ILogger CreateLogger(string categoryName) => new Writer(this);

    public void Dispose()
    {
    }

    private sealed class Writer(LogLines owner) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            owner._lines.Enqueue($"{eventId.Id} {formatter(state, exception)} {exception}");
    }
}
