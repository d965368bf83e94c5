using System.CommandLine;
using Sockeye.Bench.Load;
using Sockeye.Bench.Report;
using Sockeye.Bench.Scenarios;
using Sockeye.Bench.Servers;

namespace Sockeye.Bench;

/// <summary>The command line.</summary>
internal static class BenchCommand
{
    public static int Run(string[] args)
    {
        var servers = new Option<string?>("--servers") { Description = "Which servers, with commas. Default: all that are there." };
        var scenarios = new Option<string?>("--scenarios") { Description = $"Which scenarios, with commas: {string.Join(", ", Catalog.All.Select(scenario => scenario.Name))}. Default: all." };
        var rounds = new Option<int>("--rounds") { Description = "How often, in turns.", DefaultValueFactory = static _ => 3 };
        var quick = new Option<bool>("--quick") { Description = "Short times and fewer connections." };
        var root = new RootCommand("Measures servers of Socket.IO and SignalR beside each other.") { servers, scenarios, rounds, quick };
        root.SetAction(parsed => Guarded(() =>
        {
            var contestants = Contestants(parsed.GetValue(servers));
            var chosen = parsed.GetValue(scenarios) is { } names ? names.Split(',').Select(Catalog.Find).ToList() : [.. Catalog.All];
            Prepare();
            var results = new Results([], []);
            new Runner(parsed.GetValue(quick) ? Pace.Quick : Pace.Full, "0", Say).Run(contestants, chosen, parsed.GetValue(rounds), results.Samples);
            ConsoleTable.Print(results, contestants, chosen);
        }));
        return root.Parse(args).Invoke();
    }

    private static int Guarded(Action action)
    {
        try
        {
            action();
            return 0;
        }
        catch (BenchException exception)
        {
            Console.Error.WriteLine(exception.Message);
            return 1;
        }
    }

    private static List<Contestant> Contestants(string? names)
    {
        var all = names is null ? [.. Contestant.All] : names.Split(',').Select(Contestant.Find).ToList();
        foreach (var contestant in all.Where(contestant => contestant.Missing is not null))
        {
            Console.Error.WriteLine($"Without {contestant.Name}: {contestant.Missing}.");
        }

        return all.FindAll(contestant => contestant.Missing is null);
    }

    // The servers have core 0 for themselves, the load core 1.
    private static void Prepare()
    {
        Native.RaiseFileLimit(200_000);
        Native.PinTo(1);
    }

    private static void Say(string text)
    {
        if (!Console.IsErrorRedirected)
        {
            Console.Error.Write($"\r\e[2K{text}");
        }
    }
}
