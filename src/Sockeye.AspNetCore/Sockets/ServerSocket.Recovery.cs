using Sockeye.AspNetCore.Engine;
using Sockeye.Protocol.Packets;

namespace Sockeye.AspNetCore.Sockets;

public sealed partial class ServerSocket
{
    private readonly RecoveryClaim? _claim;

    /// <summary>
    /// Whether the client has got its former socket back (<see cref="SocketIOOptions.ConnectionStateRecovery"/>): id, rooms and data are as they were, and the events that it
    /// had missed have been sent. Connection handlers run for it, too: what they would set up is there already.
    /// </summary>
    public bool Recovered => _claim?.Session is not null;

    /// <summary>Why the client has not got its former socket back although it asked for it; null if it did not ask, or has got it. What it missed is lost: send it the current state.</summary>
    public RecoveryFailure? RecoveryFailure => _claim?.Failure;

    /// <summary>What makes it recoverable; null where it is not: without the option, and for clients of Engine.IO 3.</summary>
    internal RecoverySession? Recovery { get; }

    /// <summary>How many events a recovered client had missed.</summary>
    internal int MissedCount => _claim?.SentCount ?? 0;

    internal bool IsPending => System.Threading.Volatile.Read(ref _state) == State.Pending;

    /// <summary>From pending to connected. False: it has ended meanwhile.</summary>
    internal bool TryBecomeConnected()
    {
        if (Interlocked.CompareExchange(ref _state, State.Connected, State.Pending) != State.Pending)
        {
            return false;
        }

        Namespace.Server.SocketStarted();
        return true;
    }

    /// <summary>Something without an offset was sent, whose last argument the client may take for one.</summary>
    internal void SentWithoutOffset(Transports.OutboundMessage message)
    {
        // In other formats it may always be one.
        if (Recovery is { } session && (Namespace.Format.Format is not JsonPacketFormat || message.EndsWithText))
        {
            session.HasSentFalseOffset = true;
        }
    }

    private async Task RunRecoveryFailedHandlersAsync()
    {
        if (RecoveryFailure is { } failure)
        {
            foreach (var handler in Namespace.Handlers.RecoveryFailed.Items)
            {
                await GuardAsync("recovery failed", socket => handler(socket, failure)).ConfigureAwait(false);
            }
        }
    }

    private RecoverySession? CreateRecovery(RecoveryClaim? claim)
    {
        if (claim?.Session is { } session)
        {
            _data = session.Data;
            Namespace.Adapter.Begin(this, session);
            return session;
        }

        if (claim is null)
        {
            return null;
        }

        session = new RecoverySession(Namespace, Id, SessionId.Create(), RecoveryUser.From(User), claim.Offset);
        Namespace.Adapter.Begin(this, session);
        return session;
    }

    /// <summary>The first part of the end: from now on events for this client are kept although nobody gets them.</summary>
    private void EndRecovery(DisconnectReason reason, bool wasConnected)
    {
        if (Recovery is { } session && wasConnected)
        {
            Namespace.Server.Recovery!.Ended(session, RecoveryUser.From(User), reason.IsRecoverable() && (Namespace.SharedLog is not null || !Namespace.Server.IsClosing));
        }
    }

    /// <summary>The last part, when its handlers have finished and it is in no room any more.</summary>
    private void FinishRecovery(bool wasConnected)
    {
        if (Recovery is not { } session)
        {
            return;
        }

        if (wasConnected)
        {
            session.Data = _data;
            Namespace.SharedLog?.Persist(session, this);
            Namespace.Server.Recovery!.Finished(session);
        }
        else if (Recovered)
        {
            Namespace.SharedLog?.Unfollow(_claim!);
            Namespace.Server.Recovery!.GiveBack(session, Connection);
        }
    }
}
