using System.Buffers;
using System.IO.Compression;
using Sockeye.Protocol.WebSockets;
using static Sockeye.Protocol.Tests.WebSockets.FrameBytes;

namespace Sockeye.Protocol.Tests.WebSockets;

/// <summary>RFC 7692 section 7.2, both ways; Autobahn categories 12 and 13 in small sizes.</summary>
public sealed class DeflateTests
{
    [Fact]
    public void Section_7_2_3_1_a_message_in_one_block()
    {
        using var deflater = new WebSocketDeflater(noContextTakeover: false, 15);
        Assert.Equal("F248CDC9C90700", Deflate(deflater, "Hello"u8));
        Assert.Equal(["text Hello"], FeedPlain("C107F248CDC9C90700"));
        Assert.Equal(["text Hello"], FeedPlain("4103F248CD8004C9C90700"));
    }

    [Fact]
    public void Section_7_2_3_2_sharing_the_window()
    {
        using var sharing = new WebSocketDeflater(noContextTakeover: false, 15);
        Assert.Equal("F248CDC9C90700", Deflate(sharing, "Hello"u8));
        Assert.Equal("F200110000", Deflate(sharing, "Hello"u8));
        using var forgetting = new WebSocketDeflater(noContextTakeover: true, 15);
        Assert.Equal("F248CDC9C90700", Deflate(forgetting, "Hello"u8));
        Assert.Equal("F248CDC9C90700", Deflate(forgetting, "Hello"u8));

        Assert.Equal(["text Hello", "text Hello"], FeedPlain("C107F248CDC9C90700C105F200110000"));
        Assert.Equal(["text Hello", "error InvalidCompression 1007"], FeedPlain("C107F248CDC9C90700C105F200110000", noContextTakeover: true));
    }

    [Fact]
    public void Section_7_2_3_3_a_block_without_compression() =>
        Assert.Equal(["text Hello"], FeedPlain("C10B000500FAFF48656C6C6F00"));

    [Fact]
    public void Section_7_2_3_4_a_final_block()
    {
        Assert.Equal(["text Hello"], FeedPlain("C108F348CDC9C9070000"));
        Assert.Equal(["text Hello", "text Hello"], FeedPlain("C108F348CDC9C9070000C107F248CDC9C90700"));
    }

    [Fact]
    public void Section_7_2_3_5_two_blocks_in_one_message() =>
        Assert.Equal(["text Hello"], FeedPlain("C10DF248050000 00FFFFCAC9C90700".Replace(" ", "", StringComparison.Ordinal)));

    [Fact]
    public void Section_7_2_3_6_an_empty_message()
    {
        using var deflater = new WebSocketDeflater(noContextTakeover: false, 15);
        Assert.Equal("00", Deflate(deflater, []));
        Assert.Equal("F248CDC9C90700", Deflate(deflater, "Hello"u8));
        Assert.Equal("00", Deflate(deflater, []));
        Assert.Equal("F200110000", Deflate(deflater, "Hello"u8));
        Assert.Equal(["text ", "text Hello", "text "], FeedPlain("C10100C107F248CDC9C90700C10100"));
        Assert.Equal(["text "], FeedPlain("C100"));
    }

    [Fact]
    public void Final_blocks_in_the_middle_of_a_message()
    {
        // Three deflate streams one after the other: each ends inside a byte, the next begins at the next byte.
        byte[] message = [.. Convert.FromHexString("F348CDC9C90700"), .. Convert.FromHexString("F348CDC9C90700"), .. Convert.FromHexString("F248CDC9C90700")];
        Assert.Equal("HelloHelloHello", Inflate(new WebSocketInflater(false), message));
        Assert.Equal("HelloHello", Inflate(new WebSocketInflater(false), message[..14]));

        // A whole stream of DeflateStream, which ends with a final block, and more behind it.
        var chat = Samples.Chat(new Random(1), 30_000);
        using var zlib = new MemoryStream();
        using (var stream = new DeflateStream(zlib, CompressionLevel.Optimal, leaveOpen: true))
        {
            stream.Write(chat);
        }

        message = [.. zlib.ToArray(), .. Convert.FromHexString("F248CDC9C90700")];
        Assert.Equal(System.Text.Encoding.UTF8.GetString(chat) + "Hello", Inflate(new WebSocketInflater(false), message));
    }

    [Fact]
    public void Section_6_1_the_compressed_bit_is_for_the_first_frame_of_a_message_only()
    {
        Assert.Equal(["error ReservedBits 1002"], FeedPlain("C90548656C6C6F"));
        Assert.Equal(["error ReservedBits 1002"], FeedPlain("C80203E8"));
        Assert.Equal(["error ReservedBits 1002"], FeedPlain("4103F248CDC004C9C90700"));
        Assert.Equal(["error ReservedBits 1002"], FeedPlain("0203F248CDC004C9C90700"));
        Assert.Equal(["error ReservedBits 1002"], FeedPlain("E107F248CDC9C90700"));
    }

    [Fact]
    public void Compressed_and_plain_messages_may_alternate_and_pings_come_between()
    {
        Assert.Equal(["text Hello", "text Hello", "text Hello"], FeedPlain("C107F248CDC9C90700" + "810548656C6C6F" + "C105F200110000"));
        Assert.Equal(["ping ", "text Hello"], FeedPlain("4103F248CD" + "8900" + "8004C9C90700"));
    }

    [Fact]
    public void Inflated_text_must_be_utf8()
    {
        using var deflater = new WebSocketDeflater(noContextTakeover: true, 15);
        var compressed = Convert.FromHexString(Deflate(deflater, Convert.FromHexString("CEBAE1BDB9EDA080")));
        using var client = Reading.Client(inflater: new WebSocketInflater(true));
        Assert.Equal(["binary CEBAE1BDB9EDA080", "error InvalidUtf8 1007"], Reading.Feed(client, Join(Plain(Binary | Rsv1, compressed), Plain(Text | Rsv1, compressed))));
    }

    [Theory]
    [InlineData(8, false)]
    [InlineData(9, false)]
    [InlineData(11, true)]
    [InlineData(13, false)]
    [InlineData(14, true)]
    [InlineData(15, true)]
    [InlineData(15, false)]
    public void Autobahn_12_and_13_what_is_deflated_is_inflated(int windowBits, bool noContextTakeover)
    {
        var random = new Random(windowBits);
        using var deflater = new WebSocketDeflater(noContextTakeover, windowBits);
        using var inflater = new WebSocketInflater(noContextTakeover);
        for (var round = 0; round < 2; round++)
        {
            foreach (var message in Samples.Mixed(random))
            {
                var compressed = Convert.FromHexString(Deflate(deflater, message));
                var output = new ArrayBufferWriter<byte>();
                Assert.Equal(WebSocketError.None, inflater.Inflate(compressed, output, message.Length));
                Assert.True(output.WrittenSpan.SequenceEqual(message));
                Assert.InRange(compressed.Length, 1, message.Length + 64 + (message.Length >> Math.Max(0, windowBits - 4)));
            }
        }
    }

    [Fact]
    public void Context_takeover_makes_like_messages_smaller()
    {
        var message = Samples.Chat(new Random(4), 1_000);
        using var sharing = new WebSocketDeflater(noContextTakeover: false, 15);
        using var forgetting = new WebSocketDeflater(noContextTakeover: true, 15);
        Assert.Equal(Deflate(sharing, message), Deflate(forgetting, message));
        Assert.True(Deflate(sharing, message).Length < Deflate(forgetting, message).Length / 10);
    }

    [Fact]
    public void Misuse_throws()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new WebSocketDeflater(false, 7));
        Assert.Throws<ArgumentOutOfRangeException>(() => new WebSocketDeflater(false, 16));
        var deflater = new WebSocketDeflater(false, 15);
        deflater.Dispose();
        deflater.Dispose();
        Assert.Throws<ObjectDisposedException>(() => deflater.Deflate("x"u8, new ArrayBufferWriter<byte>()));
        var inflater = new WebSocketInflater(false);
        inflater.Dispose();
        inflater.Dispose();
        Assert.Throws<ObjectDisposedException>(() => inflater.Inflate("x"u8, new ArrayBufferWriter<byte>(), 1));
    }

    private static string Deflate(WebSocketDeflater deflater, ReadOnlySpan<byte> message)
    {
        var output = new ArrayBufferWriter<byte>();
        deflater.Deflate(message, output);
        return Convert.ToHexString(output.WrittenSpan);
    }

    private static string Inflate(WebSocketInflater inflater, byte[] compressed)
    {
        using (inflater)
        {
            var output = new ArrayBufferWriter<byte>();
            Assert.Equal(WebSocketError.None, inflater.Inflate(compressed, output, 1_000_000));
            return System.Text.Encoding.UTF8.GetString(output.WrittenSpan);
        }
    }

    private static List<string> FeedPlain(string hex, bool noContextTakeover = false)
    {
        using var client = Reading.Client(inflater: new WebSocketInflater(noContextTakeover));
        return Reading.Feed(client, Convert.FromHexString(hex));
    }
}
