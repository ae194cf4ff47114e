using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using CalcQuant.Api;
using CalcQuant.Api.V1;
using CalcQuant.Service.Hosting;
using Google.Rpc;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;
using ServingStatus = Grpc.Health.V1.HealthCheckResponse.Types.ServingStatus;

namespace CalcQuant.Service.Tests.Hosting;

/// <summary>Health, draining, and the service as a process.</summary>
public sealed class LifecycleTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("calcquant-");
    private readonly List<Process> _started = [];

    public void Dispose()
    {
        foreach (Process process in _started)
        {
            process.Kill();
            process.WaitForExit(Patience.Limit);
            process.Dispose();
        }

        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Health_WithAStoreThatCannotBeWritten_IsNotServing()
    {
        bool isWritable = true;
        await using RunningHost host = await RunningHost.StartAsync(services: services => services.AddReadiness("store", _ => isWritable ? true : throw new IOException()));
        var health = new Health.HealthClient(host.Connect());
        Assert.Equal(ServingStatus.Serving, (await health.CheckAsync(new HealthCheckRequest())).Status);
        isWritable = false;
        Assert.Equal(ServingStatus.NotServing, (await health.CheckAsync(new HealthCheckRequest())).Status);
        Assert.Equal(ServingStatus.NotServing, (await health.CheckAsync(new HealthCheckRequest { Service = "calcquant.v1.StudyStoreService" })).Status);
        RpcException unknown = await RunningHost.FailureOf(async () => await health.CheckAsync(new HealthCheckRequest { Service = "other" }));
        Assert.Equal(StatusCode.NotFound, unknown.StatusCode);
    }

    [Fact]
    public async Task Drain_WithOpenCalls_TellsWatchersRefusesNewOnesAndLetsThoseEnd()
    {
        await using RunningHost host = await RunningHost.StartAsync();
        TaskCompletionSource entered = new(), release = new();
        host.Calls.ListSeries = async _ =>
        {
            entered.TrySetResult();
            await release.Task;
            return new ListSeriesResponse();
        };
        CallInvoker channel = host.Connect();
        var store = new StudyStoreService.StudyStoreServiceClient(channel);
        using AsyncServerStreamingCall<HealthCheckResponse> watch = new Health.HealthClient(channel).Watch(new HealthCheckRequest());
        Assert.True(await watch.ResponseStream.MoveNext(CancellationToken.None));
        Assert.Equal(ServingStatus.Serving, watch.ResponseStream.Current.Status);
        using AsyncUnaryCall<ListSeriesResponse> open = store.ListSeriesAsync(new ListSeriesRequest());
        await entered.Task.InTimeAsync();

        Task draining = ServiceHost.DrainAsync(host.App);
        Assert.True(await watch.ResponseStream.MoveNext(CancellationToken.None));
        Assert.Equal(ServingStatus.NotServing, watch.ResponseStream.Current.Status);
        RpcException refusal = await RunningHost.FailureOf(async () => await store.ListSeriesAsync(new ListSeriesRequest()));
        Assert.Equal((StatusCode.Unavailable, "SHUTTING_DOWN"), (refusal.StatusCode, refusal.GetRpcStatus()!.GetDetail<ErrorInfo>()!.Reason));
        Assert.NotNull(refusal.GetRpcStatus()!.GetDetail<RetryInfo>());
        Assert.False(draining.IsCompleted);

        release.SetResult();
        await open.ResponseAsync;
        await draining.InTimeAsync();
    }

    [Fact]
    public async Task Drain_BeyondItsTime_CancelsWhatIsOpen()
    {
        await using RunningHost host = await RunningHost.StartAsync(options => options.DrainTimeout = TimeSpan.FromMilliseconds(50));
        var entered = new TaskCompletionSource();
        host.Calls.ListSeries = async context =>
        {
            entered.TrySetResult();
            await Task.Delay(Timeout.Infinite, context.CancellationToken);
            return new ListSeriesResponse();
        };
        using AsyncUnaryCall<ListSeriesResponse> open = new StudyStoreService.StudyStoreServiceClient(host.Connect()).ListSeriesAsync(new ListSeriesRequest());
        await entered.Task.InTimeAsync();
        await ServiceHost.DrainAsync(host.App).InTimeAsync();
        RpcException failure = await RunningHost.FailureOf(() => open.ResponseAsync);
        Assert.Equal((StatusCode.Unavailable, "SHUTTING_DOWN"), (failure.StatusCode, failure.GetRpcStatus()!.GetDetail<ErrorInfo>()!.Reason));
    }

    [Fact]
    public async Task Process_WithWrongSettings_ListsThemAndEndsWith2()
    {
        using StringWriter output = new(), error = new();
        ExitCode code = await ServiceProcess.RunAsync(null, [new("Port", "x"), new("ListenAddress", "0.0.0.0")], output, error, CancellationToken.None);
        Assert.Equal((ExitCode.BadArguments, ""), (code, output.ToString()));
        string[] lines = error.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(3, lines.Length);
        Assert.All(lines, line => Assert.StartsWith("calcquant: ", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Process_OnAPortInUse_SaysSoAndEndsWith3()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        string port = ((IPEndPoint)taken.LocalEndpoint).Port.ToString();
        using StringWriter output = new(), error = new();
        ExitCode code = await ServiceProcess.RunAsync(null, [new("Port", port), new("DataFolder", _folder.FullName)], output, error, CancellationToken.None).InTimeAsync();
        Assert.Equal((ExitCode.Internal, "calcquant: cannot listen there: the port is in use"), (code, error.ToString().Trim()));
    }

    [Fact]
    public async Task Process_WhenToldToStop_EndsWith0()
    {
        Process service = Start("--port", "0", "--web-port=0", "--data", _folder.FullName);
        string web = await ReadLineAsync(service.StandardOutput);
        string ready = await ReadLineAsync(service.StandardOutput);
        Assert.StartsWith("gRPC-Web on http://127.0.0.1:", web, StringComparison.Ordinal);
        Assert.StartsWith("listening on http://127.0.0.1:", ready, StringComparison.Ordinal);
        using (var channel = GrpcChannel.ForAddress(ready["listening on ".Length..]))
        {
            HealthCheckResponse health = await new Health.HealthClient(channel.InTime()).CheckAsync(new HealthCheckRequest());
            Assert.Equal(ServingStatus.Serving, health.Status);
        }

        Terminate(service);
        await service.WaitForExitAsync().InTimeAsync();
        Assert.Equal(0, service.ExitCode);
    }

    [Fact]
    public async Task Process_WithAnUnknownArgument_EndsWith2()
    {
        Process service = Start("--colour", "red");
        string error = await service.StandardError.ReadToEndAsync().InTimeAsync();
        await service.WaitForExitAsync().InTimeAsync();
        Assert.Equal(2, service.ExitCode);
        Assert.StartsWith("calcquant: not an option with its value: --colour", error, StringComparison.Ordinal);
    }

    private Process Start(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet") { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(typeof(ServiceHost).Assembly.Location);
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        Process process = Process.Start(start)!;
        _started.Add(process);
        return process;
    }

    private static async Task<string> ReadLineAsync(StreamReader reader) => await reader.ReadLineAsync().InTimeAsync() ?? "";

    /// <summary>SIGTERM, by the shell's own command: .NET can only kill.</summary>
    private static void Terminate(Process process)
    {
        using var kill = Process.Start("kill", ["-TERM", process.Id.ToString()]);
        Assert.True(kill.WaitForExit(Patience.Limit));
    }
}
