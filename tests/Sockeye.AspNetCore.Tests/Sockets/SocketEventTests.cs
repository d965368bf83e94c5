using System.Text.Json;
using Microsoft.AspNetCore.Hosting;
using Sockeye.AspNetCore.Sockets;
using Sockeye.AspNetCore.Tests.Fixtures;
using Sockeye.Protocol.Packets;

namespace Sockeye.AspNetCore.Tests.Sockets;

/// <summary>Events in both directions, text and binary, over each transport.</summary>
public sealed class SocketEventTests
{
    private static readonly JsonSerializerOptions AsJavaScript = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    [Theory]
    [EachTransport]
    public async Task SIO_S_01_each_connect_runs_the_connection_handlers_once_also_after_the_connection_was_closed_underneath(Via via)
    {
        var journal = new Journal();
        await using var server = await SocketIOTestServer.StartAsync(io =>
        {
            io.OnConnection(socket => journal.Add($"connect {socket.Id}"));
            io.OnDisconnect((socket, reason) => journal.Add($"disconnect {socket.Id} {reason.ToWireString()}"));
        });
        await using var first = await SocketIOTestClient.ConnectAsync(server, via);
        await journal.ExpectAsync($"connect {first.Id}");
        server.Io().Main.FindSocket(first.Id)!.Conn.Close();
        await first.Client.Closed;
        await journal.ExpectAsync($"disconnect {first.Id} forced close");
        await using var second = await SocketIOTestClient.ConnectAsync(server, via);
        await journal.ExpectAsync($"connect {second.Id}");
        journal.ExpectNothing();
    }

    [Theory]
    [EachTransport]
    public async Task SIO_S_03_SIO_S_08_SIO_S_23_the_server_sends_events(Via via)
    {
        await using var server = await SocketIOTestServer.StartAsync(io => io.OnConnection(async socket =>
        {
            await socket.EmitAsync("random", 1, "2", (int[])[3]);
            await socket.EmitAsync("takeme", "utf8 — string");
            await socket.EmitAsync("takeme", "utf8 — string", "𝒳 \"quoted\" <&> ' \n\u2028");
            await socket.SendAsync("a");
            await socket.SendAsync("b", 2, (object?)null);
            await socket.SendAsync();
            await socket.EmitAsync("nothing");
        }));
        await using var socket = await SocketIOTestClient.ConnectAsync(server, via);
        await socket.ExpectAsync(
            """42["random",1,"2",[3]]""",
            """42["takeme","utf8 — string"]""",
            "42[\"takeme\",\"utf8 — string\",\"𝒳 \\\"quoted\\\" <&> ' \\n\u2028\"]",
            """42["message","a"]""",
            """42["message","b",2,null]""",
            """42["message"]""",
            """42["nothing"]""");
    }

    [Theory]
    [EachTransport]
    public async Task SIO_S_04_SIO_S_05_SIO_S_07_SIO_S_08_the_client_sends_events(Via via)
    {
        var journal = new Journal();
        await using var server = await SocketIOTestServer.StartAsync(io =>
        {
            io.On("message", (ServerSocket _, string? text) => journal.Add($"message {text ?? "null"}"));
            io.On("random", (ServerSocket _, int a, string b, int[] c) => journal.Add($"random {a} {b} {c[0]}"));
            io.On("nothing", (ServerSocket _, PacketArguments all) => journal.Add($"nothing {all.Count}"));
        });
        await using var socket = await SocketIOTestClient.ConnectAsync(server, via);
        await socket.Client.SendAsync("""42["message","a"]""");
        await socket.Client.SendAsync("""42["message",null]""");
        await socket.Client.SendAsync("""42["random",1,"2",[3]]""");
        await socket.Client.SendAsync("""42["nothing"]""");
        await socket.Client.SendTogetherAsync("""42["message","utf8 — string"]""", """42["message","utf8 — string"]""", """42["message","\ud835\udcb3"]""");
        await journal.ExpectAsync("message a", "message null", "random 1 2 3", "nothing 0", "message utf8 — string", "message utf8 — string", "message 𝒳");
    }

    [Theory]
    [EachTransport]
    public async Task SIO_S_09_SIO_S_10_binary_data_anywhere_in_the_arguments_go_as_attachments_in_their_order(Via via)
    {
        await using var server = await SocketIOTestServer.StartAsync(io => io.OnConnection(async socket =>
        {
            await socket.EmitAsync("file", new byte[] { 1, 2, 3 });
            await socket.EmitAsync("mixed", 1, new byte[] { 4 }, new Dictionary<string, object> { ["two"] = new byte[] { 5, 6 }, ["three"] = new object[] { "x", new byte[] { 7 } } }, "end");
            await socket.EmitAsync("memory", new ReadOnlyMemory<byte>([8, 9]), Array.Empty<byte>());
        }));
        await using var socket = await SocketIOTestClient.ConnectAsync(server, via);
        await socket.ExpectAsync(
            """451-["file",{"_placeholder":true,"num":0}]""",
            "bAQID",
            """453-["mixed",1,{"_placeholder":true,"num":0},{"two":{"_placeholder":true,"num":1},"three":["x",{"_placeholder":true,"num":2}]},"end"]""",
            "bBA==",
            "bBQY=",
            "bBw==",
            """452-["memory",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]""",
            "bCAk=",
            "b");
    }

    [Theory]
    [EachTransport]
    public async Task SIO_S_11_SIO_S_12_the_client_sends_binary_data(Via via)
    {
        var journal = new Journal();
        await using var server = await SocketIOTestServer.StartAsync(io =>
        {
            io.On("file", (ServerSocket _, byte[] data) => journal.Add($"file {string.Join(' ', data)}"));
            io.On("mixed", (ServerSocket _, int a, byte[] b, Mixed c, string d) => journal.Add($"mixed {a} {string.Join(' ', b)} {string.Join(' ', c.Two)} {c.Text} {d}"));
            io.On("memory", (ServerSocket _, ReadOnlyMemory<byte> data) => journal.Add($"memory {data.Length}"));
        });
        await using var socket = await SocketIOTestClient.ConnectAsync(server, via);
        await socket.Client.SendAsync("""451-["file",{"_placeholder":true,"num":0}]""", [1, 2, 3]);
        await socket.Client.SendAsync(
            """452-["mixed",1,{"_placeholder":true,"num":1},{"two":{"_placeholder":true,"num":0},"text":"t"},"end"]""", [5, 6], [4]);
        await socket.Client.SendAsync("""451-["memory",{"_placeholder":true,"num":0}]""", [[]]);
        await journal.ExpectAsync("file 1 2 3", "mixed 1 4 5 6 t end", "memory 0");
    }

    [Theory]
    [EachTransport]
    public async Task SIO_S_25_events_of_a_namespace_come_in_order_from_the_first_on(Via via)
    {
        var journal = new Journal();
        await using var server = await SocketIOTestServer.StartAsync(io => io.Namespace("/test").On("hello", (ServerSocket _, int number) => journal.Add($"{number}")));
        await using var socket = await SocketIOTestClient.ConnectAsync(server, via, ns: "/test");
        await socket.Client.SendTogetherAsync([.. Enumerable.Range(0, 30).Select(number => $"42/test,[\"hello\",{number}]")]);
        await journal.ExpectAsync([.. Enumerable.Range(0, 30).Select(number => $"{number}")]);
    }

    [Theory]
    [EachTransport]
    public async Task SIO_S_36_SIO_S_37_SIO_S_38_the_handshake_has_headers_query_and_the_auth_of_each_namespace(Via via)
    {
        await using var server = await SocketIOTestServer.StartAsync(io => io.Namespace("/connection2"));
        await using var main = await SocketIOTestClient.ConnectAsync(server, via, query: "key1=1&key2=2");
        var second = await main.Client.JoinAsync("/connection2", """{"key1":"aa","&=bb":"&=c"}""");

        var handshake = server.Io().Main.FindSocket(main.Id)!.Handshake;
        Assert.Equal(server.Address.Authority, handshake.Headers["host"]);
        Assert.Contains("key1=1&key2=2", handshake.Url, StringComparison.Ordinal);
        Assert.Equal("1", handshake.Query["key1"]);
        Assert.Equal("2", handshake.Query["key2"]);
        Assert.Equal("4", handshake.Query["EIO"]);
        Assert.Equal("{}", handshake.Auth.GetRawText());
        Assert.False(handshake.Secure);
        Assert.False(handshake.XDomain);

        handshake = server.Io().Namespace("/connection2").FindSocket(second.Id)!.Handshake;
        Assert.Equal("""{"key1":"aa","&=bb":"&=c"}""", handshake.Auth.GetRawText());
        Assert.Equal("1", handshake.Query["key1"]);
        Assert.False(handshake.Query.ContainsKey("&=bb"));
    }

    [Theory]
    [EachTransport]
    public async Task SIO_S_40_SIO_S_41_big_data_go_round_unharmed(Via via)
    {
        await using var server = await SocketIOTestServer.StartAsync(io => io.On("echo", async (ServerSocket socket, PacketArguments all) => await socket.EmitAsync("echo", all)));
        await using var socket = await SocketIOTestClient.ConnectAsync(server, via);
        var random = new Random(1);
        var data = new byte[300_000];
        random.NextBytes(data);
        var json = JsonSerializer.Serialize(Enumerable.Range(0, 5_000).Select(number => new { number, text = $"déjà vu {number}", nested = new { yes = true } }), AsJavaScript);
        for (var round = 0; round < 3; round++)
        {
            await socket.Client.SendAsync($"42[\"echo\",{json},{round}]");
            Assert.Equal($"42[\"echo\",{json},{round}]", (await socket.ReceiveAsync()).Text);
            const string Inside = """["echo",{"name":"x","data":{"_placeholder":true,"num":0}}]""";
            await socket.Client.SendAsync("451-" + Inside, data);
            var packet = await socket.ReceiveAsync();
            Assert.Equal("451-" + Inside, packet.Text);
            Assert.Equal(data, Assert.Single(packet.Attachments));
        }
    }

    [Theory]
    [EachTransport]
    public async Task SIO_S_42_a_client_that_comes_back_after_a_restart_on_the_same_port_gets_its_events(Via via)
    {
        var address = "";
        await using (var server = await SocketIOTestServer.StartAsync())
        {
            address = server.Address.GetLeftPart(UriPartial.Authority);
            await using var before = await SocketIOTestClient.ConnectAsync(server, via);
            await server.StopAsync();
            await before.Client.Closed;
        }

        await using var restarted = await SocketIOTestServer.StartAsync(
            io => io.OnConnection(socket => socket.EmitAsync("ev", "payload")), builder: web => web.WebHost.UseUrls(address));
        await using var after = await SocketIOTestClient.ConnectAsync(restarted, via);
        await after.ExpectAsync("""42["ev","payload"]""");
    }

    [Theory]
    [EachTransport]
    public async Task SIO_S_51_events_that_wait_are_dropped_when_the_client_leaves(Via via)
    {
        var journal = new Journal();
        var pass = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await SocketIOTestServer.StartAsync(io =>
        {
            // Its events wait until this has finished; then the client is gone.
            io.OnConnection(_ => pass.Task);
            io.On("test", (ServerSocket _, byte[] data) => journal.Add($"test {data.Length}"));
            io.OnDisconnect((_, reason) => journal.Add(reason.ToWireString()));
        });
        await using var socket = await SocketIOTestClient.ConnectAsync(server, via);
        var connection = server.Io().Main.FindSocket(socket.Id)!.Connection;
        await socket.Client.SendTogetherAsync("""451-["test",{"_placeholder":true,"num":0}]""", new byte[10], "41");
        await SocketIOTestServer.UntilAsync(() => server.Io().Main.SocketCount == 0);
        pass.SetResult();
        await journal.ExpectAsync("client namespace disconnect");
        Assert.Equal(0, connection.Budget.Bytes);
        await server.StopAsync();
        journal.ExpectNothing();
    }

    [Theory]
    [EachTransport]
    public async Task What_a_middleware_emits_comes_before_the_answer_to_the_CONNECT(Via via)
    {
        await using var server = await SocketIOTestServer.StartAsync(io =>
        {
            io.Use(async (socket, next) =>
            {
                await socket.EmitAsync("wait a moment");
                await next();
            });
            io.OnConnection(socket => socket.EmitAsync("welcome"));
        });
        await using var client = await SocketIOTestClient.OpenAsync(server, via);
        await client.SendAsync("40");
        await client.ExpectAsync("""42["wait a moment"]""");
        Assert.StartsWith("40{", (await client.ReceiveAsync()).Text);
        await client.ExpectAsync("""42["welcome"]""");
    }

    [Fact]
    public async Task SIO_S_52_rooms_joined_in_a_middleware_that_refuses_are_left()
    {
        var io = default(SocketIOServer);
        await using var server = await SocketIOTestServer.StartAsync(map => map.Use(async (socket, _) =>
        {
            await socket.JoinAsync("room1");
            Assert.Equal(1, io!.Main.Adapter.RoomCount);
            throw new ConnectErrorException("nope");
        }));
        io = server.Io();
        await using var client = await SocketIOTestClient.OpenAsync(server);
        await client.SendAsync("40");
        await client.ExpectAsync("""44{"message":"nope"}""");
        Assert.Equal(0, io.Main.Adapter.RoomCount);
    }

    [Fact]
    public async Task SIO_S_53_a_socket_that_has_ended_joins_nothing_and_sends_nothing()
    {
        var ended = new TaskCompletionSource<ServerSocket>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await SocketIOTestServer.StartAsync(io => io.OnDisconnect((socket, _) => ended.SetResult(socket)));
        await using var client = await SocketIOTestClient.ConnectAsync(server);
        await client.LeaveAsync();
        var socket = await ended.Task.Within();
        await socket.JoinAsync("room1", "room2");
        Assert.Empty(socket.Rooms);
        Assert.Equal(0, server.Io().Main.Adapter.RoomCount);
        await socket.EmitAsync("late");
        socket.Disconnect();
        Assert.Equal(
            DisconnectReason.ClientNamespaceDisconnect,
            (await Assert.ThrowsAsync<DisconnectedException>(() => socket.EmitWithAckAsync<int>("late", cancellationToken: TestContext.Current.CancellationToken))).Reason);

        // Nothing was sent: the answer to the next CONNECT is the next packet.
        await client.Client.SendAsync("40");
        Assert.StartsWith("40{", (await client.ReceiveAsync()).Text);
    }

    private sealed record Mixed(byte[] Two, string Text);
}
