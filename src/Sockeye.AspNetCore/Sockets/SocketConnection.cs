using Sockeye.AspNetCore.Engine;
using Sockeye.AspNetCore.Transports;
using Sockeye.Protocol.Engine;
using Sockeye.Protocol.Packets;

namespace Sockeye.AspNetCore.Sockets;

/// <summary>
/// The Socket.IO side of one Engine.IO session: takes its messages, knows which namespaces the client is in, and ends it when the client breaks the rules.
/// Messages come one at a time; the rest of the members may be called from any thread.
/// </summary>
internal sealed partial class SocketConnection
{
    private readonly Lock _gate = new();
    private readonly IPacketDecoder _decoder;

    /// <summary>By namespace; null while the namespace is still looked for.</summary>
    private SmallMap<ServerSocket> _sockets;

    /// <summary>Namespaces that this side has left: what the client sent before it knew is ignored.</summary>
    private HashSet<string>? _left;

    /// <summary>Runs until the client is in a namespace.</summary>
    private IDisposable? _connectTimer;

    private IDisposable? _attachmentTimer;
    private int _announcedPackets;
    private bool _isClosed;

    public SocketConnection(SocketIOServer server, EngineSession session)
    {
        Server = server;
        Session = session;
        Budget = new InboundBudget(session, server.Options);
        _decoder = server.Format.Format.CreateDecoder(LimitsFor(session.Protocol, server.PacketLimits));
        _connectTimer = session.Schedule(server.Options.ConnectTimeout, static state => ((SocketConnection)state).ConnectTimedOut(), this);
    }

    public SocketIOServer Server { get; }

    public EngineSession Session { get; }

    public InboundBudget Budget { get; }

    private bool IsClosed => Volatile.Read(ref _isClosed);

    public void Receive(ReadOnlySpan<byte> data, bool isBinary)
    {
        if (IsClosed)
        {
            return;
        }

        Packet? packet;
        PacketStatus status;
        try
        {
            status = isBinary ? _decoder.ReceiveBinary(data, out packet) : _decoder.ReceiveText(data, out packet);
        }
        catch (Exception e)
        {
            // A decoder must not throw, but it may be somebody else's.
            Refuse("decoder_failed", $"the decoder threw {e.GetType().Name}: {e.Message}");
            return;
        }

        switch (status)
        {
            case PacketStatus.Complete:
                StopAttachmentClock();
                Route(packet!);
                break;
            case PacketStatus.NeedAttachments when _attachmentTimer is null:
                AwaitAttachments();
                break;
            case PacketStatus.Error:
                Refuse(_decoder.Error.ToWireString(), _decoder.ErrorMessage);
                break;
        }
    }

    /// <summary>The session has ended: so do all sockets.</summary>
    public void Closed(EngineCloseReason reason) =>
        EndSockets(Server.IsClosing && reason == EngineCloseReason.ForcedClose ? DisconnectReason.ServerShuttingDown : reason.ToDisconnectReason());

    /// <summary><c>disconnect(true)</c>: leaves every namespace, with packets, then closes the connection behind them.</summary>
    public void DisconnectAll()
    {
        foreach (var socket in Sockets())
        {
            socket.Disconnect();
        }

        Close(DisconnectReason.ForcedClose);
    }

    /// <summary>
    /// Ends a socket: from then on its namespace may be joined anew. In one step, with the DISCONNECT packet if this side leaves: whatever the client has sent meets
    /// either the old socket or none, and the answer to a new CONNECT is queued behind. False: it had ended before.
    /// </summary>
    public bool TryEnd(ServerSocket socket, DisconnectReason reason, out bool wasConnected)
    {
        lock (_gate)
        {
            if (!socket.TryEnd(reason, out wasConnected))
            {
                return false;
            }

            var name = socket.Namespace.Name;
            if (_sockets.TryGetValue(name, out var current) && current == socket)
            {
                _sockets.Remove(name);
            }

            if (wasConnected && reason == DisconnectReason.ServerNamespaceDisconnect)
            {
                if (!_isClosed && (_left?.Count ?? 0) < Server.Options.MaxNamespacesPerConnection)
                {
                    (_left ??= new HashSet<string>(StringComparer.Ordinal)).Add(name);
                }

                Session.Send(OutboundMessage.FromPacket(Server.Format.EncodeDisconnect(name)));
            }

            return true;
        }
    }

    // The rules of the official Client: a packet for a joined namespace, or CONNECT for one that is not joined; everything else is a violation.
    private void Route(Packet packet)
    {
        if (IsV3 && !TrySplitNamespace(ref packet))
        {
            Refuse(PacketError.InvalidNamespace.ToWireString(), PacketError.InvalidNamespace.ToOfficialMessage());
            return;
        }

        if (packet.Type == PacketType.Connect)
        {
            Connect(packet);
            return;
        }

        ServerSocket? socket;
        lock (_gate)
        {
            if (!_sockets.TryGetValue(packet.Namespace, out socket) && _left?.Contains(packet.Namespace) == true)
            {
                return;
            }
        }

        if (socket is not { Connected: true })
        {
            // One that has ended was ended by this side in this very moment.
            if (socket is not { HasEnded: true })
            {
                Refuse("not_connected", $"a packet for the namespace {packet.Namespace}, which is not joined");
            }

            return;
        }

        switch (packet.Type)
        {
            case PacketType.Event:
                if (!socket.Receive(packet))
                {
                    Server.Log.BacklogExceeded(Session.TransportName, Budget.Bytes);
                    Server.Metrics.PacketRefused("event_backlog");
                    Close(DisconnectReason.ForcedServerClose);
                }

                break;
            case PacketType.Ack:
                // An unknown id: the answer came too late, or twice.
                socket.Acks.Take(packet.Id ?? -1)?.Complete(packet.Arguments);
                break;
            case PacketType.Disconnect:
                socket.End(DisconnectReason.ClientNamespaceDisconnect);
                break;
            default:
                Refuse("unexpected_type", $"a client does not send {packet.Type}");
                break;
        }
    }

    /// <summary>The client broke the protocol: counted, logged, told to the error hooks of its sockets, and the connection is closed after what is queued.</summary>
    private void Refuse(string reason, string message)
    {
        Server.Metrics.PacketRefused(reason);
        Server.Log.PacketRefused(reason, message, Session.TransportName);
        var error = new PacketRefusedException(reason, message);
        foreach (var socket in Sockets())
        {
            if (socket.Connected)
            {
                socket.ReportError(null, error);
            }
        }

        Close(DisconnectReason.ForcedClose);
    }

    private void Close(DisconnectReason reason)
    {
        EndSockets(reason);
        Session.Close();
    }

    private void EndSockets(DisconnectReason reason)
    {
        ServerSocket[] ended;
        lock (_gate)
        {
            ended = Sockets();
            _isClosed = true;
            _sockets.Clear();
            _left = null;
            _closed?.TrySetResult();
        }

        StopConnectClock();
        StopAttachmentClock();
        foreach (var socket in ended)
        {
            socket.End(reason);
        }
    }

    private ServerSocket[] Sockets()
    {
        lock (_gate)
        {
            return _sockets.Values();
        }
    }

    private void AwaitAttachments()
    {
        if (!Array.Exists(Sockets(), static socket => socket.Connected))
        {
            Refuse("not_connected", "binary data before any namespace is joined");
            return;
        }

        var announced = Interlocked.Increment(ref _announcedPackets);
        _attachmentTimer = Session.Schedule(Server.Options.PingTimeout, () =>
        {
            // Not on the receive loop: only look whether the same packet still waits.
            if (Volatile.Read(ref _announcedPackets) == announced && !IsClosed)
            {
                Refuse("attachments_timeout", "the attachments of a packet did not come in time");
            }
        });
    }

    private void StopAttachmentClock()
    {
        if (_attachmentTimer is { } timer)
        {
            _attachmentTimer = null;
            Interlocked.Increment(ref _announcedPackets);
            timer.Dispose();
        }
    }

    private void StopConnectClock() => Interlocked.Exchange(ref _connectTimer, null)?.Dispose();

    private void ConnectTimedOut() => Session.Guard(() =>
    {
        Server.Metrics.ConnectRefused("connect_timeout");
        Server.Log.ConnectTimedOut(Session.TransportName);
        Close(DisconnectReason.ForcedServerClose);
    });
}
