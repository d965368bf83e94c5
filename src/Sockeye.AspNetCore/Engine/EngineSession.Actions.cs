using Sockeye.AspNetCore.Diagnostics;
using Sockeye.AspNetCore.Transports;
using Sockeye.Protocol.Engine;

namespace Sockeye.AspNetCore.Engine;

// What the session does when its machine has decided, and its end.
public sealed partial class EngineSession
{
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
                EngineLog.HandlerFailed(_server.Logger, Label, exception);
            }
        }

        TellClosed(reason, detail);
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

    /// <summary>Calls code that must not harm its caller: what it throws ends the session.</summary>
    internal void Guard(Action call) => Guard((_, _, _) => call(), default, false);

    private void Guard(HandlerCall call, ReadOnlySpan<byte> data, bool isBinary)
    {
        try
        {
            call(this, data, isBinary);
        }
        catch (Exception exception)
        {
            EngineLog.HandlerFailed(_server.Logger, Label, exception);
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

        if ((actions & EngineActions.SendPing) != 0 && _queue.Enqueue(OutboundMessage.Ping, isVolatile: false) is EnqueueResult.Queued)
        {
            TellQueued(OutboundMessage.Ping);
            RequestFlush();
        }

        if ((actions & EngineActions.SendPong) != 0 && _queue.TryEnqueueOnce(OutboundMessage.Pong))
        {
            TellQueued(OutboundMessage.Pong);
            RequestFlush();
        }

        if ((actions & EngineActions.ReleasePoll) != 0)
        {
            Current?.ReleasePoll();
        }

        if ((actions & EngineActions.Switch) != 0)
        {
            Switch();
        }

        if ((actions & EngineActions.CloseCandidate) != 0)
        {
            Interlocked.Exchange(ref _candidate, null)?.Discard(TransportEnd.Closed);
        }

        if ((actions & EngineActions.Drain) != 0)
        {
            TryDrain();
        }

        if ((actions & EngineActions.Close) != 0)
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
        TellUpgraded();
    }

    private void TryDrain()
    {
        if (!_queue.IsDrained)
        {
            RequestFlush();
        }
        else if (Current?.TryClose() is true)
        {
            // The machine first, which discards the transport: the answer to a close that left before would come in as the peer's close.
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
            _timer.Dispose();
            _expiration?.Dispose();
            _expiration = null;
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
            Turn.Queue((IFlushable)this);
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
        if ((deadline < _timerDue || !_timer.IsScheduled) && deadline != TimeSpan.MaxValue && _machine.State is not EngineState.Closed)
        {
            _timerDue = deadline;
            _timer.MoveTo(deadline);
        }
    }
}
