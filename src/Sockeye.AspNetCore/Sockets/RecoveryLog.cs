using System.Text;
using Sockeye.AspNetCore.Transports;
using Sockeye.Protocol.Packets;

namespace Sockeye.AspNetCore.Sockets;

/// <summary>
/// What was sent in one namespace, in order, and who it was for. Each event gets its position and enters the queues of its receivers under one lock: no receiver sees two
/// events in another order than the log has them, so one offset says all that a client has. Encoding is done before, with a placeholder for the offset. Thread-safe.
/// Locks are taken in this order: connection, log, adapter, session and queue.
/// </summary>
internal sealed class RecoveryLog(Namespace ns, RecoveryBudget budget)
{
    /// <summary>What an event costs besides its bytes.</summary>
    private const int EntryCost = 200;

    /// <summary>What the name of a room costs besides its characters: the reference and the head of a string.</summary>
    private const int NameCost = 30;

    private static readonly byte[] Placeholder = Encoding.ASCII.GetBytes(RecoveryOffset.Placeholder);

    private readonly Lock _order = new();
    /// <summary>Encodes before the position is known. Null for formats of others, in which a text may not be found again: they encode in turn, under the lock.</summary>
    private readonly PacketCodec? _early = ns.Format.Format is JsonPacketFormat or MessagePackPacketFormat ? ns.Format.WithTrailingArgument(RecoveryOffset.Placeholder) : null;

    private readonly RecoveryOffset _offset = new();
    private readonly List<Entry> _entries = [];
    private int _head;
    private long _trimmedUpTo;
    private int _lost;

    /// <summary>The events that are kept.</summary>
    public int Count
    {
        get
        {
            lock (_order)
            {
                return _entries.Count - _head;
            }
        }
    }

    /// <summary>A session lost its connection and is kept, or is not any more: while there is one, events are kept although they have no receiver.</summary>
    public void CountLost(int change) => Interlocked.Add(ref _lost, change);

    /// <summary>Sends an event to those in rooms, and keeps it. Returns how many got it.</summary>
    public int Emit<TPayload>(string[] rooms, string[] except, bool compress, string name, TPayload payload)
        where TPayload : IEventPayload, allows ref struct
    {
        var early = _early is null ? null : Encode(_early, name, payload, compress);
        var sent = 0;
        lock (_order)
        {
            using var recipients = ns.Adapter.Select(rooms, except);
            var message = WithOffset(early, recipients.Position, name, payload, compress);
            if (recipients.Count > 0 || Volatile.Read(ref _lost) > 0)
            {
                Append(new Entry(recipients.Position, message, rooms, except, null));
            }

            foreach (var socket in recipients.Sockets)
            {
                socket.Recovery?.Sent.Add(recipients.Position);
                sent += socket.Send(message) ? 1 : 0;
            }
        }

        budget.Trim();
        return sent;
    }

    /// <summary>
    /// Sends an event to one client, and keeps it: for the socket that it has now, which is another object after a recovery, or will have. In connect middlewares it is
    /// sent only. Returns how many got it.
    /// </summary>
    public int Emit<TPayload>(ServerSocket socket, RecoverySession session, bool compress, string name, TPayload payload)
        where TPayload : IEventPayload, allows ref struct
    {
        var early = _early is null ? null : Encode(_early, name, payload, compress);
        bool sent;
        lock (_order)
        {
            var receiver = socket.IsPending ? socket : session.Owner;
            var position = ns.Adapter.NextPosition(receiver, out var isReachable);
            var message = WithOffset(early, position, name, payload, compress);
            if (isReachable)
            {
                session.Sent.Add(position);
            }

            if (isReachable || (session.IsKept && !socket.IsPending))
            {
                Append(new Entry(position, message, [], [], session.Sid));
            }

            sent = receiver?.Send(message) == true;
        }

        budget.Trim();
        return sent ? 1 : 0;
    }

    /// <summary>Finds out what the client of a lost session has missed. Null: all of it is known and in the claim.</summary>
    public RecoveryFailure? Collect(RecoverySession session, RecoveryClaim claim)
    {
        lock (_order)
        {
            var now = ns.Adapter.Position;
            if (!TryLocate(session, claim.Offset, now, out var start))
            {
                return RecoveryFailure.OffsetGone;
            }

            // Nothing was for it until it was lost, however long ago it saw its last event: it has all up to there.
            if (start < session.SentUpTo && !session.Sent.MayContain(start, session.SentUpTo))
            {
                start = session.SentUpTo;
            }

            // What was sent while it was connected is known one by one; of what came later and is forgotten nobody knows whom it was for.
            if ((start < _trimmedUpTo && (session.SentUpTo < _trimmedUpTo || session.Sent.MayContain(start, _trimmedUpTo))) || start < session.Rooms.CompleteFrom)
            {
                return RecoveryFailure.LogTrimmed;
            }

            (session.Start, session.StartOffset, session.HasSentFalseOffset) = (start, claim.Offset, false);
            Collect(session, claim, start, now);
            return claim.MissedBytes > MaxMissedBytes ? RecoveryFailure.TooMuchMissed : null;
        }
    }

    /// <summary>
    /// Connects a socket: what its client has missed, also since the claim, then the answer to its CONNECT, then whatever is sent from now on. False: it has ended meanwhile,
    /// or lost its claim, or middlewares took so long that something is missing now.
    /// </summary>
    public bool TryAdmit(ServerSocket socket, RecoverySession session, RecoveryClaim claim, OutboundMessage answer)
    {
        lock (_order)
        {
            if (socket.Recovered)
            {
                var upTo = claim.UpTo;
                Collect(session, claim, upTo, ns.Adapter.Position);
                if (_trimmedUpTo > upTo || claim.MissedBytes > MaxMissedBytes)
                {
                    return false;
                }
            }

            if (socket.Recovered && !ns.Server.Recovery!.TryHold(session, socket.Connection))
            {
                return false;
            }

            if (!socket.TryBecomeConnected())
            {
                return false;
            }

            claim.SendTo(socket);
            var position = ns.Adapter.Admit(socket, answer);
            if (!socket.Recovered)
            {
                session.Start = position;
            }

            ns.Server.Recovery!.Connected(session, socket);
            return true;
        }
    }

    /// <summary>Forgets the oldest event.</summary>
    public void TrimOldest()
    {
        lock (_order)
        {
            _trimmedUpTo = _entries[_head].Position;
            _entries[_head++] = default;
            if (_head == _entries.Count)
            {
                _entries.Clear();
                _head = 0;
            }
            else if (_head > 1000 && _head > _entries.Count / 2)
            {
                _entries.RemoveRange(0, _head);
                _head = 0;
            }
        }
    }

    private long MaxMissedBytes => ns.Server.Options.MaxQueuedBytes / 2;

    /// <summary>
    /// The position up to which the client has everything. An offset of this log says it. Without one it has seen nothing, ever. Any other text is an offset of an earlier
    /// socket, told when this one connected, or the last argument of an event that has no offset: then nobody knows, unless nothing was sent since.
    /// </summary>
    private bool TryLocate(RecoverySession session, string? offset, long now, out long position)
    {
        position = session.Start;
        if (offset is not null && _offset.TryRead(offset, out var given) && given <= now)
        {
            position = Math.Max(position, given);
            return true;
        }

        return (offset == session.StartOffset && (offset is null || !session.HasSentFalseOffset)) || !session.Sent.MayContain(position, long.MaxValue);
    }

    /// <summary>Adds what was for the session, after a position up to now.</summary>
    private void Collect(RecoverySession session, RecoveryClaim claim, long after, long now)
    {
        for (var i = IndexAfter(after); i < _entries.Count; i++)
        {
            var entry = _entries[i];
            if (!(entry.Target is null ? ns.Adapter.WasFor(session, entry.Rooms, entry.Except, entry.Position) : entry.Target == session.Sid))
            {
                continue;
            }

            claim.Missed.Add(entry.Message);
            claim.MissedBytes += entry.Message.Size;
            if (entry.Position > session.SentUpTo)
            {
                session.Sent.Add(entry.Position);
            }
        }

        (session.SentUpTo, claim.UpTo) = (now, now);
    }

    private int IndexAfter(long position)
    {
        var (low, high) = (_head, _entries.Count);
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            (low, high) = _entries[middle].Position > position ? (low, middle) : (middle + 1, high);
        }

        return low;
    }

    private OutboundMessage Encode<TPayload>(PacketCodec codec, string name, TPayload payload, bool compress)
        where TPayload : IEventPayload, allows ref struct => OutboundMessage.FromPacket(payload.Encode(codec, ns.Name, name, null), compress);

    private OutboundMessage WithOffset<TPayload>(OutboundMessage? early, long position, string name, TPayload payload, bool compress)
        where TPayload : IEventPayload, allows ref struct
    {
        Span<byte> offset = stackalloc byte[RecoveryOffset.Length];
        _offset.Write(position, offset);
        if (early is null)
        {
            return Encode(ns.Format.WithTrailingArgument(Encoding.ASCII.GetString(offset)), name, payload, compress);
        }

        early.ReplaceLast(Placeholder, offset);
        return early;
    }

    private void Append(Entry entry)
    {
        _entries.Add(entry);
        budget.Add(this, entry.Message.KeptSize(ns.Server.Options.AllowEIO3) + EntryCost + SizeOf(entry.Rooms) + SizeOf(entry.Except));
    }

    private static long SizeOf(string[] names)
    {
        long size = 0;
        foreach (var name in names)
        {
            size += NameCost + (sizeof(char) * name.Length);
        }

        return size;
    }

    private readonly record struct Entry(long Position, OutboundMessage Message, string[] Rooms, string[] Except, string? Target);
}
