using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Sockeye.Protocol.Packets;

namespace Sockeye.Protocol.Tests.Packets;

public sealed class MessagePackEncoderTests
{
    private static readonly PacketCodec Codec = new(new MessagePackPacketFormat(), new JsonSerializerOptions(JsonSerializerDefaults.Web));

    [Fact]
    public void An_object_with_binary_data_goes_out_as_one_message_and_comes_back()
    {
        var encoded = Codec.EncodeEvent("/chat", "upload", 3, new Upload("a.png", [1, 2, 3], [new("b", [4], [])]));
        Assert.True(encoded.Text.IsEmpty);
        Assert.Equal(
            "84a47479706502a464617461" + "92a675706c6f6164" + "83a46e616d65a5612e706e67a464617461c403010203a46d6f726591" + "83a46e616d65a162a464617461c40104a46d6f726590"
            + "a2696403a36e7370a52f63686174",
            Convert.ToHexStringLower(Assert.Single(encoded.Attachments).Span));

        var upload = Decode(encoded).Arguments.Get(0, Codec.GetTypeInfo<Upload>())!;
        Assert.Equal("a.png", upload.Name);
        Assert.Equal([1, 2, 3], upload.Data);
        Assert.Equal([4], Assert.Single(upload.More).Data);
    }

    [Fact]
    public void The_servers_own_packets()
    {
        Assert.Equal("83a47479706500a46461746181a3736964a178a36e7370a12f", Hex(Codec.EncodeConnected("/", "x", null)));
        Assert.Equal("83a47479706500a46461746182a3736964a178a3706964a179a36e7370a12f", Hex(Codec.EncodeConnected("/", "x", "y")));
        Assert.Equal("83a47479706504a46461746181a76d657373616765a26e6fa36e7370a22f61", Hex(Codec.EncodeConnectError("/a", "no", null)));
        Assert.Equal("82a47479706501a36e7370a22f61", Hex(Codec.EncodeDisconnect("/a")));
        Assert.Equal("84a2696405a47479706503a4646174619101a36e7370a12f", Hex(Codec.EncodeAck("/", 5, 1)));
    }

    // notepack.io writes a wrong number there.
    [Theory]
    [InlineData("18446744073709551616", 18446744073709551616d)]
    [InlineData("1e300", 1e300)]
    [InlineData("-9223372036854775809", -9223372036854775809d)]
    public void Whole_numbers_beyond_64_bits_are_floats(string json, double value)
    {
        var encoded = Codec.EncodeAck("/", 0, JsonElement.Parse(Encoding.UTF8.GetBytes(json)));
        Assert.Contains("cb" + BitConverter.DoubleToUInt64Bits(value).ToString("x16", null), Hex(encoded), StringComparison.Ordinal);
        Assert.Equal(value, Decode(encoded).Arguments.GetElement(0).GetDouble());
    }

    [Theory]
    [InlineData("1.0", "01")]
    [InlineData("1e3", "cd03e8")]
    [InlineData("-1.5E1", "f1")]
    [InlineData("9007199254740993", "cf0020000000000001")]
    [InlineData("1.50", "cb3ff8000000000000")]
    public void Whole_numbers_are_integers_however_they_are_written(string json, string bytes) =>
        Assert.Equal("84a2696400a47479706503a46461746191" + bytes + "a36e7370a12f", Hex(Codec.EncodeAck("/", 0, JsonElement.Parse(Encoding.UTF8.GetBytes(json)))));

    [Theory]
    [InlineData(0)]
    [InlineData(31)]
    [InlineData(32)]
    [InlineData(255)]
    [InlineData(256)]
    [InlineData(65_535)]
    [InlineData(65_536)]
    public void Text_and_binary_data_of_every_size_come_back(int length)
    {
        // Both the escaped and the plain way through the encoder.
        foreach (var text in (string[])[new string('x', length), new string('"', length)])
        {
            var data = Encoding.UTF8.GetBytes(text);
            var packet = Decode(Codec.EncodeEvent("/", "a", null, [text, data]));
            Assert.Equal(text, packet.Arguments.GetElement(0).GetString());
            Assert.True(packet.Arguments.TryGetBinary(1, out var back));
            Assert.Equal(data, back);
        }
    }

    [Theory]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(65_535)]
    [InlineData(65_536)]
    public void Arrays_and_objects_of_every_size_come_back(int count)
    {
        var array = Enumerable.Range(0, count).ToArray();
        var members = array.ToDictionary(number => $"k{number}", number => number);
        var packet = Decode(Codec.EncodeEvent("/", "a", null, [array, members]));
        Assert.Equal(array, packet.Arguments.Get(0, Codec.GetTypeInfo<int[]>()));
        Assert.Equal(members, packet.Arguments.Get(1, Codec.GetTypeInfo<Dictionary<string, int>>()));
    }

    // JSON from elsewhere may write a placeholder in its own way.
    [Fact]
    public void A_placeholder_counts_however_it_is_written()
    {
        var json = "[\"a\", { \"x\":[{\"n\":[1]}], \"n\\u0075m\" : 1, \"_placeholder\": true }, {\"b\":{\"_placeholder\":true,\"num\":0}}, {}]"u8;
        var encoded = Codec.Format.Encode(new PacketContent(PacketType.Event, "/", null, json, [new byte[] { 1 }, new byte[] { 2 }]));
        var packet = Decode(encoded);
        Assert.Equal("""{"_placeholder":true,"num":0}""", packet.Arguments.GetElement(0).GetRawText());
        Assert.Equal("""{"b":{"_placeholder":true,"num":1}}""", packet.Arguments.GetElement(1).GetRawText());
        Assert.Equal("{}", packet.Arguments.GetElement(2).GetRawText());
        Assert.Equal([[2], [1]], packet.Arguments.Attachments);
    }

    [Fact]
    public void An_attachment_goes_out_once_however_often_JSON_names_it()
    {
        var placeholders = string.Join(',', Enumerable.Repeat("""{"_placeholder":true,"num":0}""", 100));
        var encoded = Codec.Format.Encode(new PacketContent(PacketType.Event, "/", null, Encoding.UTF8.GetBytes($"""["a",{placeholders}]"""), [new byte[10_000]]));
        Assert.InRange(encoded.Attachments[0].Length, 10_000, 13_000);
    }

    [Fact]
    public void Received_arguments_go_from_one_format_to_the_other()
    {
        var json = new PacketCodec(new JsonPacketFormat(), new JsonSerializerOptions(JsonSerializerDefaults.Web));
        var received = Decode(Codec.EncodeEvent("/", "a", null, ["x", new byte[] { 1 }, new { b = new byte[] { 2 } }])).Arguments;
        var sent = json.EncodeEvent("/", "b", null, received);
        Assert.Equal("""52-["b","x",{"_placeholder":true,"num":0},{"b":{"_placeholder":true,"num":1}}]""", Encoding.UTF8.GetString(sent.Text.Span));
        Assert.Equal([1, 2], sent.Attachments.Select(data => data.Span[0]));

        sent = json.EncodeEvent("/", "b", null, received.Slice(2));
        Assert.Equal("""51-["b",{"b":{"_placeholder":true,"num":0}}]""", Encoding.UTF8.GetString(sent.Text.Span));
    }

    [Fact]
    public void Arguments_are_made_of_values_as_if_they_had_been_received()
    {
        var received = Decode(Codec.EncodeEvent("/", "a", null, [1, new byte[] { 1 }])).Arguments;
        var arguments = Codec.CreateArguments([new byte[] { 9 }, received, "\ud83e\udd91"]);
        Assert.Equal(4, arguments.Count);
        Assert.Equal([[9], [1]], arguments.Attachments);
        Assert.True(arguments.TryGetBinary(2, out var data));
        Assert.Equal([1], data);
        Assert.Equal("\ud83e\udd91", arguments.GetElement(3).GetString());
        Assert.Same(received, Codec.CreateArguments([received]));
    }

    private static string Hex(EncodedPacket encoded) => Convert.ToHexStringLower(Assert.Single(encoded.Attachments).Span);

    private static Packet Decode(EncodedPacket encoded)
    {
        Assert.Equal(PacketStatus.Complete, Codec.Format.CreateDecoder(new PacketLimits()).ReceiveBinary(encoded.Attachments[0].Span, out var packet));
        return packet!;
    }

    private sealed record Upload(string Name, byte[] Data, [property: JsonPropertyName("more")] Upload[] More);
}
