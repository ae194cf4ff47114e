using CalcQuant.Api;
using CalcQuant.Service.Hosting;

namespace CalcQuant.Cli.Commands;

/// <summary><c>calcquant new-api-key</c>: a key for a client, shown once, and the entry that makes the service accept it.</summary>
internal sealed class NewApiKeyCommand
{
    /// <summary>Name of the client: 1 to 64 letters, digits, '.', '_' or '-'.</summary>
    public required string Client { get; init; }

    /// <summary>Runs the command.</summary>
    public ExitCode Run(Terminal terminal)
    {
        NewApiKey made = ApiKeys.Create(Client);
        terminal.Out.WriteLine(made.Key);
        terminal.Out.WriteLine($$"""{ "Client": "{{made.Entry.Client}}", "Sha256": "{{made.Entry.Sha256}}" }""");
        return ExitCode.Done;
    }
}
