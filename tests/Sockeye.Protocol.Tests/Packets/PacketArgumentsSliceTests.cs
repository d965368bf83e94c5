using System.Text;
using System.Text.Json;
using Sockeye.Protocol.Packets;

namespace Sockeye.Protocol.Tests.Packets;

public sealed class PacketArgumentsSliceTests
{
    private static readonly PacketCodec Format = new(new JsonPacketFormat(), new JsonSerializerOptions());

    [Fact]
    public void A_slice_passes_on_what_follows_the_first_arguments()
    {
        var arguments = Receive("""2["say","room",{"a":[1]},"end"]""");
        AssertSent("""2["said",{"a":[1]},"end"]""", [], arguments.Slice(1));
        AssertSent("""2["said","end"]""", [], arguments.Slice(2));
        AssertSent("""2["said"]""", [], arguments.Slice(3));
        AssertSent("""2["said"]""", [], arguments.Slice(4));
        Assert.Same(arguments, arguments.Slice(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => arguments.Slice(-1));
    }

    [Fact]
    public void A_slice_keeps_the_attachments_of_what_it_keeps()
    {
        var arguments = Receive("""51-["say","room",{"data":{"_placeholder":true,"num":0}}]""", [1, 2]);
        AssertSent("""51-["said",{"data":{"_placeholder":true,"num":0}}]""", [[1, 2]], arguments.Slice(1));
    }

    [Fact]
    public void A_slice_leaves_the_attachments_of_the_other_arguments_behind_and_counts_anew()
    {
        var arguments = Receive(
            """54-["say",{"_placeholder":true,"num":2},[{"_placeholder":true,"num":3},{"num":0,"_placeholder":true}],{"_placeholder":true,"num":1}]""", [0], [1], [2], [3]);

        var slice = arguments.Slice(1);
        AssertSent("""53-["said",[{"_placeholder":true,"num":2},{"num":0,"_placeholder":true}],{"_placeholder":true,"num":1}]""", [[0], [1], [3]], slice);
        AssertSent("""51-["said",{"_placeholder":true,"num":0}]""", [[1]], slice.Slice(1));
        Assert.True(slice.TryGetBinary(1, out var data));
        Assert.Equal([1], data);
    }

    private static PacketArguments Receive(string text, params byte[][] attachments)
    {
        var assembler = new PacketAssembler(new PacketLimits());
        var status = assembler.ReceiveText(Encoding.UTF8.GetBytes(text), out var packet);
        foreach (var attachment in attachments)
        {
            status = assembler.ReceiveBinary(attachment, out packet);
        }

        Assert.Equal(PacketStatus.Complete, status);
        return packet!.Arguments;
    }

    private static void AssertSent(string text, byte[][] attachments, PacketArguments arguments)
    {
        var packet = Format.EncodeEvent("/", "said", null, arguments);
        Assert.Equal(text, Encoding.UTF8.GetString(packet.Text.Span));
        Assert.Equal(attachments, packet.Attachments.Select(attachment => attachment.ToArray()));
    }
}
