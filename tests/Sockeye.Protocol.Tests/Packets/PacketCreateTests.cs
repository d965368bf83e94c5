using System.Text;
using Sockeye.Protocol.Packets;

namespace Sockeye.Protocol.Tests.Packets;

/// <summary>What a decoder of somebody else's gives is checked like what comes over the wire.</summary>
public sealed class PacketCreateTests
{
    private static readonly PacketLimits Limits = new(MaxAttachments: 2, MaxAttachmentBytes: 10);

    [Theory]
    [InlineData(PacketType.Event, "/a", 1L, "[\"x\",1]", PacketError.None)]
    [InlineData(PacketType.Ack, "/", 0L, "[]", PacketError.None)]
    [InlineData(PacketType.Connect, "/", null, "", PacketError.None)]
    [InlineData(PacketType.Connect, "/", null, "{}", PacketError.None)]
    [InlineData(PacketType.Disconnect, "/", null, "", PacketError.None)]
    [InlineData(PacketType.ConnectError, "/", null, "\"no\"", PacketError.None)]
    [InlineData(PacketType.BinaryEvent, "/", null, "[\"x\"]", PacketError.UnknownType)]
    [InlineData((PacketType)200, "/", null, "[\"x\"]", PacketError.UnknownType)]
    [InlineData(PacketType.Event, "a", null, "[\"x\"]", PacketError.InvalidNamespace)]
    [InlineData(PacketType.Event, "", null, "[\"x\"]", PacketError.InvalidNamespace)]
    [InlineData(PacketType.Event, null, null, "[\"x\"]", PacketError.InvalidNamespace)]
    [InlineData(PacketType.Event, "/a,b", null, "[\"x\"]", PacketError.InvalidNamespace)]
    [InlineData(PacketType.Event, "/", -1L, "[\"x\"]", PacketError.InvalidId)]
    [InlineData(PacketType.Ack, "/", null, "[]", PacketError.InvalidId)]
    [InlineData(PacketType.Event, "/", null, "[]", PacketError.InvalidPayload)]
    [InlineData(PacketType.Event, "/", null, "[\"x\"", PacketError.InvalidPayload)]
    [InlineData(PacketType.Event, "/", null, "", PacketError.InvalidPayload)]
    [InlineData(PacketType.Event, "/", null, "[\"connect\"]", PacketError.ReservedEventName)]
    [InlineData(PacketType.Connect, "/", null, "[]", PacketError.InvalidPayload)]
    [InlineData(PacketType.Disconnect, "/", null, "{}", PacketError.InvalidPayload)]
    [InlineData(PacketType.ConnectError, "/", null, "", PacketError.InvalidPayload)]
    public void Every_part_is_checked(PacketType type, string? ns, long? id, string json, PacketError expected)
    {
        Assert.Equal(expected, Packet.TryCreate(new PacketContent(type, ns!, id, Encoding.UTF8.GetBytes(json), []), Limits, out var packet));
        Assert.Equal(expected == PacketError.None, packet is not null);
        if (packet is not null)
        {
            Assert.Equal((type, ns, id), (packet.Type, packet.Namespace, packet.Id));
        }
    }

    [Fact]
    public void A_namespace_over_the_limit_is_refused() =>
        Assert.Equal(PacketError.InvalidNamespace, Packet.TryCreate(new PacketContent(PacketType.Connect, "/" + new string('é', 128), null, [], []), Limits, out _));

    [Fact]
    public void Attachments_are_taken_over_if_they_are_whole_arrays()
    {
        byte[] whole = [1, 2];
        byte[] larger = [0, 3, 0];
        var json = "[\"x\",{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":1}]"u8;
        Assert.Equal(PacketError.None, Packet.TryCreate(new PacketContent(PacketType.Event, "/", null, json, [whole, larger.AsMemory(1, 1)]), Limits, out var packet));
        Assert.True(packet!.Arguments.TryGetBinary(0, out var first));
        Assert.Same(whole, first);
        Assert.True(packet.Arguments.TryGetBinary(1, out var second));
        Assert.Equal([3], second);
    }

    [Fact]
    public void Attachments_have_limits_and_a_place()
    {
        var one = "[\"x\",{\"_placeholder\":true,\"num\":0}]"u8.ToArray();
        Assert.Equal(PacketError.TooManyAttachments, Create(PacketType.Event, one, [new byte[1], new byte[1], new byte[1]]));
        Assert.Equal(PacketError.AttachmentsTooLarge, Create(PacketType.Event, one, [new byte[11]]));
        Assert.Equal(PacketError.IllegalPlaceholder, Create(PacketType.Event, "[\"x\",{\"_placeholder\":true,\"num\":1}]"u8.ToArray(), [new byte[1]]));
        Assert.Equal(PacketError.IllegalAttachments, Create(PacketType.Connect, "{}"u8.ToArray(), [new byte[1]]));
        Assert.Equal(PacketError.InvalidNamespace, Packet.TryCreate(default, Limits, out _));
    }

    private static PacketError Create(PacketType type, byte[] json, ReadOnlyMemory<byte>[] attachments) =>
        Packet.TryCreate(new PacketContent(type, "/", null, json, attachments), Limits, out _);
}
