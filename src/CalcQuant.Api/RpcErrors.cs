using CalcQuant.Analysis;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;

namespace CalcQuant.Api;

/// <summary>Errors as they travel: <c>google.rpc.Status</c> in the trailer of a call, <see cref="V1.ErrorStatus"/> within a message.</summary>
public static class RpcErrors
{
    /// <summary>Domain of every <c>google.rpc.ErrorInfo</c>.</summary>
    public const string Domain = "calcquant";

    /// <summary>Trailer that holds the <c>google.rpc.Status</c>.</summary>
    public const string DetailsTrailer = "grpc-status-details-bin";

    /// <summary>An error as a value within a message.</summary>
    public static V1.ErrorStatus ToMessage(this ServiceError error)
    {
        ArgumentNullException.ThrowIfNull(error);
        ErrorEntry entry = ErrorTable.For(error.Code);
        return new V1.ErrorStatus { Code = (int)entry.Status, Reason = entry.Reason, Message = error.Explanation };
    }

    /// <summary>Why a series was refused, as a value within a message.</summary>
    /// <exception cref="ArgumentException">The report is not a refusal.</exception>
    public static V1.ErrorStatus ToErrorStatus(this AnalysisReport refused)
    {
        ArgumentNullException.ThrowIfNull(refused);
        if (refused.Verdict != Verdict.Refused)
        {
            throw new ArgumentException("The report is not a refusal.", nameof(refused));
        }

        SeriesIssue refusal = refused.Issues.First(issue => issue.Code.IsRefusal());
        ErrorEntry entry = ErrorTable.For(refusal.Code);
        return new V1.ErrorStatus { Code = (int)entry.Status, Reason = entry.Reason, Message = refusal.Explanation };
    }

    /// <summary>The exception that ends a call with this error and its details.</summary>
    public static RpcException ToRpcException(this ServiceError error) => ToRpcException(error.ToRpcStatus());

    /// <summary>An error with its details as it stands in the trailer of a call: ErrorInfo always, BadRequest, ResourceInfo and RetryInfo where they have something to say.</summary>
    public static Google.Rpc.Status ToRpcStatus(this ServiceError error)
    {
        ArgumentNullException.ThrowIfNull(error);
        Google.Rpc.Status status = CreateStatus(error.ToMessage());
        if (!error.Violations.IsEmpty)
        {
            var badRequest = new BadRequest();
            badRequest.FieldViolations.AddRange(error.Violations.Select(violation =>
                new BadRequest.Types.FieldViolation { Field = violation.Field, Description = violation.Description }));
            status.Details.Add(Any.Pack(badRequest));
        }

        if (error.ResourceType is not null)
        {
            status.Details.Add(Any.Pack(new ResourceInfo { ResourceType = error.ResourceType, ResourceName = error.ResourceName ?? "" }));
        }

        if (error.RetryAfter is { } delay)
        {
            status.Details.Add(Any.Pack(new RetryInfo { RetryDelay = Duration.FromTimeSpan(delay) }));
        }

        return status;
    }

    /// <summary>The exception that ends a call with the error of an analysis.</summary>
    public static RpcException ToRpcException(this V1.ErrorStatus error)
    {
        ArgumentNullException.ThrowIfNull(error);
        return ToRpcException(CreateStatus(error));
    }

    /// <summary>What a failed call says, for a client; the reason is empty where the server is not this service.</summary>
    public static V1.ErrorStatus ToErrorStatus(this RpcException failure)
    {
        ArgumentNullException.ThrowIfNull(failure);
        Google.Rpc.Status? status = ReadDetails(failure);
        string reason = status?.Details.FirstOrDefault(detail => detail.Is(ErrorInfo.Descriptor))?.Unpack<ErrorInfo>().Reason ?? "";
        return new V1.ErrorStatus { Code = (int)failure.StatusCode, Reason = reason, Message = failure.Status.Detail };
    }

    /// <summary>One kind of detail of a failed call, or null.</summary>
    /// <typeparam name="T">E.g. <see cref="BadRequest"/> or <see cref="RetryInfo"/>.</typeparam>
    public static T? FindDetail<T>(this RpcException failure)
        where T : class, IMessage<T>, new()
    {
        ArgumentNullException.ThrowIfNull(failure);
        var wanted = new T();
        return ReadDetails(failure)?.Details.FirstOrDefault(detail => detail.Is(wanted.Descriptor))?.Unpack<T>();
    }

    private static Google.Rpc.Status? ReadDetails(RpcException failure)
    {
        try
        {
            return failure.Trailers.GetValueBytes(DetailsTrailer) is { } bytes ? Google.Rpc.Status.Parser.ParseFrom(bytes) : null;
        }
        catch (InvalidProtocolBufferException)
        {
            // Something between client and service wrote another trailer of that name; the status itself still stands.
            return null;
        }
    }

    private static Google.Rpc.Status CreateStatus(V1.ErrorStatus error)
    {
        var status = new Google.Rpc.Status { Code = error.Code, Message = error.Message };
        status.Details.Add(Any.Pack(new ErrorInfo { Domain = Domain, Reason = error.Reason }));
        return status;
    }

    private static RpcException ToRpcException(Google.Rpc.Status status) => new(
        new Grpc.Core.Status((StatusCode)status.Code, status.Message),
        new Metadata { { DetailsTrailer, status.ToByteArray() } },
        status.Message);
}
