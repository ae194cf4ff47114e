using CalcQuant.Service.Hosting;

namespace CalcQuant.Service.Tests.Clients;

/// <summary>The service on a free port of this machine, with an empty data folder.</summary>
internal sealed class ServiceUnderTest : IAsyncDisposable
{
    private readonly DirectoryInfo _folder;
    private readonly WebApplication _host;

    private ServiceUnderTest(DirectoryInfo folder, WebApplication host)
    {
        _folder = folder;
        _host = host;
    }

    /// <summary>HOST:PORT.</summary>
    public string Address { get; private set; } = "";

    public static async Task<ServiceUnderTest> StartAsync(Action<ServiceOptions>? configure = null)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("calcquant-");
        var options = new ServiceOptions { DataFolder = Path.Combine(folder.FullName, "data"), Port = 0 };
        configure?.Invoke(options);
        WebApplication host = ServiceHost.Build(options, logging => logging.ClearProviders());
        await host.StartAsync().InTimeAsync();
        return new ServiceUnderTest(folder, host) { Address = ServiceHost.AddressOf(host).Authority };
    }

    public async ValueTask DisposeAsync()
    {
        if (_folder.Exists)
        {
            await _host.StopAsync().InTimeAsync();
            await _host.DisposeInTimeAsync();
            _folder.Delete(recursive: true);
            _folder.Refresh();
        }
    }
}
