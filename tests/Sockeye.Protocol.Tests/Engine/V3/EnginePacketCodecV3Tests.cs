using System.Text;
using Sockeye.Protocol.Buffers;
using Sockeye.Protocol.Engine;
using Sockeye.Protocol.Engine.V3;

namespace Sockeye.Protocol.Tests.Engine.V3;

public sealed class EnginePacketCodecV3Tests
{
    [Theory]
    [InlineData("4hello", "Message:hello")]
    [InlineData("2probe", "Ping:probe")]
    [InlineData("4", "Message:")]
    [InlineData("b4AQIDBA==", "Binary:01020304")]
    [InlineData("b4", "Binary:")]
    public void Text_packets(string wire, string packet)
    {
        Assert.True(EnginePacketCodecV3.TryReadInPlace(Encoding.UTF8.GetBytes(wire), out var read));
        Assert.Equal(packet, read.IsBinary ? $"Binary:{Convert.ToHexString(read.Data)}" : $"{read.Type}:{Encoding.UTF8.GetString(read.Data)}");
    }

    [Theory]
    [InlineData("")]
    [InlineData("7")]
    [InlineData("abc")]
    [InlineData("b")]
    [InlineData("bAQID")]
    [InlineData("b3AQID")]
    [InlineData("b4A")]
    [InlineData("b4****")]
    public void Text_that_is_no_packet(string wire) => Assert.False(EnginePacketCodecV3.TryReadInPlace(Encoding.UTF8.GetBytes(wire), out _));

    [Fact]
    public void V3_14_a_binary_packet_begins_with_its_type()
    {
        Assert.True(EnginePacketCodecV3.TryReadBinary([4, 1, 2, 3], out var packet));
        Assert.True(packet.IsBinary);
        Assert.Equal(EnginePacketType.Message, packet.Type);
        Assert.Equal([1, 2, 3], packet.Data.ToArray());

        using var output = new PooledBufferWriter();
        EnginePacketCodecV3.WriteBinary(output, [1, 2, 3]);
        Assert.Equal([4, 1, 2, 3], output.WrittenSpan.ToArray());
        output.Clear();
        EnginePacketCodecV3.WriteBase64(output, [1, 2, 3, 4]);
        Assert.Equal("b4AQIDBA=="u8, output.WrittenSpan);
    }

    [Fact]
    public void A_binary_message_may_be_empty()
    {
        Assert.True(EnginePacketCodecV3.TryReadBinary([4], out var packet));
        Assert.True(packet is { IsBinary: true, Data.IsEmpty: true });
    }

    [Theory]
    [InlineData(new byte[0])]
    [InlineData(new byte[] { 0, 1 })]
    [InlineData(new byte[] { 2, 1 })]
    [InlineData(new byte[] { 0x34, 1 })]
    [InlineData(new byte[] { 255 })]
    public void Bytes_that_are_no_message(byte[] wire) => Assert.False(EnginePacketCodecV3.TryReadBinary(wire, out _));
}
