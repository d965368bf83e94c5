using System.Text.Json;
using Sockeye.Protocol.Cluster;
using Sockeye.Protocol.Packets;

namespace Sockeye.Redis.Classic;

/// <summary>The members that requests and answers have, and what they mean together.</summary>
internal sealed class ClassicFields
{
    private string _uid = "";
    private string? _requestId;
    private int? _type;
    private ClusterTarget? _target;
    private IReadOnlyList<string>? _rooms;
    private string? _room;
    private string? _socketId;
    private bool _close;
    private byte[]? _data;
    private byte[]? _packetValue;
    private byte[]? _eventData;
    private int? _clientCount;
    private IReadOnlyList<ClusterSocket>? _sockets;

    public ReadOnlyMemory<byte>[] Attachments { get; set; } = [];

    /// <summary><c>{"uid":"…","requestId":"…","type":2,…}</c>. Throws <see cref="JsonException"/> for what does not fit.</summary>
    public void Read(ReadOnlySpan<byte> json, ClusterLimits limits)
    {
        var reader = new ClusterJsonReader(json, limits);
        ReadOnlySpan<byte> packet = default;
        reader.Enter(JsonTokenType.StartObject);
        while (reader.TryReadName(out var name))
        {
            switch (name)
            {
                case "uid":
                    _uid = reader.ReadName();
                    break;
                case "requestId":
                    _requestId = reader.ReadName();
                    break;
                case "type":
                    _type = reader.ReadCount();
                    break;
                case "opts":
                    _target = reader.ReadTarget();
                    break;
                case "rooms":
                    _rooms = reader.ReadNames();
                    break;
                case "room":
                    _room = reader.ReadName();
                    break;
                case "sid":
                    _socketId = reader.ReadName();
                    break;
                case "close":
                    _close = reader.ReadBoolean();
                    break;
                case "data":
                    _data = reader.ReadRaw().ToArray();
                    break;
                case "packet":
                    packet = reader.ReadRaw();
                    break;
                case "clientCount":
                    _clientCount = reader.ReadCount();
                    break;
                case "sockets":
                    _sockets = ReadSockets(reader.ReadRaw(), limits);
                    break;
                default:
                    reader.ReadRaw();
                    break;
            }
        }

        reader.End();
        if (_type == (int)ClassicType.Broadcast && !packet.IsEmpty)
        {
            _eventData = new ClusterJsonReader(packet, limits).ReadEvent(out _);
        }
        else if (!packet.IsEmpty)
        {
            _packetValue = packet.ToArray();
        }
    }

    public ClusterError ToRequest(string ns, out ClusterMessage? message, out ClassicQuestion? question)
    {
        (message, question) = (null, null);
        if (_type is not { } type)
        {
            return ClusterError.InvalidMember;
        }

        switch ((ClassicType)type)
        {
            case ClassicType.Sockets or ClassicType.AllRooms when _requestId is { } id:
                question = new ClassicQuestion((ClassicType)type, _uid, id, _rooms ?? []);
                break;
            case ClassicType.RemoteJoin or ClassicType.RemoteLeave when _target is not null && _rooms is not null:
                message = Create(MoveOf(type), ns) with { Target = _target, Rooms = _rooms };
                break;
            case ClassicType.RemoteDisconnect when _target is not null:
                message = Create(ClusterMessageType.DisconnectSockets, ns) with { Target = _target, Close = _close };
                break;
            case ClassicType.RemoteJoin or ClassicType.RemoteLeave when _socketId is not null && _room is not null:
                message = Create(MoveOf(type), ns) with { Target = new ClusterTarget([_socketId], []), Rooms = [_room] };
                question = _requestId is null ? null : new ClassicQuestion((ClassicType)type, _uid, _requestId, [_socketId]);
                break;
            case ClassicType.RemoteDisconnect when _socketId is not null:
                message = Create(ClusterMessageType.DisconnectSockets, ns) with { Target = new ClusterTarget([_socketId], []), Close = _close };
                question = _requestId is null ? null : new ClassicQuestion((ClassicType)type, _uid, _requestId, [_socketId]);
                break;
            case ClassicType.RemoteFetch when _target is not null && _requestId is not null:
                message = Create(ClusterMessageType.FetchSockets, ns) with { Target = _target, RequestId = _requestId };
                break;
            case ClassicType.ServerSideEmit when _data is not null:
                message = Create(ClusterMessageType.ServerSideEmit, ns) with { RequestId = _requestId, Packet = new PacketData(_data, Attachments) };
                break;
            case ClassicType.Broadcast when _target is not null && _requestId is not null && _eventData is not null:
                message = Create(ClusterMessageType.Broadcast, ns) with { Target = _target, RequestId = _requestId, Packet = new PacketData(_eventData, Attachments) };
                break;
            case ClassicType.Heartbeats + (int)ClusterMessageType.InitialHeartbeat or ClassicType.Heartbeats + (int)ClusterMessageType.Heartbeat or ClassicType.Heartbeats + (int)ClusterMessageType.AdapterClose:
                message = Create((ClusterMessageType)(type - (int)ClassicType.Heartbeats), ns);
                break;
            default:
                return type is >= (int)ClassicType.Sockets and <= (int)ClassicType.Broadcast ? ClusterError.InvalidMember : ClusterError.UnknownType;
        }

        return ClusterError.None;
    }

    public ClusterError ToResponse(string ns, out ClusterMessage? message)
    {
        message = null;
        if (_requestId is null)
        {
            return ClusterError.InvalidMember;
        }

        switch (_type)
        {
            case (int)ClassicType.ServerSideEmit:
                message = CreateResponse(ClusterMessageType.ServerSideEmitResponse, ns) with { Packet = Answer(_data) };
                break;
            case (int)ClassicType.BroadcastClientCount when _clientCount is { } count:
                message = CreateResponse(ClusterMessageType.BroadcastClientCount, ns) with { ClientCount = count };
                break;
            case (int)ClassicType.BroadcastAck:
                message = CreateResponse(ClusterMessageType.BroadcastAck, ns) with { Packet = Answer(_packetValue) };
                break;
            case null when _sockets is not null:
                message = CreateResponse(ClusterMessageType.FetchSocketsResponse, ns) with { Sockets = _sockets };
                break;
            case null:
                // Ids, rooms, or the answer to one socket's move: others have asked.
                break;
            default:
                return ClusterError.UnknownType;
        }

        return ClusterError.None;
    }

    private static ClusterMessageType MoveOf(int type) => type == (int)ClassicType.RemoteJoin ? ClusterMessageType.SocketsJoin : ClusterMessageType.SocketsLeave;

    /// <summary>Sockets as objects; null where they are ids, which only answer a question of older nodes.</summary>
    private static IReadOnlyList<ClusterSocket>? ReadSockets(ReadOnlySpan<byte> json, ClusterLimits limits)
    {
        var first = new ClusterJsonReader(json, limits);
        first.Enter(JsonTokenType.StartArray);
        return first.TryReadElement(out var element) && element is [(byte)'"', ..] ? null : new ClusterJsonReader(json, limits).ReadSockets();
    }

    // The official emitter does not say who it is where sockets move.
    private ClusterMessage Create(ClusterMessageType type, string ns) => new() { Type = type, Uid = _uid.Length > 0 ? _uid : ClusterMessage.EmitterUid, Namespace = ns };

    private ClusterMessage CreateResponse(ClusterMessageType type, string ns) => new() { Type = type, Uid = _uid, Namespace = ns, RequestId = _requestId };

    private PacketData Answer(byte[]? value) => value is null ? PacketData.Empty : new PacketData((byte[])[(byte)'[', .. value, (byte)']'], Attachments);
}
