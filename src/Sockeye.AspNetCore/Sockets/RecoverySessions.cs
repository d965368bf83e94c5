using System.Diagnostics.Metrics;
using Sockeye.AspNetCore.Diagnostics;
using Sockeye.Protocol.Engine;

namespace Sockeye.AspNetCore.Sockets;

/// <summary>
/// The recoverable sockets of a server, by their secret: the connected ones, those whose connection was lost, and for a while the names of those whose clients did not come
/// back in time. One timer forgets what is over; nothing here costs a timer for each socket. Thread-safe.
/// </summary>
internal sealed class RecoverySessions : IDisposable
{
    /// <summary>How long a client waits for the handlers of its former socket: official clients wait 20 s for the answer to their CONNECT.</summary>
    private static readonly TimeSpan MaxPatience = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, RecoverySession> _sessions = new(StringComparer.Ordinal);
    private readonly Queue<Lost> _lost = new();
    private readonly Queue<Lost> _expired = new();
    private readonly ConnectionStateRecoveryOptions _options;
    private readonly TimeSpan _patience;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private int _kept;
    private bool _isClosed;

    /// <param name="options">How long and how much.</param>
    /// <param name="unnoticed">How long a lost connection may go unnoticed: so much longer than sessions events are kept.</param>
    /// <param name="connectTimeout">When a connection is closed that has joined nothing: a claim is decided before.</param>
    /// <param name="time">The clock.</param>
    /// <param name="meters">Where to count.</param>
    public RecoverySessions(ConnectionStateRecoveryOptions options, TimeSpan unnoticed, TimeSpan connectTimeout, TimeProvider time, IMeterFactory meters)
    {
        _options = options;
        _patience = connectTimeout / 2 < MaxPatience ? connectTimeout / 2 : MaxPatience;
        _time = time;
        Metrics = new RecoveryMetrics(meters);
        Budget = new RecoveryBudget(options.MaxLogBytes, options.MaxDisconnectionDuration + unnoticed, time, Metrics);
        var period = TimeSpan.FromTicks(Math.Clamp(options.MaxDisconnectionDuration.Ticks / 4, TimeSpan.TicksPerSecond, 30 * TimeSpan.TicksPerSecond));
        _timer = time.CreateTimer(static state => ((RecoverySessions)state!).Sweep(), this, period, period);
    }

    public RecoveryMetrics Metrics { get; }

    /// <summary>What the logs of all namespaces share.</summary>
    public RecoveryBudget Budget { get; }

    public TimeSpan MaxDisconnectionDuration => _options.MaxDisconnectionDuration;

    /// <summary>How long a client that comes back waits for whatever it is.</summary>
    public TimeSpan Patience => _patience;

    public bool SkipMiddlewares => _options.SkipMiddlewares;

    /// <summary>The sockets whose connection is lost and which are kept.</summary>
    public int KeptCount
    {
        get
        {
            lock (_gate)
            {
                return _kept;
            }
        }
    }

    /// <summary>All that the table knows: connected, lost, and expired ones.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _sessions.Count;
            }
        }
    }

    /// <summary>The places among the lost: those of sessions that came back meanwhile included.</summary>
    public int PlaceCount
    {
        get
        {
            lock (_gate)
            {
                return _lost.Count;
            }
        }
    }

    /// <summary>A socket connects: its session is in the table from now on, and this socket is its owner.</summary>
    public void Connected(RecoverySession session, ServerSocket socket)
    {
        lock (_gate)
        {
            Release(session);
            session.IsFinished = false;
            (session.Claimant, session.IsHeld) = (null, false);
            session.Owner = socket;
            _sessions[session.Pid] = session;
        }
    }

    /// <summary>The socket has ended, and its client may come back, or not.</summary>
    public void Ended(RecoverySession session, RecoveryUser user, bool mayComeBack)
    {
        lock (_gate)
        {
            session.User = user;
            session.LostAt = _time.GetTimestamp();
            // Where nodes share a log it outlives this server.
            if (!mayComeBack || (_isClosed && session.Namespace.SharedLog is null))
            {
                session.Owner = null;
                _sessions.Remove(session.Pid);
                return;
            }

            // It has its owner until Finished: what is sent before that one is withdrawn is known to have been for it.
            session.IsKept = true;
            session.Namespace.Log?.CountLost(1);
            // An empty dynamic namespace stays for those who may come back.
            session.Namespace.TryEnter();
            _kept++;
            Metrics.Sessions.Add(1);
        }
    }

    /// <summary>The handlers of the ended socket have finished: whoever claims the session may have it.</summary>
    public void Finished(RecoverySession session)
    {
        lock (_gate)
        {
            session.IsFinished = true;
            session.Owner = null;
            session.Waiting?.TrySetResult();
            session.Waiting = null;
            Place(session);
            while (_kept > _options.MaxSessions && TryTakeOldest(out var oldest))
            {
                if (IsStill(oldest))
                {
                    Remove(oldest.Session);
                    Metrics.SessionsDropped.Add(1, EngineMetrics.Reason("count"));
                }
            }
        }
    }

    /// <summary>
    /// A client asks for a socket. Null: it is claimed, for this client alone, until it is connected, given back or dropped; <paramref name="owner"/> is the socket that has
    /// it still, since this server does not know yet that its connection is dead.
    /// </summary>
    public RecoveryFailure? TryClaim(string pid, Namespace ns, RecoveryUser user, SocketConnection claimant, out RecoverySession session, out ServerSocket? owner)
    {
        lock (_gate)
        {
            owner = null;
            if (!_sessions.TryGetValue(pid, out session!) || session.Namespace != ns)
            {
                return RecoveryFailure.UnknownSession;
            }

            if (session.IsExpired || (session.IsKept && IsTooLate(session.LostAt)))
            {
                return RecoveryFailure.Expired;
            }

            owner = session.IsKept ? null : session.Owner;
            if (!(owner is null ? session.User : RecoveryUser.From(owner.User)).IsCertainly(user))
            {
                return RecoveryFailure.UserChanged;
            }

            if (session.IsHeld || session.Claimant?.Session.State == EngineState.Open)
            {
                return RecoveryFailure.AlreadyClaimed;
            }

            session.Claimant = claimant;
            return null;
        }
    }

    /// <summary>
    /// Waits for the handlers of the last socket, so that no two sockets of one id meet in the application; for a few seconds at most, since the client waits, too. Null: it
    /// can be recovered, or the connection that asked has closed.
    /// </summary>
    public async ValueTask<RecoveryFailure?> WaitUntilFinishedAsync(RecoverySession session, Task closed)
    {
        Task finished;
        lock (_gate)
        {
            finished = Task.CompletedTask;
            if (!session.IsFinished)
            {
                var waiting = session.Waiting ?? new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                finished = Task.WhenAny(waiting.Task, closed).WaitAsync(_patience, _time);
                session.Waiting = waiting;
            }
        }

        try
        {
            await finished.ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return RecoveryFailure.StillEnding;
        }

        // The client may have left on purpose in this very moment.
        return session.IsKept ? null : RecoveryFailure.UnknownSession;
    }

    /// <summary>From now on no other connection takes over. False: one has.</summary>
    public bool TryHold(RecoverySession session, SocketConnection claimant)
    {
        lock (_gate)
        {
            return session.IsHeld = session.Claimant == claimant;
        }
    }

    /// <summary>The claim came to nothing, but the client may try again.</summary>
    public void GiveBack(RecoverySession session, SocketConnection claimant)
    {
        lock (_gate)
        {
            if (session.Claimant == claimant)
            {
                (session.Claimant, session.IsHeld) = (null, false);
                Place(session);
                session.Namespace.SharedLog?.PutBack(session);
                if (!session.IsKept && session.Owner is null)
                {
                    _sessions.Remove(session.Pid);
                }
            }
        }
    }

    /// <summary>It cannot be recovered any more.</summary>
    public void Drop(RecoverySession session, SocketConnection claimant)
    {
        lock (_gate)
        {
            if (session.Claimant == claimant)
            {
                Remove(session);
            }
        }
    }

    /// <summary>A session of another node, taken from the shared log's store by a connection: it is claimed.</summary>
    public void Adopt(RecoverySession session, SocketConnection claimant)
    {
        lock (_gate)
        {
            if (_sessions.TryGetValue(session.Pid, out var former))
            {
                // It has lived on another node since.
                Remove(former);
            }

            (session.Claimant, session.IsFinished) = (claimant, true);
            _sessions[session.Pid] = session;
        }
    }

    /// <summary>A client asks another node for its socket. Null: this server does not have it.</summary>
    public RecoverySession? Find(string pid, Namespace ns)
    {
        lock (_gate)
        {
            return _sessions.TryGetValue(pid, out var session) && session.Namespace == ns && session.Claimant is null && !session.IsExpired ? session : null;
        }
    }

    /// <summary>The server closes: nobody can come back.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isClosed = true;
            _sessions.Clear();
        }

        _timer.Dispose();
    }

    private void Sweep()
    {
        Budget.Trim();
        lock (_gate)
        {
            while (_lost.TryPeek(out var oldest) && IsTooLate(oldest.At))
            {
                TryTakeOldest(out oldest);
                if (IsStill(oldest))
                {
                    Expire(oldest.Session);
                }
            }

            while (_expired.TryPeek(out var oldest) && (_expired.Count > _options.MaxSessions || IsTooLate(oldest.At + Ticks(_options.MaxDisconnectionDuration))))
            {
                _expired.Dequeue();
                _sessions.Remove(oldest.Session.Pid);
            }
        }
    }

    private long Ticks(TimeSpan duration) => (long)(duration.TotalSeconds * _time.TimestampFrequency);

    private bool IsTooLate(long lostAt) => _time.GetElapsedTime(lostAt) > _options.MaxDisconnectionDuration;

    /// <summary>Not recovered meanwhile, not even lost again, and nobody is about to.</summary>
    private static bool IsStill(Lost lost) => lost.Session.IsKept && lost.Session.Claimant is null && lost.Session.LostAt == lost.At;

    /// <summary>One place for each loss, however often the session is claimed and given back.</summary>
    private void Place(RecoverySession session)
    {
        if (session.IsKept && session.IsFinished && session.PlacedAt != session.LostAt)
        {
            session.PlacedAt = session.LostAt;
            _lost.Enqueue(new Lost(session, session.LostAt));
        }
    }

    private bool TryTakeOldest(out Lost oldest)
    {
        if (!_lost.TryDequeue(out oldest))
        {
            return false;
        }

        if (oldest.Session.PlacedAt == oldest.At)
        {
            oldest.Session.PlacedAt = null;
        }

        return true;
    }

    private void Expire(RecoverySession session)
    {
        Release(session);
        var name = new RecoverySession(session.Namespace, session.Sid, session.Pid, default, null) { IsExpired = true };
        _sessions[session.Pid] = name;
        _expired.Enqueue(new Lost(name, session.LostAt));
        Metrics.SessionsDropped.Add(1, EngineMetrics.Reason("age"));
    }

    private void Remove(RecoverySession session)
    {
        Release(session);
        _sessions.Remove(session.Pid);
    }

    private void Release(RecoverySession session)
    {
        if (!session.IsKept)
        {
            return;
        }

        session.IsKept = false;
        session.Namespace.Log?.CountLost(-1);
        session.Namespace.Exit();
        _kept--;
        Metrics.Sessions.Add(-1);
    }

    private readonly record struct Lost(RecoverySession Session, long At);
}
