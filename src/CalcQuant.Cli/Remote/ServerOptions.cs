using System.CommandLine;
using System.CommandLine.Parsing;

namespace CalcQuant.Cli.Remote;

/// <summary>The options that say which service to ask and how.</summary>
internal sealed class ServerOptions
{
    private readonly Option<string?> _server;
    private readonly Option<string?> _apiKeyFile = CreateFile("--api-key-file", "The API key that the service knows you by, in a file.");
    private readonly Option<string?> _ca = CreateFile("--ca", "PEM file of the authority that signed the service's certificate. Default: those the system trusts.");
    private readonly Option<string?> _clientCertificate = CreateFile("--client-cert", "PEM file of your certificate, where the service wants one.");
    private readonly Option<string?> _clientKey = CreateFile("--client-key", "PEM file of its private key.");

    /// <summary>Makes the options.</summary>
    /// <param name="isRequired">True where the command is nothing without a service.</param>
    public ServerOptions(bool isRequired)
    {
        _server = new Option<string?>("--server")
        {
            HelpName = "HOST:PORT",
            Required = isRequired,
            Description = isRequired
                ? "The service: HOST:PORT, in the clear on this machine, over TLS elsewhere."
                : "Have it done by the service at HOST:PORT; in the clear on this machine, over TLS elsewhere.",
        };
    }

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        Option[] options = [_server, _apiKeyFile, _ca, _clientCertificate, _clientKey];
        foreach (Option option in options)
        {
            command.Add(option);
        }

        command.Validators.Add(Validate);
    }

    /// <summary>The service that was named; null where none was.</summary>
    public ServerAddress? Read(ParseResult parsed) => parsed.GetValue(_server) is not { } shown ? null : new ServerAddress
    {
        Uri = ServerAddress.TryParse(shown, HasCertificates(parsed.GetResult(_ca), parsed.GetResult(_clientCertificate)))!,
        Shown = shown,
        ApiKeyFile = parsed.GetValue(_apiKeyFile),
        CaFile = parsed.GetValue(_ca),
        ClientCertificateFile = parsed.GetValue(_clientCertificate),
        ClientKeyFile = parsed.GetValue(_clientKey),
    };

    private void Validate(CommandResult result)
    {
        string? server = result.GetResult(_server)?.Tokens is [{ Value: var value }] ? value : null;
        if (server is null)
        {
            Option[] others = [_apiKeyFile, _ca, _clientCertificate, _clientKey];
            if (Array.Find(others, option => result.GetResult(option) is not null) is { } stray && !_server.Required)
            {
                result.AddError($"{stray.Name} is of no use without --server");
            }
        }
        else if (ServerAddress.TryParse(server, HasCertificates(result.GetResult(_ca), result.GetResult(_clientCertificate))) is null)
        {
            result.AddError("--server wants HOST:PORT");
        }

        if (result.GetResult(_clientCertificate) is null != result.GetResult(_clientKey) is null)
        {
            result.AddError("--client-cert and --client-key are needed together");
        }
    }

    private static bool HasCertificates(params OptionResult?[] results) => results.Any(result => result is not null);

    private static Option<string?> CreateFile(string name, string description) => new(name) { HelpName = "FILE", Description = description };
}
