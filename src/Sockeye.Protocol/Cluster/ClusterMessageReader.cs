using System.Text.Json;
using Sockeye.Protocol.Packets;

namespace Sockeye.Protocol.Cluster;

/// <summary>Makes messages of JSON text and the binary data that its placeholders mean.</summary>
internal static class ClusterMessageReader
{
    /// <summary><c>{"type":3,"data":{…},"uid":"…","nsp":"/"}</c></summary>
    /// <param name="json">One value; nothing in it needs to be checked before.</param>
    /// <param name="attachments">The binary data.</param>
    /// <param name="limits">What to accept.</param>
    /// <param name="defaultNamespace">Where the message belongs that does not say it: emitters of PostgreSQL .</param>
    /// <param name="message">The message, when nothing is wrong.</param>
    public static ClusterError ReadEnvelope(ReadOnlySpan<byte> json, byte[][] attachments, ClusterLimits limits, string? defaultNamespace, out ClusterMessage? message)
    {
        message = null;
        try
        {
            var reader = new ClusterJsonReader(json, limits);
            var type = 0;
            var (uid, ns) = ("", defaultNamespace);
            ReadOnlySpan<byte> data = default;
            reader.Enter(JsonTokenType.StartObject);
            while (reader.TryReadName(out var name))
            {
                switch (name)
                {
                    case "type":
                        type = reader.ReadCount();
                        break;
                    case "data":
                        data = reader.ReadRaw();
                        break;
                    case "uid":
                        uid = reader.ReadName();
                        break;
                    case "nsp":
                        ns = reader.ReadName();
                        break;
                    default:
                        reader.ReadRaw();
                        break;
                }
            }

            reader.End();
            if (uid.Length == 0 || ns is not ['/', ..])
            {
                return ClusterError.InvalidMember;
            }

            return Read(type, uid, ns, data, attachments, limits, out message);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return ClusterError.Malformed;
        }
    }

    /// <summary>The member <c>data</c>, where the rest of the message is known from elsewhere.</summary>
    public static ClusterError ReadData(int type, string uid, string ns, ReadOnlySpan<byte> data, byte[][] attachments, ClusterLimits limits, out ClusterMessage? message)
    {
        message = null;
        try
        {
            return Read(type, uid, ns, data, attachments, limits, out message);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: text that is not UTF-8.
            return ClusterError.Malformed;
        }
    }

    private static ClusterError Read(int number, string uid, string ns, ReadOnlySpan<byte> data, byte[][] attachments, ClusterLimits limits, out ClusterMessage? message)
    {
        message = null;
        var type = (ClusterMessageType)number;
        if (type is < ClusterMessageType.InitialHeartbeat or > ClusterMessageType.AdapterClose)
        {
            return ClusterError.UnknownType;
        }

        var read = new ClusterMessage { Type = type, Uid = uid, Namespace = ns };
        if (type is ClusterMessageType.InitialHeartbeat or ClusterMessageType.Heartbeat or ClusterMessageType.AdapterClose)
        {
            message = read;
            return ClusterError.None;
        }

        var reader = new ClusterJsonReader(data, limits);
        ReadOnlySpan<byte> packet = default;
        var has = Has.None;
        reader.Enter(JsonTokenType.StartObject);
        while (reader.TryReadName(out var name))
        {
            switch (name)
            {
                case "packet":
                    packet = reader.ReadRaw();
                    break;
                case "opts":
                    read = read with { Target = reader.ReadTarget() };
                    has |= Has.Target;
                    break;
                case "rooms":
                    read = read with { Rooms = reader.ReadNames() };
                    has |= Has.Rooms;
                    break;
                case "requestId":
                    read = read with { RequestId = reader.ReadName() };
                    break;
                case "close":
                    read = read with { Close = reader.ReadBoolean() };
                    break;
                case "clientCount":
                    read = read with { ClientCount = reader.ReadCount() };
                    has |= Has.Count;
                    break;
                case "sockets":
                    read = read with { Sockets = reader.ReadSockets() };
                    has |= Has.Sockets;
                    break;
                default:
                    reader.ReadRaw();
                    break;
            }
        }

        var isWhole = type switch
        {
            ClusterMessageType.Broadcast => has.HasFlag(Has.Target) && !packet.IsEmpty,
            ClusterMessageType.SocketsJoin or ClusterMessageType.SocketsLeave => has.HasFlag(Has.Target | Has.Rooms),
            ClusterMessageType.DisconnectSockets => has.HasFlag(Has.Target),
            ClusterMessageType.FetchSockets => has.HasFlag(Has.Target) && read.RequestId is not null,
            ClusterMessageType.FetchSocketsResponse => has.HasFlag(Has.Sockets) && read.RequestId is not null,
            ClusterMessageType.ServerSideEmit => !packet.IsEmpty,
            ClusterMessageType.BroadcastClientCount => has.HasFlag(Has.Count) && read.RequestId is not null,
            _ => read.RequestId is not null,
        };
        if (!isWhole)
        {
            return ClusterError.InvalidMember;
        }

        message = read with { Packet = ReadPacket(type, packet, attachments, limits) };
        return ClusterError.None;
    }

    private static PacketData ReadPacket(ClusterMessageType type, ReadOnlySpan<byte> packet, byte[][] attachments, ClusterLimits limits)
    {
        if (packet.IsEmpty)
        {
            return PacketData.Empty;
        }

        ReadOnlyMemory<byte>[] binary = [.. attachments.Select(data => (ReadOnlyMemory<byte>)data)];
        return type switch
        {
            ClusterMessageType.Broadcast => new PacketData(new ClusterJsonReader(packet, limits).ReadEvent(out _), binary),
            ClusterMessageType.ServerSideEmit => new PacketData(packet.ToArray(), binary),
            _ => new PacketData((byte[])[(byte)'[', .. packet, (byte)']'], binary),
        };
    }

    [Flags]
    private enum Has
    {
        None = 0,
        Target = 1,
        Rooms = 2,
        Count = 4,
        Sockets = 8,
    }
}
