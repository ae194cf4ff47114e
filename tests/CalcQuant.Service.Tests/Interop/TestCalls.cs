using System.Collections.Concurrent;
using CalcQuant.Api;
using Google.Protobuf;
using Grpc.Core;

namespace CalcQuant.Service.Tests.Interop;

/// <summary>The <c>TestService</c> of interop.proto.</summary>
internal sealed class TestCalls(TestCalls.Gate gate, TestCalls.Ends ends) : TestService.TestServiceBase
{
    /// <summary>Stands for what must reach no client.</summary>
    public const string Secret = "SECRET^PATIENT";

    /// <summary>Names a call, for <see cref="Ends"/>.</summary>
    public const string NameHeader = "x-call-name";

    private const string EchoInitial = "x-echo-initial";
    private const string EchoInitialBinary = "x-echo-initial-bin";
    private const string EchoTrailing = "x-echo-trailing";
    private const string EchoTrailingBinary = "x-echo-trailing-bin";

    private static readonly WriteOptions Plain = new(WriteFlags.NoCompress);

    public override async Task<Nothing> EmptyCall(Nothing request, ServerCallContext context)
    {
        await EchoAsync(context);
        return new Nothing();
    }

    public override async Task<UnaryResponse> UnaryCall(UnaryRequest request, ServerCallContext context)
    {
        await EchoAsync(context);
        Expect(request.Expectation, context);
        ThrowIfAsked(request.ResponseStatus);
        context.WriteOptions = request.CompressResponse ? WriteOptions.Default : Plain;
        return new UnaryResponse { Payload = Zeros(request.ResponseSize) };
    }

    public override async Task<InputResponse> InputCall(IAsyncStreamReader<InputRequest> requestStream, ServerCallContext context)
    {
        context.WriteOptions = Plain;
        int size = 0;
        await foreach (InputRequest request in requestStream.ReadAllAsync(context.CancellationToken))
        {
            Expect(request.Expectation, context);
            size += request.Payload.Length;
        }

        return new InputResponse { PayloadSize = size };
    }

    public override Task OutputCall(OutputRequest request, IServerStreamWriter<OutputResponse> responseStream, ServerCallContext context) =>
        ends.WatchAsync(context, () => AnswerAsync(request, responseStream, context));

    public override Task PingPongCall(IAsyncStreamReader<OutputRequest> requestStream, IServerStreamWriter<OutputResponse> responseStream, ServerCallContext context) =>
        ends.WatchAsync(context, async () =>
        {
            await EchoAsync(context);
            await foreach (OutputRequest request in requestStream.ReadAllAsync(context.CancellationToken))
            {
                await AnswerAsync(request, responseStream, context);
            }
        });

    public override Task<Nothing> FailingCall(FailingRequest request, ServerCallContext context) => request.Failure switch
    {
        Failure.Fault => throw new ServiceFault(new ServiceError(ServiceErrorCode.InvalidRequest, "The request is wrong.")
        {
            Violations = [new FieldViolation("failure", "Another one.")],
            RetryAfter = TimeSpan.FromSeconds(7),
        }),
        Failure.Exception => throw new InvalidOperationException(Secret),
        _ => Task.FromResult(new Nothing()),
    };

    /// <summary>Knows no token: only the gate ends it.</summary>
    public override async Task<Nothing> StubbornCall(Nothing request, ServerCallContext context)
    {
        await gate.Opened;
        return new Nothing();
    }

    private static async Task AnswerAsync(OutputRequest request, IServerStreamWriter<OutputResponse> responseStream, ServerCallContext context)
    {
        foreach (OutputEntry entry in request.Entries)
        {
            await Task.Delay(entry.DelayMs, context.CancellationToken);
            responseStream.WriteOptions = entry.Compress ? WriteOptions.Default : Plain;
            await responseStream.WriteAsync(new OutputResponse { Payload = Zeros(entry.Size) }, context.CancellationToken);
        }

        ThrowIfAsked(request.ResponseStatus);
    }

    private static async Task EchoAsync(ServerCallContext context)
    {
        // An empty message that .NET has compressed is no bytes, which grpc-js does not take for gzip.
        context.WriteOptions = Plain;
        Metadata initial = [];
        foreach (Metadata.Entry entry in context.RequestHeaders)
        {
            switch (entry.Key)
            {
                case EchoInitial or EchoInitialBinary:
                    initial.Add(entry);
                    break;
                case EchoTrailing or EchoTrailingBinary:
                    context.ResponseTrailers.Add(entry);
                    break;
            }
        }

        if (initial.Count > 0)
        {
            await context.WriteResponseHeadersAsync(initial);
        }
    }

    private static void Expect(Expectation expectation, ServerCallContext context)
    {
        if (expectation != Expectation.Unspecified && MessageFlags.Of(context.GetHttpContext()).TakeReceived() != (expectation == Expectation.Compressed))
        {
            throw new RpcException(new Status(StatusCode.InvalidArgument, $"The message was not as expected: {expectation}."));
        }
    }

    private static void ThrowIfAsked(AskedStatus? status)
    {
        if (status is not null)
        {
            throw new RpcException(new Status((StatusCode)status.Code, status.Message));
        }
    }

    private static ByteString Zeros(int count) => UnsafeByteOperations.UnsafeWrap(new byte[count]);

    /// <summary>Holds the calls that ignore their token until the tests are over.</summary>
    internal sealed class Gate
    {
        private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Opened => _opened.Task;

        public void Open() => _opened.TrySetResult();
    }
    /// <summary>Tells how the handlers of named calls ended: true where their token had told them to.</summary>
    internal sealed class Ends
    {
        private readonly ConcurrentDictionary<string, TaskCompletionSource<bool>> _ends = new();

        public Task<bool> OfAsync(string name) => EndOf(name).Task.WaitAsync(TimeSpan.FromSeconds(30));

        public async Task WatchAsync(ServerCallContext context, Func<Task> handler)
        {
            try
            {
                await handler();
            }
            finally
            {
                if (context.RequestHeaders.GetValue(NameHeader) is { } name)
                {
                    EndOf(name).TrySetResult(context.CancellationToken.IsCancellationRequested);
                }
            }
        }

        private TaskCompletionSource<bool> EndOf(string name) =>
            _ends.GetOrAdd(name, _ => new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously));
    }
}
