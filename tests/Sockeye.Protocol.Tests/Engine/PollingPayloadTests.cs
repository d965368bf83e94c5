using System.Diagnostics;
using System.Text;
using Sockeye.Protocol.Buffers;
using Sockeye.Protocol.Engine;

namespace Sockeye.Protocol.Tests.Engine;

public sealed class PollingPayloadTests
{
    private const int NoLimit = int.MaxValue;

    [Fact]
    public void EIOP_03_payload_of_five_packets_goes_both_ways()
    {
        const string wire = "0\u001e1\u001e2probe\u001e3probe\u001e4test";
        Assert.Equal(["Open:", "Close:", "Ping:probe", "Pong:probe", "Message:test", "End"], Read(wire));

        using var output = new PooledBufferWriter();
        PollingPayloadWriter.WriteText(output, EnginePacketType.Open, []);
        Separate(output);
        PollingPayloadWriter.WriteText(output, EnginePacketType.Close, []);
        Separate(output);
        PollingPayloadWriter.WriteText(output, EnginePacketType.Ping, "probe"u8);
        Separate(output);
        PollingPayloadWriter.WriteText(output, EnginePacketType.Pong, "probe"u8);
        Separate(output);
        PollingPayloadWriter.WriteText(output, EnginePacketType.Message, "test"u8);
        Assert.Equal(wire, Encoding.UTF8.GetString(output.WrittenSpan));
    }

    [Fact]
    public void EIOP_N_08_EIOP_B_06_payload_of_text_and_binary_goes_both_ways()
    {
        const string wire = "4test\u001ebAQIDBA==";
        Assert.Equal(["Message:test", "Binary:01020304", "End"], Read(wire));

        using var output = new PooledBufferWriter();
        PollingPayloadWriter.WriteText(output, EnginePacketType.Message, "test"u8);
        Separate(output);
        PollingPayloadWriter.WriteBinary(output, [1, 2, 3, 4]);
        Assert.Equal(wire, Encoding.UTF8.GetString(output.WrittenSpan));
    }

    [Fact]
    public void EIOP_B_07_payload_with_an_empty_binary_goes_both_ways()
    {
        Assert.Equal(["Message:test", "Binary:", "End"], Read("4test\u001eb"));
        Assert.Equal(["Binary:", "Message:", "Binary:", "End"], Read("b\u001e4\u001eb"));

        using var output = new PooledBufferWriter();
        PollingPayloadWriter.WriteBinary(output, []);
        Assert.Equal("b"u8, output.WrittenSpan);
    }

    [Theory]
    [InlineData("EIOP-04", "{")]
    [InlineData("EIOP-04", "{}")]
    [InlineData("EIOP-04", "[\"a123\", \"a456\"]")]
    [InlineData("V4-11", "abc")]
    [InlineData("empty body", "")]
    [InlineData("only a separator", "\u001e")]
    [InlineData("starts with a separator", "\u001e4a")]
    [InlineData("bad base64", "bAQI")]
    [InlineData("revision 3", "7:4hello6")]
    public void Malformed_from_the_start(string id, string wire)
    {
        Assert.NotEmpty(id);
        Assert.Equal(["Malformed"], Read(wire));
    }

    [Theory]
    [InlineData("4a\u001e")]
    [InlineData("4a\u001e\u001e4b")]
    [InlineData("4a\u001ex\u001e4b")]
    [InlineData("4a\u001ebA\u001e4b")]
    [InlineData("4a\u001e\n4b")]
    public void Packets_before_a_bad_one_count_and_nothing_after_it(string wire) => Assert.Equal(["Message:a", "Malformed"], Read(wire));

    [Theory]
    [InlineData(new byte[] { 0x80 })]
    [InlineData(new byte[] { 0xC3 })]
    [InlineData(new byte[] { 0xC0, 0x80 })]
    [InlineData(new byte[] { 0xED, 0xA0, 0x80 })]
    [InlineData(new byte[] { 0xF4, 0x90, 0x80, 0x80 })]
    public void Text_that_is_not_UTF8_is_malformed(byte[] data)
    {
        byte[] wire = [(byte)'4', (byte)'a', PollingPayloadWriter.Separator, (byte)'4', .. data, PollingPayloadWriter.Separator, (byte)'4'];
        Assert.Equal(["Message:a", "Malformed"], Read(wire));
    }

    [Fact]
    public void Text_beyond_ASCII_arrives_whole() => Assert.Equal(["Message:石室詩士施氏", "Message:🐟", "End"], Read("4石室詩士施氏\u001e4🐟"));

    [Fact]
    public void The_limit_counts_packets()
    {
        Assert.Equal(["Message:a", "Message:b", "End"], Read("4a\u001e4b", 2));
        Assert.Equal(["Message:a", "Message:b", "TooManyPackets"], Read("4a\u001e4b\u001e4c", 2));
        Assert.Equal(["Message:a", "Message:b", "TooManyPackets"], Read("4a\u001e4b\u001ex", 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => new PollingPayloadReader([], 0).Read(out _));
    }

    [Fact]
    public void The_last_status_stays()
    {
        foreach (var wire in new[] { "4a", "x", "4a\u001e4b\u001e4c" })
        {
            var reader = new PollingPayloadReader(Encoding.UTF8.GetBytes(wire), 2);
            PollingReadStatus status;
            while ((status = reader.Read(out _)) == PollingReadStatus.Packet)
            {
            }

            Assert.Equal(status, reader.Read(out var packet));
            Assert.True(packet.Data.IsEmpty);
        }
    }

    [Fact]
    public void Random_payloads_round_trip()
    {
        var random = new Random(2);
        using var output = new PooledBufferWriter();
        for (var round = 0; round < 2_000; round++)
        {
            output.Clear();
            var expected = new List<string>();
            for (var count = random.Next(1, 20); count > 0; count--)
            {
                if (expected.Count > 0)
                {
                    Separate(output);
                }

                var data = new byte[random.Next(0, 100)];
                random.NextBytes(data);
                if (random.Next(2) == 0)
                {
                    PollingPayloadWriter.WriteBinary(output, data);
                    expected.Add("Binary:" + Convert.ToHexStringLower(data));
                }
                else
                {
                    var text = Convert.ToHexStringLower(data) + "é";
                    PollingPayloadWriter.WriteText(output, EnginePacketType.Message, Encoding.UTF8.GetBytes(text));
                    expected.Add("Message:" + text);
                }
            }

            expected.Add("End");
            Assert.Equal(expected, Read(output.WrittenSpan.ToArray()));
        }
    }

    [Theory]
    [InlineData("4\u001e")]
    [InlineData("b\u001e")]
    [InlineData("4 ")]
    [InlineData("bA A ")]
    public void Reading_is_linear(string unit)
    {
        // Ten times the bytes may take ten times as long; a quadratic path takes a hundred times, far beyond the bound. The best of several
        // runs against the worst of several, because the machine may be busy with something else.
        var small = Enumerable.Range(0, 5).Max(_ => Time(unit, 200_000));
        var large = Enumerable.Range(0, 5).Min(_ => Time(unit, 2_000_000));
        Assert.True(large < (small * 40) + TimeSpan.FromMilliseconds(200), $"{small.TotalMilliseconds} ms for 200 KB, {large.TotalMilliseconds} ms for 2 MB");

        static TimeSpan Time(string unit, int length)
        {
            var wire = new byte[length];
            var bytes = Encoding.UTF8.GetBytes(unit);
            for (var i = 0; i < wire.Length; i++)
            {
                wire[i] = bytes[i % bytes.Length];
            }

            var watch = Stopwatch.StartNew();
            var reader = new PollingPayloadReader(wire, NoLimit);
            while (reader.Read(out _) == PollingReadStatus.Packet)
            {
            }

            return watch.Elapsed;
        }
    }

    private static void Separate(PooledBufferWriter output)
    {
        output.GetSpan(1)[0] = PollingPayloadWriter.Separator;
        output.Advance(1);
    }

    private static List<string> Read(string wire, int maxPackets = NoLimit) => Read(Encoding.UTF8.GetBytes(wire), maxPackets);

    private static List<string> Read(byte[] wire, int maxPackets = NoLimit)
    {
        var result = new List<string>();
        var reader = new PollingPayloadReader(wire, maxPackets);
        while (true)
        {
            var status = reader.Read(out var packet);
            if (status != PollingReadStatus.Packet)
            {
                result.Add(status.ToString());
                return result;
            }

            Assert.True(!packet.IsBinary || packet.Type == EnginePacketType.Message);
            result.Add(packet.IsBinary ? "Binary:" + Convert.ToHexStringLower(packet.Data) : packet.Type + ":" + Encoding.UTF8.GetString(packet.Data));
        }
    }
}
