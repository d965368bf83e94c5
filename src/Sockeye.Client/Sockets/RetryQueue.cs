using Sockeye.Protocol.Packets;

namespace Sockeye.Client.Sockets;

/// <summary>An event that is sent until it is acknowledged.</summary>
internal sealed class RetriedEvent(string name, PacketArguments arguments, object?[]? outgoing, EmitFlags flags, PendingAck user)
{
    public string Name => name;

    public PacketArguments Arguments => arguments;

    public object?[]? Outgoing => outgoing;

    public EmitFlags Flags => flags;

    /// <summary>The caller, who learns the outcome once.</summary>
    public PendingAck User => user;

    public long Cost => arguments.Size + (2 * name.Length) + 256;

    public int TryCount { get; set; }

    /// <summary>Whether it is on its way.</summary>
    public bool Pending { get; set; }
}

/// <summary>
/// The events of a socket with <see cref="SocketIOClientOptions.Retries"/>: one in flight, in order, each sent again until it is acknowledged or has used up its tries.
/// Exactly the official <c>_addToQueue</c> and <c>_drainQueue</c> of socket.io-client. Under the lock of the client.
/// </summary>
internal sealed class RetryQueue(int retries, OfflineBuffer budget)
{
    private readonly LinkedList<RetriedEvent> _queue = new();

    public int Count => _queue.Count;

    public void Add(RetriedEvent retried)
    {
        budget.Reserve(retried.Cost, retried.Name);
        _queue.AddLast(retried);
    }

    /// <summary>The event that is to be sent now, if any.</summary>
    /// <param name="force">After a reconnection: also one that was on its way before.</param>
    public RetriedEvent? TryTakeNext(bool force)
    {
        if (_queue.First?.Value is not { } head || (head.Pending && !force))
        {
            return null;
        }

        head.Pending = true;
        head.TryCount++;
        return head;
    }

    /// <summary>The acknowledgement came. False: of an earlier try, whose event is done with.</summary>
    public bool TryComplete(RetriedEvent retried)
    {
        if (_queue.First?.Value != retried)
        {
            return false;
        }

        RemoveFirst();
        return true;
    }

    /// <summary>A try has failed. True: it was the last, and the caller has to know.</summary>
    public bool FailTry(RetriedEvent retried)
    {
        if (_queue.First?.Value != retried)
        {
            return false;
        }

        retried.Pending = false;
        if (retried.TryCount <= retries)
        {
            return false;
        }

        RemoveFirst();
        return true;
    }

    /// <summary>The caller does not wait any more: what is not on its way is never sent.</summary>
    public void Abandon(PendingAck user)
    {
        for (var node = _queue.First; node is not null; node = node.Next)
        {
            if (node.Value.User == user)
            {
                if (!node.Value.Pending)
                {
                    _queue.Remove(node);
                    budget.Release(node.Value.Cost);
                }

                return;
            }
        }
    }

    public List<RetriedEvent> TakeAll()
    {
        var all = new List<RetriedEvent>(_queue);
        while (_queue.Count > 0)
        {
            RemoveFirst();
        }

        return all;
    }

    private void RemoveFirst()
    {
        budget.Release(_queue.First!.Value.Cost);
        _queue.RemoveFirst();
    }
}
