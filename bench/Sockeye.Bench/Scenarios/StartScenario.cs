using System.Diagnostics;
using Sockeye.Bench.Load;

namespace Sockeye.Bench.Scenarios;

/// <summary>From the start of the process to the first client in its namespace, and the memory then.</summary>
internal sealed class StartScenario(string name, string title) : Scenario(name, title), ITraffic
{
    public override IReadOnlyList<Metric> Metrics { get; } =
    [
        new("start", "start to first connect, ms", "ms", "0", IsMain: true),
        new("memory", "RSS then, MB", "MB", "0.0", IsMain: true),
    ];

    public override bool NeedsFreshServer => true;

    public override bool IsCold => true;

    public override Dictionary<string, double> Run(Stage stage)
    {
        using var loop = new EventLoop();
        var dialect = stage.NewDialect();
        var begin = Stopwatch.GetTimestamp();
        new Crowd(loop, this, (loop, traffic, index) => new WebSocketPeer(loop, dialect, traffic, index, stage.Target)).Open(1, TimeSpan.FromSeconds(20));
        return new()
        {
            ["start"] = (stage.Server.StartTime + Stopwatch.GetElapsedTime(begin)).TotalMilliseconds,
            ["memory"] = stage.Server.ResidentKilobytes() / 1024,
        };
    }

    public void OnReady(Peer peer)
    {
    }

    public void OnReply(Peer peer, long id, ReadOnlySpan<byte> value)
    {
    }

    public void OnMessage(Peer peer, ReadOnlySpan<byte> value)
    {
    }

    public void OnEnd(Peer peer) => throw new BenchException("The server ended the connection.");
}
