namespace Sockeye.AspNetCore.Transports;

/// <summary>What a <see cref="SerialFlush"/> runs. An interface: each connection would have to keep a delegate for each method.</summary>
internal interface ISerialWriter
{
    /// <summary>Writes what there is and returns whether there may be more. What is queued while it runs is followed by a request of its own.</summary>
    ValueTask<bool> WriteStepAsync();

    /// <summary>Called with what a step threw; nothing is written after that.</summary>
    void OnWriteFailed(Exception exception);
}

/// <summary>
/// Runs a write step over and over, never twice at the same time, until it has nothing left. A request that comes while it runs is not lost: the step runs
/// once more. This is where batching happens: what is queued while a write is on its way leaves in the next one.
/// </summary>
internal sealed class SerialFlush(ISerialWriter writer)
{
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
        lock (this)
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
                while (!_stopped && await writer.WriteStepAsync())
                {
                }
            }
            catch (Exception exception)
            {
                _stopped = true;
                writer.OnWriteFailed(exception);
            }
        }
        while (Interlocked.CompareExchange(ref _requests, 0, served) != served);

        if (_idle is not null)
        {
            lock (this)
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
