using System.Diagnostics;
using Sockeye.Bench.Load;
using Sockeye.Bench.Protocols;
using Sockeye.Bench.Servers;

namespace Sockeye.Bench.Scenarios;

/// <summary>A server that runs, or two that share a Redis, and how long to measure.</summary>
internal sealed class Stage : IDisposable
{
    private readonly string _features;
    private readonly RedisProcess? _redis;
    private readonly List<ServerProcess> _servers = [];

    public Stage(Contestant contestant, string features, string cores, Pace pace, params (string Name, string Value)[] environment)
    {
        (Contestant, Pace, _features) = (contestant, pace, features);
        try
        {
            if (HasRedis)
            {
                _redis = new RedisProcess();
                environment = [.. environment, ("REDIS", $"127.0.0.1:{_redis.Port}")];
            }

            for (var i = 0; i < (HasRedis ? 2 : 1); i++)
            {
                _servers.Add(ServerProcess.Start(contestant, features, cores, environment));
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The only server, or the first of two.</summary>
    public ServerProcess Server => _servers[0];

    public Contestant Contestant { get; }

    public Pace Pace { get; }

    public Target Target => TargetOf(Server);

    /// <summary>The server is warm, and what follows counts.</summary>
    public event EventHandler? Begun;

    private bool HasRedis => _features.Contains("redis", StringComparison.Ordinal);

    public Dialect NewDialect() => Contestant.NewDialect(_features);

    /// <summary>Which of the servers a client connects to: they are dealt out in turn.</summary>
    public Target TargetFor(int client) => TargetOf(_servers[client % _servers.Count]);

    /// <summary>CPU time of all servers; Redis is the same for all contestants and does not count.</summary>
    public double SecondsSince(IReadOnlyList<CpuTime> before) => _servers.Zip(before, static (server, before) => server.Cpu().SecondsSince(before)).Sum();

    public IReadOnlyList<CpuTime> Cpu() => [.. _servers.Select(static server => server.Cpu())];

    public void Dispose()
    {
        foreach (var server in _servers)
        {
            server.Dispose();
        }

        _redis?.Dispose();
    }

    /// <summary>Lets it run warm, then counts.</summary>
    public Window Measure(EventLoop loop, Func<long> count, Action? begin = null)
    {
        RunUntilWarm(loop);
        begin?.Invoke();
        Begun?.Invoke(this, EventArgs.Empty);
        var (cpu, done, time) = (Cpu(), count(), Stopwatch.GetTimestamp());
        RunUntilUsed(loop, Pace.Window);
        var (seconds, units) = (Stopwatch.GetElapsedTime(time).TotalSeconds, count() - done);
        var used = SecondsSince(cpu);
        return units > 0 ? new Window(units, seconds, used) : throw new BenchException("Nothing was done in the time.");
    }

    // .NET compiles what is used often on a thread of its own: until that has nothing left to do.
    private void RunUntilWarm(EventLoop loop)
    {
        var begin = Stopwatch.GetTimestamp();
        TimeSpan compiled;
        do
        {
            compiled = CompilerTime();
            RunUntilUsed(loop, Pace.WarmUp);
        }
        while (CompilerTime() - compiled > 0.02 * Pace.WarmUp && Stopwatch.GetElapsedTime(begin) < Pace.MaxWarmUp);
    }

    private TimeSpan CompilerTime() => _servers.Aggregate(TimeSpan.Zero, static (sum, server) => sum + server.CompilerTime());

    private Target TargetOf(ServerProcess server) => new(server.Port, _features.Contains("deflate", StringComparison.Ordinal));

    // Until the server has used so much CPU: on a machine that does other work, too, that takes longer. But no longer than three times that.
    private void RunUntilUsed(EventLoop loop, TimeSpan time)
    {
        var (cpu, begin) = (Cpu(), Stopwatch.GetTimestamp());
        do
        {
            loop.RunFor(TimeSpan.FromMilliseconds(50));
        }
        while (Stopwatch.GetElapsedTime(begin) < 3 * time && SecondsSince(cpu) < 0.9 * time.TotalSeconds);
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
