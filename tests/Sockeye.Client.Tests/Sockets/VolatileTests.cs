using Sockeye.Client.Sockets;
using Sockeye.Protocol.Packets;

namespace Sockeye.Client.Tests.Sockets;

public sealed class VolatileTests
{
    [Fact]
    public async Task SIOC_S_25_is_dropped_while_the_socket_is_not_connected()
    {
        await using var server = await WireServer.StartAsync();
        await using var client = server.Client();
        var socket = client.Socket();
        await socket.Volatile.EmitAsync("lost");
        await socket.EmitAsync("kept");
        Assert.Equal(1, socket.BufferedEvents);
        socket.Connect();
        await (await server.AcceptAsync()).ExpectAsync("""2["kept"]""");
    }

    // The official client keeps it for later when the connection is open and the namespace is not: a bug (§9 Q-22).
    [Fact]
    public async Task Q_22_is_dropped_also_while_the_namespace_is_awaited()
    {
        await using var server = await WireServer.StartAsync();
        await using var client = server.Client();
        var (socket, other) = (client.Socket("/slow"), client.Socket());
        other.Connect();
        var session = await server.AcceptAsync();
        socket.Connect();
        await session.ExpectAsync("0/slow,");
        await socket.Volatile.EmitAsync("lost");
        var ack = socket.Volatile.Timeout(TimeSpan.Zero).EmitWithAckAsync<int>("lost too");
        Assert.Equal(0, socket.BufferedEvents);
        await Assert.ThrowsAsync<AckTimeoutException>(() => ack.Within());
        session.Send("""0/slow,{"sid":"b"}""");
        await socket.ConnectAsync(TestContext.Current.CancellationToken).Within();
        await socket.EmitAsync("kept");
        await session.ExpectAsync("""2/slow,["kept"]""");
    }

    [Theory]
    [InlineData(Via.Polling)]
    [InlineData(Via.WebSocket)]
    public async Task SIOC_S_26_is_dropped_with_its_bytes_while_something_waits_for_the_network(Via via)
    {
        await using var server = await WireServer.StartAsync();
        await using var proxy = Fixtures.ChaosProxy.Start(new Uri(server.Url));
        await using var client = new SocketIOClient(proxy.Address, Clients.Options(via));
        var socket = client.Socket();
        socket.Connect();
        var session = await server.AcceptAsync();
        await socket.ConnectAsync(TestContext.Current.CancellationToken).Within();
        proxy.Rules.Hold(Fixtures.ProxyDirection.Up);

        // More than any buffer of the system takes.
        for (var i = 0; i < 13; i++)
        {
            _ = socket.EmitAsync("kept", new byte[700_000]);
        }

        await socket.Volatile.EmitAsync("lost", new byte[] { 1 });
        _ = socket.EmitAsync("last");
        proxy.Rules.Pass();
        for (var i = 0; i < 13; i++)
        {
            await session.ExpectAsync("""51-["kept",{"_placeholder":true,"num":0}]""");
            Assert.Equal("binary ".Length + 1_400_000, (await session.TakeAsync()).Length);
        }

        await session.ExpectAsync("""2["last"]""");
    }

    [Theory]
    [InlineData(Via.Polling)]
    [InlineData(Via.WebSocket)]
    [InlineData(Via.Upgraded)]
    public async Task SIOC_S_27_is_sent_while_nothing_waits(Via via)
    {
        await using var server = await SocketServer.StartAsync();
        await using var client = server.Client(via);
        var socket = client.Socket();
        await server.ConnectAsync(socket, via);

        // The answer is there: what asked for it has left, and the connection is idle as soon as its write has ended.
        while (true)
        {
            Assert.Equal(1, await socket.EmitWithAckAsync<int>("echo", [1]).Within());
            try
            {
                Assert.Equal(2, await socket.Volatile.Timeout(TimeSpan.FromMilliseconds(250)).EmitWithAckAsync<int>("echo", [2]).Within());
                return;
            }
            catch (AckTimeoutException)
            {
                // As the official test does: it tries until it goes through; the runner bounds it.
                TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            }
        }
    }
}
