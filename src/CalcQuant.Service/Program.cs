using System.Runtime.InteropServices;
using CalcQuant.Service.Hosting;

// The service without the command line of CalcQuant.Cli: dotnet run --project src/CalcQuant.Service -- --port 50051 --data FOLDER [--config FILE] [--OptionName VALUE]
IConfigurationRoot commandLine = new ConfigurationBuilder()
    .AddCommandLine(args, new Dictionary<string, string>(StringComparer.Ordinal) { ["--port"] = nameof(ServiceOptions.Port), ["--data"] = nameof(ServiceOptions.DataFolder), ["--config"] = "Config" })
    .Build();

using var end = new CancellationTokenSource();
using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
return (int)await ServiceRun.RunAsync(
    commandLine["Config"],
    commandLine.AsEnumerable().Where(pair => pair is { Value: not null, Key: not "Config" }),
    Console.Out,
    error => Console.Error.WriteLine($"calcquant: {error}"),
    end.Token);

// The first signal drains, a second one ends at once.
void End(PosixSignalContext context)
{
    context.Cancel = !end.IsCancellationRequested;
    end.Cancel();
}
