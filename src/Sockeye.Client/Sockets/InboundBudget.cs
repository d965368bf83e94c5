namespace Sockeye.Client.Sockets;

/// <summary>
/// Counts the bytes of events that wait for their handlers. Over the soft limit the connection is not read any more, unless an acknowledgement is awaited, which would then never be
/// read; over the hard limit the connection has to end. Thread-safe.
/// </summary>
internal sealed class InboundBudget(long softLimit, long hardLimit)
{
    private readonly object _gate = new();
    private long _bytes;
    private int _expectedAcks;
    private TaskCompletionSource<bool>? _paused;

    /// <summary>False: the hard limit is exceeded.</summary>
    public bool Take(long bytes)
    {
        lock (_gate)
        {
            _bytes += bytes;
            return _bytes <= hardLimit;
        }
    }

    public void Return(long bytes)
    {
        lock (_gate)
        {
            _bytes -= bytes;
            if (_bytes <= softLimit / 2)
            {
                Resume();
            }
        }
    }

    public void AckExpected()
    {
        lock (_gate)
        {
            _expectedAcks++;
            Resume();
        }
    }

    public void AcksSettled(int count)
    {
        lock (_gate)
        {
            _expectedAcks -= count;
        }
    }

    /// <summary>The connection that waits to be read on is over: it must be able to end, also if a handler waits for that.</summary>
    public void Release()
    {
        lock (_gate)
        {
            Resume();
        }
    }

    /// <summary>Completes when the connection may be read on.</summary>
    public ValueTask WhenReadable()
    {
        lock (_gate)
        {
            if (_bytes <= softLimit || _expectedAcks > 0)
            {
                return default;
            }

            _paused ??= new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
            return new ValueTask(_paused.Task);
        }
    }

    private void Resume()
    {
        _paused?.TrySetResult(true);
        _paused = null;
    }
}
