using System.Globalization;
using Sockeye.Bench.Scenarios;
using Spectre.Console;

namespace Sockeye.Bench.Report;

/// <summary>The medians (and the outermost), for who waits at the terminal.</summary>
internal static class ConsoleTable
{
    public static void Print(Results results, Plan plan)
    {
        var columns = plan.Scenarios.SelectMany(scenario => scenario.Metrics.Where(metric => metric.IsMain).Select(metric => (scenario, metric))).ToList();
        var table = new Table { Border = TableBorder.Simple };
        table.AddColumn("");
        foreach (var (scenario, metric) in columns)
        {
            table.AddColumn(new TableColumn(Markup.Escape($"{scenario.Name}\n{metric.Unit}")).RightAligned());
        }

        foreach (var contestant in plan.Contestants)
        {
            table.AddRow([contestant.Name, .. columns.Select(column => Cell(results.Of(column.scenario.Name, contestant.Name, column.metric.Key), column.metric))]);
        }

        // As wide as it needs: a terminal that is too narrow may wrap, a file must not.
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Out) });
        console.Profile.Width = Math.Max(console.Profile.Width, 20 + (22 * columns.Count));
        console.WriteLine();
        console.Write(table);
        foreach (var sample in results.Samples.Where(sample => sample.Error is not null))
        {
            Console.WriteLine($"{sample.Server}, {sample.Scenario}: {sample.Error}");
        }
    }

    private static string Cell(Spread? spread, Metric metric) =>
        spread switch
        {
            null => "–",
            { Count: 1 } => Format(spread.Median, metric),
            _ => $"{Format(spread.Median, metric)} ({Format(spread.Min, metric)}–{Format(spread.Max, metric)})",
        };

    private static string Format(double value, Metric metric) => value.ToString(metric.Format, CultureInfo.InvariantCulture);
}
