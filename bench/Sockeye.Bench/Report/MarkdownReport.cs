using System.Globalization;
using System.Text;
using Sockeye.Bench.Scenarios;
using Sockeye.Bench.Servers;

namespace Sockeye.Bench.Report;

/// <summary>Writes docs/benchmarks.md and its plots.</summary>
internal static class MarkdownReport
{
    private static readonly string Docs = Path.Combine(Repository.Root, "docs");
    private static readonly string Plots = Path.Combine(Docs, "benchmarks");

    public static string ResultsPath { get; } = Path.Combine(Plots, "results.json");

    public static void Write(Results results)
    {
        Directory.CreateDirectory(Plots);
        foreach (var old in Directory.GetFiles(Plots, "*.svg"))
        {
            File.Delete(old);
        }

        var page = new StringBuilder();
        page.Append(Prose.Head);
        page.Append("\n## Where\n\n| | |\n|---|---|\n");
        foreach (var (name, value) in results.Environment.Where(pair => pair.Key is not "clients" and not "two cores"))
        {
            page.Append(CultureInfo.InvariantCulture, $"| {name} | {value} |\n");
        }

        AddOverview(page, results);
        AddGoals(page, results);
        page.Append("\n## Scenario by scenario\n");
        foreach (var scenario in Catalog.All.Where(scenario => scenario is not GrowthScenario))
        {
            AddScenario(page, results, scenario);
        }

        AddGrowth(page, results);
        AddTwoCores(page, results);
        AddProfile(page, results);
        page.Append(Prose.Client).Append(results.Environment.GetValueOrDefault("clients", "Not measured in this run.")).Append('\n');
        page.Append(Prose.Rerun);
        File.WriteAllText(Path.Combine(Docs, "benchmarks.md"), page.ToString());
        Console.WriteLine("docs/benchmarks.md");
    }

    private static IEnumerable<Contestant> Measured(Results results, string scenario) =>
        Contestant.All.Where(contestant => results.Samples.Any(sample => sample.Scenario == scenario && sample.Server == contestant.Name));

    private static int ColourOf(Contestant contestant) => Contestant.All.Select(each => each.Name).ToList().IndexOf(contestant.Name);

    private static void AddOverview(StringBuilder page, Results results)
    {
        page.Append(Prose.Overview);
        var columns = Catalog.Core.Select(Catalog.Find).SelectMany(scenario => scenario.Metrics.Where(metric => metric.IsMain).Select(metric => (scenario, metric))).ToList();
        page.Append(CultureInfo.InvariantCulture, $"| | {string.Join(" | ", columns.Select(column => $"{column.scenario.Name}, {column.metric.Unit}"))} |\n|---|{string.Concat(columns.Select(_ => "--:|"))}\n");
        foreach (var contestant in Contestant.All.Where(contestant => columns.Any(column => results.Of(column.scenario.Name, contestant.Name, column.metric.Key) is not null)))
        {
            page.Append(CultureInfo.InvariantCulture, $"| {contestant.Title} | {string.Join(" | ", columns.Select(column => results.Of(column.scenario.Name, contestant.Name, column.metric.Key) is { } spread ? Number(spread.Median, column.metric) : "–"))} |\n");
        }
    }

    private static void AddGoals(StringBuilder page, Results results)
    {
        page.Append(Prose.Goals);
        page.Append("| | goal | measured | at most | |\n|---|---|--:|--:|---|\n");
        foreach (var goal in Goals.Of(results))
        {
            page.Append(CultureInfo.InvariantCulture, $"| {Contestant.Find(goal.Server).Title} | {goal.Title} | {goal.Measured:0.##} {goal.Unit} | {(double.IsNaN(goal.Most) ? "–" : goal.Most.ToString("0.##", CultureInfo.InvariantCulture))} | {goal.Verdict} |\n");
        }
    }

    private static void AddScenario(StringBuilder page, Results results, Scenario scenario)
    {
        var contestants = Measured(results, scenario.Name).ToList();
        if (contestants.Count == 0)
        {
            return;
        }

        page.Append(CultureInfo.InvariantCulture, $"\n### {scenario.Title}\n\n`{scenario.Name}`. Medians, and from the least to the most of {contestants.Max(contestant => results.Samples.Count(sample => sample.Scenario == scenario.Name && sample.Server == contestant.Name))} round(s).\n");
        foreach (var metric in scenario.Metrics.Where(metric => metric.IsMain))
        {
            var bars = contestants.Select(contestant => (contestant, Spread: results.Of(scenario.Name, contestant.Name, metric.Key))).Where(pair => pair.Spread is not null)
                .Select(pair => new Bar(pair.contestant.Title, pair.Spread!, ColourOf(pair.contestant))).OrderBy(bar => bar.Spread.Median).ToList();
            if (bars.Count > 0)
            {
                var file = $"{scenario.Name}-{metric.Key}.svg";
                File.WriteAllText(Path.Combine(Plots, file), Svg.Bars(scenario.Title, metric.Title, bars));
                page.Append(CultureInfo.InvariantCulture, $"\n![{metric.Title}](benchmarks/{file})\n");
            }
        }

        page.Append(CultureInfo.InvariantCulture, $"\n| | {string.Join(" | ", scenario.Metrics.Select(metric => metric.Title))} |\n|---|{string.Concat(scenario.Metrics.Select(_ => "--:|"))}\n");
        foreach (var contestant in contestants)
        {
            page.Append(CultureInfo.InvariantCulture, $"| {contestant.Title} | {string.Join(" | ", scenario.Metrics.Select(metric => Cell(results.Of(scenario.Name, contestant.Name, metric.Key), metric)))} |\n");
        }

        AddErrors(page, results, scenario.Name, contestants);
    }

    private static void AddErrors(StringBuilder page, Results results, string scenario, IEnumerable<Contestant> contestants)
    {
        foreach (var contestant in contestants)
        {
            foreach (var error in results.Errors(scenario, contestant.Name))
            {
                page.Append(CultureInfo.InvariantCulture, $"\n{contestant.Title} has failed: {error.ReplaceLineEndings(" ")}\n");
            }
        }
    }

    private static void AddGrowth(StringBuilder page, Results results)
    {
        page.Append(Prose.Growth);
        foreach (var scenario in Catalog.All.OfType<GrowthScenario>())
        {
            var measured = Measured(results, scenario.Name).ToList();
            var curves = measured.Select(contestant => new Curve(contestant.Title, Points(results, scenario.Name, contestant.Name), ColourOf(contestant))).Where(curve => curve.Points.Count > 0).ToList();
            if (curves.Count == 0)
            {
                AddErrors(page, results, scenario.Name, measured);
                continue;
            }

            File.WriteAllText(Path.Combine(Plots, $"{scenario.Name}.svg"), Svg.Curves(scenario.Title, scenario.Across, scenario.Up, curves));
            var sizes = curves.SelectMany(curve => curve.Points.Select(point => point.X)).Distinct().Order().ToList();
            page.Append(CultureInfo.InvariantCulture, $"\n### {scenario.Title}\n\n![{scenario.Up}](benchmarks/{scenario.Name}.svg)\n\n| {scenario.Across} | {string.Join(" | ", sizes.Select(size => $"{size:#,0}"))} |\n|---|{string.Concat(sizes.Select(_ => "--:|"))}\n");
            foreach (var curve in curves)
            {
                page.Append(CultureInfo.InvariantCulture, $"| {curve.Label} | {string.Join(" | ", sizes.Select(size => curve.Points.Any(point => point.X == size) ? $"{curve.Points.First(point => point.X == size).Y:0.##}" : "–"))} |\n");
            }

            foreach (var contestant in measured.Where(contestant => results.Of(scenario.Name, contestant.Name, "memory") is not null))
            {
                page.Append(CultureInfo.InvariantCulture, $"\n{contestant.Title}: {results.Of(scenario.Name, contestant.Name, "memory")!.Median:0} bytes of memory for each membership, the rooms included.\n");
            }

            AddErrors(page, results, scenario.Name, measured);
        }
    }

    private static List<(double X, double Y)> Points(Results results, string scenario, string server) =>
        [.. results.Samples.Where(sample => sample.Scenario == scenario && sample.Server == server).SelectMany(sample => sample.Values.Keys).Distinct()
            .Where(key => char.IsAsciiDigit(key[0])).Select(key => (double.Parse(key, CultureInfo.InvariantCulture), results.Of(scenario, server, key)!.Median)).OrderBy(point => point.Item1)];

    private static void AddTwoCores(StringBuilder page, Results results)
    {
        page.Append(Prose.TwoCores).Append("| | CPU of the server, µs each: one core | two cores | each second: one core | two cores |\n|---|--:|--:|--:|--:|\n");
        foreach (var scenario in (string[])["echo-8", "broadcast-16"])
        {
            foreach (var contestant in Measured(results, scenario + Extras.TwoCores))
            {
                string Value(string name, Metric metric) => results.Of(name, contestant.Name, metric.Key) is { } spread ? Number(spread.Median, metric) : "–";
                page.Append(CultureInfo.InvariantCulture, $"| {contestant.Title}, {scenario} | {Value(scenario, Metric.Cpu)} | {Value(scenario + Extras.TwoCores, Metric.Cpu)} | {Value(scenario, Metric.PerSecond)} | {Value(scenario + Extras.TwoCores, Metric.PerSecond)} |\n");
            }
        }
    }

    private static void AddProfile(StringBuilder page, Results results)
    {
        page.Append(Prose.Profile);
        foreach (var contestant in Contestant.All.Where(contestant => Profile.Scenarios.Any(scenario => results.Samples.Any(sample => sample.Scenario == $"profile-{scenario}" && sample.Server == contestant.Name))))
        {
            var layers = Profile.Scenarios.SelectMany(scenario => results.Samples.Where(sample => sample.Scenario == $"profile-{scenario}" && sample.Server == contestant.Name)).SelectMany(sample => sample.Values.Keys).Distinct()
                .OrderByDescending(layer => Profile.Scenarios.Max(scenario => results.Of($"profile-{scenario}", contestant.Name, layer)?.Median ?? 0)).ToList();
            page.Append(CultureInfo.InvariantCulture, $"\n| {contestant.Title}, % of the samples | {string.Join(" | ", Profile.Scenarios)} |\n|---|{string.Concat(Profile.Scenarios.Select(_ => "--:|"))}\n");
            foreach (var layer in layers)
            {
                page.Append(CultureInfo.InvariantCulture, $"| {layer} | {string.Join(" | ", Profile.Scenarios.Select(scenario => results.Of($"profile-{scenario}", contestant.Name, layer) is { } share ? $"{share.Median:0.0}" : "–"))} |\n");
            }

            foreach (var scenario in Profile.Scenarios)
            {
                AddErrors(page, results, $"profile-{scenario}", [contestant]);
            }
        }
    }

    private static string Cell(Spread? spread, Metric metric) => spread switch
    {
        null => "–",
        { Count: 1 } => Number(spread.Median, metric),
        _ => $"{Number(spread.Median, metric)} ({Number(spread.Min, metric)}–{Number(spread.Max, metric)})",
    };

    private static string Number(double value, Metric metric) => value.ToString(metric.Format, CultureInfo.InvariantCulture);
}
