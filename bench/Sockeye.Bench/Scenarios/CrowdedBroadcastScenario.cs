using Sockeye.Bench.Load;

namespace Sockeye.Bench.Scenarios;

/// <summary>To many receivers, whom it takes long to connect: both measurements with the same ones.</summary>
internal sealed class CrowdedBroadcastScenario(string name, string title, int receivers) : Scenario(name, title)
{
    public override IReadOnlyList<Metric> Metrics { get; } =
    [
        Metric.Cpu with { Title = "1 in flight: CPU of the server, µs for each delivery" },
        Metric.Cpu with { Key = "cpu16", Title = "16 in flight: CPU of the server, µs for each delivery", Unit = "µs CPU, 16" },
        Metric.Median with { Title = "1 in flight: p50, µs" },
        Metric.Tail with { Title = "1 in flight: p99, µs" },
    ];

    public override Dictionary<string, double> Run(Stage stage)
    {
        using var loop = new EventLoop();
        var dialect = stage.NewDialect();
        var count = (int)(receivers * stage.Pace.Share);
        var first = new BroadcastTraffic(dialect, count, 1);
        var crowd = new Crowd(loop, first, (loop, traffic, index) => new WebSocketPeer(loop, dialect, traffic, index, stage.Target));
        crowd.Open(count, TimeSpan.FromSeconds(60));
        var figures = Figures(BroadcastScenario.Measure(stage, loop, crowd, first), first.Times);
        figures["cpu16"] = BroadcastScenario.Measure(stage, loop, crowd, new BroadcastTraffic(dialect, count, 16)).CpuMicroseconds;
        crowd.Close();
        return figures;
    }
}
