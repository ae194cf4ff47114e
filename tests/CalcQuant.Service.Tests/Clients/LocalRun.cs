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
        ExitCode code = CommandLine.Run(arguments, new Terminal(output, error, isScreen: false, showsProgress: false));
        return new LocalRun(code, output.ToString(), error.ToString());
    }
}
