using System.Collections.Concurrent;

namespace Sockeye.Cli.Load;

/// <summary>What is counted and timed while a load runs. Thread-safe.</summary>
internal sealed class LoadCounts
{
    private const int MaxReasons = 50;

    private readonly ConcurrentDictionary<string, long> _errors = new(StringComparer.Ordinal);
    private long _connected;
    private long _failed;
    private long _online;
    private long _sent;
    private long _expected;
    private long _delivered;
    private long _duplicates;
    private long _cuts;
    private long _recovered;

    /// <summary>From the beginning of each connection to the namespace's answer.</summary>
    public Percentiles Connects { get; } = new();

    /// <summary>From when a message was due to its acknowledgement, or to its arrival.</summary>
    public Percentiles Latency { get; } = new();

    /// <summary>From the cut to being back in the namespace.</summary>
    public Percentiles Returns { get; } = new();

    public long Connected => Interlocked.Read(ref _connected);

    public long Failed => Interlocked.Read(ref _failed);

    public long Online => Interlocked.Read(ref _online);

    public long Sent => Interlocked.Read(ref _sent);

    /// <summary>How many deliveries there had to be.</summary>
    public long Expected => Interlocked.Read(ref _expected);

    public long Delivered => Interlocked.Read(ref _delivered);

    public long Duplicates => Interlocked.Read(ref _duplicates);

    public long Cuts => Interlocked.Read(ref _cuts);

    public long Recovered => Interlocked.Read(ref _recovered);

    public IEnumerable<KeyValuePair<string, long>> Errors => _errors.OrderByDescending(error => error.Value);

    public void Connect(TimeSpan took)
    {
        Connects.Add(took);
        Interlocked.Increment(ref _connected);
        Interlocked.Increment(ref _online);
    }

    public void Fail(string reason)
    {
        Interlocked.Increment(ref _failed);
        Error(reason);
    }

    public void Offline() => Interlocked.Decrement(ref _online);

    public void Return(TimeSpan took, bool recovered)
    {
        Returns.Add(took);
        Interlocked.Increment(ref _online);
        Interlocked.Add(ref _recovered, recovered ? 1 : 0);
    }

    public void Send(int receivers)
    {
        Interlocked.Increment(ref _sent);
        Interlocked.Add(ref _expected, receivers);
    }

    public void Deliver(TimeSpan took)
    {
        Latency.Add(took);
        Interlocked.Increment(ref _delivered);
    }

    public void Duplicate() => Interlocked.Increment(ref _duplicates);

    public void Cut() => Interlocked.Increment(ref _cuts);

    public void Error(string reason)
    {
        if (_errors.Count < MaxReasons || _errors.ContainsKey(reason))
        {
            _errors.AddOrUpdate(reason, 1, static (_, count) => count + 1);
        }
    }
}
