namespace Sockeye.AspNetCore.Transports;

/// <summary>The result of <see cref="OutboundQueue.Enqueue"/>.</summary>
internal enum EnqueueResult
{
    Queued,

    /// <summary>A volatile message, and the transport cannot take it right now.</summary>
    NotWritable,

    /// <summary>The queue would go over its byte budget.</summary>
    OverBudget,

    /// <summary>The session has ended.</summary>
    Closed,
}

/// <summary>
/// What a session still has to write, bounded in bytes. Exactly one reader at a time may hold the lease to take from it: a waiting poll, or the WebSocket.
/// That a second poll cannot have the lease <em>is</em> the protocol's overlap error; an upgrade ends one lease and begins the next, and what is queued
/// in between waits. Thread-safe.
/// </summary>
internal sealed class OutboundQueue(long budget)
{
    /// <summary>The room for messages that an empty queue keeps; what a burst needed is given back.</summary>
    private const int KeptCapacity = 64;

    private readonly Lock _lock = new();
    private readonly Queue<OutboundMessage> _messages = new();
    private OutboundMessage? _last;
    private object? _holder;
    private bool _writing;
    private bool _closed;

    /// <summary>The bytes that wait.</summary>
    public long Bytes
    {
        get => Volatile.Read(ref field);
        private set => Volatile.Write(ref field, value);
    }

    public bool IsEmpty
    {
        get
        {
            lock (_lock)
            {
                return _messages.Count == 0;
            }
        }
    }

    /// <summary>Whether a message would leave at once, which is what a volatile one demands.</summary>
    public bool IsWritable
    {
        get
        {
            lock (_lock)
            {
                return _holder is not null && !_writing && _messages.Count == 0;
            }
        }
    }

    /// <summary>Whether all that was queued has also been handed to the transport.</summary>
    public bool IsDrained
    {
        get
        {
            lock (_lock)
            {
                return _messages.Count == 0 && !_writing;
            }
        }
    }

    public EnqueueResult Enqueue(OutboundMessage message, bool isVolatile)
    {
        lock (_lock)
        {
            if (_closed)
            {
                return EnqueueResult.Closed;
            }

            if (isVolatile && !IsWritable)
            {
                return EnqueueResult.NotWritable;
            }

            // A message larger than the budget could never be sent if it counted, and the next one must not end the session for it: it has to be the first that waits.
            if (_messages.TryPeek(out var first) && Bytes - (first.Size > budget ? first.Size : 0) + message.Size > budget)
            {
                return EnqueueResult.OverBudget;
            }

            _messages.Enqueue(message);
            _last = message;
            Bytes += message.Size;
            return EnqueueResult.Queued;
        }
    }

    /// <summary>Queues a message that says no more when it is there twice. False: it is the last that waits already, so that a peer that asks for it without end holds one; or it cannot be queued.</summary>
    public bool TryEnqueueOnce(OutboundMessage message)
    {
        lock (_lock)
        {
            return !ReferenceEquals(_last, message) && Enqueue(message, isVolatile: false) is EnqueueResult.Queued;
        }
    }

    public bool TryLease(object holder)
    {
        lock (_lock)
        {
            if (_closed || _holder is not null)
            {
                return false;
            }

            _holder = holder;
            return true;
        }
    }

    public void EndLease(object holder)
    {
        lock (_lock)
        {
            if (ReferenceEquals(_holder, holder))
            {
                _holder = null;
                _writing = false;
            }
        }
    }

    /// <summary>
    /// Takes messages for the lease holder, until the given packets or bytes are reached. False: nothing is queued, another one holds the lease, or the
    /// holder's last batch is still being written. True starts a write, which ends with <see cref="Written"/> or with the lease.
    /// </summary>
    public bool TryTake(object holder, List<OutboundMessage> batch, int maxPackets, int maxBytes)
    {
        lock (_lock)
        {
            if (!ReferenceEquals(_holder, holder) || _writing || _messages.Count == 0)
            {
                return false;
            }

            var packets = 0;
            var bytes = 0;
            while (_messages.TryPeek(out var next) && (batch.Count == 0 || (packets + next.PacketCount <= maxPackets && bytes + next.Size <= maxBytes)))
            {
                batch.Add(_messages.Dequeue());
                packets += next.PacketCount;
                bytes += next.Size;
            }

            if (_messages.Count == 0)
            {
                _last = null;
                if (_messages.Capacity > KeptCapacity)
                {
                    _messages.TrimExcess(KeptCapacity);
                }
            }

            Bytes -= bytes;
            return _writing = true;
        }
    }

    /// <summary>The batch that was taken is written.</summary>
    public void Written(object holder)
    {
        lock (_lock)
        {
            if (ReferenceEquals(_holder, holder))
            {
                _writing = false;
            }
        }
    }

    /// <summary>Takes no more and drops what waits. Returns how many messages were dropped.</summary>
    public int Close()
    {
        lock (_lock)
        {
            var dropped = _messages.Count;
            _closed = true;
            _holder = null;
            _messages.Clear();
            Bytes = 0;
            return dropped;
        }
    }
}
