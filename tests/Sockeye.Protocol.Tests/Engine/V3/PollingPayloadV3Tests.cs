using System.Diagnostics;
using System.Text;
using Sockeye.Protocol.Buffers;
using Sockeye.Protocol.Engine;
using Sockeye.Protocol.Engine.V3;

namespace Sockeye.Protocol.Tests.Engine.V3;

public sealed class PollingPayloadV3Tests
{
    private const int NoLimit = int.MaxValue;

    [Fact]
    public void V3_07_V3_08_V3_09_payload_of_text_goes_both_ways()
    {
        const string wire = "6:4hello2:2x10:b4AQIDBA==1:3";
        Assert.Equal(["Message:hello", "Ping:x", "Binary:01020304", "Pong:", "End"], ReadText(wire));

        using var output = new PooledBufferWriter();
        PollingPayloadWriterV3.WriteText(output, "4hello"u8);
        PollingPayloadWriterV3.WriteText(output, "2x"u8);
        PollingPayloadWriterV3.WriteBase64(output, [1, 2, 3, 4]);
        PollingPayloadWriterV3.WriteText(output, "3"u8);
        Assert.Equal(wire, Encoding.UTF8.GetString(output.WrittenSpan));
    }

    [Fact]
    public void V3_10_payload_of_bytes_goes_both_ways()
    {
        var wire = Convert.FromHexString("0006FF3468656C6C6F0105FF0401020304");
        Assert.Equal(["Message:hello", "Binary:01020304", "End"], Read(wire, isBinary: true));

        using var output = new PooledBufferWriter();
        PollingPayloadWriterV3.WriteTextAsBytes(output, "4hello"u8);
        PollingPayloadWriterV3.WriteBytes(output, [1, 2, 3, 4]);
        Assert.Equal(wire, output.WrittenSpan);
    }

    [Fact]
    public void EIO_P_01_in_a_payload_of_bytes_text_is_measured_in_bytes()
    {
        using var output = new PooledBufferWriter();
        PollingPayloadWriterV3.WriteTextAsBytes(output, "4€€€€"u8);
        PollingPayloadWriterV3.WriteBytes(output, [1, 2, 3]);
        Assert.Equal(Convert.FromHexString("000103FF34E282ACE282ACE282ACE282AC0104FF04010203"), output.WrittenSpan);
        Assert.Equal(["Message:€€€€", "Binary:010203", "End"], Read(output.WrittenSpan.ToArray(), isBinary: true));
    }

    [Theory]
    [InlineData("5:4€€€€", "Message:€€€€")]
    [InlineData("3:4🐟", "Message:🐟")]
    [InlineData("11:4aé€🐟é€🐟1", "Message:aé€🐟é€🐟1")]
    public void Text_is_measured_in_UTF16(string wire, string packet)
    {
        Assert.Equal([packet, "End"], ReadText(wire));
        using var output = new PooledBufferWriter();
        PollingPayloadWriterV3.WriteText(output, Encoding.UTF8.GetBytes("4" + packet["Message:".Length..]));
        Assert.Equal(wire, Encoding.UTF8.GetString(output.WrittenSpan));
    }

    [Theory]
    [InlineData("0:", "Noop:")]
    [InlineData("0:1:4", "Noop:", "Message:")]
    [InlineData("2:b4", "Binary:")]
    [InlineData("006:4hello", "Message:hello")]
    public void Odd_but_right(string wire, params string[] packets) => Assert.Equal([.. packets, "End"], ReadText(wire));

    [Theory]
    [InlineData("empty body", "")]
    [InlineData("V3-11", "abc")]
    [InlineData("revision 4", "4hello")]
    [InlineData("no length", ":4hello")]
    [InlineData("no colon", "6")]
    [InlineData("a length that is no number", "a:4hello")]
    [InlineData("a negative length", "-1:4")]
    [InlineData("a length with a space", " 1:4")]
    [InlineData("a length with a fraction", "1.0:4")]
    [InlineData("too short", "7:4hello")]
    [InlineData("more than memory has", "9999999999:4")]
    [InlineData("more digits than a length can need", "00000000001:4")]
    [InlineData("half a character", "2:4🐟")]
    [InlineData("the end within a character", "3:4é")]
    [InlineData("no packet type", "1:7")]
    [InlineData("base64 of revision 4", "9:bAQIDBA==")]
    [InlineData("base64 that is no message", "10:b2AQIDBA==")]
    [InlineData("base64 without a type", "1:b")]
    [InlineData("bad base64", "5:b4AQI")]
    public void Malformed_from_the_start(string what, string wire)
    {
        Assert.NotEmpty(what);
        Assert.Equal(["Malformed"], ReadText(wire));
    }

    [Theory]
    [InlineData("kind", "0201FF34")]
    [InlineData("no length", "00FF34")]
    [InlineData("a digit that is none", "000AFF34")]
    [InlineData("no end of the length", "0001")]
    [InlineData("nothing but a kind", "00")]
    [InlineData("too short", "0002FF34")]
    [InlineData("more than memory has", "0009090909090909090909FF34")]
    [InlineData("more digits than a length can need", "000000000000000000000001FF34")]
    [InlineData("an empty text", "0000FF")]
    [InlineData("empty bytes", "0100FF")]
    [InlineData("no packet type", "0001FF37")]
    [InlineData("bytes that are no message", "0102FF0201")]
    [InlineData("bytes of an unknown type", "0102FF3401")]
    [InlineData("bad UTF-8", "0002FF3480")]
    public void Malformed_bytes(string what, string wire)
    {
        Assert.NotEmpty(what);
        Assert.Equal(["Malformed"], Read(Convert.FromHexString(wire), isBinary: true));
    }

    [Theory]
    [InlineData("2:4a3")]
    [InlineData("2:4a:")]
    [InlineData("2:4a1:x2:4b")]
    [InlineData("2:4a 2:4b")]
    [InlineData("2:4a\n")]
    public void Packets_before_a_bad_one_count_and_nothing_after_it(string wire) => Assert.Equal(["Message:a", "Malformed"], ReadText(wire));

    [Theory]
    [InlineData(new byte[] { 0x80 })]
    [InlineData(new byte[] { 0xC3, 0x28 })]
    [InlineData(new byte[] { 0xC0, 0x80 })]
    [InlineData(new byte[] { 0xED, 0xA0, 0x80 })]
    [InlineData(new byte[] { 0xF4, 0x90, 0x80, 0x80 })]
    [InlineData(new byte[] { 0xFF })]
    public void Text_that_is_not_UTF8_is_malformed(byte[] data)
    {
        var units = (byte)('1' + (data.Length == 4 ? 2 : 1));
        Assert.Equal(["Message:a", "Malformed"], Read([.. "2:4a"u8, units, (byte)':', (byte)'4', .. data, .. "2:4b"u8], isBinary: false));
    }

    [Fact]
    public void No_bytes_are_no_packets_and_no_error() => Assert.Equal(["End"], Read([], isBinary: true));

    [Fact]
    public void The_limit_counts_packets()
    {
        Assert.Equal(["Message:a", "Message:b", "End"], ReadText("2:4a2:4b", 2));
        Assert.Equal(["Message:a", "Message:b", "TooManyPackets"], ReadText("2:4a2:4b2:4c", 2));
        Assert.Equal(["Noop:", "Noop:", "TooManyPackets"], ReadText("0:0:0:", 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => new PollingPayloadReaderV3([], isBinary: false, 0).Read(out _));
    }

    [Fact]
    public void A_new_reader_goes_on_where_the_last_one_was()
    {
        var wire = "6:4hello3:4🐟1:3"u8.ToArray();
        var position = 0;
        var packets = new List<string>();
        while (position < wire.Length)
        {
            var reader = new PollingPayloadReaderV3(wire.AsSpan(position), isBinary: false, maxPackets: 1);
            Assert.Equal(PollingReadStatus.Packet, reader.Read(out var packet));
            packets.Add(Describe(packet));
            position += reader.Position;
        }

        Assert.Equal(["Message:hello", "Message:🐟", "Pong:"], packets);
    }

    [Fact]
    public void Random_packets_come_back_in_both_forms()
    {
        var random = new Random(11);
        for (var round = 0; round < 2_000; round++)
        {
            using var text = new PooledBufferWriter();
            using var bytes = new PooledBufferWriter();
            var expected = new List<string>();
            for (var i = random.Next(1, 6); i > 0; i--)
            {
                if (random.Next(3) == 0)
                {
                    var data = new byte[random.Next(40)];
                    random.NextBytes(data);
                    PollingPayloadWriterV3.WriteBase64(text, data);
                    PollingPayloadWriterV3.WriteBytes(bytes, data);
                    expected.Add($"Binary:{Convert.ToHexString(data)}");
                }
                else
                {
                    var data = RandomText(random);
                    PollingPayloadWriterV3.WriteText(text, Encoding.UTF8.GetBytes("4" + data));
                    PollingPayloadWriterV3.WriteTextAsBytes(bytes, Encoding.UTF8.GetBytes("4" + data));
                    expected.Add($"Message:{data}");
                }
            }

            expected.Add("End");
            Assert.Equal(expected, Read(text.WrittenSpan.ToArray(), isBinary: false));
            Assert.Equal(expected, Read(bytes.WrittenSpan.ToArray(), isBinary: true));
        }
    }

    [Theory]
    [InlineData("0:", 1)]
    [InlineData("aé", 0)]
    [InlineData("🐟", 0)]
    public void Reading_is_linear(string unit, int packetsPerUnit)
    {
        // As for revision 4: a quadratic path would take a hundred times as long for ten times the bytes.
        var small = Enumerable.Range(0, 5).Max(_ => Time(unit, packetsPerUnit, 200_000));
        var large = Enumerable.Range(0, 5).Min(_ => Time(unit, packetsPerUnit, 2_000_000));
        Assert.True(large < (small * 40) + TimeSpan.FromMilliseconds(200), $"{small.TotalMilliseconds} ms for 200 KB, {large.TotalMilliseconds} ms for 2 MB");

        static TimeSpan Time(string unit, int packetsPerUnit, int length)
        {
            var units = string.Concat(Enumerable.Repeat(unit, length / Encoding.UTF8.GetByteCount(unit)));
            var wire = Encoding.UTF8.GetBytes(packetsPerUnit > 0 ? units : $"{units.Length + 1}:4{units}");
            var watch = Stopwatch.StartNew();
            var reader = new PollingPayloadReaderV3(wire, isBinary: false, NoLimit);
            PollingReadStatus status;
            while ((status = reader.Read(out _)) == PollingReadStatus.Packet)
            {
            }

            Assert.Equal(PollingReadStatus.End, status);
            return watch.Elapsed;
        }
    }

    private static string RandomText(Random random)
    {
        string[] characters = ["a", "4", ":", "é", "€", "🐟", "\u001e", "\"", "\\", "\n", "\u2028"];
        return string.Concat(Enumerable.Range(0, random.Next(20)).Select(_ => characters[random.Next(characters.Length)]));
    }

    private static string[] ReadText(string wire, int limit = NoLimit) => Read(Encoding.UTF8.GetBytes(wire), isBinary: false, limit);

    private static string[] Read(byte[] wire, bool isBinary, int limit = NoLimit)
    {
        var seen = new List<string>();
        var reader = new PollingPayloadReaderV3(wire, isBinary, limit);
        PollingReadStatus status;
        while ((status = reader.Read(out var packet)) == PollingReadStatus.Packet)
        {
            seen.Add(Describe(packet));
        }

        // The last status stays.
        Assert.Equal(status, reader.Read(out _));
        return [.. seen, status.ToString()];
    }

    private static string Describe(EnginePacket packet) => packet.IsBinary ? $"Binary:{Convert.ToHexString(packet.Data)}" : $"{packet.Type}:{Encoding.UTF8.GetString(packet.Data)}";
}
