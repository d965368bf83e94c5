using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Sockeye.Protocol.Packets;

namespace Sockeye.Protocol.Tests.Packets;

public sealed class PacketRoundTripTests
{
    private static readonly PacketCodec Format = new(new JsonPacketFormat(), new JsonSerializerOptions(JsonSerializerDefaults.Web));

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
    public void SIOP_01_packet_types_have_the_numbers_of_the_wire()
    {
        Assert.Equal(0, (int)PacketType.Connect);
        Assert.Equal(1, (int)PacketType.Disconnect);
        Assert.Equal(2, (int)PacketType.Event);
        Assert.Equal(3, (int)PacketType.Ack);
        Assert.Equal(4, (int)PacketType.ConnectError);
        Assert.Equal(5, (int)PacketType.BinaryEvent);
        Assert.Equal(6, (int)PacketType.BinaryAck);
    }

    [Fact]
    public void SIOP_05_EVENT_with_an_integer_name()
    {
        // .NET sends names as strings; a peer's integer is taken as its digits.
        var packet = Receive("2[1,\"a\",{}]"u8, []);
        Assert.Equal("1", Text(packet.EventName));
        Assert.Equal(2, packet.Arguments.Count);
        Assert.Equal("a", packet.Arguments.Get(0, Format.GetTypeInfo<string>()));
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
    public void SIOP_08_CONNECT_ERROR_with_a_string()
    {
        // Only protocol 4 and old servers send this; ours send an object.
        var packet = Receive("4\"Unauthorized\""u8, []);
        Assert.Equal(PacketType.ConnectError, packet.Type);
        Assert.Equal("\"Unauthorized\"", Text(packet.Json));
    }

    [Fact]
    public void SIOP_09_CONNECT_ERROR_with_an_object()
    {
        var packet = RoundTrip(Format.EncodeConnectError("/woot", "Unauthorized", new { Code = 1 }), """4/woot,{"message":"Unauthorized","data":{"code":1}}""");
        Assert.Equal(PacketType.ConnectError, packet.Type);
        Assert.Equal("/woot", packet.Namespace);
        Assert.Equal("""{"message":"Unauthorized","data":{"code":1}}""", Text(packet.Json));
    }

    [Fact]
    public void SIOP_13_SIOP_14_a_converter_changes_values_as_a_reviver_does()
    {
        var format = new PacketCodec(new JsonPacketFormat(), new JsonSerializerOptions { Converters = { new DoublingConverter() } });
        var arguments = Receive("2[\"a\",3,[4]]"u8, []).Arguments;
        Assert.Equal(6, arguments.Get(0, format.GetTypeInfo<int>()));
        Assert.Equal([8], arguments.Get(1, format.GetTypeInfo<List<int>>())!);
        Assert.Equal(3, arguments.Get(0, Format.GetTypeInfo<int>()));
    }

    [Fact]
    public void SIOP_B_03_binary_ack()
    {
        var data = new byte[] { 1, 2 };
        var packet = RoundTrip(Format.EncodeAck("/back", 127, ["a", data, new { }]), """61-/back,127["a",{"_placeholder":true,"num":0},{}]""");
        Assert.Equal(PacketType.Ack, packet.Type);
        Assert.Equal(127, packet.Id);
        Assert.Equal(data, packet.Arguments.Get(1, Format.GetTypeInfo<byte[]>()));
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
        return Receive(encoded.Text.Span, encoded.Attachments);
    }

    private static Packet Receive(ReadOnlySpan<byte> text, IReadOnlyList<ReadOnlyMemory<byte>> attachments)
    {
        var assembler = new PacketAssembler(new PacketLimits());
        var status = assembler.ReceiveText(text, out var packet);
        foreach (var attachment in attachments)
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

    private sealed class DoublingConverter : JsonConverter<int>
    {
        public override int Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => 2 * reader.GetInt32();

        public override void Write(Utf8JsonWriter writer, int value, JsonSerializerOptions options) => writer.WriteNumberValue(value);
    }
}
