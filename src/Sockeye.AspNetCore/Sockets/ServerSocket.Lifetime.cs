using Sockeye.AspNetCore.Transports;
using Sockeye.Protocol.Packets;

namespace Sockeye.AspNetCore.Sockets;

public sealed partial class ServerSocket
{
    private DisconnectReason _reason;

    /// <summary>
    /// Leaves the namespace: the client gets a DISCONNECT packet ("io server disconnect") and does not come back by itself. With <paramref name="close"/>
    /// every namespace of this client, and then its connection. Nothing happens on a socket that is not connected.
    /// </summary>
    public void Disconnect(bool close = false)
    {
        if (!Connected)
        {
            return;
        }

        if (close)
        {
            Connection.DisconnectAll();
        }
        else
        {
            End(DisconnectReason.ServerNamespaceDisconnect);
        }
    }

    /// <summary>From pending to connected, with the answer to its CONNECT; called by the connection, under its lock. False: it has ended meanwhile.</summary>
    internal bool TryConnect(OutboundMessage answer)
    {
        if (Recovery is { } session)
        {
            return Namespace.SharedLog?.TryAdmit(this, session, _claim!, answer) ?? Namespace.Log!.TryAdmit(this, session, _claim!, answer);
        }

        if (!TryBecomeConnected())
        {
            return false;
        }

        Namespace.Adapter.Admit(this, answer);
        return true;
    }

    /// <summary>To ended; called by the connection, under its lock. False: it had ended before.</summary>
    internal bool TryEnd(DisconnectReason reason, out bool wasConnected)
    {
        var before = Interlocked.Exchange(ref _state, State.Ended);
        wasConnected = before == State.Connected;
        if (before == State.Ended)
        {
            return false;
        }

        _reason = reason;
        return true;
    }

    /// <summary>It is connected: its handlers begin.</summary>
    internal void Start()
    {
        Namespace.Server.Metrics.SocketConnected();
        Namespace.Server.Log.SocketConnected(Id, Namespace.Name, Conn.TransportName);
        Namespace.Server.PresenceOfAll?.Started(this);
        _lane.Start();
    }

    /// <summary>
    /// The one end of a socket, whoever comes first (law 10): sets the reason, fails the acks that are awaited, drops the events that wait. The handlers
    /// and the rest follow in <see cref="Finish"/>, on another thread. A socket that never got out of the middlewares just disappears.
    /// </summary>
    internal void End(DisconnectReason reason)
    {
        if (!Connection.TryEnd(this, reason, out var wasConnected))
        {
            return;
        }

        EndRecovery(reason, wasConnected);
        var position = Namespace.Adapter.Withdraw(this);
        if (Recovery is not null && wasConnected)
        {
            Recovery.SentUpTo = position;
        }

        Acks.Close(reason);
        if (wasConnected)
        {
            Namespace.Server.Metrics.SocketEnded(reason.ToWireString());
            Namespace.Server.Log.SocketDisconnected(Id, Namespace.Name, reason.ToWireString());
            Namespace.Server.PresenceOfAll?.Ended(this);
            _lane.End();
        }
        else
        {
            Namespace.Adapter.Retire(this);
            FinishRecovery(wasConnected: false);
            Namespace.Exit();
        }
    }

    /// <summary>The second half of the end, called once by the lane: the handlers, and leaving the rooms between them.</summary>
    internal void Finish()
    {
        if (HasDisconnectHandlers)
        {
            // Off the caller, which may be the receive loop of the connection.
            ThreadPool.UnsafeQueueUserWorkItem(static socket => _ = socket.FinishAsync(), this, preferLocal: false);
        }
        else
        {
            _ = FinishAsync();
        }
    }

    internal async Task RunConnectionHandlersAsync()
    {
        var handlers = Namespace.Handlers.Connection.Items;
        if (handlers.Length == 0 && RecoveryFailure is null)
        {
            return;
        }

        var scope = EventScope.Begin(Namespace.Server.Scopes);
        await RunRecoveryFailedHandlersAsync().ConfigureAwait(false);
        foreach (var handler in handlers)
        {
            await GuardAsync("connection", handler).ConfigureAwait(false);
        }

        await EndAsync(scope, "connection").ConfigureAwait(false);
    }

    private bool HasDisconnectHandlers =>
        Namespace.Handlers.Disconnecting.Items.Length + Namespace.Handlers.Disconnect.Items.Length > 0
        || (OwnHandlers is { } own && own.Disconnecting.Items.Length + own.Disconnect.Items.Length > 0);

    private async Task FinishAsync()
    {
        var scope = EventScope.Begin(Namespace.Server.Scopes);
        try
        {
            await RunEndHandlersAsync("disconnecting", Namespace.Handlers.Disconnecting.Items, OwnHandlers?.Disconnecting.Items).ConfigureAwait(false);
            if (Recovery is { IsKept: true })
            {
                Namespace.Cluster?.Await(Namespace.Adapter.RoomsOf(this), Id);
            }

            Namespace.Adapter.Retire(this);
            await RunEndHandlersAsync("disconnect", Namespace.Handlers.Disconnect.Items, OwnHandlers?.Disconnect.Items).ConfigureAwait(false);
            await EndAsync(scope, "disconnect").ConfigureAwait(false);
        }
        finally
        {
            FinishRecovery(wasConnected: true);
            await (Recovery?.Persisting ?? Task.CompletedTask).ConfigureAwait(false);
            Namespace.Exit();
            Namespace.Server.SocketFinished();
        }
    }

    private async Task RunEndHandlersAsync(
        string name, Func<ServerSocket, DisconnectReason, Task>[] handlers, Func<ServerSocket, DisconnectReason, Task>[]? own)
    {
        foreach (var handler in own is null ? handlers : [.. handlers, .. own])
        {
            await GuardAsync(name, socket => handler(socket, socket._reason)).ConfigureAwait(false);
        }
    }

    /// <summary>Runs a handler; what it throws is reported and goes no further (law 11).</summary>
    private async Task GuardAsync(string name, Func<ServerSocket, Task> handler)
    {
        try
        {
            await handler(this).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            ReportError(name, e);
        }
    }
}
