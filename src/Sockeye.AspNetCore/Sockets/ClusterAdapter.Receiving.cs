using System.Text;
using Sockeye.Protocol.Cluster;
using Sockeye.Protocol.Packets;

namespace Sockeye.AspNetCore.Sockets;

/// <summary>What the others tell and ask this node. They are not trusted: events and answers are checked as those of clients are.</summary>
internal sealed partial class ClusterAdapter
{
    /// <summary>What an event of another node may be: applications send more to clients than those to them.</summary>
    public static readonly PacketLimits PacketLimits = new(MaxAttachments: 4096, MaxAttachmentBytes: int.MaxValue, MaxNamespaceLength: 4096, MaxEventNameLength: 4096);

    public IReadOnlyCollection<string> Rooms => _namespace.Adapter.RoomNames();

    public bool HasRoom(string room) => _namespace.Adapter.HasRoom(room) || _awaited?.Contains(room) == true;

    public IReadOnlyCollection<string> SocketsIn(IReadOnlyList<string> rooms)
    {
        using var recipients = _namespace.Adapter.Select(AsArray(rooms), []);
        var ids = new string[recipients.Count];
        for (var i = 0; i < ids.Length; i++)
        {
            ids[i] = recipients.Sockets[i].Id;
        }

        return ids;
    }

    public void Refuse(ClusterError reason)
    {
        _namespace.Server.Metrics.ClusterMessageRefused(reason.ToString());
        _namespace.Server.Log.ClusterMessageRefused(_namespace.Name, reason);
    }

    public void Receive(ClusterMessage message, string? offset = null)
    {
        // By the namespace first: engines that share a channel deliver those of others, too.
        if (message.Namespace != _namespace.Name)
        {
            return;
        }

        // Its own are done already, but for events that wait for their place in the log.
        var isLogged = offset is not null && _namespace.SharedLog is not null && message is { Type: ClusterMessageType.Broadcast, RequestId: null, Target.Volatile: false };
        if (message.Uid == _node.Uid && !isLogged)
        {
            AdvanceTo(offset);
            return;
        }

        try
        {
            if (message.Uid != _node.Uid)
            {
                NoteSender(message);
            }

            if (isLogged)
            {
                BroadcastLogged(message, offset!);
            }
            else
            {
                Act(message);
            }
        }
        catch (Exception e)
        {
            _namespace.Server.Log.ClusterMessageFailed(message.Type, message.Uid, _namespace.Name, e);
        }

        AdvanceTo(offset);
    }

    public void Advance(string offset) => _namespace.SharedLog?.Advance(offset);

    private static string[] AsArray(IReadOnlyList<string> names) => names as string[] ?? [.. names];

    private static EmitFlags FlagsOf(ClusterTarget target) => new(target.Volatile, target.Compress == false, Local: true, target.Timeout);

    private void AdvanceTo(string? offset)
    {
        if (offset is not null)
        {
            Advance(offset);
        }
    }

    private void NoteSender(ClusterMessage message)
    {
        bool isNew;
        lock (_gate)
        {
            if (_isClosed)
            {
                return;
            }

            isNew = message.Type != ClusterMessageType.AdapterClose && _membership.Hear(message, _node.Now);
        }

        if (isNew)
        {
            _namespace.Server.Log.NodeJoined(message.Uid, _namespace.Name);
        }
    }

    private void Act(ClusterMessage message)
    {
        switch (message.Type)
        {
            case ClusterMessageType.InitialHeartbeat:
                _ = TryPublishAsync(Create(ClusterMessageType.Heartbeat));
                break;
            case ClusterMessageType.AdapterClose:
                bool wasMember;
                lock (_gate)
                {
                    wasMember = _membership.Remove(message.Uid);
                }

                if (wasMember)
                {
                    NodeLeft(message.Uid, "closed");
                }

                break;
            case ClusterMessageType.Broadcast:
                Broadcast(message);
                break;
            case ClusterMessageType.SocketsJoin:
                ForEach(message, AsArray(message.Rooms), static (socket, rooms) => socket.JoinAsync(rooms));
                break;
            case ClusterMessageType.SocketsLeave:
                ForEach(message, AsArray(message.Rooms), static (socket, rooms) => socket.LeaveAsync(rooms));
                break;
            case ClusterMessageType.DisconnectSockets:
                ForEach(message, message.Close, static (socket, close) => socket.Disconnect(close));
                break;
            case ClusterMessageType.FetchSockets:
                var sockets = new List<ClusterSocket>();
                ForEach(message, sockets, static (socket, sockets) => sockets.Add(RemoteSocket.Describe(socket)));
                _ = TryPublishAsync(Answer(message, ClusterMessageType.FetchSocketsResponse) with { Sockets = sockets });
                break;
            case ClusterMessageType.ServerSideEmit:
                ServerSideEmit(message);
                break;
            case ClusterMessageType.FetchSocketsResponse or ClusterMessageType.ServerSideEmitResponse or ClusterMessageType.BroadcastClientCount or ClusterMessageType.BroadcastAck:
                ClusterCall? call;
                lock (_gate)
                {
                    call = _calls.GetValueOrDefault(message.RequestId ?? "");
                }

                call?.Receive(message);
                break;
        }
    }

    private ClusterMessage Answer(ClusterMessage question, ClusterMessageType type) => Create(type) with { RequestId = question.RequestId, Recipient = question.Uid };

    private void Broadcast(ClusterMessage message)
    {
        if (!TryReadEvent(message, out var name, out var arguments))
        {
            return;
        }

        var (rooms, except) = (AsArray(message.Target.Rooms), AsArray(message.Target.Except));
        var written = new WrittenEvent(message.Packet, [arguments]);
        if (message.RequestId is null)
        {
            _namespace.EmitHere(rooms, except, FlagsOf(message.Target), name, written);
            return;
        }

        _namespace.EmitHereWithAcks(
            rooms,
            except,
            FlagsOf(message.Target),
            name,
            written,
            count => _ = TryPublishAsync(Answer(message, ClusterMessageType.BroadcastClientCount) with { ClientCount = count }),
            answer => _ = TryPublishAsync(Answer(message, ClusterMessageType.BroadcastAck) with { Packet = PacketData.FirstOf(answer) }),
            static () => { });
    }

    private void BroadcastLogged(ClusterMessage message, string offset)
    {
        if (TryReadEvent(message, out var name, out var arguments))
        {
            _namespace.EmitLogged(_namespace.SharedLog!, offset, message.Uid == _node.Uid, message.Target, FlagsOf(message.Target), name, new WrittenEvent(message.Packet, [arguments]));
        }
    }

    private void ServerSideEmit(ClusterMessage message)
    {
        if (TryReadEvent(message, out var name, out var arguments))
        {
            if (name == ReleaseEvent)
            {
                _ = AnswerReleaseAsync(message, arguments);
                return;
            }

            _namespace.Handlers.ServerEvents.Run(
                _namespace, name, arguments, message.RequestId is null ? null : answer => _ = TryPublishAsync(Answer(message, ClusterMessageType.ServerSideEmitResponse) with { Packet = answer }));
        }
    }

    private bool TryReadEvent(ClusterMessage message, out string name, out PacketArguments arguments)
    {
        var error = message.Packet.TryRead(PacketType.Event, _namespace.Name, PacketLimits, out var packet);
        (name, arguments) = packet is null ? ("", PacketArguments.Empty) : (Encoding.UTF8.GetString(packet.EventName.Span), packet.Arguments);
        if (error != PacketError.None)
        {
            Refuse(ClusterError.InvalidPacket);
        }

        return error == PacketError.None;
    }

    private void ForEach<TState>(ClusterMessage message, TState state, Action<ServerSocket, TState> action)
    {
        using var recipients = _namespace.Adapter.Select(AsArray(message.Target.Rooms), AsArray(message.Target.Except));
        foreach (var socket in recipients.Sockets)
        {
            action(socket, state);
        }
    }
}
