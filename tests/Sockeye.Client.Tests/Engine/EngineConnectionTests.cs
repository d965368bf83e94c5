using System.Text;
using Sockeye.Client.Engine;
using Sockeye.Protocol.Engine;

namespace Sockeye.Client.Tests.Engine;

/// <summary>engine.io-client's test/connection.js and arraybuffer/*.js, against our server.</summary>
public sealed class EngineConnectionTests
{
    public enum Way
    {
        Polling,
        WebSocket,
        Upgrade,
    }

    private static ReadOnlyMemory<byte> Utf8(string text) => Encoding.UTF8.GetBytes(text);

    private static Action<EngineSocketOptions> By(Way way, Action<EngineSocketOptions>? then = null) => options =>
    {
        options.Transports = way switch
        {
            Way.Polling => [TransportType.Polling],
            Way.WebSocket => [TransportType.WebSocket],
            _ => options.Transports,
        };
        then?.Invoke(options);
    };

    private static async Task<EngineSocket> OpenAsync(EngineHost host, RecordingHandler handler, Way way, Action<EngineSocketOptions>? configure = null)
    {
        var socket = host.Connect(handler, By(way, configure));
        socket.Open();
        Assert.Equal("hi", await handler.Messages.TakeAsync());
        if (way == Way.Upgrade)
        {
            await handler.Calls.TakeAsync(call => call == "upgrade websocket", "the upgrade");
        }

        return socket;
    }

    [Theory]
    [InlineData("EIOC-C-01", Way.Upgrade, TransportType.WebSocket)]
    [InlineData("EIOC-C-02", Way.WebSocket, TransportType.WebSocket)]
    [InlineData("polling alone", Way.Polling, TransportType.Polling)]
    public async Task Connects_and_hears_the_greeting(string id, Way way, TransportType transport)
    {
        Assert.NotEmpty(id);
        await using var host = await EngineHost.EchoAsync();
        var handler = new RecordingHandler();
        await using var socket = await OpenAsync(host, handler, way);
        Assert.Equal(transport, socket.Transport);
        Assert.Equal(EngineState.Open, socket.State);
        Assert.Equal(socket.Handshake!.Sid, socket.Id);
        Assert.Equal(host.Address, socket.Url);
        Assert.Equal(TimeSpan.FromSeconds(25), socket.Handshake.PingInterval);
        Assert.Null((await handler.Attempts.TakeAsync()).Error);
    }

    [Fact]
    public async Task The_calls_of_an_upgrade_come_in_order()
    {
        await using var host = await EngineHost.EchoAsync(null, greets: false);
        var handler = new RecordingHandler();
        await using var socket = host.Connect(handler);
        socket.Open();
        await handler.ExpectAsync("open", "upgrading websocket", "upgrade websocket");
        var (handshake, upgrade) = (await handler.Attempts.TakeAsync(), await handler.Attempts.TakeAsync());
        Assert.Equal((TransportType.Polling, false, 200, null), (handshake.Transport, handshake.IsUpgrade, handshake.StatusCode, handshake.Error));
        Assert.Equal((TransportType.WebSocket, true, 101, null), (upgrade.Transport, upgrade.IsUpgrade, upgrade.StatusCode, upgrade.Error));
        Assert.Equal(new Uri(host.Address, "/engine.io/"), handshake.Address);
        socket.Close();
        await handler.ExpectAsync("close forced close");
        await socket.Closed.Within();
        Assert.Null(socket.Id);
        Assert.Empty(handler.Breaches.TakePending());
    }

    [Theory]
    [InlineData("EIOC-C-03", Way.Polling, "cash money €€€")]
    [InlineData("EIOC-C-04", Way.Polling, "\uD800\uDC00-\uDB7F\uDFFF\uDB80\uDC00-\uDBFF\uDFFF\uE000-\uF8FF")]
    [InlineData("multibyte", Way.WebSocket, "cash money €€€ \uD83D\uDE00")]
    [InlineData("EIOC-AW-02", Way.Upgrade, "cash money €€€ \uD83D\uDE00")]
    [InlineData("the separator is data on WebSocket", Way.WebSocket, "a\u001eb")]
    [InlineData("empty", Way.Polling, "")]
    [InlineData("empty", Way.WebSocket, "")]
    public async Task Text_comes_back(string id, Way way, string text)
    {
        Assert.NotEmpty(id);
        await using var host = await EngineHost.EchoAsync();
        var handler = new RecordingHandler();
        await using var socket = await OpenAsync(host, handler, way);
        Assert.True(socket.Send(Utf8(text), isBinary: false));
        Assert.Equal(text, await handler.Messages.TakeAsync());
    }

    [Theory]
    [InlineData("EIOC-AP-01", Way.Polling, false)]
    [InlineData("EIOC-AP-02", Way.Polling, false)]
    [InlineData("EIOC-AP-03 EIOC-B-01", Way.Polling, true)]
    [InlineData("EIOC-AW-01 EIOC-AW-02", Way.Upgrade, false)]
    [InlineData("EIOC-AW-03", Way.Upgrade, true)]
    [InlineData("websocket", Way.WebSocket, false)]
    [InlineData("websocket with base64", Way.WebSocket, true)]
    public async Task Binary_comes_back_and_text_after_it(string id, Way way, bool base64)
    {
        Assert.NotEmpty(id);
        await using var host = await EngineHost.EchoAsync();
        var handler = new RecordingHandler();
        await using var socket = await OpenAsync(host, handler, way, options => options.ForceBase64 = base64);
        socket.Send(new byte[] { 0, 1, 2, 3, 4 }, isBinary: true);
        socket.Send(Utf8("cash money €€€"), isBinary: false);
        socket.Send(default, isBinary: true);
        socket.Send(Utf8("give binary"), isBinary: false);
        Assert.Equal("binary:0001020304", await handler.Messages.TakeAsync());
        Assert.Equal("cash money €€€", await handler.Messages.TakeAsync());
        Assert.Equal("binary:", await handler.Messages.TakeAsync());
        Assert.Equal("binary:0001020304", await handler.Messages.TakeAsync());
        foreach (var request in host.Requests.TakePending().Where(request => request.Method == "GET" && (!request.HasSession || request.Transport == "websocket")))
        {
            Assert.Equal(base64, request.QueryString.Contains("b64=1", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task EIOC_C_05_after_close_nothing_is_taken()
    {
        await using var host = await EngineHost.EchoAsync();
        var handler = new RecordingHandler();
        await using var socket = await OpenAsync(host, handler, Way.Polling);
        socket.Close();
        Assert.False(socket.Send(Utf8("late"), isBinary: false));
        await socket.Closed.Within();
        Assert.False(socket.Send(Utf8("later"), isBinary: false));
        Assert.Equal(EngineState.Closed, socket.State);
        Assert.Equal(EngineCloseReason.TransportClose, await host.Ends.TakeAsync());
        Assert.Empty(host.Received.TakePending());
    }

    [Fact]
    public async Task EIOC_C_06_posts_keep_to_the_servers_maxPayload()
    {
        await using var host = await EngineHost.EchoAsync(options => options.MaxPayload = 100);
        string[] texts = [new('a', 99), new('b', 30), new('c', 30), new('d', 35), new('€', 33), new('f', 99)];
        var handler = new RecordingHandler();
        await using var socket = host.Connect(handler, By(Way.Polling));
        Array.ForEach(texts, text => socket.Send(Utf8(text), isBinary: false));
        socket.Open();
        foreach (var text in texts.Prepend("hi"))
        {
            Assert.Equal(text, await handler.Messages.TakeAsync());
        }

        // 30 + 30 + 35 and what separates them are 100 bytes exactly: one POST. All in all four, as they were queued before the connection opened.
        Assert.Equal(4, host.Requests.TakePending().Count(request => request.Method == "POST"));
    }

    [Theory]
    [InlineData("EIOC-N-05")]
    [InlineData("EIOC-AP-04")]
    public async Task Binary_posts_keep_to_the_servers_maxPayload(string id)
    {
        Assert.NotEmpty(id);
        await using var host = await EngineHost.EchoAsync(options => options.MaxPayload = 100);
        var handler = new RecordingHandler();
        await using var socket = host.Connect(handler, By(Way.Polling));
        socket.Send(new byte[72], isBinary: true);
        socket.Send(new byte[20], isBinary: true);
        socket.Send(Utf8(new string('a', 20)), isBinary: false);
        socket.Send(new byte[20], isBinary: true);
        socket.Send(new byte[72], isBinary: true);
        socket.Open();
        Assert.Equal("hi", await handler.Messages.TakeAsync());
        foreach (var length in (int[])[72, 20, 0, 20, 72])
        {
            Assert.Equal(length == 0 ? new string('a', 20) : $"binary:{new string('0', 2 * length)}", await handler.Messages.TakeAsync());
        }

        Assert.Equal(3, host.Requests.TakePending().Count(request => request.Method == "POST"));
    }

    [Theory]
    [InlineData("EIOC-C-07")]
    [InlineData("EIOC-S-11")]
    public async Task One_message_that_is_too_large_is_sent_anyway_and_refused(string id)
    {
        Assert.NotEmpty(id);
        await using var host = await EngineHost.EchoAsync(options => options.MaxPayload = 100);
        var handler = new RecordingHandler { Opened = socket => socket.Send(Utf8(new string('a', 101)), isBinary: false) };
        await using var socket = host.Connect(handler, By(Way.Polling));
        socket.Open();
        var (reason, details) = await handler.End;
        Assert.Equal(EngineCloseReason.TransportError, reason);
        Assert.Equal("xhr post error", details!.Error!.Error);
        Assert.Equal(413, details.Error.StatusCode);
        Assert.Equal("", details.Error.ResponseText);
        Assert.Contains("maxPayload", details.Error.Message, StringComparison.Ordinal);
        await socket.Closed.Within();
    }

    [Fact]
    public async Task EIOC_S_12_the_close_code_of_a_WebSocket_is_kept()
    {
        await using var host = await EngineHost.EchoAsync(options => options.MaxPayload = 100);
        var handler = new RecordingHandler { Opened = socket => socket.Send(Utf8(new string('a', 101)), isBinary: false) };
        await using var socket = host.Connect(handler, By(Way.WebSocket));
        socket.Open();
        var (reason, details) = await handler.End;
        Assert.Equal(EngineCloseReason.TransportClose, reason);
        Assert.Equal(("websocket connection closed", 1009, ""), (details!.Description, details.CloseCode, details.CloseReason));
        Assert.Null(details.Error);
    }

    [Fact]
    public async Task EIOC_C_09_a_close_waits_for_a_running_upgrade()
    {
        await using var host = await EngineHost.EchoAsync(null, greets: false);
        var handler = new RecordingHandler { Upgrading = socket => socket.Close() };
        await using var socket = host.Connect(handler);
        socket.Open();
        await handler.ExpectAsync("open", "upgrading websocket", "upgrade websocket", "close forced close");
        await socket.Closed.Within();
    }

    [Fact]
    public async Task EIOC_C_11_EIOC_C_12_a_deferred_close_takes_nothing_new_and_sends_what_was_queued()
    {
        await using var host = await EngineHost.EchoAsync(null, greets: false);
        var taken = new TaskCompletionSource<bool>();
        var handler = new RecordingHandler
        {
            Upgrading = socket =>
            {
                socket.Send(Utf8("before"), isBinary: false);
                socket.Close();
                taken.SetResult(socket.Send(Utf8("after"), isBinary: false));
            },
        };
        await using var socket = host.Connect(handler);
        socket.Open();
        Assert.Equal(EngineCloseReason.ForcedClose, (await handler.End).Reason);
        Assert.False(await taken.Task);
        Assert.Equal("before", await host.Received.TakeAsync());
        await host.Ends.TakeAsync();
        Assert.Empty(host.Received.TakePending());
    }

    [Theory]
    [InlineData(Way.Polling)]
    [InlineData(Way.WebSocket)]
    public async Task The_servers_close_is_a_transport_close(Way way)
    {
        await using var host = await EngineHost.EchoAsync();
        var handler = new RecordingHandler();
        await using var socket = await OpenAsync(host, handler, way);
        socket.Send(Utf8("close me"), isBinary: false);
        var (reason, details) = await handler.End;
        Assert.Equal(EngineCloseReason.TransportClose, reason);
        Assert.Equal(way == Way.Polling ? "transport closed by the server" : "websocket connection closed", details!.Description);
        await socket.Closed.Within();
    }

    [Theory]
    [InlineData(Way.Polling)]
    [InlineData(Way.WebSocket)]
    [InlineData(Way.Upgrade)]
    public async Task The_server_hears_of_our_close(Way way)
    {
        await using var host = await EngineHost.EchoAsync();
        var handler = new RecordingHandler();
        var socket = await OpenAsync(host, handler, way);
        await socket.DisposeAsync().AsTask().Within();
        Assert.True(socket.Closed.IsCompletedSuccessfully);
        Assert.Equal(EngineCloseReason.TransportClose, await host.Ends.TakeAsync());
        Assert.Equal(EngineCloseReason.ForcedClose, (await handler.End).Reason);
    }

    [Theory]
    [InlineData(Way.Polling)]
    [InlineData(Way.WebSocket)]
    public async Task Pings_are_answered(Way way)
    {
        await using var host = await EngineHost.EchoAsync(options => options.PingInterval = TimeSpan.FromMilliseconds(20));
        var handler = new RecordingHandler();
        await using var socket = await OpenAsync(host, handler, way);
        for (var i = 0; i < 5; i++)
        {
            await handler.Calls.TakeAsync(call => call == "ping", "a ping");
        }

        Assert.Equal(EngineState.Open, socket.State);
        Assert.False(socket.HasPingExpired());
    }

    [Theory]
    [InlineData(Way.Polling)]
    [InlineData(Way.WebSocket)]
    public async Task Writable_and_drained_when_all_is_written(Way way)
    {
        await using var host = await EngineHost.EchoAsync();
        var handler = new RecordingHandler();
        await using var socket = await OpenAsync(host, handler, way);
        Assert.True(socket.IsWritable);
        socket.Send(Utf8("a"), isBinary: false);
        await handler.Drains.TakeAsync();
        Assert.True(socket.IsWritable);
        Assert.Equal(0, socket.QueuedBytes);
    }
}
