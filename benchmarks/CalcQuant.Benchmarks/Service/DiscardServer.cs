using CalcQuant.Api.V1;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace CalcQuant.Benchmarks.Service;

/// <summary>
/// The same contract on the same stack, with nothing behind it: uploads are counted and thrown away, a question for an analysis is answered from
/// memory. What a client reaches here is what the wire allows.
/// </summary>
internal static class DiscardServer
{
    public const string Command = "discard-server";

    public static async Task<int> RunAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        builder.Services.AddGrpc();
        await using WebApplication host = builder.Build();
        host.MapGrpcService<Uploads>();
        host.MapGrpcService<Echo>();
        await host.StartAsync();
        string address = host.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        Console.WriteLine($"listening on {address}");

        // Until the parent closes the pipe.
        Console.In.ReadToEnd();
        return 0;
    }

    private sealed class Uploads : StudyStoreService.StudyStoreServiceBase
    {
        public override async Task<UploadInstancesResponse> UploadInstances(IAsyncStreamReader<UploadInstancesRequest> requestStream, ServerCallContext context)
        {
            var answer = new UploadInstancesResponse();
            while (await requestStream.MoveNext(context.CancellationToken))
            {
                if (requestStream.Current.Start is { } start)
                {
                    answer.Instances.Add(new UploadedInstance { Label = start.Label, Outcome = UploadOutcome.Stored });
                }

                answer.Instances[^1].ByteCount += requestStream.Current.Data.Length;
            }

            return answer;
        }
    }

    private sealed class Echo : CalcificationAnalysisService.CalcificationAnalysisServiceBase
    {
        public override Task<GetAnalysisResponse> GetAnalysis(GetAnalysisRequest request, ServerCallContext context) =>
            Task.FromResult(new GetAnalysisResponse { Analysis = new Api.V1.Analysis { Name = request.Name, State = AnalysisState.Succeeded } });
    }
}
