using Sockeye.Bench.Servers;

namespace Sockeye.Bench.Scenarios;

/// <summary>How a figure changes while something grows: the values' keys are the sizes. Each has a curve.</summary>
/// <param name="across">What grows.</param>
/// <param name="up">What is measured.</param>
internal abstract class GrowthScenario(string name, string title, string across, string up) : Scenario(name, title)
{
    /// <summary>They take long, and compare each server with itself: not against every peer.</summary>
    private static readonly string[] Chosen = ["sockeye", "sockeye-epoll", "sockeye-a", "sockeye-b", "node-ws"];

    public string Across { get; } = across;

    public string Up { get; } = up;

    public override IReadOnlyList<Metric> Metrics { get; } = [];

    public override bool NeedsFreshServer => true;

    public override int MostRounds => 1;

    public static bool IsChosen(Contestant contestant) => Chosen.Contains(contestant.Name);

    public override bool Suits(Contestant contestant) => IsChosen(contestant);
}
