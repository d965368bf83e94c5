using Sockeye.Bench.Report;
using Sockeye.Bench.Scenarios;
using Sockeye.Bench.Servers;

namespace Sockeye.Bench;

/// <summary>Runs scenarios on servers, in turns: A B C, A B C, so that what disturbs the machine meets all of them.</summary>
internal sealed class Runner(Pace pace, Action<string> say, string serverCores = "0", string suffix = "")
{
    public void Run(Plan plan, List<Sample> samples)
    {
        for (var round = 1; round <= plan.Rounds; round++)
        {
            foreach (var group in Groups(plan.Scenarios.Where(scenario => round <= scenario.MostRounds)))
            {
                foreach (var contestant in plan.Contestants.Where(contestant => group.Any(scenario => scenario.Suits(contestant))))
                {
                    samples.AddRange(RunOne(contestant, group.Where(scenario => scenario.Suits(contestant)), round));
                }
            }
        }
    }

    // Neighbours in the list that want the same of the server share one.
    private static IEnumerable<List<Scenario>> Groups(IEnumerable<Scenario> scenarios)
    {
        var group = new List<Scenario>();
        foreach (var scenario in scenarios)
        {
            if (group is [var first, ..] && (first.NeedsFreshServer || scenario.NeedsFreshServer || first.Features != scenario.Features))
            {
                yield return group;
                group = [];
            }

            group.Add(scenario);
        }

        if (group.Count > 0)
        {
            yield return group;
        }
    }

    private IEnumerable<Sample> RunOne(Contestant contestant, IEnumerable<Scenario> scenarios, int round)
    {
        Stage? stage = null;
        try
        {
            foreach (var scenario in scenarios)
            {
                say($"round {round}: {contestant.Name}, {scenario.Name}");
                Sample sample;
                try
                {
                    stage ??= new Stage(contestant, scenario.Features, serverCores, pace, scenario.IsCold ? [] : Contestant.CompilesSoon);
                    sample = new Sample(scenario.Name + suffix, contestant.Name, round, scenario.Run(stage));
                }
                catch (BenchException exception)
                {
                    // The next scenario gets new servers.
                    sample = new Sample(scenario.Name + suffix, contestant.Name, round, [], exception.Message);
                    stage?.Dispose();
                    stage = null;
                }

                yield return sample;
            }
        }
        finally
        {
            stage?.Dispose();
        }
    }
}

internal sealed record Plan(IReadOnlyList<Contestant> Contestants, IReadOnlyList<Scenario> Scenarios, int Rounds, Pace Pace);
