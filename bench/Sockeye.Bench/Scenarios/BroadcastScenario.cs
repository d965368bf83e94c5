using Sockeye.Bench.Load;
using Sockeye.Bench.Servers;

namespace Sockeye.Bench.Scenarios;

/// <summary>One client lets the server emit to all; the next follows when all have one.</summary>
/// <param name="polling">So many of the receivers poll.</param>
internal sealed class BroadcastScenario(string name, string title, int inFlight, int receivers, int polling = 0, string features = "") : Scenario(name, title, features)
{
    public override Dictionary<string, double> Run(Stage stage)
    {
        using var loop = new EventLoop();
        var dialect = stage.NewDialect();
        var traffic = new BroadcastTraffic(dialect, receivers, inFlight);
        var crowd = new Crowd(loop, traffic, (loop, traffic, index) => index >= receivers - polling
            ? new PollingPeer(loop, dialect, traffic, index, stage.TargetFor(index))
            : new WebSocketPeer(loop, dialect, traffic, index, stage.TargetFor(index)));
        crowd.Open(receivers, TimeSpan.FromSeconds(60));
        var window = Measure(stage, loop, crowd, traffic);
        crowd.Close();
        return Figures(window, traffic.Times);
    }

    public static Window Measure(Stage stage, EventLoop loop, Crowd crowd, BroadcastTraffic traffic)
    {
        foreach (var peer in crowd.Peers)
        {
            peer.Traffic = traffic;
        }

        traffic.Start(crowd.Peers[0]);
        var window = stage.Measure(loop, () => traffic.Delivered, traffic.Reset);
        traffic.Stop();
        loop.RunUntil(() => traffic.IsDone, TimeSpan.FromSeconds(20));
        return window;
    }

    public override bool Suits(Contestant contestant) => base.Suits(contestant) && (polling == 0 || contestant.Features.Contains("polling"));
}
