using System.Text;
using System.Text.Json;
using Sockeye.Protocol.Packets;

namespace Sockeye.Protocol.Tests.Packets;

public sealed class PacketRoundTripTests
{
    private static readonly JsonPacketFormat Format = new(new JsonSerializerOptions(JsonSerializerDefaults.Web));

    [Fact]
    public void SIOP_02_CONNECT_with_a_token()
    {
        var packet = RoundTrip(Format.EncodeConnect("/woot", """{"token":"123"}"""u8), """0/woot,{"token":"123"}""");
        Assert.Equal(PacketType.Connect, packet.Type);
        Assert.Equal("/woot", packet.Namespace);
        Assert.Equal("""{"token":"123"}""", Text(packet.Json));
    }

    [Fact]
    public void SIOP_03_DISCONNECT()
    {
        var packet = RoundTrip(Format.EncodeDisconnect("/woot"), "1/woot,");
        Assert.Equal(PacketType.Disconnect, packet.Type);
        Assert.Equal("/woot", packet.Namespace);
        Assert.True(packet.Json.IsEmpty);
    }

    [Fact]
    public void SIOP_04_EVENT()
    {
        var packet = RoundTrip(Format.EncodeEvent("/", "a", null, [1, new { }]), """2["a",1,{}]""");
        Assert.Equal(PacketType.Event, packet.Type);
        Assert.Equal("/", packet.Namespace);
        Assert.Null(packet.Id);
        Assert.Equal("a", Text(packet.EventName));
        Assert.Equal(2, packet.Arguments.Count);
        Assert.Equal(1, packet.Arguments.Get(0, Format.GetTypeInfo<int>()));
        Assert.Equal("{}", Encoding.UTF8.GetString(packet.Arguments.GetJson(1)));
    }

    [Fact]
    public void SIOP_06_EVENT_with_an_id_in_a_namespace()
    {
        var packet = RoundTrip(Format.EncodeEvent("/test", "a", 1, [1, new { }]), """2/test,1["a",1,{}]""");
        Assert.Equal("/test", packet.Namespace);
        Assert.Equal(1, packet.Id);
    }

    [Fact]
    public void SIOP_07_ACK()
    {
        var packet = RoundTrip(Format.EncodeAck("/", 123, ["a", 1, new { }]), """3123["a",1,{}]""");
        Assert.Equal(PacketType.Ack, packet.Type);
        Assert.Equal(123, packet.Id);
        Assert.True(packet.EventName.IsEmpty);
        Assert.Equal("a", packet.Arguments.Get(0, Format.GetTypeInfo<string>()));
        Assert.Equal(3, packet.Arguments.Count);
    }

    [Fact]
    public void SIOP_B_01_SIOP_AB_01_binary_event()
    {
        var data = new byte[] { 0, 1, 2, 255 };
        var packet = RoundTrip(Format.EncodeEvent("/cool", "a", 23, data), """51-/cool,23["a",{"_placeholder":true,"num":0}]""");
        Assert.Equal(PacketType.Event, packet.Type);
        Assert.Equal(data, packet.Arguments.Get(0, Format.GetTypeInfo<byte[]>()));
        Assert.True(packet.Arguments.TryGetBinary(0, out var same));
        Assert.Equal(data, same);
    }

    private static Packet RoundTrip(EncodedPacket encoded, string wire)
    {
        Assert.Equal(wire, Text(encoded.Text));
        var assembler = new PacketAssembler(new PacketLimits());
        var status = assembler.ReceiveText(encoded.Text.Span, out var packet);
        foreach (var attachment in encoded.Attachments)
        {
            Assert.Equal(PacketStatus.NeedAttachments, status);
            Assert.Null(packet);
            status = assembler.ReceiveBinary(attachment.Span, out packet);
        }

        Assert.Equal(PacketStatus.Complete, status);
        Assert.False(assembler.IsWaiting);
        return packet!;
    }

    private static string Text(ReadOnlyMemory<byte> utf8) => Encoding.UTF8.GetString(utf8.Span);
}
