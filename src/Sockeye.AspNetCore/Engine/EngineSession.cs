using Sockeye.AspNetCore.Diagnostics;
using Sockeye.AspNetCore.Transports;
using Sockeye.Protocol.Engine;

namespace Sockeye.AspNetCore.Engine;

/// <summary>
/// One Engine.IO session: an ordered, two-way stream of messages that outlives its transports. The shell around an <see cref="EngineMachine"/>: it calls the machine
/// under its lock and does what the machine says. Thread-safe.
/// </summary>
public sealed class EngineSession : ITransportOwner, IThreadPoolWorkItem
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
    private IDisposable? _timer;
    private TimeSpan _timerDue = TimeSpan.MaxValue;
    private long _timerNumber;
    private int _dirty;
    private bool _started;
    private bool _closeNotified;

    internal EngineSession(EngineServer server, string id, int protocol, EngineHandshake handshake, WriteScheduler writes)
    {
        var options = server.Options;
        _server = server;
        _writes = writes;
        Id = id;
        Protocol = protocol;
        Handshake = handshake;
        _queue = new OutboundQueue(options.MaxQueuedBytes);
        _machine = new EngineMachine(
            EngineRole.Server,
            new EngineMachineOptions(options.PingInterval, options.PingTimeout, options.UpgradeTimeout, EngineServer.CloseTimeout),
            server.Wheel.Now);
    }

    /// <summary>The session id: 20 characters, secret between client and server.</summary>
    public string Id { get; }

    /// <summary>The Engine.IO protocol revision.</summary>
    public int Protocol { get; }

    /// <summary>The request that opened the session.</summary>
    public EngineHandshake Handshake { get; }

    /// <summary>"polling" or "websocket".</summary>
    public string TransportName => Volatile.Read(ref _current)?.Name ?? "";

    /// <summary>The state.</summary>
    public EngineState State
    {
        get
        {
            lock (_lock)
            {
                return _machine.State;
            }
        }
    }

    /// <summary>The bytes that wait for the peer.</summary>
    public long QueuedBytes => _queue.Bytes;

    /// <summary>For the <see cref="IEngineHandler"/>: what it keeps for this session.</summary>
    public object? Tag { get; set; }

    OutboundQueue ITransportOwner.Queue => _queue;

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
                RequestFlush();
                return true;
            case EnqueueResult.OverBudget:
                _server.Metrics.SlowConsumers.Add(1);
                EngineLog.QueueOverBudget(_server.Logger, Id, _server.Options.MaxQueuedBytes);
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
        return _server.Wheel.ScheduleAt(_server.Wheel.Now + delay, () => Guard((_, _, _) => callback(), default, false));
    }

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

    internal void FlushScheduled()
    {
        Interlocked.Exchange(ref _dirty, 0);
        Current?.Flush();
    }

    bool ITransportOwner.OnPacket(Transport from, EnginePacketType type, bool isBinary, ReadOnlySpan<byte> data)
    {
        EngineActions actions;
        Transport? candidate;
        lock (_lock)
        {
            if (!TryGetChannel(from, out var channel))
            {
                return false;
            }

            actions = _machine.Receive(channel, type, data, _server.Wheel.Now);
            candidate = _candidate;
            ArmTimer();
        }

        if (actions.HasFlag(EngineActions.SendProbePong))
        {
            candidate?.WriteDirect(OutboundMessage.Control(EnginePacketType.Pong, "probe"u8));
        }

        if (actions.HasFlag(EngineActions.Deliver))
        {
            _server.Metrics.MessagesReceived.Add(1);
            Deliver(data, isBinary);
        }

        Perform(actions);
        return IsAttached(from);
    }

    void ITransportOwner.OnMalformed(Transport from, string detail)
    {
        EngineActions actions;
        lock (_lock)
        {
            actions = TryGetChannel(from, out var channel) ? _machine.ReceiveMalformed(channel, detail, _server.Wheel.Now) : EngineActions.None;
        }

        Perform(actions);
    }

    void ITransportOwner.OnTransportClosed(Transport from, string? error)
    {
        EngineActions actions;
        lock (_lock)
        {
            actions = TryGetChannel(from, out var channel) ? _machine.TransportClosed(channel, error, _server.Wheel.Now) : EngineActions.None;
        }

        Perform(actions);
    }

    void ITransportOwner.OnWritten(Transport from)
    {
        if (State is EngineState.Closing)
        {
            TryDrain();
        }
    }

    void ITransportOwner.OnCloseWritten(Transport from) => Drained();

    void ITransportOwner.ExpectLatePoll() => _server.LatePolls.Expect(Id);

    Task ITransportOwner.WhenReadable()
    {
        var readable = Volatile.Read(ref _readable);
        return readable is null ? Task.CompletedTask : readable.Task;
    }

    // The end of the session is told from a work item of its own: whoever caused it may be in the middle of another session's call.
    void IThreadPoolWorkItem.Execute()
    {
        EngineCloseReason reason;
        string? detail;
        lock (_lock)
        {
            reason = _machine.CloseReason ?? EngineCloseReason.ForcedClose;
            detail = _machine.CloseDetail;
        }

        lock (_delivery)
        {
            _closeNotified = true;
            try
            {
                _server.Handler.OnClose(this, reason, detail);
            }
            catch (Exception exception)
            {
                EngineLog.HandlerFailed(_server.Logger, Id, exception);
            }
        }

        _server.OnEnded(this, reason, detail);
    }

    private static OutboundMessage OpenMessage(OpenPayload open)
    {
        using var json = new Sockeye.Protocol.Buffers.PooledBufferWriter();
        open.Write(json);
        return OutboundMessage.Control(EnginePacketType.Open, json.WrittenSpan);
    }

    private void Deliver(ReadOnlySpan<byte> data, bool isBinary)
    {
        lock (_delivery)
        {
            if (!_closeNotified)
            {
                Guard(static (session, bytes, binary) => session._server.Handler.OnMessage(session, bytes, binary), data, isBinary);
            }
        }
    }

    private delegate void HandlerCall(EngineSession session, ReadOnlySpan<byte> data, bool isBinary);

    private void Guard(HandlerCall call, ReadOnlySpan<byte> data, bool isBinary)
    {
        try
        {
            call(this, data, isBinary);
        }
        catch (Exception exception)
        {
            EngineLog.HandlerFailed(_server.Logger, Id, exception);
            Fail(EngineCloseReason.ForcedClose, "the handler threw");
        }
    }

    /// <summary>Does what the machine said, in the order of the actions' values.</summary>
    private void Perform(EngineActions actions, TransportEnd end = TransportEnd.Closed)
    {
        if (actions is EngineActions.None or EngineActions.Deliver)
        {
            return;
        }

        if (actions.HasFlag(EngineActions.SendPing) && _queue.Enqueue(OutboundMessage.Ping, isVolatile: false) is EnqueueResult.Queued)
        {
            RequestFlush();
        }

        if (actions.HasFlag(EngineActions.ReleasePoll))
        {
            Current?.ReleasePoll();
        }

        if (actions.HasFlag(EngineActions.Switch))
        {
            Switch();
        }

        if (actions.HasFlag(EngineActions.CloseCandidate))
        {
            Interlocked.Exchange(ref _candidate, null)?.Discard(TransportEnd.Closed);
        }

        if (actions.HasFlag(EngineActions.Drain))
        {
            TryDrain();
        }

        if (actions.HasFlag(EngineActions.Close))
        {
            Finish(end);
        }
    }

    private void Switch()
    {
        Transport? old;
        Transport? current;
        lock (_lock)
        {
            (old, current, _candidate) = (_current, _candidate, null);
            if (current is null)
            {
                return;
            }

            Volatile.Write(ref _current, current);
        }

        // The old lease ends with a noop for the waiting poll; what is queued meanwhile waits for the new lease.
        old?.Discard(TransportEnd.Upgraded);
        current.Attach();
        current.Flush();
        _server.OnUpgraded(this);
    }

    private void TryDrain()
    {
        if (!_queue.IsDrained)
        {
            RequestFlush();
        }
        else if (Current?.TryClose() is true)
        {
            Drained();
        }
    }

    private void Drained()
    {
        EngineActions actions;
        lock (_lock)
        {
            actions = _machine.Drained(_server.Wheel.Now);
        }

        Perform(actions);
    }

    private void End(EngineCloseReason reason, string detail, TransportEnd end)
    {
        EngineActions actions;
        lock (_lock)
        {
            actions = _machine.Fail(reason, detail, _server.Wheel.Now);
        }

        Perform(actions, end);
    }

    /// <summary>The one place where a session ends (the machine says Close once).</summary>
    private void Finish(TransportEnd end)
    {
        Transport? candidate;
        bool started;
        lock (_lock)
        {
            started = _started;
            _timer?.Dispose();
            _timer = null;
            _readable?.TrySetResult();
            _readable = null;
            (candidate, _candidate) = (_candidate, null);
            if (end is TransportEnd.Closed && _machine.CloseReason is EngineCloseReason.TransportClose)
            {
                end = TransportEnd.ClosedByPeer;
            }
        }

        // Discarded first: until the session is removed a poll still finds the transport, and that knows whether the poll is expected.
        Current?.Discard(end);
        _server.Remove(this);
        candidate?.Discard(TransportEnd.Closed);
        _server.Metrics.MessagesDropped.Add(_queue.Close());
        if (started)
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }

    private void RequestFlush()
    {
        if (Interlocked.Exchange(ref _dirty, 1) == 0)
        {
            _writes.Schedule(this);
        }
    }

    private bool TryGetChannel(Transport from, out EngineChannel channel)
    {
        channel = ReferenceEquals(from, _candidate) ? EngineChannel.Candidate : EngineChannel.Current;
        return channel is EngineChannel.Candidate || ReferenceEquals(from, _current);
    }

    private bool IsAttached(Transport from)
    {
        lock (_lock)
        {
            return _machine.State is not EngineState.Closed && TryGetChannel(from, out _);
        }
    }

    // Called under the lock. A deadline that moved further away is not worth a change: the timer finds out when it fires.
    private void ArmTimer()
    {
        var deadline = _machine.Deadline;
        if (deadline >= _timerDue && _timer is not null || deadline == TimeSpan.MaxValue || _machine.State is EngineState.Closed)
        {
            return;
        }

        _timer?.Dispose();
        _timerDue = deadline;
        var number = ++_timerNumber;
        _timer = _server.Wheel.ScheduleAt(deadline, () => OnTimer(number));
    }

    private void OnTimer(long number)
    {
        lock (_lock)
        {
            // One that fired while an earlier one took its place has nothing to say: it would make the session forget the other, and each would beget the next.
            if (number != _timerNumber)
            {
                return;
            }

            _timer = null;
        }

        Tick();
    }
}
