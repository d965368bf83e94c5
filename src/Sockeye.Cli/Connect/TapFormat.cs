using Sockeye.Protocol.Packets;

namespace Sockeye.Cli.Connect;

/// <summary>A packet format that shows every packet to somebody: what the client's own listeners do not tell, such as whether an event asks for an acknowledgement.</summary>
/// <param name="format">The format of the wire.</param>
/// <param name="onPacket">Gets each packet and whether it goes out. Called one after the other for each direction; must not throw.</param>
internal sealed class TapFormat(IPacketFormat format, Action<Packet, bool> onPacket) : IPacketFormat
{
    public EncodedPacket Encode(in PacketContent packet)
    {
        if (packet.Type is PacketType.Event or PacketType.Ack && Arguments.Read(packet) is { } read)
        {
            onPacket(read, true);
        }

        return format.Encode(packet);
    }

    public IPacketDecoder CreateDecoder(PacketLimits limits) => new Decoder(format.CreateDecoder(limits), onPacket);

    private sealed class Decoder(IPacketDecoder decoder, Action<Packet, bool> onPacket) : IPacketDecoder
    {
        public PacketError Error => decoder.Error;

        public string ErrorMessage => decoder.ErrorMessage;

        public PacketStatus ReceiveText(ReadOnlySpan<byte> utf8, out Packet? packet) => Show(decoder.ReceiveText(utf8, out packet), packet);

        public PacketStatus ReceiveBinary(ReadOnlySpan<byte> data, out Packet? packet) => Show(decoder.ReceiveBinary(data, out packet), packet);

        private PacketStatus Show(PacketStatus status, Packet? packet)
        {
            if (status == PacketStatus.Complete && packet is not null)
            {
                onPacket(packet, false);
            }

            return status;
        }
    }
}
