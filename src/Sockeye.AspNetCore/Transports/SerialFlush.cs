namespace Sockeye.AspNetCore.Transports;

/// <summary>
/// Runs a write step over and over, never twice at the same time, until it has nothing left. A request that comes while it runs is not lost: the step runs
/// once more. This is where batching happens: what is queued while a write is on its way leaves in the next one.
/// </summary>
/// <param name="step">Writes what there is and returns whether there may be more. What is queued while it runs is followed by a request of its own.</param>
/// <param name="failed">Called with what the step threw; nothing is written after that.</param>
internal sealed class SerialFlush(Func<ValueTask<bool>> step, Action<Exception> failed)
{
    private readonly Lock _lock = new();
    private int _requests;
    private volatile bool _stopped;
    private volatile TaskCompletionSource? _idle;

    public void Request()
    {
        // The first request runs the steps, for those that come meanwhile, too.
        if (Interlocked.Increment(ref _requests) == 1)
        {
            _ = RunAsync();
        }
    }

    /// <summary>Starts no further step and completes when the running one has ended.</summary>
    public Task StopAsync()
    {
        _stopped = true;
        return WhenIdleAsync();
    }

    /// <summary>Completes when all that was requested until now is written.</summary>
    public Task WhenIdleAsync()
    {
        lock (_lock)
        {
            var idle = _idle ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
            // A request counts before it looks whether it may still write, so none is missed here that writes later.
            CompleteIfIdle();
            return idle.Task;
        }
    }

    private async Task RunAsync()
    {
        int served;
        do
        {
            served = Volatile.Read(ref _requests);
            try
            {
                while (!_stopped && await step())
                {
                }
            }
            catch (Exception exception)
            {
                _stopped = true;
                failed(exception);
            }
        }
        while (Interlocked.CompareExchange(ref _requests, 0, served) != served);

        if (_idle is not null)
        {
            lock (_lock)
            {
                CompleteIfIdle();
            }
        }
    }

    private void CompleteIfIdle()
    {
        if (Interlocked.CompareExchange(ref _requests, 0, 0) == 0)
        {
            _idle?.TrySetResult();
            _idle = null;
        }
    }
}
