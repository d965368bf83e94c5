using Sockeye.Adapters.Tests.Fixtures;
using Sockeye.Protocol.Cluster;

namespace Sockeye.Adapters.Tests;

public abstract partial class EngineSpecification
{
    /// <summary>The engine's emitter; it must not outlive the test.</summary>
    protected abstract Task<ClusterEmitter> CreateEmitterAsync();

    [Fact]
    public async Task RE_01_RE_03_RE_04_PGE_01_RSE_01_An_emitter_reaches_the_clients_of_all_servers_with_binary_data()
    {
        var emitter = await CreateEmitterAsync();
        await emitter.EmitAsync("test", 1, "2", new byte[] { 3 });
        foreach (var client in Clients)
        {
            await client.ExpectAsync("test 1 \"2\" [03]");
        }

        await Assert.ThrowsAsync<ArgumentException>(() => emitter.EmitAsync("disconnect"));
    }

    [Fact]
    public async Task RE_05_RE_06_PGE_02_RSE_02_An_emitter_reaches_a_namespace_and_adds_its_slash()
    {
        var custom = await ConnectAsync(Nodes[1], "/custom");
        var emitter = await CreateEmitterAsync();
        await emitter.Of("/custom").EmitAsync("test", 1);
        await emitter.Of("custom").EmitAsync("test", 2);
        await custom.ExpectAsync("test 1", "test 2");
        await ExpectEndAsync();
    }

    [Fact]
    public async Task RE_07_RE_08_RE_09_PGE_03_PGE_04_RSE_03_RSE_04_An_emitter_reaches_rooms_and_sockets_and_leaves_some_out()
    {
        var emitter = await CreateEmitterAsync();
        await Sockets[0].JoinAsync("room1");
        await Sockets[1].JoinAsync("room1");
        await RoomReachesAsync("room1", 2);
        await emitter.To("room1").Except(Clients[1].Id).Volatile.Compress(false).EmitAsync("room", 1);
        await emitter.To(Clients[2].Id).EmitAsync("direct", 2);
        await emitter.EmitAsync("end");
        await Clients[0].ExpectAsync("room 1", "end");
        await Clients[1].ExpectAsync("end");
        await Clients[2].ExpectAsync("direct 2", "end");
    }

    [Fact]
    public async Task RE_10_RE_11_RE_12_RE_13_RE_14_RE_15_PGE_05_PGE_06_PGE_07_PGE_08_PGE_09_PGE_10_PGE_11_RSE_05_RSE_06_RSE_07_RSE_08_RSE_09_RSE_10_RSE_11_An_emitter_moves_and_disconnects_sockets()
    {
        var emitter = await CreateEmitterAsync();
        await emitter.SocketsJoinAsync("room1", "room2", "room3");
        await emitter.In(Clients[0].Id).SocketsLeaveAsync("room1");
        await emitter.In("room1").SocketsJoinAsync("room4");
        await emitter.In(Clients[2].Id).SocketsJoinAsync("room5");
        await emitter.SocketsLeaveAsync("room2");
        await emitter.In("room1").SocketsLeaveAsync("room3");
        await emitter.EmitAsync("end");
        await Task.WhenAll(Clients.Select(client => client.ExpectAsync("end")));
        Assert.Equal(["room3", "room1 room4", "room1 room4 room5"], Sockets.Select(socket => string.Join(' ', socket.Rooms.Where(room => room != socket.Id).Order())));
        await emitter.In("room1").DisconnectSocketsAsync(close: true);
        await emitter.EmitAsync("end");
        await Clients[0].ExpectAsync("end");
        await Clients[1].ExpectAsync("disconnect: io server disconnect");
        await Clients[2].ExpectAsync("disconnect: io server disconnect");
    }

    [Fact]
    public async Task RE_16_PGE_12_RSE_12_An_emitter_sends_an_event_to_all_servers()
    {
        var heard = Nodes.Select(_ => new TaskCompletionSource<string>()).ToArray();
        for (var i = 0; i < Nodes.Length; i++)
        {
            var source = heard[i];
            Nodes[i].Io.OnServerEvent("hello", (string name) => { source.TrySetResult(name); });
        }

        await (await CreateEmitterAsync()).ServerSideEmitAsync("hello", "world");
        Assert.All(await Task.WhenAll(heard.Select(source => source.Task)).Within("all servers to hear it"), name => Assert.Equal("world", name));
    }
}
