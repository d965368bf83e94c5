using System.Net;
using System.Net.WebSockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.Logging;
using Sockeye.AspNetCore.Engine;
using Sockeye.AspNetCore.Tests.Fixtures;
using Sockeye.AspNetCore.Transports;

namespace Sockeye.AspNetCore.Tests.Engine;

/// <summary>Applications test themselves with TestServer: no sockets, and the framework's WebSocket instead of ours.</summary>
public sealed class TestServerTests : IAsyncLifetime
{
    private readonly RecordingHandler _handler = new() { Echoes = true };
    private WebApplication? _app;
    private EngineServer? _server;

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseTestServer();
        builder.Logging.ClearProviders();
        _app = builder.Build();
        _app.UseWebSockets();
        _server = EngineHost.Map(_app, "/engine.io", _handler, options => (options.MaxPayload, options.AllowEIO3) = (1000, true));
        await _app.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await _app!.DisposeAsync();
        Assert.Empty(_handler.Breaches);
    }

    [Fact]
    public async Task Polling()
    {
        var client = await OpenPollingAsync();
        var session = await _handler.NextAsync();
        await client.SendPacketsAsync("4a", "bAQI=");
        Assert.Equal("a", await session.ReceiveAsync());
        Assert.Equal("4a\u001ebAQI=", (await client.PollAsync()).Body);
        var poll = client.PollAsync();
        await client.SendPacketsAsync("1");
        Assert.Equal("6", (await poll).Body);
        Assert.Equal("transport close", await session.EndReasonAsync());
    }

    [Fact]
    public async Task A_poll_that_is_cancelled_ends_the_session()
    {
        var client = await OpenPollingAsync();
        var session = await _handler.NextAsync();
        using var cancel = new CancellationTokenSource();
        using var http = _app!.GetTestClient();
        var poll = http.GetAsync($"{EngineHost.Path}?{client.Query}", cancel.Token);
        await Eventually.TrueAsync(() => session.Session.Send(OutboundMessage.Text("a"), isVolatile: true), () => "no poll");
        Assert.Equal(HttpStatusCode.OK, (await poll).StatusCode);
        poll = http.GetAsync($"{EngineHost.Path}?{client.Query}", cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => poll);
        Assert.Equal("transport error", await session.EndReasonAsync());
    }

    [Fact]
    public async Task A_websocket()
    {
        using var socket = await ConnectAsync(EngineHost.WebSocketQuery);
        Assert.StartsWith("0{", await ReceiveAsync(socket), StringComparison.Ordinal);
        var session = await _handler.NextAsync();
        await SendAsync(socket, "4a");
        Assert.Equal("4a", await ReceiveAsync(socket));
        await socket.SendAsync(new byte[] { 1, 2 }, WebSocketMessageType.Binary, true, TestContext.Current.CancellationToken);
        Assert.Equal("\u0001\u0002", await ReceiveAsync(socket));
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, TestContext.Current.CancellationToken).Within();
        Assert.Equal("transport close", await session.EndReasonAsync());
        await Eventually.TrueAsync(() => _server!.Count == 0 && _server.Wheel.Count == 0, () => "left over");
    }

    [Fact]
    public async Task The_server_closes_a_websocket_after_what_it_sent()
    {
        using var socket = await ConnectAsync(EngineHost.WebSocketQuery);
        await ReceiveAsync(socket);
        var session = await _handler.NextAsync();
        session.Send("last");
        session.Session.Close();
        Assert.Equal("4last", await ReceiveAsync(socket));
        Assert.Equal("closed", await ReceiveAsync(socket));
        Assert.Equal("forced close", await session.EndReasonAsync());
    }

    [Fact]
    public async Task A_message_above_the_limit_is_1009()
    {
        using var socket = await ConnectAsync(EngineHost.WebSocketQuery);
        await ReceiveAsync(socket);
        var session = await _handler.NextAsync();
        await SendAsync(socket, "4" + new string('a', 1000));
        Assert.Equal("closed", await ReceiveAsync(socket));
        Assert.Equal(WebSocketCloseStatus.MessageTooBig, socket.CloseStatus);
        Assert.Equal("transport error", await session.EndReasonAsync());
    }

    [Fact]
    public async Task An_upgrade()
    {
        var client = await OpenPollingAsync();
        var session = await _handler.NextAsync();
        using var socket = await ConnectAsync($"{EngineHost.WebSocketQuery}&sid={client.Sid}");
        await SendAsync(socket, "2probe");
        Assert.Equal("3probe", await ReceiveAsync(socket));
        session.Send("during");
        await SendAsync(socket, "5");
        await Eventually.TrueAsync(() => session.Session.TransportName == "websocket", () => "no upgrade");
        Assert.Equal("4during", await ReceiveAsync(socket));
        await SendAsync(socket, "4a");
        Assert.Equal("4a", await ReceiveAsync(socket));
    }

    [Fact]
    public async Task A_client_without_binary_gets_base64()
    {
        using var socket = await ConnectAsync($"{EngineHost.WebSocketQuery}&b64=1");
        await ReceiveAsync(socket);
        await SendAsync(socket, "bAQI=");
        Assert.Equal("bAQI=", await ReceiveAsync(socket));
    }

    [Theory]
    [InlineData("", "\u0004\u0001\u0002")]
    [InlineData("&b64=1", "b4AQI=")]
    public async Task A_client_of_revision_3(string more, string binary)
    {
        using var socket = await ConnectAsync($"EIO=3&transport=websocket{more}");
        await ReceiveAsync(socket);
        await SendAsync(socket, "2");
        Assert.Equal("3", await ReceiveAsync(socket));
        await SendAsync(socket, "b4AQI=");
        Assert.Equal(binary, await ReceiveAsync(socket));
        await socket.SendAsync(new byte[] { 4, 1, 2 }, WebSocketMessageType.Binary, true, TestContext.Current.CancellationToken);
        Assert.Equal(binary, await ReceiveAsync(socket));
        await socket.SendAsync(new byte[] { 9 }, WebSocketMessageType.Binary, true, TestContext.Current.CancellationToken);
        Assert.Equal("closed", await ReceiveAsync(socket));
    }

    [Fact]
    public async Task A_websocket_that_is_cut_ends_the_session()
    {
        using var socket = await ConnectAsync(EngineHost.WebSocketQuery);
        await ReceiveAsync(socket);
        socket.Abort();
        Assert.Equal("transport close", await (await _handler.NextAsync()).EndReasonAsync());
    }

    private async Task<RawPollingClient> OpenPollingAsync()
    {
        var client = new RawPollingClient(_app!.GetTestClient(), EngineHost.Path);
        await client.OpenAsync();
        return client;
    }

    private Task<WebSocket> ConnectAsync(string query) =>
        _app!.GetTestServer().CreateWebSocketClient().ConnectAsync(new Uri($"ws://localhost{EngineHost.Path}?{query}"), TestContext.Current.CancellationToken).Within();

    private static Task SendAsync(WebSocket socket, string text) =>
        socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, true, TestContext.Current.CancellationToken).Within();

    private static async Task<string> ReceiveAsync(WebSocket socket)
    {
        var buffer = new byte[4096];
        var received = await socket.ReceiveAsync(buffer, TestContext.Current.CancellationToken).Within();
        return received.MessageType is WebSocketMessageType.Close ? "closed" : Encoding.UTF8.GetString(buffer, 0, received.Count);
    }
}
