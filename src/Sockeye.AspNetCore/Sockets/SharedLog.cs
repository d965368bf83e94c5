using Sockeye.AspNetCore.Transports;
using Sockeye.Protocol.Cluster;

namespace Sockeye.AspNetCore.Sockets;

/// <summary>
/// A namespace whose events go by the log of an engine: what <see cref="RecoveryLog"/> is for a server alone. All nodes get the events in the order of the log, the sender too, so one offset says all that
/// a client has, wherever it comes back. Thread-safe. Locks are taken in this order: connection, log, adapter, session and queue.
/// </summary>
internal sealed partial class SharedLog(Namespace ns)
{
    private readonly Lock _order = new();
    private readonly List<RecoveryClaim> _followed = [];
    private IClusterLogChannel? _channel;
    private string? _delivered;
    private PriorityQueue<TaskCompletionSource, string>? _waiting;

    /// <summary>The node has joined, anew if it could not at first.</summary>
    public void Open(IClusterLogChannel channel)
    {
        lock (_order)
        {
            _delivered ??= channel.Start;
            ns.Adapter.Begin(channel.Start);
            Volatile.Write(ref _channel, channel);
        }
    }

    /// <summary>An event came by the log. Returns how many got it.</summary>
    public int Deliver(string offset, string[] rooms, string[] except, bool compress, string name, WrittenEvent written)
    {
        var message = Encode(offset, name, written, compress);
        var sent = 0;
        lock (_order)
        {
            using var recipients = ns.Adapter.Select(rooms, except, offset);
            foreach (var claim in _followed)
            {
                if (ns.Adapter.WasFor(claim.Session!, rooms, except, recipients.Position))
                {
                    claim.Tail.Add(new MissedEvent(offset, message));
                }
            }

            foreach (var socket in recipients.Sockets)
            {
                if (socket.Recovery is { } session)
                {
                    session.LastSentOffset = offset;
                }

                sent += socket.Send(message) ? 1 : 0;
            }
        }

        return sent;
    }

    /// <summary>What stands at this place is done here, whatever it was.</summary>
    public void Advance(string offset)
    {
        lock (_order)
        {
            _delivered = offset;
            while (_waiting is not null && _waiting.TryPeek(out var source, out var place) && _channel!.Compare(place, offset) <= 0)
            {
                source.TrySetResult();
                _waiting.Dequeue();
            }
        }
    }

    /// <summary>Waits until what stands at a place is done here. False: not in time.</summary>
    public async ValueTask<bool> DeliveredAsync(string offset, TimeSpan timeout)
    {
        var source = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_order)
        {
            if (_channel is not { } channel || _delivered is null || channel.Compare(_delivered, offset) >= 0)
            {
                return true;
            }

            // By place: each entry that comes looks only at those who wait for it.
            _waiting ??= new PriorityQueue<TaskCompletionSource, string>(Comparer<string>.Create(channel.Compare));
            _waiting.Enqueue(source, offset);
        }

        await source.Task.WaitAsync(timeout, ns.Server.Time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (source.Task.IsCompletedSuccessfully)
        {
            return true;
        }

        lock (_order)
        {
            _waiting.Remove(source, out _, out _);
        }

        return source.Task.IsCompletedSuccessfully;
    }

    /// <summary>
    /// Connects a socket: what its client has missed, also since the claim, then the answer to its CONNECT, then whatever comes from now on. False: it has ended meanwhile, or lost its claim, or so much
    /// came that it is too much now.
    /// </summary>
    public bool TryAdmit(ServerSocket socket, RecoverySession session, RecoveryClaim claim, OutboundMessage answer)
    {
        lock (_order)
        {
            if (socket.Recovered && !TryTakeTail(session, claim))
            {
                return false;
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
            ns.Adapter.Admit(socket, answer);
            if (!socket.Recovered)
            {
                session.StartPlace = ns.Adapter.Offset;
            }

            (session.Stored, session.LostAtOffset) = (null, null);
            Unfollow(claim);
            ns.Server.Recovery!.Connected(session, socket);
            return true;
        }
    }

    /// <summary>The claim came to its end.</summary>
    public void Unfollow(RecoveryClaim claim)
    {
        lock (_order)
        {
            _followed.Remove(claim);
        }
    }

    private long MaxMissedBytes => ns.Server.Options.MaxQueuedBytes / 2;

    private bool TryTakeTail(RecoverySession session, RecoveryClaim claim)
    {
        var channel = _channel!;
        foreach (var missed in claim.Tail)
        {
            if (channel.Compare(missed.Offset, claim.UpToOffset!) > 0)
            {
                claim.Missed.Add(missed.Message);
                claim.MissedBytes += missed.Message.Size;
                session.LastSentOffset = missed.Offset;
            }
        }

        return claim.MissedBytes <= MaxMissedBytes;
    }

    private OutboundMessage Encode(string offset, string name, WrittenEvent written, bool compress) =>
        OutboundMessage.FromPacket(written.Encode(ns.Format.WithTrailingArgument(offset), ns.Name, name, null), compress);
}
