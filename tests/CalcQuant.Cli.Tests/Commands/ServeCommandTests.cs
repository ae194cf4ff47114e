using System.CommandLine;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using CalcQuant.Api;
using CalcQuant.Service.Hosting;

namespace CalcQuant.Cli.Tests.Commands;

public class ServeCommandTests
{
    [Fact]
    public void Options_OfServe_AreThoseOfTheHost()
    {
        Command root = CommandLine.CreateRoot(new Terminal(TextWriter.Null, TextWriter.Null, isScreen: false, showsProgress: false), CancellationToken.None);
        Command serve = root.Subcommands.Single(command => command.Name == "serve");
        Assert.Equal(
            ServiceSettings.Switches.Keys.Append(ServiceSettings.FileSwitch).Order(StringComparer.Ordinal),
            serve.Options.Select(option => option.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Serve_WithWrongSettings_ListsAllOfThem()
    {
        using StringWriter output = new(), error = new();
        ExitCode code = CommandLine.Run(["serve", "--port", "many", "--listen", "0.0.0.0"], new Terminal(output, error, isScreen: false, showsProgress: false));
        Assert.Equal((ExitCode.BadArguments, ""), (code, output.ToString()));
        Assert.All(["Port:", "ListenAddress:", "DataFolder:"], start => Assert.Contains($"calcquant: {start}", error.ToString(), StringComparison.Ordinal));
    }

    [Fact]
    public void Serve_WhenCancelled_DrainsAndEndsWith0()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("calcquant-");
        try
        {
            using var stop = new CancellationTokenSource();
            using var output = new StopWhenReady(stop);
            ExitCode code = CommandLine.Run(
                ["serve", "--port", "0", "--data", folder.FullName, "--log-level", "None"], new Terminal(output, TextWriter.Null, isScreen: false, showsProgress: false), stop.Token);
            Assert.Equal(ExitCode.Done, code);
            Assert.StartsWith(ServiceProcess.ReadyPrefix + "http://127.0.0.1:", output.ToString(), StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void NewApiKey_ForAClient_PrintsTheKeyAndItsEntry()
    {
        using StringWriter output = new();
        ExitCode code = CommandLine.Run(["new-api-key", "ward-3"], new Terminal(output, TextWriter.Null, isScreen: false, showsProgress: false));
        string[] lines = output.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal((ExitCode.Done, 2), (code, lines.Length));
        JsonElement entry = JsonDocument.Parse(lines[1]).RootElement;
        Assert.Equal("ward-3", entry.GetProperty("Client").GetString());
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(lines[0]))), entry.GetProperty("Sha256").GetString());
    }

    [Theory]
    [InlineData("a name")]
    [InlineData("")]
    public void NewApiKey_ForAnImpossibleName_IsRefused(string name)
    {
        using StringWriter error = new();
        Assert.Equal(ExitCode.BadArguments, CommandLine.Run(["new-api-key", name], new Terminal(TextWriter.Null, error, isScreen: false, showsProgress: false)));
        Assert.Contains("NAME must be", error.ToString(), StringComparison.Ordinal);
    }

    /// <summary>Tells the service to stop as soon as it says that it listens.</summary>
    private sealed class StopWhenReady(CancellationTokenSource stop) : StringWriter
    {
        public override Task WriteLineAsync(string? value)
        {
            WriteLine(value);
            stop.CancelAfter(TimeSpan.Zero);
            return Task.CompletedTask;
        }
    }
}
