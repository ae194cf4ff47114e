using System.Diagnostics;
using System.Globalization;
using CalcQuant.Benchmarks.Peers;
using Grpc.Net.Client;

namespace CalcQuant.Benchmarks.Service;

/// <summary>A server in a process of its own, on a free loopback port: <c>calcquant serve</c>, or the server of <see cref="DiscardServer"/>.</summary>
internal sealed class ServiceProcess : IDisposable
{
    private const string ReadyLine = "listening on ";

    private readonly Process _process;
    private readonly Task<string> _output;

    private ServiceProcess(Process process, Task<string> output)
    {
        _process = process;
        _output = output;
    }

    /// <summary>Where it listens, once it does.</summary>
    public Uri? Address { get; private set; }

    public bool HasExited => _process.HasExited;

    public int ExitCode => _process.ExitCode;

    /// <summary>Memory of the process that is in RAM, bytes.</summary>
    public long ResidentBytes
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64;
        }
    }

    /// <summary>What it has written to standard error, once it has ended.</summary>
    public string Errors => _output.GetAwaiter().GetResult();

    /// <summary>Starts the service over a data folder; <see cref="WaitUntilReady"/> says when it listens.</summary>
    /// <param name="dataFolder">Its data folder.</param>
    /// <param name="settings">More settings, as environment variables.</param>
    public static ServiceProcess StartService(string dataFolder, params (string Name, string Value)[] settings) =>
        Start(WholeRunComparison.CommandLine(), ["serve", "--port", "0", "--data", dataFolder], settings);

    /// <summary>Starts this program again with a subcommand, under the runtime settings that the command line has.</summary>
    public static ServiceProcess StartSelf(params string[] arguments) =>
        Start(Environment.ProcessPath!, arguments, RuntimeSettings);

    /// <summary>What <c>CalcQuant.Cli.csproj</c> sets for the service's process; a process compared with it gets the same.</summary>
    public static (string Name, string Value)[] RuntimeSettings =>
        [("DOTNET_TC_QuickJit", "0"), ("DOTNET_gcConcurrent", "0"), ("DOTNET_GCConserveMemory", "9")];

    private static ServiceProcess Start(string program, string[] arguments, (string Name, string Value)[] settings)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach ((string name, string value) in settings)
        {
            start.Environment[name] = value;
        }

        Process process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start.");
        return new ServiceProcess(process, process.StandardError.ReadToEndAsync());
    }

    /// <summary>Waits for the line that says where it listens. False where the process ended before.</summary>
    public bool WaitUntilReady()
    {
        while (_process.StandardOutput.ReadLine() is { } line)
        {
            if (line.StartsWith(ReadyLine, StringComparison.Ordinal))
            {
                Address = new Uri(line[ReadyLine.Length..].Split(' ')[0].Trim());
                return true;
            }
        }

        return false;
    }

    /// <summary>One request and its answer, as lines; for <see cref="InProcessAnalyses"/>.</summary>
    public string Ask(string line)
    {
        _process.StandardInput.WriteLine(line);
        return _process.StandardOutput.ReadLine() ?? throw new InvalidOperationException($"The process ended: {Errors}");
    }

    /// <summary>A channel to it.</summary>
    public GrpcChannel Connect() => GrpcChannel.ForAddress(Address!, new GrpcChannelOptions { MaxReceiveMessageSize = null });

    /// <summary>SIGKILL: nothing in the process gets a chance to tidy up.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    /// <summary>SIGTERM, then waits.</summary>
    public void Stop()
    {
        using Process kill = Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        _process.WaitForExit();
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            Kill();
        }

        _process.Dispose();
    }
}
