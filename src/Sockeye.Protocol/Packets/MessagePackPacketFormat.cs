using Sockeye.Protocol.Buffers;

namespace Sockeye.Protocol.Packets;

/// <summary>
/// The format of <c>socket.io-msgpack-parser</c>: a packet is one binary message, a MessagePack map, and binary data stand in it where they belong. Arguments are read and
/// written as for JSON, with the same options: what has no JSON form on the way in (NaN, infinities) is null, dates are ISO 8601 text. Immutable and thread-safe.
/// </summary>
/// <remarks>
/// As in the official parser, the number of binary values in a packet is not limited by <see cref="PacketLimits.MaxAttachments"/>, but it is at most 4096.
/// </remarks>
public sealed class MessagePackPacketFormat : IPacketFormat
{
    /// <inheritdoc />
    public IPacketDecoder CreateDecoder(PacketLimits limits) => new MessagePackDecoder(limits);

    /// <summary>
    /// <c>83 a4 type 02 a4 data 91 a1 a a3 nsp a1 /</c>, an event "a" without arguments; with an id <c>a2 id 00</c> before the namespace, in an ack before the type.
    /// </summary>
    public EncodedPacket Encode(in PacketContent packet)
    {
        using var output = new PooledBufferWriter();
        MessagePackWriter.WriteMapHeader(output, 2 + (packet.Json.IsEmpty ? 0 : 1) + (packet.Id is null ? 0 : 1));
        if (packet.Type == PacketType.Ack)
        {
            WriteId(output, packet.Id);
        }

        MessagePackWriter.WriteString(output, "type"u8);
        MessagePackWriter.WriteInteger(output, (int)packet.Type);
        if (!packet.Json.IsEmpty)
        {
            MessagePackWriter.WriteString(output, "data"u8);
            new JsonToMessagePack(output, packet.Attachments).Write(packet.Json);
        }

        if (packet.Type != PacketType.Ack)
        {
            WriteId(output, packet.Id);
        }

        MessagePackWriter.WriteString(output, "nsp"u8);
        MessagePackWriter.WriteString(output, packet.Namespace);
        return new EncodedPacket(default, [output.WrittenSpan.ToArray()]);
    }

    private static void WriteId(PooledBufferWriter output, long? id)
    {
        // Nothing, where there is none: the official parser takes nil for an invalid id.
        if (id is { } number)
        {
            MessagePackWriter.WriteString(output, "id"u8);
            MessagePackWriter.WriteInteger(output, number);
        }
    }
}
