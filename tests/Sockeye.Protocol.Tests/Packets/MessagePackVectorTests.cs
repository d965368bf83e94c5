using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sockeye.Protocol.Packets;

namespace Sockeye.Protocol.Tests.Packets;

public sealed class MessagePackVectorTests
{
    private static readonly PacketCodec Codec = new(new MessagePackPacketFormat(), new JsonSerializerOptions(JsonSerializerDefaults.Web));

    public static TheoryData<string> AcceptedNames => [.. MessagePackVectors.Accepted.Keys];

    public static TheoryData<string> RejectedNames => [.. MessagePackVectors.Rejected.Keys];

    [Theory]
    [MemberData(nameof(AcceptedNames))]
    public void Accepted_with_its_meaning(string name)
    {
        var vector = MessagePackVectors.Accepted[name];
        var message = MessagePackVectors.MessageOf(vector);
        var status = Codec.Format.CreateDecoder(MessagePackVectors.Limits).ReceiveBinary(message, out var packet);

        Assert.Equal(PacketStatus.Complete, status);
        Assert.NotNull(packet);
        Assert.Equal(Enum.Parse<PacketType>(vector.GetProperty("type").GetString()!.Replace("_", "", StringComparison.Ordinal), ignoreCase: true), packet.Type);
        Assert.Equal(vector.GetProperty("namespace").GetString(), packet.Namespace);
        Assert.Equal(vector.TryGetProperty("id", out var id) ? id.GetInt64() : null, packet.Id);
        Assert.Equal(vector.TryGetProperty("event", out var eventName) ? eventName.GetString() : "", Encoding.UTF8.GetString(packet.EventName.Span));
        Assert.Equal(vector.TryGetProperty("value", out _), !packet.Json.IsEmpty);
        if (!packet.Json.IsEmpty)
        {
            AssertSame(vector.GetProperty("value"), JsonElement.Parse(packet.Json.Span));
        }

        var arguments = vector.TryGetProperty("arguments", out var list) ? list.EnumerateArray().ToArray() : [];
        Assert.Equal(arguments.Length, packet.Arguments.Count);
        for (var i = 0; i < arguments.Length; i++)
        {
            AssertSame(arguments[i], packet.Arguments.GetElement(i));
        }

        var binaries = vector.TryGetProperty("binaries", out var hex) ? hex.EnumerateArray().Select(data => data.GetString()) : [];
        Assert.Equal(binaries, packet.Arguments.Attachments.Select(Convert.ToHexStringLower));
        if (vector.TryGetProperty("same", out _))
        {
            Assert.Equal(vector.GetProperty("message").GetString(), Convert.ToHexStringLower(Encode(packet)));
        }
    }

    // The texts are those of the official parser.
    [Theory]
    [MemberData(nameof(RejectedNames))]
    public void MP_07_rejected_with_its_error_and_the_decoder_goes_on(string name)
    {
        var vector = MessagePackVectors.Rejected[name];
        var decoder = Codec.Format.CreateDecoder(MessagePackVectors.Limits);
        Assert.Equal(PacketStatus.Error, decoder.ReceiveBinary(MessagePackVectors.MessageOf(vector), out var packet));
        Assert.Null(packet);
        Assert.Equal(vector.GetProperty("error").GetString(), decoder.Error.ToWireString());
        var official = vector.GetProperty("official").GetString()!;
        if (official is "Could not parse" or "2 trailing bytes" || official.StartsWith("invalid ", StringComparison.Ordinal))
        {
            Assert.Equal(official, decoder.ErrorMessage);
        }

        Assert.Equal(PacketStatus.Complete, decoder.ReceiveBinary(Codec.EncodeEvent("/", "a", null, []).Attachments[0].Span, out _));
        Assert.Equal(PacketError.None, decoder.Error);
    }

    [Fact]
    public void Text_is_refused()
    {
        var decoder = Codec.Format.CreateDecoder(MessagePackVectors.Limits);
        Assert.Equal(PacketStatus.Error, decoder.ReceiveText("2[\"a\"]"u8, out _));
        Assert.Equal(PacketError.UnexpectedText, decoder.Error);
    }

    private static byte[] Encode(Packet packet)
    {
        var encoded = packet.Type switch
        {
            PacketType.Event => Codec.EncodeEvent(packet.Namespace, Encoding.UTF8.GetString(packet.EventName.Span), packet.Id, packet.Arguments),
            PacketType.Ack => Codec.EncodeAck(packet.Namespace, packet.Id!.Value, packet.Arguments),
            PacketType.Disconnect => Codec.EncodeDisconnect(packet.Namespace),
            PacketType.Connect => Codec.EncodeConnect(packet.Namespace, packet.Json.Span),
            _ => Codec.Format.Encode(new PacketContent(packet.Type, packet.Namespace, null, packet.Json.Span, [])),
        };
        Assert.True(encoded.Text.IsEmpty);
        return Assert.Single(encoded.Attachments).ToArray();
    }

    private static void AssertSame(JsonElement expected, JsonElement actual) =>
        Assert.True(JsonNode.DeepEquals(LastMembers(expected), LastMembers(actual)), actual.GetRawText());

    private static JsonNode? LastMembers(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Array:
                return new JsonArray([.. element.EnumerateArray().Select(LastMembers)]);
            case JsonValueKind.Object:
                var result = new JsonObject();
                foreach (var member in element.EnumerateObject())
                {
                    result[member.Name] = LastMembers(member.Value);
                }

                return result;
            default:
                return JsonValue.Create(element);
        }
    }
}
