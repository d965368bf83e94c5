using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sockeye.Protocol.Packets;

namespace Sockeye.Protocol.Tests.Packets;

public sealed class PacketVectorTests
{
    public static TheoryData<string> AcceptedNames => [.. PacketVectors.Accepted.Keys];

    public static TheoryData<string> RejectedNames => [.. PacketVectors.Rejected.Keys];

    [Theory]
    [MemberData(nameof(AcceptedNames))]
    public void Accepted_with_its_meaning(string name)
    {
        var vector = PacketVectors.Accepted[name];
        var assembler = new PacketAssembler(PacketVectors.Limits);
        Packet? packet = null;
        var messages = PacketVectors.MessagesOf(vector);
        for (var i = 0; i < messages.Count; i++)
        {
            Assert.Null(packet);
            var status = Receive(assembler, messages[i], out packet);
            Assert.Equal(i == messages.Count - 1 ? PacketStatus.Complete : PacketStatus.NeedAttachments, status);
            Assert.Equal(i < messages.Count - 1, assembler.IsWaiting);
        }

        Assert.NotNull(packet);
        Assert.Equal(Enum.Parse<PacketType>(vector.GetProperty("type").GetString()!.Replace("_", "", StringComparison.Ordinal), ignoreCase: true), packet.Type);
        Assert.Equal(vector.GetProperty("namespace").GetString(), packet.Namespace);
        Assert.Equal(vector.TryGetProperty("id", out var id) ? id.GetInt64() : null, packet.Id);
        Assert.Equal(vector.TryGetProperty("event", out var eventName) ? eventName.GetString() : "", Encoding.UTF8.GetString(packet.EventName.Span));
        AssertJson(vector, "value", packet.Json);
        Assert.Equal(messages.Skip(1).Select(message => message.Data), packet.Arguments.Attachments);
        if (vector.TryGetProperty("arguments", out var arguments))
        {
            Assert.Equal(arguments.GetArrayLength(), packet.Arguments.Count);
            for (var i = 0; i < packet.Arguments.Count; i++)
            {
                Assert.True(JsonNode.DeepEquals(LastMembers(arguments[i]), LastMembers(packet.Arguments.GetElement(i))), packet.Arguments.GetElement(i).GetRawText());
            }
        }
    }

    [Theory]
    [MemberData(nameof(RejectedNames))]
    public void Rejected_with_its_error_and_the_assembler_goes_on(string name)
    {
        var vector = PacketVectors.Rejected[name];
        var assembler = new PacketAssembler(PacketVectors.Limits);
        var messages = PacketVectors.MessagesOf(vector);
        var expected = vector.GetProperty("error").GetString();

        // A bad placeholder is found before the attachments come, so its vector may end early.
        var status = PacketStatus.Complete;
        foreach (var message in messages)
        {
            status = Receive(assembler, message, out var packet);
            if (status == PacketStatus.Error)
            {
                Assert.Null(packet);
                break;
            }
        }

        Assert.Equal(PacketStatus.Error, status);
        Assert.Equal(expected, assembler.Error.ToWireString());
        Assert.False(assembler.IsWaiting);
        Assert.Equal(PacketStatus.Complete, assembler.ReceiveText("2[\"a\"]"u8, out _));
    }

    [Fact]
    public void Every_error_has_a_vector() =>
        Assert.Equal(
            Enum.GetValues<PacketError>().Where(error => error != PacketError.None).Select(error => error.ToWireString()).Order(),
            PacketVectors.Rejected.Values.Concat(MessagePackVectors.Rejected.Values).Select(vector => vector.GetProperty("error").GetString()!).Distinct().Order());

    private static PacketStatus Receive(PacketAssembler assembler, (bool Text, byte[] Data) message, out Packet? packet) =>
        message.Text ? assembler.ReceiveText(message.Data, out packet) : assembler.ReceiveBinary(message.Data, out packet);

    /// <summary>Of members that are given twice the last one counts.</summary>
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

    private static void AssertJson(JsonElement vector, string property, ReadOnlyMemory<byte> actual)
    {
        if (vector.TryGetProperty(property, out var expected))
        {
            Assert.True(JsonElement.DeepEquals(expected, JsonElement.Parse(actual.Span)));
        }
        else
        {
            Assert.True(actual.IsEmpty);
        }
    }
}
