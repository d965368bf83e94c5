using Sockeye.Protocol.Packets;

namespace Sockeye.Client.Sockets;

/// <summary>An event that waits for its socket to connect.</summary>
/// <param name="Packet">What is to be sent.</param>
/// <param name="Compress">Whether it may be compressed.</param>
/// <param name="Name">The event's name.</param>
/// <param name="Outgoing">The arguments as they were given, for the listeners for what is sent; null where there were none.</param>
/// <param name="Ack">Who waits for the acknowledgement.</param>
internal sealed record BufferedEvent(EncodedPacket Packet, bool Compress, string Name, object?[]? Outgoing, PendingAck? Ack);

/// <summary>The events that wait for a socket to connect, in order, bounded in number and in bytes. Under the lock of the client.</summary>
internal sealed class OfflineBuffer(string ns, int maxEvents, long maxBytes)
{
    /// <summary>What an event costs beyond its bytes.</summary>
    private const int EventCost = 256;

    private readonly LinkedList<BufferedEvent> _events = new();
    private int _reservedEvents;
    private long _bytes;

    public int Count => _events.Count;

    public void Add(BufferedEvent buffered)
    {
        Reserve(CostOf(buffered.Packet), buffered.Name);
        var node = _events.AddLast(buffered);
        if (buffered.Ack is { } ack)
        {
            ack.Buffered = node;
        }
    }

    /// <summary>Takes out the event of an ack that nobody waits for any more, so that it is never sent.</summary>
    public void Remove(PendingAck ack)
    {
        if (ack.Buffered is { } node)
        {
            ack.Buffered = null;
            _events.Remove(node);
            Release(CostOf(node.Value.Packet));
        }
    }

    /// <summary>The event that is to be sent next.</summary>
    public BufferedEvent? First => _events.First?.Value;

    public void RemoveFirst()
    {
        var buffered = _events.First!.Value;
        _events.RemoveFirst();
        Release(CostOf(buffered.Packet));
        if (buffered.Ack is { } ack)
        {
            ack.Buffered = null;
        }
    }

    public void Clear()
    {
        while (_events.Count > 0)
        {
            RemoveFirst();
        }
    }

    /// <summary>Counts an event that waits elsewhere, in the queue of retries.</summary>
    public void Reserve(long bytes, string name)
    {
        if (_reservedEvents >= maxEvents || _bytes + bytes > maxBytes)
        {
            throw new BufferFullException(
                $"\"{name}\" was not sent: {_reservedEvents} events ({_bytes} bytes) wait for the socket of {ns} already. Await the calls, raise MaxBufferedEvents or MaxBufferedBytes, or set OfflineMode.");
        }

        _reservedEvents++;
        _bytes += bytes;
    }

    public void Release(long bytes)
    {
        _reservedEvents--;
        _bytes -= bytes;
    }

    public static long CostOf(EncodedPacket packet)
    {
        long size = EventCost + packet.Text.Length;
        for (var i = 0; i < packet.Attachments.Count; i++)
        {
            size += packet.Attachments[i].Length;
        }

        return size;
    }
}
