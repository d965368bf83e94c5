using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Sockeye.Client.Engine;
using Sockeye.Protocol.Engine;

namespace Sockeye.Client.Tests.Engine;

/// <summary>The choice of transports, cookies and headers: engine.io-client's test/socket.js, transport.js and node.js.</summary>
public sealed class EngineTransportTests
{
    private static readonly byte[] SendHeaders = Encoding.UTF8.GetBytes("sendHeaders");

    [Fact]
    public async Task EIOC_S_01_only_configured_transports_are_upgraded_to()
    {
        await using var host = await EngineHost.EchoAsync(options => options.PingInterval = TimeSpan.FromMilliseconds(20));
        var handler = new RecordingHandler();
        await using var socket = host.Connect(handler, options => options.Transports = [TransportType.Polling]);
        socket.Open();
        await handler.ExpectAsync("open");
        await handler.Calls.TakeAsync(call => call == "ping", "a ping");
        Assert.Contains("websocket", socket.Handshake!.Upgrades);
        Assert.Equal(TransportType.Polling, socket.Transport);
        Assert.DoesNotContain(host.Requests.TakePending(), request => request.Transport == "websocket");
    }

    [Fact]
    public async Task EIOC_S_02_the_callers_list_stays_as_it_is()
    {
        await using var host = await EngineHost.EchoAsync();
        var list = new List<TransportType> { TransportType.WebSocket, TransportType.Polling };
        var handler = new RecordingHandler();
        await using var socket = host.Connect(handler, options => (options.Transports, options.TryAllTransports) = (list, true), "?deny=websocket");
        list.Clear();
        socket.Open();
        await handler.ExpectAsync("open");
        Assert.Empty(list);
    }

    [Fact]
    public async Task EIOC_S_03_without_transports_the_connection_fails()
    {
        var handler = new RecordingHandler();
        await using var socket = new EngineSocket(new Uri("http://localhost"), new() { Transports = [] }, handler);
        socket.Open();
        var (reason, details) = await handler.End;
        Assert.Equal(EngineCloseReason.TransportError, reason);
        Assert.Equal("No transports available", details!.Description);
        Assert.Equal("No transports available", details.Error!.Error);
    }

    [Theory]
    [InlineData("EIOC-S-04", TransportType.WebSocket, TransportType.Polling)]
    [InlineData("EIOC-S-05", TransportType.Polling, TransportType.WebSocket)]
    public async Task The_next_transport_is_tried(string id, TransportType denied, TransportType next)
    {
        Assert.NotEmpty(id);
        await using var host = await EngineHost.EchoAsync();
        var handler = new RecordingHandler();
        await using var socket = host.Connect(handler, options => (options.Transports, options.TryAllTransports, options.Upgrade) = ([denied, next], true, false), $"?deny={denied.ToWireString()}");
        socket.Open();
        await handler.ExpectAsync("open", "message hi");
        Assert.Equal(next, socket.Transport);
        var (first, second) = (await handler.Attempts.TakeAsync(), await handler.Attempts.TakeAsync());
        Assert.Equal((denied, denied == TransportType.Polling ? 403 : 400), (first.Transport, first.StatusCode));
        Assert.StartsWith(denied == TransportType.Polling ? "xhr poll error: GET http" : "websocket error: the WebSocket to ws", first.Error, StringComparison.Ordinal);
        Assert.Equal((next, null), (second.Transport, second.Error));
    }

    [Fact]
    public async Task EIOC_S_06_without_the_option_the_first_failure_is_the_end()
    {
        await using var host = await EngineHost.EchoAsync();
        var handler = new RecordingHandler();
        await using var socket = host.Connect(handler, query: "?deny=polling");
        socket.Open();
        var (reason, details) = await handler.End;
        Assert.Equal(EngineCloseReason.TransportError, reason);
        Assert.Equal(("xhr poll error", 403), (details!.Error!.Error, details.Error.StatusCode));
        Assert.StartsWith("xhr poll error: GET http", (await handler.Attempts.TakeAsync()).Error, StringComparison.Ordinal);
        await handler.ExpectAsync("close transport error");
    }

    [Fact]
    public async Task A_transport_that_has_failed_is_not_tried_again_as_an_upgrade()
    {
        await using var host = await EngineHost.EchoAsync();
        var handler = new RecordingHandler();
        await using var socket = host.Connect(handler, options => (options.Transports, options.TryAllTransports) = ([TransportType.WebSocket, TransportType.Polling], true), "?deny=websocket");
        socket.Open();
        await handler.ExpectAsync("open", "message hi");
        Assert.Equal([TransportType.WebSocket, TransportType.Polling], [(await handler.Attempts.TakeAsync()).Transport, (await handler.Attempts.TakeAsync()).Transport]);
        socket.Close();
        await socket.Closed.Within();
        handler.Attempts.End("the connection has ended");
        Assert.Contains("the connection has ended", (await Assert.ThrowsAnyAsync<Exception>(() => handler.Attempts.TakeAsync())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task EIOC_S_13_an_unknown_session_on_polling()
    {
        await using var host = await EngineHost.EchoAsync();
        var handler = new RecordingHandler();
        await using var socket = host.Connect(handler, options => options.Query["sid"] = "abc");
        socket.Open();
        var (reason, details) = await handler.End;
        Assert.Equal(EngineCloseReason.TransportError, reason);
        Assert.Equal("xhr poll error", details!.Error!.Error);
        Assert.Equal(400, details.Error.StatusCode);
        Assert.Equal("""{"code":1,"message":"Session ID unknown"}""", details.Error.ResponseText);
        Assert.Contains("sticky", details.Error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task EIOC_S_14_an_unknown_session_on_WebSocket()
    {
        await using var host = await EngineHost.EchoAsync();
        var handler = new RecordingHandler();
        await using var socket = host.Connect(handler, options => (options.Transports, options.Query) = ([TransportType.WebSocket], new Dictionary<string, string> { ["sid"] = "abc" }));
        socket.Open();
        var (reason, details) = await handler.End;
        Assert.Equal(EngineCloseReason.TransportError, reason);
        Assert.Equal(("websocket error", TransportType.WebSocket), (details!.Error!.Error, details.Error.Transport));
    }

    [Theory]
    [InlineData("EIOC-T-01", true)]
    [InlineData("EIOC-T-02", false)]
    public async Task A_working_WebSocket_is_remembered_if_wanted(string id, bool remember)
    {
        Assert.NotEmpty(id);
        await using var host = await EngineHost.EchoAsync();
        var memory = new UpgradeMemory();
        void Configure(EngineSocketOptions options) => (options.RememberUpgrade, options.UpgradeMemory) = (remember, memory);
        var first = new RecordingHandler();
        await using var socket = host.Connect(first, Configure);
        Assert.Equal(TransportType.Polling, socket.Transport);
        socket.Open();
        await first.Calls.TakeAsync(call => call == "upgrade websocket", "the upgrade");

        await using var second = host.Connect(new RecordingHandler(), Configure);
        Assert.Equal(remember ? TransportType.WebSocket : TransportType.Polling, second.Transport);
    }

    [Theory]
    [InlineData("EIOC-N-06", true, TransportType.Polling)]
    [InlineData("EIOC-N-06", true, TransportType.WebSocket)]
    [InlineData("EIOC-N-07", false, TransportType.Polling)]
    [InlineData("EIOC-N-07", false, TransportType.WebSocket)]
    public async Task Cookies_are_sent_back_if_wanted(string id, bool wanted, TransportType last)
    {
        Assert.NotEmpty(id);
        await using var host = await EngineHost.EchoAsync();
        var handler = new RecordingHandler();
        await using var socket = host.Connect(handler, options => (options.UseCookies, options.Upgrade) = (wanted, last == TransportType.WebSocket));
        socket.Open();
        Assert.Equal("hi", await handler.Messages.TakeAsync());
        if (last == TransportType.WebSocket)
        {
            await handler.Calls.TakeAsync(call => call == "upgrade websocket", "the upgrade");
        }
        else
        {
            socket.Send(SendHeaders, isBinary: false);
            var headers = JsonNode.Parse(await handler.Messages.TakeAsync())!;
            Assert.Equal(wanted ? "1=1; 2=2" : null, (string?)headers["cookie"]);
        }

        var request = await host.Requests.TakeAsync(request => request.HasSession && request.Transport == last.ToWireString());
        Assert.Equal(wanted ? "1=1; 2=2" : null, request.Headers.GetValueOrDefault("Cookie"));
    }

    [Theory]
    [InlineData("EIOC-N-08", "foo=bar", "foo=bar")]
    [InlineData("EIOC-N-09", "foo=bar; Max-Age=1000; Domain=127.0.0.1; Path=/; HttpOnly; Secure; SameSite=Strict", "foo=bar")]
    [InlineData("EIOC-N-10", "foo=bar=baz&foo=1", "foo=bar=baz&foo=1")]
    [InlineData("garbage", "=;;; , \u0001", null)]
    [InlineData("another domain", "foo=bar; Domain=example.com", null)]
    public void Cookies_are_read_as_they_stand(string id, string header, string? sent)
    {
        Assert.NotEmpty(id);
        var jar = new Sockeye.Client.Transports.CookieJar(new CookieContainer());
        jar.Take(new Uri("http://127.0.0.1:3000/engine.io/"), [header]);
        Assert.Equal(sent, jar.HeaderFor(new Uri("ws://127.0.0.1:3000/engine.io/?EIO=4")));
    }

    [Theory]
    [InlineData("EIOC-T-21", TransportType.WebSocket)]
    [InlineData("EIOC-T-22", TransportType.Polling)]
    [InlineData("EIOC-T-25", TransportType.Polling)]
    public async Task Extra_headers_and_parameters_are_sent(string id, TransportType transport)
    {
        await using var host = await EngineHost.EchoAsync();
        var handler = new RecordingHandler();
        await using var socket = host.Connect(handler, options =>
        {
            options.Transports = [transport];
            options.ExtraHeaders["X-Custom"] = id == "EIOC-T-25" ? "for all" : "mine";
            options.ExtraHeaders["Origin"] = "https://example.com";
            options.Query["token"] = "a&b";
            options.TimestampRequests = true;
            options.TimestampParam = "when";
            if (id == "EIOC-T-25")
            {
                options.PollingOptions.ExtraHeaders["x-custom"] = "mine";
                options.PollingOptions.Query["token"] = "c";
            }
        });
        socket.Open();
        await handler.Attempts.TakeAsync();
        var request = await host.Requests.TakeAsync();
        Assert.Equal("mine", request.Headers["X-Custom"]);
        Assert.Equal("https://example.com", request.Headers["Origin"]);
        Assert.Matches($"^\\?token={(id == "EIOC-T-25" ? "c" : "a%26b")}&EIO=4&transport={transport.ToWireString()}&when=[0-9a-z]{{8}}$", request.QueryString);
    }

    [Theory]
    [InlineData("EIOC-T-19", TransportType.WebSocket)]
    [InlineData("EIOC-T-20", TransportType.Polling)]
    public async Task An_own_invoker_sends_everything(string id, TransportType transport)
    {
        Assert.NotEmpty(id);
        await using var host = await EngineHost.EchoAsync();
        using var counting = new CountingHandler();
        using var client = new HttpClient(counting);
        var handler = new RecordingHandler();
        await using (var socket = host.Connect(handler, options => (options.Transports, options.HttpInvoker) = ([transport], client)))
        {
            socket.Open();
            await handler.ExpectAsync("open");
        }

        Assert.True(counting.Count > 0);
        Assert.Equal(HttpStatusCode.BadRequest, (await client.GetAsync(new Uri(host.Address, "/engine.io/"), TestContext.Current.CancellationToken)).StatusCode);
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_said_so()
    {
        Uri address;
        await using (var host = await EngineHost.EchoAsync())
        {
            address = host.Address;
        }

        foreach (var transport in Enum.GetValues<TransportType>())
        {
            var handler = new RecordingHandler();
            await using var socket = new EngineSocket(address, new() { Transports = [transport] }, handler);
            socket.Open();
            var (reason, details) = await handler.End;
            Assert.Equal(EngineCloseReason.TransportError, reason);
            Assert.Contains("Is the server running", details!.Error!.Message, StringComparison.Ordinal);
            Assert.Null(details.Error.StatusCode);
        }
    }

    private sealed class CountingHandler() : DelegatingHandler(new SocketsHttpHandler())
    {
        private int _count;

        public int Count => _count;

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _count);
            return base.SendAsync(request, cancellationToken);
        }
    }
}
