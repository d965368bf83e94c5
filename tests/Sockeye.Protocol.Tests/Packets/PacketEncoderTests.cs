using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Sockeye.Protocol.Packets;

namespace Sockeye.Protocol.Tests.Packets;

public sealed class PacketEncoderTests
{
    private static readonly PacketCodec Format = new(new JsonPacketFormat(), new JsonSerializerOptions(JsonSerializerDefaults.Web));

    /// <summary>A text and the UTF-8, in hex, of what JSON.stringify of Node 20 makes of it.</summary>
    public static TheoryData<string, string> Strings => new()
    {
        { "", "2222" },
        { "a", "226122" },
        { "utf8 \u2014 string", "227574663820e2809420737472696e6722" },
        { "\u540d\u524d", "22e5908de5898d22" },
        { "\U0001F991", "22f09fa69122" },
        { "a\U0001F600b", "2261f09f98806222" },
        { "\"quoted\"", "225c2271756f7465645c2222" },
        { "back\\slash", "226261636b5c5c736c61736822" },
        { "a/b", "22612f6222" },
        { "\b\f\n\r\t", "225c625c665c6e5c725c7422" },
        { "\u0000\u0001\u000b\u001f", "225c75303030305c75303030315c75303030625c753030316622" },
        { "\u007f\u0080\u009f", "227fc280c29f22" },
        { "\u00a0\u00ad", "22c2a0c2ad22" },
        { "\u2028\u2029", "22e280a8e280a922" },
        { "\ufeff\ufffe\uffff", "22efbbbfefbfbeefbfbf22" },
        { "\ue000\uf8ff", "22ee8080efa3bf22" },
        { "<a href='x'>&amp;</a>+`", "223c6120687265663d2778273e26616d703b3c2f613e2b6022" },
        { "\\u0041", "225c5c753030343122" },
        { "\U0010FFFF", "22f48fbfbf22" },
        { "\U000E0001", "22f3a0808122" },
        { "\U00020000", "22f0a0808022" },
        { "\u0600\u070f\u200b\u200d\u202e", "22d880dc8fe2808be2808de280ae22" },
    };

    [Theory]
    [MemberData(nameof(Strings))]
    public void Text_has_the_bytes_of_JSON_stringify(string text, string stringified)
    {
        var literal = Encoding.UTF8.GetString(Convert.FromHexString(stringified));
        Assert.Equal($"2[{literal},{literal}]", Wire(Format.EncodeEvent("/", text, null, text)));
        Assert.Equal($"2[\"a\",{literal}]", Wire(Format.EncodeEvent("/", "a", null, [text])));
        Assert.Equal($"2[\"a\",{{{literal}:[{literal}]}}]", Wire(Format.EncodeEvent("/", "a", null, new Dictionary<string, string[]> { [text] = [text] })));
        Assert.Equal($"2[{literal},1]", Wire(Format.EncodeEvent("/", text, null, Received("2[\"x\",1]"))));
        Assert.Equal($"4{{\"message\":{literal}}}", Wire(Format.EncodeConnectError("/", text, null)));
    }

    [Fact]
    public void Half_a_surrogate_pair_becomes_the_replacement_character()
    {
        // JSON.stringify writes the escape \ud83e. .NET has no UTF-8 for it and replaces it, as every decoder of UTF-8 in JavaScript does.
        Assert.Equal("2[\"a\",\"\ufffdx\"]", Wire(Format.EncodeEvent("/", "a", null, "\ud83ex")));
    }

    [Fact]
    public void The_encoder_of_the_user_is_respected()
    {
        var format = new PacketCodec(new JsonPacketFormat(), new JsonSerializerOptions { Encoder = JavaScriptEncoder.Default });
        Assert.Equal("2[\"a\",\"\\u003C\\uD83E\\uDD91\\u001F\"]", Wire(format.EncodeEvent("/", "a", null, "<\U0001F991\u001f")));
    }

    public static TheoryData<object?, string> Values => new()
    {
        { null, "null" },
        { true, "true" },
        { 0, "0" },
        { -1, "-1" },
        { long.MaxValue, "9223372036854775807" },
        { 0.5, "0.5" },
        { 1.0, "1" },
        { 0.1f, "0.1" },
        { 1.50m, "1.50" },
        { double.NaN, "null" },
        { double.PositiveInfinity, "null" },
        { float.NegativeInfinity, "null" },
        { (byte)7, "7" },
        { 'x', "\"x\"" },
        { DayOfWeek.Monday, "1" },
        { Guid.Empty, "\"00000000-0000-0000-0000-000000000000\"" },
        { new DateTime(2024, 1, 2, 3, 4, 5, DateTimeKind.Utc), "\"2024-01-02T03:04:05Z\"" },
        { new List<string> { "a", "b" }, "[\"a\",\"b\"]" },
        { new object?[] { 1, "a", null, new object?[] { true } }, "[1,\"a\",null,[true]]" },
        { new { Name = "x", Nothing = (string?)null }, "{\"name\":\"x\",\"nothing\":null}" },
        { JsonElement.Parse("{\"b\": [1, \"\\u00e9\"]}"), "{\"b\":[1,\"é\"]}" },
        { default(JsonElement), "null" },
        { JsonNode.Parse("{\"b\":[1]}"), "{\"b\":[1]}" },
        { JsonDocument.Parse("[1]"), "[1]" },
    };

    [Theory]
    [MemberData(nameof(Values), DisableDiscoveryEnumeration = true)]
    public void Values_are_written_as_JSON(object? value, string json)
    {
        Assert.Equal($"2[\"a\",{json}]", Wire(Format.EncodeEvent("/", "a", null, [value])));
        Assert.Equal($"2[\"a\",{json}]", Wire(Format.EncodeEvent<object?>("/", "a", null, value)));
        Assert.Equal($"37[{json},{json}]", Wire(Format.EncodeAck("/", 7, [value, value])));
        Assert.Equal($"37[{json}]", Wire(Format.EncodeAck<object?>("/", 7, value)));
    }

    [Fact]
    public void One_argument_is_written_by_its_declared_type()
    {
        Assert.Equal("2[\"a\",5]", Wire(Format.EncodeEvent("/", "a", null, 5)));
        Assert.Equal("2[\"a\",5]", Wire(Format.EncodeEvent<int?>("/", "a", null, 5)));
        Assert.Equal("2[\"a\",null]", Wire(Format.EncodeEvent<int?>("/", "a", null, null)));
        Assert.Equal("2[\"a\",null]", Wire(Format.EncodeEvent<string?>("/", "a", null, null)));
        Assert.Equal("2[\"a\",[1,2]]", Wire(Format.EncodeEvent<IEnumerable<int>>("/", "a", null, Enumerable.Range(1, 2))));
        Assert.Equal("30[[\"a\"]]", Wire(Format.EncodeAck("/", 0, "a".Split(','))));
    }

    [Theory]
    [InlineData("/", null, "2[\"a\"]")]
    [InlineData("/", 0L, "20[\"a\"]")]
    [InlineData("/", long.MaxValue, "29223372036854775807[\"a\"]")]
    [InlineData("/chat", null, "2/chat,[\"a\"]")]
    [InlineData("/chat", 12L, "2/chat,12[\"a\"]")]
    [InlineData("/é?x=1", 12L, "2/é?x=1,12[\"a\"]")]
    public void Header_of_an_event(string ns, long? id, string wire) => Assert.Equal(wire, Wire(Format.EncodeEvent(ns, "a", id, [])));

    [Fact]
    public void Connection_packets()
    {
        Assert.Equal("0", Wire(Format.EncodeConnect("/", [])));
        Assert.Equal("0/chat,", Wire(Format.EncodeConnect("/chat", [])));
        Assert.Equal("0{\"token\":\"x\"}", Wire(Format.EncodeConnect("/", "{\"token\":\"x\"}"u8)));
        Assert.Equal("0{\"sid\":\"s\"}", Wire(Format.EncodeConnected("/", "s", null)));
        Assert.Equal("0/chat,{\"sid\":\"s\",\"pid\":\"p\"}", Wire(Format.EncodeConnected("/chat", "s", "p")));
        Assert.Equal("1", Wire(Format.EncodeDisconnect("/")));
        Assert.Equal("1/chat,", Wire(Format.EncodeDisconnect("/chat")));
        Assert.Equal("4{\"message\":\"no\"}", Wire(Format.EncodeConnectError("/", "no", null)));
        Assert.Equal("4/chat,{\"message\":\"no\",\"data\":{\"code\":1}}", Wire(Format.EncodeConnectError("/chat", "no", new { Code = 1 })));
        Assert.Equal("4{\"message\":\"no\",\"data\":\"AQI=\"}", Wire(Format.EncodeConnectError("/", "no", new byte[] { 1, 2 })));
        Assert.Equal("4{\"message\":\"no\",\"data\":[\"AQI=\"]}", Wire(Format.EncodeConnectError("/", "no", new List<byte[]> { new byte[] { 1, 2 } })));
    }

    [Theory]
    [InlineData("SIOP-17", "connect")]
    [InlineData("SIOP-17", "connect_error")]
    [InlineData("SIOP-17", "disconnect")]
    [InlineData("SIOP-17", "disconnecting")]
    [InlineData("SIOP-17", "newListener")]
    [InlineData("SIOP-17", "removeListener")]
    public void Reserved_names_cannot_be_emitted(string id, string name)
    {
        Assert.NotEmpty(id);
        Assert.True(PacketCodec.IsReservedEventName(name));
        Assert.True(PacketCodec.IsReservedEventName(Encoding.UTF8.GetBytes(name)));
        var error = Assert.Throws<ArgumentException>(() => Format.EncodeEvent("/", name, null, []));
        Assert.StartsWith($"\"{name}\" is a reserved event name", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => Format.EncodeEvent("/", name, null, 1));
        Assert.Throws<ArgumentException>(() => Format.EncodeEvent("/", name, null, PacketArguments.Empty));
    }

    [Theory]
    [InlineData("")]
    [InlineData("connected")]
    [InlineData("Connect")]
    [InlineData("error")]
    [InlineData("aaaaaaaaaaaaa")]
    public void Other_names_are_free(string name)
    {
        Assert.False(PacketCodec.IsReservedEventName(name));
        Assert.False(PacketCodec.IsReservedEventName(Encoding.UTF8.GetBytes(name)));
        Assert.Equal($"2[\"{name}\"]", Wire(Format.EncodeEvent("/", name, null, [])));
    }

    [Theory]
    [InlineData("")]
    [InlineData("chat")]
    [InlineData("x")]
    [InlineData("/a,b")]
    public void What_cannot_be_a_namespace_is_refused_at_once(string ns)
    {
        Assert.Throws<ArgumentException>(() => Format.EncodeEvent(ns, "a", null, []));
        Assert.Throws<ArgumentException>(() => Format.EncodeAck(ns, 1, []));
        Assert.Throws<ArgumentException>(() => Format.EncodeDisconnect(ns));
    }

    [Fact]
    public void A_negative_id_is_refused_at_once()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Format.EncodeEvent("/", "a", -1, []));
        Assert.Throws<ArgumentOutOfRangeException>(() => Format.EncodeAck("/", -1, []));
    }

    [Fact]
    public void SIOP_10_a_circular_object_throws_and_the_next_packet_is_whole()
    {
        var circle = new Circle { Data = [1] };
        circle.Self = circle;
        Assert.Throws<JsonException>(() => Format.EncodeEvent("/", "a", null, circle));
        var after = Format.EncodeEvent("/", "a", null, 1);
        Assert.Equal("2[\"a\",1]", Wire(after));
        Assert.Empty(after.Attachments);
    }

    [Fact]
    public void A_converter_may_encode_another_packet_while_one_is_written()
    {
        var format = new PacketCodec(new JsonPacketFormat(), new JsonSerializerOptions { Converters = { new NestingConverter() } });
        var packet = format.EncodeEvent("/", "a", null, [new byte[] { 1 }, new Nested([2]), new byte[] { 3 }]);
        Assert.Equal(
            """53-["a",{"_placeholder":true,"num":0},{"inner":"51-[\"b\",{\"_placeholder\":true,\"num\":0}]","data":{"_placeholder":true,"num":1}},{"_placeholder":true,"num":2}]""",
            Wire(packet));
        Assert.Equal([[1], [2], [3]], packet.Attachments.Select(attachment => attachment.ToArray()));
    }

    [Fact]
    public void The_options_given_are_not_changed_and_later_changes_have_no_effect()
    {
        var options = new JsonSerializerOptions();
        var format = new PacketCodec(new JsonPacketFormat(), options);
        Assert.Empty(options.Converters);
        Assert.Null(options.Encoder);
        Assert.Null(options.TypeInfoResolver);
        options.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseUpper;
        Assert.Equal("2[\"a\",{\"One\":1}]", Wire(format.EncodeEvent("/", "a", null, [new { One = 1 }])));
    }

    [Fact]
    public void Indentation_and_converters_of_the_user()
    {
        var format = new PacketCodec(new JsonPacketFormat(), new JsonSerializerOptions { WriteIndented = true, Converters = { new JsonStringEnumConverter(), new ShoutingConverter() } });
        Assert.Equal("2[\"a\",\"Monday\",{\"A\":\"X!\"},\"Y!\"]", Wire(format.EncodeEvent("/", "a", null, [DayOfWeek.Monday, new { A = "x" }, "y"])));
        var quoting = new PacketCodec(new JsonPacketFormat(), new JsonSerializerOptions { NumberHandling = JsonNumberHandling.WriteAsString });
        Assert.Equal("2[\"a\",\"1\"]", Wire(quoting.EncodeEvent("/", "a", null, [1])));
    }

    internal static string Wire(EncodedPacket packet) => Encoding.UTF8.GetString(packet.Text.Span);

    private static PacketArguments Received(string text)
    {
        new PacketAssembler(new PacketLimits()).ReceiveText(Encoding.UTF8.GetBytes(text), out var packet);
        return packet!.Arguments;
    }

    private sealed class Circle
    {
        public required byte[] Data { get; set; }

        public Circle? Self { get; set; }
    }

    private sealed record Nested(byte[] Data);

    private sealed class NestingConverter : JsonConverter<Nested>
    {
        public override Nested Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new NotSupportedException();

        public override void Write(Utf8JsonWriter writer, Nested value, JsonSerializerOptions options)
        {
            writer.WriteStartObject();
            writer.WriteString("inner", Wire(Format.EncodeEvent("/", "b", null, value.Data)));
            writer.WritePropertyName("data");
            JsonSerializer.Serialize(writer, value.Data, options);
            writer.WriteEndObject();
        }
    }

    private sealed class ShoutingConverter : JsonConverter<string>
    {
        public override string Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetString()!;

        public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value.ToUpperInvariant() + "!");
    }
}
