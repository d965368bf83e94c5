using Sockeye.Client.Diagnostics;
using Sockeye.Client.Transports;
using Sockeye.Protocol.Engine;

namespace Sockeye.Client.Engine;

// What is done when the machine has decided, and the clock that wakes it. All under the lock, so nothing here waits or calls the handler.
public sealed partial class EngineSocket
{
    private ITimer? _timer;
    private TimeSpan _timerDue = TimeSpan.MaxValue;
    private DateTimeOffset _lastSign;
    private TimeSpan _pausedSince;
    private bool _isPingPosted;

    /// <summary>
    /// Whether the server's heartbeat is overdue. True after a sleep of the machine, too, when the timer comes late: then the connection is being closed with "ping timeout", and what is sent is lost.
    /// </summary>
    public bool HasPingExpired()
    {
        lock (_gate)
        {
            if (_machine.State is EngineState.Open or EngineState.Closing)
            {
                var now = Now;
                Apply(_machine.Tick(now), now, "timeout");

                // The timer's clock may stand still while the machine sleeps, the wall's does not.
                if (_machine.State != EngineState.Closed && !_isReadingPaused && _settings.Time.GetUtcNow() - _lastSign > _machine.Handshake!.PingInterval + _machine.Handshake.PingTimeout)
                {
                    Apply(_machine.Fail(EngineCloseReason.PingTimeout, "the machine slept", now), now);
                }
            }

            return _machine.CloseReason == EngineCloseReason.PingTimeout;
        }
    }

    private void OnTimer()
    {
        lock (_gate)
        {
            _timerDue = TimeSpan.MaxValue;
            var now = Now;
            Apply(_machine.Tick(now), now, "timeout");
        }
    }

    // A deadline that moves away leaves the timer as it is: it comes in vain once and is set again. So a message costs no change of the timer.
    private void SetTimer(TimeSpan now)
    {
        var deadline = _machine.Deadline;
        if (deadline >= _timerDue || _timer is null)
        {
            return;
        }

        _timerDue = deadline;
        var wait = Math.Clamp(Math.Ceiling((deadline - now).TotalMilliseconds), 0, TimeSpan.FromDays(1).TotalMilliseconds);
        _timer.Change(TimeSpan.FromMilliseconds(wait), Timeout.InfiniteTimeSpan);
    }

    // In the order of the actions' values.
    private void Apply(EngineActions actions, TimeSpan now, string? candidateProblem = null)
    {
        if ((actions & EngineActions.SendPing) != 0)
        {
            QueueHeartbeat(EnginePacketType.Ping);
        }

        if ((actions & EngineActions.SendPong) != 0)
        {
            _lastSign = _settings.Time.GetUtcNow();
            QueueHeartbeat(EnginePacketType.Pong);
            PostPing();
        }

        if ((actions & EngineActions.PausePolling) != 0)
        {
            ((PollingTransport)_current!).Pause();
            _lane.Post(() => _handler.OnUpgrading(this, TransportType.WebSocket));
        }

        if ((actions & EngineActions.SendUpgrade) != 0)
        {
            _isUpgradeDue = true;
        }

        if ((actions & EngineActions.Opened) != 0)
        {
            OnOpened();
        }

        if ((actions & EngineActions.Switch) != 0)
        {
            Switch();
        }

        if ((actions & EngineActions.CloseCandidate) != 0)
        {
            DropCandidate((actions & EngineActions.Close) != 0 ? "socket closed" : candidateProblem);
        }

        if ((actions & EngineActions.Drain) != 0)
        {
            _isDraining = true;
            _wake.Set();
        }

        if ((actions & EngineActions.Close) != 0)
        {
            End(now);
        }

        SetTimer(now);
    }

    // Never more than one: a server that pings without end must not fill the lane.
    private void PostPing()
    {
        if (!_isPingPosted)
        {
            _isPingPosted = true;
            _lane.Post(CallOnPing);
        }
    }

    private void CallOnPing()
    {
        lock (_gate)
        {
            _isPingPosted = false;
        }

        _handler.OnPing(this);
    }

    private void OnOpened()
    {
        var handshake = _machine.Handshake!;
        _lastSign = _settings.Time.GetUtcNow();
        _current!.Sid = handshake.Sid;
        _settings.Memory.WebSocketWorked = Transport == TransportType.WebSocket;
        var type = Transport;
        _lane.Post(() => EngineLog.Opened(_settings.Logger, _settings.LocationOf(type), type.ToWireString()));
        _attempt!.Report(_current.StatusCode, null);
        _attempt = null;
        var upgrades = _settings.Upgrade && Transport == TransportType.Polling && !_hasWebSocketFailed && handshake.Upgrades.Contains(TransportType.WebSocket.ToWireString());
        _lane.Post(() =>
        {
            _handler.OnOpen(this);
            if (upgrades)
            {
                BeginUpgrade();
            }
        });
        _wake.Set();
    }

    private void Switch()
    {
        _current = _candidate;
        _candidate = null;
        Transport = TransportType.WebSocket;
        _settings.Memory.WebSocketWorked = true;
        _lane.Post(() => EngineLog.Upgraded(_settings.Logger, _settings.LocationOf(TransportType.WebSocket), TransportType.WebSocket.ToWireString()));
        _upgradeAttempt!.Report(_current!.StatusCode, null);
        _lane.Post(() => _handler.OnUpgrade(this, TransportType.WebSocket));
        _wake.Set();
    }

    private void DropCandidate(string? problem, TransportFailure? failure = null)
    {
        var candidate = _candidate!;
        _candidate = null;
        (_current as PollingTransport)?.Resume();

        var error = problem is null ? "probe error" : $"probe error: {problem}";
        var message = failure?.Message ?? $"{error}. The connection goes on by polling.";
        _lane.Post(() => EngineLog.AttemptFailed(_settings.Logger, _settings.LocationOf(TransportType.WebSocket), TransportType.WebSocket.ToWireString(), message));
        _upgradeAttempt!.Report(candidate.StatusCode, message);
        var exception = new TransportException(TransportType.WebSocket, error, message, failure?.StatusCode, failure?.ResponseText, failure?.Cause);
        _lane.Post(() => _handler.OnUpgradeError(this, exception));

        // Not here: cutting a connection may go on with whoever waits for it.
        ThreadPool.UnsafeQueueUserWorkItem(static transport => ((ClientTransport)transport!).Abort(), candidate);
        _wake.Set();
    }
}
