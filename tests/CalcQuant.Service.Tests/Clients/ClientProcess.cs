using System.Diagnostics;

namespace CalcQuant.Service.Tests.Clients;

/// <summary>A client in a process of its own: what it printed and how it ended.</summary>
internal sealed record ClientProcess(int ExitCode, string Output, string Error)
{
    public static async Task<ClientProcess> RunAsync(string program, string[] arguments, string? input = null, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Repository.Root,
        };
        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        using var patience = new CancellationTokenSource(Patience.Limit);
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
        }

        return new ClientProcess(process.ExitCode, await output.InTimeAsync(), await error.InTimeAsync());
    }
}
