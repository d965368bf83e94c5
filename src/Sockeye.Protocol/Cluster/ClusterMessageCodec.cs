using Sockeye.Protocol.Buffers;
using Sockeye.Protocol.Packets;

namespace Sockeye.Protocol.Cluster;

/// <summary>
/// The form that messages have in the official cluster adapter, and so in its sharded Redis, Redis Streams and PostgreSQL adapters. What other nodes send is read strictly: a status, never an exception.
/// </summary>
public static class ClusterMessageCodec
{
    /// <summary><c>{"type":3,"data":{"packet":{"type":2,"data":["name",1],"nsp":"/"},"opts":{"rooms":["a"],"except":[],"flags":{}}},"uid":"…","nsp":"/"}</c></summary>
    /// <exception cref="ArgumentException">There are binary data in it.</exception>
    public static byte[] EncodeJson(ClusterMessage message)
    {
        CheckText(message);
        using var output = new PooledBufferWriter();
        ClusterMessageWriter.WriteEnvelope(output, message);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>The same as a MessagePack map, <c>84 a4 type 03 a4 data …</c>, with binary data where they belong.</summary>
    public static byte[] EncodeMessagePack(ClusterMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        using var json = new PooledBufferWriter();
        ClusterMessageWriter.WriteEnvelope(json, message);
        return ToMessagePack(json.WrittenSpan, message.Packet.Attachments);
    }

    /// <summary>The member <c>data</c> alone, as JSON.</summary>
    /// <exception cref="ArgumentException">There are binary data in it.</exception>
    public static byte[] EncodeDataJson(ClusterMessage message)
    {
        CheckText(message);
        using var output = new PooledBufferWriter();
        ClusterMessageWriter.WriteData(output, message);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>The member <c>data</c> alone, as MessagePack.</summary>
    public static byte[] EncodeDataMessagePack(ClusterMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        using var json = new PooledBufferWriter();
        ClusterMessageWriter.WriteData(json, message);
        return ToMessagePack(json.WrittenSpan, message.Packet.Attachments);
    }

    /// <summary>Reads a message: JSON if its first byte is "{", else MessagePack.</summary>
    /// <param name="data">The whole message.</param>
    /// <param name="limits">What to accept.</param>
    /// <param name="message">The message, when nothing is wrong.</param>
    /// <param name="defaultNamespace">Where a message belongs that does not say it; null: it is refused.</param>
    public static ClusterError TryDecode(ReadOnlySpan<byte> data, ClusterLimits limits, out ClusterMessage? message, string? defaultNamespace = null)
    {
        ArgumentNullException.ThrowIfNull(limits);
        message = null;
        if (data.Length > limits.MaxMessageBytes)
        {
            return ClusterError.TooLarge;
        }

        if (data is [(byte)'{', ..])
        {
            return ClusterMessageReader.ReadEnvelope(data, [], limits, defaultNamespace, out message);
        }

        var fieldError = MessagePackFields.Read(data, out var fields, out _);
        if (fieldError != PacketError.None)
        {
            return ClusterError.Malformed;
        }

        // Data of sockets are the application's own and read as JSON: binary data are base64 there.
        var hasAttachments = !(MessagePackFields.TryGetInteger(fields.Type, out var type) && type == (int)ClusterMessageType.FetchSocketsResponse);
        using var json = new PooledBufferWriter();
        return TryToJson(data, json, hasAttachments, limits, out var attachments) ? ClusterMessageReader.ReadEnvelope(json.WrittenSpan, attachments, limits, defaultNamespace, out message) : ClusterError.Malformed;
    }

    /// <summary>Reads the member <c>data</c> of a message whose other members came beside it: JSON if its first byte is "{", else MessagePack.</summary>
    public static ClusterError TryDecodeData(int type, string uid, string ns, ReadOnlySpan<byte> data, ClusterLimits limits, out ClusterMessage? message)
    {
        ArgumentNullException.ThrowIfNull(limits);
        ArgumentNullException.ThrowIfNull(uid);
        message = null;
        if (data.Length > limits.MaxMessageBytes)
        {
            return ClusterError.TooLarge;
        }

        if (uid.Length == 0 || uid.Length > limits.MaxNameLength || ns is not ['/', ..] || ns.Length > limits.MaxNameLength)
        {
            return ClusterError.InvalidMember;
        }

        if (data.IsEmpty || data[0] == (byte)'{')
        {
            return ClusterMessageReader.ReadData(type, uid, ns, data, [], limits, out message);
        }

        using var json = new PooledBufferWriter();
        return TryToJson(data, json, type != (int)ClusterMessageType.FetchSocketsResponse, limits, out var attachments)
            ? ClusterMessageReader.ReadData(type, uid, ns, json.WrittenSpan, attachments, limits, out message)
            : ClusterError.Malformed;
    }

    /// <summary>One value of MessagePack as JSON. False: it is none, or an object in it poses as binary data.</summary>
    internal static bool TryToJson(ReadOnlySpan<byte> data, PooledBufferWriter json, bool hasAttachments, ClusterLimits limits, out byte[][] attachments)
    {
        var packetLimits = new PacketLimits(MaxAttachmentBytes: limits.MaxMessageBytes);
        var open = new MessagePackToJson.Container[packetLimits.MaxDepth];
        var writer = new MessagePackToJson(new MessagePackReader(data), json, packetLimits, hasAttachments, open, stackalloc PlaceholderNumber[16]);
        try
        {
            var error = writer.CopyValue(depth: 0);
            attachments = writer.Attachments;
            return error == PacketError.None && !(writer.HasForgedPlaceholder && attachments.Length > 0);
        }
        finally
        {
            writer.Dispose();
        }
    }

    internal static byte[] ToMessagePack(ReadOnlySpan<byte> json, IReadOnlyList<ReadOnlyMemory<byte>> attachments)
    {
        using var output = new PooledBufferWriter();
        new JsonToMessagePack(output, attachments).Write(json);
        return output.WrittenSpan.ToArray();
    }

    private static void CheckText(ClusterMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (message.HasBinary)
        {
            throw new ArgumentException("JSON cannot carry binary data: encode this message as MessagePack.", nameof(message));
        }
    }
}
