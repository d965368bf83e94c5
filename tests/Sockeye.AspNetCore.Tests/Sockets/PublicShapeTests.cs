using System.Runtime.CompilerServices;
using System.Text.Json;
using Sockeye.AspNetCore.Sockets;
using Sockeye.AspNetCore.Tests.Fixtures;
using Sockeye.Protocol.Packets;

namespace Sockeye.AspNetCore.Tests.Sockets;

/// <summary>
/// What the official type tests mean in C#: which calls compile, which overload they take, what type they have. Each line here is a call that users write; an
/// <c>Is</c> around it says of what type it is.
/// </summary>
public sealed class PublicShapeTests
{
    [Fact]
    public async Task SIO_TY_01_handlers_of_connections_and_their_ends_have_their_types()
    {
        await using var server = await SocketIOTestServer.StartAsync(io =>
        {
            io.OnConnection(socket => Is<ServerSocket>(socket));
            io.OnConnection(async socket =>
            {
                Is<ServerSocket>(socket);
                await Task.Yield();
            });
            io.OnDisconnecting((socket, reason) => Is<ServerSocket, DisconnectReason>(socket, reason));
            io.OnDisconnect((socket, reason) => Is<ServerSocket, DisconnectReason>(socket, reason));
            io.OnDisconnect(async (socket, reason) =>
            {
                Is<ServerSocket, DisconnectReason>(socket, reason);
                await Task.Yield();
            });
            io.OnConnection(socket =>
            {
                socket.OnDisconnecting((self, reason) => Is<ServerSocket, DisconnectReason>(self, reason));
                socket.OnDisconnect((self, reason) => Is<ServerSocket, DisconnectReason>(self, reason));
            });
        });
    }

    [Fact]
    public async Task SIO_TY_02_an_event_is_handled_with_typed_untyped_or_all_arguments()
    {
        await using var server = await SocketIOTestServer.StartAsync(io =>
        {
            io.On("typed", (ServerSocket socket, int a, string b) => Is<ServerSocket, int, string>(socket, a, b));
            io.On("json", (ServerSocket socket, JsonElement a) => Is<ServerSocket, JsonElement>(socket, a));
            io.On("all", (ServerSocket socket, PacketArguments all) => Is<ServerSocket, PacketArguments>(socket, all));
            io.On("result", (ServerSocket _, int a) => a);
            io.On("task", async (ServerSocket _, int a) => await Task.FromResult(a));
            io.OnConnection(socket =>
            {
                socket.On("own", (int a) => Is<int>(a));
                socket.On("own-async", async () => await Task.Yield());
            });
        });
    }

    [Fact]
    public async Task SIO_TY_04_SIO_TY_05_SIO_TY_06_SIO_TY_11_SIO_TY_17_emits_take_anything_and_are_tasks()
    {
        await using var server = await SocketIOTestServer.StartAsync(io => Is<Task>(io.EmitAsync("x")));
        await using var client = await SocketIOTestClient.ConnectAsync(server);
        var io = server.Io();
        var socket = io.Main.FindSocket(client.Id)!;
        var token = TestContext.Current.CancellationToken;
        Is<Task>(socket.JoinAsync("room"));

        Is<Task>(io.EmitAsync("x", 1, "2", null, (int[])[3], new { four = 4 }, new byte[] { 5 }));
        Is<Task>(io.Main.EmitAsync("x", 1));
        Is<Task>(io.SendAsync(1, "2"));
        Is<Task>(io.Main.SendAsync("one"));
        Is<Task>(io.To("room").EmitAsync("x", 1, "2"));
        Is<Task>(io.To("room").SendAsync(1));
        Is<Task>(socket.EmitAsync("x", 1, "2"));
        Is<Task>(socket.SendAsync(1, "2"));
        Is<Task>(socket.Compress(false).SendAsync(1));
        await client.ExpectAsync(
            """451-["x",1,"2",null,[3],{"four":4},{"_placeholder":true,"num":0}]""",
            "bBQ==",
            """42["x",1]""",
            """42["message",1,"2"]""",
            """42["message","one"]""",
            """42["x",1,"2"]""",
            """42["message",1]""",
            """42["x",1,"2"]""",
            """42["message",1,"2"]""",
            """42["message",1]""");

        // One answer of one socket, a list of answers of many.
        var one = socket.EmitWithAckAsync<int>("x", [1, "2"], cancellationToken: token);
        Is<Task<int>>(one);
        var nothing = socket.EmitWithAckAsync<JsonElement?>("x", cancellationToken: token);
        Is<Task<JsonElement?>>(nothing);
        await client.AnswerAsync(await client.ReceiveAsync(), 1);
        await client.AnswerAsync(await client.ReceiveAsync());
        Assert.Equal(1, await one.Within());
        Assert.Null(await nothing.Within());
    }

    [Fact]
    public async Task SIO_TY_12_SIO_TY_13_SIO_TY_14_chains_of_modifiers_have_their_types()
    {
        await using var server = await SocketIOTestServer.StartAsync(io =>
        {
            Is<Broadcast>(io.To("a"));
            Is<Broadcast>(io.To("a", "b").In("c").Except("d").Compress(true).Volatile.Local.Timeout(TimeSpan.FromSeconds(1)));
        });
        await using var client = await SocketIOTestClient.ConnectAsync(server);
        var io = server.Io();
        foreach (var scope in (NamespaceOperations[])[io, io.Main])
        {
            Is<Broadcast>(scope.To("a"));
            Is<Broadcast>(scope.To((string[])["a", "b"]));
            Is<Broadcast>(scope.In("a"));
            Is<Broadcast>(scope.Except("a"));
            Is<Broadcast>(scope.Compress(false));
            Is<Broadcast>(scope.Volatile);
            Is<Broadcast>(scope.Local);
            Is<Broadcast>(scope.Timeout(TimeSpan.FromSeconds(1)));
        }

        var socket = io.Main.FindSocket(client.Id)!;
        Is<Broadcast>(socket.To("a"));
        Is<Broadcast>(socket.In("a"));
        Is<Broadcast>(socket.Except("a"));
        Is<Broadcast>(socket.Broadcast);
        Is<Broadcast>(socket.Local);
        Is<SocketOperator>(socket.Volatile);
        Is<SocketOperator>(socket.Compress(false));
        Is<SocketOperator>(socket.Timeout(TimeSpan.FromSeconds(1)).Volatile.Compress(true));
        Is<Broadcast>(socket.Volatile.To("a"));
        Is<Broadcast>(socket.Compress(false).Broadcast);

        var token = TestContext.Current.CancellationToken;
        var answers = io.Timeout(TimeSpan.FromMinutes(1)).EmitWithAcksAsync<string>("x", ["1"], token);
        Is<Task<IReadOnlyList<string>>>(answers);
        await client.AnswerAsync(await client.ReceiveAsync(), "yes");
        Assert.Equal(["yes"], await answers.Within());
        var answer = socket.Timeout(TimeSpan.FromMinutes(1)).EmitWithAckAsync<string>("x", ["1"], token);
        Is<Task<string>>(answer);
        await client.AnswerAsync(await client.ReceiveAsync(), "yes");
        Assert.Equal("yes", await answer.Within());
        Is<Task<IReadOnlyList<string>>>(io.To("nobody").EmitWithAcksAsync<string>("x", cancellationToken: token));
    }

    [Fact]
    public async Task SIO_N_02_the_server_and_its_endpoint_do_all_that_a_namespace_does()
    {
        await using var server = await SocketIOTestServer.StartAsync(endpoint =>
        {
            Assert.IsAssignableFrom<NamespaceOperations>(endpoint);
            Is<Broadcast>(endpoint.Compress(true));
        });
        await using var client = await SocketIOTestClient.ConnectAsync(server);
        foreach (var scope in (NamespaceOperations[])[server.Io(), server.Io().Main])
        {
            scope.Use((_, next) => next());
            Is<Task>(scope.SocketsJoinAsync("room", "other"));
            Is<Task>(scope.To("room").EmitAsync("to"));
            Is<Task>(scope.In("room").SendAsync("in"));
            Is<Task>(scope.EmitAsync("emit"));
            Is<Task>(scope.SendAsync("send"));
            Is<Task>(scope.SocketsLeaveAsync("room"));
            Is<Task>(scope.Compress(false).EmitAsync("compress"));
            var found = scope.FetchSocketsAsync();
            Is<Task<IReadOnlyList<RemoteSocket>>>(found);
            Assert.Equal(new[] { client.Id, "other" }.Order(), Assert.Single(await found).Rooms.Order());
            await client.ExpectAsync("""42["to"]""", """42["message","in"]""", """42["emit"]""", """42["message","send"]""", """42["compress"]""");
        }

        await server.Io().DisconnectSocketsAsync(close: true);
        await client.ExpectAsync("41");
        await client.Client.Closed;
    }

    [Fact]
    public async Task SIO_N_03_modifiers_give_new_operators_and_leave_the_old_one_as_it_is()
    {
        await using var server = await SocketIOTestServer.StartAsync();
        var origin = server.Io().Local.To("room1", "room2").Except("room3");
        await origin.Compress(false).EmitAsync("x");
        await origin.Volatile.EmitAsync("x");
        await origin.To("room4").EmitAsync("x");
        await origin.Except("room5").EmitAsync("x");
        await origin.Timeout(TimeSpan.FromSeconds(1)).EmitAsync("x");
        await origin.EmitAsync("x");
        Assert.Equal(["room1", "room2"], origin.Rooms);
        Assert.Equal(["room3"], origin.ExceptRooms);
        Assert.Equal(new EmitFlags(Local: true), origin.Flags);
        var derived = origin.Compress(false).Volatile.To("room4").Except("room5").Timeout(TimeSpan.FromSeconds(1));
        Assert.Equal(["room1", "room2", "room4"], derived.Rooms);
        Assert.Equal(["room3", "room5"], derived.ExceptRooms);
        Assert.Equal(new EmitFlags(Volatile: true, NoCompress: true, Local: true, Timeout: TimeSpan.FromSeconds(1)), derived.Flags);
    }

    /// <summary>The compiler is the judge; what is judged has to be there, too.</summary>
    private static void Is<T>(T value, [CallerArgumentExpression(nameof(value))] string expression = "") => Assert.True(value is not null, expression);

    private static void Is<T1, T2>(T1 first, T2 second)
    {
        Is(first);
        Is(second);
    }

    private static void Is<T1, T2, T3>(T1 first, T2 second, T3 third)
    {
        Is(first, second);
        Is(third);
    }
}
