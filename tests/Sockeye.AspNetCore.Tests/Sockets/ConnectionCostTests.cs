using Sockeye.AspNetCore.Engine;
using Sockeye.AspNetCore.Tests.Fixtures;
using Sockeye.AspNetCore.Transports;
using Sockeye.Protocol.Engine;

namespace Sockeye.AspNetCore.Tests.Sockets;

/// <summary>What a connection with a session and a socket costs the server in memory, without the host's part (ADR 0019). Alone in the process: it looks at the whole heap.</summary>
[Collection(nameof(ConnectionCostTests))]
[CollectionDefinition(nameof(ConnectionCostTests), DisableParallelization = true)]
public sealed class ConnectionCostTests
{
    private const int Connections = 2000;

    [Fact]
    public async Task An_idle_connection_keeps_little_memory()
    {
        await using var sockets = new InMemorySockets();
        Connect(sockets);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        for (var i = 0; i < Connections; i++)
        {
            Connect(sockets);
        }

        var each = (GC.GetTotalMemory(forceFullCollection: true) - before) / Connections;
        Assert.Equal(Connections + 1, sockets.Io.Main.SocketCount);
        Assert.InRange(each, 1, 2400);
    }

    [Fact]
    public async Task A_connect_allocates_the_same_for_the_first_as_for_the_last()
    {
        await using var sockets = new InMemorySockets();
        var (first, last) = (Least(), 0L);
        for (var i = 0; i < Connections; i++)
        {
            Connect(sockets);
        }

        last = Least();
        Assert.InRange(first, 1, 9000);
        Assert.InRange(last, 1, first + 500);

        // The least of some: now and then a dictionary grows.
        long Least() => Enumerable.Range(0, 50).Min(_ =>
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            Connect(sockets);
            return GC.GetAllocatedBytesForCurrentThread() - before;
        });
    }

    [Fact]
    public async Task A_hundred_thousand_rooms_and_a_million_memberships_fit_into_memory()
    {
        const int Sockets = 10_000;
        const int RoomsOfSocket = 100;
        await using var sockets = new InMemorySockets();
        for (var i = 0; i < Sockets; i++)
        {
            Connect(sockets);
        }

        // A name for each join, as a server gets it.
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var all = sockets.Io.Main.Sockets;
        for (var i = 0; i < Sockets * RoomsOfSocket; i++)
        {
            await all[i / RoomsOfSocket].JoinAsync($"room {i % (Sockets * 10)}");
        }

        var each = (GC.GetTotalMemory(forceFullCollection: true) - before) / (Sockets * RoomsOfSocket);
        Assert.Equal(Sockets + (Sockets * 10), sockets.Io.Main.Adapter.RoomCount);
        Assert.InRange(each, 1, 150);
        foreach (var socket in all)
        {
            socket.Disconnect();
        }

        await SocketIOTestServer.UntilAsync(() => sockets.Io.Main.Adapter.RoomCount == 0);
    }

    private static void Connect(InMemorySockets sockets)
    {
        var (_, peer) = sockets.Attach(static session => new Peer(session));
        peer.Connect();
    }

    /// <summary>A transport that costs nothing.</summary>
    private sealed class Peer(EngineSession session) : Transport
    {
        [ThreadStatic]
        private static List<OutboundMessage>? _batch;

        public override string Name => "websocket";

        public void Connect()
        {
            var turn = Turn.Begin();
            ((ITransportOwner)session).OnPacket(this, EnginePacketType.Message, isBinary: false, "0"u8);
            turn.End(session);
        }

        public override void Attach() => ((ITransportOwner)session).Queue.TryLease(this);

        public override void Flush()
        {
            var batch = _batch ??= [];
            while (((ITransportOwner)session).Queue.TryTake(this, batch, int.MaxValue, int.MaxValue))
            {
                batch.Clear();
                ((ITransportOwner)session).Queue.Written(this);
            }
        }

        public override bool TryClose() => true;

        public override void Discard(TransportEnd end) => ((ITransportOwner)session).Queue.EndLease(this);
    }
}
