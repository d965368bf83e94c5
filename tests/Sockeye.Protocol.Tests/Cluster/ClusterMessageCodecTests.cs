using System.Text;
using Sockeye.Protocol.Cluster;
using Sockeye.Protocol.Packets;

namespace Sockeye.Protocol.Tests.Cluster;

public sealed class ClusterMessageCodecTests
{
    private static readonly ClusterLimits Limits = new();

    /// <summary>As the official cluster adapter writes them.</summary>
    public static TheoryData<string> Official { get; } =
    [
        """{"type":1,"uid":"a1","nsp":"/"}""",
        """{"type":2,"uid":"a1","nsp":"/chat"}""",
        """{"type":3,"data":{"packet":{"type":2,"data":["foo","bar",1],"nsp":"/"},"opts":{"rooms":["r"],"except":["x"],"flags":{"volatile":true,"compress":false}}},"uid":"a1","nsp":"/"}""",
        """{"type":3,"data":{"packet":{"type":2,"data":["foo"],"nsp":"/"},"requestId":"r1","opts":{"rooms":[],"except":[],"flags":{"timeout":1000,"expectSingleResponse":true}}},"uid":"a1","nsp":"/"}""",
        """{"type":4,"data":{"opts":{"rooms":[],"except":[],"flags":{}},"rooms":["a","b"]},"uid":"a1","nsp":"/"}""",
        """{"type":5,"data":{"opts":{"rooms":[],"except":[],"flags":{}},"rooms":["a"]},"uid":"a1","nsp":"/"}""",
        """{"type":6,"data":{"opts":{"rooms":[],"except":[],"flags":{}},"close":true},"uid":"a1","nsp":"/"}""",
        """{"type":7,"data":{"opts":{"rooms":[],"except":[],"flags":{}},"requestId":"r1"},"uid":"a1","nsp":"/"}""",
        """{"type":8,"data":{"requestId":"r1","sockets":[{"id":"s","handshake":{"url":"/"},"rooms":["s"],"data":{"a":[1]}}]},"uid":"a1","nsp":"/"}""",
        """{"type":9,"data":{"packet":["hello",1]},"uid":"a1","nsp":"/"}""",
        """{"type":9,"data":{"requestId":"r1","packet":["hello"]},"uid":"a1","nsp":"/"}""",
        """{"type":10,"data":{"requestId":"r1","packet":{"x":"y"}},"uid":"a1","nsp":"/"}""",
        """{"type":10,"data":{"requestId":"r1"},"uid":"a1","nsp":"/"}""",
        """{"type":11,"data":{"requestId":"r1","clientCount":3},"uid":"a1","nsp":"/"}""",
        """{"type":12,"data":{"requestId":"r1","packet":"ok"},"uid":"a1","nsp":"/"}""",
        """{"type":13,"uid":"a1","nsp":"/"}""",
    ];

    [Theory]
    [MemberData(nameof(Official))]
    public void A_message_is_read_and_written_byte_for_byte(string json)
    {
        var message = Decode(Encoding.UTF8.GetBytes(json));
        Assert.Equal(json, Encoding.UTF8.GetString(ClusterMessageCodec.EncodeJson(message)));
        var packed = ClusterMessageCodec.EncodeMessagePack(message);
        Assert.Equal(json, Encoding.UTF8.GetString(ClusterMessageCodec.EncodeJson(Decode(packed))));
    }

    [Fact]
    public void Binary_data_travel_in_MessagePack_only()
    {
        var message = new ClusterMessage
        {
            Type = ClusterMessageType.Broadcast,
            Uid = "a1",
            Namespace = "/",
            Packet = new PacketData("""["x",{"_placeholder":true,"num":0}]"""u8.ToArray(), [new byte[] { 1, 2, 3 }]),
        };
        Assert.Throws<ArgumentException>(() => ClusterMessageCodec.EncodeJson(message));
        var packed = ClusterMessageCodec.EncodeMessagePack(message);
        Assert.Contains("C403010203", Convert.ToHexString(packed));
        var read = Decode(packed);
        Assert.Equal("""["x",{"_placeholder":true,"num":0}]""", Encoding.UTF8.GetString(read.Packet.Json.Span));
        Assert.Equal([1, 2, 3], Assert.Single(read.Packet.Attachments).ToArray());
    }

    [Fact]
    public void An_answer_without_a_value_is_no_answer_with_null()
    {
        Assert.Equal("[]", Text(Decode("""{"type":12,"data":{"requestId":"r"},"uid":"a","nsp":"/"}"""u8)));
        Assert.Equal("[null]", Text(Decode("""{"type":12,"data":{"requestId":"r","packet":null},"uid":"a","nsp":"/"}"""u8)));

        static string Text(ClusterMessage message) => Encoding.UTF8.GetString(message.Packet.Json.Span);
    }

    [Fact]
    public void Rooms_that_are_numbers_in_JavaScript_are_their_digits() =>
        Assert.Equal(["123", "a"], Decode("""{"type":7,"data":{"opts":{"rooms":[123,"a"]},"requestId":"r"},"uid":"a","nsp":"/"}"""u8).Target.Rooms);

    [Fact]
    public void The_namespace_may_come_from_the_channel()
    {
        var json = """{"type":2,"uid":"emitter"}"""u8;
        Assert.Equal(ClusterError.InvalidMember, ClusterMessageCodec.TryDecode(json, Limits, out _));
        Assert.Equal(ClusterError.None, ClusterMessageCodec.TryDecode(json, Limits, out var message, "/chat"));
        Assert.Equal("/chat", message!.Namespace);
    }

    [Theory]
    [InlineData("", ClusterError.Malformed)]
    [InlineData("{", ClusterError.Malformed)]
    [InlineData("[]", ClusterError.Malformed)]
    [InlineData("{}", ClusterError.InvalidMember)]
    [InlineData("""{"type":14,"uid":"a","nsp":"/"}""", ClusterError.UnknownType)]
    [InlineData("""{"type":"3","uid":"a","nsp":"/"}""", ClusterError.Malformed)]
    [InlineData("""{"type":2,"uid":"a","nsp":"chat"}""", ClusterError.InvalidMember)]
    [InlineData("""{"type":2,"uid":"a","nsp":"/"} x""", ClusterError.Malformed)]
    [InlineData("""{"type":3,"data":{"packet":{"type":2,"data":["a"]}},"uid":"a","nsp":"/"}""", ClusterError.InvalidMember)]
    [InlineData("""{"type":3,"data":{"packet":{"type":0,"data":["a"]},"opts":{}},"uid":"a","nsp":"/"}""", ClusterError.Malformed)]
    [InlineData("""{"type":3,"data":{"opts":{"rooms":[{}]},"packet":{"type":2,"data":["a"]}},"uid":"a","nsp":"/"}""", ClusterError.Malformed)]
    [InlineData("""{"type":7,"data":{"opts":{}},"uid":"a","nsp":"/"}""", ClusterError.InvalidMember)]
    [InlineData("""{"type":11,"data":{"requestId":"r","clientCount":-1},"uid":"a","nsp":"/"}""", ClusterError.Malformed)]
    public void What_does_not_fit_is_refused(string text, ClusterError expected) =>
        Assert.Equal(expected, ClusterMessageCodec.TryDecode(Encoding.UTF8.GetBytes(text), Limits, out _));

    [Fact]
    public void A_message_over_the_limit_is_refused() =>
        Assert.Equal(ClusterError.TooLarge, ClusterMessageCodec.TryDecode(new byte[101], new ClusterLimits(MaxMessageBytes: 100), out _));

    [Theory]
    [MemberData(nameof(Official))]
    public void No_damaged_message_throws(string json)
    {
        var random = new Random(1);
        foreach (var whole in (byte[][])[Encoding.UTF8.GetBytes(json), ClusterMessageCodec.EncodeMessagePack(Decode(Encoding.UTF8.GetBytes(json)))])
        {
            for (var length = 0; length < whole.Length; length++)
            {
                Assert.NotEqual(ClusterError.None, ClusterMessageCodec.TryDecode(whole.AsSpan(0, length), Limits, out _));
            }

            for (var i = 0; i < 2000; i++)
            {
                byte[] damaged = [.. whole];
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
                ClusterMessageCodec.TryDecode(damaged, Limits, out _);
                ClusterMessageCodec.TryDecodeData(random.Next(15), "a", "/", damaged, Limits, out _);
            }
        }
    }

    private static ClusterMessage Decode(ReadOnlySpan<byte> data)
    {
        Assert.Equal(ClusterError.None, ClusterMessageCodec.TryDecode(data, Limits, out var message));
        return message!;
    }
}
