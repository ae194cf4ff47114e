using System.Net;
using System.Net.Http.Headers;
using System.Text;
using CalcQuant.Service.Hosting;

namespace CalcQuant.Service.Tests.Hosting;

/// <summary>gRPC-Web as a browser sends it, byte by byte (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-WEB.md).</summary>
public sealed class GrpcWebTests
{
    /// <summary>An uncompressed message of no bytes: flag, then the length as four bytes.</summary>
    public static readonly byte[] EmptyFrame = [0, 0, 0, 0, 0];

    private const byte TrailerFlag = 0x80;
    private const string Origin = "https://viewer.example.org";

    public static HttpRequestMessage Request(Uri address, string mediaType, byte[] body, string method = "calcquant.v1.StudyStoreService/ListSeries")
    {
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(address, method)) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(mediaType);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue(mediaType));
        return request;
    }

    [Fact]
    public async Task Call_InBinary_GivesMessageAndTrailers()
    {
        await using RunningHost host = await StartAsync();
        using var http = new HttpClient();
        using HttpResponseMessage answer = await http.SendAsync(Request(WebAddress(host), "application/grpc-web", EmptyFrame));
        Assert.Equal("application/grpc-web", answer.Content.Headers.ContentType!.MediaType);
        AssertIsOk(await answer.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task Call_InText_GivesMessageAndTrailersInBase64()
    {
        await using RunningHost host = await StartAsync();
        using var http = new HttpClient();
        byte[] body = Encoding.ASCII.GetBytes(Convert.ToBase64String(EmptyFrame));
        using HttpResponseMessage answer = await http.SendAsync(Request(WebAddress(host), "application/grpc-web-text", body));
        Assert.Equal("application/grpc-web-text", answer.Content.Headers.ContentType!.MediaType);

        // Each flush is padded by itself.
        string text = await answer.Content.ReadAsStringAsync();
        byte[] bytes = [.. text.Chunk(4).SelectMany(four => Convert.FromBase64CharArray(four, 0, 4))];
        AssertIsOk(bytes);
    }

    [Fact]
    public async Task Call_RefusedAtTheGate_TellsItsStatus()
    {
        await using RunningHost host = await StartAsync(options => options.ApiKeys = [ApiKeys.Create("ward-3").Entry]);
        using var http = new HttpClient();
        using HttpResponseMessage answer = await http.SendAsync(Request(WebAddress(host), "application/grpc-web", EmptyFrame));
        Assert.Equal((HttpStatusCode.OK, "application/grpc-web"), (answer.StatusCode, answer.Content.Headers.ContentType!.MediaType));
        Assert.Equal(["16"], answer.Headers.GetValues("grpc-status"));
    }

    [Fact]
    public async Task Preflight_OfAnOrigin_IsAnsweredOnlyWhereItIsAllowed()
    {
        await using RunningHost closed = await StartAsync();
        await using RunningHost open = await StartAsync(options => options.AllowedOrigins = [Origin]);
        Assert.Empty(await AllowedOriginsOf(closed, Origin));
        Assert.Equal([Origin], await AllowedOriginsOf(open, Origin));
        Assert.Empty(await AllowedOriginsOf(open, "https://elsewhere.example.org"));
    }

    [Theory]
    [InlineData("rebound.example.org", HttpStatusCode.MisdirectedRequest)]
    [InlineData("localhost", HttpStatusCode.OK)]
    [InlineData("127.0.0.1", HttpStatusCode.OK)]
    [InlineData("[::1]", HttpStatusCode.OK)]
    public async Task WebPort_UnderANameThatIsNotLoopback_AnswersNoCall(string name, HttpStatusCode status)
    {
        await using RunningHost host = await StartAsync();
        using var http = new HttpClient();
        using HttpRequestMessage request = Request(WebAddress(host), "application/grpc-web", EmptyFrame);
        request.Headers.Host = name;
        using HttpResponseMessage answer = await http.SendAsync(request);
        Assert.Equal(status, answer.StatusCode);
    }

    private static Task<RunningHost> StartAsync(Action<ServiceOptions>? set = null) => RunningHost.StartAsync(options =>
    {
        options.WebPort = 0;
        set?.Invoke(options);
    });

    private static Uri WebAddress(RunningHost host) => ServiceHost.WebAddressOf(host.App)!;

    private static async Task<IEnumerable<string>> AllowedOriginsOf(RunningHost host, string origin)
    {
        using var http = new HttpClient();
        using var preflight = new HttpRequestMessage(HttpMethod.Options, new Uri(WebAddress(host), "calcquant.v1.StudyStoreService/ListSeries"));
        preflight.Headers.Add("Origin", origin);
        preflight.Headers.Add("Access-Control-Request-Method", "POST");
        preflight.Headers.Add("Access-Control-Request-Headers", "content-type,x-grpc-web,authorization");
        using HttpResponseMessage answer = await http.SendAsync(preflight);
        return answer.Headers.TryGetValues("Access-Control-Allow-Origin", out IEnumerable<string>? values) ? values : [];
    }

    private static void AssertIsOk(byte[] body)
    {
        Assert.Equal(EmptyFrame, body[..EmptyFrame.Length]);
        Assert.Equal(TrailerFlag, body[EmptyFrame.Length]);
        Assert.Contains("grpc-status: 0", Encoding.ASCII.GetString(body), StringComparison.Ordinal);
    }
}
