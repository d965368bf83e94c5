using System.Text.Encodings.Web;
using System.Text.Json;
using Sockeye.Protocol.Buffers;

namespace Sockeye.Protocol.Cluster;

/// <summary>Writes messages as the official cluster adapter does, member after member in its order: what is undefined there is left out, never null.</summary>
internal static class ClusterMessageWriter
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary><c>{"type":3,"data":{…},"uid":"…","nsp":"/"}</c>, binary data as placeholders.</summary>
    public static void WriteEnvelope(PooledBufferWriter output, ClusterMessage message)
    {
        using var json = new Utf8JsonWriter(output, Options);
        json.WriteStartObject();
        json.WriteNumber("type"u8, (int)message.Type);
        if (HasData(message.Type))
        {
            json.WritePropertyName("data"u8);
            WriteData(json, message);
        }

        json.WriteString("uid"u8, message.Uid);
        json.WriteString("nsp"u8, message.Namespace);
        json.WriteEndObject();
    }

    /// <summary>The member <c>data</c> alone.</summary>
    public static void WriteData(PooledBufferWriter output, ClusterMessage message)
    {
        using var json = new Utf8JsonWriter(output, Options);
        WriteData(json, message);
    }

    /// <summary><c>{"rooms":[],"except":[],"flags":{"volatile":true}}</c></summary>
    public static void WriteTarget(Utf8JsonWriter json, ClusterTarget target)
    {
        json.WriteStartObject();
        WriteNames(json, "rooms"u8, target.Rooms);
        WriteNames(json, "except"u8, target.Except);
        json.WriteStartObject("flags"u8);
        if (target.Volatile)
        {
            json.WriteBoolean("volatile"u8, true);
        }

        if (target.Compress is { } compress)
        {
            json.WriteBoolean("compress"u8, compress);
        }

        if (target.Timeout is { } timeout)
        {
            json.WriteNumber("timeout"u8, (long)timeout.TotalMilliseconds);
        }

        if (target.ExpectSingleResponse)
        {
            json.WriteBoolean("expectSingleResponse"u8, true);
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <summary><c>"rooms":["a","b"]</c></summary>
    public static void WriteNames(Utf8JsonWriter json, ReadOnlySpan<byte> member, IReadOnlyList<string> names)
    {
        json.WriteStartArray(member);
        foreach (var name in names)
        {
            json.WriteStringValue(name);
        }

        json.WriteEndArray();
    }

    /// <summary><c>"sockets":[{"id":"…","handshake":{…},"rooms":["…"],"data":{…}}]</c></summary>
    public static void WriteSockets(Utf8JsonWriter json, IReadOnlyList<ClusterSocket> sockets)
    {
        json.WriteStartArray("sockets"u8);
        foreach (var socket in sockets)
        {
            json.WriteStartObject();
            json.WriteString("id"u8, socket.Id);
            json.WritePropertyName("handshake"u8);
            json.WriteRawValue(socket.Handshake.Span, skipInputValidation: true);
            WriteNames(json, "rooms"u8, socket.Rooms);
            json.WritePropertyName("data"u8);
            json.WriteRawValue(socket.Data.Span, skipInputValidation: true);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>The value of <c>[value]</c>; nothing of <c>[]</c>.</summary>
    public static ReadOnlySpan<byte> OnlyValue(ClusterMessage message) => message.Packet.Json.Span[1..^1];

    private static bool HasData(ClusterMessageType type) =>
        type is not (ClusterMessageType.InitialHeartbeat or ClusterMessageType.Heartbeat or ClusterMessageType.AdapterClose);

    private static void WriteData(Utf8JsonWriter json, ClusterMessage message)
    {
        json.WriteStartObject();
        switch (message.Type)
        {
            case ClusterMessageType.Broadcast:
                json.WriteStartObject("packet"u8);
                json.WriteNumber("type"u8, 2);
                json.WritePropertyName("data"u8);
                json.WriteRawValue(message.Packet.Json.Span, skipInputValidation: true);
                json.WriteString("nsp"u8, message.Namespace);
                json.WriteEndObject();
                WriteRequestId(json, message);
                WriteTarget(json, message);
                break;
            case ClusterMessageType.SocketsJoin or ClusterMessageType.SocketsLeave:
                WriteTarget(json, message);
                WriteNames(json, "rooms"u8, message.Rooms);
                break;
            case ClusterMessageType.DisconnectSockets:
                WriteTarget(json, message);
                json.WriteBoolean("close"u8, message.Close);
                break;
            case ClusterMessageType.FetchSockets:
                WriteTarget(json, message);
                WriteRequestId(json, message);
                break;
            case ClusterMessageType.FetchSocketsResponse:
                WriteRequestId(json, message);
                WriteSockets(json, message.Sockets);
                break;
            case ClusterMessageType.ServerSideEmit:
                WriteRequestId(json, message);
                json.WritePropertyName("packet"u8);
                json.WriteRawValue(message.Packet.Json.Span, skipInputValidation: true);
                break;
            case ClusterMessageType.BroadcastClientCount:
                WriteRequestId(json, message);
                json.WriteNumber("clientCount"u8, message.ClientCount);
                break;
            default:
                WriteRequestId(json, message);
                if (OnlyValue(message) is { IsEmpty: false } value)
                {
                    json.WritePropertyName("packet"u8);
                    json.WriteRawValue(value, skipInputValidation: true);
                }

                break;
        }

        json.WriteEndObject();
    }

    private static void WriteTarget(Utf8JsonWriter json, ClusterMessage message)
    {
        json.WritePropertyName("opts"u8);
        WriteTarget(json, message.Target);
    }

    private static void WriteRequestId(Utf8JsonWriter json, ClusterMessage message)
    {
        if (message.RequestId is { } id)
        {
            json.WriteString("requestId"u8, id);
        }
    }
}
