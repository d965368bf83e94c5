using System.Text.Json;
using Sockeye.Client.Sockets;
using Sockeye.Protocol.Packets;

namespace Sockeye.Client.Tests.Sockets;

/// <summary>test/connection.ts of the official client: connecting, events, binary data.</summary>
public sealed class ConnectionTests
{
    [Theory]
    [EachTransport]
    public async Task SIOC_C_01_connects_and_talks(Via via)
    {
        await using var server = await SocketServer.StartAsync();
        await using var client = server.Client(via);
        var socket = client.Socket();
        var hi = socket.OnceAsync<JsonElement?>("hi", TestContext.Current.CancellationToken);
        await server.ConnectAsync(socket, via);
        await socket.EmitAsync("hi");
        Assert.Null(await hi.Within());
    }

    [Fact]
    public async Task SIOC_C_02_does_not_connect_by_itself()
    {
        await using var client = new SocketIOClient(Clients.Nowhere, Clients.Options());
        var socket = client.Socket();
        Assert.Null(client.Engine);
        Assert.False(socket.Active);
        socket.Disconnect();
        Assert.Null(client.Engine);
        Assert.Empty(client.Attempts);
    }

    [Fact]
    public async Task AutoConnect_connects_at_once()
    {
        await using var server = await SocketServer.StartAsync();
        await using var client = server.Client(configure: static options => options.AutoConnect = true);
        Assert.True(client.Socket().Active);
        await server.NextSocketAsync();
    }

    [Theory]
    [EachTransport]
    public async Task SIOC_C_07_answers_the_server_with_an_object(Via via)
    {
        await using var server = await SocketServer.StartAsync();
        await using var client = server.Client(via);
        var socket = client.Socket();
        socket.On("ack", static () => Ack.Values(5, new { test = true }));
        var got = socket.OnceAsync<JsonElement?>("got it", TestContext.Current.CancellationToken);
        await server.ConnectAsync(socket, via);
        await socket.EmitAsync("ack");
        await got.Within();
    }

    [Theory]
    [EachTransport]
    public async Task SIOC_C_08_SIOC_C_35_SIOC_C_36_dates_are_texts(Via via)
    {
        const string Date = "2020-01-02T03:04:05Z";
        await using var server = await SocketServer.StartAsync();
        await using var client = server.Client(via);
        var socket = client.Socket();
        var (date, inside) = (socket.OnceAsync<JsonElement>("takeDate", TestContext.Current.CancellationToken), socket.OnceAsync<JsonElement>("takeDateObj", TestContext.Current.CancellationToken));
        await server.ConnectAsync(socket, via);
        Assert.Equal(Date, (await socket.EmitWithAckAsync<JsonElement>("getAckDate", [new { test = true }]).Within()).GetString());
        await socket.EmitAsync("getDate");
        Assert.Equal(Date, (await date.Within()).GetString());
        await socket.EmitAsync("getDateObj");
        Assert.Equal(Date, (await inside.Within()).GetProperty("date").GetString());
    }

    [Theory]
    [EachTransport]
    public async Task SIOC_C_09_false_arrives(Via via)
    {
        await using var server = await SocketServer.StartAsync();
        await using var client = server.Client(via);
        var socket = client.Socket();
        var answer = socket.OnceAsync<bool?>("false", TestContext.Current.CancellationToken);
        await server.ConnectAsync(socket, via);
        await socket.EmitAsync("false");
        Assert.False(await answer.Within());
    }

    [Theory]
    [EachTransport]
    public async Task SIOC_C_10_texts_of_all_languages_arrive_in_order(Via via)
    {
        await using var server = await SocketServer.StartAsync();
        await using var client = server.Client(via);
        var socket = client.Socket();
        var journal = new Journal();
        socket.On("takeUtf8", (string text) => journal.Add(text));
        await server.ConnectAsync(socket, via);
        await socket.EmitAsync("getUtf8");
        await journal.ExpectAsync(SocketServer.Utf8);
        foreach (var text in SocketServer.Utf8)
        {
            Assert.Equal(text, await socket.EmitWithAckAsync<string>("echo", [text]).Within());
        }
    }

    [Theory]
    [EachTransport]
    public async Task SIOC_C_11_a_namespace_joins_a_connection_that_is_open(Via via)
    {
        await using var server = await SocketServer.StartAsync();
        await using var client = server.Client(via);
        var (root, foo) = (client.Socket("/"), client.Socket("/foo"));
        var first = await server.ConnectAsync(root, via);
        var second = await server.ConnectAsync(foo);
        Assert.Same(first.Conn, second.Conn);
        Assert.Equal(first.Id, await root.EmitWithAckAsync<string>("getId").Within());
        Assert.Equal(second.Id, await foo.EmitWithAckAsync<string>("getId").Within());
        Assert.NotEqual(root.Id, foo.Id);
    }

    [Fact]
    public async Task SIOC_C_12_a_namespace_opens_a_connection_that_was_closed()
    {
        await using var server = await SocketServer.StartAsync();
        await using var client = server.Client();
        var (root, foo) = (client.Socket("/"), client.Socket("/foo"));
        root.OnConnect(root.Disconnect);
        root.OnDisconnect(_ => foo.Connect());
        root.Connect();
        var first = await server.NextSocketAsync();
        Assert.NotSame(first.Conn, (await server.NextSocketAsync("/foo")).Conn);
    }

    [Theory]
    [EachTransport]
    public async Task SIOC_C_37_SIOC_C_38_SIOC_C_39_bytes_arrive_as_bytes(Via via)
    {
        await using var server = await SocketServer.StartAsync();
        await using var client = server.Client(via);
        var socket = client.Socket();
        var (down, up) = (socket.OnceAsync<byte[]>("doge", TestContext.Current.CancellationToken), socket.OnceAsync<int>("buffack", TestContext.Current.CancellationToken));
        await server.ConnectAsync(socket, via);
        await socket.EmitAsync("doge");
        Assert.Equal("asdfasdf"u8.ToArray(), await down.Within());
        await socket.EmitAsync("buffa", "asdf"u8.ToArray());
        Assert.Equal(4, await up.Within());
        Assert.Equal([0, 255], await socket.EmitWithAckAsync<byte[]>("echo", [new byte[] { 0, 255 }]).Within());
    }

    [Theory]
    [EachTransport]
    public async Task SIOC_C_40_bytes_among_other_data(Via via)
    {
        await using var server = await SocketServer.StartAsync();
        await using var client = server.Client(via);
        var socket = client.Socket();
        var answer = new Journal();
        socket.On("jsonbuff-ack", (string hello, int length, string goodbye) => answer.Add($"{hello} {length} {goodbye}"));
        await server.ConnectAsync(socket, via);
        await socket.EmitAsync("jsonbuff", new { hello = "lol", message = "howdy"u8.ToArray(), goodbye = "gotcha" });
        await answer.ExpectAsync("lol 5 gotcha");
    }

    [Theory]
    [EachTransport]
    public async Task SIOC_C_41_an_event_with_bytes_and_one_without_keep_their_order(Via via)
    {
        await using var server = await SocketServer.StartAsync();
        await using var client = server.Client(via);
        var socket = client.Socket();
        var answer = new Journal();
        socket.On("abuff2-ack", (bool hasFirst, string text) => answer.Add($"{hasFirst} {text}"));
        await server.ConnectAsync(socket, via);
        _ = socket.EmitAsync("abuff1", "abuff1"u8.ToArray());
        _ = socket.EmitAsync("abuff2", "please arrive second");
        await answer.ExpectAsync("True please arrive second");
    }

    [Fact]
    public async Task SIOC_C_28_one_of_two_sockets_leaves_and_the_connection_stays()
    {
        await using var server = await SocketServer.StartAsync();
        await using var client = server.Client();
        var (foo, asd) = (client.Socket("/foo"), client.Socket("/asd"));
        var (life, connection) = (asd.Record(), client.Record());
        await server.ConnectAsync(foo);
        var peer = await server.ConnectAsync(asd);
        foo.Disconnect();
        Assert.Equal("still here", await asd.EmitWithAckAsync<string>("echo", ["still here"]).Within());
        Assert.True(peer.Connected);
        await life.ExpectAsync("connect");
        life.ExpectNothing();
        await connection.ExpectAsync("open");
        connection.ExpectNothing();
        await asd.DisconnectAsync().Within();
        await connection.ExpectAsync("close: forced close");
        await life.ExpectAsync("disconnect: io client disconnect");
    }

    [Fact]
    public async Task SIOC_C_26_one_socket_connects_while_another_leaves()
    {
        await using var server = await SocketServer.StartAsync();
        await using var client = server.Client();
        var (foo, asd) = (client.Socket("/foo"), client.Socket("/asd"));
        foo.OnConnect(() =>
        {
            asd.Connect();
            foo.Disconnect();
        });
        foo.Connect();
        var first = await server.NextSocketAsync("/foo");
        Assert.Same(first.Conn, (await server.NextSocketAsync("/asd")).Conn);
        Assert.Equal(1, await asd.EmitWithAckAsync<int>("echo", [1]).Within());
    }

    [Fact]
    public async Task SIOC_C_27_a_server_of_version_2_is_named_as_the_reason()
    {
        await using var server = await WireServer.StartAsync();
        await using var client = server.Client();
        var socket = client.Socket();
        var life = socket.Record();
        var connecting = socket.ConnectAsync(TestContext.Current.CancellationToken);
        await server.AcceptAsync("0");
        var error = await Assert.ThrowsAsync<ConnectErrorException>(() => connecting.Within());
        Assert.StartsWith("It seems you are trying to reach a Socket.IO server in v2.x with a v3.x client", error.Message, StringComparison.Ordinal);
        await life.ExpectAsync("connect_error: " + error.Message);
        Assert.False(socket.Connected);
    }

    [Fact]
    public async Task SIOC_C_48_what_cannot_be_decoded_closes_the_connection_and_a_new_one_opens()
    {
        await using var server = await WireServer.StartAsync();
        await using var client = server.Client();
        var socket = client.Socket();
        var (life, connection) = (socket.Record(), client.Record());
        socket.Connect();
        var session = await server.AcceptAsync();
        await life.ExpectAsync("connect");
        var engine = client.Engine;
        session.Send("bad");
        await session.Ended;
        await server.AcceptAsync();
        await life.ExpectAsync("disconnect: parse error", "connect");
        await connection.ExpectAsync("open", "close: parse error", "reconnect_attempt 1", "open", "reconnect 1");
        Assert.NotSame(engine, client.Engine);
        Assert.Equal(Protocol.Engine.EngineState.Closed, engine!.State);
    }

    [Fact]
    public async Task SIOC_C_45_a_socket_that_was_left_is_the_same_one_later()
    {
        await using var server = await SocketServer.StartAsync();
        await using var client = server.Client(configure: static options => options.AutoConnect = true);
        var again = new TaskCompletionSource<(ClientSocket, bool)>(TaskCreationOptions.RunContinuationsAsynchronously);
        var socket = client.Socket("/");
        using var once = new CancellationTokenSource();
        socket.OnConnect(() =>
        {
            if (!once.IsCancellationRequested)
            {
                once.Cancel();
                socket.Disconnect();
            }
        });
        socket.OnDisconnect(_ =>
        {
            var other = client.Socket("/");
            again.TrySetResult((other, other.Active));
        });
        var (same, active) = await again.Task.Within();
        Assert.Same(socket, same);
        Assert.True(active);
        await server.NextSocketAsync();
        await server.NextSocketAsync();
    }

    [Fact]
    public async Task SIOC_C_46_SIOC_C_47_a_socket_that_is_active_asks_to_be_let_in_once()
    {
        await using var server = await WireServer.StartAsync();
        await using var client = server.Client(configure: static options => options.AutoConnect = true);
        var opened = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        client.OnOpen(() =>
        {
            Assert.Same(client.Socket("/"), client.Socket("/"));
            client.Socket("/foo").Connect();
            client.Socket("/").Connect();
            opened.TrySetResult();
        });
        var (root, foo) = (client.Socket("/"), client.Socket("/foo"));
        var life = root.Record();
        var session = await server.NextAsync();
        await opened.Task.Within();
        await session.ExpectAsync("0", "0/foo,");
        session.Send("""0{"sid":"a"}""");
        session.Send("""0/foo,{"sid":"b"}""");
        await life.ExpectAsync("connect");
        var connected = foo.ConnectAsync(TestContext.Current.CancellationToken);
        await connected.Within();
        root.Connect();
        root.Disconnect();
        foo.Disconnect();
        await session.ExpectAsync("1", "1/foo,");
        await session.Ended;
        Assert.False(session.Received.HasPending);
    }
}
