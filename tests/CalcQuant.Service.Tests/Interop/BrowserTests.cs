using System.Text.Json;
using CalcQuant.Api.V1;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Health.V1;
using Microsoft.Playwright;

namespace CalcQuant.Service.Tests.Interop;

/// <summary>gRPC-Web from a page in Chromium, of another origin than the service, with fetch alone.</summary>
[Collection(InteropCollection.Name)]
public sealed class BrowserTests(InteropServers servers, BrowserTests.Browser browser) : IClassFixture<BrowserTests.Browser>
{
    private const int ManyBytes = 100_000;

    public static TheoryData<Transport, bool> Modes => new() { { Transport.H2c, false }, { Transport.H2c, true }, { Transport.Tls, false }, { Transport.Tls, true } };

    [Theory]
    [MemberData(nameof(Modes))]
    public async Task Health_AskedByAPage_IsServing(Transport transport, bool text)
    {
        Answer answer = await CallAsync(transport, text, "grpc.health.v1.Health/Check", new HealthCheckRequest());
        answer.AssertEnded(StatusCode.OK, text);
        HealthCheckResponse health = HealthCheckResponse.Parser.ParseFrom(Assert.Single(answer.Messages));
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, health.Status);
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public async Task UnaryCall_OfAPage_IsAnswered(Transport transport, bool text)
    {
        var request = new UnaryRequest { Payload = ByteString.CopyFrom(new byte[ManyBytes]), ResponseSize = ManyBytes };
        Answer answer = await CallAsync(transport, text, "calcquant.testing.TestService/UnaryCall", request);
        answer.AssertEnded(StatusCode.OK, text);
        Assert.Equal(ManyBytes, UnaryResponse.Parser.ParseFrom(Assert.Single(answer.Messages)).Payload.Length);
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public async Task ServerStreaming_OfAPage_IsAnsweredMessageByMessage(Transport transport, bool text)
    {
        var request = new OutputRequest { Entries = { new OutputEntry { Size = 7 }, new OutputEntry { Size = ManyBytes }, new OutputEntry() } };
        Answer answer = await CallAsync(transport, text, "calcquant.testing.TestService/OutputCall", request);
        answer.AssertEnded(StatusCode.OK, text);
        Assert.Equal([7, ManyBytes, 0], answer.Messages.Select(message => OutputResponse.Parser.ParseFrom(message).Payload.Length));
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public async Task ServerStreaming_ThatThePageLeaves_HasShownWhatCameAndEnds(Transport transport, bool text)
    {
        var request = new OutputRequest { Entries = { new OutputEntry { Size = 7 }, new OutputEntry { DelayMs = 600_000 } } };
        Answer answer = await CallAsync(transport, text, "calcquant.testing.TestService/OutputCall", request, take: 1);
        Assert.Equal(7, OutputResponse.Parser.ParseFrom(Assert.Single(answer.Messages)).Payload.Length);
        Assert.True(await servers.Ends.OfAsync(answer.Name));
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public async Task FailingCall_OfAPage_TellsItsStatus(Transport transport, bool text)
    {
        Answer answer = await CallAsync(transport, text, "calcquant.testing.TestService/FailingCall", new FailingRequest { Failure = Failure.Exception });
        answer.AssertEnded(StatusCode.Internal, text);
        Assert.Empty(answer.Messages);
        Assert.DoesNotContain(TestCalls.Secret, answer.Trailers["grpc-message"], StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public async Task ListSeries_OfAPage_IsAnswered(Transport transport, bool text)
    {
        Answer answer = await CallAsync(transport, text, "calcquant.v1.StudyStoreService/ListSeries", new ListSeriesRequest());
        answer.AssertEnded(StatusCode.OK, text);
        Assert.Empty(ListSeriesResponse.Parser.ParseFrom(Assert.Single(answer.Messages)).Series);
    }

    [Fact]
    public async Task Page_OfAnOriginThatIsNotAllowed_GetsNothing()
    {
        Assert.SkipWhen(browser.Missing is not null, browser.Missing ?? "");
        IPage page = await browser.OpenAsync(new UriBuilder(servers.Page) { Host = "localhost" }.Uri);
        object argument = ArgumentOf(Transport.H2c, "grpc.health.v1.Health/Check", new HealthCheckRequest(), text: false, take: 0, "");
        PlaywrightException failure = await Assert.ThrowsAsync<PlaywrightException>(() => page.EvaluateAsync<JsonElement>("call", argument).InTimeAsync());
        Assert.Contains("Failed to fetch", failure.Message, StringComparison.Ordinal);
    }

    private async Task<Answer> CallAsync(Transport transport, bool text, string method, IMessage request, int take = 0)
    {
        Assert.SkipWhen(browser.Missing is not null, browser.Missing ?? "");
        IPage page = await browser.OpenAsync(servers.Page);
        string name = Guid.NewGuid().ToString();
        JsonElement result = await page.EvaluateAsync<JsonElement>("call", ArgumentOf(transport, method, request, text, take, name)).InTimeAsync();
        return new Answer(
            name,
            result.GetProperty("http").GetInt32(),
            result.GetProperty("type").GetString(),
            [.. result.GetProperty("messages").EnumerateArray().Select(message => Convert.FromBase64String(message.GetString()!))],
            result.GetProperty("trailers").EnumerateObject().ToDictionary(trailer => trailer.Name, trailer => trailer.Value.GetString()!));
    }

    private object ArgumentOf(Transport transport, string method, IMessage request, bool text, int take, string name)
    {
        Uri service = transport == Transport.Tls ? new Uri($"https://{servers.AddressOf(Transport.Tls)}") : servers.Web;
        return new { url = new Uri(service, method).ToString(), request = Convert.ToBase64String(request.ToByteArray()), text, take, name };
    }

    private sealed record Answer(string Name, int Http, string? Type, IReadOnlyList<byte[]> Messages, IReadOnlyDictionary<string, string> Trailers)
    {
        public void AssertEnded(StatusCode status, bool text)
        {
            Assert.Equal((200, ((int)status).ToString()), (Http, Trailers.GetValueOrDefault("grpc-status")));
            Assert.StartsWith(text ? "application/grpc-web-text" : "application/grpc-web", Type, StringComparison.Ordinal);
        }
    }

    /// <summary>Debian's Chromium, one page at a time. Playwright's own browsers are not used and not downloaded.</summary>
    public sealed class Browser : IAsyncLifetime
    {
        private const string Executable = "/usr/bin/chromium";

        private readonly Dictionary<Uri, IPage> _pages = [];
        private IPlaywright? _playwright;
        private IBrowser? _browser;

        /// <summary>Why there is no browser; null where there is one.</summary>
        public string? Missing { get; } = File.Exists(Executable) ? null : $"{Executable} is needed (Debian: chromium)";

        public async ValueTask InitializeAsync()
        {
            if (Missing is not null)
            {
                return;
            }

            _playwright = await Playwright.CreateAsync().InTimeAsync();
            _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
            {
                ExecutablePath = Executable,
                Headless = true,
                Args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-proxy-server"],
            }).InTimeAsync();
        }

        public async ValueTask DisposeAsync()
        {
            if (_browser is not null)
            {
                await _browser.DisposeInTimeAsync();
            }

            _playwright?.Dispose();
        }

        /// <summary>A page that trusts any certificate: what is tested is the call.</summary>
        internal async Task<IPage> OpenAsync(Uri address)
        {
            if (!_pages.TryGetValue(address, out IPage? page))
            {
                page = await _browser!.NewPageAsync(new BrowserNewPageOptions { IgnoreHTTPSErrors = true }).InTimeAsync();
                await page.GotoAsync(address.ToString()).InTimeAsync();
                _pages[address] = page;
            }

            return page;
        }
    }
}
