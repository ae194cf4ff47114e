using CalcQuant.Api;
using CalcQuant.Service.Storage;
using Grpc.Core;
using Grpc.Core.Interceptors;

namespace CalcQuant.Service.Hosting;

/// <summary>
/// Turns what a call throws into its status: the one place where that happens. What nobody foresaw becomes INTERNAL without any detail; the log
/// then has its type and stack but not its message, which may name a file or a patient.
/// </summary>
internal sealed partial class ErrorInterceptor(ILogger<ErrorInterceptor> logger, TimeProvider time, Draining draining) : Interceptor
{
    private static readonly TimeSpan StoreRetry = TimeSpan.FromSeconds(5);

    /// <inheritdoc/>
    public override async Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            return await continuation(request, context);
        }
        catch (Exception failure) when (failure is not RpcException)
        {
            throw Translate(failure, context);
        }
    }

    /// <inheritdoc/>
    public override async Task<TResponse> ClientStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, ServerCallContext context, ClientStreamingServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            return await continuation(requestStream, context);
        }
        catch (Exception failure) when (failure is not RpcException)
        {
            throw Translate(failure, context);
        }
    }

    /// <inheritdoc/>
    public override async Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request, IServerStreamWriter<TResponse> responseStream, ServerCallContext context, ServerStreamingServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            await continuation(request, responseStream, context);
        }
        catch (Exception failure) when (failure is not RpcException)
        {
            throw Translate(failure, context);
        }
    }

    /// <inheritdoc/>
    public override async Task DuplexStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream,
        IServerStreamWriter<TResponse> responseStream,
        ServerCallContext context,
        DuplexStreamingServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            await continuation(requestStream, responseStream, context);
        }
        catch (Exception failure) when (failure is not RpcException)
        {
            throw Translate(failure, context);
        }
    }

    private RpcException Translate(Exception failure, ServerCallContext context) => ToError(failure, context).ToRpcException();

    private ServiceError ToError(Exception failure, ServerCallContext context)
    {
        switch (failure)
        {
            case ServiceFault fault:
                if (fault.InnerException is not null)
                {
                    LogFailure(logger, context.Method, TypesOf(fault), fault.InnerException.StackTrace);
                }

                return fault.Error;
            case OperationCanceledException when draining.CutOff.IsCancellationRequested:
                return new ServiceError(ServiceErrorCode.ShuttingDown, "The service is going down.") { RetryAfter = StoreRetry };
            case OperationCanceledException or IOException when context.CancellationToken.IsCancellationRequested:
                return context.Deadline <= time.GetUtcNow().UtcDateTime
                    ? new ServiceError(ServiceErrorCode.DeadlineExceeded, "The deadline of the call is over.")
                    : new ServiceError(ServiceErrorCode.Cancelled, "The call was cancelled.");
            case OperationCanceledException:
                return new ServiceError(ServiceErrorCode.Cancelled, "The call was cancelled.");
            case Exception storage when StorageFaults.IsStorage(storage):
                LogFailure(logger, context.Method, TypesOf(failure), failure.StackTrace);
                return StorageFaults.From(failure).Error with { RetryAfter = StoreRetry };
            default:
                LogFailure(logger, context.Method, TypesOf(failure), failure.StackTrace);
                return new ServiceError(ServiceErrorCode.Internal, "The service failed; its log says more.");
        }
    }

    private static string TypesOf(Exception failure) =>
        failure.InnerException is Exception inner ? $"{failure.GetType().FullName} < {TypesOf(inner)}" : failure.GetType().FullName!;

    [LoggerMessage(EventId = 1000, Level = LogLevel.Error, Message = "{Method} failed with {ExceptionTypes}\n{Stack}")]
    private static partial void LogFailure(ILogger logger, string method, string exceptionTypes, string? stack);
}
