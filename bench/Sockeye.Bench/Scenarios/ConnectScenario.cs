using System.Diagnostics;
using Sockeye.Bench.Load;
using Sockeye.Bench.Servers;

namespace Sockeye.Bench.Scenarios;

/// <summary>What it costs to connect, and to be connected.</summary>
internal sealed class ConnectScenario(string name, string title, int count) : Scenario(name, title), ITraffic
{
    private const int WarmUp = 1000;

    public override IReadOnlyList<Metric> Metrics { get; } =
    [
        new("memory", "KB of RSS for each idle connection", "KB RSS", "0.0", IsMain: true),
        new("cpu", "CPU of the server, µs for each connect", "µs CPU", "0", IsMain: true),
        new("perSecond", "connects a second", "/s", "#,0"),
    ];

    public override bool NeedsFreshServer => true;

    public override int MostRounds => count > 20_000 ? 1 : base.MostRounds;

    public override bool Suits(Contestant contestant) => base.Suits(contestant) && (count <= 20_000 || GrowthScenario.IsChosen(contestant));

    public override Dictionary<string, double> Run(Stage stage)
    {
        using var loop = new EventLoop();
        var dialect = stage.NewDialect();
        var crowd = new Crowd(loop, this, (loop, traffic, index) => new WebSocketPeer(loop, dialect, traffic, index, stage.Target));

        // The first ones warm the server up and stay, so that the others do not get their memory.
        // Twice with a pause: a JIT compiles what was used often when nothing new comes, first with counters, then for good.
        crowd.Open(WarmUp, TimeSpan.FromSeconds(30));
        loop.RunFor(stage.Pace.Settle);
        crowd.Open(WarmUp, TimeSpan.FromSeconds(30));
        loop.RunFor(stage.Pace.Settle);
        var wanted = (int)(count * stage.Pace.Share);
        var (memory, cpu, begin) = (stage.Server.ResidentKilobytes(), stage.Server.Cpu(), Stopwatch.GetTimestamp());
        crowd.Open(wanted, TimeSpan.FromSeconds(120));
        var (seconds, used) = (Stopwatch.GetElapsedTime(begin).TotalSeconds, stage.Server.Cpu().SecondsSince(cpu));
        loop.RunFor(stage.Pace.Settle);
        return new()
        {
            ["memory"] = (stage.Server.ResidentKilobytes() - memory) / wanted,
            ["cpu"] = 1e6 * used / wanted,
            ["perSecond"] = wanted / seconds,
        };
    }

    public void OnReady(Peer peer)
    {
    }

    public void OnReply(Peer peer, long id, ReadOnlySpan<byte> value) => throw new BenchException("An acknowledgement that nobody waits for.");

    public void OnMessage(Peer peer, ReadOnlySpan<byte> value) => throw new BenchException("An event that nobody emitted.");

    public void OnEnd(Peer peer) => throw new BenchException("The server ended a connection.");
}
