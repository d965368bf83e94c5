using System.Threading.Tasks.Sources;

namespace Sockeye.Client.Engine;

/// <summary>Wakes the one loop that waits for it; waking costs no memory. A signal that comes before the wait is kept.</summary>
internal sealed class WakeSignal : IValueTaskSource<bool>
{
    private readonly object _gate = new();
    private ManualResetValueTaskSourceCore<bool> _core = new() { RunContinuationsAsynchronously = true };
    private bool _isSet;
    private bool _isWaiting;
    private bool _hasEnded;

    /// <summary>There is something to do.</summary>
    public void Set() => Wake(ends: false);

    /// <summary>There will be nothing any more.</summary>
    public void End() => Wake(ends: true);

    /// <summary>False at the end.</summary>
    public ValueTask<bool> WaitAsync()
    {
        lock (_gate)
        {
            if (_hasEnded || _isSet)
            {
                _isSet = false;
                return new(!_hasEnded);
            }

            _core.Reset();
            _isWaiting = true;
            return new(this, _core.Version);
        }
    }

    bool IValueTaskSource<bool>.GetResult(short token) => _core.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<bool>.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource<bool>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    private void Wake(bool ends)
    {
        lock (_gate)
        {
            _hasEnded |= ends;
            if (!_isWaiting)
            {
                _isSet = true;
                return;
            }

            _isWaiting = false;
        }

        _core.SetResult(!ends);
    }
}
