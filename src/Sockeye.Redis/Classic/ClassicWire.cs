using System.Text.Encodings.Web;
using System.Text.Json;
using Sockeye.Protocol.Buffers;
using Sockeye.Protocol.Cluster;
using StackExchange.Redis;

namespace Sockeye.Redis.Classic;

/// <summary>Writes the wire of <c>createAdapter</c>, member after member in its order: what is undefined there is left out.</summary>
internal sealed class ClassicWire(RedisOptions options) : IRedisWire
{
    private static readonly JsonWriterOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>
    /// In a cluster messages of one channel go by one of its servers, or they would overtake each other; with a key such as <c>{socket.io}</c> those of all channels do, as keys with such a part are
    /// on one server.
    /// </summary>
    public static RedisChannel Channel(string name) => RedisChannel.Literal(name).WithKeyRouting();

    /// <summary><c>socket.io#/#</c></summary>
    public string Broadcasts(string ns) => $"{options.Key}#{ns}#";

    /// <summary><c>socket.io-request#/#</c></summary>
    public string Requests(string ns) => $"{options.Key}-request#{ns}#";

    /// <summary><c>socket.io-response#/#</c></summary>
    public string Responses(string ns) => $"{options.Key}-response#{ns}#";

    public (RedisChannel Channel, byte[] Payload) Encode(ClusterMessage message)
    {
        if (message is { Type: ClusterMessageType.Broadcast, RequestId: null })
        {
            var main = Broadcasts(message.Namespace);
            return (Channel(message.Target.Rooms is [var room] ? $"{main}{room}#" : main), EncodeBroadcast(message));
        }

        return message.IsResponse
            ? (ResponsesFor(message.Namespace, message.Recipient), Write(message, WriteResponse, message.Type == ClusterMessageType.BroadcastAck))
            : (Channel(Requests(message.Namespace)), Write(message, WriteRequest, message.Type == ClusterMessageType.Broadcast));
    }

    /// <summary><c>{"requestId":"…","rooms":["a"]}</c>, or "sockets", or neither: the answers that only this wire has.</summary>
    public (RedisChannel Channel, byte[] Payload) EncodeAnswer(string ns, ClassicQuestion question, string? member, IReadOnlyCollection<string> names)
    {
        using var output = new PooledBufferWriter();
        using (var json = new Utf8JsonWriter(output, Json))
        {
            json.WriteStartObject();
            json.WriteString("requestId"u8, question.RequestId);
            if (member is not null)
            {
                json.WriteStartArray(member);
                foreach (var name in names)
                {
                    json.WriteStringValue(name);
                }

                json.WriteEndArray();
            }

            json.WriteEndObject();
        }

        return (ResponsesFor(ns, question.Uid), output.WrittenSpan.ToArray());
    }

    private RedisChannel ResponsesFor(string ns, string? uid) =>
        Channel(options.PublishOnSpecificResponseChannel && uid is { Length: > 0 } ? $"{Responses(ns)}{uid}#" : Responses(ns));

    /// <summary><c>["uid",{"type":2,"data":["name",1],"nsp":"/"},{"rooms":[],"except":[],"flags":{}}]</c> as MessagePack, or as JSON where all have agreed on that.</summary>
    private byte[] EncodeBroadcast(ClusterMessage message)
    {
        if (options.Parser == RedisParser.Json && message.HasBinary)
        {
            throw new ClusterException("JSON cannot carry binary data (Parser).");
        }

        using var output = new PooledBufferWriter();
        using (var json = new Utf8JsonWriter(output, Json))
        {
            json.WriteStartArray();
            json.WriteStringValue(message.Uid);
            WritePacket(json, message);
            ClusterMessageWriter.WriteTarget(json, message.Target);
            json.WriteEndArray();
        }

        return options.Parser == RedisParser.Json ? output.WrittenSpan.ToArray() : ClusterMessageCodec.ToMessagePack(output.WrittenSpan, message.Packet.Attachments);
    }

    /// <summary>JSON where nothing binary is in it and the official adapter does not always take its parser.</summary>
    private byte[] Write(ClusterMessage message, Action<Utf8JsonWriter, ClusterMessage> write, bool takesParser)
    {
        using var output = new PooledBufferWriter();
        using (var json = new Utf8JsonWriter(output, Json))
        {
            json.WriteStartObject();
            write(json, message);
            json.WriteEndObject();
        }

        return message.HasBinary || (takesParser && options.Parser == RedisParser.MessagePack)
            ? ClusterMessageCodec.ToMessagePack(output.WrittenSpan, message.Packet.Attachments)
            : output.WrittenSpan.ToArray();
    }

    /// <summary><c>{"uid":"…","requestId":"…","type":5,"opts":{"rooms":[],"except":[]}}</c></summary>
    private static void WriteRequest(Utf8JsonWriter json, ClusterMessage message)
    {
        // The official emitter has none here.
        var isMove = message.Type is ClusterMessageType.SocketsJoin or ClusterMessageType.SocketsLeave or ClusterMessageType.DisconnectSockets;
        if (!isMove || message.Uid != ClusterMessage.EmitterUid)
        {
            json.WriteString("uid"u8, message.Uid);
        }

        if (message.RequestId is { } id)
        {
            json.WriteString("requestId"u8, id);
        }

        json.WriteNumber("type"u8, (int)TypeOf(message.Type));
        switch (message.Type)
        {
            case ClusterMessageType.SocketsJoin or ClusterMessageType.SocketsLeave:
                WriteSelection(json, message.Target);
                ClusterMessageWriter.WriteNames(json, "rooms"u8, message.Rooms);
                break;
            case ClusterMessageType.DisconnectSockets:
                WriteSelection(json, message.Target);
                json.WriteBoolean("close"u8, message.Close);
                break;
            case ClusterMessageType.FetchSockets:
                WriteSelection(json, message.Target);
                break;
            case ClusterMessageType.ServerSideEmit:
                json.WritePropertyName("data"u8);
                json.WriteRawValue(message.Packet.Json.Span, skipInputValidation: true);
                break;
            case ClusterMessageType.Broadcast:
                json.WritePropertyName("packet"u8);
                WritePacket(json, message);
                json.WritePropertyName("opts"u8);
                ClusterMessageWriter.WriteTarget(json, message.Target);
                break;
        }
    }

    /// <summary><c>{"type":8,"requestId":"…","clientCount":1,"uid":"…"}</c>: the uid at the end is ours, so that somebody knows who has answered.</summary>
    private static void WriteResponse(Utf8JsonWriter json, ClusterMessage message)
    {
        if (message.Type != ClusterMessageType.FetchSocketsResponse)
        {
            json.WriteNumber("type"u8, (int)TypeOf(message.Type));
        }

        json.WriteString("requestId"u8, message.RequestId);
        switch (message.Type)
        {
            case ClusterMessageType.FetchSocketsResponse:
                ClusterMessageWriter.WriteSockets(json, message.Sockets);
                break;
            case ClusterMessageType.BroadcastClientCount:
                json.WriteNumber("clientCount"u8, message.ClientCount);
                break;
            default:
                if (ClusterMessageWriter.OnlyValue(message) is { IsEmpty: false } value)
                {
                    json.WritePropertyName(message.Type == ClusterMessageType.BroadcastAck ? "packet"u8 : "data"u8);
                    json.WriteRawValue(value, skipInputValidation: true);
                }

                break;
        }

        json.WriteString("uid"u8, message.Uid);
    }

    private static ClassicType TypeOf(ClusterMessageType type) => type switch
    {
        ClusterMessageType.SocketsJoin => ClassicType.RemoteJoin,
        ClusterMessageType.SocketsLeave => ClassicType.RemoteLeave,
        ClusterMessageType.DisconnectSockets => ClassicType.RemoteDisconnect,
        ClusterMessageType.FetchSockets => ClassicType.RemoteFetch,
        ClusterMessageType.ServerSideEmit or ClusterMessageType.ServerSideEmitResponse => ClassicType.ServerSideEmit,
        ClusterMessageType.Broadcast => ClassicType.Broadcast,
        ClusterMessageType.BroadcastClientCount => ClassicType.BroadcastClientCount,
        ClusterMessageType.BroadcastAck => ClassicType.BroadcastAck,
        _ => ClassicType.Heartbeats + (int)type,
    };

    private static void WritePacket(Utf8JsonWriter json, ClusterMessage message)
    {
        json.WriteStartObject();
        json.WriteNumber("type"u8, 2);
        json.WritePropertyName("data"u8);
        json.WriteRawValue(message.Packet.Json.Span, skipInputValidation: true);
        json.WriteString("nsp"u8, message.Namespace);
        json.WriteEndObject();
    }

    private static void WriteSelection(Utf8JsonWriter json, ClusterTarget target)
    {
        json.WriteStartObject("opts"u8);
        ClusterMessageWriter.WriteNames(json, "rooms"u8, target.Rooms);
        ClusterMessageWriter.WriteNames(json, "except"u8, target.Except);
        json.WriteEndObject();
    }
}
