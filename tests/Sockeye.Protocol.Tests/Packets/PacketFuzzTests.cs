using System.Text.Json;
using Sockeye.Protocol.Packets;

namespace Sockeye.Protocol.Tests.Packets;

public sealed class PacketFuzzTests
{
    private static readonly PacketCodec Format = new(new JsonPacketFormat(), new JsonSerializerOptions(JsonSerializerDefaults.Web));

    private static readonly byte[][] Pieces =
    [
        "["u8.ToArray(), "]"u8.ToArray(), "{"u8.ToArray(), "}"u8.ToArray(), "\""u8.ToArray(), "\\"u8.ToArray(), ","u8.ToArray(), ":"u8.ToArray(), "-"u8.ToArray(), "/"u8.ToArray(),
        "0"u8.ToArray(), "1"u8.ToArray(), "51-"u8.ToArray(), "\\u"u8.ToArray(), "\\ud83e"u8.ToArray(), "true"u8.ToArray(), "null"u8.ToArray(), " "u8.ToArray(), "\n"u8.ToArray(),
        "{\"_placeholder\":true,\"num\":0}"u8.ToArray(), "\"_placeholder\":true"u8.ToArray(), "\"num\":"u8.ToArray(), [0xff], [0xc3], [0xed, 0xa0, 0x80], [0],
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Fifty_thousand_mutations_never_throw_and_what_is_accepted_can_be_used(int seed)
    {
        var seeds = PacketVectors.Accepted.Values.Concat(PacketVectors.Rejected.Values).Select(PacketVectors.MessagesOf).ToArray();
        var random = new Random(seed);
        var assembler = new PacketAssembler(PacketVectors.Limits);
        var accepted = 0;
        for (var i = 0; i < 50_000; i++)
        {
            foreach (var (text, data) in seeds[random.Next(seeds.Length)])
            {
                var mutated = Mutate(random, data);

                // Now and then the wrong kind of message.
                var status = text == (random.Next(50) != 0)
                    ? assembler.ReceiveText(mutated, out var packet)
                    : assembler.ReceiveBinary(mutated, out packet);
                Assert.Equal(status == PacketStatus.Complete, packet is not null);
                Assert.Equal(status == PacketStatus.NeedAttachments, assembler.IsWaiting);
                if (packet is not null)
                {
                    accepted++;
                    Use(packet);
                }
            }

            assembler.Reset();
        }

        // The mutations are mild enough that both ways are taken.
        Assert.InRange(accepted, 1_000, 60_000);
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
                    result.InsertRange(position, Pieces[random.Next(Pieces.Length)]);
                    break;
            }
        }

        return [.. result];
    }

    private static void Use(Packet packet)
    {
        Assert.StartsWith("/", packet.Namespace, StringComparison.Ordinal);
        Assert.True(packet.Id is null or >= 0);
        var arguments = packet.Arguments;
        var used = 0;
        for (var i = 0; i < arguments.Count; i++)
        {
            var element = arguments.GetElement(i);
            Assert.NotEqual(JsonValueKind.Undefined, element.ValueKind);
            used += arguments.TryGetBinary(i, out _) ? 1 : 0;
            try
            {
                arguments.Get(i, Format.GetTypeInfo<Picture>());
            }
            catch (JsonException)
            {
                // The one exception that binding may throw.
            }
        }

        Assert.InRange(used, 0, arguments.Attachments.Count);

        // What was accepted can be sent on, as it is and inside another packet, and is accepted again.
        Assert.Equal(PacketError.None, Resend(Format.EncodeEvent(packet.Namespace, "a", packet.Id, arguments), out var echo));
        Assert.Equal(arguments.Count, echo!.Arguments.Count);
        Assert.Equal(arguments.Attachments, echo.Arguments.Attachments);
        for (var i = 0; i < arguments.Count; i++)
        {
            Assert.Equal(arguments.GetJson(i), echo.Arguments.GetJson(i));
        }

        Assert.Equal(PacketError.None, Resend(Format.EncodeAck("/", 0, [arguments]), out var nested));
        Assert.Equal(1, nested!.Arguments.Count);
    }

    private static PacketError Resend(EncodedPacket encoded, out Packet? packet)
    {
        var assembler = new PacketAssembler(new PacketLimits(MaxDepth: 65));
        var status = assembler.ReceiveText(encoded.Text.Span, out packet);
        foreach (var attachment in encoded.Attachments)
        {
            Assert.Equal(PacketStatus.NeedAttachments, status);
            status = assembler.ReceiveBinary(attachment.Span, out packet);
        }

        return status == PacketStatus.Complete ? PacketError.None : assembler.Error;
    }
}
