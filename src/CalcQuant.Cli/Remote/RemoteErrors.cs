using System.Security.Authentication;
using CalcQuant.Api;
using Google.Rpc;
using Grpc.Core;
using Status = Google.Rpc.Status;

namespace CalcQuant.Cli.Remote;

/// <summary>Failed calls in words, with the exit code that the one table of errors gives them.</summary>
internal static class RemoteErrors
{
    /// <summary>A failed call as one line.</summary>
    /// <param name="failure">The call.</param>
    /// <param name="server">The service as the user named it.</param>
    public static RemoteFailure Describe(RpcException failure, string server)
    {
        Status? status = failure.GetRpcStatus();
        if (status?.GetDetail<ErrorInfo>() is { Reason: { Length: > 0 } reason })
        {
            IEnumerable<string> violations = status.GetDetail<BadRequest>()?.FieldViolations.Select(violation => $"{violation.Field}: {violation.Description}") ?? [];
            string retry = status.GetDetail<RetryInfo>()?.RetryDelay is { } delay
                ? FormattableString.Invariant($"; try again in {Math.Ceiling(delay.ToTimeSpan().TotalSeconds):0} s")
                : string.Empty;
            return new RemoteFailure($"{string.Join("; ", [status.Message, .. violations])}{retry} ({reason})", ExitCodeOf(reason), failure);
        }

        return failure.StatusCode == StatusCode.Unavailable
            ? new RemoteFailure($"no service answers at {server}{Hint(failure)}", ExitCode.Internal, failure)
            : new RemoteFailure($"the service at {server} failed: {failure.Status.Detail} ({failure.StatusCode})", ExitCode.Internal, failure);
    }

    /// <summary>The exit code of a reason; that of an internal error where a later service gives one that is not known here.</summary>
    public static ExitCode ExitCodeOf(string reason) =>
        ExitCodes.Value.TryGetValue(reason, out ExitCode code) ? code : ErrorTable.Internal.ExitCode;

    private static readonly Lazy<Dictionary<string, ExitCode>> ExitCodes = new(() =>
    {
        var codes = new Dictionary<string, ExitCode>(StringComparer.Ordinal);
        return codes;
    });

    private static string Hint(RpcException failure)
    {
        for (Exception? cause = failure.Status.DebugException; cause is not null; cause = cause.InnerException)
        {
            if (cause is AuthenticationException)
            {
                return $": {cause.Message}";
            }
        }

        return string.Empty;
    }
}
