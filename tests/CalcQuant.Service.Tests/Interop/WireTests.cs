using System.Buffers.Binary;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;

namespace CalcQuant.Service.Tests.Interop;

/// <summary>What no gRPC library would send. Each time the service says why not, or hangs up, and goes on serving.</summary>
[Collection(InteropCollection.Name)]
public sealed class WireTests : IAsyncLifetime
{
    private const string EmptyCall = "calcquant.testing.TestService/EmptyCall";
    private const string GrpcType = "application/grpc";
    private const byte PlainFlag = 0;
    private const byte CompressedFlag = 1;

    private static readonly byte[] Preface = Encoding.ASCII.GetBytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

    private readonly InteropServers _servers;
    private readonly HttpClient _http;

    public WireTests(InteropServers servers)
    {
        _servers = servers;
        _http = new HttpClient(servers.CreateHandler())
        {
            BaseAddress = new Uri($"http://{servers.AddressOf(Transport.H2c)}"),
            DefaultRequestVersion = HttpVersion.Version20,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Timeout = TimeSpan.FromSeconds(30),
        };
    }

    public static TheoryData<string> Garbage => ["text", "random", "preface", "preface and random", "half a TLS handshake"];

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    /// <summary>After each of these tests the service is as usable as before.</summary>
    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        foreach (Transport transport in Enum.GetValues<Transport>())
        {
            await new TestService.TestServiceClient(_servers.ChannelTo(transport)).EmptyCallAsync(new Nothing(), deadline: DateTime.UtcNow.AddSeconds(30));
        }
    }

    [Fact]
    public async Task Message_OfNothing_IsAnswered() => Assert.Equal(StatusCode.OK, await StatusOfAsync(Frame(PlainFlag, 0, [])));

    [Theory]
    [InlineData("application/json")]
    [InlineData("text/plain")]
    [InlineData("application/grpcc")]
    public async Task ContentType_OfSomethingElse_IsUnsupportedMediaType(string type)
    {
        using HttpResponseMessage response = await SendAsync(Frame(PlainFlag, 0, []), type: type);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, response.StatusCode);
    }

    [Fact]
    public async Task Method_OtherThanPost_IsNotAnswered()
    {
        using HttpResponseMessage response = await _http.GetAsync(new Uri(EmptyCall, UriKind.Relative));
        Assert.False(response.IsSuccessStatusCode);
    }

    [Theory]
    [InlineData("calcquant.testing.TestService/NoSuchCall")]
    [InlineData("no.such.Service/Call")]
    public async Task Path_OfNoCall_IsUnimplemented(string path)
    {
        using HttpResponseMessage response = await SendAsync(Frame(PlainFlag, 0, []), path: path);
        Assert.Equal(StatusCode.Unimplemented, StatusOf(response));
    }

    // The description of the protocol says nothing of a timeout that is none; the call then has no deadline.
    [Theory]
    [InlineData("soon")]
    [InlineData("-1S")]
    [InlineData("123456789012S")]
    [InlineData("1x")]
    public async Task Timeout_ThatIsNone_IsIgnored(string timeout) => Assert.Equal(StatusCode.OK, await StatusOfAsync(Frame(PlainFlag, 0, []), ("grpc-timeout", timeout)));

    [Fact]
    public async Task Deadline_OfAHandlerThatIgnoresIt_IsAnswered()
    {
        // This client has no clock of its own: the answer is the server's.
        using HttpResponseMessage response = await SendAsync(Frame(PlainFlag, 0, []), path: "calcquant.testing.TestService/StubbornCall", headers: ("grpc-timeout", "200m"));
        Assert.Equal(StatusCode.DeadlineExceeded, StatusOf(response));
    }

    [Fact]
    public async Task Message_ThatEndsTooSoon_IsInternal() => Assert.Equal(StatusCode.Internal, await StatusOfAsync(Frame(PlainFlag, 100, new byte[10])));

    [Fact]
    public async Task Prefix_ThatEndsTooSoon_IsInternal() => Assert.Equal(StatusCode.Internal, await StatusOfAsync([0, 0, 0]));

    [Fact]
    public async Task Message_ThatIsMissing_IsInternal() => Assert.Equal(StatusCode.Internal, await StatusOfAsync([]));

    [Fact]
    public async Task Message_ThatIsNoProtobuf_IsRefused() => Assert.NotEqual(StatusCode.OK, await StatusOfAsync(Frame(PlainFlag, 2, [0xff, 0xff])));

    [Fact]
    public async Task Flag_ThatIsUnknown_IsRefused() => Assert.NotEqual(StatusCode.OK, await StatusOfAsync(Frame(7, 0, [])));

    [Fact]
    public async Task Compression_WithoutItsName_IsInternal() => Assert.Equal(StatusCode.Internal, await StatusOfAsync(Frame(CompressedFlag, 3, new byte[3])));

    [Fact]
    public async Task Compression_ThatIsUnknown_IsUnimplementedAndNamesTheKnownOnes()
    {
        using HttpResponseMessage response = await SendAsync(Frame(CompressedFlag, 3, new byte[3]), headers: ("grpc-encoding", "snail"));
        Assert.Equal(StatusCode.Unimplemented, StatusOf(response));
        Assert.Contains("gzip", string.Join(',', response.Headers.GetValues("grpc-accept-encoding")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Compression_ThatIsNoGzip_IsRefused() =>
        Assert.NotEqual(StatusCode.OK, await StatusOfAsync(Frame(CompressedFlag, 3, [1, 2, 3]), ("grpc-encoding", "gzip")));

    [Theory]
    [InlineData(InteropServers.MaxMessageBytes + 1)]
    [InlineData(int.MaxValue)]
    public async Task Length_BeyondTheLimit_IsResourceExhausted(int length) =>
        Assert.Equal(StatusCode.ResourceExhausted, await StatusOfAsync(Frame(PlainFlag, (uint)length, new byte[10])));

    [Fact]
    public async Task Length_BeyondAnyLimit_IsRefused() => Assert.NotEqual(StatusCode.OK, await StatusOfAsync(Frame(PlainFlag, uint.MaxValue, new byte[10])));

    [Fact]
    public async Task Answer_ToAClientThatKnowsNoCompression_IsPlain()
    {
        byte[] request = new UnaryRequest { ResponseSize = 1000, CompressResponse = true }.ToByteArray();
        using HttpResponseMessage response = await SendAsync(
            Frame(PlainFlag, (uint)request.Length, request), path: "calcquant.testing.TestService/UnaryCall", headers: ("grpc-accept-encoding", "identity"));
        Assert.Equal(StatusCode.OK, StatusOf(response));
        Assert.Equal(PlainFlag, (await response.Content.ReadAsByteArrayAsync())[0]);
    }

    [Theory]
    [InlineData("application/grpc-web-text", "this is no base64!")]
    [InlineData("application/grpc-web-text", "AAAA")]
    [InlineData("application/grpc-web", "\u0007\u0007\u0007\u0007\u0007\u0007")]
    public async Task WebCall_OfGarbage_IsRefused(string type, string body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(_servers.Web, EmptyCall)) { Content = new ByteArrayContent(Encoding.ASCII.GetBytes(body)) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(type);
        using HttpResponseMessage response = await _http.SendAsync(request);
        if (response.IsSuccessStatusCode)
        {
            string answer = await response.Content.ReadAsStringAsync();
            string trailers = type.EndsWith("text", StringComparison.Ordinal) && answer.Length > 0 ? Encoding.ASCII.GetString(Convert.FromBase64String(answer)) : answer;
            string[] statuses = [.. response.Headers.TryGetValues("grpc-status", out IEnumerable<string>? values) ? values : [], .. trailers.Split("\r\n").Where(line => line.Contains("grpc-status", StringComparison.Ordinal))];
            Assert.DoesNotMatch("(^|: ?)0$", Assert.Single(statuses));
        }
    }

    [Theory]
    [InlineData(Transport.H2c)]
    [InlineData(Transport.Tls)]
    public async Task Connection_ThatIsCut_EndsItsCalls(Transport transport)
    {
        string name = Guid.NewGuid().ToString();
        using var handler = _servers.CreateHandler();
        var cut = new TaskCompletionSource<Stream>();
        handler.ConnectCallback = async (context, cancellationToken) =>
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
            var stream = new NetworkStream(socket, ownsSocket: true);
            cut.SetResult(stream);
            return stream;
        };
        using var channel = GrpcChannel.ForAddress(
            $"{(transport == Transport.Tls ? "https" : "http")}://{_servers.AddressOf(transport)}", new GrpcChannelOptions { HttpHandler = handler });
        var request = new OutputRequest { Entries = { new OutputEntry(), new OutputEntry { DelayMs = 600_000 } } };
        using AsyncServerStreamingCall<OutputResponse> call = new TestService.TestServiceClient(channel.InTime()).OutputCall(request, new Metadata { { TestCalls.NameHeader, name } });
        Assert.True(await call.ResponseStream.MoveNext());
        await (await cut.Task.InTimeAsync()).DisposeAsync();
        Assert.True(await _servers.Ends.OfAsync(name));
        await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext());
    }

    [Theory]
    [MemberData(nameof(Garbage))]
    public async Task Bytes_ThatAreNoHttp2_EndTheirConnectionOnly(string kind)
    {
        byte[] noise = new byte[10_000];
        new Random(20_261).NextBytes(noise);
        byte[] bytes = kind switch
        {
            "text" => Encoding.ASCII.GetBytes("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
            "random" => noise,
            "preface" => Preface,
            "preface and random" => [.. Preface, .. noise],
            _ => [0x16, 0x03, 0x01, 0x02, 0x00, 0x01],
        };
        foreach (Transport transport in Enum.GetValues<Transport>())
        {
            string[] address = _servers.AddressOf(transport).Split(':');
            using var tcp = new TcpClient();
            await tcp.ConnectAsync(address[0], int.Parse(address[1]));
            await using NetworkStream stream = tcp.GetStream();
            try
            {
                await stream.WriteAsync(bytes);
                tcp.Client.Shutdown(SocketShutdown.Send);
                await stream.CopyToAsync(Stream.Null).WaitAsync(TimeSpan.FromSeconds(30));
            }
            catch (IOException)
            {
                // The service hung up while this side still spoke.
            }
            catch (SocketException)
            {
                // So it did here.
            }
        }
    }

    private static byte[] Frame(byte flag, uint length, byte[] body)
    {
        byte[] frame = new byte[5 + body.Length];
        frame[0] = flag;
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(1), length);
        body.CopyTo(frame, 5);
        return frame;
    }

    private static StatusCode StatusOf(HttpResponseMessage response)
    {
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        string status = response.TrailingHeaders.Concat(response.Headers.NonValidated.Select(header => KeyValuePair.Create(header.Key, (IEnumerable<string>)[.. header.Value])))
            .First(header => header.Key == "grpc-status").Value.Single();
        return (StatusCode)int.Parse(status);
    }

    private async Task<StatusCode> StatusOfAsync(byte[] body, params (string Name, string Value)[] headers)
    {
        using HttpResponseMessage response = await SendAsync(body, headers: headers);
        return StatusOf(response);
    }

    private async Task<HttpResponseMessage> SendAsync(byte[] body, string path = EmptyCall, string type = GrpcType, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(path, UriKind.Relative))
        {
            Content = new ByteArrayContent(body), Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(type);
        request.Headers.TE.Add(new TransferCodingWithQualityHeaderValue("trailers"));
        foreach ((string name, string value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return await _http.SendAsync(request);
    }
}
