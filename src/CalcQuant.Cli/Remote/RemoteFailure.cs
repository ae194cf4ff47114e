using CalcQuant.Api;

namespace CalcQuant.Cli.Remote;

/// <summary>A service that cannot be reached or says no: one line for the user and the exit code.</summary>
internal sealed class RemoteFailure(string message, ExitCode exitCode, Exception? innerException = null) : Exception(message, innerException)
{
    /// <summary>What the process tells its caller.</summary>
    public ExitCode ExitCode { get; } = exitCode;
}
