using Grpc.Core;
using Grpc.Core.Interceptors;

namespace CalcQuant.Service.Tests;

/// <summary>
/// How long a test waits for the service, for another process or for another thread: long enough for an analysis on a busy machine. What never comes then
/// fails the test that waits for it, by name, instead of holding up the whole run.
/// </summary>
internal static class Patience
{
    public static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    /// <summary>Waits for a task.</summary>
    /// <exception cref="TimeoutException">It did not end.</exception>
    public static Task InTimeAsync(this Task task) => task.WaitAsync(Limit);

    /// <inheritdoc cref="InTimeAsync(Task)"/>
    public static Task<T> InTimeAsync<T>(this Task<T> task) => task.WaitAsync(Limit);

    /// <summary>Disposes of what may block while it does so.</summary>
    /// <exception cref="TimeoutException">It did not end.</exception>
    public static Task DisposeInTimeAsync(this IAsyncDisposable disposable) => Task.Run(async () => await disposable.DisposeAsync()).InTimeAsync();

    /// <summary>Waits until something that nobody tells is so.</summary>
    public static async Task UntilAsync(Func<bool> condition)
    {
        using var patience = new CancellationTokenSource(Limit);
        while (!condition())
        {
            await Task.Delay(5, patience.Token);
        }
    }

    /// <summary>
    /// Tries with one deadline after the other, each twice as late: on a busy machine one may pass before what is tested has begun, and says nothing of it then.
    /// </summary>
    /// <param name="seconds">The first deadline, seconds from the call on.</param>
    /// <param name="attempt">Gets the seconds; false where the deadline passed too early.</param>
    public static async Task WithLaterDeadlinesAsync(double seconds, Func<double, Task<bool>> attempt)
    {
        for (; !await attempt(seconds); seconds *= 2)
        {
            Assert.True(seconds < Limit.TotalSeconds / 2, $"Even a deadline of {seconds} s passed too early.");
        }
    }

    /// <summary>Calls over a channel, each message and answer of which comes in time. Nothing of it is seen on the wire: the calls get no deadline.</summary>
    public static CallInvoker InTime(this ChannelBase channel) => channel.Intercept(new Watch());

    private sealed class Watch : Interceptor
    {
        public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
            TRequest request, ClientInterceptorContext<TRequest, TResponse> context, AsyncUnaryCallContinuation<TRequest, TResponse> continuation)
        {
            AsyncUnaryCall<TResponse> call = continuation(request, context);
            return new AsyncUnaryCall<TResponse>(call.ResponseAsync.InTimeAsync(), call.ResponseHeadersAsync, call.GetStatus, call.GetTrailers, call.Dispose);
        }

        public override AsyncClientStreamingCall<TRequest, TResponse> AsyncClientStreamingCall<TRequest, TResponse>(
            ClientInterceptorContext<TRequest, TResponse> context, AsyncClientStreamingCallContinuation<TRequest, TResponse> continuation)
        {
            AsyncClientStreamingCall<TRequest, TResponse> call = continuation(context);
            return new AsyncClientStreamingCall<TRequest, TResponse>(
                new Writer<TRequest>(call.RequestStream), call.ResponseAsync.InTimeAsync(), call.ResponseHeadersAsync, call.GetStatus, call.GetTrailers, call.Dispose);
        }

        public override AsyncServerStreamingCall<TResponse> AsyncServerStreamingCall<TRequest, TResponse>(
            TRequest request, ClientInterceptorContext<TRequest, TResponse> context, AsyncServerStreamingCallContinuation<TRequest, TResponse> continuation)
        {
            AsyncServerStreamingCall<TResponse> call = continuation(request, context);
            return new AsyncServerStreamingCall<TResponse>(new Reader<TResponse>(call.ResponseStream), call.ResponseHeadersAsync, call.GetStatus, call.GetTrailers, call.Dispose);
        }

        public override AsyncDuplexStreamingCall<TRequest, TResponse> AsyncDuplexStreamingCall<TRequest, TResponse>(
            ClientInterceptorContext<TRequest, TResponse> context, AsyncDuplexStreamingCallContinuation<TRequest, TResponse> continuation)
        {
            AsyncDuplexStreamingCall<TRequest, TResponse> call = continuation(context);
            return new AsyncDuplexStreamingCall<TRequest, TResponse>(
                new Writer<TRequest>(call.RequestStream), new Reader<TResponse>(call.ResponseStream), call.ResponseHeadersAsync, call.GetStatus, call.GetTrailers, call.Dispose);
        }
    }

    private sealed class Reader<T>(IAsyncStreamReader<T> inner) : IAsyncStreamReader<T>
    {
        public T Current => inner.Current;

        public Task<bool> MoveNext(CancellationToken cancellationToken) => inner.MoveNext(cancellationToken).InTimeAsync();
    }

    private sealed class Writer<T>(IClientStreamWriter<T> inner) : IClientStreamWriter<T>
    {
        public WriteOptions? WriteOptions
        {
            get => inner.WriteOptions;
            set => inner.WriteOptions = value;
        }

        public Task WriteAsync(T message) => inner.WriteAsync(message).InTimeAsync();

        public Task WriteAsync(T message, CancellationToken cancellationToken) => inner.WriteAsync(message, cancellationToken).InTimeAsync();

        public Task CompleteAsync() => inner.CompleteAsync().InTimeAsync();
    }
}
