using Sockeye.AspNetCore.Sockets;
using Sockeye.AspNetCore.Tests.Fixtures;
using Sockeye.AspNetCore.Transports;

namespace Sockeye.AspNetCore.Tests.Sockets;

/// <summary>
/// Volatile events are dropped when the connection cannot take them at once, and only then. The writer works on its own thread, so "at once" is made certain: by polling
/// it is while a poll waits, and what is queued first takes that poll; a WebSocket cannot take more once its client does not read.
/// </summary>
public sealed class VolatileTests
{
    private const int MoreThanTheNetworkTakes = 16 * 1024 * 1024;

    [Theory]
    [InlineData("SIO-N-19", true, new[] { "e1", "v2" }, new[] { """42["e",1]""" })]
    [InlineData("SIO-N-20", true, new[] { "v1" }, new[] { """42["e",1]""" })]
    [InlineData("SIO-S-13", false, new[] { "e1", "v2" }, new[] { """42["e",1]""" })]
    [InlineData("SIO-S-15", false, new[] { "v1" }, new[] { """42["e",1]""" })]
    [InlineData("SIO-S-17", false, new[] { "v1", "v2" }, new[] { """42["e",1]""" })]
    [InlineData("SIO-S-21", false, new[] { "e1", "v2", "e3" }, new[] { """42["e",1]""", """42["e",3]""" })]
    [InlineData("SIO-S-19 by polling", false, new[] { "b1", "b2" }, new[] { """451-["e",{"_placeholder":true,"num":0}]""", "bAQ==" })]
    [InlineData("SIO-S-20 by polling", true, new[] { "b1", "b2" }, new[] { """451-["e",{"_placeholder":true,"num":0}]""", "bAQ==" })]
    public async Task A_waiting_poll_takes_one_volatile_event_and_none_behind_another(string id, bool toAll, string[] emits, string[] expected)
    {
        Assert.NotEmpty(id);
        await using var server = await SocketIOTestServer.StartAsync();
        var client = server.Polling();
        await client.OpenAsync();
        await client.SendPacketsAsync("40");
        await client.PollAsync();
        var socket = Assert.Single(server.Io().Main.Sockets);

        // Each round could catch a writer that is too quick or too slow.
        for (var round = 0; round < 20; round++)
        {
            var poll = client.PollAsync();
            await WritableAsync(socket);
            foreach (var emit in emits)
            {
                await EmitAsync(server.Io(), socket, toAll, emit);
            }

            await socket.EmitAsync("end");
            var packets = (await poll).Packets.ToList();
            while (packets[^1] != """42["end"]""")
            {
                packets.AddRange((await client.PollAsync()).Packets);
            }

            Assert.Equal([.. expected, """42["end"]"""], packets);
        }
    }

    [Fact]
    public async Task SIO_S_13_SIO_S_17_by_polling_nothing_volatile_is_kept_for_the_next_poll()
    {
        await using var server = await SocketIOTestServer.StartAsync();
        var client = server.Polling();
        await client.OpenAsync();
        await client.SendPacketsAsync("40");
        await client.PollAsync();
        var socket = Assert.Single(server.Io().Main.Sockets);
        await socket.Volatile.EmitAsync("e", 1);
        await socket.Volatile.EmitAsync("e", new byte[] { 2 });
        await server.Io().Volatile.EmitAsync("e", 3);
        await socket.EmitAsync("end");
        Assert.Equal(["""42["end"]"""], (await client.PollAsync()).Packets);
    }

    [Theory]
    [InlineData("SIO-S-16", false, "v1", """42["e",1]""")]
    [InlineData("SIO-N-20 by WebSocket", true, "v1", """42["e",1]""")]
    [InlineData("SIO-S-16 with binary", false, "b1", """451-["e",{"_placeholder":true,"num":0}]""" + "\u001ebAQ==")]
    public async Task An_idle_WebSocket_takes_a_volatile_event(string id, bool toAll, string emit, string expected)
    {
        Assert.NotEmpty(id);
        await using var server = await SocketIOTestServer.StartAsync();
        await using var client = await SocketIOTestClient.ConnectAsync(server);
        var socket = server.Io().Main.FindSocket(client.Id)!;
        for (var round = 0; round < 20; round++)
        {
            await WritableAsync(socket);
            await EmitAsync(server.Io(), socket, toAll, emit);
            Assert.Equal(expected, (await client.ReceiveAsync()).ToString());
        }
    }

    [Theory]
    [InlineData("SIO-S-18", false, "v")]
    [InlineData("SIO-S-19", false, "b")]
    [InlineData("SIO-S-20", true, "b")]
    public async Task Of_two_volatile_events_in_a_row_the_first_comes_and_each_that_comes_is_complete(string id, bool toAll, string kind)
    {
        Assert.NotEmpty(id);
        await using var server = await SocketIOTestServer.StartAsync();
        await using var client = await SocketIOTestClient.ConnectAsync(server);
        var socket = server.Io().Main.FindSocket(client.Id)!;
        for (var round = 0; round < 50; round++)
        {
            await WritableAsync(socket);
            await EmitAsync(server.Io(), socket, toAll, $"{kind}1");
            await EmitAsync(server.Io(), socket, toAll, $"{kind}2");
            await socket.EmitAsync("end");

            // The client's fixture fails on a header without its attachments and on an attachment without a header.
            Assert.Contains(kind == "b" ? "bAQ==" : "[\"e\",1]", (await client.ReceiveAsync()).ToString(), StringComparison.Ordinal);
            var next = (await client.ReceiveAsync()).ToString();
            if (next != """42["end"]""")
            {
                Assert.Contains(kind == "b" ? "bAg==" : "[\"e\",2]", next, StringComparison.Ordinal);
                await client.ExpectAsync("""42["end"]""");
            }
        }
    }

    [Fact]
    public async Task SIO_N_19_SIO_S_14_SIO_S_18_SIO_S_19_SIO_S_20_SIO_S_22_a_WebSocket_that_is_not_read_takes_nothing_volatile_and_keeps_the_rest()
    {
        await using var server = await SocketIOTestServer.StartAsync();
        await using var client = await server.TcpAsync();
        await client.UpgradeAsync("/socket.io/?EIO=4&transport=websocket");
        await client.ReadFrameAsync();
        await client.SendFrameAsync(0x81, "40"u8);
        await client.ReadFrameAsync();
        var socket = Assert.Single(server.Io().Main.Sockets);

        await WritableAsync(socket);
        await socket.EmitAsync("big", new byte[MoreThanTheNetworkTakes]);
        await SocketIOTestServer.UntilAsync(() => socket.Conn.QueuedBytes == 0);
        await socket.Volatile.EmitAsync("e", 1);
        await socket.EmitAsync("e", 2);
        await socket.Volatile.EmitAsync("e", new byte[] { 3 });
        await socket.Volatile.EmitAsync("e", new byte[] { 4 });
        await server.Io().Volatile.EmitAsync("e", 5);
        await server.Io().Volatile.EmitAsync("e", new byte[] { 6 }, new byte[] { 7 });
        await socket.EmitAsync("e", 8);

        await client.ReadFrameAsync();
        Assert.Equal(MoreThanTheNetworkTakes, (await client.ReadFrameAsync()).Payload.Length);
        Assert.Equal("""42["e",2]""", await TextAsync(client));
        Assert.Equal("""42["e",8]""", await TextAsync(client));
        await WritableAsync(socket);
        await socket.Volatile.EmitAsync("e", 9);
        Assert.Equal("""42["e",9]""", await TextAsync(client));
    }

    private static async Task<string> TextAsync(RawTcpClient client) => System.Text.Encoding.UTF8.GetString((await client.ReadFrameAsync()).Payload);

    private static Task WritableAsync(ServerSocket socket) => SocketIOTestServer.UntilAsync(() => ((ITransportOwner)socket.Conn).Queue.IsWritable);

    private static Task EmitAsync(SocketIOServer io, ServerSocket socket, bool toAll, string emit)
    {
        var number = emit[1] - '0';
        return (emit[0], toAll) switch
        {
            ('e', false) => socket.EmitAsync("e", number),
            ('e', true) => io.EmitAsync("e", number),
            ('v', false) => socket.Volatile.EmitAsync("e", number),
            ('v', true) => io.Volatile.EmitAsync("e", number),
            ('b', false) => socket.Volatile.EmitAsync("e", new[] { (byte)number }),
            _ => io.Volatile.EmitAsync("e", new[] { (byte)number }),
        };
    }
}
