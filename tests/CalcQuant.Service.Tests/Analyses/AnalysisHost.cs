using System.Collections.Immutable;
using CalcQuant.Api.V1;
using CalcQuant.Phantoms;
using CalcQuant.Service.Hosting;
using CalcQuant.Service.Tests.Storage;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;

namespace CalcQuant.Service.Tests.Analyses;

/// <summary>The whole service on loopback, on a data folder of its own, and clients of it.</summary>
internal sealed class AnalysisHost : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly GrpcChannel _channel;
    private readonly DirectoryInfo? _ownFolder;
    private bool _isStopped;

    private AnalysisHost(WebApplication app, DirectoryInfo? ownFolder, ServiceOptions options, LogLines log)
    {
        _app = app;
        _ownFolder = ownFolder;
        Options = options;
        Log = log;
        _channel = GrpcChannel.ForAddress(ServiceHost.AddressOf(app));
        Store = new StudyStoreService.StudyStoreServiceClient(_channel.InTime());
        Client = new CalcificationAnalysisService.CalcificationAnalysisServiceClient(_channel.InTime());
    }

    public ServiceOptions Options { get; }

    public LogLines Log { get; }

    public StudyStoreService.StudyStoreServiceClient Store { get; }

    public CalcificationAnalysisService.CalcificationAnalysisServiceClient Client { get; }

    public static async Task<AnalysisHost> StartAsync(Action<ServiceOptions>? configure = null, Action<IServiceCollection>? services = null, string? dataFolder = null)
    {
        DirectoryInfo? own = dataFolder is null ? Directory.CreateTempSubdirectory("calcquant-analyses-") : null;
        var options = new ServiceOptions { DataFolder = dataFolder ?? own!.FullName, Port = 0, LogLevel = LogLevel.Trace, DrainTimeout = TimeSpan.FromSeconds(20) };
        configure?.Invoke(options);
        var log = new LogLines();
        WebApplication app = ServiceHost.Build(options, logging => logging.AddProvider(log), services);
        await app.StartAsync().InTimeAsync();
        return new AnalysisHost(app, own, options, log);
    }

    public T Get<T>()
        where T : notnull => _app.Services.GetRequiredService<T>();

    public Task UploadAsync(IEnumerable<byte[]> files) => UploadAsync(Store, files);

    public static async Task UploadAsync(StudyStoreService.StudyStoreServiceClient store, IEnumerable<byte[]> files)
    {
        using AsyncClientStreamingCall<UploadInstancesRequest, UploadInstancesResponse> call = store.UploadInstances();
        foreach (byte[] file in files)
        {
            await call.RequestStream.WriteAsync(new UploadInstancesRequest { Start = new InstanceStart { ByteCount = file.Length }, Data = UnsafeByteOperations.UnsafeWrap(file) });
        }

        await call.RequestStream.CompleteAsync();
        Assert.Equal(0, (await call).RejectedCount);
    }

    /// <summary>Stops the service in good order.</summary>
    public async Task StopAsync()
    {
        if (!_isStopped)
        {
            _isStopped = true;
            await _app.StopAsync().InTimeAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        _channel.Dispose();
        await StopAsync();
        await _app.DisposeInTimeAsync();
        _ownFolder?.Delete(recursive: true);
    }
}

/// <summary>A small forearm with deposits, rendered once.</summary>
internal static class SmallPhantom
{
    private static readonly Lazy<PhantomScan> Scan = new(() => Phantom.Render(PhantomOptions.Forearm(seed: 11) with { ColumnCount = 96, RowCount = 96, SliceCount = 24, PixelSpacingMm = 1.1 }));

    private static readonly Lazy<ImmutableArray<byte[]>> Whole = new(() => [.. Enumerable.Range(0, 24).Select(slice => PhantomDicom.ToFile(Scan.Value, slice))]);

    public static string Series => Scan.Value.Series.Acquisition.SeriesInstanceUid;

    public static string Study => Scan.Value.Series.Acquisition.StudyInstanceUid!;

    public static ImmutableArray<byte[]> Files => Whole.Value;

    public static SeriesReference Reference => new() { SeriesInstanceUid = Series };

    public static ImmutableArray<byte[]> WithPatientName(string name) =>
        [.. Enumerable.Range(0, 24).Select(slice => PhantomDicom.ToFile(Scan.Value, slice, new PhantomDicomOptions { PatientName = name }))];
}
