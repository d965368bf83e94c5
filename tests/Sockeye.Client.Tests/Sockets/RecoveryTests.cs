namespace Sockeye.Client.Tests.Sockets;

/// <summary>Connection state recovery, against our own server and packet by packet.</summary>
public sealed class RecoveryTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [EachTransport]
    public async Task SIOC_CSR_01_the_session_comes_back_with_its_id_and_what_was_missed(Via via)
    {
        await using var server = await SocketServer.StartAsync(configure: static options => options.ConnectionStateRecovery = new());
        await using var client = server.Client(via);
        var socket = client.Socket();
        var journal = new Journal();
        socket.OnConnect(() => journal.Add($"connect {socket.Recovered}"));
        socket.On("hi", () => journal.Add("hi"));
        socket.On("missed", (int number) => journal.Add($"missed {number}"));
        Assert.False(socket.Recovered);
        var peer = await server.ConnectAsync(socket, via);
        await peer.JoinAsync("room");
        await socket.EmitAsync("hi");
        await journal.ExpectAsync("connect False", "hi");
        var id = socket.Id;
        client.OnReconnectAttempt(_ =>
        {
            for (var i = 0; i < 3; i++)
            {
                server.Io.To("room").EmitAsync("missed", i).Wait(Token);
            }
        });
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        peer.OnDisconnect((_, _) => ended.TrySetResult());
        client.Engine!.Close();

        // Missed events come first, then "connect".
        await journal.ExpectAsync("missed 0", "missed 1", "missed 2", "connect True");
        Assert.Equal(id, socket.Id);
        Assert.True(socket.Recovered);
        Assert.Contains("room", (await server.NextSocketAsync()).Rooms);

        // A session that was left on purpose is not recovered.
        socket.Disconnect();
        socket.Connect();
        await journal.ExpectAsync("connect False");
        Assert.NotEqual(id, socket.Id);
    }

    // In the official client the last text of any event becomes the offset (§9 Q-21): the session is then lost.
    [Fact]
    public async Task Q_21_a_text_at_the_end_of_a_volatile_event_does_not_cost_the_session()
    {
        await using var server = await SocketServer.StartAsync(configure: static options => options.ConnectionStateRecovery = new());
        await using var client = server.Client();
        var socket = client.Socket();
        var journal = new Journal();
        socket.OnConnect(() => journal.Add($"connect {socket.Recovered}"));
        socket.On("text", (string text) => journal.Add(text));
        socket.On("answer", (string text) => text);
        var peer = await server.ConnectAsync(socket);
        await peer.EmitAsync("text", "first");
        await journal.ExpectAsync("connect False", "first");
        foreach (var text in (string[])["hello", "construction", "Payment", "PXHvNxZ"])
        {
            // Dropped while the connection is still busy with the last one, of which the acknowledgement may already be here. What is answered behind it says whether it came.
            for (var attempt = 0; ; attempt++)
            {
                Assert.True(attempt < 1000, $"\"{text}\" was dropped each time.");
                await peer.Volatile.EmitAsync("text", text);
                Assert.Equal(text, await peer.EmitWithAckAsync<string>("answer", [text], cancellationToken: Token).Within());
                if (journal.TakePending() is [var line])
                {
                    Assert.Equal(text, line);
                    break;
                }
            }
        }

        client.Engine!.Close();
        await journal.ExpectAsync("connect True");
    }

    [Theory]
    [InlineData("""2["a","qqqqAAAAAAAB"]""", "qqqqAAAAAAAB")]
    [InlineData("""2["a",1,"qqqqAAAAAAAB"]""", "qqqqAAAAAAAB")]
    [InlineData("""51-["a",{"_placeholder":true,"num":0},"qqqqAAAAAAAB"]""", "qqqqAAAAAAAB")]
    [InlineData("""27["a","qqqqAAAAAAAB"]""", null)]
    [InlineData("""2["a","qqqqAAAAAAAB",1]""", null)]
    [InlineData("""2["a"]""", null)]
    [InlineData("""2["a",{"offset":"qqqqAAAAAAAB"}]""", null)]
    [InlineData("""2["a","not one"]""", null)]
    public async Task The_offset_is_the_last_text_of_an_event_without_an_id(string packet, string? offset)
    {
        await using var server = await WireServer.StartAsync();
        await using var client = server.Client();
        var socket = client.Socket();
        var seen = new Journal();
        socket.OnAny((name, _) => seen.Add(name));
        socket.Connect();
        var session = await server.AcceptAsync("""0{"sid":"a","pid":"secret"}""");
        session.Send(packet);
        if (packet.StartsWith('5'))
        {
            session.Send([1]);
        }

        await seen.ExpectAsync("a");
        session.Engine.Close();
        session = await server.NextAsync();
        await session.ExpectAsync(offset is null ? """0{"pid":"secret"}""" : $"0{{\"pid\":\"secret\",\"offset\":\"{offset}\"}}");

        // Not recovered: the next time nothing of the old session is left.
        session.Send("""0{"sid":"b","pid":"another"}""");
        await socket.ConnectAsync(Token).Within();
        Assert.False(socket.Recovered);
        session.Engine.Close();
        await (await server.NextAsync()).ExpectAsync("""0{"pid":"another"}""");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_session_that_was_left_on_purpose_is_not_asked_for(bool byServer)
    {
        await using var server = await WireServer.StartAsync();
        await using var client = server.Client();
        var socket = client.Socket();
        var journal = new Journal();
        socket.OnDisconnect(_ => journal.Add("disconnect"));
        socket.Connect();
        var session = await server.AcceptAsync("""0{"sid":"a","pid":"secret"}""");
        await socket.ConnectAsync(Token).Within();
        if (byServer)
        {
            session.Send("1");
        }
        else
        {
            socket.Disconnect();
        }

        await journal.ExpectAsync("disconnect");
        socket.Connect();
        await (await server.NextAsync()).ExpectAsync("0");
    }

    [Fact]
    public async Task A_server_without_recovery_is_asked_for_nothing()
    {
        await using var server = await WireServer.StartAsync();
        await using var client = server.Client();
        var socket = client.Socket();
        socket.Connect();
        var session = await server.AcceptAsync();
        session.Send("""2["a","qqqqAAAAAAAB"]""");
        session.Engine.Close();
        await (await server.NextAsync()).ExpectAsync("0");
        Assert.False(socket.Recovered);
    }

    [Fact]
    public async Task What_waits_for_its_handler_when_the_connection_is_lost_has_been_received()
    {
        await using var server = await WireServer.StartAsync();
        await using var client = server.Client();
        var socket = client.Socket();
        var (go, journal) = (new TaskCompletionSource(), new Journal());
        socket.On("a", async (int number, string _) =>
        {
            journal.Add($"{number}");
            await go.Task;
        });
        socket.OnDisconnect(_ => journal.Add("disconnect"));
        socket.OnConnect(() => journal.Add($"connect {socket.Recovered}"));
        socket.Connect();
        var session = await server.AcceptAsync("""0{"sid":"a","pid":"secret"}""");
        session.Send("""2["a",1,"qqqqAAAAAAAB"]""");
        session.Send("""2["a",2,"qqqqAAAAAAAC"]""");
        await journal.ExpectAsync("connect False", "1");
        session.Engine.Close();
        session = await server.NextAsync();
        await session.ExpectAsync("""0{"pid":"secret","offset":"qqqqAAAAAAAC"}""");
        session.Send("""2["a",3,"qqqqAAAAAAAD"]""");
        session.Send("""0{"sid":"a","pid":"secret"}""");
        go.SetResult();
        await journal.ExpectAsync("2", "disconnect", "3", "connect True");
        session.Engine.Close();
        await (await server.NextAsync()).ExpectAsync("""0{"pid":"secret","offset":"qqqqAAAAAAAD"}""");
    }

    [Fact]
    public async Task Missed_events_of_a_connection_that_is_lost_before_its_CONNECT_come_again_once()
    {
        await using var server = await WireServer.StartAsync();
        await using var client = server.Client();
        var socket = client.Socket();
        var journal = new Journal();
        socket.On("a", (int number, string _) => journal.Add($"{number}"));
        socket.OnConnect(() => journal.Add("connect"));
        socket.Connect();
        var session = await server.AcceptAsync("""0{"sid":"a","pid":"secret"}""");
        session.Send("""2["a",1,"qqqqAAAAAAAB"]""");
        await journal.ExpectAsync("connect", "1");
        for (var i = 0; i < 3; i++)
        {
            session.Engine.Close();
            session = await server.NextAsync();
            await session.ExpectAsync("""0{"pid":"secret","offset":"qqqqAAAAAAAB"}""");
            session.Send("""2["a",2,"qqqqAAAAAAAC"]""");
        }

        session.Send("""0{"sid":"a","pid":"secret"}""");
        await journal.ExpectAsync("2", "connect");
    }
}
