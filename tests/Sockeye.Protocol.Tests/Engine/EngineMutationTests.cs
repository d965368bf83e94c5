using System.Text;
using Sockeye.Protocol.Engine;
using Sockeye.Protocol.Engine.V3;

namespace Sockeye.Protocol.Tests.Engine;

/// <summary>Whatever a stranger sends, the readers answer with a value.</summary>
public sealed class EngineMutationTests
{
    private const int Mutations = 200_000;

    private static readonly byte[] Interesting = [0, 0x1E, (byte)'0', (byte)'4', (byte)'6', (byte)'7', (byte)'b', (byte)'=', (byte)'"', (byte)'{', (byte)'[', (byte)'\\', (byte)'u', (byte)',', 0x7F, 0x80, 0xC3, 0xED, 0xF4, 0xFF];

    [Fact]
    public void No_mutation_of_a_payload_makes_the_reader_throw_or_read_past_it()
    {
        var seeds = Seeds("0\u001e1\u001e2probe\u001e3probe\u001e4test", "4hello\u001ebAQIDBA==", "bAQID\u001ebAQ==\u001eb\u001e4", "4石室詩士施氏\u001e4🐟", "6");
        var random = new Random(3);
        var statuses = new int[4];
        for (var i = 0; i < Mutations; i++)
        {
            var wire = Mutate(random, seeds);
            var reader = new PollingPayloadReader(wire, 4);
            PollingReadStatus status;
            var packets = 0;
            while ((status = reader.Read(out var packet)) == PollingReadStatus.Packet)
            {
                Assert.True(packet.Data.IsEmpty || packet.Data.Overlaps(wire));
                Assert.True(++packets <= 4);
            }

            statuses[(int)status]++;
        }

        // The mutations reach every way out.
        Assert.All(statuses[1..], count => Assert.True(count > 1000));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void No_mutation_of_a_payload_of_revision_3_makes_the_reader_throw_or_read_past_it(bool isBinary)
    {
        byte[][] seeds = isBinary
            ? [Convert.FromHexString("0006FF3468656C6C6F0105FF0401020304"), Convert.FromHexString("000103FF34E282ACE282ACE282ACE282AC0104FF04010203"), [0, 1, 0xFF, (byte)'6']]
            : Seeds("6:4hello10:b4AQIDBA==", "7:4石室詩士施氏3:4🐟", "1:20:1:6", "001:4");
        var random = new Random(5);
        var statuses = new int[4];
        for (var i = 0; i < Mutations; i++)
        {
            var wire = Mutate(random, seeds);
            var reader = new PollingPayloadReaderV3(wire, isBinary, 2);
            PollingReadStatus status;
            var packets = 0;
            while ((status = reader.Read(out var packet)) == PollingReadStatus.Packet)
            {
                Assert.True(packet.Data.IsEmpty || packet.Data.Overlaps(wire));
                Assert.True(++packets <= 2);
                Assert.InRange(reader.Position, 1, wire.Length);
            }

            statuses[(int)status]++;
        }

        // The mutations reach every way out.
        Assert.All(statuses[1..], count => Assert.True(count > 100));
    }

    [Fact]
    public void No_mutation_of_a_handshake_makes_the_parser_throw()
    {
        var seeds = Seeds(
            """{"sid":"lv_VI97HAXpY6yYWAAAC","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}""",
            """{"sid":"\ud83d\udc1f","x":{"y":[1,2,{}]},"upgrades":[],"pingInterval":1e3,"pingTimeout":2.5e2}""");
        var random = new Random(4);
        var accepted = 0;
        for (var i = 0; i < Mutations; i++)
        {
            if (OpenPayload.TryParse(Mutate(random, seeds), out var payload))
            {
                accepted++;
                Assert.NotEmpty(payload!.Sid);
                Assert.True(payload.PingInterval > TimeSpan.Zero && payload.PingTimeout > TimeSpan.Zero && payload.MaxPayload >= 0);
            }
            else
            {
                Assert.Null(payload);
            }
        }

        Assert.InRange(accepted, 1000, Mutations - 1000);
    }

    private static byte[][] Seeds(params string[] texts) => [.. texts.Select(Encoding.UTF8.GetBytes)];

    private static byte[] Mutate(Random random, byte[][] seeds)
    {
        var bytes = seeds[random.Next(seeds.Length)].ToList();
        for (var changes = random.Next(1, 4); changes > 0; changes--)
        {
            var value = random.Next(3) == 0 ? (byte)random.Next(256) : Interesting[random.Next(Interesting.Length)];
            var at = random.Next(bytes.Count + 1);
            switch (random.Next(4))
            {
                case 0:
                    bytes.Insert(at, value);
                    break;
                case 1 when at < bytes.Count:
                    bytes[at] = value;
                    break;
                case 2 when at < bytes.Count:
                    bytes.RemoveRange(at, Math.Min(random.Next(1, 5), bytes.Count - at));
                    break;
                default:
                    bytes.InsertRange(at, bytes.Skip(random.Next(bytes.Count + 1)).Take(random.Next(20)).ToArray());
                    break;
            }
        }

        return [.. bytes];
    }
}
