using System.Text;
using System.Text.Json;
using Sockeye.Protocol.Packets;

namespace Sockeye.AspNetCore.Tests.Fixtures;

/// <summary>
/// Stands between a client that writes packets as text and a server that speaks MessagePack, so that a test says the same for both. What is no packet goes through as it is.
/// </summary>
internal sealed class MessagePackTranslation
{
    private static readonly PacketLimits NoLimits = new(int.MaxValue, long.MaxValue, int.MaxValue, int.MaxValue, 1000);
    private static readonly PacketCodec Json = new(new JsonPacketFormat(), new JsonSerializerOptions());
    private static readonly PacketCodec MessagePack = new(new MessagePackPacketFormat(), new JsonSerializerOptions());

    private readonly PacketAssembler _outgoing = new(NoLimits);
    private readonly IPacketDecoder _incoming = MessagePack.Format.CreateDecoder(NoLimits);

    /// <summary><c>42["a"]</c>, and the attachments behind their header.</summary>
    public object[] Translate(IEnumerable<object> packets)
    {
        var result = new List<object>();
        foreach (var packet in packets)
        {
            Packet? complete = null;
            var status = packet switch
            {
                string text when text.StartsWith('4') => _outgoing.ReceiveText(Encoding.UTF8.GetBytes(text[1..]), out complete),
                byte[] data when _outgoing.IsWaiting => _outgoing.ReceiveBinary(data, out complete),
                _ => PacketStatus.Error,
            };
            if (complete is not null)
            {
                result.Add(Encode(MessagePack, complete).Attachments[0].ToArray());
            }
            else if (status == PacketStatus.Error)
            {
                result.Add(packet);
            }
        }

        return [.. result];
    }

    public SocketIOTestPacket Translate(byte[] message)
    {
        Assert.True(_incoming.ReceiveBinary(message, out var packet) == PacketStatus.Complete, $"{_incoming.ErrorMessage}: {Convert.ToHexStringLower(message)}");
        var text = Encode(Json, packet!);
        return new("4" + Encoding.UTF8.GetString(text.Text.Span), [.. text.Attachments.Select(data => data.ToArray())]);
    }

    private static EncodedPacket Encode(PacketCodec codec, Packet packet) => packet.Type switch
    {
        PacketType.Event => codec.EncodeEvent(packet.Namespace, Encoding.UTF8.GetString(packet.EventName.Span), packet.Id, packet.Arguments),
        PacketType.Ack => codec.EncodeAck(packet.Namespace, packet.Id!.Value, packet.Arguments),
        _ => codec.Format.Encode(new PacketContent(packet.Type, packet.Namespace, null, packet.Json.Span, [])),
    };
}
