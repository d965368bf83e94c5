using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Sockeye.Protocol.Engine;
using Sockeye.Protocol.Packets;

namespace Sockeye.AspNetCore.Sockets;

internal sealed partial class SocketConnection
{
    /// <summary>Offsets are short; a longer text is none, and is not kept.</summary>
    private const int MaxOffsetLength = 128;

    /// <summary>For a claim that waits while the connection may end.</summary>
    private TaskCompletionSource? _closed;

    /// <summary>Whether a client asks for its former socket, in <c>0{"pid":"…","offset":"…"}</c>; the offset is missing when it has seen no event.</summary>
    private bool AsksForRecovery(ReadOnlyMemory<byte> auth) => Server.Recovery is not null && Session.Protocol > 3 && Text(auth, "pid"u8) is not null;

    /// <summary>For a client that does not ask.</summary>
    private RecoveryClaim? ClaimNothing(ReadOnlyMemory<byte> auth) =>
        Server.Recovery is null || Session.Protocol <= 3 ? null : new RecoveryClaim { Offset = Text(auth, "offset"u8) };

    /// <summary>Gets the client's former socket, or a reason why not; null when nothing can be recovered at all.</summary>
    private async ValueTask<RecoveryClaim?> ClaimAsync(Namespace ns, ReadOnlyMemory<byte> auth)
    {
        if (!AsksForRecovery(auth))
        {
            return ClaimNothing(auth);
        }

        var recovery = Server.Recovery!;
        var (pid, offset) = (Text(auth, "pid"u8)!, Text(auth, "offset"u8));
        var user = RecoveryUser.From(Session.User);
        var failure = recovery.TryClaim(pid, ns, user, this, out var session, out var owner);
        var claim = new RecoveryClaim { Session = session, Offset = offset };
        if (failure is null)
        {
            try
            {
                if (owner is not null)
                {
                    // The client knows better than this server that the old connection is dead.
                    owner.End(DisconnectReason.TransportClose);
                    owner.Conn.Fail(EngineCloseReason.TransportClose, "the client has come back on another connection");
                }

                failure = await recovery.WaitUntilFinishedAsync(session, WhenClosed()).ConfigureAwait(false);
                if (IsClosed)
                {
                    // The client may be here again already.
                    recovery.GiveBack(session, this);
                    return new RecoveryClaim { Offset = offset };
                }

                failure ??= ns.Log?.Collect(session, claim);
                if (failure is not null)
                {
                    recovery.Drop(session, this);
                }
            }
            catch
            {
                recovery.GiveBack(session, this);
                throw;
            }
        }

        if (ns.SharedLog is { } shared && failure is null or RecoveryFailure.UnknownSession or RecoveryFailure.Expired)
        {
            (claim, failure) = await ClaimSharedAsync(shared, pid, offset, user, session, failure).ConfigureAwait(false);
            if (claim is null)
            {
                return new RecoveryClaim { Offset = offset };
            }
        }

        if (failure is not { } reason)
        {
            return claim;
        }

        recovery.Metrics.Recoveries.Add(1, Diagnostics.RecoveryMetrics.Outcome(reason.ToText()));
        Server.Log.RecoveryFailed(ns.Name, reason.ToText(), Session.TransportName);
        return new RecoveryClaim { Failure = reason, Offset = offset };
    }

    /// <summary>The same where nodes share a log and their sessions: one of all nodes gets it. No claim and no failure: this connection has closed meanwhile.</summary>
    private async ValueTask<(RecoveryClaim? Claim, RecoveryFailure? Failure)> ClaimSharedAsync(
        SharedLog log, string pid, string? offset, RecoveryUser user, RecoverySession? local, RecoveryFailure? failure)
    {
        var recovery = Server.Recovery!;
        var claimed = failure is null ? local : null;
        RecoveryClaim? claim = null;
        try
        {
            (var session, failure) = await log.TakeAsync(pid, user, this, local, failure).ConfigureAwait(false);
            if (session is null)
            {
                if (claimed is not null)
                {
                    recovery.Drop(claimed, this);
                }

                return (new RecoveryClaim { Offset = offset }, failure);
            }

            claimed = session;
            claim = new RecoveryClaim { Session = session, Offset = offset };
            failure = await log.CollectAsync(session, claim).ConfigureAwait(false);
            if (failure is not null || IsClosed)
            {
                log.Unfollow(claim);
            }

            if (failure is RecoveryFailure.LogUnreachable || (failure is null && IsClosed))
            {
                recovery.GiveBack(session, this);
                return (failure is null ? null : claim, failure);
            }

            if (failure is not null)
            {
                recovery.Drop(session, this);
            }

            return (claim, failure);
        }
        catch (Exception e)
        {
            // The engine has failed, in whichever way.
            Server.Log.SessionNotFound(e);
            if (claim is not null)
            {
                log.Unfollow(claim);
            }

            if (claimed is not null)
            {
                recovery.GiveBack(claimed, this);
            }

            return (new RecoveryClaim { Offset = offset }, RecoveryFailure.LogUnreachable);
        }
    }

    /// <summary>Completes when the connection has ended.</summary>
    private Task WhenClosed()
    {
        lock (_gate)
        {
            return _isClosed ? Task.CompletedTask : (_closed ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    private void Recovered(ServerSocket socket)
    {
        if (socket.Recovered)
        {
            var missed = socket.MissedCount;
            var metrics = Server.Recovery!.Metrics;
            metrics.Recoveries.Add(1, Diagnostics.RecoveryMetrics.Outcome("recovered"));
            metrics.Replayed.Add(missed);
            Server.Log.SocketRecovered(socket.Id, socket.Namespace.Name, missed, Session.TransportName);
        }
    }

    /// <summary>The text of a member as it stands in the JSON; null if there is none, or a long one.</summary>
    private static string? Text(ReadOnlyMemory<byte> auth, ReadOnlySpan<byte> name)
    {
        if (auth.IsEmpty)
        {
            return null;
        }

        // Names and values as they stand, without quotes but with escapes: what this server and its clients write has none, and half a surrogate pair is no string.
        JsonElement found = default;
        foreach (var member in JsonElement.Parse(auth.Span).EnumerateObject())
        {
            if (JsonMarshal.GetRawUtf8PropertyName(member).SequenceEqual(name))
            {
                found = member.Value;
            }
        }

        if (found.ValueKind != JsonValueKind.String)
        {
            return null;
        }

        var text = JsonMarshal.GetRawUtf8Value(found)[1..^1];
        return text.Length <= MaxOffsetLength ? Encoding.UTF8.GetString(text) : null;
    }
}
