using System.Diagnostics;
using Sockeye.Bench.Load;
using Sockeye.Cli.Load;

namespace Sockeye.Bench.Scenarios;

/// <summary>An ordinary page of the same application, over connections that are kept.</summary>
internal sealed class PageScenario(string name, string title) : Scenario(name, title)
{
    private const int Connections = 100;

    public override Dictionary<string, double> Run(Stage stage)
    {
        using var loop = new EventLoop();
        var head = $"GET / HTTP/1.1\r\nHost: 127.0.0.1:{stage.Target.Port}\r\nAccept: */*\r\n\r\n";
        var (done, times) = (0L, new Percentiles());
        var sent = new long[Connections];
        var exchanges = new HttpExchange[Connections];
        for (var i = 0; i < Connections; i++)
        {
            var index = i;
            exchanges[i] = new HttpExchange(loop, stage.Target, i, body =>
            {
                if (!body.SequenceEqual("hello"u8))
                {
                    throw new BenchException("Not the page.");
                }

                times.Add(Stopwatch.GetElapsedTime(sent[index]));
                done++;
                Send(index);
            }, () => throw new BenchException("The server ended a connection."));
            Send(i);
        }

        var window = stage.Measure(loop, () => done, () => times = new Percentiles());
        return Figures(window, times);

        void Send(int index)
        {
            sent[index] = Stopwatch.GetTimestamp();
            exchanges[index].Send(head, default);
        }
    }
}
