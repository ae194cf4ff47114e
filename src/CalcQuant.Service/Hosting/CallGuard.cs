using System.Diagnostics;
using System.Security.Cryptography.X509Certificates;
using CalcQuant.Api;
using CalcQuant.Service.Storage;
using Grpc.Core;
using Grpc.Core.Interceptors;

namespace CalcQuant.Service.Hosting;

/// <summary>
/// Stands before every call: says no while the service shuts down, asks who calls, keeps clients within their limits, turns whatever goes wrong into a
/// status that tells nothing it should not, and measures.
/// </summary>
internal sealed class CallGuard(
    ServiceOptions options, ApiKeys keys, ClientLimits limits, ServiceTelemetry telemetry, DrainState drain, ILogger<CallGuard> logger) : Interceptor
{
    /// <summary>Whoever watches over the service need not have a key, and must be answered while it shuts down.</summary>
    private const string HealthPrefix = "/grpc.health.v1.Health/";

    public override Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation) =>
        GuardAsync(context, isUpload: false, () => continuation(request, context));

    public override Task<TResponse> ClientStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, ServerCallContext context, ClientStreamingServerMethod<TRequest, TResponse> continuation) =>
        GuardAsync(context, isUpload: true, () => continuation(requestStream, context));

    public override Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request, IServerStreamWriter<TResponse> responseStream, ServerCallContext context, ServerStreamingServerMethod<TRequest, TResponse> continuation) =>
        GuardAsync(context, isUpload: false, () => WithoutResult(continuation(request, responseStream, context)));

    public override Task DuplexStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, IServerStreamWriter<TResponse> responseStream, ServerCallContext context, DuplexStreamingServerMethod<TRequest, TResponse> continuation) =>
        GuardAsync(context, isUpload: false, () => WithoutResult(continuation(requestStream, responseStream, context)));

    private static async Task<bool> WithoutResult(Task call)
    {
        await call;
        return true;
    }

    private async Task<T> GuardAsync<T>(ServerCallContext context, bool isUpload, Func<Task<T>> call)
    {
        long begin = Stopwatch.GetTimestamp();
        StatusCode status = StatusCode.OK;
        try
        {
            if (context.Method.StartsWith(HealthPrefix, StringComparison.Ordinal))
            {
                return await call();
            }

            ThrowIfDraining();
            ClientIdentity client = Authenticate(context);
            CallClient.Set(context, client);
            using (limits.Enter(client, isUpload))
            {
                return await call();
            }
        }
#pragma warning disable CA1031 // The one place that turns whatever goes wrong into a status.
        catch (Exception failure)
        {
            RpcException answer = Translate(failure, context);
            status = answer.StatusCode;
            throw answer;
        }
#pragma warning restore CA1031
        finally
        {
            telemetry.CallEnded(context.Method, status, Stopwatch.GetElapsedTime(begin));
        }
    }

    private void ThrowIfDraining()
    {
        if (drain.HasBegun)
        {
            throw new ServiceFault(new ServiceError(ServiceErrorCode.ShuttingDown, "The service is shutting down.") { RetryAfter = options.DrainTimeout });
        }
    }

    private ClientIdentity Authenticate(ServerCallContext context)
    {
        if (!options.Authenticates)
        {
            return ClientIdentity.Local;
        }

        // A certificate that came this far was accepted by the endpoint.
        X509Certificate2? certificate = context.GetHttpContext().Connection.ClientCertificate;
        if (certificate is not null && options.AsksForClientCertificate)
        {
            return ClientCertificates.IdentityOf(certificate);
        }

        return keys.Find(context.RequestHeaders.GetValue("authorization"))
            ?? throw new ServiceFault(ServiceErrorCode.Unauthenticated, options.ApiKeys.Count > 0
                ? "A valid API key is needed: authorization: Bearer KEY."
                : "A client certificate is needed.");
    }

    private RpcException Translate(Exception failure, ServerCallContext context)
    {
        // A caller that is gone cannot be told; what failed then failed because of it.
        if (context.CancellationToken.IsCancellationRequested)
        {
            return context.Deadline <= DateTime.UtcNow
                ? new ServiceError(ServiceErrorCode.DeadlineExceeded, "The deadline is over.").ToRpcException()
                : new ServiceError(ServiceErrorCode.Cancelled, "The call was cancelled.").ToRpcException();
        }

        switch (failure)
        {
            case ServiceFault fault:
                if (fault.InnerException is not null)
                {
                    HostingLog.CallFailed(logger, context.Method, fault.Error.Code, fault);
                }

                return fault.Error.ToRpcException();
            case RpcException status:
                return status;
            case OperationCanceledException:
                return new ServiceError(ServiceErrorCode.Cancelled, "The call was cancelled.").ToRpcException();
            default:
                ServiceError error = StorageFaults.IsStorage(failure)
                    ? StorageFaults.From(failure).Error
                    : new ServiceError(ServiceErrorCode.Internal, "The service failed; its log says where.");
                HostingLog.CallFailed(logger, context.Method, error.Code, failure);
                return error.ToRpcException();
        }
    }
}
