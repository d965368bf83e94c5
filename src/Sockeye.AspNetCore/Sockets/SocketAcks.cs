using Sockeye.Protocol.Packets;

namespace Sockeye.AspNetCore.Sockets;

/// <summary>The acknowledgements that a socket still owes, by id. Whoever takes one out completes it; nothing is left after the end. Thread-safe.</summary>
internal sealed class SocketAcks(InboundBudget? budget)
{
    private AckTable<PendingAck>? _pending;
    private bool _closed;

    public int Count
    {
        get
        {
            lock (this)
            {
                return _pending?.Count ?? 0;
            }
        }
    }

    /// <summary>False: the socket has ended, no answer will come.</summary>
    public bool Add(long id, PendingAck ack)
    {
        lock (this)
        {
            if (_closed)
            {
                return false;
            }

            // Deadlines are the waiters' own: they end with the caller's token, too.
            (_pending ??= new()).TryAdd(id, ack, deadline: null);
        }

        budget?.AckExpected();
        return true;
    }

    public PendingAck? Take(long id)
    {
        PendingAck? ack = null;
        lock (this)
        {
            if (_pending is null || !_pending.TryTake(id, out ack))
            {
                return null;
            }
        }

        budget?.AckSettled();
        return ack;
    }

    /// <summary>Fails all that is outstanding, once and for all.</summary>
    public void Close(DisconnectReason reason)
    {
        IReadOnlyList<PendingAck> pending;
        lock (this)
        {
            _closed = true;
            pending = _pending?.TakeAll() ?? [];
        }

        if (pending.Count == 0)
        {
            return;
        }

        var error = new DisconnectedException(reason);

        foreach (var ack in pending)
        {
            budget?.AckSettled();
            ack.Fail(error);
        }
    }
}
