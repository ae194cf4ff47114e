using CalcQuant.Api;

namespace CalcQuant.Service.Hosting;

/// <summary>Events 1000 to 1099: the host. Exceptions are written without their messages (<see cref="PlainConsoleFormatter"/>).</summary>
internal static partial class HostingLog
{
    [LoggerMessage(1000, LogLevel.Information, "Listening: gRPC port {Port}, gRPC-Web port {WebPort}, TLS {IsTls}, clients authenticate {Authenticates}.")]
    public static partial void Listening(ILogger logger, int port, int? webPort, bool isTls, bool authenticates);

    [LoggerMessage(1001, LogLevel.Information, "Shutting down: calls and analyses under way get {Seconds:0.#} s.")]
    public static partial void ShuttingDown(ILogger logger, double seconds);

    [LoggerMessage(1002, LogLevel.Information, "Ended.")]
    public static partial void Ended(ILogger logger);

    [LoggerMessage(1010, LogLevel.Error, "{Method} failed as {Code}.")]
    public static partial void CallFailed(ILogger logger, string method, ServiceErrorCode code, Exception exception);
}
