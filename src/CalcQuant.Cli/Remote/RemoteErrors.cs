using System.Security.Authentication;
using CalcQuant.Api;
using CalcQuant.Api.V1;
using Google.Rpc;
using Grpc.Core;

namespace CalcQuant.Cli.Remote;

/// <summary>Failed calls in words, with the exit code that the one table of errors gives them.</summary>
internal static class RemoteErrors
{
    /// <summary>A failed call as one line.</summary>
    /// <param name="failure">The call.</param>
    /// <param name="server">The service as the user named it.</param>
    public static RemoteFailure Describe(RpcException failure, string server)
    {
        ErrorStatus error = failure.ToErrorStatus();
        if (error.Reason.Length == 0)
        {
            string? distrust = FindDistrust(failure);
            return failure.StatusCode == StatusCode.Unavailable || distrust is not null
                ? new RemoteFailure($"no service answers at {server}{(distrust is null ? string.Empty : $" that can be trusted: {distrust}")}", ExitCode.Internal, failure)
                : new RemoteFailure($"the service at {server} failed: {failure.Status.Detail} ({failure.StatusCode})", ExitCode.Internal, failure);
        }

        IEnumerable<string> violations = failure.FindDetail<BadRequest>()?.FieldViolations.Select(violation => $"{violation.Field}: {violation.Description}") ?? [];
        string retry = failure.FindDetail<RetryInfo>()?.RetryDelay is { } delay
            ? FormattableString.Invariant($"; try again in {Math.Ceiling(delay.ToTimeSpan().TotalSeconds):0} s")
            : string.Empty;
        return new RemoteFailure($"{string.Join("; ", [error.Message, .. violations])}{retry} ({error.Reason})", ExitCodeOf(error.Reason), failure);
    }

    /// <summary>The exit code of a reason; that of an internal error where a later service gives one that is not known here.</summary>
    public static ExitCode ExitCodeOf(string reason) => (ErrorTable.Find(reason) ?? ErrorTable.Internal).ExitCode;

    /// <summary>What is wrong with the service's certificate; null where nothing is.</summary>
    private static string? FindDistrust(RpcException failure)
    {
        for (Exception? cause = failure.Status.DebugException; cause is not null; cause = cause.InnerException)
        {
            if (cause is AuthenticationException)
            {
                return cause.Message;
            }
        }

        return null;
    }
}
