using System.Globalization;
using System.Text;

namespace Sockeye.Protocol.Packets;

/// <summary>The format of the official default parser (socket.io-parser): a text header with JSON, binary data as attachments. Immutable and thread-safe.</summary>
public sealed class JsonPacketFormat : IPacketFormat
{
    /// <inheritdoc />
    /// <remarks>Gives a <see cref="PacketAssembler"/>.</remarks>
    public IPacketDecoder CreateDecoder(PacketLimits limits) => new PacketAssembler(limits);

    /// <summary><c>2/chat,12["name",1]</c>, or <c>51-/chat,12["name",{"_placeholder":true,"num":0}]</c> and its attachments.</summary>
    public EncodedPacket Encode(in PacketContent packet)
    {
        Span<byte> count = stackalloc byte[11];
        Span<byte> number = stackalloc byte[20];
        var type = packet.Type;
        var countLength = 0;
        if (packet.Attachments.Count > 0)
        {
            type = type == PacketType.Event ? PacketType.BinaryEvent : PacketType.BinaryAck;
            packet.Attachments.Count.TryFormat(count, out countLength, provider: CultureInfo.InvariantCulture);
            count[countLength++] = (byte)'-';
        }

        var numberLength = 0;
        packet.Id?.TryFormat(number, out numberLength, provider: CultureInfo.InvariantCulture);
        var nsLength = packet.Namespace == "/" ? 0 : Encoding.UTF8.GetByteCount(packet.Namespace) + 1;

        // The type and the number of attachments stand before the JSON but are known only after it, so the array is made last and has the exact size.
        var array = GC.AllocateUninitializedArray<byte>(EncodedPacket.Headroom + 1 + countLength + nsLength + numberLength + packet.Json.Length);
        var rest = array.AsSpan(EncodedPacket.Headroom);
        rest[0] = (byte)('0' + (byte)type);
        rest = rest[1..];
        count[..countLength].CopyTo(rest);
        rest = rest[countLength..];
        if (nsLength > 0)
        {
            Encoding.UTF8.GetBytes(packet.Namespace, rest);
            rest[nsLength - 1] = (byte)',';
            rest = rest[nsLength..];
        }

        number[..numberLength].CopyTo(rest);
        packet.Json.CopyTo(rest[numberLength..]);
        return EncodedPacket.WithHeadroom(array, packet.Attachments);
    }
}
