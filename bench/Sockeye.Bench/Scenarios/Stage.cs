using System.Diagnostics;
using Sockeye.Bench.Load;
using Sockeye.Bench.Protocols;
using Sockeye.Bench.Servers;

namespace Sockeye.Bench.Scenarios;

/// <summary>A server that runs, and how long to measure it.</summary>
internal sealed class Stage(ServerProcess server, Contestant contestant, string features, Pace pace)
{
    public ServerProcess Server { get; } = server;

    public Contestant Contestant { get; } = contestant;

    public Pace Pace { get; } = pace;

    public Target Target { get; } = new(server.Port, features.Contains("deflate", StringComparison.Ordinal));

    /// <summary>The server is warm, and what follows counts.</summary>
    public event EventHandler? Begun;

    public Dialect NewDialect() => Contestant.NewDialect(features);

    /// <summary>Lets it run warm, then counts.</summary>
    public Window Measure(EventLoop loop, Func<long> count, Action? begin = null)
    {
        RunUntilWarm(loop);
        begin?.Invoke();
        Begun?.Invoke(this, EventArgs.Empty);
        var (cpu, done, time) = (Server.Cpu(), count(), Stopwatch.GetTimestamp());
        RunUntilUsed(loop, Pace.Window);
        var (seconds, units) = (Stopwatch.GetElapsedTime(time).TotalSeconds, count() - done);
        var used = Server.Cpu().SecondsSince(cpu);
        return units > 0 ? new Window(units, seconds, used) : throw new BenchException("Nothing was done in the time.");
    }

    // .NET compiles what is used often on a thread of its own: until that has nothing left to do.
    private void RunUntilWarm(EventLoop loop)
    {
        var begin = Stopwatch.GetTimestamp();
        TimeSpan compiled;
        do
        {
            compiled = Server.CompilerTime();
            RunUntilUsed(loop, Pace.WarmUp);
        }
        while (Server.CompilerTime() - compiled > 0.02 * Pace.WarmUp && Stopwatch.GetElapsedTime(begin) < Pace.MaxWarmUp);
    }

    // Until the server has used so much CPU: on a machine that does other work, too, that takes longer. But no longer than three times that.
    private void RunUntilUsed(EventLoop loop, TimeSpan time)
    {
        var (cpu, begin) = (Server.Cpu(), Stopwatch.GetTimestamp());
        do
        {
            loop.RunFor(TimeSpan.FromMilliseconds(50));
        }
        while (Stopwatch.GetElapsedTime(begin) < 3 * time && Server.Cpu().SecondsSince(cpu) < 0.9 * time.TotalSeconds);
    }
}

/// <summary>How long, and how much.</summary>
/// <param name="WarmUp">CPU that a server uses before a scenario counts, again and again while its runtime still compiles.</param>
internal sealed record Pace(TimeSpan WarmUp, TimeSpan MaxWarmUp, TimeSpan Settle, TimeSpan Window, double Share)
{
    public static Pace Full { get; } = new(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(1), 1);

    public static Pace Quick { get; } = new(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(1.5), TimeSpan.FromSeconds(0.8), 0.3);
}

internal sealed record Window(long Units, double Seconds, double CpuSeconds)
{
    public double CpuMicroseconds => 1e6 * CpuSeconds / Units;

    public double PerSecond => Units / Seconds;

    public double Utilisation => CpuSeconds / Seconds;
}
