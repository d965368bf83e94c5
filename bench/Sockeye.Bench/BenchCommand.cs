using System.CommandLine;
using System.Diagnostics;
using Sockeye.Bench.Load;
using Sockeye.Bench.Report;
using Sockeye.Bench.Scenarios;
using Sockeye.Bench.Servers;

namespace Sockeye.Bench;

/// <summary>The command line.</summary>
internal static class BenchCommand
{
    private static readonly long Begin = Stopwatch.GetTimestamp();

    public static int Run(string[] args)
    {
        var servers = new Option<string?>("--servers") { Description = $"Which servers, with commas: {string.Join(", ", Contestant.All.Select(contestant => contestant.Name))}. Default: all that are there." };
        var scenarios = new Option<string?>("--scenarios") { Description = $"Which scenarios, with commas: {string.Join(", ", Catalog.All.Select(scenario => scenario.Name))}; core are the first of them. Default: all." };
        var rounds = new Option<int?>("--rounds") { Description = "How often, in turns. Default: 3, with --quick 1." };
        var quick = new Option<bool>("--quick") { Description = "Short times and fewer connections, and without --scenarios only the core." };
        var report = new Option<bool>("--report") { Description = "Everything else that the report tells, too (two cores, the clients, the profile), and writes docs/benchmarks.md." };
        var reportOnly = new Option<bool>("--report-only") { Description = "Measures nothing, writes docs/benchmarks.md again from the results beside it." };
        var root = new RootCommand("Measures servers of Socket.IO and SignalR beside each other.") { servers, scenarios, rounds, quick, report, reportOnly };
        root.SetAction(parsed => Guarded(() =>
        {
            if (parsed.GetValue(reportOnly))
            {
                MarkdownReport.Write(Results.Load(MarkdownReport.ResultsPath));
                return true;
            }

            var pace = parsed.GetValue(quick) ? Pace.Quick : Pace.Full;
            var names = parsed.GetValue(scenarios) ?? (parsed.GetValue(quick) && !parsed.GetValue(report) ? "core" : "all");
            var plan = new Plan(Contestants(parsed.GetValue(servers)), Chosen(names), parsed.GetValue(rounds) ?? (parsed.GetValue(quick) ? 1 : 3), pace);
            Prepare();
            var results = new Results(Machine.Describe(), []);
            try
            {
                new Runner(pace, Say).Run(plan, results.Samples);
                if (parsed.GetValue(report))
                {
                    results.Save(Path.Combine(Repository.Artifacts, "results.json"));
                    Extras.Add(plan, results, Say);
                }
            }
            finally
            {
                results.Save(Path.Combine(Repository.Artifacts, "results.json"));
            }

            ConsoleTable.Print(results, plan);
            if (parsed.GetValue(report))
            {
                results.Save(MarkdownReport.ResultsPath);
                MarkdownReport.Write(results);
            }

            return true;
        }));
        root.Subcommands.Add(GateCommand());
        root.Subcommands.Add(ProfileCommand());
        return root.Parse(args).Invoke();
    }

    private static Command GateCommand()
    {
        var command = new Command("gate", "The short form for test.sh: ratios and allocations, never times.");
        command.SetAction(_ => Guarded(() =>
        {
            Prepare();
            return Gate.Run(Say);
        }));
        return command;
    }

    private static Command ProfileCommand()
    {
        var server = new Argument<string>("server") { Description = "One of ours.", DefaultValueFactory = static _ => "sockeye" };
        var command = new Command("profile", "Where the time goes, by perf: for an echo and for a broadcast.") { server };
        command.SetAction(parsed => Guarded(() =>
        {
            Prepare();
            foreach (var scenario in Profile.Scenarios)
            {
                Console.WriteLine($"{scenario}:");
                foreach (var (layer, share) in Profile.Run(Contestant.Find(parsed.GetValue(server)!), scenario).OrderByDescending(pair => pair.Value))
                {
                    Console.WriteLine($"  {share,6:0.0} %  {layer}");
                }
            }

            return true;
        }));
        return command;
    }

    private static int Guarded(Func<bool> action)
    {
        try
        {
            return action() ? 0 : 1;
        }
        catch (BenchException exception)
        {
            Console.Error.WriteLine(exception.Message);
            return 1;
        }
    }

    private static List<Scenario> Chosen(string names) => names switch
    {
        "all" => [.. Catalog.All],
        "core" => [.. Catalog.Core.Select(Catalog.Find)],
        _ => [.. names.Split(',').Select(Catalog.Find)],
    };

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

    private static void Say(string text) => Console.Error.WriteLine($"{Stopwatch.GetElapsedTime(Begin).TotalSeconds,5:0} s  {text}");
}
