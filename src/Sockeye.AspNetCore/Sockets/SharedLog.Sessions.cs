using System.Collections.Concurrent;
using Sockeye.Protocol.Cluster;
using Sockeye.Protocol.Packets;

namespace Sockeye.AspNetCore.Sockets;

/// <summary>The sessions of a namespace, which any node can take.</summary>
internal sealed partial class SharedLog
{
    /// <summary>A socket has ended and its client may come back, to whichever node.</summary>
    public void Persist(RecoverySession session, ServerSocket socket)
    {
        if (session.IsKept)
        {
            session.Persisting = PersistAsync(Describe(session, socket), ns.Server.Recovery!.MaxDisconnectionDuration);
        }
    }

    /// <summary>The claim came to nothing, but the client may try again, also elsewhere.</summary>
    public void PutBack(RecoverySession session)
    {
        if (session.Stored is { } stored)
        {
            session.Stored = null;
            session.Persisting = PutBackAsync(stored);
        }
    }

    /// <summary>Gets the session of a client that came to <paramref name="claimant"/>, or a reason why not.</summary>
    /// <param name="pid">The secret.</param>
    /// <param name="user">Who asks.</param>
    /// <param name="claimant">The connection.</param>
    /// <param name="local">What this node knows: claimed and finished if <paramref name="failure"/> is null.</param>
    /// <param name="failure">Why this node alone would not give it.</param>
    public async ValueTask<(RecoverySession? Session, RecoveryFailure? Failure)> TakeAsync(
        string pid, RecoveryUser user, SocketConnection claimant, RecoverySession? local, RecoveryFailure? failure)
    {
        var recovery = ns.Server.Recovery!;
        if (Volatile.Read(ref _channel) is not { } channel)
        {
            return (null, RecoveryFailure.LogUnreachable);
        }

        if (failure is null)
        {
            await local!.Persisting.ConfigureAwait(false);
        }

        var stored = await channel.TakeAsync(pid).ConfigureAwait(false);
        if (stored is null)
        {
            // Its connection may be dead without its node's knowledge.
            switch (await ns.Cluster!.ReleaseAsync(pid, user, recovery.Patience).ConfigureAwait(false))
            {
                case ClusterAdapter.Released.Done:
                    stored = await channel.TakeAsync(pid).ConfigureAwait(false);
                    break;
                case ClusterAdapter.Released.UserChanged:
                    return (null, RecoveryFailure.UserChanged);
                case ClusterAdapter.Released.StillEnding:
                    return (null, RecoveryFailure.StillEnding);
            }
        }

        if (stored is null)
        {
            return (null, failure ?? RecoveryFailure.UnknownSession);
        }

        if (!user.IsCertainly(stored.Notes?.User))
        {
            _ = PutBackAsync(stored);
            return (null, RecoveryFailure.UserChanged);
        }

        // The object that this node has is worth more than its image, if nobody had it since.
        var session = failure is null && stored.Notes is { } notes && notes.Node == ns.Server.Node!.Uid ? local! : Restore(stored, pid, user);
        session.Stored = stored;
        if (session != local || failure is not null)
        {
            recovery.Adopt(session, claimant);
        }

        return (session, null);
    }

    /// <summary>Another node asks for a socket: its connection is dead, as its client knows best.</summary>
    public async Task<string?> ReleaseAsync(string pid, string? userHash)
    {
        var recovery = ns.Server.Recovery!;
        if (recovery.Find(pid, ns) is not { } session)
        {
            return null;
        }

        if (session.Owner is { Connected: true } owner)
        {
            if (!RecoveryUser.From(owner.User).IsCertainly(userHash))
            {
                return ClusterAdapter.Released.UserChanged;
            }

            owner.End(DisconnectReason.TransportClose);
            owner.Conn.Fail(Protocol.Engine.EngineCloseReason.TransportClose, "the client has come back to another server");
        }

        if (await recovery.WaitUntilFinishedAsync(session, new TaskCompletionSource().Task).ConfigureAwait(false) is { } failure)
        {
            return failure == RecoveryFailure.StillEnding ? ClusterAdapter.Released.StillEnding : null;
        }

        await session.Persisting.ConfigureAwait(false);
        return ClusterAdapter.Released.Done;
    }

    /// <summary>Finds out what the client has missed, and follows what comes from now on. Null: all of it is known and in the claim.</summary>
    public async ValueTask<RecoveryFailure?> CollectAsync(RecoverySession session, RecoveryClaim claim)
    {
        var channel = _channel!;
        if (!TryLocate(channel, session, claim.Offset, out var place))
        {
            return RecoveryFailure.OffsetGone;
        }

        if (session.Rooms.CompleteFromOffset is { } completeFrom && channel.Compare(place, completeFrom) < 0)
        {
            return RecoveryFailure.LogTrimmed;
        }

        (session.StartPlace, session.StartOffset, session.HasSentFalseOffset) = (place, claim.Offset, false);
        lock (_order)
        {
            _followed.Add(claim);
        }

        while (true)
        {
            var page = await channel.ReadAsync(place).ConfigureAwait(false);
            if (!page.IsGapless)
            {
                return RecoveryFailure.LogTrimmed;
            }

            foreach (var entry in page.Entries)
            {
                Collect(channel, session, claim, entry);
            }

            if (claim.MissedBytes > MaxMissedBytes)
            {
                return RecoveryFailure.TooMuchMissed;
            }

            place = page.End;
            if (page.IsLast)
            {
                break;
            }
        }

        claim.UpToOffset = place;
        // What comes to this node after this point is new to the client, and nothing else is.
        return await DeliveredAsync(place, ns.Server.Recovery!.Patience).ConfigureAwait(false) ? null : RecoveryFailure.LogUnreachable;
    }

    private void Collect(IClusterLogChannel channel, RecoverySession session, RecoveryClaim claim, ClusterLogEntry entry)
    {
        var message = entry.Message;
        if (message.RequestId is not null || message.Target.Volatile || message.Namespace != ns.Name
            || !ns.Adapter.WasFor(session, message.Target, entry.Offset, channel.Compare)
            || message.Packet.TryRead(PacketType.Event, ns.Name, ClusterAdapter.PacketLimits, out var packet) != PacketError.None)
        {
            return;
        }

        var missed = Encode(entry.Offset, "", new WrittenEvent(message.Packet, [packet!.Arguments]), message.Target.Compress != false);
        claim.Missed.Add(missed);
        claim.MissedBytes += missed.Size;
        session.LastSentOffset = entry.Offset;
    }

    /// <summary>
    /// The place up to which the client has everything. An offset says it, unless it stems from an earlier socket; without one it has seen nothing. If nothing was for it since what it saw last, it has
    /// everything up to its loss, however much has left the log.
    /// </summary>
    private static bool TryLocate(IClusterLogChannel channel, RecoverySession session, string? offset, out string place)
    {
        place = session.StartPlace ?? "";
        if (offset is not null && channel.IsOffset(offset))
        {
            place = session.StartPlace is { } start && channel.Compare(offset, start) < 0 ? start : offset;
        }
        else if (session.StartPlace is null || (offset is not null && (offset != session.StartOffset || session.HasSentFalseOffset)))
        {
            return false;
        }

        if (session.LostAtOffset is { } lostAt && channel.Compare(place, lostAt) < 0 && (session.LastSentOffset is not { } lastSent || channel.Compare(lastSent, place) <= 0))
        {
            place = lostAt;
        }

        return true;
    }

    private ClusterSession Describe(RecoverySession session, ServerSocket socket)
    {
        var server = ns.Server;
        var (rooms, stays) = ns.Adapter.Describe(session);
        lock (_order)
        {
            return new ClusterSession(session.Sid, session.Pid, rooms, RemoteSocket.WriteData(socket))
            {
                Notes = new ClusterSessionNotes(server.Node!.Uid, (server.Time.GetUtcNow() + server.Recovery!.MaxDisconnectionDuration).ToUnixTimeMilliseconds())
                {
                    User = session.User.ToHash(),
                    Start = session.StartPlace,
                    StartOffset = session.StartOffset,
                    LastSent = session.LastSentOffset,
                    LostAt = session.LostAtOffset,
                    HasSentFalseOffset = session.HasSentFalseOffset,
                    Stays = stays,
                    CompleteFrom = session.Rooms.CompleteFromOffset,
                },
            };
        }
    }

    private RecoverySession Restore(ClusterSession stored, string pid, RecoveryUser user)
    {
        var notes = stored.Notes;
        var session = new RecoverySession(ns, stored.Sid, pid, user, notes?.StartOffset)
        {
            Data = new ConcurrentDictionary<string, object?>(RemoteSocket.ReadData(stored.Data.Span), StringComparer.Ordinal),
            StartPlace = notes?.Start,
            LastSentOffset = notes?.LastSent,
            LostAtOffset = notes?.LostAt,
            HasSentFalseOffset = notes?.HasSentFalseOffset == true,
        };
        session.Rooms.Restore(notes?.Stays ?? [.. stored.Rooms.Select(static room => new ClusterStay(room, null, null))], notes?.CompleteFrom);
        return session;
    }

    private Task PutBackAsync(ClusterSession stored)
    {
        var recovery = ns.Server.Recovery!;
        var left = stored.Notes is { } notes ? DateTimeOffset.FromUnixTimeMilliseconds(notes.Expires) - ns.Server.Time.GetUtcNow() : recovery.MaxDisconnectionDuration;
        return left > TimeSpan.Zero ? PersistAsync(stored, left < recovery.MaxDisconnectionDuration ? left : recovery.MaxDisconnectionDuration) : Task.CompletedTask;
    }

    private async Task PersistAsync(ClusterSession session, TimeSpan duration)
    {
        try
        {
            if (Volatile.Read(ref _channel) is { } channel)
            {
                await channel.PersistAsync(session, duration).ConfigureAwait(false);
            }
        }
        catch (Exception e)
        {
            // Its client gets a new socket, and learns it then.
            ns.Server.Log.SessionNotKept(session.Sid, ns.Name, e);
        }
    }
}
