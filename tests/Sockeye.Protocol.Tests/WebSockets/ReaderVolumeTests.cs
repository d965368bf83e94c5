using static Sockeye.Protocol.Tests.WebSockets.FrameBytes;

namespace Sockeye.Protocol.Tests.WebSockets;

/// <summary>Autobahn categories 9 and 10 in sizes that a test run can afford.</summary>
public sealed class ReaderVolumeTests
{
    [Theory]
    [InlineData(65_536)]
    [InlineData(262_144)]
    [InlineData(1_000_000)]
    public void Autobahn_9_1_and_9_2_one_large_frame(int size)
    {
        var payload = new byte[size];
        new Random(size).NextBytes(payload);
        string[] expected = ["binary " + Convert.ToHexString(payload)];
        Assert.Equal(expected, Reading.All(Masked(Binary, payload)));
        var text = string.Concat(Enumerable.Repeat("€", size / 3));
        Assert.Equal(["text " + text], Reading.All(Masked(Text, text)));
    }

    [Theory]
    [InlineData(64)]
    [InlineData(1_024)]
    [InlineData(16_384)]
    public void Autobahn_9_3_and_9_4_a_large_message_in_fragments(int fragmentSize)
    {
        var text = string.Concat(Enumerable.Repeat("aé€😀", 20_000));
        var chunks = System.Text.Encoding.UTF8.GetBytes(text).Chunk(fragmentSize).ToArray();
        var frames = chunks.Select((chunk, i) => Masked((i == 0 ? TextPart : Part) | (i == chunks.Length - 1 ? 0x80 : 0), chunk)).ToArray();
        Assert.Equal(["text " + text], Reading.All(frames));
    }

    [Theory]
    [InlineData(64)]
    [InlineData(1_024)]
    [InlineData(65_536)]
    public void Autobahn_9_5_and_9_6_a_large_message_in_small_reads(int readSize)
    {
        var text = string.Concat(Enumerable.Repeat("aé€😀", 20_000));
        using var server = Reading.Server();
        Assert.Equal(["text " + text], Reading.FeedPieces(server, Masked(Text, text).Chunk(readSize)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(16)]
    [InlineData(1_024)]
    public void Autobahn_9_7_and_9_8_a_thousand_messages_in_one_read(int size)
    {
        var frame = Masked(Text, new string('*', size));
        var said = Reading.All([.. Enumerable.Repeat(frame, 1_000)]);
        Assert.Equal(1_000, said.Count);
        Assert.All(said, line => Assert.Equal(5 + size, line.Length));
    }

    [Fact]
    public void Autobahn_10_1_a_message_fragmented_by_the_sender_on_its_own()
    {
        var text = new string('*', 65_536);
        var chunks = System.Text.Encoding.UTF8.GetBytes(text).Chunk(1_300).ToArray();
        var frames = chunks.Select((chunk, i) => Masked((i == 0 ? TextPart : Part) | (i == chunks.Length - 1 ? 0x80 : 0), chunk)).ToArray();
        Assert.Equal(["text " + text], Reading.All(frames));
    }
}
