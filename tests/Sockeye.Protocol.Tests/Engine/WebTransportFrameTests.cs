using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using Sockeye.Protocol.Buffers;
using Sockeye.Protocol.Engine;

namespace Sockeye.Protocol.Tests.Engine;

/// <summary>The framing on a WebTransport stream, which is engine.io-parser's.</summary>
public sealed class WebTransportFrameTests
{
    // message "1€", ping, pong
    private static readonly byte[] ThreePackets = [5, 52, 49, 226, 130, 172, 1, 50, 1, 51];

    [Fact]
    public void EIOP_05_text_is_written_with_its_length_in_bytes()
    {
        Assert.Equal([5, 52, 49, 226, 130, 172], Written(output => WebTransportFrameWriter.WriteText(output, "41€"u8)));
    }

    [Theory]
    [InlineData("EIOP-06", 3)]
    [InlineData("EIOP-07", 3)]
    [InlineData("EIOP-N-09", 3)]
    [InlineData("one byte of length", 125)]
    [InlineData("two bytes of length", 126)]
    [InlineData("EIOP-09", 12_345)]
    [InlineData("two bytes of length", 65_535)]
    [InlineData("eight bytes of length", 65_536)]
    [InlineData("EIO-WT-18", 1_000_000)]
    public void Binary_is_written_with_the_top_bit_set(string id, int length)
    {
        Assert.NotEmpty(id);
        var data = Bytes(length);
        var written = Written(output => WebTransportFrameWriter.WriteBinary(output, data));
        var header = Header(length);
        Assert.Equal(header, written[..header.Length]);
        Assert.Equal(data, written[header.Length..]);
    }

    [Fact]
    public void EIOP_08_numbers_of_two_bytes_are_written_as_the_bytes_that_they_are()
    {
        var data = MemoryMarshal.AsBytes<ushort>([1, 2, 257]).ToArray();
        Assert.Equal([134, 1, 0, 2, 0, 1, 1], Written(output => WebTransportFrameWriter.WriteBinary(output, data)));
    }

    [Theory]
    [InlineData("EIOP-06", true, 3, new byte[] { 131 })]
    [InlineData("EIOP-09", true, 12_345, new byte[] { 254, 48, 57 })]
    [InlineData("EIOP-10", true, 123_456_789, new byte[] { 255, 0, 0, 0, 0, 7, 91, 205, 21 })]
    [InlineData("text", false, 125, new byte[] { 125 })]
    [InlineData("text", false, 126, new byte[] { 126, 0, 126 })]
    [InlineData("text", false, 65_535, new byte[] { 126, 255, 255 })]
    [InlineData("text", false, 65_536, new byte[] { 127, 0, 0, 0, 0, 0, 1, 0, 0 })]
    public void A_header_takes_one_three_or_nine_bytes(string id, bool isBinary, long length, byte[] expected)
    {
        Assert.NotEmpty(id);
        Span<byte> header = stackalloc byte[WebTransportFrameWriter.MaxHeaderSize];
        var size = WebTransportFrameWriter.WriteHeader(header, isBinary, length);
        Assert.Equal(expected, header[..size]);
    }

    [Fact]
    public void An_empty_binary_message_goes_as_base64_because_no_reader_takes_an_empty_frame()
    {
        var written = Written(output => WebTransportFrameWriter.WriteBinary(output, []));
        Assert.Equal([1, (byte)'b'], written);
        Assert.True(EnginePacketCodec.TryReadInPlace(written.AsSpan(1), out var packet));
        Assert.True(packet.IsBinary && packet.Data.IsEmpty);
        Assert.Throws<ArgumentOutOfRangeException>(() => WebTransportFrameWriter.WriteHeader(new byte[9], isBinary: true, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => Written(output => WebTransportFrameWriter.WriteText(output, [])));
    }

    [Fact]
    public void EIOP_11_text_is_read() => Assert.Equal(["41€"], ReadAll([[5], [52, 49, 226, 130, 172]]));

    [Fact]
    public void EIOP_12_packets_are_read_byte_by_byte() => Assert.Equal(["41€", "2", "3"], ReadAll(ThreePackets.Select(value => new[] { value })));

    [Fact]
    public void EIOP_13_packets_are_read_from_one_input() => Assert.Equal(["41€", "2", "3"], ReadAll([ThreePackets]));

    [Fact]
    public void Packets_are_read_wherever_the_input_is_cut()
    {
        for (var first = 0; first <= ThreePackets.Length; first++)
        {
            for (var second = first; second <= ThreePackets.Length; second++)
            {
                byte[][] pieces = [ThreePackets[..first], ThreePackets[first..second], ThreePackets[second..]];
                Assert.Equal(["41€", "2", "3"], ReadAll(pieces));
                Assert.Equal(["41€", "2", "3"], ReadSegments(pieces));
            }
        }
    }

    [Theory]
    [InlineData("EIOP-14", 3)]
    [InlineData("EIOP-N-10", 3)]
    [InlineData("EIOP-15", 12_345)]
    [InlineData("EIO-WT-17", 1_000_000)]
    public void Binary_is_read(string id, int length)
    {
        Assert.NotEmpty(id);
        var data = Bytes(length);
        using var reader = new WebTransportFrameReader(1_000_000);
        var header = new ReadOnlySequence<byte>(Header(length));
        Assert.Equal(WebTransportReadStatus.NeedMoreData, reader.Read(ref header));
        Assert.True(header.IsEmpty);
        var input = new ReadOnlySequence<byte>(data);
        Assert.Equal(WebTransportReadStatus.Binary, reader.Read(ref input));
        Assert.Equal(data, reader.Payload);
    }

    [Fact]
    public void EIOP_16_a_big_message_is_read_in_pieces()
    {
        const int Length = 123_456_789;
        using var reader = new WebTransportFrameReader(10_000_000_000);
        var input = new ReadOnlySequence<byte>([255, 0, 0, 0, 0, 7, 91, 205, 21]);
        Assert.Equal(WebTransportReadStatus.NeedMoreData, reader.Read(ref input));
        var piece = Bytes(1 << 20);
        for (var rest = Length; rest > 0; rest -= piece.Length)
        {
            input = new ReadOnlySequence<byte>(piece, 0, Math.Min(rest, piece.Length));
            Assert.Equal(rest <= piece.Length ? WebTransportReadStatus.Binary : WebTransportReadStatus.NeedMoreData, reader.Read(ref input));
        }

        Assert.Equal(Length, reader.Payload.Length);
        Assert.Equal(piece, reader.Payload[(100 << 20)..(101 << 20)]);
    }

    [Theory]
    [InlineData("EIOP-17", WebTransportFrameError.TooBig, 10, new byte[] { 11 })]
    [InlineData("too big, two bytes", WebTransportFrameError.TooBig, 10, new byte[] { 126, 0, 11 })]
    [InlineData("too big, eight bytes, binary", WebTransportFrameError.TooBig, 1_000_000, new byte[] { 255, 0, 0, 0, 0, 0, 15, 66, 65 })]
    [InlineData("the largest safe length", WebTransportFrameError.TooBig, long.MaxValue, new byte[] { 127, 0, 31, 255, 255, 255, 255, 255, 255 })]
    [InlineData("EIOP-18", WebTransportFrameError.EmptyFrame, 1_000_000, new byte[] { 0 })]
    [InlineData("empty, binary", WebTransportFrameError.EmptyFrame, 1_000_000, new byte[] { 128 })]
    [InlineData("empty, two bytes", WebTransportFrameError.EmptyFrame, 1_000_000, new byte[] { 126, 0, 0 })]
    [InlineData("EIOP-19", WebTransportFrameError.UnsafeLength, 1_000_000, new byte[] { 255, 1, 0, 0, 0, 0, 0, 0, 0, 0 })]
    [InlineData("above the largest safe length", WebTransportFrameError.UnsafeLength, long.MaxValue, new byte[] { 127, 0, 32, 0, 0, 0, 0, 0, 0 })]
    [InlineData("a lone surrogate", WebTransportFrameError.InvalidUtf8, 1_000_000, new byte[] { 4, 52, 0xED, 0xA0, 0x80 })]
    [InlineData("a cut character", WebTransportFrameError.InvalidUtf8, 1_000_000, new byte[] { 3, 52, 226, 130 })]
    public void A_frame_that_breaks_the_rules_is_an_error_and_ends_the_reading(string id, WebTransportFrameError error, long maxPayload, byte[] wire)
    {
        Assert.NotEmpty(id);
        using var reader = new WebTransportFrameReader(maxPayload);
        // Judged as soon as it can be, and for good.
        for (var i = 0; i < wire.Length; i++)
        {
            Assert.Equal(WebTransportFrameError.None, reader.Error);
            var input = new ReadOnlySequence<byte>(wire, i, 1);
            if (reader.Read(ref input) is WebTransportReadStatus.Error)
            {
                Assert.True(i >= wire.Length - 2);
                break;
            }
        }

        Assert.Equal(error, reader.Error);
        var more = new ReadOnlySequence<byte>(ThreePackets);
        Assert.Equal(WebTransportReadStatus.Error, reader.Read(ref more));
        Assert.True(more.IsEmpty);
        Assert.True(reader.Payload.IsEmpty);
    }

    [Fact]
    public void A_length_of_exactly_the_limit_is_taken_in_any_form()
    {
        using var reader = new WebTransportFrameReader(3);
        var input = new ReadOnlySequence<byte>([3, 52, 97, 98, 254, 0, 3, 1, 2, 3, 127, 0, 0, 0, 0, 0, 0, 0, 1, 54]);
        Assert.Equal(WebTransportReadStatus.Text, reader.Read(ref input));
        Assert.Equal("4ab"u8, reader.Payload);
        Assert.Equal(WebTransportReadStatus.Binary, reader.Read(ref input));
        Assert.Equal([1, 2, 3], reader.Payload.ToArray());
        Assert.Equal(WebTransportReadStatus.Text, reader.Read(ref input));
        Assert.Equal("6"u8, reader.Payload);
        Assert.Equal(WebTransportReadStatus.NeedMoreData, reader.Read(ref input));
    }

    [Fact]
    public void What_follows_a_packet_is_left_for_another_reader()
    {
        using var first = new WebTransportFrameReader(10);
        var input = new ReadOnlySequence<byte>(ThreePackets);
        Assert.Equal(WebTransportReadStatus.Text, first.Read(ref input));
        using var second = new WebTransportFrameReader(10);
        Assert.Equal(WebTransportReadStatus.Text, second.Read(ref input));
        Assert.Equal("2"u8, second.Payload);
        Assert.Equal(2, input.Length);
    }

    [Fact]
    public void No_mutation_of_a_stream_makes_the_reader_throw_or_read_past_it()
    {
        var random = new Random(5);
        var statuses = new int[4];
        for (var i = 0; i < 100_000; i++)
        {
            byte[] wire = [.. ThreePackets, 131, 1, 2, 3, 126, 0, 2, 52, 97, 255, 0, 0, 0, 0, 0, 0, 0, 2, 8, 9];
            for (var changes = random.Next(4); changes > 0; changes--)
            {
                wire[random.Next(wire.Length)] = (byte)random.Next(256);
            }

            using var reader = new WebTransportFrameReader(20);
            var input = new ReadOnlySequence<byte>(wire);
            WebTransportReadStatus status;
            do
            {
                statuses[(int)(status = reader.Read(ref input))]++;
                Assert.True(reader.Payload.Length <= 20);
            }
            while (status is WebTransportReadStatus.Text or WebTransportReadStatus.Binary);

            Assert.True(input.IsEmpty || status is WebTransportReadStatus.Error);
        }

        // The mutations reach every way out.
        Assert.All(statuses, count => Assert.True(count > 1000));
    }

    [Theory]
    [InlineData("""{"sid":"lv_VI97HAXpY6yYWAAAC"}""", "lv_VI97HAXpY6yYWAAAC")]
    [InlineData("""{"x":{"sid":"a"},"sid":"b","y":[1,{}]}""", "b")]
    [InlineData("""{"sid":"a","sid":"b"}""", "b")]
    [InlineData("""{"sid":"a","sid":1}""", null)]
    [InlineData("""{"sid":"__proto__"}""", "__proto__")]
    [InlineData("""{"s\u0069d":"\u0041"}""", "A")]
    [InlineData("""{"sid":""}""", null)]
    [InlineData("""{"sid":null}""", null)]
    [InlineData("""{"sid":{"sid":"a"}}""", null)]
    [InlineData("""{"sid":"\ud800"}""", null)]
    [InlineData("""{"sid":"a"} x""", null)]
    [InlineData("""{"sid":"a" """, null)]
    [InlineData("""["sid"]""", null)]
    [InlineData("{}", null)]
    [InlineData("x", null)]
    [InlineData("", null)]
    public void The_session_id_of_an_upgrade(string json, string? expected)
    {
        Assert.Equal(expected is not null, WebTransportHandshake.TryReadSessionId(Encoding.UTF8.GetBytes(json), out var sid));
        if (expected is not null)
        {
            Assert.Equal(expected, sid);
        }

        Assert.False(WebTransportHandshake.TryReadSessionId([.. Encoding.UTF8.GetBytes(json), 0xFF], out _));
    }

    private static byte[] Bytes(int length)
    {
        var data = new byte[length];
        new Random(length).NextBytes(data);
        return data;
    }

    // Written by hand, so that reader and writer cannot be wrong together.
    private static byte[] Header(int length)
    {
        var header = new byte[length < 126 ? 1 : length < 65_536 ? 3 : 9];
        header[0] = (byte)(0x80 | (header.Length == 1 ? length : header.Length == 3 ? 126 : 127));
        if (header.Length == 3)
        {
            BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(1), (ushort)length);
        }
        else if (header.Length == 9)
        {
            BinaryPrimitives.WriteInt64BigEndian(header.AsSpan(1), length);
        }

        return header;
    }

    private static byte[] Written(Action<PooledBufferWriter> write)
    {
        using var output = new PooledBufferWriter();
        write(output);
        return output.WrittenSpan.ToArray();
    }

    private static List<string> ReadAll(IEnumerable<byte[]> pieces)
    {
        using var reader = new WebTransportFrameReader(1_000_000);
        List<string> packets = [];
        foreach (var piece in pieces)
        {
            Drain(reader, new ReadOnlySequence<byte>(piece), packets);
        }

        return packets;
    }

    private static List<string> ReadSegments(byte[][] pieces)
    {
        using var reader = new WebTransportFrameReader(1_000_000);
        List<string> packets = [];
        var first = new Segment(pieces[0], null);
        var last = pieces.Skip(1).Aggregate(first, (previous, piece) => new Segment(piece, previous));
        Drain(reader, new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length), packets);
        return packets;
    }

    private static void Drain(WebTransportFrameReader reader, ReadOnlySequence<byte> input, List<string> packets)
    {
        while (reader.Read(ref input) is WebTransportReadStatus.Text)
        {
            packets.Add(Encoding.UTF8.GetString(reader.Payload));
        }

        Assert.Equal(WebTransportFrameError.None, reader.Error);
        Assert.True(input.IsEmpty);
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(byte[] data, Segment? previous)
        {
            Memory = data;
            if (previous is not null)
            {
                previous.Next = this;
                RunningIndex = previous.RunningIndex + previous.Memory.Length;
            }
        }
    }
}
