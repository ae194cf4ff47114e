using CalcQuant.Api;
using CalcQuant.Api.V1;
using Google.Protobuf;
using Google.Rpc;
using Grpc.Core;
using Microsoft.Data.Sqlite;

namespace CalcQuant.Service.Tests.Hosting;

/// <summary>What a client sees of what goes wrong in a call, and what the log does not.</summary>
public sealed class ErrorMappingTests
{
    private const string Secret = "MARKED^NAME";

    [Fact]
    public async Task Fault_WithEveryDetail_ArrivesWithAllOfThem()
    {
        await using RunningHost host = await RunningHost.StartAsync();
        host.Calls.ListSeries = _ => throw new ServiceFault(new ServiceError(ServiceErrorCode.UnknownAnalysis, "No such analysis: größer % x.")
        {
            Violations = [new FieldViolation("page_size", "Must be at most 1000.")],
            ResourceType = "analysis",
            ResourceName = "analyses/7f3a",
            RetryAfter = TimeSpan.FromSeconds(2.5),
        });
        RpcException failure = await FailureOf(host);
        Assert.Equal((StatusCode.NotFound, "No such analysis: größer % x."), (failure.StatusCode, failure.Status.Detail));
        Google.Rpc.Status status = failure.GetRpcStatus()!;
        Assert.Equal((5, "No such analysis: größer % x."), (status.Code, status.Message));
        ErrorInfo info = status.GetDetail<ErrorInfo>()!;
        Assert.Equal(("calcquant", "UNKNOWN_ANALYSIS"), (info.Domain, info.Reason));
        Assert.Equal("page_size", Assert.Single(status.GetDetail<BadRequest>()!.FieldViolations).Field);
        ResourceInfo resource = status.GetDetail<ResourceInfo>()!;
        Assert.Equal(("analysis", "analyses/7f3a"), (resource.ResourceType, resource.ResourceName));
        Assert.Equal(TimeSpan.FromSeconds(2.5), status.GetDetail<RetryInfo>()!.RetryDelay.ToTimeSpan());
    }

    public static TheoryData<string, StatusCode, string> Failures => new()
    {
        { "sqlite-full", StatusCode.ResourceExhausted, "STORAGE_FULL" },
        { "no-space", StatusCode.ResourceExhausted, "STORAGE_FULL" },
        { "sqlite-busy", StatusCode.Unavailable, "STORE_UNAVAILABLE" },
        { "bug", StatusCode.Internal, "INTERNAL" },
        { "io", StatusCode.Unavailable, "STORE_UNAVAILABLE" },
        { "cancelled", StatusCode.Cancelled, "CANCELLED" },
    };

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task Exception_OfAnyKind_BecomesItsStatusAndTellsNothingElse(string kind, StatusCode code, string reason)
    {
        const int noSpaceLeft = 28;
        await using RunningHost host = await RunningHost.StartAsync();
        host.Calls.ListSeries = _ => throw (Exception)(kind switch
        {
            "sqlite-full" => new SqliteException(Secret, 13),
            "sqlite-busy" => new SqliteException(Secret, 5),
            "no-space" => new IOException(Secret, noSpaceLeft),
            "io" => new IOException(Secret),
            "cancelled" => new OperationCanceledException(Secret),
            _ => new InvalidOperationException(Secret, new ArgumentException(Secret)),
        });
        RpcException failure = await FailureOf(host);
        Assert.Equal((code, reason), (failure.StatusCode, failure.GetRpcStatus()!.GetDetail<ErrorInfo>()!.Reason));
        Assert.DoesNotContain(Secret, failure.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, host.Log.Text, StringComparison.Ordinal);
        if (kind == "bug")
        {
            Assert.Contains("System.InvalidOperationException < System.ArgumentException", host.Log.Text, StringComparison.Ordinal);
            Assert.Contains(nameof(ErrorMappingTests), host.Log.Text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Deadline_WhileTheCallWaits_IsDeadlineExceeded()
    {
        await using RunningHost host = await RunningHost.StartAsync();
        bool hasEntered = false;
        var noticed = new TaskCompletionSource();
        host.Calls.ListSeries = async context =>
        {
            hasEntered = true;
            try
            {
                await Task.Delay(Timeout.Infinite, context.CancellationToken);
            }
            finally
            {
                noticed.TrySetResult();
            }

            return new ListSeriesResponse();
        };
        var client = new StudyStoreService.StudyStoreServiceClient(host.Connect());
        await Patience.WithLaterDeadlinesAsync(0.3, async seconds =>
        {
            RpcException failure = await RunningHost.FailureOf(async () => await client.ListSeriesAsync(new ListSeriesRequest(), deadline: DateTime.UtcNow.AddSeconds(seconds)));
            Assert.Equal(StatusCode.DeadlineExceeded, failure.StatusCode);
            return hasEntered;
        });
        await noticed.Task.InTimeAsync();
    }

    [Fact]
    public async Task Cancellation_ByTheClient_ReachesTheCall()
    {
        await using RunningHost host = await RunningHost.StartAsync();
        TaskCompletionSource entered = new(), noticed = new();
        host.Calls.Download = async (_, context) =>
        {
            using CancellationTokenRegistration registration = context.CancellationToken.Register(noticed.SetResult);
            entered.SetResult();
            await noticed.Task;
        };
        using AsyncServerStreamingCall<DownloadArtifactResponse> call = new CalcificationAnalysisService.CalcificationAnalysisServiceClient(host.Connect()).DownloadArtifact(new DownloadArtifactRequest());
        await entered.Task.InTimeAsync();
        call.Dispose();
        await noticed.Task.InTimeAsync();
    }

    [Fact]
    public async Task Fault_AfterTheFirstMessage_ArrivesInTheTrailers()
    {
        await using RunningHost host = await RunningHost.StartAsync();
        host.Calls.Download = async (stream, _) =>
        {
            await stream.WriteAsync(new DownloadArtifactResponse());
            throw new ServiceFault(ServiceErrorCode.Interrupted, "Given up.");
        };
        using AsyncServerStreamingCall<DownloadArtifactResponse> call = new CalcificationAnalysisService.CalcificationAnalysisServiceClient(host.Connect()).DownloadArtifact(new DownloadArtifactRequest());
        Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None));
        RpcException failure = await RunningHost.FailureOf(() => call.ResponseStream.MoveNext(CancellationToken.None));
        Assert.Equal((StatusCode.Internal, "INTERRUPTED"), (failure.StatusCode, failure.GetRpcStatus()!.GetDetail<ErrorInfo>()!.Reason));
    }

    [Fact]
    public async Task Call_OfNoMethod_IsUnimplemented()
    {
        await using RunningHost host = await RunningHost.StartAsync();
        var client = new StudyStoreService.StudyStoreServiceClient(host.Connect());
        RpcException failure = await RunningHost.FailureOf(async () => await client.DeleteStudyAsync(new DeleteStudyRequest()));
        Assert.Equal(StatusCode.Unimplemented, failure.StatusCode);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    public async Task Message_CompressedEitherWay_IsRead(string algorithm)
    {
        await using RunningHost host = await RunningHost.StartAsync();
        string? encoding = null;
        Func<IAsyncStreamReader<UploadInstancesRequest>, ServerCallContext, Task<UploadInstancesResponse>> read = host.Calls.Upload;
        host.Calls.Upload = (stream, context) =>
        {
            encoding = context.GetHttpContext().Request.Headers["grpc-encoding"];
            return read(stream, context);
        };
        var client = new StudyStoreService.StudyStoreServiceClient(host.Connect());
        using AsyncClientStreamingCall<UploadInstancesRequest, UploadInstancesResponse> call =
            client.UploadInstances(new Metadata { { "grpc-internal-encoding-request", algorithm } });
        await call.RequestStream.WriteAsync(new UploadInstancesRequest { Data = ByteString.CopyFrom(new byte[100_000]) });
        await call.RequestStream.CompleteAsync();
        Assert.Equal(100_000, (await call.ResponseAsync).Instances[0].ByteCount);
        Assert.Equal(algorithm, encoding);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Message_AboveTheLimit_IsResourceExhausted(bool isCompressed)
    {
        await using RunningHost host = await RunningHost.StartAsync(options => options.MaxMessageBytes = 1 << 20);
        var client = new StudyStoreService.StudyStoreServiceClient(host.Connect());
        Metadata headers = isCompressed ? new() { { "grpc-internal-encoding-request", "gzip" } } : [];
        using AsyncClientStreamingCall<UploadInstancesRequest, UploadInstancesResponse> call = client.UploadInstances(headers);
        var data = ByteString.CopyFrom(new byte[2 << 20]);
        try
        {
            await call.RequestStream.WriteAsync(new UploadInstancesRequest { Data = data });
            await call.RequestStream.CompleteAsync();
        }
        catch (RpcException)
        {
            // The service may have answered in the middle of the message: the answer says why.
        }

        RpcException failure = await RunningHost.FailureOf(() => call.ResponseAsync);
        Assert.Equal(StatusCode.ResourceExhausted, failure.StatusCode);
    }

    [Fact]
    public async Task Upload_LargerThanTheLimitOfABody_PassesInMessages()
    {
        await using RunningHost host = await RunningHost.StartAsync(options => options.MaxMessageBytes = 1 << 20);
        var client = new StudyStoreService.StudyStoreServiceClient(host.Connect());
        using AsyncClientStreamingCall<UploadInstancesRequest, UploadInstancesResponse> call = client.UploadInstances();
        var data = ByteString.CopyFrom(new byte[512 << 10]);
        for (int i = 0; i < 80; i++)
        {
            await call.RequestStream.WriteAsync(new UploadInstancesRequest { Data = data });
        }

        await call.RequestStream.CompleteAsync();
        Assert.Equal(40L << 20, (await call.ResponseAsync).Instances[0].ByteCount);
    }

    private static Task<RpcException> FailureOf(RunningHost host) => RunningHost.FailureOf(async () =>
        await new StudyStoreService.StudyStoreServiceClient(host.Connect()).ListSeriesAsync(new ListSeriesRequest()));
}
