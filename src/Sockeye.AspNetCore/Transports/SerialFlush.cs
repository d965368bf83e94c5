namespace Sockeye.AspNetCore.Transports;

/// <summary>
/// Runs a write step over and over, never twice at the same time, until it has nothing left. A request that comes while it runs is not lost: the step runs
/// once more. This is where batching happens: what is queued while a write is on its way leaves in the next one.
/// </summary>
/// <param name="step">Writes what there is and returns whether there was anything.</param>
/// <param name="failed">Called with what the step threw; nothing is written after that.</param>
internal sealed class SerialFlush(Func<ValueTask<bool>> step, Action<Exception> failed)
{
    private readonly Lock _lock = new();
    private bool _running;
    private bool _again;
    private bool _stopped;
    private TaskCompletionSource? _idle;

    public void Request()
    {
        lock (_lock)
        {
            _again = _running;
            if (_running || _stopped)
            {
                return;
            }

            _running = true;
        }

        _ = RunAsync();
    }

    /// <summary>Starts no further step and completes when the running one has ended.</summary>
    public Task StopAsync()
    {
        lock (_lock)
        {
            _stopped = true;
            return WhenIdle();
        }
    }

    /// <summary>Completes when all that was requested until now is written.</summary>
    public Task WhenIdleAsync()
    {
        lock (_lock)
        {
            return WhenIdle();
        }
    }

    private Task WhenIdle() => _running ? (_idle ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task : Task.CompletedTask;

    private async Task RunAsync()
    {
        try
        {
            do
            {
                while (await step())
                {
                }
            }
            while (!TryEnd());
        }
        catch (Exception exception)
        {
            lock (_lock)
            {
                _stopped = true;
            }

            TryEnd();
            failed(exception);
        }
    }

    private bool TryEnd()
    {
        lock (_lock)
        {
            if (_again && !_stopped)
            {
                _again = false;
                return false;
            }

            _running = false;
            _idle?.TrySetResult();
            _idle = null;
            return true;
        }
    }
}
