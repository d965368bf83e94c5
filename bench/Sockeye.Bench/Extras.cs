using Sockeye.Bench.Report;
using Sockeye.Bench.Scenarios;
using Sockeye.Bench.Servers;

namespace Sockeye.Bench;

/// <summary>What the report tells beside the scenarios: two cores, the profile, the clients.</summary>
internal static class Extras
{
    public const string TwoCores = "@2";
    private static readonly string[] OnTwoCores = ["sockeye", "sockeye-epoll", "signalr-json"];

    public static void Add(Plan plan, Results results, Action<string> say)
    {
        // With four cores or more the load keeps its own; with two it shares one with the server, and only CPU for each message says something.
        var cores = Directory.GetDirectories("/sys/devices/system/cpu", "cpu?").Length >= 4 ? "0,2" : "0,1";
        results.Environment["two cores"] = cores;
        var two = plan with { Contestants = [.. plan.Contestants.Where(contestant => OnTwoCores.Contains(contestant.Name))], Scenarios = [.. ((string[])["echo-8", "broadcast-16"]).Select(Catalog.Find)] };
        new Runner(plan.Pace, say, cores, TwoCores).Run(two, results.Samples);
        foreach (var contestant in plan.Contestants.Where(contestant => contestant.Name is "sockeye" or "sockeye-epoll"))
        {
            foreach (var scenario in Profile.Scenarios)
            {
                say($"profile: {contestant.Name}, {scenario}");
                try
                {
                    results.Samples.Add(new Sample($"profile-{scenario}", contestant.Name, 1, Profile.Run(contestant, scenario)));
                }
                catch (BenchException exception)
                {
                    results.Samples.Add(new Sample($"profile-{scenario}", contestant.Name, 1, [], exception.Message));
                }
            }
        }

        say("the clients");
        try
        {
            // Its own cores: it has a server and a client at a time.
            results.Environment["clients"] = Machine.Output("taskset", "-c", "0,1", "dotnet", "run", "-c", "Release", "bench/client-peers.cs", "--", $"{plan.Rounds}", "1000");
        }
        catch (BenchException exception)
        {
            results.Environment["clients"] = exception.Message;
        }
    }
}
