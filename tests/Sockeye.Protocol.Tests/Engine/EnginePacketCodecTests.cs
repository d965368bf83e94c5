using System.Text;
using Sockeye.Protocol.Buffers;
using Sockeye.Protocol.Engine;

namespace Sockeye.Protocol.Tests.Engine;

public sealed class EnginePacketCodecTests
{
    [Fact]
    public void EIOP_01_message_test_reads_and_writes_as_4test()
    {
        Assert.True(EnginePacketCodec.TryRead("4test"u8, out var packet));
        Assert.Equal(EnginePacketType.Message, packet.Type);
        Assert.False(packet.IsBinary);
        Assert.Equal("test"u8, packet.Data);

        using var output = new PooledBufferWriter();
        EnginePacketCodec.Write(output, EnginePacketType.Message, "test"u8);
        Assert.Equal("4test"u8, output.WrittenSpan);
    }

    [Theory]
    [InlineData("EIOP-02", "")]
    [InlineData("EIOP-02", "a123")]
    [InlineData("V4-11, V4-16", "abc")]
    [InlineData("EIOP-04", "{")]
    [InlineData("EIOP-04", "{}")]
    [InlineData("EIOP-04", "[\"a123\", \"a456\"]")]
    [InlineData("next digit", "7")]
    [InlineData("before zero", "/")]
    [InlineData("other case", "B")]
    [InlineData("space", " 4a")]
    [InlineData("not ASCII", "é")]
    [InlineData("full-width four", "\uFF14")]
    public void Not_a_packet(string id, string text)
    {
        Assert.NotEmpty(id);
        Assert.False(EnginePacketCodec.TryRead(Encoding.UTF8.GetBytes(text), out _));
        Assert.False(EnginePacketCodec.TryReadInPlace(Encoding.UTF8.GetBytes(text), out _));
    }

    [Theory]
    [InlineData("0", EnginePacketType.Open, "")]
    [InlineData("1", EnginePacketType.Close, "")]
    [InlineData("2probe", EnginePacketType.Ping, "probe")]
    [InlineData("3probe", EnginePacketType.Pong, "probe")]
    [InlineData("4", EnginePacketType.Message, "")]
    [InlineData("44", EnginePacketType.Message, "4")]
    [InlineData("4bAQID", EnginePacketType.Message, "bAQID")]
    [InlineData("4€uro 🐟", EnginePacketType.Message, "€uro 🐟")]
    [InlineData("5", EnginePacketType.Upgrade, "")]
    [InlineData("6", EnginePacketType.Noop, "")]
    public void Every_type_goes_both_ways(string text, EnginePacketType type, string data)
    {
        using var output = new PooledBufferWriter();
        EnginePacketCodec.Write(output, type, Encoding.UTF8.GetBytes(data));
        Assert.Equal(text, Encoding.UTF8.GetString(output.WrittenSpan));

        Assert.True(EnginePacketCodec.TryReadInPlace(output.WrittenBytes, out var packet));
        Assert.Equal(type, packet.Type);
        Assert.False(packet.IsBinary);
        Assert.Equal(data, Encoding.UTF8.GetString(packet.Data));
    }

    [Fact]
    public void EIOP_N_02_EIOP_N_04_binary_goes_as_base64_both_ways()
    {
        using var output = new PooledBufferWriter();
        EnginePacketCodec.WriteBase64(output, [1, 2, 3, 4]);
        Assert.Equal("bAQIDBA=="u8, output.WrittenSpan);

        Assert.True(EnginePacketCodec.TryReadInPlace(output.WrittenBytes, out var packet));
        Assert.Equal(EnginePacketType.Message, packet.Type);
        Assert.True(packet.IsBinary);
        Assert.Equal([1, 2, 3, 4], packet.Data.ToArray());
    }

    [Fact]
    public void EIOP_N_06_only_the_viewed_bytes_are_written()
    {
        using var output = new PooledBufferWriter();
        EnginePacketCodec.WriteBase64(output, new byte[] { 9, 1, 2, 3, 4, 9 }.AsSpan(1, 4));
        Assert.Equal("bAQIDBA=="u8, output.WrittenSpan);
    }

    [Fact]
    public void EIOP_N_01_binary_is_decoded_where_it_stands_without_a_copy()
    {
        var bytes = "bAQIDBA=="u8.ToArray();
        Assert.True(EnginePacketCodec.TryReadInPlace(bytes, out var packet));
        Assert.True(bytes.AsSpan(1).Overlaps(packet.Data, out var offset));
        Assert.Equal(0, offset);
    }

    [Fact]
    public void Base64_of_every_length_round_trips()
    {
        using var output = new PooledBufferWriter();
        var random = new Random(1);
        for (var length = 0; length < 300; length++)
        {
            var data = new byte[length];
            random.NextBytes(data);
            output.Clear();
            EnginePacketCodec.WriteBase64(output, data);
            Assert.Equal("b" + Convert.ToBase64String(data), Encoding.ASCII.GetString(output.WrittenSpan));
            Assert.True(EnginePacketCodec.TryReadInPlace(output.WrittenBytes, out var packet));
            Assert.Equal(data, packet.Data.ToArray());
        }
    }

    [Theory]
    [InlineData("b", true)]
    [InlineData("bAQIDBA==", true)]
    [InlineData("bAQID\nBA==\n", true)]
    [InlineData("bAQIDBA", false)]
    [InlineData("bAQIDBA=", false)]
    [InlineData("bAQIDBA===", false)]
    [InlineData("b=", false)]
    [InlineData("b-_-_", false)]
    [InlineData("bAQ==AQ==", false)]
    [InlineData("bAQI!", false)]
    [InlineData("bé", false)]
    public void Base64_has_the_standard_alphabet_and_padding(string text, bool valid) =>
        Assert.Equal(valid, EnginePacketCodec.TryReadInPlace(Encoding.UTF8.GetBytes(text), out _));

    [Fact]
    public void A_reader_of_read_only_text_takes_no_base64() => Assert.False(EnginePacketCodec.TryRead("bAQIDBA=="u8, out _));

    [Theory]
    [InlineData(EngineCloseReason.TransportClose, "transport close")]
    [InlineData(EngineCloseReason.TransportError, "transport error")]
    [InlineData(EngineCloseReason.PingTimeout, "ping timeout")]
    [InlineData(EngineCloseReason.ParseError, "parse error")]
    [InlineData(EngineCloseReason.ForcedClose, "forced close")]
    public void Close_reasons_have_the_official_names(EngineCloseReason reason, string text) => Assert.Equal(text, reason.ToWireString());
}
