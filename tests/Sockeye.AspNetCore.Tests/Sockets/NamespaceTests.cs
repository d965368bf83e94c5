using Sockeye.AspNetCore.Sockets;
using Sockeye.AspNetCore.Tests.Fixtures;
using Sockeye.Protocol.Engine;
using Sockeye.Protocol.Packets;

namespace Sockeye.AspNetCore.Tests.Sockets;

/// <summary>Namespaces: joining, leaving, and what reaches whom.</summary>
public sealed class NamespaceTests
{
    [Fact]
    public async Task SIO_N_01_SIO_N_08_the_server_is_the_namespace_slash_and_names_get_a_leading_slash()
    {
        var journal = new Journal();
        await using var server = await SocketIOTestServer.StartAsync(io =>
        {
            io.OnConnection(socket => journal.Add($"{socket.Namespace.Name} {ReferenceEquals(socket.Namespace, io.Namespace("/"))}"));
            Assert.Same(io.Namespace("/"), io.Namespace(""));
            Assert.Same(io.Namespace("/"), io.Server.Namespace("/"));
            Assert.Equal("/abc", io.Namespace("abc").Name);
            Assert.Same(io.Namespace("/abc"), io.Namespace("abc"));
        });
        await using var socket = await SocketIOTestClient.ConnectAsync(server);
        await journal.ExpectAsync("/ True");
    }

    [Theory]
    [EachTransport]
    public async Task SIO_N_04_SIO_N_05_SIO_N_06_a_client_connects_and_every_connection_handler_gets_its_socket(Via via)
    {
        var journal = new Journal();
        await using var server = await SocketIOTestServer.StartAsync(io =>
        {
            io.OnConnection(socket => journal.Add($"first {socket.Id} {socket.Connected}"));
            io.OnConnection(async socket =>
            {
                await Task.Yield();
                journal.Add($"second {socket.Id} {socket.Conn.TransportName}");
            });
        });
        await using var client = await SocketIOTestClient.OpenAsync(server, via);
        await client.SendAsync("40");
        var answer = await client.ReceiveAsync();
        Assert.Matches("""^40\{"sid":"[A-Za-z0-9_-]{20}"\}$""", answer.Text);
        var id = answer.Data.GetProperty("sid").GetString();
        Assert.NotEqual(client.Sid, id);
        await journal.ExpectAsync($"first {id} True", $"second {id} {(via is Via.Polling ? "polling" : "websocket")}");
    }

    [Theory]
    [EachTransport]
    public async Task SIO_N_07_SIO_S_34_SIO_S_35_two_namespaces_share_one_connection(Via via)
    {
        await using var server = await SocketIOTestServer.StartAsync(io =>
        {
            io.On("where", (ServerSocket socket) => socket.Namespace.Name);
            io.Namespace("/chat").On("where", (ServerSocket socket) => socket.Namespace.Name);
        });
        await using var main = await SocketIOTestClient.ConnectAsync(server, via);
        var chat = await main.Client.JoinAsync("/chat");
        Assert.Equal("""431["/"]""", (await main.AskAsync("where")).Text);
        Assert.Equal("""43/chat,1["/chat"]""", (await chat.AskAsync("where")).Text);

        var (mine, theirs) = (server.Io().Main.FindSocket(main.Id)!, server.Io().Namespace("/chat").FindSocket(chat.Id)!);
        Assert.NotEqual(mine.Id, theirs.Id);
        Assert.Same(mine.Conn, theirs.Conn);
        Assert.Same(mine.Connection, theirs.Connection);
        Assert.Equal(main.Client.Sid, mine.Conn.Id);
    }

    [Theory]
    [InlineData("40", "40{")]
    [InlineData("40/", "40{")]
    [InlineData("40/,", "40{")]
    [InlineData("40/,{}", "40{")]
    [InlineData("40/chat", "40/chat,{")]
    [InlineData("40/chat,", "40/chat,{")]
    public async Task SIO_N_09_a_client_may_leave_the_name_of_the_main_namespace_out_or_not(string connect, string answer)
    {
        await using var server = await SocketIOTestServer.StartAsync(io => io.Namespace("/chat"));
        await using var client = await SocketIOTestClient.OpenAsync(server);
        await client.SendAsync(connect);
        Assert.StartsWith(answer, (await client.ReceiveAsync()).Text);
    }

    [Fact]
    public async Task SIO_N_10_SIO_N_11_a_namespace_asked_for_again_is_the_same_and_each_connection_handler_runs_as_often_as_it_was_given()
    {
        var journal = new Journal();
        Action<ServerSocket> handler = socket => journal.Add($"again {socket.Namespace.Name}");
        await using var server = await SocketIOTestServer.StartAsync(io =>
        {
            io.Namespace("/").OnConnection(_ => journal.Add("main"));
            io.Namespace("/news").OnConnection(_ => journal.Add("news 1"));
            io.Namespace("/news").OnConnection(_ => journal.Add("news 2"));
            io.Namespace("/news").OnConnection(handler);
            io.Namespace("/news").OnConnection(handler);
        });
        await using var main = await SocketIOTestClient.ConnectAsync(server);
        await journal.ExpectAsync("main");
        await main.Client.JoinAsync("/news");
        await journal.ExpectAsync("news 1", "news 2", "again /news", "again /news");
    }

    [Theory]
    [EachTransport]
    public async Task SIO_N_12_SIO_S_62_disconnect_with_close_leaves_every_namespace_of_the_client_and_then_closes(Via via)
    {
        var journal = new Journal();
        await using var server = await SocketIOTestServer.StartAsync(io =>
        {
            foreach (var ns in (Namespace[])[io.Namespace("/"), io.Namespace("/a"), io.Namespace("/b")])
            {
                ns.OnDisconnect((socket, reason) => journal.Add($"{socket.Namespace.Name} {reason.ToWireString()}"));
            }

            io.Namespace("/a").On("bye", (ServerSocket socket) => socket.Disconnect(close: true));
        });
        await using var main = await SocketIOTestClient.ConnectAsync(server, via);
        var a = await main.Client.JoinAsync("/a");
        await main.Client.JoinAsync("/b");
        await a.EmitAsync("bye");
        string[] packets = [(await main.Client.ReceiveAsync()).Text, (await main.Client.ReceiveAsync()).Text, (await main.Client.ReceiveAsync()).Text];
        Assert.Equal(["41", "41/a,", "41/b,"], packets.Order());
        await main.Client.Closed;
        await journal.ExpectInAnyOrderAsync("/ server namespace disconnect", "/a server namespace disconnect", "/b server namespace disconnect");
    }

    [Theory]
    [EachTransport]
    public async Task SIO_N_13_the_rooms_are_known_while_disconnecting_and_left_at_disconnect(Via via)
    {
        var journal = new Journal();
        await using var server = await SocketIOTestServer.StartAsync(io =>
        {
            io.OnConnection(socket => socket.JoinAsync("a"));
            io.OnDisconnecting((socket, _) => journal.Add($"disconnecting {socket.Rooms.Contains(socket.Id)} {socket.Rooms.Contains("a")} {socket.Rooms.Count}"));
            io.OnDisconnect((socket, _) => journal.Add($"disconnect {socket.Rooms.Count}"));
        });
        await using var socket = await SocketIOTestClient.ConnectAsync(server, via);
        await socket.LeaveAsync();
        await journal.ExpectAsync("disconnecting True True 2", "disconnect 0");
    }

    [Theory]
    [EachTransport]
    public async Task SIO_N_13_a_room_joined_by_a_connection_handler_is_known_while_disconnecting_also_when_the_client_had_left_before(Via via)
    {
        var journal = new Journal();
        await using var server = await SocketIOTestServer.StartAsync(io =>
        {
            io.OnConnection(async socket =>
            {
                journal.Add("connected");
                await SocketIOTestServer.UntilAsync(() => !socket.Connected);
                await socket.JoinAsync("a");
            });
            io.OnDisconnecting((socket, _) => journal.Add($"disconnecting {socket.Rooms.Contains("a")}"));
            io.OnDisconnect((socket, _) => journal.Add($"disconnect {socket.Rooms.Count}"));
        });
        await using var socket = await SocketIOTestClient.ConnectAsync(server, via);
        await journal.ExpectAsync("connected");
        await socket.LeaveAsync();
        await journal.ExpectAsync("disconnecting True", "disconnect 0");
    }

    [Theory]
    [EachTransport]
    public async Task SIO_N_14_an_unknown_namespace_is_refused_and_the_connection_goes_on(Via via)
    {
        await using var server = await SocketIOTestServer.StartAsync();
        await using var client = await SocketIOTestClient.OpenAsync(server, via);
        await client.SendAsync("40/doesnotexist,");
        await client.ExpectAsync("""44/doesnotexist,{"message":"Invalid namespace"}""");
        await client.SendAsync("40/doesnotexist");
        await client.ExpectAsync("""44/doesnotexist,{"message":"Invalid namespace"}""");
        await client.JoinAsync();
    }

    [Fact]
    public async Task SIO_N_15_two_clients_of_one_namespace_are_two_sockets_on_two_connections()
    {
        await using var server = await SocketIOTestServer.StartAsync(io => io.Namespace("/chat"));
        await using var one = await SocketIOTestClient.ConnectAsync(server, ns: "/chat");
        await using var two = await SocketIOTestClient.ConnectAsync(server, Via.Polling, ns: "/chat");
        var chat = server.Io().Namespace("/chat");
        Assert.Equal(new[] { one.Id, two.Id }.Order(), chat.Sockets.Select(socket => socket.Id).Order());
        Assert.NotSame(chat.FindSocket(one.Id)!.Conn, chat.FindSocket(two.Id)!.Conn);
        Assert.Equal(0, server.Io().Main.SocketCount);
    }

    [Fact]
    public async Task SIO_N_16_SIO_N_17_SIO_N_18_sockets_are_found_by_namespace_and_rooms()
    {
        await using var server = await SocketIOTestServer.StartAsync(io =>
        {
            io.Namespace("/chat").On("join", async (ServerSocket socket, string room) =>
            {
                await socket.JoinAsync(room);
                return room;
            });
            io.Namespace("/other").OnConnection(socket => socket.JoinAsync("foo"));
        });
        await using var one = await SocketIOTestClient.ConnectAsync(server, ns: "/chat");
        await using var two = await SocketIOTestClient.ConnectAsync(server, ns: "/chat");
        await using var three = await SocketIOTestClient.ConnectAsync(server, ns: "/chat");
        await using var other = await SocketIOTestClient.ConnectAsync(server, ns: "/other");
        await one.AskAsync("join", "foo");
        await two.AskAsync("join", "bar");

        var chat = server.Io().Namespace("/chat");
        Assert.Equal(new[] { one.Id, two.Id, three.Id }.Order(), (await chat.FetchSocketsAsync()).Select(socket => socket.Id).Order());
        Assert.Equal([one.Id], (await chat.In("foo").FetchSocketsAsync()).Select(socket => socket.Id));
        Assert.Equal(new[] { one.Id, two.Id }.Order(), (await chat.In("foo").In("bar").FetchSocketsAsync()).Select(socket => socket.Id).Order());
        Assert.Empty(await chat.In("nobody").FetchSocketsAsync());
        Assert.Empty(await server.Io().In("foo").FetchSocketsAsync());
    }

    [Theory]
    [InlineData("connect")]
    [InlineData("connect_error")]
    [InlineData("disconnect")]
    [InlineData("disconnecting")]
    [InlineData("newListener")]
    [InlineData("removeListener")]
    public async Task SIO_N_23_SIO_S_50_a_reserved_name_is_not_sent(string name)
    {
        await using var server = await SocketIOTestServer.StartAsync();
        await using var client = await SocketIOTestClient.ConnectAsync(server);
        var io = server.Io();
        var socket = io.Main.FindSocket(client.Id)!;
        Func<Task>[] emits =
        [
            () => io.EmitAsync(name),
            () => io.EmitAsync(name, 1),
            () => io.Main.EmitAsync(name),
            () => io.To("room").EmitAsync(name),
            () => io.EmitWithAcksAsync<int>(name, cancellationToken: TestContext.Current.CancellationToken),
            () => socket.EmitAsync(name, 1, 2),
            () => socket.Volatile.EmitAsync(name),
            () => socket.EmitWithAckAsync<int>(name, cancellationToken: TestContext.Current.CancellationToken),
        ];
        foreach (var emit in emits)
        {
            Assert.Equal($"\"{name}\" is a reserved event name", (await Assert.ThrowsAsync<ArgumentException>(emit)).Message);
        }

        // Names that only look reserved are the application's.
        await socket.EmitAsync("error");
        await socket.EmitAsync("connection");
        await socket.EmitAsync("Connect");
        await client.ExpectAsync("""42["error"]""", """42["connection"]""", """42["Connect"]""");
    }

    [Fact]
    public async Task SIO_N_25_SIO_N_26_SIO_N_27_exceptions_by_id_and_by_room()
    {
        await using var server = await SocketIOTestServer.StartAsync(io =>
        {
            io.Namespace("/nsp");
            io.Namespace("/nsp").On("join", async (ServerSocket socket) =>
            {
                await socket.JoinAsync("room1");
                return true;
            });
        });
        await using var one = await SocketIOTestClient.ConnectAsync(server);
        await using var two = await SocketIOTestClient.ConnectAsync(server, Via.Polling);
        var (nspOne, nspTwo) = (await one.Client.JoinAsync("/nsp"), await two.Client.JoinAsync("/nsp"));
        await nspTwo.AskAsync("join");

        var (io, nsp) = (server.Io(), server.Io().Namespace("/nsp"));
        await io.Except(one.Id).EmitAsync("a", 1);
        await io.EmitAsync("end");
        await nsp.Except(nspOne.Id).EmitAsync("b", 2);
        await nsp.Except("room1").EmitAsync("c", 3);
        await nsp.Except("room1", nspOne.Id).EmitAsync("d", 4);
        await nsp.EmitAsync("end");
        await one.ExpectAsync("""42["end"]""");
        await two.ExpectAsync("""42["a",1]""", """42["end"]""");
        await nspOne.ExpectAsync("""42/nsp,["c",3]""", """42/nsp,["end"]""");
        await nspTwo.ExpectAsync("""42/nsp,["b",2]""", """42/nsp,["end"]""");
    }

    [Fact]
    public async Task SIO_N_28_a_new_namespace_is_told_once_and_not_for_the_main_one()
    {
        var journal = new Journal();
        await using var server = await SocketIOTestServer.StartAsync(io =>
        {
            io.OnNamespaceCreated(ns => journal.Add(ns.Name));
            io.Namespace("/");
            io.Namespace("/nsp");
            io.Namespace("nsp");
        });
        await journal.ExpectAsync("/nsp");
        journal.ExpectNothing();
    }

    [Theory]
    [EachTransport]
    public async Task A_client_may_leave_a_namespace_and_come_again_on_the_same_connection(Via via)
    {
        var journal = new Journal();
        await using var server = await SocketIOTestServer.StartAsync(io =>
        {
            io.Namespace("/chat").OnConnection(socket => journal.Add($"in {socket.Id}"));
            io.Namespace("/chat").OnDisconnect((socket, reason) => journal.Add($"out {socket.Id} {reason.ToWireString()}"));
        });
        await using var main = await SocketIOTestClient.ConnectAsync(server, via);
        for (var round = 0; round < 3; round++)
        {
            var chat = await main.Client.JoinAsync("/chat");
            await journal.ExpectAsync($"in {chat.Id}");
            await chat.LeaveAsync();
            await journal.ExpectAsync($"out {chat.Id} client namespace disconnect");
        }

        Assert.Equal(EngineState.Open, server.Io().Main.FindSocket(main.Id)!.Conn.State);
    }
}
