using CalcQuant.Api;
using CalcQuant.Cli;

namespace CalcQuant.Service.Tests.Clients;

/// <summary>The command line in this process.</summary>
internal sealed record LocalRun(ExitCode Code, string Output, string Error)
{
    public static LocalRun Of(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        Task<ExitCode> run = Task.Factory.StartNew(
            () => CommandLine.Run(arguments, new Terminal(output, error, isScreen: false, showsProgress: false)),
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
        ExitCode code = run.Wait(Patience.Limit) ? run.Result : throw new TimeoutException($"The command line did not end: {string.Join(' ', arguments)}");
        return new LocalRun(code, output.ToString(), error.ToString());
    }
}
