using System.Text.Json;
using Sockeye.Protocol.Buffers;
using Sockeye.Protocol.Cluster;
using Sockeye.Protocol.Packets;

namespace Sockeye.Redis.Classic;

/// <summary>Reads the wire of <c>createAdapter</c>, strictly: a status, never an exception. JSON where the first byte says so, else MessagePack.</summary>
internal static class ClassicCodec
{
    /// <summary><c>["uid",{"type":2,"data":["name",1],"nsp":"/"},{"rooms":[],"except":[],"flags":{}}]</c></summary>
    /// <param name="data">The whole message.</param>
    /// <param name="limits">What to accept.</param>
    /// <param name="message">The message, when nothing is wrong.</param>
    public static ClusterError TryDecodeBroadcast(ReadOnlySpan<byte> data, ClusterLimits limits, out ClusterMessage? message)
    {
        message = null;
        using var json = new PooledBufferWriter();
        var error = ToJson(data, json, limits, out var text, out var attachments);
        if (error != ClusterError.None)
        {
            return error;
        }

        try
        {
            var reader = new ClusterJsonReader(text, limits);
            reader.Enter(JsonTokenType.StartArray);
            var uid = reader.ReadName();
            var eventData = reader.ReadEvent(out var ns);
            var target = reader.ReadTarget();
            ClusterJsonReader.Require(uid.Length > 0 && !reader.TryReadElement(out _));
            reader.End();
            message = new ClusterMessage
            {
                Type = ClusterMessageType.Broadcast,
                Uid = uid,
                Namespace = ns,
                Target = target,
                Packet = new PacketData(eventData, attachments),
            };
            return ClusterError.None;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return ClusterError.Malformed;
        }
    }

    /// <summary>A request: a message, or a question that the engine answers, or both.</summary>
    public static ClusterError TryDecodeRequest(ReadOnlySpan<byte> data, string ns, ClusterLimits limits, out ClusterMessage? message, out ClassicQuestion? question)
    {
        (message, question) = (null, null);
        var error = Read(data, limits, out var fields);
        return error == ClusterError.None ? fields.ToRequest(ns, out message, out question) : error;
    }

    /// <summary>An answer. None and no message: one to a question that we do not ask.</summary>
    public static ClusterError TryDecodeResponse(ReadOnlySpan<byte> data, string ns, ClusterLimits limits, out ClusterMessage? message)
    {
        message = null;
        var error = Read(data, limits, out var fields);
        return error == ClusterError.None ? fields.ToResponse(ns, out message) : error;
    }

    private static ClusterError Read(ReadOnlySpan<byte> data, ClusterLimits limits, out ClassicFields fields)
    {
        fields = new ClassicFields();
        using var json = new PooledBufferWriter();
        var error = ToJson(data, json, limits, out var text, out var attachments);
        if (error != ClusterError.None)
        {
            return error;
        }

        try
        {
            fields.Attachments = attachments;
            fields.Read(text, limits);
            return ClusterError.None;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: text that is not UTF-8.
            return ClusterError.Malformed;
        }
    }

    private static ClusterError ToJson(ReadOnlySpan<byte> data, PooledBufferWriter json, ClusterLimits limits, out ReadOnlySpan<byte> text, out ReadOnlyMemory<byte>[] attachments)
    {
        text = data;
        attachments = [];
        if (data.Length > limits.MaxMessageBytes)
        {
            return ClusterError.TooLarge;
        }

        // Neither byte begins a map or an array of MessagePack.
        if (data is [(byte)'{' or (byte)'[', ..])
        {
            return ClusterError.None;
        }

        if (data.IsEmpty || !ClusterMessageCodec.TryToJson(data, json, hasAttachments: true, limits, out var binary))
        {
            return ClusterError.Malformed;
        }

        text = json.WrittenSpan;
        attachments = [.. binary.Select(static part => (ReadOnlyMemory<byte>)part)];
        return ClusterError.None;
    }
}
