using System.Buffers;
using System.Runtime.InteropServices;
using System.Text.Json;
using Sockeye.Protocol.Packets;

namespace Sockeye.AspNetCore.Tests.Sockets;

// begin: format
/// <summary>A packet is one line of JSON, [2,"/chat",12,["name",1]]: type, namespace, ack id or null, payload or null, and binary data as base64 behind it.</summary>
internal sealed class JsonLineFormat : IPacketFormat
{
    public EncodedPacket Encode(in PacketContent packet)
    {
        var line = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(line);
        json.WriteStartArray();
        json.WriteNumberValue((int)packet.Type);
        json.WriteStringValue(packet.Namespace);
        json.WriteRawValue(packet.Id is { } id ? $"{id}" : "null");
        json.WriteRawValue(packet.Json.IsEmpty ? "null"u8 : packet.Json);
        foreach (var data in packet.Attachments)
        {
            json.WriteBase64StringValue(data.Span);
        }

        json.WriteEndArray();
        json.Flush();
        return new EncodedPacket(line.WrittenMemory, []);
    }

    public IPacketDecoder CreateDecoder(PacketLimits limits) => new Decoder(limits);

    private sealed class Decoder(PacketLimits limits) : IPacketDecoder
    {
        public PacketError Error { get; private set; }

        public string ErrorMessage => Error.ToOfficialMessage();

        public PacketStatus ReceiveText(ReadOnlySpan<byte> utf8, out Packet? packet)
        {
            try
            {
                Error = Read(JsonElement.Parse(utf8), out packet);
            }
            catch (Exception e) when (e is JsonException or InvalidOperationException)
            {
                // Not JSON; or a member is of another kind, or half a surrogate pair.
                Error = PacketError.Malformed;
                packet = null;
            }

            return Error == PacketError.None ? PacketStatus.Complete : PacketStatus.Error;
        }

        public PacketStatus ReceiveBinary(ReadOnlySpan<byte> data, out Packet? packet)
        {
            Error = PacketError.UnexpectedBinary;
            packet = null;
            return PacketStatus.Error;
        }

        private PacketError Read(JsonElement line, out Packet? packet)
        {
            packet = null;
            long? id = null;
            if (line.GetArrayLength() < 4 || !line[0].TryGetByte(out var type) || line[1].GetString() is not { } ns)
            {
                return PacketError.Malformed;
            }

            if (line[2].ValueKind != JsonValueKind.Null)
            {
                if (!line[2].TryGetInt64(out var number))
                {
                    return PacketError.InvalidId;
                }

                id = number;
            }

            var attachments = new List<ReadOnlyMemory<byte>>();
            foreach (var data in line.EnumerateArray().Skip(4))
            {
                if (!data.TryGetBytesFromBase64(out var bytes))
                {
                    return PacketError.IllegalAttachments;
                }

                attachments.Add(bytes);
            }

            // Checks what is left to check: the type, the namespace, the payload, the event's name, the placeholders, the limits.
            var payload = line[3].ValueKind == JsonValueKind.Null ? default : JsonMarshal.GetRawUtf8Value(line[3]);
            return Packet.TryCreate(new PacketContent((PacketType)type, ns, id, payload, attachments), limits, out packet);
        }
    }
}
// end: format
