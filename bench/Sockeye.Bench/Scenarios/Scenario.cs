using Sockeye.Bench.Servers;

namespace Sockeye.Bench.Scenarios;

/// <summary>One thing to measure.</summary>
/// <param name="name">What it is called on the command line.</param>
/// <param name="title">What it is called in the report.</param>
/// <param name="features">What the server is started with, and the contestants without it are left out.</param>
internal abstract class Scenario(string name, string title, string features = "")
{
    public string Name { get; } = name;

    public string Title { get; } = title;

    public string Features { get; } = features;

    /// <summary>What the report shows, the first on the plot.</summary>
    public virtual IReadOnlyList<Metric> Metrics { get; } = [Metric.Cpu, Metric.PerSecond, Metric.Median, Metric.Tail];

    /// <summary>It needs a server that has done nothing yet.</summary>
    public virtual bool NeedsFreshServer => false;

    /// <summary>The server starts as a user's does, not so that it is warm soon.</summary>
    public virtual bool IsCold => false;

    /// <summary>What takes long is done this often at most.</summary>
    public virtual int MostRounds => int.MaxValue;

    public abstract Dictionary<string, double> Run(Stage stage);

    public virtual bool Suits(Contestant contestant) => (contestant.Name is not ("sockeye-aot" or "floor") || Catalog.Core.Contains(Name) || (contestant.Name != "floor" && Name == "start")) && Features.Split(' ', StringSplitOptions.RemoveEmptyEntries).All(feature => contestant.Features.Contains(feature));

    protected static Dictionary<string, double> Figures(Window window, Cli.Load.Percentiles times) => new()
    {
        [Metric.Cpu.Key] = window.CpuMicroseconds,
        [Metric.PerSecond.Key] = window.PerSecond,
        [Metric.Median.Key] = times.At(0.5).TotalMicroseconds,
        [Metric.Tail.Key] = times.At(0.99).TotalMicroseconds,
        ["utilisation"] = window.Utilisation,
    };
}

/// <summary>One column of a scenario's table.</summary>
/// <param name="IsMain">It has a plot, and stands in the table at the terminal. Less is better.</param>
internal sealed record Metric(string Key, string Title, string Unit, string Format, bool IsMain = false)
{
    public static Metric Cpu { get; } = new("cpu", "CPU of the server, µs each", "µs CPU", "0.00", IsMain: true);

    public static Metric PerSecond { get; } = new("perSecond", "each second", "/s", "#,0");

    public static Metric Median { get; } = new("p50", "p50, µs", "µs", "#,0");

    public static Metric Tail { get; } = new("p99", "p99, µs", "µs", "#,0");
}
