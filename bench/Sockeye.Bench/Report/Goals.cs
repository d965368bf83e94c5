using System.Globalization;

namespace Sockeye.Bench.Report;

/// <summary>What Sockeye is to reach, as ratios to its peers in the same run.</summary>
internal static class Goals
{
    private const string Bun = "bun";
    private const string Uws = "node-uws";

    // Without uWebSockets.js its place is taken by Node with ws, times what one was to the other in the first measurement of all, on one machine.
    private static readonly Dictionary<string, double> UwsToWs = new() { ["echo-1"] = 15.2 / 27.5, ["echo-8"] = 8.7 / 18.2, ["broadcast-1"] = 6.2 / 15.5, ["broadcast-16"] = 0.59 / 9.7, ["connect"] = 134.0 / 342 };

    // A broadcast with 1 in flight is one call of the kernel for each delivery and nothing more to save: there uWebSockets.js is to the floor what it was in that measurement, not to Node, whose own part varies.
    private const double UwsToFloor = 6.2 / 5.2;

    private static readonly string[] Others = ["node-ws", "node-eiows", Uws, Bun, "signalr-json", "signalr-msgpack"];

    private static readonly (string Scenario, string Metric, string Title)[] Rows =
    [
        ("echo-1", "cpu", "echo, 1 in flight"),
        ("echo-8", "cpu", "echo, 8 in flight"),
        ("broadcast-1", "cpu", "broadcast, 1 in flight"),
        ("broadcast-16", "cpu", "broadcast, 16 in flight"),
        ("connect", "cpu", "connect"),
        ("connect", "memory", "idle connection"),
    ];

    public static IEnumerable<Goal> Of(Results results)
    {
        Spread? Find(string server, string scenario, string metric = "cpu") => results.Of(scenario, server, metric);
        Goal Ratio(string server, string title, string scenario, double factor, string other, string metric = "cpu")
        {
            var (reference, note) = Reference(results, scenario, other, metric);
            return new Goal(server, $"{title} ≤ {Text(factor)} × {note}", Find(server, scenario, metric)?.Median, factor * reference, "µs");
        }

        Goal Limit(string server, string title, string scenario, string metric, double most, string unit) => new(server, $"{title} ≤ {Text(most)} {unit}", Find(server, scenario, metric)?.Median, most, unit);

        List<Goal> goals =
        [
            Ratio("sockeye", "echo, 1 in flight", "echo-1", 1.15, Bun),
            Ratio("sockeye", "echo, 8 in flight", "echo-8", 0.5, Bun),
            Ratio("sockeye", "broadcast, 1 in flight", "broadcast-1", 1, Bun),
            Ratio("sockeye", "broadcast, 16 in flight", "broadcast-16", 0.5, "signalr"),
            Ratio("sockeye", "broadcast, 16 in flight", "broadcast-16", 1.5, Uws),
            Ratio("sockeye", "connect", "connect", 1.5, Bun),
            Limit("sockeye", "idle connection", "connect", "memory", 14, "KB"),
            .. Rows.Where(row => row.Scenario != "echo-1" && row.Metric == "cpu").Select(row => First(results, "sockeye", row, [.. Others.Where(other => other != Uws)])),
            First(results, "sockeye", Rows[0], [.. Others.Where(other => other is not Bun and not Uws)]),
            Ratio("sockeye-epoll", "echo, 1 in flight", "echo-1", 0.8, Bun),
            Ratio("sockeye-epoll", "echo, 8 in flight", "echo-8", 0.4, Bun),
            Ratio("sockeye-epoll", "broadcast, 1 in flight", "broadcast-1", 1, Uws),
            Ratio("sockeye-epoll", "broadcast, 16 in flight", "broadcast-16", 1, Uws),
            Ratio("sockeye-epoll", "connect", "connect", 1, Bun),
            Limit("sockeye-epoll", "idle connection", "connect", "memory", 4, "KB"),
            .. Rows.Select(row => First(results, "sockeye-epoll", row, Others)),
            Ratio("sockeye-epoll", "long-polling", "polling", 1, "sockeye"),
            Ratio("sockeye-epoll", "an ordinary page", "page", 1, "sockeye"),
            .. ((string[])["echo-1", "echo-8", "broadcast-1", "broadcast-16"]).Select(scenario => Ratio("sockeye-aot", scenario, scenario, 1.1, "sockeye")),
            Limit("sockeye-aot", "start to first connect", "start", "start", 60, "ms"),
            Limit("sockeye-aot", "memory at start", "start", "memory", 30, "MB"),
        ];
        return goals.Where(goal => goal.Measured is not null);
    }

    private static Goal First(Results results, string server, (string Scenario, string Metric, string Title) row, string[] others)
    {
        var best = others.Select(other => Reference(results, row.Scenario, other, row.Metric).Value).Where(value => !double.IsNaN(value)).DefaultIfEmpty(double.NaN).Min();
        return new Goal(server, $"{row.Title}: first of all", results.Of(row.Scenario, server, row.Metric)?.Median, best, row.Metric == "memory" ? "KB" : "µs");
    }

    private static (double Value, string Note) Reference(Results results, string scenario, string other, string metric)
    {
        if (other == "signalr")
        {
            return (((string[])["signalr-json", "signalr-msgpack"]).Select(name => results.Of(scenario, name, metric)?.Median ?? double.NaN).Min(), "SignalR");
        }

        if (results.Of(scenario, other, metric) is { } measured)
        {
            return (measured.Median, other switch { Bun => "Bun", Uws => "uWebSockets.js", "sockeye" => "the same on Kestrel, compiled at run time", _ => other });
        }

        if (other == Uws && scenario == "broadcast-1" && results.Of(scenario, "floor", metric) is { } floor)
        {
            return (floor.Median * UwsToFloor, "uWebSockets.js**");
        }

        var ratio = metric == "memory" ? 7.4 / 15.2 : UwsToWs.GetValueOrDefault(scenario, double.NaN);
        return other == Uws && results.Of(scenario, "node-ws", metric) is { } ws ? (ws.Median * ratio, "uWebSockets.js*") : (double.NaN, other == Bun ? "Bun" : other);
    }

    private static string Text(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);
}

/// <summary>Something to reach.</summary>
internal sealed record Goal(string Server, string Title, double? Measured, double Most, string Unit)
{
    public string Verdict => double.IsNaN(Most) ? "not measured" : Measured <= Most ? "met" : "**not met**";
}
