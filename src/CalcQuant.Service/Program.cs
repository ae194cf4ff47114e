using System.Runtime.InteropServices;
using CalcQuant.Api;
using CalcQuant.Service.Hosting;

string? file = null;
Dictionary<string, string?> values = new(StringComparer.Ordinal);
for (int i = 0; i < args.Length; i++)
{
    string[] parts = args[i].Split('=', 2);
    string? value = parts.Length == 2 ? parts[1] : i + 1 < args.Length ? args[++i] : null;
    if (value is not null && parts[0] == ServiceSettings.FileSwitch)
    {
        file = value;
    }
    else if (value is not null && ServiceSettings.Switches.TryGetValue(parts[0], out string? key))
    {
        values[key] = value;
    }
    else
    {
        string known = string.Join(", ", ServiceSettings.Switches.Keys.Append(ServiceSettings.FileSwitch).Order(StringComparer.Ordinal));
        await Console.Error.WriteLineAsync($"calcquant: not an option with its value: {parts[0]}; there are {known}");
        return (int)ErrorTable.BadArguments.ExitCode;
    }
}

using var stop = new CancellationTokenSource();
using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
return (int)await ServiceProcess.RunAsync(file, values, Console.Out, Console.Error, stop.Token);

// The first signal drains; a second one ends the process at once.
void Stop(PosixSignalContext context)
{
    context.Cancel = !stop.IsCancellationRequested;
    stop.Cancel();
}
