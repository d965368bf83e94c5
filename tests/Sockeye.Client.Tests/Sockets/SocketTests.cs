using System.Text.Json;
using Sockeye.Client.Engine;
using Sockeye.Client.Sockets;
using Sockeye.Protocol.Packets;

namespace Sockeye.Client.Tests.Sockets;

/// <summary>test/socket.ts of the official client: ids, errors, query, auth, order.</summary>
public sealed class SocketTests
{
    [Theory]
    [EachTransport("/")]
    [EachTransport("/foo")]
    public async Task SIOC_S_01_SIOC_S_02_SIOC_S_03_the_id_is_the_server_s_while_connected(Via via, string ns)
    {
        await using var server = await SocketServer.StartAsync();
        await using var client = server.Client(via);
        var socket = client.Socket(ns);
        var idAtEnd = new TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously);
        socket.OnDisconnect(_ => idAtEnd.TrySetResult(socket.Id));
        Assert.Null(socket.Id);
        await server.ConnectAsync(socket, via);
        Assert.Equal(socket.Id, await socket.EmitWithAckAsync<string>("getId").Within());
        Assert.NotNull(client.Engine!.Id);
        Assert.NotEqual(socket.Id, client.Engine.Id);
        socket.Disconnect();
        Assert.Null(socket.Id);
        Assert.Null(await idAtEnd.Task.Within());
    }

    [Theory]
    [EachTransport(JsonOnly = true)]
    public async Task SIOC_S_04_disconnecting_while_it_opens_is_no_error(Via via)
    {
        await using var server = await WireServer.StartAsync();
        await using var client = server.Client(via);
        var socket = client.Socket();
        var (life, connection) = (socket.Record(), client.Record());
        var connecting = socket.ConnectAsync(TestContext.Current.CancellationToken);
        socket.Disconnect();
        var error = await Assert.ThrowsAsync<DisconnectedException>(() => connecting.Within());
        Assert.Equal(DisconnectReason.IOClientDisconnect, error.Reason);
        socket.Connect();
        await server.AcceptAsync();
        await life.ExpectAsync("connect");
        Assert.DoesNotContain(connection.TakePending(), static line => line.StartsWith("error", StringComparison.Ordinal));
    }

    [Theory]
    [EachTransport(JsonOnly = true)]
    public async Task SIOC_S_05_nobody_there_is_a_connect_error(Via via)
    {
        await using var client = new SocketIOClient(Clients.Nowhere, Clients.Options(via));
        var socket = client.Socket();
        var error = new TaskCompletionSource<Exception>(TaskCreationOptions.RunContinuationsAsynchronously);
        socket.OnConnectError(e => error.TrySetResult(e));
        socket.Connect();
        Assert.IsType<TransportException>(await error.Task.Within());
        Assert.True(socket.Active);
    }

    [Theory]
    [InlineData(Via.Polling)]
    [InlineData(Via.WebSocket)]
    public async Task SIOC_S_06_SIOC_S_07_no_time_to_open_is_a_connect_error_at_once(Via via)
    {
        await using var server = await SocketServer.StartAsync();
        await using var client = server.Client(via, static options => options.Timeout = TimeSpan.Zero);
        var socket = client.Socket();
        var life = socket.Record();
        socket.Connect();
        await life.ExpectAsync("connect_error: timeout");
    }

    [Theory]
    [EachTransport(JsonOnly = true)]
    public async Task An_attempt_that_takes_too_long_is_given_up_and_the_next_one_made(Via via)
    {
        await using var server = await SocketServer.StartAsync();
        await using var proxy = Fixtures.ChaosProxy.Start(server.Address);
        proxy.Rules.Hold(Fixtures.ProxyDirection.Down);
        var clock = new RecordingClock();
        await using var client = new SocketIOClient(proxy.Address, Clients.Options(via, options =>
        {
            options.TimeProvider = clock;
            options.Timeout = TimeSpan.FromMilliseconds(4321);
            options.ReconnectionDelay = options.ReconnectionDelayMax = TimeSpan.FromMilliseconds(777);
            options.CloseTimeout = TimeSpan.FromMilliseconds(50);
        }));
        var socket = client.Socket();
        var life = socket.Record();
        socket.Connect();
        await clock.TimerAsync(4321, 4321);
        clock.Advance(TimeSpan.FromMilliseconds(4321));
        await life.ExpectAsync("connect_error: timeout");
        proxy.Rules.Pass();
        await clock.TimerAsync(777, 777);
        clock.Advance(TimeSpan.FromMilliseconds(777));
        await life.ExpectAsync("connect");
        Assert.Equal(2, client.Attempts.Count(static attempt => !attempt.IsUpgrade));
    }

    [Fact]
    public async Task SIOC_S_08_a_connection_that_drops_is_no_connect_error()
    {
        await using var server = await SocketServer.StartAsync();
        await using var client = server.Client();
        var socket = client.Socket();
        var life = socket.Record();
        await server.ConnectAsync(socket);
        client.Engine!.Close();
        await life.ExpectAsync("connect", "disconnect: forced close", "connect");
        life.ExpectNothing();
    }

    [Fact]
    public async Task SIOC_S_09_the_id_is_another_after_a_reconnection()
    {
        await using var server = await SocketServer.StartAsync();
        await using var client = server.Client();
        var socket = client.Socket();
        var life = new Journal();
        socket.OnConnect(() => life.Add(socket.Id ?? "none"));
        client.OnReconnectAttempt(_ => life.Add(socket.Id ?? "none"));
        var first = await server.ConnectAsync(socket);
        await life.ExpectAsync(first.Id);
        client.Engine!.Close();
        await life.ExpectAsync("none", (await server.NextSocketAsync()).Id);
    }

    [Theory]
    [EachTransport]
    public async Task SIOC_S_19_a_middleware_s_refusal_is_a_connect_error_with_its_message_and_data(Via via)
    {
        await using var server = await SocketServer.StartAsync();
        await using var client = server.Client(via);
        var socket = client.Socket("/no");
        var life = socket.Record();
        var error = await Assert.ThrowsAsync<ConnectErrorException>(() => socket.ConnectAsync(TestContext.Current.CancellationToken).Within());
        Assert.Equal("Auth failed (custom namespace)", error.Message);
        Assert.Equal(7, Assert.IsType<JsonElement>(error.Details).GetProperty("code").GetInt32());
        await life.ExpectAsync("connect_error: Auth failed (custom namespace)");
        Assert.False(socket.Active);
        Assert.False(socket.Connected);
    }

    [Fact]
    public async Task SIOC_S_20_after_a_refusal_a_reconnection_does_not_try_that_socket()
    {
        await using var server = await SocketServer.StartAsync();
        await using var client = server.Client();
        var (no, root) = (client.Socket("/no"), client.Socket());
        var (refused, life) = (no.Record(), root.Record());
        await server.ConnectAsync(root);
        no.Connect();
        await refused.ExpectAsync("connect_error: Auth failed (custom namespace)");
        client.Engine!.Close();
        await life.ExpectAsync("connect", "disconnect: forced close", "connect");
        Assert.Equal(1, await root.EmitWithAckAsync<int>("echo", [1]).Within());
        refused.ExpectNothing();

        // By hand it asks again.
        no.Connect();
        await refused.ExpectAsync("connect_error: Auth failed (custom namespace)");
    }

    [Fact]
    public async Task SIOC_S_21_disconnecting_and_connecting_in_connect_is_one_disconnect()
    {
        await using var server = await SocketServer.StartAsync();
        await using var client = server.Client();
        var socket = client.Socket();
        var life = socket.Record();
        using var once = new CancellationTokenSource();
        socket.OnConnect(() =>
        {
            if (!once.IsCancellationRequested)
            {
                once.Cancel();
                socket.Disconnect();
                socket.Connect();
            }
        });
        socket.Connect();
        await life.ExpectAsync("connect", "disconnect: io client disconnect", "connect");
        Assert.Equal(1, await socket.EmitWithAckAsync<int>("echo", [1]).Within());
        life.ExpectNothing();
    }

    [Theory]
    [InlineData("connect")]
    [InlineData("connect_error")]
    [InlineData("disconnect")]
    [InlineData("disconnecting")]
    [InlineData("newListener")]
    [InlineData("removeListener")]
    public async Task SIOC_S_22_names_of_the_library_are_refused(string name)
    {
        await using var client = new SocketIOClient(Clients.Nowhere);
        var socket = client.Socket();
        var message = $"\"{name}\" is a reserved event name";
        Assert.Equal(message, (await Assert.ThrowsAsync<ArgumentException>(() => socket.EmitAsync(name, "goodbye"))).Message);
        Assert.Equal(message, (await Assert.ThrowsAsync<ArgumentException>(() => socket.EmitAsync(name))).Message);
        Assert.Equal(message, (await Assert.ThrowsAsync<ArgumentException>(() => socket.EmitWithAckAsync<int>(name))).Message);
        Assert.Equal(message, (await Assert.ThrowsAsync<ArgumentException>(() => socket.Volatile.EmitAsync(name))).Message);
        Assert.Equal(message, Assert.Throws<ArgumentException>(() => socket.On(name, static () => { })).Message);
        Assert.Equal(message, Assert.Throws<ArgumentException>(() => socket.Once(name, static () => { })).Message);
        await Assert.ThrowsAsync<ArgumentNullException>(() => socket.EmitAsync(null!));
    }

    [Theory]
    [EachTransport]
    public async Task SIOC_S_23_what_waits_goes_before_what_is_sent_in_connect(Via via)
    {
        await using var server = await SocketServer.StartAsync();
        await using var client = server.Client(via);
        var socket = client.Socket();
        var journal = new Journal();
        socket.OnConnect(async () => journal.Add(await socket.EmitWithAckAsync<string>("echo", ["second"])));
        var first = socket.EmitWithAckAsync<string>("echo", ["first"]);
        Assert.Equal(1, socket.BufferedEvents);
        var peer = await server.ConnectAsync(socket, via);
        Assert.Equal("first", await first.Within());
        await journal.ExpectAsync("second");
        Assert.Equal(0, socket.BufferedEvents);
    }

    [Fact]
    public async Task What_waits_leaves_in_the_order_of_the_calls_with_its_bytes_and_before_what_connect_sends()
    {
        await using var server = await WireServer.StartAsync();
        await using var client = server.Client();
        var socket = client.Socket();
        await socket.EmitAsync("a", 1);
        var ack = socket.EmitWithAckAsync<int>("b", [new byte[] { 1, 2 }]);
        await socket.SendAsync("c", null, true);
        socket.OnConnect(() => socket.EmitAsync("d"));
        socket.Connect();
        var session = await server.AcceptAsync();
        await session.ExpectAsync("""2["a",1]""", """51-0["b",{"_placeholder":true,"num":0}]""", "binary 0102", """2["message","c",null,true]""", """2["d"]""");
        session.Send("30[42]");
        Assert.Equal(42, await ack.Within());
    }

    [Theory]
    [EachTransport]
    public async Task SIOC_S_24_emits_and_gets_an_acknowledgement(Via via)
    {
        await using var server = await SocketServer.StartAsync();
        await using var client = server.Client(via);
        var socket = client.Socket();
        await server.ConnectAsync(socket, via);
        Assert.Equal(123, await socket.EmitWithAckAsync<int>("echo", [123]).Within());
    }
}
