using System.Text;
using CalcQuant.Api;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Rpc;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;

namespace CalcQuant.Service.Tests.Interop;

/// <summary>The interoperability cases, called by Grpc.Net.Client.</summary>
internal sealed class NetClientCases(GrpcChannel channel, TestCalls.Ends ends)
{
    private const int LargeRequest = 271_828;
    private const int LargeResponse = 314_159;
    private const int TooLarge = InteropServers.MaxMessageBytes + 1;
    private const string Special = "\t\ncalcium \r\n\u00c5ngstr\u00f6m \u263a beyond the plane \U0001f9b4 100 %41\t\n";

    private static readonly int[] Sizes = [31_415, 9, 2_653, 58_979];

    private readonly TestService.TestServiceClient _tests = new(channel);
    private readonly Health.HealthClient _health = new(channel);

    private static Metadata Watched => new() { { MessageFlags.RequestHeader, "1" } };

    /// <summary>Grpc.Net.Client compresses a call that has this among its metadata, and sends something else.</summary>
    private static Metadata WatchedAndZipped => new() { { MessageFlags.RequestHeader, "1" }, { "grpc-internal-encoding-request", "gzip" } };

    public static IReadOnlyDictionary<string, Func<NetClientCases, Task>> All { get; } = new Dictionary<string, Func<NetClientCases, Task>>
    {
        ["empty_unary"] = cases => cases.EmptyUnaryAsync(),
        ["large_unary"] = cases => cases.LargeUnaryAsync(),
        ["client_streaming"] = cases => cases.ClientStreamingAsync(),
        ["server_streaming"] = cases => cases.ServerStreamingAsync(),
        ["ping_pong"] = cases => cases.PingPongAsync(),
        ["empty_stream"] = cases => cases.EmptyStreamAsync(),
        ["cancel_after_begin"] = cases => cases.CancelAfterBeginAsync(),
        ["cancel_after_first_response"] = cases => cases.CancelAfterFirstResponseAsync(),
        ["timeout_on_sleeping_server"] = cases => cases.TimeoutOnSleepingServerAsync(),
        ["status_code_and_message"] = cases => cases.StatusAsync("as asked for"),
        ["special_status_message"] = cases => cases.StatusAsync(Special),
        ["unimplemented_method"] = cases => FailsAsync(StatusCode.Unimplemented, () => cases._tests.UnimplementedCallAsync(new Nothing(), Soon())),
        ["unimplemented_service"] = cases => FailsAsync(
            StatusCode.Unimplemented, () => new UnimplementedService.UnimplementedServiceClient(cases.Channel).UnimplementedCallAsync(new Nothing(), Soon())),
        ["custom_metadata"] = cases => cases.CustomMetadataAsync(),
        ["client_compressed_unary"] = cases => cases.ClientCompressedUnaryAsync(),
        ["server_compressed_unary"] = cases => cases.ServerCompressedUnaryAsync(),
        ["client_compressed_streaming"] = cases => cases.ClientCompressedStreamingAsync(),
        ["server_compressed_streaming"] = cases => cases.ServerCompressedStreamingAsync(),
        ["status_details"] = cases => cases.StatusDetailsAsync(),
        ["oversize_message"] = cases => cases.OversizeMessageAsync(),
        ["compressed_bomb"] = cases => FailsAsync(StatusCode.ResourceExhausted, () => cases._tests.UnaryCallAsync(
            new UnaryRequest { Payload = Zeros(100 * TooLarge) }, Soon(WatchedAndZipped))),
        ["deadline_on_stubborn_handler"] = cases => FailsAsync(
            StatusCode.DeadlineExceeded, () => cases._tests.StubbornCallAsync(new Nothing(), deadline: DateTime.UtcNow.AddMilliseconds(100))),
        ["exception_without_detail"] = cases => cases.ExceptionWithoutDetailAsync(),
        ["health_check"] = cases => cases.HealthCheckAsync(),
        ["health_watch"] = cases => cases.HealthWatchAsync(),
        ["reflection_v1"] = cases => cases.ReflectionV1Async(),
        ["reflection_v1alpha"] = cases => cases.ReflectionV1AlphaAsync(),
    };

    private GrpcChannel Channel => channel;

    private static CallOptions Soon(Metadata? headers = null) => new(headers, DateTime.UtcNow.AddSeconds(30));

    private static ByteString Zeros(int count) => UnsafeByteOperations.UnsafeWrap(new byte[count]);

    private static OutputRequest Output(params int[] sizes) => new() { Entries = { sizes.Select(size => new OutputEntry { Size = size }) } };

    private static async Task<RpcException> FailsAsync<T>(StatusCode expected, Func<AsyncUnaryCall<T>> call)
    {
        RpcException failure = await Assert.ThrowsAsync<RpcException>(async () => await call());
        Assert.Equal(expected, failure.StatusCode);
        return failure;
    }

    private static async Task<List<int>> SizesOfAsync(IAsyncStreamReader<OutputResponse> responses)
    {
        var sizes = new List<int>();
        await foreach (OutputResponse response in responses.ReadAllAsync())
        {
            sizes.Add(response.Payload.Length);
        }

        return sizes;
    }

    private async Task EmptyUnaryAsync() => Assert.Equal(new Nothing(), await _tests.EmptyCallAsync(new Nothing(), Soon()));

    private async Task LargeUnaryAsync()
    {
        UnaryResponse response = await _tests.UnaryCallAsync(new UnaryRequest { Payload = Zeros(LargeRequest), ResponseSize = LargeResponse }, Soon());
        Assert.Equal(Zeros(LargeResponse), response.Payload);
    }

    private async Task ClientStreamingAsync()
    {
        using AsyncClientStreamingCall<InputRequest, InputResponse> call = _tests.InputCall(Soon());
        foreach (int size in Sizes)
        {
            await call.RequestStream.WriteAsync(new InputRequest { Payload = Zeros(size) });
        }

        await call.RequestStream.CompleteAsync();
        Assert.Equal(Sizes.Sum(), (await call).PayloadSize);
    }

    private async Task ServerStreamingAsync()
    {
        using AsyncServerStreamingCall<OutputResponse> call = _tests.OutputCall(Output(Sizes), Soon());
        Assert.Equal(Sizes, await SizesOfAsync(call.ResponseStream));
    }

    private async Task PingPongAsync()
    {
        using AsyncDuplexStreamingCall<OutputRequest, OutputResponse> call = _tests.PingPongCall(Soon());
        foreach (int size in Sizes)
        {
            await call.RequestStream.WriteAsync(Output(size));
            Assert.True(await call.ResponseStream.MoveNext());
            Assert.Equal(size, call.ResponseStream.Current.Payload.Length);
        }

        await call.RequestStream.CompleteAsync();
        Assert.False(await call.ResponseStream.MoveNext());
        Assert.Equal(StatusCode.OK, call.GetStatus().StatusCode);
    }

    private async Task EmptyStreamAsync()
    {
        using AsyncDuplexStreamingCall<OutputRequest, OutputResponse> call = _tests.PingPongCall(Soon());
        await call.RequestStream.CompleteAsync();
        Assert.Empty(await SizesOfAsync(call.ResponseStream));
    }

    private async Task CancelAfterBeginAsync()
    {
        using var cancellation = new CancellationTokenSource();
        using AsyncClientStreamingCall<InputRequest, InputResponse> call = _tests.InputCall(Soon().WithCancellationToken(cancellation.Token));
        await cancellation.CancelAsync();
        RpcException failure = await Assert.ThrowsAsync<RpcException>(async () => await call);
        Assert.Equal(StatusCode.Cancelled, failure.StatusCode);
    }

    private async Task CancelAfterFirstResponseAsync()
    {
        using var cancellation = new CancellationTokenSource();
        string name = Guid.NewGuid().ToString();
        using AsyncDuplexStreamingCall<OutputRequest, OutputResponse> call = _tests.PingPongCall(
            Soon(new Metadata { { TestCalls.NameHeader, name } }).WithCancellationToken(cancellation.Token));
        await call.RequestStream.WriteAsync(Output(Sizes[0]));
        Assert.True(await call.ResponseStream.MoveNext());
        await cancellation.CancelAsync();
        RpcException failure = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext());
        Assert.Equal(StatusCode.Cancelled, failure.StatusCode);
        Assert.True(await ends.OfAsync(name));
    }

    private async Task TimeoutOnSleepingServerAsync()
    {
        string name = Guid.NewGuid().ToString();
        using AsyncDuplexStreamingCall<OutputRequest, OutputResponse> call = _tests.PingPongCall(
            new Metadata { { TestCalls.NameHeader, name } }, DateTime.UtcNow.AddSeconds(1));
        RpcException failure = await Assert.ThrowsAsync<RpcException>(async () =>
        {
            await call.RequestStream.WriteAsync(new OutputRequest { Entries = { new OutputEntry { Size = 1, DelayMs = 60_000 } } });
            await call.ResponseStream.MoveNext();
        });
        Assert.Equal(StatusCode.DeadlineExceeded, failure.StatusCode);
        Assert.True(await ends.OfAsync(name));
    }

    private async Task StatusAsync(string message)
    {
        var asked = new AskedStatus { Code = (int)StatusCode.Unknown, Message = message };
        RpcException failure = await FailsAsync(StatusCode.Unknown, () => _tests.UnaryCallAsync(new UnaryRequest { ResponseStatus = asked }, Soon()));
        Assert.Equal(message, failure.Status.Detail);

        using AsyncDuplexStreamingCall<OutputRequest, OutputResponse> call = _tests.PingPongCall(Soon());
        await call.RequestStream.WriteAsync(new OutputRequest { ResponseStatus = asked });
        await call.RequestStream.CompleteAsync();
        failure = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext());
        Assert.Equal((StatusCode.Unknown, message), (failure.StatusCode, failure.Status.Detail));
    }

    private async Task CustomMetadataAsync()
    {
        byte[] initialBytes = [0x00, 0xab, 0xff];
        byte[] trailingBytes = [0x0a, 0x0b, 0x00];
        var sent = new Metadata
        {
            { "x-echo-initial", "beginning" }, { "x-echo-initial-bin", initialBytes }, { "x-echo-trailing", "end" }, { "x-echo-trailing-bin", trailingBytes },
        };

        using AsyncUnaryCall<Nothing> unary = _tests.EmptyCallAsync(new Nothing(), Soon(sent));
        await unary;
        Check(await unary.ResponseHeadersAsync, unary.GetTrailers());

        using AsyncDuplexStreamingCall<OutputRequest, OutputResponse> stream = _tests.PingPongCall(Soon(sent));
        await stream.RequestStream.CompleteAsync();
        Assert.Empty(await SizesOfAsync(stream.ResponseStream));
        Check(await stream.ResponseHeadersAsync, stream.GetTrailers());

        void Check(Metadata initial, Metadata trailing)
        {
            Assert.Equal("beginning", initial.GetValue("x-echo-initial"));
            Assert.Equal(initialBytes, initial.GetValueBytes("x-echo-initial-bin"));
            Assert.Equal("end", trailing.GetValue("x-echo-trailing"));
            Assert.Equal(trailingBytes, trailing.GetValueBytes("x-echo-trailing-bin"));
        }
    }

    private async Task ClientCompressedUnaryAsync()
    {
        await _tests.UnaryCallAsync(new UnaryRequest { Payload = Zeros(LargeRequest), Expectation = Expectation.Compressed }, Soon(WatchedAndZipped));
        await _tests.UnaryCallAsync(new UnaryRequest { Payload = Zeros(LargeRequest), Expectation = Expectation.Plain }, Soon(Watched));
    }

    private async Task ServerCompressedUnaryAsync()
    {
        foreach (bool compress in (bool[])[true, false])
        {
            using AsyncUnaryCall<UnaryResponse> call = _tests.UnaryCallAsync(new UnaryRequest { ResponseSize = LargeResponse, CompressResponse = compress }, Soon(Watched));
            Assert.Equal(Zeros(LargeResponse), (await call).Payload);
            Assert.Equal(compress ? "1" : "0", call.GetTrailers().GetValue(MessageFlags.ResponseTrailer));
        }
    }

    private async Task ClientCompressedStreamingAsync()
    {
        using AsyncClientStreamingCall<InputRequest, InputResponse> call = _tests.InputCall(Soon(WatchedAndZipped));
        await call.RequestStream.WriteAsync(new InputRequest { Payload = Zeros(27_182), Expectation = Expectation.Compressed });
        call.RequestStream.WriteOptions = new WriteOptions(WriteFlags.NoCompress);
        await call.RequestStream.WriteAsync(new InputRequest { Payload = Zeros(45_904), Expectation = Expectation.Plain });
        await call.RequestStream.CompleteAsync();
        Assert.Equal(73_086, (await call).PayloadSize);
    }

    private async Task ServerCompressedStreamingAsync()
    {
        var request = new OutputRequest { Entries = { new OutputEntry { Size = 31_415, Compress = true }, new OutputEntry { Size = 92_653 } } };
        using AsyncServerStreamingCall<OutputResponse> call = _tests.OutputCall(request, Soon(Watched));
        Assert.Equal([31_415, 92_653], await SizesOfAsync(call.ResponseStream));
        Assert.Equal("10", call.GetTrailers().GetValue(MessageFlags.ResponseTrailer));
    }

    private async Task StatusDetailsAsync()
    {
        RpcException failure = await FailsAsync(StatusCode.InvalidArgument, () => _tests.FailingCallAsync(new FailingRequest { Failure = Failure.Fault }, Soon()));
        Google.Rpc.Status status = failure.GetRpcStatus()!;
        Assert.Equal(((int)StatusCode.InvalidArgument, failure.Status.Detail), (status.Code, status.Message));
        ErrorInfo info = status.GetDetail<ErrorInfo>()!;
        Assert.Equal((RpcErrors.Domain, "INVALID_REQUEST"), (info.Domain, info.Reason));
        Assert.Equal("failure", Assert.Single(status.GetDetail<BadRequest>()!.FieldViolations).Field);
        Assert.Equal(TimeSpan.FromSeconds(7), status.GetDetail<RetryInfo>()!.RetryDelay.ToTimeSpan());
    }

    private async Task OversizeMessageAsync()
    {
        await FailsAsync(StatusCode.ResourceExhausted, () => _tests.UnaryCallAsync(new UnaryRequest { Payload = Zeros(TooLarge) }, Soon()));
        using AsyncClientStreamingCall<InputRequest, InputResponse> call = _tests.InputCall(Soon());
        await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            while (true)
            {
                await call.RequestStream.WriteAsync(new InputRequest { Payload = Zeros(TooLarge) });
            }
        });

        // A write that fails says that the call is over, the answer says why.
        RpcException failure = await Assert.ThrowsAsync<RpcException>(async () => await call);
        Assert.Equal(StatusCode.ResourceExhausted, failure.StatusCode);
    }

    private async Task ExceptionWithoutDetailAsync()
    {
        RpcException failure = await FailsAsync(StatusCode.Internal, () => _tests.FailingCallAsync(new FailingRequest { Failure = Failure.Exception }, Soon()));
        Assert.DoesNotContain(TestCalls.Secret, failure.ToString(), StringComparison.Ordinal);
        Assert.All(failure.Trailers, entry =>
            Assert.DoesNotContain(TestCalls.Secret, entry.IsBinary ? Encoding.Latin1.GetString(entry.ValueBytes) : entry.Value, StringComparison.Ordinal));
    }

    private async Task HealthCheckAsync()
    {
        foreach (string service in (string[])["", "calcquant.v1.StudyStoreService", "calcquant.v1.CalcificationAnalysisService"])
        {
            HealthCheckResponse response = await _health.CheckAsync(new HealthCheckRequest { Service = service }, Soon());
            Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, response.Status);
        }

        await FailsAsync(StatusCode.NotFound, () => _health.CheckAsync(new HealthCheckRequest { Service = "no.such.Service" }, Soon()));
    }

    private async Task HealthWatchAsync()
    {
        (string Service, HealthCheckResponse.Types.ServingStatus Status)[] expected =
            [("", HealthCheckResponse.Types.ServingStatus.Serving), ("no.such.Service", HealthCheckResponse.Types.ServingStatus.ServiceUnknown)];
        foreach ((string service, HealthCheckResponse.Types.ServingStatus status) in expected)
        {
            using AsyncServerStreamingCall<HealthCheckResponse> call = _health.Watch(new HealthCheckRequest { Service = service }, Soon());
            Assert.True(await call.ResponseStream.MoveNext());
            Assert.Equal(status, call.ResponseStream.Current.Status);
        }
    }

    private async Task ReflectionV1Async()
    {
        using var call = new Grpc.Reflection.V1.ServerReflection.ServerReflectionClient(channel).ServerReflectionInfo(Soon());
        await call.RequestStream.WriteAsync(new() { ListServices = "" });
        await call.RequestStream.WriteAsync(new() { FileContainingSymbol = "calcquant.v1.StudyStoreService" });
        await call.RequestStream.WriteAsync(new() { FileContainingSymbol = "no.such.Symbol" });
        await call.RequestStream.CompleteAsync();
        List<Grpc.Reflection.V1.ServerReflectionResponse> responses = await call.ResponseStream.ReadAllAsync().ToListAsync();
        CheckReflection(
            responses[0].ListServicesResponse.Service.Select(service => service.Name),
            responses[1].FileDescriptorResponse.FileDescriptorProto,
            responses[2].ErrorResponse.ErrorCode);
    }

    private async Task ReflectionV1AlphaAsync()
    {
        using var call = new Grpc.Reflection.V1Alpha.ServerReflection.ServerReflectionClient(channel).ServerReflectionInfo(Soon());
        await call.RequestStream.WriteAsync(new() { ListServices = "" });
        await call.RequestStream.WriteAsync(new() { FileContainingSymbol = "calcquant.v1.StudyStoreService" });
        await call.RequestStream.WriteAsync(new() { FileContainingSymbol = "no.such.Symbol" });
        await call.RequestStream.CompleteAsync();
        List<Grpc.Reflection.V1Alpha.ServerReflectionResponse> responses = await call.ResponseStream.ReadAllAsync().ToListAsync();
        CheckReflection(
            responses[0].ListServicesResponse.Service.Select(service => service.Name),
            responses[1].FileDescriptorResponse.FileDescriptorProto,
            responses[2].ErrorResponse.ErrorCode);
    }

    private static void CheckReflection(IEnumerable<string> services, IEnumerable<ByteString> files, int errorCode)
    {
        Assert.Superset(
            new HashSet<string> { "calcquant.testing.TestService", "calcquant.v1.StudyStoreService", "calcquant.v1.CalcificationAnalysisService", "grpc.health.v1.Health" },
            services.ToHashSet());
        Assert.Contains("calcquant/v1/study_store.proto", files.Select(file => FileDescriptorProto.Parser.ParseFrom(file).Name));
        Assert.Equal((int)StatusCode.NotFound, errorCode);
    }
}
