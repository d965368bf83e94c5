using static Sockeye.Protocol.Tests.WebSockets.FrameBytes;

namespace Sockeye.Protocol.Tests.WebSockets;

/// <summary>RFC 6455 section 10.4: what one peer may cost.</summary>
public sealed class ReaderLimitTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(100)]
    [InlineData(200)]
    [InlineData(70_000)]
    public void A_message_may_be_as_large_as_the_limit_and_not_a_byte_larger(int limit)
    {
        using var exact = Reading.Server(limit);
        Assert.Equal(["binary " + new string('0', 2 * limit)], Reading.Feed(exact, Masked(Binary, new byte[limit], key: 7)));
        using var over = Reading.Server(limit);
        Assert.Equal(["error MessageTooBig 1009"], Reading.Feed(over, Masked(Binary, new byte[limit + 1])));
    }

    [Theory]
    [InlineData(2, 1001ul)]
    [InlineData(8, 65_536ul)]
    [InlineData(8, 0x7FFF_FFFF_FFFF_FFFFul)]
    public void An_announced_length_over_the_limit_is_refused_before_any_payload(int lengthBytes, ulong length)
    {
        using var server = Reading.Server(1000);
        Assert.Equal(["error MessageTooBig 1009"], Reading.Feed(server, Header(Binary, lengthBytes, length)));
        using var unlimited = Reading.Server(long.MaxValue);
        string[] expected = length > (ulong)Array.MaxLength ? ["error MessageTooBig 1009"] : [];
        Assert.Equal(expected, Reading.Feed(unlimited, Header(Binary, lengthBytes, length)));
    }

    [Fact]
    public void Fragments_count_together_and_the_next_message_begins_at_zero()
    {
        using var server = Reading.Server(10);
        byte[] six = new byte[6];
        byte[] four = new byte[4];
        Assert.Equal(["binary " + new string('0', 20)], Reading.Feed(server, Join(Masked(BinaryPart, six), Masked(LastPart, four))));
        Assert.Equal(["binary " + new string('0', 20)], Reading.Feed(server, Join(Masked(BinaryPart, six), Masked(LastPart, four))));
        Assert.Equal(["error MessageTooBig 1009"], Reading.Feed(server, Join(Masked(BinaryPart, six), Header(LastPart, 0, 5))));
    }

    [Fact]
    public void Control_frames_do_not_count()
    {
        using var server = Reading.Server(2, maxFragments: 2);
        var frames = Join(Masked(TextPart, "a"), Masked(Ping, new byte[125]), Masked(Ping, new byte[125]), Masked(Pong, ""), Masked(LastPart, "b"));
        Assert.Equal(["text ab"], Reading.Feed(server, frames).Where(line => line.StartsWith("text", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    public void Fragments_are_counted_also_when_they_are_empty(string content)
    {
        using var server = Reading.Server(maxFragments: 3);
        var three = Join(Masked(TextPart, content), Masked(Part, content), Masked(LastPart, content));
        Assert.Equal(["text " + content + content + content, "text " + content + content + content], Reading.Feed(server, Join(three, three)));
        Assert.Equal(["error TooManyFragments 1008"], Reading.Feed(server, Join(Masked(TextPart, content), Masked(Part, content), Masked(Part, content), Masked(LastPart, content))));
    }

    [Fact]
    public void One_fragment_is_the_least_limit()
    {
        using var server = Reading.Server(maxFragments: 1);
        Assert.Equal(["text a", "error TooManyFragments 1008"], Reading.Feed(server, Join(Masked(Text, "a"), Masked(TextPart, "b"), Masked(LastPart, "c"))));
    }
}
