using System.CommandLine;
using System.Globalization;
using CalcQuant.Service.Hosting;

namespace CalcQuant.Cli.Commands;

/// <summary><c>calcquant serve</c>: the analysis as a service, in this process.</summary>
internal static class ServeCommand
{
    /// <summary>The command.</summary>
    public static Command Create(Terminal terminal, CancellationToken cancellationToken)
    {
        var port = new Option<int?>("--port") { HelpName = "N", Description = "Port of gRPC; 0 for any free one. Default: 50051." };
        var data = new Option<string?>("--data") { HelpName = "DIR", Description = "Folder for everything that is stored; made where it does not exist." };
        var config = new Option<string?>("--config") { HelpName = "FILE", Description = "JSON file with more settings." };
        var command = new Command("serve", "Serve the analysis over gRPC, on this machine unless the settings say otherwise, until interrupted.") { port, data, config };
        command.SetAction(parsed => (int)ServiceRun.RunAsync(
            parsed.GetValue(config),
            [
                .. Given("Port", parsed.GetValue(port)?.ToString(CultureInfo.InvariantCulture)),
                .. Given("DataFolder", parsed.GetValue(data) is { Length: > 0 } folder ? Path.GetFullPath(folder) : null),
            ],
            terminal.Out,
            terminal.Complain,
            cancellationToken).GetAwaiter().GetResult());
        return command;
    }

    private static IEnumerable<KeyValuePair<string, string?>> Given(string setting, string? value) => value is null ? [] : [KeyValuePair.Create(setting, (string?)value)];
}
