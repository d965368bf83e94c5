using Sockeye.Client.Sockets;
using Sockeye.Client.Tests.Fixtures;

namespace Sockeye.Client.Tests.Sockets;

/// <summary>What a connection goes through: the first connect, losses, the server's word.</summary>
public sealed class LifecycleTests
{
    [Fact]
    public async Task The_first_connect_is_tried_again_like_any_other()
    {
        await using var server = await SocketServer.StartAsync();
        await using var proxy = ChaosProxy.Start(server.Address);
        proxy.Refuse();
        await using var client = new SocketIOClient(proxy.Address, Clients.Options());
        var socket = client.Socket();
        var (life, connection) = (socket.Record(), client.Record());
        client.OnReconnectAttempt(number =>
        {
            if (number == 2)
            {
                proxy.Listen();
            }
        });
        await socket.ConnectAsync(TestContext.Current.CancellationToken).Within();
        await connection.ExpectAsync("error: websocket error", "reconnect_attempt 1", "error: websocket error", "reconnect_error", "reconnect_attempt 2");
        await connection.ExpectInAnyOrderAsync("open", "reconnect 2");
        await life.ExpectAsync("connect_error: websocket error", "connect_error: websocket error", "connect");
    }

    [Fact]
    public async Task The_attempts_are_counted_from_one_each_time()
    {
        await using var server = await SocketServer.StartAsync();
        await using var client = server.Client();
        var socket = client.Socket();
        var connection = client.Record();
        var peer = await server.ConnectAsync(socket);
        for (var round = 0; round < 3; round++)
        {
            peer.Conn.Close();
            await connection.ExpectAsync("open", "close: transport close", "reconnect_attempt 1");
            Assert.Contains("reconnect 1", await connection.TakeAsync(2));
            connection.Add("open");
            peer = await server.NextSocketAsync();
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_the_server_has_ended_stays_ended(bool close)
    {
        await using var server = await SocketServer.StartAsync();
        await using var client = server.Client();
        var (root, foo) = (client.Socket(), client.Socket("/foo"));
        var (life, connection) = (root.Record(), client.Record());
        var peer = await server.ConnectAsync(root);
        peer.Disconnect(close);
        await life.ExpectAsync("connect", "disconnect: io server disconnect");
        await connection.ExpectAsync("open", "close: forced close");
        Assert.False(root.Active);

        // The connection of another namespace has nothing to do with it.
        await server.ConnectAsync(foo);
        Assert.False(root.Active);
        await connection.ExpectAsync("open");
        life.ExpectNothing();
        await server.ConnectAsync(root);
        await life.ExpectAsync("connect");
    }

    [Fact]
    public async Task A_server_that_falls_silent_is_left_after_its_heartbeat_s_time()
    {
        await using var server = await WireServer.StartAsync();
        var clock = new RecordingClock();
        await using var client = server.Client(configure: options =>
        {
            options.TimeProvider = clock;
            options.CloseTimeout = TimeSpan.FromMinutes(5);
        });
        var socket = client.Socket();
        var life = socket.Record();
        socket.Connect();
        await server.AcceptAsync();
        await life.ExpectAsync("connect");

        // pingInterval 25 s and pingTimeout 20 s, as the handshake says.
        clock.Advance(TimeSpan.FromSeconds(44));
        life.ExpectNothing();
        clock.Advance(TimeSpan.FromSeconds(2));
        await life.ExpectAsync("disconnect: ping timeout");
    }
}
