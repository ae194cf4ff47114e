using CalcQuant.Api.V1;
using Grpc.Core;

namespace CalcQuant.Service.Tests.Hosting;

/// <summary>What the calls of the host under test do: a unary one, an upload and a download.</summary>
internal sealed class TestCalls
{
    public Func<ServerCallContext, Task<ListSeriesResponse>> ListSeries { get; set; } = _ => Task.FromResult(new ListSeriesResponse());

    public Func<IAsyncStreamReader<UploadInstancesRequest>, ServerCallContext, Task<UploadInstancesResponse>> Upload { get; set; } = async (stream, context) =>
    {
        long byteCount = 0;
        await foreach (UploadInstancesRequest request in stream.ReadAllAsync(context.CancellationToken))
        {
            byteCount += request.Data.Length;
        }

        return new UploadInstancesResponse { Instances = { new UploadedInstance { ByteCount = byteCount } } };
    };

    public Func<IServerStreamWriter<DownloadArtifactResponse>, ServerCallContext, Task> Download { get; set; } = (_, _) => Task.CompletedTask;
}

internal sealed class TestStudyStore(TestCalls calls) : StudyStoreService.StudyStoreServiceBase
{
    public override Task<ListSeriesResponse> ListSeries(ListSeriesRequest request, ServerCallContext context) => calls.ListSeries(context);

    public override Task<UploadInstancesResponse> UploadInstances(IAsyncStreamReader<UploadInstancesRequest> requestStream, ServerCallContext context) =>
        calls.Upload(requestStream, context);
}

internal sealed class TestAnalyses(TestCalls calls) : CalcificationAnalysisService.CalcificationAnalysisServiceBase
{
    public override Task DownloadArtifact(DownloadArtifactRequest request, IServerStreamWriter<DownloadArtifactResponse> responseStream, ServerCallContext context) =>
        calls.Download(responseStream, context);
}
