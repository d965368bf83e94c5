namespace Sockeye.Protocol.Engine;

/// <summary>
/// The clock of one session's heartbeat. Server: a ping falls due PingInterval after the start and after each pong, and the peer is given up when
/// PingTimeout passes without a pong. Client: the peer is given up when no ping comes for both together. In revision 3 each does what the other does in revision 4.
/// A mutable struct, since each connection has one: keep it in a field.
/// </summary>
internal struct EngineHeartbeat()
{
    private TimeSpan _interval;
    private TimeSpan _timeout;
    private TimeSpan _pingDue = TimeSpan.MaxValue;
    private TimeSpan _expiry = TimeSpan.MaxValue;
    private TimeSpan _waitingSince;
    private TimeSpan? _pausedAt;
    private bool _extended;

    /// <summary>When the next ping leaves or the peer is given up; the latter never while reading is paused.</summary>
    public readonly TimeSpan Deadline => _expiry == TimeSpan.MaxValue ? _pingDue : _pausedAt is null ? _expiry : TimeSpan.MaxValue;

    public readonly bool HasExpired(TimeSpan now) => _pausedAt is null && now >= _expiry;

    public readonly bool IsPingDue(TimeSpan now) => now >= _pingDue;

    public void StartSending(TimeSpan interval, TimeSpan timeout, TimeSpan now)
    {
        (_interval, _timeout) = (interval, timeout);
        _pingDue = Instant.After(now, interval);
    }

    /// <summary>
    /// The wait for the pong counts from when the ping was due, not from when a late timer sent it: a request that comes exactly PingInterval +
    /// PingTimeout after the handshake must find the session dead. A process that was stopped for long must not kill all its peers
    /// when it wakes, so half of the timeout always remains.
    /// </summary>
    public void PingSent(TimeSpan now)
    {
        var punctual = Instant.After(_pingDue, _timeout);
        var late = Instant.After(now, _timeout / 2);
        _expiry = punctual > late ? punctual : late;
        _waitingSince = now;
        _pingDue = TimeSpan.MaxValue;
        _extended = false;
    }

    public void PongReceived(TimeSpan now)
    {
        _expiry = TimeSpan.MaxValue;
        _pingDue = Instant.After(now, _interval);
    }

    /// <summary>Anything but the pong shows that the peer lives, perhaps behind a large upload: the timeout starts anew, once for each ping (engine.io 6.6.10).</summary>
    public void OtherPacketReceived(TimeSpan now)
    {
        if (_expiry != TimeSpan.MaxValue && !_extended)
        {
            _expiry = Instant.After(now, _timeout);
            _waitingSince = now;
            _extended = true;
        }
    }

    /// <summary>Client in revision 3: any packet shows that the server lives, and gives it both times together (engine.io-client 3).</summary>
    public void AnyPacketReceived(TimeSpan now)
    {
        if (_expiry != TimeSpan.MaxValue)
        {
            ExpectPing(_interval, _timeout, now);
        }
    }

    /// <summary>A closing session sends no more pings, but the peer still has no longer than it would have had to answer the next one.</summary>
    public void StopSending()
    {
        if (_expiry == TimeSpan.MaxValue)
        {
            _expiry = Instant.After(_pingDue, _timeout);
            _waitingSince = _pingDue;
        }

        _pingDue = TimeSpan.MaxValue;
    }

    /// <summary>Client, and server in revision 3: the peer has until interval and timeout have passed to send the next ping.</summary>
    public void ExpectPing(TimeSpan interval, TimeSpan timeout, TimeSpan now)
    {
        _expiry = Instant.After(Instant.After(now, interval), timeout);
        _waitingSince = now;
    }

    public void Pause(TimeSpan now) => _pausedAt ??= now;

    public void Resume(TimeSpan now)
    {
        if (_pausedAt is not { } pausedAt)
        {
            return;
        }

        _pausedAt = null;
        var stoodStillFrom = pausedAt > _waitingSince ? pausedAt : _waitingSince;
        if (now > stoodStillFrom)
        {
            _expiry = Instant.After(_expiry, now - stoodStillFrom);
        }
    }
}
