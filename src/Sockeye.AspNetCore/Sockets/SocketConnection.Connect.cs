using System.Text.Json;
using Sockeye.AspNetCore.Transports;
using Sockeye.Protocol.Engine;
using Sockeye.Protocol.Packets;

namespace Sockeye.AspNetCore.Sockets;

internal sealed partial class SocketConnection
{
    private enum Reservation
    {
        Made,
        Refused,
        Violation,
        Closed,
    }

    private void Connect(Packet packet)
    {
        switch (Reserve(packet.Namespace))
        {
            case Reservation.Made:
                var ns = Server.Namespaces.Find(packet.Namespace);
                if (ns is not null && ns.Handlers is { ConnectMiddleware.Items.Length: 0, Authorization.Items.Length: 0 } && !AsksForRecovery(packet.Json) && ns.TryEnter())
                {
                    Join(CreateSocket(ns, packet.Json, ClaimNothing(packet.Json)));
                }
                else if (ns is null && !Server.Namespaces.HasParents)
                {
                    Release(packet.Namespace);
                    RefuseConnect(packet.Namespace, "invalid_namespace", "Invalid namespace");
                }
                else
                {
                    // User code must not stop the receive loop.
                    ThreadPool.UnsafeQueueUserWorkItem(
                        static state => _ = state.Connection.ConnectAsync(state.Packet), (Connection: this, Packet: packet), preferLocal: false);
                }

                break;
            case Reservation.Refused:
                RefuseConnect(packet.Namespace, "too_many_namespaces", "Too many namespaces");
                break;
            case Reservation.Violation:
                Refuse("second_connect", $"a second CONNECT for the namespace {packet.Namespace}");
                break;
        }
    }

    // A second CONNECT is a violation also while the first is still in the middlewares: the official server makes a ghost of the first socket then.
    private Reservation Reserve(string ns)
    {
        lock (_gate)
        {
            if (_isClosed)
            {
                return Reservation.Closed;
            }

            if (_sockets.TryGetValue(ns, out _))
            {
                return Reservation.Violation;
            }

            if (_sockets.Count >= Server.Options.MaxNamespacesPerConnection)
            {
                return Reservation.Refused;
            }

            _sockets.Set(ns, null);
            _left?.Remove(ns);
            return Reservation.Made;
        }
    }

    private async Task ConnectAsync(Packet packet)
    {
        try
        {
            if (await EnterAsync(packet).ConfigureAwait(false) is not { } ns)
            {
                Release(packet.Namespace);
                RefuseConnect(packet.Namespace, "invalid_namespace", "Invalid namespace");
                return;
            }

            var socket = CreateSocket(ns, packet.Json, await ClaimOrExitAsync(ns, packet.Json).ConfigureAwait(false));
            if (await RunConnectMiddlewareAsync(socket).ConfigureAwait(false))
            {
                Join(socket);
            }
        }
        catch (Exception e)
        {
            // Nothing above throws on purpose; if it does, this connection must not be left half joined.
            Server.Log.ConnectFailed(packet.Namespace, e);
            Close(DisconnectReason.ForcedClose);
        }
    }

    /// <summary>The namespace, entered; looked for again when a dynamic one was cleaned up in between.</summary>
    private async ValueTask<Namespace?> EnterAsync(Packet packet)
    {
        while (true)
        {
            var auth = packet.Json.IsEmpty ? default : JsonElement.Parse(packet.Json.Span);
            var ns = Server.Namespaces.Find(packet.Namespace)
                ?? await Server.Namespaces.CreateChildAsync(packet.Namespace, auth).ConfigureAwait(false);
            if (ns is null || ns.TryEnter())
            {
                return ns;
            }
        }
    }

    private async ValueTask<RecoveryClaim?> ClaimOrExitAsync(Namespace ns, ReadOnlyMemory<byte> auth)
    {
        try
        {
            return await ClaimAsync(ns, auth).ConfigureAwait(false);
        }
        catch
        {
            ns.Exit();
            throw;
        }
    }

    /// <summary>The socket of a namespace that was entered for it: from now on the end of the socket is what leaves it, and what gives the claim back.</summary>
    private ServerSocket CreateSocket(Namespace ns, ReadOnlyMemory<byte> auth, RecoveryClaim? claim)
    {
        ServerSocket socket;
        try
        {
            socket = new ServerSocket(ns, this, new Handshake(Session.Handshake, auth, Server.Time.GetUtcNow()), claim);
        }
        catch
        {
            if (claim?.Session is { } session)
            {
                ns.SharedLog?.Unfollow(claim);
                Server.Recovery!.GiveBack(session, this);
            }

            ns.Exit();
            throw;
        }

        bool isClosed;
        lock (_gate)
        {
            isClosed = _isClosed;
            if (!isClosed)
            {
                _sockets.Set(ns.Name, socket);
            }
        }

        if (isClosed)
        {
            socket.End(DisconnectReason.ForcedClose);
        }

        return socket;
    }

    private async Task<bool> RunConnectMiddlewareAsync(ServerSocket socket)
    {
        var scope = EventScope.Begin(Server.Scopes);
        try
        {
            if (await NamespaceAuthorization.FindRefusalAsync(socket, scope).ConfigureAwait(false) is { } refusal)
            {
                RefuseSocket(socket, refusal.Reason, refusal.Message, refusal.Data);
                return false;
            }

            // What a policy asks for is asked of everyone: the user's rights may have changed meanwhile.
            if (socket.Recovered && Server.Recovery!.SkipMiddlewares)
            {
                return true;
            }

            if (await MiddlewareChain.RunAsync(socket.Namespace.Handlers.ConnectMiddleware.Items, socket, static _ => Task.CompletedTask).ConfigureAwait(false))
            {
                return true;
            }

            RefuseSocket(socket, "middleware_no_next", "Connection refused");
        }
        catch (ConnectErrorException e)
        {
            try
            {
                RefuseSocket(socket, "middleware_refused", e.Message, e.Details);
            }
            catch (Exception unwritable)
            {
                RefuseFailed(socket, unwritable);
            }
        }
        catch (Exception e)
        {
            RefuseFailed(socket, e);
        }
        finally
        {
            await socket.EndAsync(scope, "connect middleware").ConfigureAwait(false);
        }

        return false;
    }

    private void RefuseFailed(ServerSocket socket, Exception exception)
    {
        // Not its message: unlike the official server, what went wrong inside is not told to strangers.
        socket.ReportError("connect middleware", exception);
        RefuseSocket(socket, "middleware_error", "Internal server error");
    }

    private void Join(ServerSocket socket)
    {
        var isConnected = Session.State == EngineState.Open;
        if (isConnected)
        {
            socket.JoinAsync(socket.Id);
            var answer = OutboundMessage.FromPacket(IsV3 ? Server.Format.EncodeConnect(socket.Namespace.Name, json: []) : Server.Format.EncodeConnected(socket.Namespace.Name, socket.Id, socket.Recovery?.Pid));
            // Under the gate, so that the end of the session either finds a connected socket or has been before, and a DISCONNECT is queued behind this answer.
            lock (_gate)
            {
                isConnected = !_isClosed && socket.TryConnect(answer);
            }
        }

        if (!isConnected)
        {
            socket.End(DisconnectReason.ForcedClose);
            // Of a recovered one something may be missing that was there when it was claimed: its client learns why when it tries again.
            Close(DisconnectReason.ForcedClose);
            return;
        }

        Recovered(socket);
        StopConnectClock();
        socket.Start();
    }

    private void RefuseSocket(ServerSocket socket, string reason, string message, object? data = null)
    {
        var answer = IsV3 ? Server.Format.EncodeError(socket.Namespace.Name, data ?? message) : Server.Format.EncodeConnectError(socket.Namespace.Name, message, data);
        socket.End(DisconnectReason.ForcedClose);
        RefuseConnect(socket.Namespace.Name, reason, answer);
    }

    private void RefuseConnect(string ns, string reason, string message) => RefuseConnect(ns, reason, Server.Format.EncodeConnectError(ns, message, data: null));

    private void RefuseConnect(string ns, string reason, EncodedPacket answer)
    {
        Server.Metrics.ConnectRefused(reason);
        Server.Log.ConnectRefused(ns, reason, Session.TransportName);
        Session.Send(OutboundMessage.FromPacket(answer));
    }

    /// <summary>Gives a reservation back: whoever made it, and once, since another CONNECT may have made a new one.</summary>
    private void Release(string ns)
    {
        lock (_gate)
        {
            if (_sockets.TryGetValue(ns, out var socket) && socket is null)
            {
                _sockets.Remove(ns);
            }
        }
    }
}
