using Sockeye.Bench.Report;
using Sockeye.Bench.Scenarios;
using Sockeye.Bench.Servers;

namespace Sockeye.Bench;

/// <summary>The short form for test.sh. It fails on ratios within one run, with wide margins, and on what a message allocates; never on times.</summary>
internal static class Gate
{
    private const string Us = "sockeye";
    private const string Them = "node-ws";

    // CPU for each, at most so many times what Node with ws needs. What is hoped for is far less (docs/benchmarks.md): this catches what has gone wrong.
    private static readonly (string Scenario, double Most)[] Ratios = [("echo-8", 1.2), ("broadcast-1", 1.5), ("broadcast-16", 0.5)];

    // Bytes on the server's heap, at most.
    private static readonly (string Name, double Most)[] Allocations = [(AllocationProbe.PerEcho, 1000), (AllocationProbe.PerDelivery, 8)];

    public static bool Run(Action<string> say)
    {
        var (passed, failed) = (0, 0);
        var ratios = MeasureRatios(1, say);
        if (Ratios.Any(ratio => !(ratios[ratio.Scenario] <= ratio.Most)))
        {
            // Other work on the machine may have met one of them more than the other.
            ratios = MeasureRatios(3, say);
        }

        foreach (var (scenario, most) in Ratios)
        {
            Check($"{scenario}: CPU {ratios[scenario]:0.00} times that of Node with ws", ratios[scenario], most);
        }

        var allocated = AllocationProbe.Run(Contestant.Find(Us));
        foreach (var (name, most) in Allocations)
        {
            Check($"{allocated[name]:0.0} bytes allocated {name}", allocated[name], most);
        }

        Console.WriteLine($"passed: {passed}, failed: {failed}");
        return failed == 0;

        void Check(string what, double value, double most)
        {
            var isGood = value <= most;
            (passed, failed) = (passed + (isGood ? 1 : 0), failed + (isGood ? 0 : 1));
            Console.WriteLine($"{(isGood ? "ok" : "failed")} {what} (at most {most})");
        }
    }

    private static Dictionary<string, double> MeasureRatios(int rounds, Action<string> say)
    {
        var results = new Results([], []);
        new Runner(Pace.Quick, say).Run(new Plan([Contestant.Find(Us), Contestant.Find(Them)], [.. Ratios.Select(ratio => Catalog.Find(ratio.Scenario))], rounds, Pace.Quick), results.Samples);
        foreach (var sample in results.Samples.Where(sample => sample.Error is not null))
        {
            Console.WriteLine($"{sample.Server}, {sample.Scenario}: {sample.Error}");
        }

        return Ratios.ToDictionary(ratio => ratio.Scenario, ratio => (results.Of(ratio.Scenario, Us, "cpu")?.Median ?? double.NaN) / (results.Of(ratio.Scenario, Them, "cpu")?.Median ?? double.NaN));
    }
}
