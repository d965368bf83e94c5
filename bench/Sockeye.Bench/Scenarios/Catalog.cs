namespace Sockeye.Bench.Scenarios;

/// <summary>All scenarios, those that can share a server beside each other.</summary>
internal static class Catalog
{
    /// <summary>The columns of the table in the issue.</summary>
    public static IReadOnlyList<string> Core { get; } = ["echo-1", "echo-8", "broadcast-1", "broadcast-16", "connect"];

    public static IReadOnlyList<Scenario> All { get; } =
    [
        new EchoScenario("echo-1", "Echo with acknowledgement, 100 connections, 1 in flight, 64 B", 1, 64),
        new EchoScenario("echo-8", "Echo with acknowledgement, 100 connections, 8 in flight, 64 B", 8, 64),
        new BroadcastScenario("broadcast-1", "Broadcast to 1,000, 1 in flight", 1, 1000),
        new BroadcastScenario("broadcast-16", "Broadcast to 1,000, 16 in flight", 16, 1000),
        new ConnectScenario("connect", "Connect, and 10,000 idle connections", 10_000),
    ];

    public static Scenario Find(string name) => All.FirstOrDefault(scenario => scenario.Name == name) ?? throw new BenchException($"There is no scenario \"{name}\". There are: {string.Join(", ", All.Select(each => each.Name))}.");
}
