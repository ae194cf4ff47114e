using System.Net.Sockets;
using CalcQuant.Api;
using CalcQuant.Service.Storage;
using Microsoft.AspNetCore.Connections;

namespace CalcQuant.Service.Hosting;

/// <summary>The service as a process: settings in, one line when it listens, drained when it is told to stop, an exit code.</summary>
public static class ServiceProcess
{
    /// <summary>What stands before the address on the line that is printed when the service is ready.</summary>
    public const string ReadyPrefix = "listening on ";

    /// <summary>What stands before the address of <see cref="ServiceOptions.WebPort"/>, on the line before.</summary>
    public const string WebReadyPrefix = "gRPC-Web on ";

    /// <summary>Runs the service until it is told to stop.</summary>
    /// <param name="file">A JSON file with settings; null for the usual one, if it is there.</param>
    /// <param name="values">What the command line set, by the member of <see cref="ServiceOptions"/>.</param>
    /// <param name="output">Gets the addresses.</param>
    /// <param name="error">Gets errors, one line each. Logs go to the standard error of the process.</param>
    /// <param name="stop">Cancelled by the first signal: the service drains.</param>
    public static async Task<ExitCode> RunAsync(
        string? file, IEnumerable<KeyValuePair<string, string?>> values, TextWriter output, TextWriter error, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(error);
        IConfiguration configuration;
        try
        {
            configuration = ServiceSettings.Gather(file, values);
        }
        catch (Exception failure) when (failure is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            await error.WriteLineAsync("calcquant: the file of settings cannot be read as JSON");
            return ErrorTable.BadArguments.ExitCode;
        }

        SettingsReading reading = ServiceSettings.Read(configuration);
        if (reading is SettingsReading.Rejected rejected)
        {
            foreach (string line in rejected.Errors)
            {
                await error.WriteLineAsync($"calcquant: {line}");
            }

            return ErrorTable.BadArguments.ExitCode;
        }

        return await RunAsync(((SettingsReading.Accepted)reading).Options, output, error, stop);
    }

    private static async Task<ExitCode> RunAsync(ServiceOptions options, TextWriter output, TextWriter error, CancellationToken stop)
    {
        await using WebApplication app = ServiceHost.Build(options, logging => ServiceLog.AddStandardError(logging, options));
        try
        {
            await app.StartAsync(CancellationToken.None);
        }
        catch (DataFolderException failure)
        {
            await error.WriteLineAsync($"calcquant: {failure.Message}");
            return ErrorTable.BadArguments.ExitCode;
        }
        catch (Exception failure) when (failure is SocketException or IOException { InnerException: AddressInUseException })
        {
            await error.WriteLineAsync($"calcquant: cannot listen there: {(failure is SocketException ? "the address is not this machine's, or not allowed" : "the port is in use")}");
            return ErrorTable.Internal.ExitCode;
        }

        if (ServiceHost.WebAddressOf(app) is Uri web)
        {
            await output.WriteLineAsync($"{WebReadyPrefix}{web.GetLeftPart(UriPartial.Authority)}");
        }

        await output.WriteLineAsync($"{ReadyPrefix}{ServiceHost.AddressOf(app).GetLeftPart(UriPartial.Authority)}");
        await output.FlushAsync(CancellationToken.None);

        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using CancellationTokenRegistration stopped = stop.Register(() => ended.TrySetResult());
        using CancellationTokenRegistration failed = app.Lifetime.ApplicationStopping.Register(() => ended.TrySetResult());
        await ended.Task;
        await ServiceHost.DrainAsync(app);

        // Only a background service that failed stops the host unasked.
        return stop.IsCancellationRequested ? ExitCode.Done : ErrorTable.Internal.ExitCode;
    }
}
