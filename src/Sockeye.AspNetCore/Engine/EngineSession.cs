using Sockeye.AspNetCore.Diagnostics;
using Sockeye.AspNetCore.Transports;
using Sockeye.Protocol.Engine;

namespace Sockeye.AspNetCore.Engine;

/// <summary>
/// One Engine.IO session: an ordered, two-way stream of messages that outlives its transports. The shell around an <see cref="EngineMachine"/>: it calls the machine
/// under its lock and does what the machine says. Thread-safe.
/// </summary>
public sealed partial class EngineSession : ITransportOwner, IFlushable, IThreadPoolWorkItem
{
    private readonly EngineServer _server;
    private readonly Lock _lock = new();
    private readonly Lock _delivery = new();
    private readonly EngineMachine _machine;
    private readonly OutboundQueue _queue;
    private readonly WriteScheduler _writes;
    private Transport? _current;
    private Transport? _candidate;
    private TaskCompletionSource? _readable;
    private readonly TimerWheel.Entry _timer;
    private TimeSpan _timerDue;
    private int _dirty;
    private bool _started;
    private bool _closeNotified;

    internal EngineSession(EngineServer server, string id, int protocol, EngineHandshake handshake, DateTimeOffset? expires, WriteScheduler writes)
    {
        _server = server;
        _writes = writes;
        Id = id;
        Protocol = protocol;
        Handshake = handshake;
        _expires = expires;
        _queue = new OutboundQueue(server.Options.MaxQueuedBytes);
        _machine = new EngineMachine(EngineRole.Server, server.MachineOptionsOf(protocol), server.Wheel.Now);
        _timer = server.Wheel.Create(static session => ((EngineSession)session).Tick(), this);
    }

    /// <summary>The session id: 20 characters, secret between client and server.</summary>
    public string Id { get; }

    /// <summary>The revision of the Engine.IO protocol that the client speaks: 4, or 3 where <see cref="EngineOptions.AllowEIO3"/> lets it in.</summary>
    public int Protocol { get; }

    /// <summary>The request that opened the session.</summary>
    public EngineHandshake Handshake { get; }

    /// <summary>"polling", "websocket" or "webtransport".</summary>
    public string TransportName => Volatile.Read(ref _current)?.Name ?? "";

    /// <summary>The state.</summary>
    public EngineState State => _machine.State;

    /// <summary>The bytes that wait for the peer.</summary>
    public long QueuedBytes => _queue.Bytes;

    /// <summary>For the <see cref="IEngineHandler"/>: what it keeps for this session.</summary>
    public object? Tag { get; set; }

    OutboundQueue ITransportOwner.Queue => _queue;

    IFlushScheduler IFlushable.Scheduler => Current?.Scheduler ?? _writes;

    internal Transport? Current => Volatile.Read(ref _current);

    /// <summary>Queues a message. False: the session is closing or closed, or the message went over the budget and ended it. With <paramref name="isVolatile"/> also when the transport cannot take it right now.</summary>
    public bool Send(OutboundMessage message, bool isVolatile = false)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (State is not EngineState.Open)
        {
            return false;
        }

        switch (_queue.Enqueue(message, isVolatile))
        {
            case EnqueueResult.Queued:
                TellQueued(message);
                RequestFlush();
                return true;
            case EnqueueResult.OverBudget:
                _server.Metrics.SlowConsumers.Add(1);
                EngineLog.QueueOverBudget(_server.Logger, Label, _server.Options.MaxQueuedBytes);
                End(EngineCloseReason.ForcedClose, "the outbound queue is over its budget", TransportEnd.Aborted);
                return false;
            case EnqueueResult.NotWritable:
                _server.Metrics.VolatileDropped.Add(1);
                return false;
            default:
                return false;
        }
    }

    /// <summary>Writes what is queued, then closes; with <paramref name="discard"/> at once.</summary>
    public void Close(bool discard = false)
    {
        EngineActions actions;
        lock (_lock)
        {
            actions = _machine.Close(discard, _server.Wheel.Now);
            ArmTimer();
        }

        Perform(actions);
    }

    /// <summary>Ends the session at once.</summary>
    public void Fail(EngineCloseReason reason, string detail) => End(reason, detail, TransportEnd.Closed);

    /// <summary>Stops taking messages from the peer until <see cref="ResumeReading"/>; its heartbeat deadline stands still meanwhile.</summary>
    public void PauseReading()
    {
        lock (_lock)
        {
            if (_readable is null && _machine.State is not EngineState.Closed)
            {
                _readable = new(TaskCreationOptions.RunContinuationsAsynchronously);
                _machine.PauseReading(_server.Wheel.Now);
                ArmTimer();
            }
        }
    }

    /// <summary>Takes messages again.</summary>
    public void ResumeReading()
    {
        lock (_lock)
        {
            _machine.ResumeReading(_server.Wheel.Now);
            _readable?.TrySetResult();
            _readable = null;
            ArmTimer();
        }
    }

    /// <summary>Calls back once after a delay, on the server's timer wheel, unless disposed before. Callbacks must be quick; what they throw ends the session.</summary>
    public IDisposable Schedule(TimeSpan delay, Action callback)
    {
        ArgumentNullException.ThrowIfNull(callback);
        return _server.Wheel.ScheduleAt(_server.Wheel.Now + delay, () => Guard(callback));
    }

    /// <summary>The same without an object for the callback; the callback calls <see cref="Guard(Action)"/>.</summary>
    internal IDisposable Schedule(TimeSpan delay, Action<object> callback, object state) => _server.Wheel.ScheduleAt(_server.Wheel.Now + delay, callback, state);

    /// <summary>Begins: the open packet is the first that the peer gets.</summary>
    internal void Start(Transport transport, OpenPayload open)
    {
        _queue.Enqueue(OpenMessage(open), isVolatile: false);
        if (_server.Options.InitialPacket is { } initial)
        {
            _queue.Enqueue(OutboundMessage.Text(initial), isVolatile: false);
        }

        // The end of the session may be told from another thread at once, and must wait for the open.
        lock (_delivery)
        {
            lock (_lock)
            {
                Volatile.Write(ref _current, transport);
                // The host may have stopped while the handshake was on its way: then nobody hears of this session.
                _started = _machine.State is not EngineState.Closed;
                ArmTimer();
                WatchExpiration();
            }

            if (!_started)
            {
                transport.Discard(TransportEnd.Closed);
                return;
            }

            _server.OnOpened(this);
            transport.Attach();
            Guard(static (session, _, _) => session._server.Handler.OnOpen(session), default, false);
        }

        transport.Flush();
        if (_server.IsStopping)
        {
            Close(discard: true);
        }
    }

    /// <summary>Lets time pass: a request may come before the wheel has turned, and must find the session in the state that it has by now.</summary>
    internal void Tick()
    {
        EngineActions actions;
        lock (_lock)
        {
            actions = _machine.Tick(_server.Wheel.Now);
            ArmTimer();
        }

        Perform(actions);
    }

    /// <summary>A WebSocket for this session has connected. False: it is not taken.</summary>
    internal bool TryAttachCandidate(Transport candidate)
    {
        EngineActions actions;
        lock (_lock)
        {
            if (!_machine.TryAttachCandidate(_server.Wheel.Now, out actions))
            {
                return false;
            }

            _candidate = candidate;
            ArmTimer();
        }

        Perform(actions);
        return true;
    }

    void IFlushable.Flush()
    {
        Interlocked.Exchange(ref _dirty, 0);
        Current?.Flush();
    }

    void IFlushable.OnFlushFailed(Exception exception)
    {
        if (Current is { } current)
        {
            current.Discard(TransportEnd.Aborted);
            ((ITransportOwner)this).OnTransportClosed(current, exception.Message);
        }
    }
}
