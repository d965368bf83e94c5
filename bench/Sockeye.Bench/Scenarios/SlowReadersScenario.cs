using System.Diagnostics;
using Sockeye.Bench.Load;

namespace Sockeye.Bench.Scenarios;

/// <summary>Some receivers stop to read. What does it cost the others, and the server's memory?</summary>
internal sealed class SlowReadersScenario(string name, string title) : Scenario(name, title)
{
    private const int Readers = 180;
    private const int Stopped = 20;
    private const int Size = 16 * 1024;
    private const int Broadcasts = 600;
    private const int SmallReceiveBuffer = 16 * 1024;

    public override IReadOnlyList<Metric> Metrics { get; } =
    [
        Metric.Cpu with { Title = "CPU of the server, µs for each delivery to the others" },
        new("memory", "growth of the server's memory at its peak, MB", "MB peak", "0", IsMain: true),
        new("ended", "connections that it ended, of 20", "ended", "0"),
        Metric.Tail with { Title = "p99 of the others, µs" },
    ];

    public override bool NeedsFreshServer => true;

    public override Dictionary<string, double> Run(Stage stage)
    {
        using var loop = new EventLoop();
        var dialect = stage.NewDialect();
        var traffic = new BroadcastTraffic(dialect, Readers, 1, Size);
        var stopped = new StoppedTraffic();
        var crowd = new Crowd(loop, traffic, (loop, traffic, index) => new WebSocketPeer(loop, dialect, traffic, index, stage.Target, index >= Readers ? SmallReceiveBuffer : 0));
        crowd.Open(Readers + Stopped, TimeSpan.FromSeconds(20));

        // Warm, without any that have stopped.
        var warm = new BroadcastTraffic(dialect, Readers + Stopped, 1);
        BroadcastScenario.Measure(stage, loop, crowd, warm);
        foreach (var peer in crowd.Peers)
        {
            peer.Traffic = peer.Index < Readers ? traffic : stopped;
            if (peer.Index >= Readers)
            {
                peer.Pause();
            }
        }

        var (memory, cpu, begin) = (stage.Server.ResidentKilobytes(), stage.Server.Cpu(), Stopwatch.GetTimestamp());
        var wanted = (int)(Broadcasts * stage.Pace.Share);
        traffic.Start(crowd.Peers[0]);
        loop.RunUntil(() => traffic.Sent >= wanted, TimeSpan.FromSeconds(60));
        var (used, delivered) = (stage.Server.Cpu().SecondsSince(cpu), traffic.Delivered);
        traffic.Stop();
        loop.RunUntil(() => traffic.IsDone, TimeSpan.FromSeconds(20));
        var figures = Figures(new Window(delivered, Stopwatch.GetElapsedTime(begin).TotalSeconds, used), traffic.Times);
        figures["memory"] = (stage.Server.PeakKilobytes() - memory) / 1024;

        // Who reads on learns whether the server has given it up.
        foreach (var peer in crowd.Peers.Skip(Readers))
        {
            peer.Resume();
        }

        loop.RunFor(stage.Pace.Settle);
        figures["ended"] = stopped.Ended;
        crowd.Close();
        return figures;
    }

    private sealed class StoppedTraffic : ITraffic
    {
        public int Ended { get; private set; }

        public void OnReady(Peer peer)
        {
        }

        public void OnReply(Peer peer, long id, ReadOnlySpan<byte> value)
        {
        }

        public void OnMessage(Peer peer, ReadOnlySpan<byte> value)
        {
        }

        public void OnEnd(Peer peer) => Ended++;
    }
}
