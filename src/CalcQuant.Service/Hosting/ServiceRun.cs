using System.Collections.Immutable;
using CalcQuant.Api;
using CalcQuant.Service.Storage;
using Microsoft.AspNetCore.Connections;

namespace CalcQuant.Service.Hosting;

/// <summary>A run of the service from options to exit code: for <c>calcquant serve</c> and the host project alike.</summary>
public static class ServiceRun
{
    /// <summary>Serves until the token is cancelled, then drains.</summary>
    /// <param name="configurationFile">A JSON file with the options; null for none.</param>
    /// <param name="overrides">What the command line says, by option name.</param>
    /// <param name="output">Gets one line <c>listening on ADDRESS</c> per address once the service is ready.</param>
    /// <param name="complain">Gets one line per error.</param>
    /// <param name="cancellationToken">Ends the service in good order.</param>
    public static async Task<ExitCode> RunAsync(
        string? configurationFile,
        IEnumerable<KeyValuePair<string, string?>> overrides,
        TextWriter output,
        Action<string> complain,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(complain);
        ServiceOptions options = ServiceConfiguration.Read(configurationFile, overrides, out ImmutableArray<string> errors);
        if (!errors.IsEmpty)
        {
            foreach (string error in errors)
            {
                complain(error);
            }

            return ErrorTable.BadArguments.ExitCode;
        }

        await using WebApplication host = ServiceHost.Build(options);
        ILogger logger = host.Services.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(ServiceRun).FullName!);
        try
        {
            await host.StartAsync(cancellationToken);
        }
        catch (Exception failure) when (failure is DataFolderException or AddressInUseException or IOException { InnerException: AddressInUseException })
        {
            complain(failure is DataFolderException ? failure.Message : "The port is in use by another process.");
            return ErrorTable.BadArguments.ExitCode;
        }

        IReadOnlyList<Uri> addresses = ServiceHost.AddressesOf(host);
        foreach (Uri address in addresses)
        {
            output.WriteLine($"listening on {address.GetLeftPart(UriPartial.Authority)}");
        }

        output.Flush();
        HostingLog.Listening(logger, addresses[0].Port, addresses.Count > 1 ? addresses[1].Port : null, options.IsTls, options.Authenticates);
        await Task.Delay(Timeout.Infinite, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        HostingLog.ShuttingDown(logger, options.DrainTimeout.TotalSeconds);
        await host.StopAsync(CancellationToken.None);
        HostingLog.Ended(logger);
        return ExitCode.Done;
    }
}
