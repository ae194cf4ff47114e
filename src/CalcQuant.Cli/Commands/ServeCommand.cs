using CalcQuant.Api;
using CalcQuant.Service.Hosting;

namespace CalcQuant.Cli.Commands;

/// <summary><c>calcquant serve</c>: the service in this process, until it is told to stop.</summary>
internal sealed class ServeCommand
{
    /// <summary>A JSON file with settings; null for the usual one, if it is there.</summary>
    public string? SettingsPath { get; init; }

    /// <summary>What the command line sets, by the member of <see cref="ServiceOptions"/>.</summary>
    public required IReadOnlyList<KeyValuePair<string, string?>> Values { get; init; }

    /// <summary>Runs the command.</summary>
    /// <param name="terminal">Gets the addresses and the errors.</param>
    /// <param name="cancellationToken">Cancelled by the first signal; the service then drains, which is no failure.</param>
    public ExitCode Run(Terminal terminal, CancellationToken cancellationToken) =>
        ServiceProcess.RunAsync(SettingsPath, Values, terminal.Out, terminal.Error, cancellationToken).GetAwaiter().GetResult();
}
