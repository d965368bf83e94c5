using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Sockeye.Protocol.Packets;

namespace Sockeye.Protocol.Tests.Packets;

public sealed record Picture(string Name, byte[] Data, byte[]? Thumbnail = null);

public sealed class Album
{
    public required List<byte[]> Pages { get; set; }

    public Memory<byte> Cover { get; set; }

    public ReadOnlyMemory<byte>? Back { get; set; }

    public Dictionary<string, Picture>? Pictures { get; set; }
}

public readonly record struct Sample(int At, ReadOnlyMemory<byte> Wave);

public sealed record Unregistered(int X);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(Picture))]
[JsonSerializable(typeof(Album))]
[JsonSerializable(typeof(Sample))]
[JsonSerializable(typeof(List<Sample>))]
internal sealed partial class PictureContext : JsonSerializerContext;

/// <summary>Binary data in arguments, with types that reflection finds and with types from a source generator, as under AOT.</summary>
public sealed class PacketBinaryTests
{
    private static readonly PacketCodec Reflecting = new(new JsonPacketFormat(), new JsonSerializerOptions(JsonSerializerDefaults.Web));

    private static readonly PacketCodec Generated = new(new JsonPacketFormat(), new JsonSerializerOptions(JsonSerializerDefaults.Web) { TypeInfoResolver = PictureContext.Default });

    private static readonly byte[] A = [1, 2, 3];

    private static readonly byte[] B = [0xff, 0];

    private static readonly byte[] C = [];

    public static TheoryData<bool> Both => [false, true];

    [Theory]
    [MemberData(nameof(Both))]
    public void SIOP_B_02_SIOP_AB_04_binary_properties_of_a_record(bool generated)
    {
        var format = Pick(generated);
        var picture = new Picture("x", A, B);
        var encoded = format.EncodeEvent("/", "a", null, picture);
        Assert.Equal("""52-["a",{"name":"x","data":{"_placeholder":true,"num":0},"thumbnail":{"_placeholder":true,"num":1}}]""", PacketEncoderTests.Wire(encoded));
        Assert.Equal([A, B], Bytes(encoded));

        var read = Receive(encoded).Arguments.Get(0, format.GetTypeInfo<Picture>());
        Assert.Equal("x", read!.Name);
        Assert.Equal(A, read.Data);
        Assert.Equal(B, read.Thumbnail);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public void SIOP_AB_02_SIOP_AB_03_SIOP_AB_05_lists_memories_dictionaries_and_nulls(bool generated)
    {
        var format = Pick(generated);
        var album = new Album { Pages = [A, B], Cover = C, Back = A, Pictures = new() { ["p"] = new Picture("x", B) } };
        var encoded = format.EncodeAck("/n", 5, album);
        Assert.Equal(
            """65-/n,5[{"pages":[{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}],"cover":{"_placeholder":true,"num":2},"back":{"_placeholder":true,"num":3},"pictures":{"p":{"name":"x","data":{"_placeholder":true,"num":4},"thumbnail":null}}}]""",
            PacketEncoderTests.Wire(encoded));
        Assert.Equal([A, B, C, A, B], Bytes(encoded));

        var read = Receive(encoded).Arguments.Get(0, format.GetTypeInfo<Album>())!;
        Assert.Equal([A, B], read.Pages);
        Assert.Equal(C, read.Cover.ToArray());
        Assert.Equal(A, read.Back!.Value.ToArray());
        Assert.Equal(B, read.Pictures!["p"].Data);
        Assert.Null(read.Pictures["p"].Thumbnail);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public void Binary_in_lists_of_structs(bool generated)
    {
        var format = Pick(generated);
        List<Sample> samples = [new(1, A), new(2, B)];
        var encoded = format.EncodeEvent("/", "a", null, [samples]);
        var read = Receive(encoded).Arguments.Get(0, format.GetTypeInfo<List<Sample>>())!;
        Assert.Equal([1, 2], read.Select(sample => sample.At));
        Assert.Equal([A, B], read.Select(sample => sample.Wave.ToArray()));
    }

    [Theory]
    [MemberData(nameof(Both))]
    public void SIOP_B_01_SIOP_B_03_SIOP_AB_03_binary_arguments_of_every_type(bool generated)
    {
        var format = Pick(generated);
        var encoded = format.EncodeAck("/", 1, [A, null, (ReadOnlyMemory<byte>)B, 7, new Memory<byte>(C)]);
        Assert.Equal("""63-1[{"_placeholder":true,"num":0},null,{"_placeholder":true,"num":1},7,{"_placeholder":true,"num":2}]""", PacketEncoderTests.Wire(encoded));

        var arguments = Receive(encoded).Arguments;
        Assert.Equal(A, arguments.Get(0, format.GetTypeInfo<byte[]>()));
        Assert.Equal(A, arguments.Get(0, format.GetTypeInfo<Memory<byte>>()).ToArray());
        Assert.Null(arguments.Get(1, format.GetTypeInfo<byte[]>()));
        Assert.Equal(B, arguments.Get(2, format.GetTypeInfo<ReadOnlyMemory<byte>>()).ToArray());
        Assert.Equal(7, arguments.Get(3, format.GetTypeInfo<int>()));
        Assert.Equal(C, arguments.Get(4, format.GetTypeInfo<byte[]>()));
        Assert.True(arguments.TryGetBinary(2, out var data));
        Assert.Equal(B, data);
        Assert.False(arguments.TryGetBinary(1, out _));
        Assert.False(arguments.TryGetBinary(3, out _));
        Assert.False(arguments.TryGetBinary(5, out _));
    }

    [Theory]
    [MemberData(nameof(Both))]
    public void Base64_is_binary_too(bool generated)
    {
        var format = Pick(generated);
        var arguments = Receive("""2["a","AQID",{"name":"x","data":"/wA="},5]""").Arguments;
        Assert.Equal(A, arguments.Get(0, format.GetTypeInfo<byte[]>()));
        Assert.Equal(A, arguments.Get(0, format.GetTypeInfo<ReadOnlyMemory<byte>>()).ToArray());
        Assert.Equal(B, arguments.Get(1, format.GetTypeInfo<Picture>())!.Data);
        Assert.Throws<JsonException>(() => arguments.Get(2, format.GetTypeInfo<byte[]>()));
    }

    [Theory]
    [MemberData(nameof(Both))]
    public void What_is_no_binary_cannot_be_bound_to_it(bool generated)
    {
        var format = Pick(generated);
        var plain = Receive("""2["a",{"_placeholder":true,"num":0},"not base64!",[1,2],"\ud83e"]""").Arguments;
        for (var i = 0; i < 3; i++)
        {
            Assert.False(plain.TryGetBinary(i, out _));
            Assert.Throws<JsonException>(() => plain.Get(i, format.GetTypeInfo<byte[]>()));
        }

        Assert.Throws<JsonException>(() => plain.Get(3, format.GetTypeInfo<string>()));
        Assert.Throws<JsonException>(() => plain.Get(1, format.GetTypeInfo<int>()));

        var binary = Receive(Reflecting.EncodeEvent("/", "a", null, [A, new { num = 0 }])).Arguments;
        Assert.Throws<JsonException>(() => binary.Get(0, format.GetTypeInfo<string>()));
        Assert.Throws<JsonException>(() => binary.Get(1, format.GetTypeInfo<byte[]>()));
    }

    [Fact]
    public void Simple_types_need_no_attribute_and_others_are_named_with_theirs()
    {
        var arguments = Receive("""2["a",1,"x",true,[1],{"b":2},"2024-01-02T03:04:05Z",null]""").Arguments;
        Assert.Equal(1, arguments.Get(0, Generated.GetTypeInfo<int>()));
        Assert.Equal(1L, arguments.Get(0, Generated.GetTypeInfo<long?>()));
        Assert.Equal("x", arguments.Get(1, Generated.GetTypeInfo<string>()));
        Assert.True(arguments.Get(2, Generated.GetTypeInfo<bool>()));
        Assert.Equal("[1]", arguments.Get(3, Generated.GetTypeInfo<JsonElement>()).GetRawText());
        Assert.Equal(2, (int)arguments.Get(4, Generated.GetTypeInfo<JsonNode>())!["b"]!);
        Assert.IsType<JsonElement>(arguments.Get(4, Generated.GetTypeInfo<object>()));
        Assert.Equal(2024, arguments.Get(5, Generated.GetTypeInfo<DateTimeOffset>()).Year);
        Assert.Null(arguments.Get(6, Generated.GetTypeInfo<string>()));
        Assert.Null(arguments.Get(6, Generated.GetTypeInfo<int?>()));

        var error = Assert.Throws<InvalidOperationException>(() => Generated.GetTypeInfo<List<Unregistered[]>>());
        Assert.Contains("[JsonSerializable(typeof(System.Collections.Generic.List<Sockeye.Protocol.Tests.Packets.Unregistered[]>))]", error.Message, StringComparison.Ordinal);
        Assert.Contains("TypeInfoResolverChain", error.Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => Generated.EncodeEvent("/", "a", null, [new Unregistered(1)]));
        Assert.Throws<InvalidOperationException>(() => Generated.EncodeEvent("/", "a", null, new Unregistered(1)));
        Assert.Equal("2[\"a\",{\"x\":1}]", PacketEncoderTests.Wire(Reflecting.EncodeEvent("/", "a", null, new Unregistered(1))));
    }

    [Fact]
    public void SIOP_AB_06_data_are_copied_and_the_arguments_stay_as_they_were()
    {
        var data = new byte[] { 1, 2, 3 };
        var picture = new Picture("x", data);
        object?[] arguments = [picture, data];
        var encoded = Reflecting.EncodeEvent("/", "a", null, arguments);
        Assert.Same(picture, arguments[0]);
        Assert.Same(data, picture.Data);
        Array.Clear(data);
        Assert.Equal([A, A], Bytes(encoded));
    }

    [Fact]
    public void Behind_the_last_argument_there_is_nothing_and_before_the_first_a_mistake()
    {
        var arguments = Receive("""2["a",1]""").Arguments;
        Assert.Equal(1, arguments.Count);
        Assert.Null(arguments.Get(1, Reflecting.GetTypeInfo<string>()));
        Assert.Equal(0, arguments.Get(9, Reflecting.GetTypeInfo<int>()));
        Assert.True(arguments.GetJson(1).IsEmpty);
        Assert.Equal(JsonValueKind.Undefined, arguments.GetElement(1).ValueKind);
        Assert.Throws<ArgumentOutOfRangeException>(() => arguments.Get(-1, Reflecting.GetTypeInfo<string>()));
        Assert.Throws<ArgumentOutOfRangeException>(() => arguments.GetElement(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => arguments.TryGetBinary(-1, out _));
        Assert.Equal(0, PacketArguments.Empty.Count);
        Assert.Equal(0, PacketArguments.Empty.Size);
    }

    [Fact]
    public void Size_counts_text_and_attachments_and_what_stands_beside_them()
    {
        var arguments = Receive(Reflecting.EncodeEvent("/", "a", 12, [A, B])).Arguments;
        Assert.Equal("""["a",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]""".Length + 5 + (2 * (8 + 12 + 32)), arguments.Size);
    }

    [Theory]
    [InlineData("2/n,[\"a\"]")]
    [InlineData("2/n,[\"a\", 1 ,{\"b\": \"\\u00e9\\ud83e\"} , 1.50]")]
    [InlineData("52-/n,[\"a\", {\"num\":1,\"_placeholder\":true} ,[{\"_placeholder\":true,\"num\":0}]]")]
    [InlineData("52-/n,[\"a\",7]")]
    public void An_echo_has_the_bytes_that_came(string text)
    {
        var packet = Receive(text, A, B);
        var body = text[(text.IndexOf('[', StringComparison.Ordinal) + "[\"a\"".Length)..];
        var binary = text[0] == '5';

        var echo = Reflecting.EncodeEvent("/x", "b", 3, packet.Arguments);
        Assert.Equal((binary ? "52-/x,3[\"b\"" : "2/x,3[\"b\"") + WithoutOuterSpace(body), PacketEncoderTests.Wire(echo));
        Assert.Equal(binary ? [A, B] : [], Bytes(echo));

        var ack = Reflecting.EncodeAck("/x", 3, packet.Arguments);
        Assert.Equal((binary ? "62-/x,3[" : "3/x,3[") + WithoutOuterSpace(body).TrimStart(','), PacketEncoderTests.Wire(ack));
        Assert.Equal(Bytes(echo), Bytes(ack));

        // Where the type is only known as T, they are the arguments too and not one argument.
        Assert.Equal(PacketEncoderTests.Wire(ack), PacketEncoderTests.Wire(Encode(packet.Arguments)));

        static EncodedPacket Encode<T>(T value) => Reflecting.EncodeAck("/x", 3, value);

        static string WithoutOuterSpace(string rest) => rest.StartsWith(", ", StringComparison.Ordinal) ? "," + rest[2..] : rest;
    }

    [Fact]
    public void Received_arguments_among_others_are_an_array_and_their_placeholders_are_counted_on()
    {
        var received = Receive("""52-["a",[{"_placeholder":true,"num":1}],"x",{"_placeholder":true,"num":0,"more":{"num":9}}]""", A, B).Arguments;
        var encoded = Reflecting.EncodeEvent("/", "b", null, [C, received, C, received, PacketArguments.Empty]);
        Assert.Equal(
            """56-["b",{"_placeholder":true,"num":0},[[{"_placeholder":true,"num":2}],"x",{"_placeholder":true,"num":1,"more":{"num":9}}],{"_placeholder":true,"num":3},[[{"_placeholder":true,"num":5}],"x",{"_placeholder":true,"num":4,"more":{"num":9}}],[]]""",
            PacketEncoderTests.Wire(encoded));
        Assert.Equal([C, A, B, C, A, B], Bytes(encoded));
        Assert.Equal(5, Receive(encoded).Arguments.Count);

        Assert.Equal("""4{"message":"no","data":[1]}""", PacketEncoderTests.Wire(Reflecting.EncodeConnectError("/", "no", Receive("2[\"a\",1]").Arguments)));
    }

    [Fact]
    public void A_converter_may_bind_other_arguments_while_it_is_bound()
    {
        var inner = Receive(Reflecting.EncodeEvent("/", "a", null, B)).Arguments;
        var format = new PacketCodec(new JsonPacketFormat(), new JsonSerializerOptions { Converters = { new BindingConverter(inner) } });
        var outer = Receive(Reflecting.EncodeEvent("/", "a", null, [new object[] { A, 1, A }])).Arguments;
        var read = outer.Get(0, format.GetTypeInfo<Three>())!;
        Assert.Equal(A, read.First);
        Assert.Equal(B, read.Second);
        Assert.Equal(A, read.Third);
    }

    [Fact]
    public void Outside_of_a_packet_binary_data_are_base64()
    {
        var info = Reflecting.GetTypeInfo<Picture>();
        Assert.Equal("""{"name":"x","data":"AQID","thumbnail":null}""", JsonSerializer.Serialize(new Picture("x", A), info));
        Assert.Equal(A, JsonSerializer.Deserialize("""{"name":"x","data":"AQID"}""", info)!.Data);
    }

    private static PacketCodec Pick(bool generated) => generated ? Generated : Reflecting;

    private static IEnumerable<byte[]> Bytes(EncodedPacket packet) => packet.Attachments.Select(attachment => attachment.ToArray());

    private static Packet Receive(EncodedPacket packet) => Receive(PacketEncoderTests.Wire(packet), [.. Bytes(packet)]);

    private static Packet Receive(string text, params byte[][] attachments)
    {
        var assembler = new PacketAssembler(new PacketLimits());
        var status = assembler.ReceiveText(Encoding.UTF8.GetBytes(text), out var packet);
        for (var i = 0; status == PacketStatus.NeedAttachments; i++)
        {
            status = assembler.ReceiveBinary(attachments[i], out packet);
        }

        Assert.Equal(PacketStatus.Complete, status);
        return packet!;
    }

    private sealed record Three(byte[] First, byte[] Second, byte[] Third);

    private sealed class BindingConverter(PacketArguments inner) : JsonConverter<Three>
    {
        public override Three Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            reader.Read();
            var first = JsonSerializer.Deserialize<byte[]>(ref reader, options)!;
            reader.Read();
            var second = inner.Get(0, Reflecting.GetTypeInfo<byte[]>())!;
            reader.Read();
            var third = JsonSerializer.Deserialize<byte[]>(ref reader, options)!;
            reader.Read();
            return new Three(first, second, third);
        }

        public override void Write(Utf8JsonWriter writer, Three value, JsonSerializerOptions options) => throw new NotSupportedException();
    }
}
