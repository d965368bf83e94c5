using System.Text.Json;
using Sockeye.Protocol.Packets;

namespace Sockeye.Protocol.Tests.Packets;

public sealed class MessagePackFuzzTests
{
    private static readonly PacketLimits Limits = new(MaxAttachmentBytes: 1000);

    private static readonly PacketCodec Codec = new(new MessagePackPacketFormat(), new JsonSerializerOptions(JsonSerializerDefaults.Web));

    private static readonly PacketCodec Json = new(new JsonPacketFormat(), new JsonSerializerOptions(JsonSerializerDefaults.Web));

    private static readonly byte[][] Pieces =
    [
        [0xc0], [0xc1], [0xc2], [0xd4, 0, 0], [0xc4, 1, 0xff], [0xd7, 0, 0, 0, 0, 0, 0, 0, 0, 0], [0xdd, 0xff, 0xff, 0xff, 0xff], [0xdf, 0, 0, 0, 2], [0xdc, 0, 1], [0xa1, 0x61],
        [0x91], [0x81, 0xa1, 0x61], [0xcb, 0x7f, 0xf0, 0, 0, 0, 0, 0, 0], [0xc7, 0, 0], [0xd6, 0xff, 1, 2, 3, 4], [0xd9, 3, 0xed, 0xa0, 0x80], [0xcf, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Twenty_thousand_mutations_never_throw_and_what_is_accepted_can_be_sent_on(int seed)
    {
        var seeds = MessagePackVectors.Accepted.Values.Concat(MessagePackVectors.Rejected.Values)
            .Select(MessagePackVectors.MessageOf).Where(message => message.Length < 1000).ToArray();
        var random = new Random(seed);
        var decoder = Codec.Format.CreateDecoder(Limits);
        var accepted = 0;
        for (var i = 0; i < 20_000; i++)
        {
            var status = decoder.ReceiveBinary(Mutate(random, seeds[random.Next(seeds.Length)]), out var packet);
            Assert.Equal(status == PacketStatus.Complete, decoder.Error == PacketError.None);
            Assert.Equal(status == PacketStatus.Complete, packet is not null);
            Assert.NotEqual(PacketStatus.NeedAttachments, status);
            if (packet is not null)
            {
                accepted++;
                Use(packet);
            }
        }

        // The mutations are mild enough that both ways are taken.
        Assert.InRange(accepted, 2_000, 18_000);
    }

    // Nil is the smallest value that becomes the most text, an empty array the smallest that needs room of its own; a declared length must cost nothing.
    [Theory]
    [InlineData(0xc0, 1)]
    [InlineData(0x90, 1)]
    [InlineData(0x80, 1)]
    [InlineData(0x01, 1)]
    [InlineData(0xa0, 1)]
    [InlineData(0xc4, 2)]
    [InlineData(0xc7, 3)]
    [InlineData(0xd4, 3)]
    [InlineData(0xdd, 5)]
    [InlineData(0xdf, 5)]
    [InlineData(0xc6, 5)]
    public void What_is_allocated_is_in_proportion_to_what_was_sent(byte prefix, int size)
    {
        const int Count = 60_000;
        byte[] head = [0x83, 0xa4, .. "type"u8, 2, 0xa3, .. "nsp"u8, 0xa1, (byte)'/', 0xa4, .. "data"u8, 0xdc, Count >> 8, Count & 0xff, 0xa1, (byte)'a'];
        var message = new byte[head.Length + (Count * size)];
        head.CopyTo(message, 0);
        for (var i = head.Length; i < message.Length; i += size)
        {
            message[i] = prefix;
            message.AsSpan(i + 1, size - 1).Fill(prefix >= 0xc6 ? (byte)0xff : (byte)0);
        }

        var decoder = Codec.Format.CreateDecoder(new PacketLimits());
        decoder.ReceiveBinary(message.AsSpan(0, head.Length), out _);
        var before = GC.GetAllocatedBytesForCurrentThread();
        decoder.ReceiveBinary(message, out _);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, (message.Length * 40L) + 500_000);
    }

    [Theory]
    [InlineData(0x91)]
    [InlineData(0x81)]
    public void Nesting_of_a_million_levels_is_too_deep_and_no_more(byte prefix)
    {
        byte[] head = [0x83, 0xa4, .. "type"u8, 2, 0xa3, .. "nsp"u8, 0xa1, (byte)'/', 0xa4, .. "data"u8, 0x92, 0xa1, (byte)'a'];
        byte[] level = prefix == 0x81 ? [0x81, 0xa0] : [0x91];
        byte[] message = [.. head, .. Enumerable.Repeat(level, 1_000_000).SelectMany(bytes => bytes), 0xc0];
        var decoder = Codec.Format.CreateDecoder(new PacketLimits());
        Assert.Equal(PacketStatus.Error, decoder.ReceiveBinary(message, out _));
        Assert.Equal(PacketError.TooDeep, decoder.Error);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(1000)]
    public void Nesting_up_to_the_limit_is_accepted_as_in_the_default_format(int limit)
    {
        foreach (var codec in (PacketCodec[])[Codec, Json])
        {
            foreach (var depth in (int[])[limit, limit + 1])
            {
                var json = "[\"a\"," + new string('[', depth - 1) + "1" + new string(']', depth - 1) + "]";
                var encoded = codec.Format.Encode(new PacketContent(PacketType.Event, "/", null, System.Text.Encoding.UTF8.GetBytes(json), []));
                var decoder = codec.Format.CreateDecoder(new PacketLimits(MaxDepth: limit));
                var status = Receive(decoder, encoded, out _);
                Assert.Equal(depth == limit ? PacketStatus.Complete : PacketStatus.Error, status);
                Assert.Equal(depth == limit ? PacketError.None : PacketError.TooDeep, decoder.Error);
            }
        }
    }

    private static byte[] Mutate(Random random, byte[] data)
    {
        var result = new List<byte>(data);
        for (var rounds = random.Next(4); rounds > 0; rounds--)
        {
            var position = random.Next(result.Count + 1);
            var length = Math.Min(random.Next(8), result.Count - position);
            switch (random.Next(6))
            {
                case 0:
                    result.RemoveRange(position, length);
                    break;
                case 1:
                    result.InsertRange(random.Next(result.Count + 1), result.GetRange(position, length));
                    break;
                case 2:
                    result.Insert(position, (byte)random.Next(256));
                    break;
                case 3 when position < result.Count:
                    result[position] = (byte)random.Next(256);
                    break;
                default:
                    // In place of a value: in a list that says its length only a replacement leaves the rest whole.
                    var piece = Pieces[random.Next(Pieces.Length)];
                    result.RemoveRange(position, Math.Min(1, result.Count - position));
                    result.InsertRange(position, piece);
                    break;
            }
        }

        return [.. result];
    }

    private static void Use(Packet packet)
    {
        Assert.StartsWith("/", packet.Namespace, StringComparison.Ordinal);
        Assert.True(packet.Id is null or >= 0);
        if (!packet.Json.IsEmpty)
        {
            Assert.NotEqual(JsonValueKind.Undefined, JsonElement.Parse(packet.Json.Span).ValueKind);
        }

        var arguments = packet.Arguments;
        for (var i = 0; i < arguments.Count; i++)
        {
            Assert.NotEqual(JsonValueKind.Undefined, arguments.GetElement(i).ValueKind);
        }

        // In either format, and with the first one taken off.
        foreach (var codec in (PacketCodec[])[Codec, Json])
        {
            foreach (var sent in (PacketArguments[])[arguments, arguments.Slice(1)])
            {
                var decoder = codec.Format.CreateDecoder(new PacketLimits(MaxAttachments: 5000));
                var status = Receive(decoder, codec.EncodeEvent(packet.Namespace, "a", packet.Id, sent), out var echo);

                // JSON cannot tell an object that looks like a placeholder from one.
                if (decoder.Error == PacketError.IllegalPlaceholder)
                {
                    continue;
                }

                Assert.Equal(PacketStatus.Complete, status);
                Assert.Equal(sent.Count, echo!.Arguments.Count);
                Assert.Equal(sent.Attachments, echo.Arguments.Attachments);
            }
        }
    }

    private static PacketStatus Receive(IPacketDecoder decoder, EncodedPacket encoded, out Packet? packet)
    {
        packet = null;
        var status = encoded.Text.IsEmpty ? PacketStatus.NeedAttachments : decoder.ReceiveText(encoded.Text.Span, out packet);
        foreach (var attachment in encoded.Attachments)
        {
            if (status == PacketStatus.NeedAttachments)
            {
                status = decoder.ReceiveBinary(attachment.Span, out packet);
            }
        }

        return status;
    }
}
