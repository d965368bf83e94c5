namespace Sockeye.Client.Engine;

/// <summary>
/// Makes the calls to the handler come one at a time and in order. The reading loop takes its turn on its own thread, so that a message costs no change of threads;
/// all other calls are posted from wherever, under a lock too, and made by whoever has the turn, or on a thread of the pool.
/// </summary>
internal sealed class HandlerLane(Action<Exception> onFailure)
{
    private readonly object _gate = new();
    private readonly Queue<object> _waiting = new();
    private readonly TaskCompletionSource<bool> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Action? _last;
    private bool _isBusy;

    /// <summary>Completes when the last call has returned.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Makes a call when those before it have been made. Not after the last one.</summary>
    public void Post(Action call) => Post(call, isLast: false);

    /// <summary>As <see cref="Post(Action)"/>, but makes the call here if nobody has the turn, which saves a change of threads. Not under a lock.</summary>
    public void RunOrPost(Action call)
    {
        lock (_gate)
        {
            if (_last is not null)
            {
                return;
            }

            if (_isBusy)
            {
                _waiting.Enqueue(call);
                return;
            }

            _isBusy = true;
        }

        Run(call);
        Leave();
    }

    /// <summary>As <see cref="Post(Action)"/>; what comes later is dropped.</summary>
    public void PostLast(Action call) => Post(call, isLast: true);

    /// <summary>Takes the turn, which <see cref="Leave"/> gives back. False: there will be no calls any more.</summary>
    public ValueTask<bool> EnterAsync()
    {
        lock (_gate)
        {
            if (_last is not null)
            {
                return new(false);
            }

            if (!_isBusy)
            {
                _isBusy = true;
                return new(true);
            }

            var turn = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Enqueue(turn);
            return new(turn.Task);
        }
    }

    /// <summary>Gives the turn back, after making the calls that were posted meanwhile.</summary>
    public void Leave()
    {
        while (true)
        {
            object next;
            lock (_gate)
            {
                if (!_waiting.TryDequeue(out next!))
                {
                    _isBusy = false;
                    return;
                }
            }

            if (next is TaskCompletionSource<bool> turn)
            {
                turn.SetResult(true);
                return;
            }

            Run((Action)next);
        }
    }

    private void Post(Action call, bool isLast)
    {
        lock (_gate)
        {
            if (_last is not null)
            {
                return;
            }

            _last = isLast ? call : null;
            _waiting.Enqueue(call);
            if (_isBusy)
            {
                return;
            }

            _isBusy = true;
        }

        ThreadPool.UnsafeQueueUserWorkItem(static lane => ((HandlerLane)lane!).Leave(), this);
    }

    private void Run(Action call)
    {
        try
        {
            call();
        }
        catch (Exception exception)
        {
            onFailure(exception);
        }

        if (ReferenceEquals(call, _last))
        {
            _ended.SetResult(true);
        }
    }
}
