using System.Collections.Concurrent;
using System.Security.Cryptography;
using CalcQuant.Analysis;
using CalcQuant.Api;
using CalcQuant.Api.V1;
using CalcQuant.Dicom;
using CalcQuant.Dicom.Encoding;
using CalcQuant.Dicom.Series;
using CalcQuant.Export;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Status = Grpc.Core.Status;

namespace CalcQuant.Service.Tests.Clients;

/// <summary>Stand-in until the service is there.</summary>
public sealed class ServiceUnderTest : IAsyncDisposable
{
    private readonly WebApplication _app;

    private ServiceUnderTest(WebApplication app) => _app = app;

    public string Address => new Uri(_app.Urls.First()).Authority;

    public static async Task<ServiceUnderTest> StartAsync(string? apiKey = null)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        builder.Services.AddGrpc();
        builder.Services.AddSingleton<Store>();
        WebApplication app = builder.Build();
        app.Use((context, next) =>
        {
            if (apiKey is not null && context.Request.Headers.Authorization != $"Bearer {apiKey}")
            {
                context.Response.ContentType = "application/grpc";
                context.Response.Headers["grpc-status"] = "16";
                return Task.CompletedTask;
            }

            return next();
        });
        app.MapGrpcService<FakeStudies>();
        app.MapGrpcService<FakeAnalyses>();
        await app.StartAsync();
        return new ServiceUnderTest(app);
    }

    public async ValueTask DisposeAsync()
    {
        _app.Services.GetRequiredService<Store>().Folder.Delete(recursive: true);
        await _app.DisposeAsync();
    }

    internal static RpcException Fail(StatusCode code, string reason, string text)
    {
        var status = new Google.Rpc.Status { Code = (int)code, Message = text };
        status.Details.Add(Any.Pack(new ErrorInfo { Domain = "calcquant", Reason = reason }));
        return new RpcException(new Status(code, text), new Metadata { { "grpc-status-details-bin", status.ToByteArray() } });
    }

    internal sealed class Store
    {
        public DirectoryInfo Folder { get; } = Directory.CreateTempSubdirectory("calcquant-");

        public ConcurrentDictionary<string, StoredInstance> Instances { get; } = [];

        public ConcurrentDictionary<string, (Api.V1.Analysis Analysis, AnalysisOutput Output, List<OverlayPicture> Pictures)> Analyses { get; } = [];
    }

    internal sealed class FakeStudies(Store store) : StudyStoreService.StudyStoreServiceBase
    {
        public override async Task<UploadInstancesResponse> UploadInstances(IAsyncStreamReader<UploadInstancesRequest> requestStream, ServerCallContext context)
        {
            List<(InstanceStart Start, MemoryStream Bytes)> files = [];
            await foreach (UploadInstancesRequest request in requestStream.ReadAllAsync())
            {
                if (request.Start is not null)
                {
                    files.Add((request.Start, new MemoryStream()));
                }

                request.Data.WriteTo(files[^1].Bytes);
            }

            var answer = new UploadInstancesResponse();
            foreach ((InstanceStart start, MemoryStream bytes) in files)
            {
                var entry = new UploadedInstance { Label = start.Label, ByteCount = bytes.Length, Sha256 = Convert.ToHexStringLower(SHA256.HashData(bytes.ToArray())) };
                answer.Instances.Add(entry);
                if (DicomFile.Read("file", bytes.ToArray(), ReadingLimits.Default) is not DicomReading.Accepted { File.DataSet: var header })
                {
                    entry.Outcome = UploadOutcome.Rejected;
                    entry.Error = new ErrorStatus { Code = 3, Reason = "NOT_DICOM", Message = "not DICOM" };
                    continue;
                }

                entry.SopInstanceUid = header.GetString(DicomTags.SOPInstanceUID)!;
                entry.SeriesInstanceUid = header.GetString(DicomTags.SeriesInstanceUID)!;
                entry.StudyInstanceUid = header.GetString(DicomTags.StudyInstanceUID)!;
                entry.Outcome = store.Instances.TryAdd(entry.SopInstanceUid, new StoredInstance
                {
                    SopInstanceUid = entry.SopInstanceUid, SeriesInstanceUid = entry.SeriesInstanceUid, StudyInstanceUid = entry.StudyInstanceUid, Sha256 = entry.Sha256, ByteCount = entry.ByteCount,
                }) ? UploadOutcome.Stored : UploadOutcome.AlreadyStored;
                Directory.CreateDirectory(Path.Combine(store.Folder.FullName, entry.SeriesInstanceUid));
                await File.WriteAllBytesAsync(Path.Combine(store.Folder.FullName, entry.SeriesInstanceUid, entry.SopInstanceUid), bytes.ToArray());
            }

            return answer;
        }

        public override Task<ListInstancesResponse> ListInstances(ListInstancesRequest request, ServerCallContext context) => Task.FromResult(new ListInstancesResponse
        {
            Instances = { store.Instances.Values.Where(instance => instance.StudyInstanceUid == request.StudyInstanceUid) },
        });

        public override Task<ListSeriesResponse> ListSeries(ListSeriesRequest request, ServerCallContext context) => Task.FromResult(new ListSeriesResponse
        {
            Series =
            {
                store.Instances.Values.GroupBy(instance => instance.SeriesInstanceUid).Select(group => new Series
                {
                    SeriesInstanceUid = group.Key, StudyInstanceUid = group.First().StudyInstanceUid, Modality = "CT", InstanceCount = group.Count(), ByteCount = group.Sum(instance => instance.ByteCount),
                }),
            },
        });

        public override Task<DeleteStudyResponse> DeleteStudy(DeleteStudyRequest request, ServerCallContext context)
        {
            int count = store.Instances.Values.Count(instance => instance.StudyInstanceUid == request.StudyInstanceUid && store.Instances.TryRemove(instance.SopInstanceUid, out _));
            return count > 0 ? Task.FromResult(new DeleteStudyResponse { InstanceCount = count }) : throw Fail(StatusCode.NotFound, "UNKNOWN_STUDY", "No such study is stored.");
        }
    }

    internal sealed class FakeAnalyses(Store store) : CalcificationAnalysisService.CalcificationAnalysisServiceBase
    {
        public override async Task AnalyzeSeries(AnalyzeSeriesRequest request, IServerStreamWriter<AnalyzeSeriesResponse> responseStream, ServerCallContext context)
        {
            string folder = Path.Combine(store.Folder.FullName, request.Series.SeriesInstanceUid);
            if (!Directory.Exists(folder))
            {
                throw Fail(StatusCode.NotFound, "UNKNOWN_SERIES", "No such series is stored.");
            }

            await responseStream.WriteAsync(new AnalyzeSeriesResponse { Progress = new Api.V1.Analysis { Stage = "skeleton", StageFraction = 0.5, State = AnalysisState.Running } });
            var analysis = new Api.V1.Analysis { Name = $"analyses/{store.Analyses.Count + 1}", Series = request.Series, State = AnalysisState.Succeeded, Artifacts = { request.Artifacts } };
            var output = new AnalysisOutput();
            List<OverlayPicture> pictures = [];
            foreach (Dicom.Series.SeriesStack stack in SeriesCatalog.Scan([folder], ReadingLimits.Default, null, context.CancellationToken).Stacks)
            {
                if (stack.Read() is SeriesReading.Accepted accepted)
                {
                    var options = new Analysis.AnalysisOptions { ThresholdHu = request.Options is { HasThresholdHu: true } ? request.Options.ThresholdHu : null };
                    CalcificationResult result = CalcificationAnalysis.Run(accepted.Series, options, null, context.CancellationToken);
                    output.Reports.Add(result.Report.ToMessage());
                    pictures.AddRange(OverlayRenderer.Render(accepted.Series.Volume, result));
                }
                else
                {
                    output.Reports.Add(Analysis.AnalysisReport.Refused(stack.SeriesInstanceUid, stack.Modality, stack.Issues, stack.Acquisition).ToMessage());
                    analysis.State = AnalysisState.Failed;
                    analysis.Error = new ErrorStatus { Code = 9, Reason = "MISSING_SLICE", Message = stack.Issues[0].Explanation };
                }
            }

            store.Analyses[analysis.Name] = (analysis, output, pictures);
            await responseStream.WriteAsync(new AnalyzeSeriesResponse { Result = new AnalysisResult { Analysis = analysis, Output = output } });
            if (analysis.Error is { } error)
            {
                throw Fail((StatusCode)error.Code, error.Reason, error.Message);
            }
        }

        public override Task<ListAnalysesResponse> ListAnalyses(ListAnalysesRequest request, ServerCallContext context) =>
            Task.FromResult(new ListAnalysesResponse { Analyses = { store.Analyses.Values.Select(entry => entry.Analysis) } });

        public override Task<GetAnalysisResponse> GetAnalysis(GetAnalysisRequest request, ServerCallContext context) => Task.FromResult(new GetAnalysisResponse { Analysis = Find(request.Name).Analysis });

        public override Task<WaitAnalysisResponse> WaitAnalysis(WaitAnalysisRequest request, ServerCallContext context) => Task.FromResult(new WaitAnalysisResponse { Analysis = Find(request.Name).Analysis });

        public override Task<CancelAnalysisResponse> CancelAnalysis(CancelAnalysisRequest request, ServerCallContext context) => Task.FromResult(new CancelAnalysisResponse { Analysis = Find(request.Name).Analysis });

        public override Task<GetReportResponse> GetReport(GetReportRequest request, ServerCallContext context) => Task.FromResult(new GetReportResponse { Output = Find(request.Name).Output });

        public override async Task DownloadArtifact(DownloadArtifactRequest request, IServerStreamWriter<DownloadArtifactResponse> responseStream, ServerCallContext context)
        {
            (_, AnalysisOutput output, List<OverlayPicture> pictures) = Find(request.Name);
            using var json = new MemoryStream();
            ReportJson.Write(output, json);
            using var csv = new MemoryStream();
            ReportCsv.Write(output.Reports, csv);
            (string, byte[])[] files = request.Kind switch
            {
                ArtifactKind.Json => [("report.json", json.ToArray())],
                ArtifactKind.Csv => [("regions.csv", csv.ToArray())],
                _ => [.. pictures.Select(picture => (picture.Name, picture.Png.ToArray()))],
            };
            foreach ((string name, byte[] bytes) in files)
            {
                await responseStream.WriteAsync(new DownloadArtifactResponse { File = new ArtifactFile { FileName = name, ByteCount = bytes.Length, Sha256 = Convert.ToHexStringLower(SHA256.HashData(bytes)) } });
                await responseStream.WriteAsync(new DownloadArtifactResponse { Data = ByteString.CopyFrom(bytes) });
            }
        }

        private (Api.V1.Analysis Analysis, AnalysisOutput Output, List<OverlayPicture> Pictures) Find(string name) =>
            store.Analyses.TryGetValue(name, out (Api.V1.Analysis Analysis, AnalysisOutput Output, List<OverlayPicture> Pictures) found) ? found : throw Fail(StatusCode.NotFound, "UNKNOWN_ANALYSIS", "No such analysis.");
    }
}
