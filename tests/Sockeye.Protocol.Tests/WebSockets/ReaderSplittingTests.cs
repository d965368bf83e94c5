using System.Buffers;
using Sockeye.Protocol.WebSockets;
using static Sockeye.Protocol.Tests.WebSockets.FrameBytes;

namespace Sockeye.Protocol.Tests.WebSockets;

/// <summary>However a stream is cut into pieces, and whatever is in it, the reader says the same and never throws.</summary>
public sealed class ReaderSplittingTests
{
    private static readonly byte[] Stream = Join(
        Masked(Text, "2probe"),
        Masked(Binary, [.. Enumerable.Range(0, 300).Select(i => (byte)i)], key: 0xDEADBEEF),
        Masked(Ping, "between"),
        Masked(TextPart, "42[\"häl"),
        Masked(Pong, ""),
        Masked(Part, Convert.FromHexString("E2")),
        Masked(Ping, "inside a character"),
        Masked(Part, ""),
        Masked(Part, Convert.FromHexString("82AC")),
        Masked(LastPart, "lo\"]"),
        Masked(Text | Rsv1, Convert.FromHexString("F248CDC9C90700")),
        Masked(TextPart | Rsv1, Convert.FromHexString("F200")),
        Masked(Ping, "inside compressed data"),
        Masked(LastPart, Convert.FromHexString("110000")),
        Masked(Text, ""),
        Masked(BinaryPart, new byte[126], key: 0),
        Masked(LastPart, new byte[1]),
        Masked(Close, [0x03, 0xE8, (byte)'b', (byte)'y', (byte)'e']));

    private static readonly string[] Said =
    [
        "text 2probe",
        "binary " + Convert.ToHexString([.. Enumerable.Range(0, 300).Select(i => (byte)i)]),
        "ping 6265747765656E",
        "pong ",
        "ping 696E736964652061206368617261637465" + "72",
        "text 42[\"häl€lo\"]",
        "text Hello",
        "ping 696E7369646520636F6D707265737365642064617461",
        "text Hello",
        "text ",
        "binary " + new string('0', 254),
        "close 1000 bye",
    ];

    [Fact]
    public void In_one_piece_and_byte_by_byte()
    {
        using var whole = NewReader();
        Assert.Equal(Said, Reading.Feed(whole, Stream));
        using var calls = NewReader();
        Assert.Equal(Said, Reading.FeedPieces(calls, Stream.Select(value => new[] { value })));
        using var segments = NewReader();
        Assert.Equal(Said, Reading.Feed(segments, Sequence([.. Stream.Select(value => new[] { value })])));
    }

    [Fact]
    public void In_two_pieces_cut_anywhere()
    {
        for (var cut = 0; cut <= Stream.Length; cut++)
        {
            using var calls = NewReader();
            Assert.Equal(Said, Reading.FeedPieces(calls, [Stream[..cut], Stream[cut..]]));
            using var segments = NewReader();
            Assert.Equal(Said, Reading.Feed(segments, Sequence([Stream[..cut], Stream[cut..]])));
        }
    }

    [Fact]
    public void In_random_pieces()
    {
        var random = new Random(1);
        for (var round = 0; round < 2_000; round++)
        {
            using var reader = NewReader();
            Assert.Equal(Said, Reading.FeedPieces(reader, Cut(Stream, random)));
        }
    }

    [Fact]
    public void Mutated_streams_never_throw_and_are_read_the_same_in_every_cut()
    {
        var random = new Random(2);
        var errors = new HashSet<WebSocketError>();
        const int mutations = 200_000;
        for (var round = 0; round < mutations; round++)
        {
            var start = random.Next(3) == 0 ? 0 : random.Next(Stream.Length);
            var bytes = Stream[start..];
            for (var changes = random.Next(1, 4); changes > 0; changes--)
            {
                var place = random.Next(Math.Min(bytes.Length, 64));
                bytes[place] = random.Next(2) == 0 ? (byte)random.Next(256) : (byte)(bytes[place] ^ (1 << random.Next(8)));
            }

            using var whole = NewReader();
            if (round % 8 == 0)
            {
                using var pieces = NewReader();
                Assert.Equal(Reading.Feed(whole, bytes), Reading.FeedPieces(pieces, Cut(bytes, random)));
            }
            else
            {
                var input = new ReadOnlySequence<byte>(bytes);
                while (whole.Read(ref input) is not (WebSocketReadStatus.NeedMoreData or WebSocketReadStatus.Error))
                {
                    Assert.InRange(whole.Payload.Length, 0, 1_000);
                }
            }

            errors.Add(whole.Error);
        }

        // The test is worth something only if it came to every refusal that mutations can reach.
        Assert.Superset(
            Enum.GetValues<WebSocketError>().Where(error => error != WebSocketError.TooManyFragments).ToHashSet(),
            errors);
    }

    private static WebSocketFrameReader NewReader() => Reading.Server(maxMessageSize: 1_000, inflater: new WebSocketInflater(noContextTakeover: false));

    private static List<byte[]> Cut(byte[] bytes, Random random)
    {
        var pieces = new List<byte[]>();
        var longest = random.Next(1, 40);
        for (var start = 0; start < bytes.Length;)
        {
            var size = Math.Min(random.Next(longest + 1), bytes.Length - start);
            pieces.Add(bytes[start..(start + size)]);
            start += size;
        }

        return pieces;
    }
}
