using System.Text.Json;
using System.Threading.Channels;
using Microsoft.Extensions.DependencyInjection;
using Sockeye.Adapters.Tests.Fixtures;
using Sockeye.AspNetCore.Sockets;
using Sockeye.Protocol.Cluster;
using Sockeye.Protocol.Packets;

namespace Sockeye.Adapters.Tests;

/// <summary>What every engine with an official counterpart does together with it: one server here, one official server under Node, a client on each; each case in both directions.</summary>
public abstract class MixedSpecification : IAsyncLifetime
{
    private readonly Channel<string> _heard = Channel.CreateUnbounded<string>();
    private OfficialNode? _official;
    private Node? _node;
    private TestClient[] _clients = [];

    private OfficialNode Official => _official!;

    private protected SocketIOServer Io => _node!.Io;

    /// <summary>The client of the server here.</summary>
    private TestClient Here => _clients[0];

    /// <summary>The client of the official server.</summary>
    private TestClient There => _clients[1];

    /// <summary>What node/server.mjs needs to know of the engine.</summary>
    protected abstract object OfficialSettings { get; }

    protected abstract void AddEngine(IServiceCollection services);

    /// <summary>The engine's emitter; it must not outlive the test.</summary>
    protected abstract ClusterEmitter CreateEmitter();

    /// <summary>How binary data of an official server's <c>serverSideEmit</c> arrive.</summary>
    protected virtual string ServerEventBinary => "[02]";

    /// <summary>Whether npm has an emitter for the engine.</summary>
    protected virtual bool HasOfficialEmitter => true;

    /// <summary>Ends what the test has started of the engine.</summary>
    protected abstract Task StopEngineAsync();

    public async ValueTask InitializeAsync()
    {
        _node = await Node.StartAsync(AddEngine, io =>
        {
            io.Namespace("/custom");
            io.OnServerEvent("hello", (PacketArguments arguments) =>
            {
                _heard.Writer.TryWrite(TestClient.Describe("hello", arguments));
                return new { net = arguments.Count };
            });
        });
        _official = await OfficialNode.StartAsync(OfficialSettings);
        foreach (var nsp in (string[])["/", "/custom"])
        {
            await Waiting.UntilAsync(async () => await Io.Namespace(nsp).ServerCountAsync() == 2 && (await Official.CallAsync(new { call = "count", nsp })).GetInt32() == 2, $"both servers in {nsp}");
        }

        _clients = [await TestClient.ConnectAsync(_node), await TestClient.ConnectAsync(Official.Url)];
        await RoomReachesAsync(Here.Id);
        await RoomReachesAsync(There.Id);
        await WarmUpAsync();
    }

    /// <summary>Waits until a room of one server reaches it: for engines whose servers begin to listen after the join.</summary>
    protected virtual Task RoomReachesAsync(string room) => Task.CompletedTask;

    /// <summary>Waits until the official server hears everything.</summary>
    protected virtual Task WarmUpAsync() => Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        foreach (var started in (IAsyncDisposable?[])[.. _clients, _official, _node])
        {
            if (started is not null)
            {
                await started.DisposeAsync();
            }
        }

        await StopEngineAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Broadcasts_with_binary_data_namespaces_rooms_and_exceptions_from_here_to_there()
    {
        await using var custom = await TestClient.ConnectAsync(Official.Url, "/custom");
        await Io.EmitAsync("test", 1, "é\u2028\"", new byte[] { 3, 4 }, new { a = new[] { 1.5 }, b = new byte[] { 5 } });
        await BothAsync("""test 1 "é""" + "\u2028" + """\"" [0304] {"a":[1.5],"b":{"_placeholder":true,"num":1}}""");
        await Io.EmitAsync("large", new string('é', 20_000));
        await BothAsync($"large \"{new string('é', 20_000)}\"");
        await Io.Namespace("/custom").EmitAsync("custom");
        await custom.ExpectAsync("custom");
        await Io.To(There.Id).EmitAsync("there");
        await Io.Except(There.Id).EmitAsync("here");
        await Io.To("nobody").EmitAsync("nobody");
        await Io.EmitAsync("end");
        await Here.ExpectAsync("here", "end");
        await There.ExpectAsync("there", "end");
    }

    [Fact]
    public async Task Broadcasts_with_binary_data_namespaces_rooms_and_exceptions_from_there_to_here()
    {
        await using var custom = await TestClient.ConnectAsync(_node!, "/custom");
        await CallAsync(new { call = "emit", args = new object[] { "test", 1, "é\u2028\"", new Dictionary<string, string> { ["$"] = "0304" }, new { a = Arguments(1.5) } } });
        await BothAsync("""test 1 "é""" + "\u2028" + """\"" [0304] {"a":[1.5]}""");
        await CallAsync(new { call = "emit", args = new object[] { "large", new string('é', 20_000) } });
        await BothAsync($"large \"{new string('é', 20_000)}\"");
        await CallAsync(new { call = "emit", nsp = "/custom", args = Arguments("custom") });
        await custom.ExpectAsync("custom");
        await CallAsync(new { call = "emit", to = new[] { Here.Id }, args = Arguments("here") });
        await CallAsync(new { call = "emit", except = new[] { Here.Id }, args = Arguments("there") });
        await CallAsync(new { call = "emit", to = Names("nobody"), args = Arguments("nobody") });
        await CallAsync(new { call = "emit", args = Arguments("end") });
        await Here.ExpectAsync("here", "end");
        await There.ExpectAsync("there", "end");
    }

    [Fact]
    public async Task Broadcasts_with_acknowledgements_in_both_directions()
    {
        Here.Socket.On("question", () => "here");
        There.Socket.On("question", () => "there");
        Here.Socket.On("binary", () => new byte[] { 1 });
        There.Socket.On("binary", () => new byte[] { 2 });
        Assert.Equal(["here", "there"], (await Io.Timeout(Waiting.Bound).EmitWithAcksAsync<string>("question", [], Cancellation).Within("the acknowledgements")).Order());
        Assert.Equal(["01", "02"], (await Io.Timeout(Waiting.Bound).EmitWithAcksAsync<byte[]>("binary", [new byte[] { 9 }], Cancellation).Within("the acknowledgements")).Select(Convert.ToHexString).Order());
        var answers = await CallAsync(new { call = "emitWithAck", timeout = 60_000, args = Arguments("question") });
        Assert.Equal(["here", "there"], answers.EnumerateArray().Select(answer => answer.GetString()!).Order());
        var binary = await CallAsync(new { call = "emitWithAck", timeout = 60_000, args = new object[] { "binary", new Dictionary<string, string> { ["$"] = "09" } } });
        Assert.Equal(["01", "02"], binary.EnumerateArray().Select(answer => answer.GetProperty("$").GetString()!).Order());
    }

    [Fact]
    public async Task Sockets_are_found_in_both_directions()
    {
        Io.Namespace("/").FindSocket(Here.Id)!.Data["node"] = "net";
        var found = await Io.FetchSocketsAsync().Within("the sockets");
        Assert.Equal(new[] { Here.Id, There.Id }.Order(), found.Select(socket => socket.Id).Order());
        Assert.Equal("js", ((JsonElement)found.Single(socket => socket.Id == There.Id).Data["node"]!).GetString());
        await found.Single(socket => socket.Id == There.Id).EmitAsync("direct", 1);
        await There.ExpectAsync("direct 1");
        var sockets = (await CallAsync(new { call = "fetchSockets" })).EnumerateArray().ToDictionary(socket => socket.GetProperty("id").GetString()!);
        Assert.Equal(new[] { Here.Id, There.Id }.Order(), sockets.Keys.Order());
        Assert.Equal("net", sockets[Here.Id].GetProperty("data").GetProperty("node").GetString());
        Assert.Equal(Here.Id, Assert.Single(sockets[Here.Id].GetProperty("rooms").EnumerateArray()).GetString());
        Assert.StartsWith("/socket.io/", sockets[Here.Id].GetProperty("url").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sockets_join_leave_and_are_disconnected_from_here()
    {
        await Io.SocketsJoinAsync("room1", "room2");
        await Io.In(There.Id).SocketsLeaveAsync("room1");
        await Io.EmitAsync("end");
        await BothAsync("end");
        Assert.Equal(["room2"], await RoomsThereAsync());
        Assert.Equal(["room1", "room2"], RoomsHere());
        await Io.In("room2").DisconnectSocketsAsync(close: true);
        await BothAsync("disconnect: io server disconnect");
    }

    [Fact]
    public async Task Sockets_join_leave_and_are_disconnected_from_there()
    {
        await CallAsync(new { call = "join", rooms = Names("room1", "room2") });
        await CallAsync(new { call = "leave", to = new[] { Here.Id }, rooms = Names("room1") });
        await CallAsync(new { call = "emit", args = Arguments("end") });
        await BothAsync("end");
        Assert.Equal(["room1", "room2"], await RoomsThereAsync());
        Assert.Equal(["room2"], RoomsHere());
        await CallAsync(new { call = "disconnect", to = Names("room2"), close = true });
        await BothAsync("disconnect: io server disconnect");
    }

    [Fact]
    public async Task Events_for_the_servers_and_their_answers_in_both_directions()
    {
        await Io.ServerSideEmitAsync("hello", "world", new byte[] { 1 });
        await Waiting.UntilAsync(async () => (await CallAsync(new { call = "heard" })).GetArrayLength() == 1, "the official server to hear it");
        Assert.Equal("\"world\" [01]", (await CallAsync(new { call = "heard" }))[0].GetString());
        await CallAsync(new { call = "serverSideEmit", args = new object[] { "hello", "world", new Dictionary<string, string> { ["$"] = "02" } } });
        Assert.Equal($"hello \"world\" {ServerEventBinary}", await _heard.Reader.ReadAsync(Cancellation).AsTask().Within("the event"));
        var answer = Assert.Single(await Io.ServerSideEmitWithAckAsync<JsonElement>("hello", ["you"], Cancellation).Within("the answer"));
        Assert.True(answer.GetProperty("js").GetBoolean());
        var official = await CallAsync(new { call = "serverSideEmitWithAck", args = Arguments("hello", 1, 2) });
        Assert.Equal(2, Assert.Single(official.EnumerateArray()).GetProperty("net").GetInt32());
    }

    [Fact]
    public async Task The_official_server_is_awaited_and_who_has_left_is_not()
    {
        await using var gone = await FakeNode.JoinAsync(AddEngine);
        await Waiting.UntilAsync(async () => await Io.ServerCountAsync() == 3, "three servers");
        await gone.SendAsync(ClusterMessageType.AdapterClose);
        await Waiting.UntilAsync(async () => await Io.ServerCountAsync() == 2, "two servers");
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(2, (await Io.FetchSocketsAsync().Within("the sockets")).Count);
        }
    }

    [Fact]
    public async Task The_emitter_from_here_reaches_both()
    {
        var emitter = CreateEmitter();
        await emitter.EmitAsync("test", 1, new byte[] { 2 });
        await BothAsync("test 1 [02]");
        await emitter.SocketsJoinAsync("room1");
        await emitter.In(There.Id).SocketsLeaveAsync("room1");
        await Waiting.UntilAsync(async () => RoomsHere() is ["room1"] && await RoomsThereAsync() is [], "the clients to be in their rooms");
        await RoomReachesAsync("room1");
        await emitter.To("room1").EmitAsync("room");
        await emitter.Except("room1").EmitAsync("others");
        await emitter.ServerSideEmitAsync("hello", "emitter");
        await emitter.EmitAsync("end");
        await Here.ExpectAsync("room", "end");
        await There.ExpectAsync("others", "end");
        Assert.Equal("hello \"emitter\"", await _heard.Reader.ReadAsync(Cancellation).AsTask().Within("the event"));
        await Waiting.UntilAsync(async () => (await CallAsync(new { call = "heard" })).GetArrayLength() == 1, "the official server to hear it");
        await emitter.DisconnectSocketsAsync(close: true);
        await BothAsync("disconnect: io server disconnect");
    }

    [Fact]
    public async Task The_official_emitter_reaches_the_clients_here()
    {
        Assert.SkipUnless(HasOfficialEmitter, "There is none for this engine.");
        await CallAsync(new { call = "emitterEmit", args = new object[] { "test", 1, new Dictionary<string, string> { ["$"] = "02" } } });
        await Here.ExpectAsync("test 1 [02]");
        await CallAsync(new { call = "emitterJoin", rooms = Names("room1", "room2") });
        await CallAsync(new { call = "emitterLeave", rooms = Names("room2") });
        await CallAsync(new { call = "emitterServerSideEmit", args = Arguments("hello", "emitter") });
        Assert.Equal("hello \"emitter\"", await _heard.Reader.ReadAsync(Cancellation).AsTask().Within("the event"));
        await Waiting.UntilAsync(() => Task.FromResult(RoomsHere() is ["room1"]), "the client to be in the room");
        await CallAsync(new { call = "emitterEmit", to = Names("room1"), args = Arguments("room") });
        await Here.ExpectAsync("room");
        await CallAsync(new { call = "emitterDisconnect", to = Names("room1") });
        await Here.ExpectAsync("disconnect: io server disconnect");
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static string[] Names(params string[] names) => names;

    private static object[] Arguments(params object[] arguments) => arguments;

    private string[] RoomsHere() => [.. Io.Namespace("/").FindSocket(Here.Id)!.Rooms.Where(room => room != Here.Id).Order()];

    private protected async Task<string[]> RoomsThereAsync() => [.. (await CallAsync(new { call = "rooms" })).EnumerateArray().Select(room => room.GetString()!).Order()];

    private Task<JsonElement> CallAsync(object call) => Official.CallAsync(call);

    private async Task BothAsync(string expected)
    {
        await Here.ExpectAsync(expected);
        await There.ExpectAsync(expected);
    }
}
