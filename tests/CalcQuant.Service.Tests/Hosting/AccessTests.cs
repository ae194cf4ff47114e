using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using CalcQuant.Api.V1;
using CalcQuant.Service.Hosting;
using Google.Rpc;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Reflection.V1Alpha;

namespace CalcQuant.Service.Tests.Hosting;

/// <summary>Who is let in, over TLS and without, and how many calls at once.</summary>
public sealed class AccessTests : IDisposable
{
    private readonly Certificates _certificates = new();

    public void Dispose() => _certificates.Dispose();

    [Fact]
    public void Create_OfAKey_KeepsOnlyItsHash()
    {
        NewApiKey made = ApiKeys.Create("ward-3");
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(made.Key))), made.Entry.Sha256);
        Assert.NotEqual(made.Key, ApiKeys.Create("ward-3").Key);
        Assert.True(new ApiKeys([made.Entry]).TryGetClient($"bearer {made.Key}", out string? client));
        Assert.Equal("ward-3", client);
    }

    [Fact]
    public async Task Call_WithoutAuthentication_IsOfTheLocalClient()
    {
        await using RunningHost host = await RunningHost.StartAsync();
        string? name = null;
        host.Calls.ListSeries = context =>
        {
            name = CallClient.Of(context).Name;
            return Task.FromResult(new ListSeriesResponse());
        };
        await new StudyStoreService.StudyStoreServiceClient(host.Connect()).ListSeriesAsync(new ListSeriesRequest());
        Assert.Equal("local", name);
    }

    [Fact]
    public async Task Call_WithApiKeys_NeedsOneOfThem()
    {
        NewApiKey ward = ApiKeys.Create("ward-3"), archive = ApiKeys.Create("archive");
        await using RunningHost host = await RunningHost.StartAsync(options => options.ApiKeys = [ward.Entry, archive.Entry]);
        List<string> names = [];
        host.Calls.ListSeries = context =>
        {
            names.Add(CallClient.Of(context).Name);
            return Task.FromResult(new ListSeriesResponse());
        };
        await List(host.Connect(key: archive.Key));
        await List(host.Connect(key: ward.Key));
        Assert.Equal(["archive", "ward-3"], names);

        foreach (string? key in new[] { null, "", "wrong", ward.Key + "x", ward.Entry.Sha256 })
        {
            RpcException refusal = await RunningHost.FailureOf(() => List(host.Connect(key: key)));
            Assert.Equal(StatusCode.Unauthenticated, refusal.StatusCode);
            Assert.Equal("UNAUTHENTICATED", refusal.GetRpcStatus()!.GetDetail<ErrorInfo>()!.Reason);
        }

        Assert.Equal(2, names.Count);
        Assert.DoesNotContain(ward.Key, host.Log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Upload_WithoutKey_IsRefusedBeforeItsFirstMessage()
    {
        await using RunningHost host = await RunningHost.StartAsync(options => options.ApiKeys = [ApiKeys.Create("ward-3").Entry]);
        using AsyncClientStreamingCall<UploadInstancesRequest, UploadInstancesResponse> call =
            new StudyStoreService.StudyStoreServiceClient(host.Connect()).UploadInstances();
        RpcException refusal = await RunningHost.FailureOf(() => call.ResponseAsync);
        Assert.Equal(StatusCode.Unauthenticated, refusal.StatusCode);
    }

    [Fact]
    public async Task HealthAndReflection_WithApiKeys_AreOpenAndClosed()
    {
        await using RunningHost host = await RunningHost.StartAsync(options => options.ApiKeys = [ApiKeys.Create("ward-3").Entry]);
        CallInvoker channel = host.Connect();
        HealthCheckResponse health = await new Health.HealthClient(channel).CheckAsync(new HealthCheckRequest());
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, health.Status);
        using AsyncDuplexStreamingCall<ServerReflectionRequest, ServerReflectionResponse> reflection = new ServerReflection.ServerReflectionClient(channel).ServerReflectionInfo();
        RpcException refusal = await RunningHost.FailureOf(() => reflection.ResponseStream.MoveNext(CancellationToken.None));
        Assert.Equal(StatusCode.Unauthenticated, refusal.StatusCode);
    }

    [Fact]
    public async Task Reflection_OfBothVersions_ListsTheServices()
    {
        await using RunningHost host = await RunningHost.StartAsync();
        CallInvoker channel = host.Connect();
        using (AsyncDuplexStreamingCall<ServerReflectionRequest, ServerReflectionResponse> old = new ServerReflection.ServerReflectionClient(channel).ServerReflectionInfo())
        {
            await old.RequestStream.WriteAsync(new ServerReflectionRequest { ListServices = "" });
            Assert.True(await old.ResponseStream.MoveNext(CancellationToken.None));
            Assert.Contains(old.ResponseStream.Current.ListServicesResponse.Service, service => service.Name == "calcquant.v1.StudyStoreService");
            await old.RequestStream.CompleteAsync();
        }

        using AsyncDuplexStreamingCall<Grpc.Reflection.V1.ServerReflectionRequest, Grpc.Reflection.V1.ServerReflectionResponse> current =
            new Grpc.Reflection.V1.ServerReflection.ServerReflectionClient(channel).ServerReflectionInfo();
        await current.RequestStream.WriteAsync(new Grpc.Reflection.V1.ServerReflectionRequest { ListServices = "" });
        Assert.True(await current.ResponseStream.MoveNext(CancellationToken.None));
        Assert.Contains(current.ResponseStream.Current.ListServicesResponse.Service, service => service.Name == "calcquant.v1.CalcificationAnalysisService");
        await current.RequestStream.CompleteAsync();
    }

    [Fact]
    public async Task Tls_OnOnePort_SpeaksBothHttpVersions()
    {
        await using RunningHost host = await RunningHost.StartAsync(UseTls);
        Assert.Equal("https", host.Address.Scheme);
        await List(host.Connect(_certificates.CreateClientTls()));

        using var handler = new SocketsHttpHandler { SslOptions = _certificates.CreateClientTls() };
        using var http = new HttpClient(handler);
        using HttpResponseMessage answer = await http.SendAsync(GrpcWebTests.Request(host.Address, "application/grpc-web", GrpcWebTests.EmptyFrame));
        Assert.Equal((HttpStatusCode.OK, HttpVersion.Version11), (answer.StatusCode, answer.Version));
    }

    [Fact]
    public async Task ClientCertificate_OfTheAuthority_NamesTheClient()
    {
        await using RunningHost host = await RunningHost.StartAsync(options =>
        {
            UseTls(options);
            options.ClientCaPath = _certificates.AuthorityPath;
        });
        string? name = null;
        host.Calls.ListSeries = context =>
        {
            name = CallClient.Of(context).Name;
            return Task.FromResult(new ListSeriesResponse());
        };
        using X509Certificate2 certificate = _certificates.IssueClient("O=hospital, CN=ward-3");
        await List(host.Connect(_certificates.CreateClientTls(certificate)));
        Assert.Equal("ward-3", name);
    }

    [Fact]
    public async Task ClientCertificate_OfAnotherAuthorityOrPurposeOrNone_IsRefused()
    {
        await using RunningHost host = await RunningHost.StartAsync(options =>
        {
            UseTls(options);
            options.ClientCaPath = _certificates.AuthorityPath;
        });
        using var others = new Certificates();
        using X509Certificate2 foreign = others.IssueClient("CN=ward-3"), server = _certificates.IssueClient("CN=ward-3", "1.3.6.1.5.5.7.3.1");
        foreach (X509Certificate2? certificate in new[] { foreign, server, null })
        {
            RpcException refusal = await RunningHost.FailureOf(() => List(host.Connect(_certificates.CreateClientTls(certificate))));
            Assert.Contains(refusal.StatusCode, new[] { StatusCode.Unavailable, StatusCode.Internal });
        }
    }

    [Fact]
    public async Task ClientCertificate_WithoutCommonName_IsUnauthenticated()
    {
        await using RunningHost host = await RunningHost.StartAsync(options =>
        {
            UseTls(options);
            options.ClientCaPath = _certificates.AuthorityPath;
        });
        using X509Certificate2 nameless = _certificates.IssueClient("O=hospital");
        RpcException refusal = await RunningHost.FailureOf(() => List(host.Connect(_certificates.CreateClientTls(nameless))));
        Assert.Equal(StatusCode.Unauthenticated, refusal.StatusCode);
    }

    [Fact]
    public async Task Calls_BeyondTheLimitOfAClient_AreRefusedAndOthersAreNot()
    {
        NewApiKey ward = ApiKeys.Create("ward-3"), archive = ApiKeys.Create("archive");
        await using RunningHost host = await RunningHost.StartAsync(options =>
        {
            options.ApiKeys = [ward.Entry, archive.Entry];
            options.MaxCallsPerClient = 2;
        });
        var entered = new SemaphoreSlim(0);
        var release = new TaskCompletionSource();
        host.Calls.ListSeries = async _ =>
        {
            entered.Release();
            await release.Task;
            return new ListSeriesResponse();
        };
        CallInvoker channel = host.Connect(key: ward.Key);
        Task[] open = [List(channel), List(channel)];
        Assert.True(await entered.WaitAsync(Patience.Limit));
        Assert.True(await entered.WaitAsync(Patience.Limit));
        RpcException refusal = await RunningHost.FailureOf(() => List(channel));
        Assert.Equal(StatusCode.ResourceExhausted, refusal.StatusCode);
        Assert.Equal("TOO_MANY_CALLS", refusal.GetRpcStatus()!.GetDetail<ErrorInfo>()!.Reason);
        Assert.True(refusal.GetRpcStatus()!.GetDetail<RetryInfo>()!.RetryDelay.ToTimeSpan() > TimeSpan.Zero);

        Task other = List(host.Connect(key: archive.Key));
        Assert.True(await entered.WaitAsync(Patience.Limit));
        release.SetResult();
        await Task.WhenAll([.. open, other]);
        await List(channel);
    }

    [Fact]
    public async Task Uploads_BeyondTheLimitOfAClient_AreRefused()
    {
        await using RunningHost host = await RunningHost.StartAsync(options => options.MaxUploadsPerClient = 1);
        var entered = new TaskCompletionSource();
        Func<IAsyncStreamReader<UploadInstancesRequest>, ServerCallContext, Task<UploadInstancesResponse>> read = host.Calls.Upload;
        host.Calls.Upload = (stream, context) =>
        {
            entered.TrySetResult();
            return read(stream, context);
        };
        var client = new StudyStoreService.StudyStoreServiceClient(host.Connect());
        using AsyncClientStreamingCall<UploadInstancesRequest, UploadInstancesResponse> first = client.UploadInstances();
        await first.RequestStream.WriteAsync(new UploadInstancesRequest());
        await entered.Task.InTimeAsync();
        using AsyncClientStreamingCall<UploadInstancesRequest, UploadInstancesResponse> second = client.UploadInstances();
        Assert.Equal(StatusCode.ResourceExhausted, (await RunningHost.FailureOf(() => second.ResponseAsync)).StatusCode);
        await client.ListSeriesAsync(new ListSeriesRequest());
        await first.RequestStream.CompleteAsync();
        await first.ResponseAsync;
    }

    private static async Task List(CallInvoker channel) =>
        await new StudyStoreService.StudyStoreServiceClient(channel).ListSeriesAsync(new ListSeriesRequest());

    private void UseTls(ServiceOptions options) =>
        (options.TlsCertificatePath, options.TlsKeyPath) = (_certificates.CertificatePath, _certificates.KeyPath);
}
