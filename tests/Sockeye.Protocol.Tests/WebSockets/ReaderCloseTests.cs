using System.Buffers;
using Sockeye.Protocol.WebSockets;
using static Sockeye.Protocol.Tests.WebSockets.FrameBytes;

namespace Sockeye.Protocol.Tests.WebSockets;

/// <summary>RFC 6455 sections 5.5.1 and 7.4, in the order of the Autobahn suite's category 7.</summary>
public sealed class ReaderCloseTests
{
    [Fact]
    public void Autobahn_7_1_what_comes_after_a_close_is_thrown_away()
    {
        using var server = Reading.Server();
        Assert.Equal(["text Hello", "close 1000 "], Reading.Feed(server, Join(Masked(Text, "Hello"), Close(1000), Masked(Text, "late"), Masked(Ping, "late"), Close(1000), [0xFF])));
        Assert.Empty(Reading.Feed(server, Masked(Text, "later")));
        Assert.Equal(1000, server.CloseStatus);
        Assert.Equal(WebSocketError.None, server.Error);
    }

    [Fact]
    public void Autobahn_7_1_5_a_close_inside_a_message_ends_it_unfinished() =>
        Assert.Equal(["close 1000 "], Reading.All(Masked(TextPart, "fragment1"), Close(1000), Masked(LastPart, "fragment2")));

    [Fact]
    public void Autobahn_7_3_1_a_close_without_a_code_is_1005()
    {
        using var server = Reading.Server();
        Assert.Equal(1006, server.CloseStatus);
        Assert.Equal(["close 1005 "], Reading.Feed(server, Masked(FrameBytes.Close, "")));
    }

    [Fact]
    public void Autobahn_7_3_2_a_close_with_half_a_code() =>
        Assert.Equal(["error ClosePayload 1002"], Reading.All(Masked(FrameBytes.Close, [0x03])));

    [Fact]
    public void Autobahn_7_3_4_a_close_with_a_reason()
    {
        Assert.Equal(["close 1000 Hello World!"], Reading.All(Close(1000, "Hello World!"u8)));
        var longest = new string('*', 123);
        Assert.Equal(["close 1000 " + longest], Reading.All(Close(1000, System.Text.Encoding.UTF8.GetBytes(longest))));
    }

    [Fact]
    public void Autobahn_7_3_6_a_close_with_a_reason_too_long() =>
        Assert.Equal(["error ControlFrame 1002"], Reading.All(Close(1000, new byte[124])));

    [Theory]
    [InlineData("CEBAE1BDB9CF83CEBCCEB5EDA08065646974656421")]
    [InlineData("CE")]
    public void Autobahn_7_5_1_a_close_with_a_reason_that_is_not_utf8(string hex) =>
        Assert.Equal(["error ClosePayload 1007"], Reading.All(Close(1000, Convert.FromHexString(hex))));

    [Fact]
    public void Autobahn_7_7_and_7_9_the_same_codes_are_taken_as_by_the_ws_package()
    {
        foreach (var code in Enumerable.Range(0, 5_100).Append(ushort.MaxValue))
        {
            var accepted = code is >= 1000 and <= 1014 and not (1004 or 1005 or 1006) or >= 3000 and <= 4999;
            string[] expected = accepted ? [$"close {code} "] : ["error ClosePayload 1002"];
            Assert.Equal(expected, Reading.All(Close(code)));
        }
    }

    [Fact]
    public void A_refused_close_reports_no_code()
    {
        using var server = Reading.Server();
        Assert.Equal(["error ClosePayload 1002"], Reading.Feed(server, Close(1005)));
        Assert.Equal(1006, server.CloseStatus);
    }

    [Fact]
    public void The_payload_of_a_close_is_its_reason()
    {
        using var server = Reading.Server();
        var input = new ReadOnlySequence<byte>(Close(4001, "bye"u8));
        Assert.Equal(WebSocketReadStatus.Close, server.Read(ref input));
        Assert.Equal("bye"u8, server.Payload);
        Assert.Equal(WebSocketReadStatus.NeedMoreData, server.Read(ref input));
        Assert.True(server.Payload.IsEmpty);
    }

    private static byte[] Close(int code, ReadOnlySpan<byte> reason = default) =>
        Masked(FrameBytes.Close, [(byte)(code >> 8), (byte)code, .. reason]);
}
