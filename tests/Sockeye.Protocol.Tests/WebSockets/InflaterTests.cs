using System.Buffers;
using System.IO.Compression;
using Sockeye.Protocol.WebSockets;
using static Sockeye.Protocol.Tests.WebSockets.FrameBytes;

namespace Sockeye.Protocol.Tests.WebSockets;

/// <summary>The inflater against bad data, bombs, and zlib as the judge (RFC 1951).</summary>
public sealed class InflaterTests
{
    [Fact]
    public void A_bomb_is_stopped_at_the_limit_and_not_a_byte_later()
    {
        var bomb = Zlib(new byte[20_000_000], CompressionLevel.SmallestSize);
        Assert.InRange(bomb.Length, 1, 30_000);
        foreach (var limit in new[] { 0, 1, 257, 258, 259, 32_767, 32_768, 32_769, 65_535, 65_536, 65_537, 1_000_000 })
        {
            var output = new ArrayBufferWriter<byte>();
            using var inflater = new WebSocketInflater(noContextTakeover: false);
            Assert.Equal(WebSocketError.MessageTooBig, inflater.Inflate(bomb, output, limit));
            Assert.InRange(output.WrittenCount, 0, limit);
        }

        using var server = Reading.Server(100_000, inflater: new WebSocketInflater(noContextTakeover: false));
        Assert.Equal(["error MessageTooBig 1009"], Reading.Feed(server, Masked(Binary | Rsv1, bomb)));
    }

    [Fact]
    public void Every_kind_of_block_keeps_to_the_limit_exactly()
    {
        var random = new Random(3);
        foreach (var message in Samples.Mixed(random).Where(message => message.Length > 0))
        {
            var compressed = Zlib(message, CompressionLevel.Optimal);
            using var inflater = new WebSocketInflater(noContextTakeover: true);
            var exact = new ArrayBufferWriter<byte>();
            Assert.Equal(WebSocketError.None, inflater.Inflate(compressed, exact, message.Length));
            Assert.True(exact.WrittenSpan.SequenceEqual(message));
            var over = new ArrayBufferWriter<byte>();
            Assert.Equal(WebSocketError.MessageTooBig, inflater.Inflate(compressed, over, message.Length - 1));
            Assert.True(message.AsSpan().StartsWith(over.WrittenSpan));
        }
    }

    // Bits in the order in which they are read; blanks only for the eye. A fixed block begins with 010, codes have their highest bit first.
    [Theory]
    [InlineData("0 11", "block type 3")]
    [InlineData("1 11", "block type 3 in a final block")]
    [InlineData("0 00 00000 1010000000000000 1111111111111111", "a stored length that does not agree with its complement")]
    [InlineData("0 00 00000 0110000000000000 1001111111111111 00010010", "a stored block with five bytes less than it says, when the tail gives four")]
    [InlineData("0 10 10010001", "a fixed block without its end")]
    [InlineData("0 10 10010001 0000001", "a length without a distance")]
    [InlineData("0 10 10010001 0000001 00001 0000000", "a distance of two after one byte")]
    [InlineData("0 10 0000001 00000 0000000", "a distance of one after none")]
    [InlineData("0 10 10010001 11000110 00000 0000000", "length symbol 286")]
    [InlineData("0 10 10010001 11000111 00000 0000000", "length symbol 287")]
    [InlineData("0 10 10010001 0000001 11110 0000000", "distance symbol 30")]
    [InlineData("0 01 01111 00000 0000 000000000000", "287 literals and lengths")]
    [InlineData("0 01 00000 01111 0000 000000000000", "31 distances")]
    [InlineData("0 01 00000 00000 0000 000 000 000 000", "a code length code without codes")]
    [InlineData("0 01 00000 00000 0000 100 100 100 000", "a code length code with too many codes")]
    [InlineData("0 01 00000 00000 0000 010 010 010 000", "a code length code with too few codes")]
    [InlineData("0 01 00000 00000 0000 000 000 100 100 1 1111111 1 0010111", "a dynamic block without a code for its end")]
    [InlineData("0 01 00000 00000 0000 100 000 000 100 1 00", "a repetition of nothing")]
    [InlineData("0 01 00000 00000 0000 000 000 100 100 1 1111111 1 1111111", "a repetition beyond the end")]
    public void Bad_data_is_a_value_not_an_exception(string bits, string what)
    {
        var compressed = Pack(bits);
        Assert.NotEqual(Judgement.Ended, Judge(compressed).Judgement);
        using var inflater = new WebSocketInflater(noContextTakeover: false);
        var output = new ArrayBufferWriter<byte>();
        Assert.True(inflater.Inflate(compressed, output, 1_000) == WebSocketError.InvalidCompression, what);
    }

    [Fact]
    public void Bits_packed_by_hand_make_a_good_message()
    {
        var output = new ArrayBufferWriter<byte>();
        using var inflater = new WebSocketInflater(noContextTakeover: false);
        Assert.Equal(WebSocketError.None, inflater.Inflate(Pack("0 10 10010001 0000001 00000 0000000 0 00"), output, 4));
        Assert.Equal("aaaa"u8, output.WrittenSpan);
    }

    [Fact]
    public void A_distance_never_reaches_into_what_others_left_in_the_pool()
    {
        // Leave a secret where the window will be.
        var secret = ArrayPool<byte>.Shared.Rent(65_536);
        Array.Fill(secret, (byte)'S');
        ArrayPool<byte>.Shared.Return(secret);

        var output = new ArrayBufferWriter<byte>();
        using var inflater = new WebSocketInflater(noContextTakeover: false);
        Assert.Equal(WebSocketError.None, inflater.Inflate(Convert.FromHexString("F248CDC9C90700"), output, 100));
        Assert.Equal(WebSocketError.InvalidCompression, inflater.Inflate(Convert.FromHexString("F200D10100"), output, 100));
        Assert.DoesNotContain((byte)'S', output.WrittenSpan.ToArray());
    }

    [Fact]
    public void Agrees_with_zlib_on_everything_zlib_writes()
    {
        var random = new Random(1951);
        foreach (var level in new[] { CompressionLevel.Fastest, CompressionLevel.Optimal, CompressionLevel.SmallestSize, CompressionLevel.NoCompression })
        {
            using var inflater = new WebSocketInflater(noContextTakeover: true);
            for (var round = 0; round < 100; round++)
            {
                var size = random.Next(1, 1 << random.Next(1, 16));
                byte[] message = random.Next(4) switch
                {
                    0 => Samples.Noise(random, size),
                    1 => [.. Enumerable.Range(0, size).Select(i => (byte)(random.Next(3) * random.Next(100)))],
                    2 => [.. Enumerable.Range(0, size).Select(i => (byte)Math.Min(255, -20 * Math.Log(random.NextDouble())))],
                    _ => Samples.Chat(random, size),
                };
                var output = new ArrayBufferWriter<byte>();
                Assert.Equal(WebSocketError.None, inflater.Inflate(Zlib(message, level), output, message.Length));
                Assert.True(output.WrittenSpan.SequenceEqual(message));
            }
        }
    }

    [Fact]
    public void Agrees_with_zlib_on_what_is_damaged()
    {
        var random = new Random(1952);
        var seeds = new[] { Samples.Chat(random, 60), Samples.Chat(random, 400), Samples.Chat(random, 3_000), Samples.Noise(random, 50), [.. Enumerable.Range(0, 1_000).Select(i => (byte)Math.Min(255, -20 * Math.Log(random.NextDouble())))] }
            .Select(message => Zlib(message, CompressionLevel.Optimal)).ToArray();
        int good = 0, bad = 0;
        for (var round = 0; round < 15_000; round++)
        {
            var compressed = (byte[])seeds[random.Next(seeds.Length)].Clone();
            for (var changes = random.Next(1, 4); changes > 0; changes--)
            {
                // The codes stand at the beginning, so that is where damage has most to show.
                compressed[random.Next(random.Next(2) == 0 ? Math.Min(60, compressed.Length) : compressed.Length)] ^= (byte)(1 << random.Next(8));
            }

            using var inflater = new WebSocketInflater(noContextTakeover: true);
            var output = new ArrayBufferWriter<byte>();
            var error = inflater.Inflate(compressed, output, 100_000);
            var (judgement, expected) = Judge(compressed);
            switch (error)
            {
                case WebSocketError.None:
                    good++;

                    // zlib stops at a final block, we go on behind it.
                    Assert.NotEqual(Judgement.Invalid, judgement);
                    Assert.True(output.WrittenSpan.StartsWith(expected), Convert.ToHexString(compressed));
                    Assert.True(judgement == Judgement.Ended || output.WrittenCount == expected.Length, Convert.ToHexString(compressed));
                    break;
                case WebSocketError.InvalidCompression:
                    bad++;

                    // DeflateStream loses the byte before the one where zlib saw the error.
                    Assert.True(output.WrittenSpan.StartsWith(expected), Convert.ToHexString(compressed));
                    Assert.True(judgement == Judgement.Ended || output.WrittenCount - expected.Length is 0 or 1, Convert.ToHexString(compressed));
                    break;
                default:
                    Assert.True(expected.Length >= output.WrittenCount);
                    break;
            }
        }

        Assert.InRange(good, 1_000, 14_000);
        Assert.InRange(bad, 1_000, 14_000);
    }

    private static byte[] Pack(string text)
    {
        var bits = text.Where(character => character != ' ').Select(character => character - '0').ToArray();
        return [.. bits.Chunk(8).Select(chunk => (byte)chunk.Select((bit, place) => bit << place).Sum())];
    }

    /// <summary>A message as a sender makes it: sync flush, tail cut off.</summary>
    private static byte[] Zlib(byte[] message, CompressionLevel level)
    {
        using var output = new MemoryStream();
        using var stream = new DeflateStream(output, level, leaveOpen: true);
        stream.Write(message);
        stream.Flush();
        var bytes = output.ToArray();
        Assert.Equal([0x00, 0x00, 0xFF, 0xFF], bytes[^4..]);
        return bytes[..^4];
    }

    private enum Judgement
    {
        Invalid,
        Ended,
        WantsMore,
    }

    private static (Judgement Judgement, byte[] Output) Judge(byte[] compressed)
    {
        using var input = new MemoryStream([.. compressed, 0x00, 0x00, 0xFF, 0xFF]);
        var source = new WatchedStream(input);
        using var stream = new DeflateStream(source, CompressionMode.Decompress);
        using var output = new MemoryStream();
        try
        {
            for (int value; (value = stream.ReadByte()) >= 0;)
            {
                output.WriteByte((byte)value);
            }
        }
        catch (InvalidDataException)
        {
            return (Judgement.Invalid, output.ToArray());
        }

        return (source.EndSeen ? Judgement.WantsMore : Judgement.Ended, output.ToArray());
    }

    /// <summary>DeflateStream asks for more than there is unless it met a final block.</summary>
    private sealed class WatchedStream(Stream inner) : Stream
    {
        public bool EndSeen { get; private set; }

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count)
        {
            var read = inner.Read(buffer, offset, count);
            EndSeen |= read == 0;
            return read;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
