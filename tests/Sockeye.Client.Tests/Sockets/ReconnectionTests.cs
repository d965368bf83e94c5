using Sockeye.Client.Engine;
using Sockeye.Client.Sockets;
using Sockeye.Client.Tests.Fixtures;

namespace Sockeye.Client.Tests.Sockets;

/// <summary>test/connection.ts of the official client: coming back, giving up, staying away.</summary>
public sealed class ReconnectionTests
{
    [Theory]
    [EachTransport]
    public async Task SIOC_C_13_comes_back_by_default(Via via)
    {
        await using var server = await SocketServer.StartAsync();
        await using var client = server.Client(via);
        var socket = client.Socket();
        var (life, connection) = (socket.Record(), client.Record());
        await server.ConnectAsync(socket, via);
        client.Engine!.Close();
        await life.ExpectAsync("connect", "disconnect: forced close", "connect");
        await connection.ExpectAsync("open", "close: forced close", "reconnect_attempt 1");
        await connection.ExpectInAnyOrderAsync("open", "reconnect 1");
        Assert.Equal(3, await socket.EmitWithAckAsync<int>("echo", [3]).Within());
    }

    [Theory]
    [EachTransport]
    public async Task Comes_back_when_the_server_closes_the_connection(Via via)
    {
        await using var server = await SocketServer.StartAsync();
        await using var client = server.Client(via);
        var socket = client.Socket();
        var life = socket.Record();
        var peer = await server.ConnectAsync(socket, via);
        peer.Conn.Close();
        await life.ExpectAsync("connect", "disconnect: transport close", "connect");
    }

    [Fact]
    public async Task SIOC_C_14_SIOC_C_15_comes_back_by_hand_and_by_itself_after_that()
    {
        await using var server = await SocketServer.StartAsync();
        await using var client = server.Client();
        var socket = client.Socket();
        var (life, connection) = (socket.Record(), client.Record());
        await server.ConnectAsync(socket);
        socket.Disconnect();
        await server.ConnectAsync(socket);
        await life.ExpectAsync("connect", "disconnect: io client disconnect", "connect");
        client.Engine!.Close();
        await life.ExpectAsync("disconnect: forced close", "connect");
        await connection.ExpectAsync("open", "close: forced close", "open", "close: forced close", "reconnect_attempt 1");
        await connection.ExpectInAnyOrderAsync("open", "reconnect 1");
    }

    [Fact]
    public async Task SIOC_C_16_SIOC_C_22_SIOC_C_23_SIOC_C_24_gives_up_after_so_many_attempts_and_begins_anew_when_told()
    {
        await using var client = new SocketIOClient(Clients.Nowhere, Clients.Options(configure: static options =>
        {
            options.Timeout = TimeSpan.Zero;
            options.ReconnectionAttempts = 2;
        }));
        var socket = client.Socket("/timeout");
        var connection = client.Record();
        for (var round = 0; round < 2; round++)
        {
            socket.Connect();
            await connection.ExpectAsync(
                "error: timeout", "reconnect_attempt 1", "error: timeout", "reconnect_error", "reconnect_attempt 2", "error: timeout", "reconnect_failed", "reconnect_error");
            Assert.True(socket.Active);
        }

        connection.ExpectNothing();
    }

    [Theory]
    [EachTransport(JsonOnly = true)]
    public async Task SIOC_C_30_gives_up_where_nobody_listens(Via via)
    {
        await using var client = new SocketIOClient(Clients.Nowhere, Clients.Options(via, static options => options.ReconnectionAttempts = 2));
        var socket = client.Socket("/asd");
        var (life, connection) = (socket.Record(), client.Record());
        var error = await Assert.ThrowsAsync<ReconnectFailedException>(() => socket.ConnectAsync(TestContext.Current.CancellationToken).Within());
        Assert.IsType<TransportException>(error.InnerException);
        var name = via == Via.WebSocket ? "websocket error" : "xhr poll error";
        await connection.ExpectAsync(
            $"error: {name}", "reconnect_attempt 1", $"error: {name}", "reconnect_error", "reconnect_attempt 2", $"error: {name}", "reconnect_failed", "reconnect_error");
        await life.ExpectAsync($"connect_error: {name}", $"connect_error: {name}", $"connect_error: {name}");
        Assert.Equal(3, client.Attempts.Count);
    }

    [Fact]
    public async Task SIOC_C_17_SIOC_C_33_the_delay_grows_and_runs_on_the_given_clock()
    {
        var clock = new RecordingClock();
        await using var client = new SocketIOClient(Clients.Nowhere, Clients.Options(configure: options =>
        {
            options.TimeProvider = clock;
            options.ReconnectionAttempts = 3;
            options.ReconnectionDelay = TimeSpan.FromMilliseconds(100);
            options.ReconnectionDelayMax = TimeSpan.FromSeconds(5);
            options.RandomizationFactor = 0.2;
            options.CloseTimeout = TimeSpan.FromMinutes(1);
        }));
        var connection = client.Record();
        client.Socket().Connect();
        await connection.ExpectAsync("error: websocket error");
        for (var attempt = 1; attempt <= 3; attempt++)
        {
            var middle = 100 << (attempt - 1);
            var delay = await clock.TimerAsync(0.8 * middle, 1.2 * middle);
            clock.Advance(delay - TimeSpan.FromMilliseconds(1));
            if (attempt > 1)
            {
                await connection.ExpectAsync("reconnect_error");
            }

            connection.ExpectNothing();
            clock.Advance(TimeSpan.FromMilliseconds(1));
            await connection.ExpectAsync($"reconnect_attempt {attempt}", "error: websocket error");
        }

        await connection.ExpectAsync("reconnect_failed", "reconnect_error");
    }

    [Fact]
    public async Task SIOC_C_18_disconnecting_in_the_first_error_makes_no_attempt()
    {
        var (client, connection, clock) = Timing();
        await using (client)
        {
            var socket = client.Socket("/invalid");
            client.OnError(_ => socket.Disconnect());
            client.OnError(_ => connection.Add("after"));
            socket.Connect();
            await connection.ExpectAsync("error: timeout", "after");

            // The time of the attempt passes, and one that was made by hand comes next.
            clock.Advance(TimeSpan.FromSeconds(10));
            socket.Connect();
            await connection.ExpectAsync("close: forced close", "error: timeout", "after");
        }
    }

    [Fact]
    public async Task SIOC_C_19_disconnecting_in_an_attempt_stops_them()
    {
        var (client, connection, clock) = Timing();
        await using (client)
        {
            var socket = client.Socket("/invalid");
            client.OnReconnectAttempt(_ => socket.Disconnect());
            client.OnReconnectAttempt(_ => connection.Add("after"));
            socket.Connect();
            await connection.ExpectAsync("error: timeout");
            await PassAsync(clock);
            await connection.ExpectAsync("reconnect_attempt 1", "after", "close: forced close");
            Assert.False(socket.Active);
            clock.Advance(TimeSpan.FromSeconds(10));
            socket.Connect();
            await connection.ExpectAsync("error: timeout");
        }
    }

    [Fact]
    public async Task SIOC_C_20_disconnecting_and_connecting_in_an_attempt_goes_on()
    {
        var (client, connection, clock) = Timing();
        await using (client)
        {
            var socket = client.Socket("/invalid");
            client.OnReconnectAttempt(_ =>
            {
                socket.Disconnect();
                socket.Connect();
            });
            socket.Connect();
            await connection.ExpectAsync("error: timeout");
            await PassAsync(clock);
            await connection.ExpectAsync("reconnect_attempt 1", "close: forced close", "error: timeout");
            await PassAsync(clock);
            await connection.ExpectAsync("reconnect_attempt 1", "close: forced close", "error: timeout");
        }
    }

    [Fact]
    public async Task SIOC_C_21_one_socket_leaves_during_a_reconnection_and_the_other_comes_back()
    {
        await using var server = await SocketServer.StartAsync();
        await using var client = server.Client();
        var (root, asd) = (client.Socket("/"), client.Socket("/asd"));
        var (left, stayed) = (root.Record(), asd.Record());
        await server.ConnectAsync(root);
        await server.ConnectAsync(asd);
        client.OnReconnectAttempt(_ => root.Disconnect());
        client.Engine!.Close();
        await stayed.ExpectAsync("connect", "disconnect: forced close", "connect");
        Assert.Equal(1, await asd.EmitWithAckAsync<int>("echo", [1]).Within());
        await left.ExpectAsync("connect", "disconnect: forced close");
        left.ExpectNothing();
        Assert.False(root.Active);
    }

    [Fact]
    public async Task SIOC_C_25_a_server_that_is_there_needs_no_attempt()
    {
        await using var server = await SocketServer.StartAsync();
        await using var client = server.Client();
        var connection = client.Record();
        await server.ConnectAsync(client.Socket("/valid"));
        await client.CloseAsync().Within();
        await connection.ExpectAsync("open", "close: forced close");
        Assert.Single(client.Attempts);
    }

    [Fact]
    public async Task SIOC_C_29_reconnection_switched_off_stops_the_attempts()
    {
        var (client, connection, clock) = Timing();
        await using (client)
        {
            client.OnReconnectError(_ => client.Reconnection = false);
            client.OnReconnectError(_ => connection.Add("off"));
            var connecting = client.Socket().ConnectAsync(TestContext.Current.CancellationToken);
            await connection.ExpectAsync("error: timeout");
            await PassAsync(clock);
            await connection.ExpectAsync("reconnect_attempt 1", "error: timeout", "reconnect_error", "off");
            await PassAsync(clock);
            await Assert.ThrowsAsync<ReconnectFailedException>(() => connecting.Within());
            connection.ExpectNothing();
        }
    }

    [Fact]
    public async Task SIOC_C_31_without_reconnection_there_is_no_attempt()
    {
        await using var client = new SocketIOClient(Clients.Nowhere, Clients.Options(configure: static options => options.Reconnection = false));
        var connection = client.Record();
        var socket = client.Socket("/invalid");
        for (var round = 0; round < 2; round++)
        {
            var error = await Assert.ThrowsAsync<ReconnectFailedException>(() => socket.ConnectAsync(TestContext.Current.CancellationToken).Within());
            Assert.Equal("websocket error", Assert.IsType<TransportException>(error.InnerException).Error);
            await connection.ExpectAsync("error: websocket error");
        }

        connection.ExpectNothing();
        Assert.Equal(2, client.Attempts.Count);
    }

    [Fact]
    public async Task SIOC_C_32_another_socket_makes_no_attempts_of_its_own()
    {
        await using var client = new SocketIOClient(Clients.Nowhere, Clients.Options(configure: static options => options.ReconnectionAttempts = 2));
        var connection = client.Record();
        client.OnReconnectAttempt(_ => client.Socket("/room2").Connect());
        await Assert.ThrowsAsync<ReconnectFailedException>(() => client.Socket("/room1").ConnectAsync(TestContext.Current.CancellationToken).Within());
        await connection.ExpectAsync(
            "error: websocket error", "reconnect_attempt 1", "error: websocket error", "reconnect_error", "reconnect_attempt 2", "error: websocket error", "reconnect_failed", "reconnect_error");
        Assert.Equal(3, client.Attempts.Count);
    }

    // A connection that never opens, on a clock that the test moves: attempts come when it says so.
    private static (SocketIOClient Client, Journal Connection, RecordingClock Clock) Timing()
    {
        var clock = new RecordingClock();
        var client = new SocketIOClient(Clients.Nowhere, Clients.Options(configure: options =>
        {
            options.TimeProvider = clock;
            options.Timeout = TimeSpan.Zero;
            options.ReconnectionDelay = TimeSpan.FromMilliseconds(777);
            options.ReconnectionDelayMax = TimeSpan.FromMilliseconds(777);
        }));
        return (client, client.Record(), clock);
    }

    private static async Task PassAsync(RecordingClock clock)
    {
        await clock.TimerAsync(777, 777);
        clock.Advance(TimeSpan.FromMilliseconds(777));
    }

    [Fact]
    public async Task Connecting_from_the_news_of_an_end_begins_anew_without_reconnection()
    {
        await using var server = await SockeyeServer.LaunchAsync(new());
        await using var client = new SocketIOClient(server.Address, new SocketIOClientOptions { Reconnection = false });
        var socket = client.Socket();
        var connects = new Inbox<string>();
        socket.OnConnect(() => connects.Add(socket.Id!));
        socket.OnDisconnect(_ => socket.Connect());
        await socket.ConnectAsync(TestContext.Current.CancellationToken).Within();
        var first = await connects.TakeAsync();
        await server.CloseEnginesAsync().Within();
        Assert.NotEqual(first, await connects.TakeAsync());
    }
}
