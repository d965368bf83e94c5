using System.Text.Json;
using Sockeye.Client.Sockets;
using Sockeye.Protocol.Packets;

namespace Sockeye.Client.Tests.Sockets;

/// <summary>Handlers: order, what they return, what they throw, and where they run.</summary>
public sealed class HandlerTests
{
    private readonly Journal _journal = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Several_handlers_run_in_the_order_of_registration_one_after_the_other()
    {
        await using var server = await WireServer.StartAsync();
        await using var client = server.Client();
        var socket = client.Socket();
        socket.On("a", async (int number) =>
        {
            _journal.Add($"begin {number}");
            await Task.Yield();
            _journal.Add($"end {number}");
        });
        socket.On("a", () => _journal.Add("second"));
        var session = await ConnectAsync(server, socket);
        session.Send("""2["a",1]""");
        session.Send("""2["a",2]""");
        await _journal.ExpectAsync("begin 1", "end 1", "second", "begin 2", "end 2", "second");
    }

    [Fact]
    public async Task Handlers_can_be_taken_away()
    {
        await using var server = await WireServer.StartAsync();
        await using var client = server.Client();
        var socket = client.Socket();
        var first = socket.On("a", () => _journal.Add("first"));
        socket.On("a", () => _journal.Add("second"));
        Assert.True(socket.HasListeners("a"));
        var session = await ConnectAsync(server, socket);
        session.Send("""2["a"]""");
        await _journal.ExpectAsync("first", "second");
        first.Dispose();
        first.Dispose();
        session.Send("""2["a"]""");
        await _journal.ExpectAsync("second");
        Assert.True(socket.Off("a"));
        Assert.False(socket.Off("a"));
        Assert.False(socket.HasListeners("a"));
        socket.On("b", () => _journal.Add("b"));
        session.Send("""2["a"]""");
        session.Send("""2["b"]""");
        await _journal.ExpectAsync("b");
    }

    [Fact]
    public async Task Once_is_once_also_for_two_events_that_come_together()
    {
        await using var server = await WireServer.StartAsync();
        await using var client = server.Client(configure: static options => options.MaxConcurrentEvents = 4);
        var socket = client.Socket();
        socket.Once("a", async (int number) =>
        {
            await Task.Yield();
            _journal.Add($"once {number}");
        });
        socket.On("end", () => _journal.Add("end"));
        var session = await ConnectAsync(server, socket);
        session.Send("""2["a",1]""");
        session.Send("""2["a",2]""");
        await _journal.ExpectAsync("once 1");
        Assert.False(socket.HasListeners("a"));
        session.Send("""2["end"]""");
        await _journal.ExpectAsync("end");
        var gone = socket.Once("b", () => _journal.Add("never"));
        gone.Dispose();
        session.Send("""2["b"]""");
        session.Send("""2["end"]""");
        await _journal.ExpectAsync("end");
    }

    [Fact]
    public async Task What_a_handler_returns_is_the_acknowledgement()
    {
        await using var server = await WireServer.StartAsync();
        await using var client = server.Client();
        var socket = client.Socket();
        socket.On("value", (int a, int b) => a + b);
        socket.On("async", async (string text) =>
        {
            await Task.Yield();
            return text + "!";
        });
        socket.On("several", () => Ack.Values(1, "a", new byte[] { 9 }));
        socket.On("empty", () => Ack.Empty);
        socket.On("none", () => (Ack?)null);
        socket.On("task", static (JsonElement _) => Task.CompletedTask);
        socket.On("all", (PacketArguments arguments) => arguments);
        socket.Once("once", () => "once");
        var session = await ConnectAsync(server, socket);
        foreach (var (packet, answers) in ((string, string[])[])[
            ("""21["value",1,2]""", ["31[3]"]),
            ("""22["async","x"]""", ["""32["x!"]"""]),
            ("""23["several"]""", ["""61-3[1,"a",{"_placeholder":true,"num":0}]""", "binary 09"]),
            ("""24["empty"]""", ["34[]"]),
            ("""25["none"]""", []),
            ("""26["task",1]""", []),
            ("""2["value",1,2]""", []),
            ("""27["all",1,null]""", ["37[1,null]"]),
            ("""28["once"]""", ["""38["once"]"""]),
            ("""29["once"]""", []),
            ("""210["value",3,4]""", ["310[7]"])])
        {
            session.Send(packet);
            await session.ExpectAsync(answers);
        }

        Assert.False(session.Received.HasPending);
    }

    [Fact]
    public async Task Two_handlers_cannot_both_answer()
    {
        await using var client = new SocketIOClient(Clients.Nowhere);
        var socket = client.Socket();
        var first = socket.On("a", () => 1);
        socket.On("a", () => { });
        Assert.Contains("only one can give the acknowledgement", Assert.Throws<InvalidOperationException>(() => socket.On("a", () => 2)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => socket.On("b", () => new ValueTask<int>(1)));
        first.Dispose();
        socket.On("a", () => 2);
    }

    [Fact]
    public async Task What_a_handler_throws_ends_nothing_and_is_told()
    {
        await using var server = await WireServer.StartAsync();
        await using var client = server.Client();
        var socket = client.Socket();
        socket.On("a", () => throw new InvalidOperationException("sync"));
        socket.On("a", async () =>
        {
            await Task.Yield();
            throw new InvalidOperationException("async");
        });
        socket.On("a", () => _journal.Add("third"));
        socket.On("typed", (int number) => _journal.Add($"{number}"));
        socket.OnConnect(() => throw new InvalidOperationException("connect"));
        socket.OnError((_, _) => throw new InvalidOperationException("the listener itself"));
        socket.OnError((name, error) => _journal.Add($"{name}: {(error is ArgumentBindingException ? "does not fit" : error.Message)}"));
        var session = await ConnectAsync(server, socket);
        await _journal.ExpectAsync("connect: connect");
        session.Send("""20["a"]""");
        await _journal.ExpectAsync("a: sync", "a: async", "third");
        session.Send("""2["typed","no number"]""");
        session.Send("""2["typed"]""");
        session.Send("""2["typed",1,2,3]""");
        await _journal.ExpectAsync("typed: does not fit", "typed: does not fit", "1");
        Assert.True(socket.Connected);
    }

    [Fact]
    public async Task Handlers_of_the_client_that_throw_end_nothing()
    {
        await using var server = await SocketServer.StartAsync();
        await using var client = server.Client();
        var connection = client.Record();
        client.OnOpen(() => throw new InvalidOperationException("open"));
        client.OnClose((_, _) => throw new InvalidOperationException("close"));
        client.OnReconnectAttempt(_ => throw new InvalidOperationException("attempt"));
        client.OnReconnect(_ => throw new InvalidOperationException("reconnect"));
        var socket = client.Socket();
        var life = socket.Record();
        await server.ConnectAsync(socket);
        client.Engine!.Close();
        await life.ExpectAsync("connect", "disconnect: forced close", "connect");
        await connection.ExpectAsync("open", "close: forced close", "reconnect_attempt 1");
        await connection.ExpectInAnyOrderAsync("open", "reconnect 1");
    }

    [Theory]
    [EachTransport]
    public async Task A_handler_may_await_an_acknowledgement_of_its_own_socket(Via via)
    {
        await using var server = await SocketServer.StartAsync(static io => io.On("flood", async (Sockeye.AspNetCore.Sockets.ServerSocket socket) =>
        {
            for (var i = 0; i < 300; i++)
            {
                await socket.EmitAsync("item", i, new string('x', 1000));
            }
        }));
        await using var client = server.Client(via, static options => options.EventBacklogPauseBytes = 10_000);
        var socket = client.Socket();
        var next = 0;
        socket.On("item", async (int number, string _) =>
        {
            // The lane is full meanwhile, and the connection reads on for the answer.
            if (number != next++ || (number % 50 == 0 && await socket.EmitWithAckAsync<int>("echo", [number]) != number))
            {
                _journal.Add("out of order");
            }

            if (number == 299)
            {
                _journal.Add("done");
            }
        });
        await server.ConnectAsync(socket, via);
        await socket.EmitAsync("flood");
        await _journal.ExpectAsync("done");
    }

    [Fact]
    public async Task Handlers_run_where_the_user_interface_is()
    {
        using var window = new UserInterface();
        await using var server = await WireServer.StartAsync();
        await using var client = server.Client(configure: options => options.SynchronizationContext = window);
        var socket = client.Socket();
        void Note(string what) => _journal.Add($"{what} {window.IsCurrent}");
        client.OnOpen(() => Note("open"));
        socket.OnConnect(async () =>
        {
            await Task.Yield();
            Note("connect");
        });
        socket.OnDisconnect((_, _) =>
        {
            Note("disconnect");
            return Task.CompletedTask;
        });
        socket.OnAny((_, _) => Note("any"));
        socket.On("a", async (int _) =>
        {
            Note("handler");
            await Task.Run(static () => { }, Token);
            Note("handler later");
            return 1;
        });
        socket.On("a", () => Note("second"));
        var session = await ConnectAsync(server, socket);
        await _journal.ExpectInAnyOrderAsync("open True", "connect True");
        session.Send("""20["a",1]""");
        await session.ExpectAsync("30[1]");
        await _journal.ExpectAsync("any True", "handler True", "handler later True", "second True");
        session.Send("1");
        await _journal.ExpectAsync("disconnect True");
    }

    [Fact]
    public async Task An_answer_that_comes_after_the_connection_ended_goes_nowhere()
    {
        await using var server = await WireServer.StartAsync();
        await using var client = server.Client();
        var socket = client.Socket();
        var go = new TaskCompletionSource();
        socket.On("a", async () =>
        {
            _journal.Add("begun");
            await go.Task;
            return 1;
        });
        socket.On("b", () => 2);
        var session = await ConnectAsync(server, socket);
        session.Send("""20["a"]""");
        await _journal.ExpectAsync("begun");
        session.Engine.Close();
        var next = await server.AcceptAsync();
        go.SetResult();
        next.Send("""20["b"]""");
        await next.ExpectAsync("30[2]");
    }

    private static async Task<WireSession> ConnectAsync(WireServer server, ClientSocket socket)
    {
        socket.Connect();
        var session = await server.AcceptAsync();
        await socket.ConnectAsync(Token).Within();
        return session;
    }
}
