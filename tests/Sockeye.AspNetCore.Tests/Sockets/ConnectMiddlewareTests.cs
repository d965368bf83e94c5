using Sockeye.AspNetCore.Sockets;
using Sockeye.AspNetCore.Tests.Fixtures;
using Sockeye.Protocol.Packets;

namespace Sockeye.AspNetCore.Tests.Sockets;

/// <summary>What every client passes before it is connected.</summary>
public sealed class ConnectMiddlewareTests
{
    [Theory]
    [EachTransport]
    public async Task SIO_MW_01_SIO_MW_04_all_of_them_run_in_order_and_what_they_leave_on_the_socket_is_there(Via via)
    {
        var journal = new Journal();
        await using var server = await SocketIOTestServer.StartAsync(io =>
        {
            io.Use((socket, next) =>
            {
                journal.Add("first");
                socket.Data["name"] = "guillermo";
                return next();
            });
            io.Use(async (socket, next) =>
            {
                journal.Add("second");
                await next();
                journal.Add("behind");
            });
            io.OnConnection(socket => journal.Add($"connected {socket.Data["name"]}"));
        });
        await using var socket = await SocketIOTestClient.ConnectAsync(server, via);
        await journal.ExpectAsync("first", "second", "behind", "connected guillermo");
    }

    [Theory]
    [EachTransport]
    public async Task SIO_MW_02_SIO_MW_03_an_error_stops_the_chain_and_reaches_the_client_with_its_data(Via via)
    {
        var journal = new Journal();
        await using var server = await SocketIOTestServer.StartAsync(io =>
        {
            io.Use((_, next) => next());
            io.Use((socket, next) => socket.Handshake.Auth.TryGetProperty("code", out var code)
                ? throw new ConnectErrorException("Authentication error", new { a = "b", c = code.GetInt32() })
                : throw new ConnectErrorException("Authentication error"));
            io.Use((_, next) =>
            {
                journal.Add("third");
                return next();
            });
            io.OnConnection(_ => journal.Add("connected"));
        });
        await using var client = await SocketIOTestClient.OpenAsync(server, via);
        await client.SendAsync("40");
        await client.ExpectAsync("""44{"message":"Authentication error"}""");
        await client.SendAsync("""40{"code":3}""");
        await client.ExpectAsync("""44{"message":"Authentication error","data":{"a":"b","c":3}}""");
        journal.ExpectNothing();
        Assert.Equal(0, server.Io().Main.SocketCount);
    }

    [Theory]
    [EachTransport]
    public async Task U_20_rooms_that_were_joined_before_the_refusal_are_left_and_no_room_is_joined_after_it(Via via)
    {
        ServerSocket? refused = null;
        await using var server = await SocketIOTestServer.StartAsync(io =>
        {
            io.Use(async (socket, next) =>
            {
                refused = socket;
                await socket.JoinAsync("room", "other");
                Assert.Equal(2, socket.Rooms.Count);
                await next();
            });
            io.Use((_, _) => throw new ConnectErrorException("nope"));
        });
        await using var client = await SocketIOTestClient.OpenAsync(server, via);
        await client.SendAsync("40");
        await client.ExpectAsync("""44{"message":"nope"}""");
        Assert.Equal(0, server.Io().Main.Adapter.RoomCount);
        await refused!.JoinAsync("late");
        Assert.Empty(refused.Rooms);
        Assert.Equal(0, server.Io().Main.Adapter.RoomCount);
        Assert.Equal(0, refused.Connection.Session.QueuedBytes);
    }

    [Theory]
    [EachTransport]
    public async Task A_room_that_is_joined_in_a_middleware_is_reached_once_the_socket_is_connected_and_not_before(Via via)
    {
        var joined = new TaskCompletionSource();
        var pass = new TaskCompletionSource();
        await using var server = await SocketIOTestServer.StartAsync(io => io.Use(async (socket, next) =>
        {
            await socket.JoinAsync("room");
            joined.SetResult();
            await pass.Task;
            await next();
        }));
        await using var client = await SocketIOTestClient.OpenAsync(server, via);
        await client.SendAsync("40");
        await joined.Task.Within();
        await server.Io().To("room").EmitAsync("too early");
        await server.Io().EmitAsync("too early");
        pass.SetResult();
        Assert.StartsWith("""40{"sid":""", (await client.ReceiveAsync()).Text);
        await server.Io().To("room").EmitAsync("in time");
        await client.ExpectAsync("""42["in time"]""");
    }

    [Theory]
    [EachTransport]
    public async Task SIO_MW_05_a_slow_middleware_delays_its_namespace_and_nothing_else(Via via)
    {
        var pass = new TaskCompletionSource();
        await using var server = await SocketIOTestServer.StartAsync(io =>
        {
            io.Use(async (_, next) =>
            {
                await pass.Task;
                await next();
            });
            io.Namespace("/other").On("ping", (ServerSocket _) => "pong");
        });
        await using var client = await SocketIOTestClient.OpenAsync(server, via);
        await client.SendAsync("40");
        var other = await client.JoinAsync("/other");
        Assert.Equal("""["pong"]""", (await other.AskAsync("ping")).Data.GetRawText());
        Assert.Empty(client.TakePending());
        pass.SetResult();
        Assert.StartsWith("""40{"sid":""", (await client.ReceiveAsync()).Text);
    }

    [Theory]
    [EachTransport]
    public async Task SIO_MW_06_a_client_that_is_gone_before_the_end_of_the_middleware_never_connects(Via via)
    {
        var journal = new Journal();
        var pass = new TaskCompletionSource();
        await using var server = await SocketIOTestServer.StartAsync(io =>
        {
            io.Use(async (socket, next) =>
            {
                await socket.JoinAsync("room");
                journal.Add("in");
                await pass.Task;
                await next();
                journal.Add("out");
            });
            io.OnConnection(_ => journal.Add("connected"));
            io.OnDisconnect((_, _) => journal.Add("disconnected"));
        });
        await using (var client = await SocketIOTestClient.OpenAsync(server, via))
        {
            await client.SendAsync("40");
            await journal.ExpectAsync("in");
            await client.CloseAsync();
        }

        await SocketIOTestServer.UntilAsync(() => server.Io().Engine!.Count == 0 && server.Io().Main.Adapter.RoomCount == 0);
        pass.SetResult();
        await journal.ExpectAsync("out");

        // Another client's way through is the proof that there was time enough.
        await using var next = await SocketIOTestClient.ConnectAsync(server, via);
        await journal.ExpectAsync("in", "out", "connected");
        Assert.Equal(1, server.Io().Main.SocketCount);
    }

    [Theory]
    [EachTransport]
    public async Task SIO_MW_07_SIO_MW_09_each_namespace_has_its_own(Via via)
    {
        var journal = new Journal();
        await using var server = await SocketIOTestServer.StartAsync(io =>
        {
            io.Use(Pass("/"));
            var chat = io.Namespace("/chat");
            chat.Use(Pass("1"));
            chat.Use(Pass("2"));
            chat.Use(Pass("3"));
        });
        await using var client = await SocketIOTestClient.OpenAsync(server, via);
        await client.JoinAsync("/chat");
        await journal.ExpectAsync("1", "2", "3");
        await client.JoinAsync();
        await journal.ExpectAsync("/");

        Func<ServerSocket, Func<Task>, Task> Pass(string name) => (_, next) =>
        {
            journal.Add(name);
            return next();
        };
    }

    [Theory]
    [EachTransport]
    public async Task SIO_MW_08_each_CONNECT_has_a_handshake_of_its_own(Via via)
    {
        var journal = new Journal();
        await using var server = await SocketIOTestServer.StartAsync(io =>
        {
            foreach (var ns in (NamespaceOperations[])[io, io.Namespace("/chat")])
            {
                ns.Use((socket, next) =>
                {
                    journal.Add($"{socket.Namespace.Name} {socket.Handshake.Auth.GetRawText()} {socket.Handshake.Query["q"]}");
                    return next();
                });
            }
        });
        await using var client = await SocketIOTestClient.OpenAsync(server, via, "q=1");
        await client.JoinAsync("/", """{"a":1}""");
        await client.JoinAsync("/chat", """{"b":2}""");
        await journal.ExpectAsync("""/ {"a":1} 1""", """/chat {"b":2} 1""");
        var found = await Task.WhenAll(server.Io().FetchSocketsAsync(), server.Io().Namespace("/chat").FetchSocketsAsync());
        Assert.Equal(["""{"a":1}""", """{"b":2}"""], found.Select(sockets => Assert.Single(sockets).Handshake.Auth.GetRawText()));
    }

    [Theory]
    [EachTransport]
    public async Task SIO_MW_10_U_21_in_a_middleware_the_socket_is_not_connected_and_not_among_the_sockets(Via via)
    {
        var journal = new Journal();
        await using var server = await SocketIOTestServer.StartAsync(io =>
        {
            io.Use((socket, next) =>
            {
                journal.Add($"{socket.Connected} {io.Namespace("/").SocketCount} {io.Namespace("/").FindSocket(socket.Id) is null} {socket.Rooms.Count}");
                return next();
            });
            io.OnConnection(socket => journal.Add($"{socket.Connected} {io.Namespace("/").SocketCount} {io.Namespace("/").FindSocket(socket.Id) == socket} {socket.Rooms.Single() == socket.Id}"));
        });
        await using var socket = await SocketIOTestClient.ConnectAsync(server, via);
        await journal.ExpectAsync("False 0 True 0", "True 1 True True");
    }

    [Theory]
    [EachTransport]
    public async Task What_goes_wrong_inside_a_middleware_is_logged_and_not_told_to_the_client(Via via)
    {
        var errors = new Journal();
        await using var server = await SocketIOTestServer.StartAsync(io =>
        {
            io.Use((socket, next) => socket.Handshake.Auth.TryGetProperty("throw", out _) ? throw new InvalidOperationException("the database password is 1234") : Task.CompletedTask);
            io.OnError(error => errors.Add($"{error.EventName} {error.Exception.Message}"));
        });
        await using var client = await SocketIOTestClient.OpenAsync(server, via);
        await client.SendAsync("""40{"throw":true}""");
        await client.ExpectAsync("""44{"message":"Internal server error"}""");
        await errors.ExpectAsync("connect middleware the database password is 1234");
        await client.SendAsync("40");
        await client.ExpectAsync("""44{"message":"Connection refused"}""");
        errors.ExpectNothing();
    }

    [Theory]
    [EachTransport]
    public async Task What_a_middleware_sends_comes_before_the_answer_to_the_CONNECT_and_it_cannot_disconnect(Via via)
    {
        await using var server = await SocketIOTestServer.StartAsync(io => io.Use(async (socket, next) =>
        {
            await socket.EmitAsync("early");
            socket.Disconnect();
            await next();
        }));
        await using var client = await SocketIOTestClient.OpenAsync(server, via);
        await client.SendAsync("40");
        await client.ExpectAsync("""42["early"]""");
        Assert.StartsWith("""40{"sid":""", (await client.ReceiveAsync()).Text);
    }
}
