using Sockeye.AspNetCore.Sockets;
using Sockeye.AspNetCore.Tests.Fixtures;
using Sockeye.Protocol.Packets;

namespace Sockeye.AspNetCore.Tests.Sockets;

/// <summary>Messages to many sockets. Each test ends with a message to everyone: what came before it is all that came.</summary>
public sealed class MessagingManyTests
{
    private const string End = """42["end"]""";

    [Theory]
    [EachTransport]
    public async Task SIO_MM_01_the_server_reaches_the_clients_of_slash_and_of_no_other_namespace(Via via)
    {
        await using var server = await SocketIOTestServer.StartAsync(io => io.Namespace("/test"));
        await using var one = await SocketIOTestClient.ConnectAsync(server, via);
        await using var two = await SocketIOTestClient.ConnectAsync(server, via);
        await using var other = await SocketIOTestClient.ConnectAsync(server, via, "/test");
        await server.Io().EmitAsync("a", "b");
        await server.Io().Namespace("/test").EmitAsync("end");
        await one.ExpectAsync("""42["a","b"]""");
        await two.ExpectAsync("""42["a","b"]""");
        await other.ExpectAsync("""42/test,["end"]""");
    }

    [Theory]
    [EachTransport]
    public async Task SIO_MM_02_the_same_with_binary(Via via)
    {
        await using var server = await SocketIOTestServer.StartAsync(io => io.Namespace("/test"));
        await using var one = await SocketIOTestClient.ConnectAsync(server, via);
        await using var two = await SocketIOTestClient.ConnectAsync(server, via);
        await using var other = await SocketIOTestClient.ConnectAsync(server, via, "/test");
        await server.Io().EmitAsync("bin", new byte[] { 1, 2, 3 });
        await server.Io().Namespace("/test").EmitAsync("end");
        foreach (var socket in (SocketIOTestSocket[])[one, two])
        {
            await socket.ExpectAsync("""451-["bin",{"_placeholder":true,"num":0}]""", "bAQID");
        }

        await other.ExpectAsync("""42/test,["end"]""");
    }

    [Theory]
    [EachTransport]
    public async Task SIO_MM_03_a_broadcast_of_a_socket_reaches_everyone_but_it(Via via)
    {
        await using var server = await SocketIOTestServer.StartAsync(io =>
        {
            io.Namespace("/test");
            io.On("broadcast", (ServerSocket socket, PacketArguments all) => socket.Broadcast.EmitAsync("a", all));
            io.On("end", async (ServerSocket socket) => await socket.Namespace.EmitAsync("end"));
        });
        await using var sender = await SocketIOTestClient.ConnectAsync(server, via);
        await using var one = await SocketIOTestClient.ConnectAsync(server, via);
        await using var two = await SocketIOTestClient.ConnectAsync(server, via);
        await using var other = await SocketIOTestClient.ConnectAsync(server, via, "/test");
        await sender.EmitAsync("broadcast", "b");
        await sender.EmitAsync("end");
        await one.ExpectAsync("""42["a","b"]""", End);
        await two.ExpectAsync("""42["a","b"]""", End);
        await sender.ExpectAsync(End);
        Assert.Empty(other.Client.TakePending());
    }

    [Theory]
    [EachTransport]
    public async Task SIO_MM_04_the_server_reaches_those_in_a_room(Via via)
    {
        await using var server = await StartAsync();
        var (a, b, c) = await ConnectThreeAsync(server, via);
        await using (a)
        await using (b)
        await using (c)
        {
            await JoinAsync(a, "woot");
            await server.Io().In("woot").EmitAsync("a");
            await server.Io().To("empty").EmitAsync("nobody");
            await server.Io().EmitAsync("end");
            await a.ExpectAsync("""42["a"]""", End);
            await b.ExpectAsync(End);
            await c.ExpectAsync(End);
        }
    }

    [Theory]
    [EachTransport]
    public async Task SIO_MM_05_who_is_in_two_rooms_gets_it_once(Via via)
    {
        await using var server = await StartAsync();
        var (a, b, c) = await ConnectThreeAsync(server, via);
        await using (a)
        await using (b)
        await using (c)
        {
            await JoinAsync(a, "woot");
            await JoinAsync(a, "test");
            await JoinAsync(b, "third");
            await server.Io().In("woot").In("test").To("woot", "test").EmitAsync("a");
            await server.Io().In("third").EmitAsync("b");
            await server.Io().EmitAsync("end");
            await a.ExpectAsync("""42["a"]""", End);
            await b.ExpectAsync("""42["b"]""", End);
            await c.ExpectAsync(End);
        }
    }

    [Theory]
    [EachTransport]
    public async Task SIO_MM_06_SIO_MM_07_a_socket_reaches_those_in_a_room_but_itself_text_and_binary(Via via)
    {
        await using var server = await StartAsync();
        var (a, b, c) = await ConnectThreeAsync(server, via);
        await using (a)
        await using (b)
        await using (c)
        {
            await JoinAsync(a, "woot");
            await JoinAsync(b, "woot");
            await SocketOf(server, b).Broadcast.To("woot").EmitAsync("a", "b");
            await SocketOf(server, b).To("woot").EmitAsync("bin", new byte[] { 3, 2, 1 });
            await server.Io().EmitAsync("end");
            await a.ExpectAsync("""42["a","b"]""", """451-["bin",{"_placeholder":true,"num":0}]""", "bAwIB", End);
            await b.ExpectAsync(End);
            await c.ExpectAsync(End);
        }
    }

    [Fact]
    public async Task SIO_MM_08_a_socket_knows_its_rooms()
    {
        await using var sockets = new InMemorySockets();
        var (_, socket) = sockets.Connect();
        Assert.Equal([socket.Id], socket.Rooms);
        await socket.JoinAsync("a");
        Assert.True(socket.Rooms.SetEquals([socket.Id, "a"]));
        await socket.JoinAsync("b");
        await socket.JoinAsync("c");
        await socket.LeaveAsync("b");
        Assert.True(socket.Rooms.SetEquals([socket.Id, "a", "c"]));
        await socket.LeaveAllAsync();
        Assert.Empty(socket.Rooms);
    }

    [Fact]
    public async Task SIO_MM_09_a_room_is_gone_with_its_last_socket()
    {
        await using var sockets = new InMemorySockets();
        var (_, socket) = sockets.Connect();
        var (_, other) = sockets.Connect();
        await socket.JoinAsync("a");
        await other.JoinAsync("a");
        Assert.Equal(3, sockets.Io.Main.Adapter.RoomCount);
        await socket.LeaveAsync("a");
        Assert.Equal(3, sockets.Io.Main.Adapter.RoomCount);
        await other.LeaveAsync("a");
        Assert.Equal(2, sockets.Io.Main.Adapter.RoomCount);
    }

    [Fact]
    public async Task SIO_MM_10_leaving_a_room_that_nobody_is_in_does_nothing()
    {
        await using var sockets = new InMemorySockets();
        var (_, socket) = sockets.Connect();
        await socket.LeaveAsync("unknown");
        await sockets.Io.To("unknown").SocketsLeaveAsync("unknown");
        Assert.Equal([socket.Id], socket.Rooms);
        Assert.Equal(1, sockets.Io.Main.Adapter.RoomCount);
    }

    [Fact]
    public async Task SIO_MM_11_a_socket_joins_and_leaves_several_rooms_at_once()
    {
        await using var sockets = new InMemorySockets();
        var (_, socket) = sockets.Connect();
        await socket.JoinAsync("a", "b", "c", "a");
        Assert.True(socket.Rooms.SetEquals([socket.Id, "a", "b", "c"]));
        await socket.LeaveAsync("a", "c");
        Assert.True(socket.Rooms.SetEquals([socket.Id, "b"]));
    }

    [Theory]
    [EachTransport]
    public async Task SIO_MM_12_SIO_MM_13_a_broadcast_leaves_out_ids_and_rooms(Via via)
    {
        await using var server = await StartAsync();
        var (a, b, c) = await ConnectThreeAsync(server, via);
        await using (a)
        await using (b)
        await using (c)
        {
            await JoinAsync(b, "room");
            var sender = SocketOf(server, a);
            await sender.Broadcast.Except(b.Id).EmitAsync("not b", 1);
            await sender.Broadcast.Except("room").EmitAsync("not room", 2);
            await sender.Except("room", c.Id).EmitAsync("nobody", 3);
            await server.Io().To(b.Id, c.Id).Except("room").EmitAsync("c", 4);
            await server.Io().EmitAsync("end");
            await a.ExpectAsync(End);
            await b.ExpectAsync(End);
            await c.ExpectAsync("""42["not b",1]""", """42["not room",2]""", """42["c",4]""", End);
        }
    }

    [Fact]
    public async Task SIO_MM_14_operators_that_begin_at_a_socket_are_immutable()
    {
        await using var sockets = new InMemorySockets();
        var (_, socket) = sockets.Connect();
        var local = socket.Local;
        var compressed = local.Compress(false).To("room1", "room2").Except("room3");
        _ = compressed.Compress(true);
        _ = compressed.To("room4").Except("room5").Volatile.Timeout(TimeSpan.FromSeconds(1));
        Assert.Equal(["room1", "room2"], compressed.Rooms);
        Assert.Equal([socket.Id, "room3"], compressed.ExceptRooms);
        Assert.Equal(new EmitFlags(Local: true, NoCompress: true), compressed.Flags);
        Assert.Equal(new EmitFlags(Local: true), local.Flags);
        Assert.Empty(local.Rooms);

        // The flags of one emit are not those of the next: there is nothing on the socket that remembers them.
        var flagged = socket.Compress(false).Volatile.Timeout(TimeSpan.FromSeconds(2)).To("room");
        Assert.Equal(new EmitFlags(Volatile: true, NoCompress: true, Timeout: TimeSpan.FromSeconds(2)), flagged.Flags);
        Assert.Equal(default, socket.Broadcast.Flags);
        Assert.Equal(default, sockets.Io.To("x").Flags);
    }

    [Fact]
    public async Task SIO_MM_20_a_broadcast_is_one_unmasked_text_frame_on_the_wire()
    {
        await using var server = await StartAsync();
        await using var tcp = await server.TcpAsync();
        Assert.Contains(" 101 ", await tcp.UpgradeAsync("/socket.io/?EIO=4&transport=websocket"), StringComparison.Ordinal);
        await tcp.ReadFrameAsync();
        await tcp.SendFrameAsync(0x81, "40"u8);
        Assert.StartsWith("40{", System.Text.Encoding.UTF8.GetString((await tcp.ReadFrameAsync()).Payload));
        await server.Io().EmitAsync("test", "hello");
        Assert.Equal([0x81, 18, .. """42["test","hello"]"""u8], await tcp.ReadExactlyAsync(20));
        await server.Io().EmitAsync("bin", new byte[] { 1, 2 });
        Assert.Equal([0x81, 41, .. """451-["bin",{"_placeholder":true,"num":0}]"""u8, 0x82, 2, 1, 2], await tcp.ReadExactlyAsync(2 + 41 + 4));
    }

    [Fact]
    public async Task U_13_a_connection_with_permessage_deflate_gets_the_same_broadcast_compressed()
    {
        await using var server = await SocketIOTestServer.StartAsync(options: options => options.PerMessageDeflate = new() { Threshold = 0 });
        await using var plain = await SocketIOTestClient.ConnectAsync(server);
        await using var tcp = await server.TcpAsync();
        Assert.Contains("permessage-deflate", await tcp.UpgradeAsync("/socket.io/?EIO=4&transport=websocket", "Sec-WebSocket-Extensions: permessage-deflate"), StringComparison.Ordinal);
        await tcp.ReadFrameAsync();
        await tcp.SendFrameAsync(0x81, "40"u8);
        await tcp.ReadFrameAsync();
        var text = new string('x', 2000);
        await server.Io().EmitAsync("test", text);
        await server.Io().Compress(false).EmitAsync("test", text);
        await plain.ExpectAsync($"42[\"test\",\"{text}\"]", $"42[\"test\",\"{text}\"]");
        var compressed = await tcp.ReadFrameAsync();
        Assert.Equal(0xC1, compressed.FirstByte);
        Assert.InRange(compressed.Payload.Length, 1, 100);
        using var inflated = new System.IO.Compression.DeflateStream(new MemoryStream([.. compressed.Payload, 0, 0, 0xFF, 0xFF]), System.IO.Compression.CompressionMode.Decompress);
        using var reader = new StreamReader(inflated);
        Assert.Equal($"42[\"test\",\"{text}\"]", await reader.ReadToEndAsync(TestContext.Current.CancellationToken));
        var uncompressed = await tcp.ReadFrameAsync();
        Assert.Equal((0x81, $"42[\"test\",\"{text}\"]".Length), (uncompressed.FirstByte, uncompressed.Payload.Length));
    }

    [Theory]
    [EachTransport]
    public async Task A_broadcast_reaches_clients_on_all_transports_at_once_and_in_order(Via via)
    {
        await using var server = await StartAsync();
        var (a, b, c) = await ConnectThreeAsync(server, Via.Polling, Via.WebSocket, Via.Upgraded);
        await using (a)
        await using (b)
        await using (c)
        await using (var sender = await SocketIOTestClient.ConnectAsync(server, via))
        {
            var from = SocketOf(server, sender);
            for (var i = 0; i < 50; i++)
            {
                await from.Broadcast.EmitAsync("number", i, new byte[] { (byte)i });
            }

            await server.Io().EmitAsync("end");
            foreach (var socket in (SocketIOTestSocket[])[a, b, c])
            {
                for (var i = 0; i < 50; i++)
                {
                    await socket.ExpectAsync($$"""451-["number",{{i}},{"_placeholder":true,"num":0}]""", "b" + Convert.ToBase64String([(byte)i]));
                }

                await socket.ExpectAsync(End);
            }

            await sender.ExpectAsync(End);
        }
    }

    private static Task<KestrelServer> StartAsync() => SocketIOTestServer.StartAsync(io => io.On("join", async (ServerSocket socket, string room) =>
    {
        await socket.JoinAsync(room);
        return room;
    }));

    private static ServerSocket SocketOf(KestrelServer server, SocketIOTestSocket client) => server.Io().Main.FindSocket(client.Id)!;

    private static async Task JoinAsync(SocketIOTestSocket client, string room) => Assert.Equal(room, (await client.AskAsync("join", room)).Data[0].GetString());

    private static Task<(SocketIOTestSocket A, SocketIOTestSocket B, SocketIOTestSocket C)> ConnectThreeAsync(KestrelServer server, Via via) => ConnectThreeAsync(server, via, via, via);

    private static async Task<(SocketIOTestSocket A, SocketIOTestSocket B, SocketIOTestSocket C)> ConnectThreeAsync(KestrelServer server, Via a, Via b, Via c) =>
        (await SocketIOTestClient.ConnectAsync(server, a), await SocketIOTestClient.ConnectAsync(server, b), await SocketIOTestClient.ConnectAsync(server, c));
}
