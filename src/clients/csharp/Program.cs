// Sends a folder of CT images to a CalcQuant service, waits and prints the calcifications.
//
//   dotnet run --project src/clients/csharp -- FOLDER [http://HOST:PORT]
//
// or corrects one region of an analysis, e.g. reclassify analyses/ID 3 Bone "the edge of the patella":
//
//   dotnet run --project src/clients/csharp -- reclassify ANALYSIS REGION KIND WHY [http://HOST:PORT]
using System.Globalization;
using System.Security.Cryptography;
using CalcQuant.Api.V1;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;

const int messageBytes = 512 << 10;
const int largestAnswerBytes = 512 << 20;

bool isCorrection = args is ["reclassify", ..];
if (args.Length == 0 || (isCorrection && args.Length < 5))
{
    Console.Error.WriteLine("usage: FOLDER [http://HOST:PORT] | reclassify ANALYSIS REGION KIND WHY [http://HOST:PORT]");
    return 2;
}

string address = args.ElementAtOrDefault(isCorrection ? 5 : 1) ?? "http://localhost:50051";

// https:// is TLS with the authorities that the system trusts; the key, where the service wants one, goes with every call.
string? apiKey = Environment.GetEnvironmentVariable("CALCQUANT_API_KEY");
Metadata headers = apiKey is null ? [] : new Metadata { { "authorization", $"Bearer {apiKey}" } };
using var channel = GrpcChannel.ForAddress(
    address,
    new GrpcChannelOptions { MaxReceiveMessageSize = largestAnswerBytes });
var studies = new StudyStoreService.StudyStoreServiceClient(channel);
var analyses = new CalcificationAnalysisService.CalcificationAnalysisServiceClient(channel);

try
{
    if (isCorrection)
    {
        Print(await ReclassifyAsync(args[1], int.Parse(args[2], CultureInfo.InvariantCulture), Enum.Parse<RegionKind>(args[3]), args[4]));
        return 0;
    }

    UploadInstancesResponse sent = await UploadAsync(Directory.EnumerateFiles(args[0], "*.dcm", SearchOption.AllDirectories).Order(StringComparer.Ordinal));
    foreach (UploadedInstance file in sent.Instances.Where(file => file.Outcome == UploadOutcome.Rejected))
    {
        Console.Error.WriteLine($"rejected: {file.Error.Message} ({file.Error.Reason})");
    }

    IEnumerable<UploadedInstance> stored = sent.Instances.Where(file => file.Outcome != UploadOutcome.Rejected);
    foreach (string seriesInstanceUid in stored.Select(file => file.SeriesInstanceUid).Distinct(StringComparer.Ordinal))
    {
        AnalysisOutput output = await AnalyzeAsync(seriesInstanceUid);
        foreach (AnalysisReport report in output.Reports)
        {
            Print(report);
        }
    }

    return 0;
}
catch (RpcException failure)
{
    // A refusal and a failure alike: the code, and one sentence that names no patient.
    Console.Error.WriteLine($"{failure.StatusCode}: {failure.Status.Detail}");
    return 1;
}

// One stream for all files; the answer comes when all of them are on the service's disk.
async Task<UploadInstancesResponse> UploadAsync(IEnumerable<string> paths)
{
    using AsyncClientStreamingCall<UploadInstancesRequest, UploadInstancesResponse> call = studies.UploadInstances(headers);
    int number = 0;
    foreach (string path in paths)
    {
        byte[] bytes = await File.ReadAllBytesAsync(path);

        // The label is a number: a file's name may say who the patient is.
        var start = new InstanceStart { Label = $"{number++}", ByteCount = bytes.Length, Sha256 = Convert.ToHexStringLower(SHA256.HashData(bytes)) };
        await call.RequestStream.WriteAsync(new UploadInstancesRequest { Start = start });
        for (int offset = 0; offset < bytes.Length; offset += messageBytes)
        {
            ByteString piece = UnsafeByteOperations.UnsafeWrap(bytes.AsMemory(offset, Math.Min(messageBytes, bytes.Length - offset)));
            await call.RequestStream.WriteAsync(new UploadInstancesRequest { Data = piece });
        }
    }

    await call.RequestStream.CompleteAsync();
    return await call.ResponseAsync;
}

// Progress, then the result; a series that was refused ends the call with an error.
async Task<AnalysisOutput> AnalyzeAsync(string seriesInstanceUid)
{
    var request = new AnalyzeSeriesRequest { Series = new SeriesReference { SeriesInstanceUid = seriesInstanceUid } };
    using AsyncServerStreamingCall<AnalyzeSeriesResponse> call = analyses.AnalyzeSeries(request, headers);
    AnalysisOutput output = new();
    await foreach (AnalyzeSeriesResponse message in call.ResponseStream.ReadAllAsync())
    {
        switch (message.EventCase)
        {
            case AnalyzeSeriesResponse.EventOneofCase.Progress:
                Console.Error.WriteLine($"{message.Progress.State}: {message.Progress.Stage} {message.Progress.StageFraction:P0}");
                break;
            case AnalyzeSeriesResponse.EventOneofCase.Result:
                output = message.Result.Output;
                break;
        }
    }

    return output;
}

// Corrects the kind of a region of the first report of an analysis; the same correction once more changes nothing.
async Task<AnalysisReport> ReclassifyAsync(string analysis, int regionId, RegionKind kind, string why)
{
    var request = new ReclassifyRegionRequest { Name = analysis, RegionId = regionId, Kind = kind, Why = why };
    return (await analyses.ReclassifyRegionAsync(request, headers)).Report;
}

static void Print(AnalysisReport report)
{
    Console.WriteLine($"Series {report.SeriesInstanceUid}: {report.Verdict}");
    foreach (SeriesIssue issue in report.Issues)
    {
        Console.WriteLine($"  {(issue.Refuses ? "refused" : "warning")}: {issue.Explanation}");
    }

    // A field that is not there is not known; it is never zero.
    foreach (Region region in report.Regions.Where(region => region.Kind == RegionKind.SoftTissueCalcification))
    {
        if (report.Film is not null)
        {
            // One projection gives an area, never a volume.
            string area = region.HasAreaMm2 ? FormattableString.Invariant($"{region.AreaMm2,8:0.0} mm²") : FormattableString.Invariant($"{region.AreaPixels,8:0.0} pixels");
            Console.WriteLine($"  {region.Id,3}  {area}  {region.Tier}");
            continue;
        }

        string mass = region.HasMassMg ? FormattableString.Invariant($"{region.MassMg:0.0} mg") : "mass unknown";
        Console.WriteLine(FormattableString.Invariant($"  {region.Id,3}  {region.VolumeMm3,8:0.0} mm³  {mass,12}  {region.Depth}  {region.Morphology}"));
    }
}
