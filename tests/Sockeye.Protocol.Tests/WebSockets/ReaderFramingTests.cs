using System.Text;
using Sockeye.Protocol.WebSockets;
using static Sockeye.Protocol.Tests.WebSockets.FrameBytes;

namespace Sockeye.Protocol.Tests.WebSockets;

/// <summary>RFC 6455 section 5: base framing, in the order of the Autobahn suite's categories 1 to 5.</summary>
public sealed class ReaderFramingTests
{
    [Fact]
    public void Section_5_7_single_frame_unmasked_text()
    {
        using var client = Reading.Client();
        Assert.Equal(["text Hello"], Reading.Feed(client, Convert.FromHexString("810548656C6C6F")));
    }

    [Fact]
    public void Section_5_7_single_frame_masked_text() =>
        Assert.Equal(["text Hello"], Reading.All(Convert.FromHexString("818537FA213D7F9F4D5158")));

    [Fact]
    public void Section_5_7_fragmented_unmasked_text()
    {
        using var client = Reading.Client();
        Assert.Equal(["text Hello"], Reading.Feed(client, Convert.FromHexString("010348656C80026C6F")));
    }

    [Fact]
    public void Section_5_7_ping_and_masked_pong()
    {
        using var client = Reading.Client();
        Assert.Equal(["ping 48656C6C6F"], Reading.Feed(client, Convert.FromHexString("890548656C6C6F")));
        Assert.Equal(["pong 48656C6C6F"], Reading.All(Convert.FromHexString("8A8537FA213D7F9F4D5158")));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(125)]
    [InlineData(126)]
    [InlineData(127)]
    [InlineData(128)]
    [InlineData(65_535)]
    [InlineData(65_536)]
    [InlineData(70_001)]
    public void Autobahn_1_text_and_binary_of_every_length_form(int size)
    {
        var text = new string('*', size);
        Assert.Equal(["text " + text], Reading.All(Masked(Text, text)));

        var bytes = Enumerable.Range(0, size).Select(i => (byte)(i * 7)).ToArray();
        Assert.Equal(["binary " + Convert.ToHexString(bytes)], Reading.All(Masked(Binary, bytes)));
        using var client = Reading.Client();
        Assert.Equal(["binary " + Convert.ToHexString(bytes)], Reading.Feed(client, Plain(Binary, bytes)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(125)]
    public void Autobahn_2_pings_and_pongs_of_every_allowed_size(int size)
    {
        var data = Enumerable.Range(0, size).Select(i => (byte)(255 - i)).ToArray();
        var hex = Convert.ToHexString(data);
        Assert.Equal(["ping " + hex, "pong " + hex], Reading.All(Masked(Ping, data), Masked(Pong, data)));
    }

    [Theory]
    [InlineData(Ping)]
    [InlineData(Pong)]
    [InlineData(Close)]
    public void Autobahn_2_5_control_frame_over_125_bytes_is_refused_at_its_second_byte(int first)
    {
        using var server = Reading.Server();
        Assert.Equal(["error ControlFrame 1002"], Reading.Feed(server, Masked(first, new byte[126])[..2]));
    }

    [Fact]
    public void Autobahn_2_10_ten_pings_in_a_row()
    {
        var pings = Enumerable.Range(0, 10).Select(i => Masked(Ping, $"payload-{i}")).ToArray();
        Assert.Equal(Enumerable.Range(0, 10).Select(i => "ping " + Convert.ToHexString(Encoding.UTF8.GetBytes($"payload-{i}"))), Reading.All(pings));
    }

    [Theory]
    [InlineData(0x10)]
    [InlineData(0x20)]
    [InlineData(0x30)]
    [InlineData(0x40)]
    [InlineData(0x50)]
    [InlineData(0x60)]
    [InlineData(0x70)]
    public void Autobahn_3_reserved_bits_without_an_extension_end_the_reading(int bits)
    {
        foreach (var first in new[] { Text, Binary, Ping, Pong, Close })
        {
            Assert.Equal(["text before", "error ReservedBits 1002"], Reading.All(Masked(Text, "before"), Masked(first | bits, "x"), Masked(Text, "after")));
        }
    }

    [Theory]
    [InlineData(0x3)]
    [InlineData(0x4)]
    [InlineData(0x5)]
    [InlineData(0x6)]
    [InlineData(0x7)]
    [InlineData(0xB)]
    [InlineData(0xC)]
    [InlineData(0xD)]
    [InlineData(0xE)]
    [InlineData(0xF)]
    public void Autobahn_4_reserved_opcodes_end_the_reading(int opcode)
    {
        Assert.Equal(["text before", "error ReservedOpcode 1002"], Reading.All(Masked(Text, "before"), Masked(0x80 | opcode, "")));
        Assert.Equal(["error ReservedOpcode 1002"], Reading.All(Masked(0x80 | opcode, "with a payload")));
    }

    [Theory]
    [InlineData(0x09)]
    [InlineData(0x0A)]
    [InlineData(0x08)]
    public void Autobahn_5_1_control_frames_may_not_be_fragmented(int firstOfTwo) =>
        Assert.Equal(["error ControlFrame 1002"], Reading.All(Masked(firstOfTwo, "a"), Masked(LastPart, "b")));

    [Fact]
    public void Autobahn_5_3_text_in_two_fragments() =>
        Assert.Equal(["text fragment1fragment2"], Reading.All(Masked(TextPart, "fragment1"), Masked(LastPart, "fragment2")));

    [Fact]
    public void Autobahn_5_6_a_ping_between_two_fragments_comes_first_and_disturbs_nothing() =>
        Assert.Equal(["ping 70696E67", "text fragment1fragment2"], Reading.All(Masked(TextPart, "fragment1"), Masked(Ping, "ping"), Masked(LastPart, "fragment2")));

    [Theory]
    [InlineData(Part)]
    [InlineData(LastPart)]
    public void Autobahn_5_9_a_continuation_without_a_message(int first)
    {
        Assert.Equal(["error Fragmentation 1002"], Reading.All(Masked(first, "no message"), Masked(Text, "Hello")));
        Assert.Equal(["text whole", "error Fragmentation 1002"], Reading.All(Masked(Text, "whole"), Masked(first, "too late")));
    }

    [Theory]
    [InlineData(Text)]
    [InlineData(TextPart)]
    [InlineData(Binary)]
    [InlineData(BinaryPart)]
    public void Autobahn_5_18_a_new_message_inside_a_message(int first) =>
        Assert.Equal(["error Fragmentation 1002"], Reading.All(Masked(TextPart, "fragment1"), Masked(first, "fragment2")));

    [Fact]
    public void Autobahn_5_19_five_fragments_with_two_pings_between()
    {
        var said = Reading.All(
            Masked(TextPart, "fragment1"), Masked(Part, "fragment2"), Masked(Ping, "pongme 1!"),
            Masked(Part, "fragment3"), Masked(Part, "fragment4"), Masked(Ping, "pongme 2!"), Masked(LastPart, "fragment5"));
        Assert.Equal(["ping 706F6E676D65203121", "ping 706F6E676D65203221", "text fragment1fragment2fragment3fragment4fragment5"], said);
    }

    [Fact]
    public void Empty_fragments_make_an_empty_message()
    {
        Assert.Equal(["text "], Reading.All(Masked(TextPart, ""), Masked(Part, ""), Masked(LastPart, "")));
        Assert.Equal(["text middle"], Reading.All(Masked(TextPart, ""), Masked(Part, "middle"), Masked(LastPart, "")));
    }

    [Fact]
    public void Section_5_1_a_server_refuses_unmasked_frames_and_a_client_masked_ones()
    {
        using var client = Reading.Client();
        Assert.Equal(["error Masking 1002"], Reading.Feed(client, Masked(Text, "x")));
        Assert.Equal(["error Masking 1002"], Reading.All(Plain(Text, "x")));
        Assert.Equal(["error Masking 1002"], Reading.All(Plain(Ping, "")));
    }

    [Theory]
    [InlineData(2, 0ul)]
    [InlineData(2, 125ul)]
    [InlineData(8, 125ul)]
    [InlineData(8, 126ul)]
    [InlineData(8, 65_535ul)]
    [InlineData(8, 0x8000_0000_0000_0000ul)]
    [InlineData(8, 0xFFFF_FFFF_FFFF_FFFFul)]
    public void Section_5_2_a_length_must_have_its_shortest_form_and_a_clear_top_bit(int lengthBytes, ulong length) =>
        Assert.Equal(["error Length 1002"], Reading.All(Header(Binary, lengthBytes, length)));

    [Fact]
    public void After_an_error_the_reader_stays_in_error_and_takes_no_message_any_more()
    {
        using var server = Reading.Server();
        Assert.Equal(["error ReservedOpcode 1002"], Reading.Feed(server, Masked(0x83, "")));
        var more = new System.Buffers.ReadOnlySequence<byte>(Masked(Text, "Hello"));
        Assert.Equal(WebSocketReadStatus.Error, server.Read(ref more));
        Assert.True(more.IsEmpty);
        Assert.True(server.Payload.IsEmpty);
        Assert.Equal(WebSocketError.ReservedOpcode, server.Error);
    }

    [Theory]
    [InlineData("8180", "Masking", false)]
    [InlineData("C180", "ReservedBits", true)]
    [InlineData("8380", "ReservedOpcode", true)]
    [InlineData("0980", "ControlFrame", true)]
    [InlineData("8080", "Fragmentation", true)]
    public void An_error_in_the_first_two_bytes_does_not_wait_for_the_rest(string hex, string error, bool asServer)
    {
        foreach (var onePerCall in new[] { false, true })
        {
            using var reader = asServer ? Reading.Server() : Reading.Client();
            var bytes = Convert.FromHexString(hex);
            var said = onePerCall ? Reading.FeedPieces(reader, bytes.Select(value => new[] { value })) : Reading.Feed(reader, bytes);
            Assert.Equal([$"error {error} 1002"], said);
        }
    }

    [Fact]
    public void Misuse_throws_at_once()
    {
        Assert.Throws<ArgumentNullException>(() => new WebSocketFrameReader(WebSocketRole.Server, null!));
        Assert.Throws<ArgumentOutOfRangeException>(() => Reading.Server(maxMessageSize: -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => Reading.Server(maxFragments: 0));
        var reader = Reading.Server();
        reader.Dispose();
        Assert.Throws<ObjectDisposedException>(() => Reading.Feed(reader, Masked(Text, "x")));
    }
}
