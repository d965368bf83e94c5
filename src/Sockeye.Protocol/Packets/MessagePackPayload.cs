using System.Buffers;
using System.Text.Unicode;
using Sockeye.Protocol.Buffers;

namespace Sockeye.Protocol.Packets;

/// <summary>Makes a packet of the <c>data</c> of a MessagePack packet: its JSON text, in which placeholders stand for binary data.</summary>
internal static class MessagePackPayload
{
    /// <param name="type">What the packet is.</param>
    /// <param name="ns">The namespace.</param>
    /// <param name="id">The ack id, if any.</param>
    /// <param name="data">One value, or nothing.</param>
    /// <param name="limits">Depth, name length and bytes of binary data.</param>
    /// <param name="packet">The packet.</param>
    public static PacketError Read(PacketType type, string ns, long? id, ReadOnlySpan<byte> data, PacketLimits limits, out Packet? packet)
    {
        packet = null;
        var reader = new MessagePackReader(data);
        var isAbsent = MessagePackFields.IsAbsent(data);
        if (!isAbsent)
        {
            reader.TryRead();
        }

        var allowed = type switch
        {
            PacketType.Connect => isAbsent || reader.Kind == MessagePackKind.Map,
            PacketType.Disconnect => isAbsent,
            PacketType.ConnectError => !isAbsent && reader.Kind is MessagePackKind.Map or MessagePackKind.String,
            _ => !isAbsent && reader.Kind == MessagePackKind.Array,
        };
        if (!allowed)
        {
            return PacketError.InvalidPayload;
        }

        if (isAbsent)
        {
            packet = new Packet { Type = type, Namespace = ns, Id = id };
            return PacketError.None;
        }

        using var output = new PooledBufferWriter();
        var open = limits.MaxDepth <= 64 ? stackalloc MessagePackToJson.Container[64] : new MessagePackToJson.Container[limits.MaxDepth];
        return type is PacketType.Event or PacketType.Ack
            ? ReadArguments(type, ns, id, reader, output, open, limits, out packet)
            : ReadValue(type, ns, id, data, output, open, limits, out packet);
    }

    /// <summary><c>81 a5 token a1 x</c> becomes <c>{"token":"x"}</c>; binary data become base64, as they are in the default format.</summary>
    private static PacketError ReadValue(
        PacketType type, string ns, long? id, ReadOnlySpan<byte> data, PooledBufferWriter output, Span<MessagePackToJson.Container> open, PacketLimits limits, out Packet? packet)
    {
        var json = new MessagePackToJson(new MessagePackReader(data), output, limits, hasAttachments: false, open, []);
        var error = json.CopyValue(depth: 0);
        packet = error == PacketError.None ? new Packet { Type = type, Namespace = ns, Id = id, Json = output.WrittenSpan.ToArray() } : null;
        return error;
    }

    /// <summary><c>92 a1 a c4 01 ff</c> becomes the name <c>a</c> and, behind it in the same array, <c>{"_placeholder":true,"num":0}</c>.</summary>
    private static PacketError ReadArguments(
        PacketType type, string ns, long? id, MessagePackReader reader, PooledBufferWriter output, Span<MessagePackToJson.Container> open, PacketLimits limits, out Packet? packet)
    {
        packet = null;
        var count = reader.Count;
        var nameLength = 0;
        if (type == PacketType.Event)
        {
            var error = ReadName(ref reader, count, output, limits);
            if (error != PacketError.None)
            {
                return error;
            }

            count--;
            nameLength = output.WrittenCount;
        }

        var ranges = count == 0 ? [] : new JsonRange[count];
        var json = new MessagePackToJson(reader, output, limits, hasAttachments: true, open, stackalloc PlaceholderNumber[16]);
        try
        {
            for (var i = 0; i < count; i++)
            {
                if (i > 0)
                {
                    output.Write(","u8);
                }

                var start = output.WrittenCount;
                var error = json.CopyValue(depth: 1);
                if (error != PacketError.None)
                {
                    return error;
                }

                ranges[i] = new JsonRange(start, output.WrittenCount - start);
            }

            if (json is { HasForgedPlaceholder: true, Attachments.Length: > 0 })
            {
                return PacketError.IllegalPlaceholder;
            }

            var text = output.WrittenSpan.ToArray();
            packet = new Packet
            {
                Type = type,
                Namespace = ns,
                Id = id,
                EventName = text.AsMemory(0, nameLength),
                Arguments = count == 0 ? PacketArguments.Empty : new PacketArguments(text, ranges, json.Placeholders.ToArray(from: 0), json.Attachments),
            };
            return PacketError.None;
        }
        finally
        {
            json.Dispose();
        }
    }

    private static PacketError ReadName(ref MessagePackReader reader, int count, PooledBufferWriter output, PacketLimits limits)
    {
        if (count == 0 || !reader.TryRead())
        {
            return PacketError.InvalidPayload;
        }

        switch (reader.Kind)
        {
            case MessagePackKind.Integer:
                MessagePackToJson.WriteInteger(output, in reader);
                break;
            case MessagePackKind.String when reader.Bytes.Length <= limits.MaxEventNameLength:
                output.Write(reader.Bytes);
                break;
            case MessagePackKind.String:
                return PacketError.EventNameTooLong;
            default:
                return PacketError.InvalidPayload;
        }

        return output.WrittenCount > limits.MaxEventNameLength ? PacketError.EventNameTooLong
            : !Utf8.IsValid(output.WrittenSpan) ? PacketError.InvalidPayload
            : PacketCodec.IsReservedEventName(output.WrittenSpan) ? PacketError.ReservedEventName
            : PacketError.None;
    }
}
