using System.Text.Json;
using Sockeye.Client.Engine;
using Sockeye.Client.Sockets;
using Sockeye.Protocol.Packets;

namespace Sockeye.Client.Tests.Sockets;

/// <summary>test/typed-events.test-d.ts of the official client: what the compiler knows here. Half of these tests is that they compile.</summary>
public sealed class TypedEventTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task SIOC_TY_01_the_library_s_own_events_have_typed_handlers()
    {
        await using var client = new SocketIOClient(Clients.Nowhere, Clients.Options(configure: static options => options.ReconnectionAttempts = 1));
        var socket = client.Socket();
        var journal = new Journal();
        socket.OnConnect(static () => { });
        socket.OnConnectError((Exception error) => journal.Add(error.GetType().Name));
        socket.OnDisconnect((DisconnectReason reason, EngineCloseDetails? details) => journal.Add($"{reason} {details}"));
        client.OnReconnectAttempt((int number) => journal.Add($"{number}"));
        socket.Connect();
        await journal.ExpectAsync("TransportException");
        await journal.ExpectInAnyOrderAsync("1", "TransportException");
    }

    [Fact]
    public async Task SIOC_TY_02_SIOC_TY_06_handlers_say_what_they_take()
    {
        await using var server = await WireServer.StartAsync();
        await using var client = server.Client();
        var socket = client.Socket();
        var journal = new Journal();
        socket.On("random", (JsonElement a, JsonElement b, JsonElement c) => journal.Add($"{a} {b} {c}"));
        socket.On("random", (PacketArguments all) => journal.Add($"{all.Count}"));
        socket.On("random", (int a, string b, int[] c) => journal.Add($"{a + 1} {b.Length} {c.Length}"));
        socket.On("random", (int a, string b, int[] c, bool? d) => journal.Add($"{a} {b} {c[0]} {d is null}"));
        socket.On("random", () => journal.Add("no one cares"));
        socket.Connect();
        (await server.AcceptAsync()).Send("""2["random",1,"2",[3]]""");
        await journal.ExpectAsync("1 2 [3]", "3", "2 1 1", "1 2 3 True", "no one cares");
    }

    [Fact]
    public async Task SIOC_TY_04_SIOC_TY_05_SIOC_TY_08_SIOC_TY_12_SIOC_TY_14_anything_can_be_sent_and_answers_have_a_type()
    {
        await using var server = await WireServer.StartAsync();
        await using var client = server.Client();
        var socket = client.Socket();
        socket.Connect();
        var session = await server.AcceptAsync();
        await socket.ConnectAsync(Token).Within();
        int[] three = [3], list = [1, 2];
        await socket.EmitAsync("random", 1, "2", three);
        await socket.EmitAsync("no parameters");
        await socket.EmitAsync("list", list);
        await socket.EmitAsync("objects", (object)new object[] { 1, "a" });
        await socket.EmitAsync("null", (string?)null);
        await session.ExpectAsync("""2["random",1,"2",[3]]""", """2["no parameters"]""", """2["list",[1,2]]""", """2["objects",[1,"a"]]""", """2["null",null]""");
        Task<string> answer = socket.EmitWithAckAsync<string>("ackFromClient", ["1", 2], cancellationToken: Token);
        await session.ExpectAsync("""20["ackFromClient","1",2]""");
        session.Send("""30["x"]""");
        Assert.Equal("x", await answer.Within());
        Task<PacketArguments> all = socket.Timeout(TimeSpan.FromSeconds(30)).EmitWithAckAsync<PacketArguments>("ackFromClientNoArg", cancellationToken: Token);
        await session.ExpectAsync("""21["ackFromClientNoArg"]""");
        session.Send("31[]");
        Assert.Equal(0, (await all.Within()).Count);
    }
}
