using System.Text;
using Sockeye.Protocol.Cluster;
using Sockeye.Protocol.Packets;
using Sockeye.Redis;
using Sockeye.Redis.Classic;

namespace Sockeye.Adapters.Tests.Redis;

/// <summary>The classic wire, byte for byte as <c>@socket.io/redis-adapter</c> 8.3.0 and <c>@socket.io/redis-emitter</c> 5.1.0 have written it.</summary>
public sealed class ClassicCodecTests
{
    private static readonly ClusterLimits Limits = new();

    [Theory]
    [InlineData("socket.io#/#", "93a641624364456683a47479706502a46461746193a3666f6fa362617201a36e7370a12f83a5726f6f6d7390a665786365707490a5666c61677380")]
    [InlineData("socket.io#/#room1#", "93a641624364456683a47479706502a46461746193a362696ec402010282a161cb3ff8000000000000a162c0a36e7370a12f83a5726f6f6d7391a5726f6f6d31a665786365707491a178a5666c61677382a8766f6c6174696c65c3a8636f6d7072657373c2")]
    [InlineData("socket.io#/#", "93a641624364456683a47479706502a46461746192a2c3a9c3a36e7370a12f83a5726f6f6d7392a161a162a665786365707490a5666c61677380")]
    [InlineData("socket.io#/#room1#", "93a7656d697474657283a47479706502a46461746192a3666f6f01a36e7370a12f83a5726f6f6d7391a5726f6f6d31a665786365707490a5666c61677380", "93a7656d697474657283a47479706502a46461746192a3666f6f01a36e7370a12f83a5726f6f6d7391a5726f6f6d31a665786365707490a5666c61677380")]
    public void Broadcasts_are_those_of_the_official_adapter(string channel, string hex, string? ours = null)
    {
        Assert.Equal(ClusterError.None, ClassicCodec.TryDecodeBroadcast(Convert.FromHexString(hex), Limits, out var message));
        var written = new ClassicWire(new RedisOptions()).Encode(message!);
        Assert.Equal(channel, written.Channel.ToString());
        // Of the emitter the members of the options are in another order.
        Assert.Equal(ours ?? hex, Convert.ToHexStringLower(written.Payload));
    }

    [Theory]
    [InlineData("""{"uid":"AbCdEf","type":2,"opts":{"rooms":["r"],"except":[]},"rooms":["a","b"]}""")]
    [InlineData("""{"uid":"AbCdEf","type":3,"opts":{"rooms":[],"except":["r"]},"rooms":["a"]}""")]
    [InlineData("""{"uid":"AbCdEf","type":4,"opts":{"rooms":["r"],"except":[]},"close":true}""")]
    [InlineData("""{"uid":"AbCdEf","requestId":"R1","type":5,"opts":{"rooms":[],"except":[]}}""")]
    [InlineData("""{"uid":"AbCdEf","type":6,"data":["hello",1,"x"]}""")]
    [InlineData("""{"uid":"AbCdEf","requestId":"R4","type":6,"data":["ans"]}""")]
    [InlineData("""{"type":2,"opts":{"rooms":["r"],"except":[]},"rooms":["a"]}""")]
    [InlineData("""{"type":4,"opts":{"rooms":[],"except":[]},"close":true}""")]
    [InlineData("""{"uid":"emitter","type":6,"data":["hello",1]}""")]
    [InlineData("""{"uid":"x","type":101}""")]
    [InlineData("""{"uid":"x","type":113}""")]
    public void Requests_are_those_of_the_official_adapter_and_emitter(string text)
    {
        Assert.Equal(ClusterError.None, ClassicCodec.TryDecodeRequest(Encoding.UTF8.GetBytes(text), "/", Limits, out var message, out var question));
        Assert.Null(question);
        var written = new ClassicWire(new RedisOptions()).Encode(message!);
        Assert.Equal("socket.io-request#/#", written.Channel.ToString());
        Assert.Equal(text, Encoding.UTF8.GetString(written.Payload));
    }

    [Fact]
    public void A_broadcast_with_acknowledgements_is_a_request_in_MessagePack()
    {
        const string Hex = "85a3756964a6416243644566a9726571756573744964a6426c6a4f6147a47479706507a67061636b657483a47479706502a46461746192a17101a36e7370a12fa46f70747383a5726f6f6d7390a665786365707490a5666c61677381a774696d656f7574ccc8";
        Assert.Equal(ClusterError.None, ClassicCodec.TryDecodeRequest(Convert.FromHexString(Hex), "/", Limits, out var message, out _));
        Assert.Equal(("BljOaG", TimeSpan.FromMilliseconds(200)), (message!.RequestId, message.Target.Timeout));
        Assert.Equal(Hex, Convert.ToHexStringLower(new ClassicWire(new RedisOptions()).Encode(message).Payload));
    }

    [Theory]
    [InlineData("""{"requestId":"R1","sockets":[]}""")]
    [InlineData("""{"requestId":"R1","sockets":[{"id":"a","handshake":{},"rooms":["a"],"data":{}}]}""")]
    [InlineData("""{"type":8,"requestId":"R3","clientCount":0}""")]
    [InlineData("""{"type":6,"requestId":"R4","data":{"ok":1}}""")]
    [InlineData("""{"type":6,"requestId":"R4"}""")]
    public void Answers_are_those_of_the_official_adapter_and_say_who_answers(string text)
    {
        Assert.Equal(ClusterError.None, ClassicCodec.TryDecodeResponse(Encoding.UTF8.GetBytes(text), "/", Limits, out var message));
        Assert.Equal("", message!.Uid);
        var written = new ClassicWire(new RedisOptions()).Encode(message with { Uid = "me", Recipient = "you" });
        Assert.Equal("socket.io-response#/#", written.Channel.ToString());
        Assert.Equal($"{text[..^1]},\"uid\":\"me\"}}", Encoding.UTF8.GetString(written.Payload));
        Assert.Equal("socket.io-response#/#you#", new ClassicWire(new RedisOptions { PublishOnSpecificResponseChannel = true }).Encode(message with { Recipient = "you" }).Channel.ToString());
    }

    [Fact]
    public void An_acknowledgement_is_an_answer_in_MessagePack()
    {
        const string Hex = "83a47479706509a9726571756573744964a25233a67061636b657491a178";
        Assert.Equal(ClusterError.None, ClassicCodec.TryDecodeResponse(Convert.FromHexString(Hex), "/", Limits, out var message));
        Assert.Equal("""[["x"]]""", Encoding.UTF8.GetString(message!.Packet.Json.Span));
    }

    [Fact]
    public void RA_P_01_RE_P_01_Another_parser_JSON()
    {
        var message = new ClusterMessage { Type = ClusterMessageType.Broadcast, Uid = "AbCdEf", Namespace = "/", Packet = new PacketData("""["foo",1]"""u8.ToArray(), []) };
        var wire = new ClassicWire(new RedisOptions { Parser = RedisParser.Json });
        var payload = wire.Encode(message).Payload;
        Assert.Equal("""["AbCdEf",{"type":2,"data":["foo",1],"nsp":"/"},{"rooms":[],"except":[],"flags":{}}]""", Encoding.UTF8.GetString(payload));
        Assert.Equal(ClusterError.None, ClassicCodec.TryDecodeBroadcast(payload, Limits, out var read));
        Assert.Equal("AbCdEf", read!.Uid);
        Assert.Throws<ClusterException>(() => wire.Encode(message with { Packet = new PacketData("""["foo",{"_placeholder":true,"num":0}]"""u8.ToArray(), [new byte[] { 1 }]) }));
    }

    [Theory]
    [InlineData("""{"uid":"x","requestId":"1","type":0,"rooms":["a"]}""", 0, "a")]
    [InlineData("""{"uid":"x","requestId":"1","type":1}""", 1, "")]
    [InlineData("""{"uid":"x","requestId":"1","type":2,"sid":"s","room":"r"}""", 2, "s")]
    [InlineData("""{"uid":"x","requestId":"1","type":4,"sid":"s","close":true}""", 4, "s")]
    public void Questions_of_older_nodes_are_understood(string text, int type, string rooms)
    {
        Assert.Equal(ClusterError.None, ClassicCodec.TryDecodeRequest(Encoding.UTF8.GetBytes(text), "/", Limits, out var message, out var question));
        Assert.Equal((type, "x", "1", rooms), ((int)question!.Type, question.Uid, question.RequestId, string.Join(',', question.Rooms)));
        Assert.Equal(type >= 2, message is not null);
    }

    [Fact]
    public void What_is_cut_off_or_changed_is_refused_and_never_an_exception()
    {
        var random = new Random(7);
        string[] samples =
        [
            "93a641624364456683a47479706502a46461746193a362696ec402010282a161cb3ff8000000000000a162c0a36e7370a12f83a5726f6f6d7391a5726f6f6d31a665786365707491a178a5666c61677382a8766f6c6174696c65c3a8636f6d7072657373c2",
            Convert.ToHexString("""{"uid":"AbCdEf","type":2,"opts":{"rooms":["r"],"except":[]},"rooms":["a","b"]}"""u8),
        ];
        foreach (var sample in samples)
        {
            var data = Convert.FromHexString(sample);
            for (var length = 0; length < data.Length; length++)
            {
                Assert.NotEqual(ClusterError.None, ClassicCodec.TryDecodeBroadcast(data.AsSpan(0, length), Limits, out _));
                Assert.NotEqual(ClusterError.None, ClassicCodec.TryDecodeRequest(data.AsSpan(0, length), "/", Limits, out _, out _));
            }

            for (var i = 0; i < 5000; i++)
            {
                var changed = (byte[])data.Clone();
                changed[random.Next(data.Length)] = (byte)random.Next(256);
                _ = ClassicCodec.TryDecodeBroadcast(changed, Limits, out _);
                _ = ClassicCodec.TryDecodeRequest(changed, "/", Limits, out _, out _);
                _ = ClassicCodec.TryDecodeResponse(changed, "/", Limits, out _);
            }
        }

        Assert.Equal(ClusterError.TooLarge, ClassicCodec.TryDecodeBroadcast(new byte[11], new ClusterLimits(MaxMessageBytes: 10), out _));
    }

    [Fact]
    public void Names_stand_for_themselves_in_patterns() => Assert.Equal("a\\*b\\?c\\[d\\]e\\\\#", ClassicChannel.Escape("a*b?c[d]e\\#"));
}
