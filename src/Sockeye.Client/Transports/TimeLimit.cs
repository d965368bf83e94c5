namespace Sockeye.Client.Transports;

/// <summary>A token that is cancelled by another one or when a time has passed.</summary>
internal sealed class TimeLimit : IDisposable
{
    private readonly CancellationTokenSource _source;
    private readonly ITimer? _timer;
    private volatile bool _hasPassed;

    public TimeLimit(TimeProvider time, TimeSpan? limit, CancellationToken outer)
    {
        _source = CancellationTokenSource.CreateLinkedTokenSource(outer);
        if (limit is { } due)
        {
            _timer = time.CreateTimer(static state => ((TimeLimit)state!).Pass(), this, due, Timeout.InfiniteTimeSpan);
        }
    }

    public CancellationToken Token => _source.Token;

    /// <summary>Whether it was the time.</summary>
    public bool HasPassed => _hasPassed;

    public void Dispose()
    {
        _timer?.Dispose();
        _source.Dispose();
    }

    private void Pass()
    {
        _hasPassed = true;
        try
        {
            _source.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The timer fired while the limit was being disposed: nobody waits any more.
        }
    }
}
