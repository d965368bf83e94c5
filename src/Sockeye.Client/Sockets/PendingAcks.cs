using Sockeye.Protocol.Packets;

namespace Sockeye.Client.Sockets;

/// <summary>Someone waits for an acknowledgement. Either method is called once, by whoever took it out of its <see cref="PendingAcks"/>; <see cref="Fail"/> also under the lock of the client.</summary>
internal abstract class PendingAck
{
    /// <summary>The id under which it waits.</summary>
    public long Id { get; set; }

    /// <summary>Until when; null: as long as the socket is connected.</summary>
    public TimeSpan? Deadline { get; set; }

    /// <summary>Where its event waits for the connection: such an ack outlives a disconnect. Under the lock of the client.</summary>
    public LinkedListNode<BufferedEvent>? Buffered { get; set; }

    public abstract void Complete(PacketArguments arguments);

    public abstract void Fail(Exception error);
}

/// <summary>The acknowledgements that the server owes a socket, by id, with their deadlines: one timer for all. Thread-safe.</summary>
internal sealed class PendingAcks : IDisposable
{
    private readonly object _gate = new();
    private readonly AckTable<PendingAck> _table = new();
    private readonly TimeProvider _clock;
    private readonly long _start;
    private readonly InboundBudget _budget;
    private readonly Action<PendingAck> _timedOut;
    private readonly ITimer _timer;
    private TimeSpan _timerDue = TimeSpan.MaxValue;

    /// <param name="clock">The clock of the deadlines.</param>
    /// <param name="budget">Who has to know that an ack is awaited.</param>
    /// <param name="timedOut">Told of each that has timed out, after it was taken out.</param>
    public PendingAcks(TimeProvider clock, InboundBudget budget, Action<PendingAck> timedOut)
    {
        _clock = clock;
        _budget = budget;
        _timedOut = timedOut;
        _start = clock.GetTimestamp();
        _timer = clock.CreateTimer(static state => ((PendingAcks)state!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _table.Count;
            }
        }
    }

    /// <summary>Adds a waiter; the clock runs from now.</summary>
    public void Add(long id, PendingAck ack, TimeSpan timeout)
    {
        _budget.AckExpected();
        lock (_gate)
        {
            ack.Id = id;
            ack.Deadline = timeout == Timeout.InfiniteTimeSpan ? null : Now + timeout;
            _table.TryAdd(id, ack, ack.Deadline);
            if (ack.Deadline is { } deadline)
            {
                Arm(deadline);
            }
        }
    }

    /// <summary>Takes a waiter out, who is the caller's to complete.</summary>
    public bool TryTake(long id, out PendingAck ack)
    {
        lock (_gate)
        {
            if (!_table.TryTake(id, out ack!))
            {
                return false;
            }
        }

        _budget.AcksSettled(1);
        return true;
    }

    /// <summary>Takes out those whose events have left, or all: the socket has been disconnected.</summary>
    public List<PendingAck> TakeAll(bool alsoBuffered)
    {
        var taken = new List<PendingAck>();
        lock (_gate)
        {
            foreach (var ack in _table.TakeAll())
            {
                if (!alsoBuffered && ack.Buffered is not null)
                {
                    _table.TryAdd(ack.Id, ack, ack.Deadline);
                }
                else
                {
                    taken.Add(ack);
                }
            }
        }

        _budget.AcksSettled(taken.Count);
        return taken;
    }

    public void Dispose() => _timer.Dispose();

    private TimeSpan Now => _clock.GetElapsedTime(_start);

    private void OnTimer()
    {
        var expired = new List<PendingAck>();
        lock (_gate)
        {
            _timerDue = TimeSpan.MaxValue;
            _table.TakeExpired(Now, expired);
            if (_table.NextDeadline is { } next)
            {
                Arm(next);
            }
        }

        _budget.AcksSettled(expired.Count);
        foreach (var ack in expired)
        {
            _timedOut(ack);
        }
    }

    // The timer is only moved forward: most acks come long before their deadline, and moving it for each would cost more than one idle tick.
    private void Arm(TimeSpan due)
    {
        if (due >= _timerDue)
        {
            return;
        }

        _timerDue = due;
        var wait = due - Now;

        // Timers count whole milliseconds: rounded up, or one would fire before its deadline.
        _timer.Change(wait > TimeSpan.Zero ? TimeSpan.FromMilliseconds(Math.Ceiling(wait.TotalMilliseconds)) : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }
}
