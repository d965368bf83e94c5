using System.Globalization;
using Sockeye.Bench.Load;
using Sockeye.Bench.Protocols;

namespace Sockeye.Bench.Scenarios;

/// <summary>A delivery of a broadcast to more and more receivers.</summary>
internal sealed class BroadcastGrowth() : GrowthScenario("growth-broadcast", "Broadcast to more and more receivers", "receivers", "CPU of the server, µs for each delivery")
{
    public override Dictionary<string, double> Run(Stage stage)
    {
        using var loop = new EventLoop();
        var dialect = stage.NewDialect();
        var figures = new Dictionary<string, double>();
        var crowd = new Crowd(loop, new BroadcastTraffic(dialect, 1, 1), (loop, traffic, index) => new WebSocketPeer(loop, dialect, traffic, index, stage.Target));
        foreach (var receivers in (int[])[100, 300, 1000, 3000, (int)Math.Max(3300, 10_000 * stage.Pace.Share)])
        {
            crowd.Open(receivers - crowd.Peers.Count, TimeSpan.FromSeconds(60));
            figures[$"{receivers}"] = BroadcastScenario.Measure(stage, loop, crowd, new BroadcastTraffic(dialect, receivers, 1)).CpuMicroseconds;
        }

        crowd.Close();
        return figures;
    }
}

/// <summary>The 50,000th connection beside the first.</summary>
internal sealed class ConnectGrowth() : GrowthScenario("growth-connect", "Connections beside more and more others", "connections that are there", "CPU of the server, µs for each connect")
{
    public override Dictionary<string, double> Run(Stage stage)
    {
        using var loop = new EventLoop();
        var dialect = stage.NewDialect();
        var figures = new Dictionary<string, double>();
        var crowd = new Crowd(loop, new Ignored(), (loop, traffic, index) => new WebSocketPeer(loop, dialect, traffic, index, stage.Target));
        crowd.Open(1000, TimeSpan.FromSeconds(30));
        loop.RunFor(stage.Pace.Settle);
        foreach (var connections in (int[])[2000, 3000, 5000, 10_000, 20_000, 30_000, 40_000, 50_000])
        {
            if (connections > 50_000 * stage.Pace.Share)
            {
                break;
            }

            var (cpu, count) = (stage.Server.Cpu(), connections - crowd.Peers.Count);
            crowd.Open(count, TimeSpan.FromSeconds(120));
            figures[$"{connections}"] = 1e6 * stage.Server.Cpu().SecondsSince(cpu) / count;
        }

        crowd.Close();
        return figures;
    }
}

/// <summary>An emit to a room, with more and more members.</summary>
internal sealed class RoomSizeGrowth() : GrowthScenario("growth-room-size", "Emits to a room with more and more members", "members", "CPU of the server, µs for each delivery")
{
    public override Dictionary<string, double> Run(Stage stage)
    {
        using var loop = new EventLoop();
        var dialect = stage.NewDialect();
        var figures = new Dictionary<string, double>();
        var joins = new Ignored();
        var crowd = new Crowd(loop, joins, (loop, traffic, index) => new WebSocketPeer(loop, dialect, traffic, index, stage.Target));
        crowd.Open(3000, TimeSpan.FromSeconds(60));
        foreach (var members in (int[])[1, 10, 100, 1000, 3000])
        {
            // The room is named after its size; its members are the first of all, the others hear nothing.
            joins.Replies = 0;
            foreach (var peer in crowd.Peers)
            {
                peer.Traffic = joins;
                if (peer.Index < members)
                {
                    peer.Call("join", 0, dialect.Text($"of-{members}"));
                }
            }

            loop.RunUntil(() => joins.Replies == members, TimeSpan.FromSeconds(20));
            var traffic = new BroadcastTraffic(dialect, members, members < 100 ? 16 : 1, room: $"of-{members}");
            figures[$"{members}"] = BroadcastScenario.Measure(stage, loop, crowd, traffic).CpuMicroseconds;
        }

        crowd.Close();
        return figures;
    }
}

/// <summary>A join and a leave, while there are more and more rooms, up to 100,000 with 1,000,000 memberships.</summary>
internal sealed class RoomsGrowth() : GrowthScenario("growth-rooms", "Join and leave beside more and more memberships (10 to a room)", "memberships", "CPU of the server, µs for a join and a leave")
{
    private const int Sockets = 1000;
    private const int Pairs = 20_000;

    public override Dictionary<string, double> Run(Stage stage)
    {
        using var loop = new EventLoop();
        var dialect = stage.NewDialect();
        var figures = new Dictionary<string, double>();
        var traffic = new Ignored();
        var crowd = new Crowd(loop, traffic, (loop, traffic, index) => new WebSocketPeer(loop, dialect, traffic, index, stage.Target));
        crowd.Open(Sockets, TimeSpan.FromSeconds(60));
        JoinAndLeave(loop, crowd, traffic, dialect);
        var (memory, before) = (stage.Server.ResidentKilobytes(), 0);
        foreach (var each in (int[])[10, 100, 1000])
        {
            // Each socket is in so many rooms, and ten sockets are in each room: row after row of the sockets, a room for ten neighbours.
            traffic.Replies = 0;
            var (sent, wanted) = (0, Sockets * (each - before));
            while (sent < wanted)
            {
                var (peer, row) = (crowd.Peers[sent % Sockets], before + (sent / Sockets));
                peer.Call("join", 0, dialect.Text($"room-{row}-{peer.Index / 10}"));
                if (++sent % 10_000 == 0 || sent == wanted)
                {
                    loop.RunUntil(() => traffic.Replies == sent, TimeSpan.FromSeconds(60));
                }
            }

            before = each;
            var cpu = stage.Server.Cpu();
            JoinAndLeave(loop, crowd, traffic, dialect);
            figures[(Sockets * each).ToString(CultureInfo.InvariantCulture)] = 1e6 * stage.Server.Cpu().SecondsSince(cpu) / Pairs;
        }

        figures["memory"] = 1024 * (stage.Server.ResidentKilobytes() - memory) / (Sockets * before);
        crowd.Close();
        return figures;
    }

    private static void JoinAndLeave(EventLoop loop, Crowd crowd, Ignored traffic, Dialect dialect)
    {
        traffic.Replies = 0;
        for (var i = 0; i < Pairs; i++)
        {
            var (peer, room) = (crowd.Peers[i % Sockets], dialect.Text($"passing-{i / 10 % 100}"));
            peer.Call("join", 0, room);
            peer.Call("leave", 0, room);
            if (i % 5000 == 4999)
            {
                loop.RunUntil(() => traffic.Replies == 2 * (i + 1), TimeSpan.FromSeconds(60));
            }
        }
    }
}

/// <summary>Only counts.</summary>
internal sealed class Ignored : ITraffic
{
    public int Replies { get; set; }

    public void OnReady(Peer peer)
    {
    }

    public void OnReply(Peer peer, long id, ReadOnlySpan<byte> value) => Replies++;

    public void OnMessage(Peer peer, ReadOnlySpan<byte> value) => throw new BenchException("An event that nobody emitted.");

    public void OnEnd(Peer peer) => throw new BenchException("The server ended a connection.");
}
