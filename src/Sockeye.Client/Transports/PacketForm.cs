using Sockeye.Protocol.Buffers;
using Sockeye.Protocol.Engine;
using Sockeye.Protocol.Engine.V3;

namespace Sockeye.Client.Transports;

/// <summary>How packets stand in WebSocket messages and in the bodies of polling.</summary>
/// <param name="Protocol">The revision of Engine.IO.</param>
/// <param name="Base64">Whether binary travels as text in both directions. Without meaning for polling in revision 4, where there is nothing else.</param>
internal readonly record struct PacketForm(int Protocol, bool Base64)
{
    private bool IsV3 => Protocol == 3;

    /// <summary>Reads a WebSocket message; base64 is decoded in place. UTF-8 is not validated.</summary>
    /// <param name="message">The message.</param>
    /// <param name="isBytes">Whether it came as bytes.</param>
    /// <param name="packet">The packet.</param>
    /// <param name="data">Where in the message its data are.</param>
    public bool TryRead(Span<byte> message, bool isBytes, out EnginePacket packet, out Range data)
    {
        bool isPacket;
        switch (isBytes, IsV3)
        {
            case (true, true):
                isPacket = EnginePacketCodecV3.TryReadBinary(message, out packet);
                break;
            case (true, false):
                packet = new EnginePacket(EnginePacketType.Message, isBinary: true, message);
                isPacket = true;
                break;
            case (false, true):
                isPacket = EnginePacketCodecV3.TryReadInPlace(message, out packet);
                break;
            default:
                isPacket = EnginePacketCodec.TryReadInPlace(message, out packet);
                break;
        }

        data = RangeOf(message, packet.Data);
        return isPacket;
    }

    /// <summary>What goes into a WebSocket message, in the scratch space if it is not the packet's data.</summary>
    public ReadOnlyMemory<byte> Write(OutboundPacket packet, PooledBufferWriter scratch, out bool isBytes)
    {
        isBytes = packet.IsBinary && !Base64;
        if (isBytes && !IsV3)
        {
            return packet.Data;
        }

        scratch.Clear();
        switch (packet.IsBinary, isBytes, IsV3)
        {
            case (true, true, _):
                EnginePacketCodecV3.WriteBinary(scratch, packet.Data.Span);
                break;
            case (true, false, true):
                EnginePacketCodecV3.WriteBase64(scratch, packet.Data.Span);
                break;
            case (true, false, false):
                EnginePacketCodec.WriteBase64(scratch, packet.Data.Span);
                break;
            default:
                EnginePacketCodec.Write(scratch, packet.Type, packet.Data.Span);
                break;
        }

        return scratch.WrittenMemory;
    }

    /// <summary>Reads the packet that begins at a position of an answer to a poll, and moves the position to the next; base64 is decoded in place.</summary>
    /// <param name="payload">The answer.</param>
    /// <param name="isBytes">Whether it came as bytes, for which nobody asked: some servers of revision 3 do not look at b64.</param>
    /// <param name="position">Where to read.</param>
    /// <param name="packet">The packet.</param>
    /// <param name="data">Where in the answer its data are.</param>
    public bool TryReadNext(Span<byte> payload, bool isBytes, ref int position, out EnginePacket packet, out Range data)
    {
        // One packet at a time: the readers are ref structs, which cannot live across the delivery.
        PollingReadStatus status;
        if (IsV3)
        {
            var reader = new PollingPayloadReaderV3(payload[position..], isBytes, maxPackets: 1);
            status = reader.Read(out packet);
            position += reader.Position;
        }
        else
        {
            var rest = payload[position..];
            var length = rest.IndexOf(PollingPayloadWriter.Separator);
            length = length < 0 ? rest.Length : length;
            status = new PollingPayloadReader(rest[..length], maxPackets: 1).Read(out packet);
            position += length + 1;
        }

        data = RangeOf(payload, packet.Data);
        return status == PollingReadStatus.Packet;
    }

    /// <summary>Whether a position is behind the last packet: in revision 4 there is always one behind a separator, an empty one if nothing else.</summary>
    public bool IsAtEnd(int position, int length) => IsV3 ? position >= length : position > length;

    /// <summary>Writes the body of a POST.</summary>
    public void WritePayload(List<OutboundPacket> packets, PooledBufferWriter payload)
    {
        if (IsV3)
        {
            WritePayloadV3(packets, payload);
            return;
        }

        for (var i = 0; i < packets.Count; i++)
        {
            if (i > 0)
            {
                payload.GetSpan(1)[0] = PollingPayloadWriter.Separator;
                payload.Advance(1);
            }

            var packet = packets[i];
            if (packet.IsBinary)
            {
                PollingPayloadWriter.WriteBinary(payload, packet.Data.Span);
            }
            else
            {
                PollingPayloadWriter.WriteText(payload, packet.Type, packet.Data.Span);
            }
        }
    }

    private static void WritePayloadV3(List<OutboundPacket> packets, PooledBufferWriter payload)
    {
        using var scratch = new PooledBufferWriter();
        foreach (var packet in packets)
        {
            if (packet.IsBinary)
            {
                PollingPayloadWriterV3.WriteBase64(payload, packet.Data.Span);
                continue;
            }

            scratch.Clear();
            EnginePacketCodec.Write(scratch, packet.Type, packet.Data.Span);
            PollingPayloadWriterV3.WriteText(payload, scratch.WrittenSpan);
        }
    }

    private static Range RangeOf(ReadOnlySpan<byte> whole, ReadOnlySpan<byte> part) =>
        whole.Overlaps(part, out var start) ? start..(start + part.Length) : default;
}
