using System.Text;
using Sockeye.Protocol.Packets;

namespace Sockeye.Protocol.Tests.Packets;

public sealed class PacketErrorTests
{
    [Theory]
    [InlineData("SIOP-15", "999", "unknown packet type 9")]
    [InlineData("SIOP-15", "a", "unknown packet type NaN")]
    [InlineData("SIOP-11", "5", "Illegal attachments")]
    [InlineData("SIOP-15", "51", "Illegal attachments")]
    [InlineData("SIOP-15", "5a-", "Illegal attachments")]
    [InlineData("SIOP-15", "51.23-", "Illegal attachments")]
    [InlineData("SIOP-15", "50-", "Illegal attachments")]
    [InlineData("SIOP-15", "5-1-", "Illegal attachments")]
    [InlineData("SIOP-15", "511-[\"hello\"]", "too many attachments")]
    [InlineData("SIOP-15", "442[\"some\",\"data\"", "invalid payload")]
    [InlineData("SIOP-15 SIOP-17", "0/admin,\"invalid\"", "invalid payload")]
    [InlineData("SIOP-15 SIOP-17", "0[]", "invalid payload")]
    [InlineData("SIOP-15 SIOP-17", "1/admin,{}", "invalid payload")]
    [InlineData("SIOP-15", "2/admin,\"invalid", "invalid payload")]
    [InlineData("SIOP-15", "2/admin,{}", "invalid payload")]
    [InlineData("SIOP-15 SIOP-17", "2[{\"toString\":\"foo\"}]", "invalid payload")]
    [InlineData("SIOP-15 SIOP-17", "2[true,\"foo\"]", "invalid payload")]
    [InlineData("SIOP-15 SIOP-17", "2[null,\"bar\"]", "invalid payload")]
    [InlineData("SIOP-15 SIOP-17", "2[\"connect\"]", "invalid payload")]
    [InlineData("SIOP-15 SIOP-17", "2[\"disconnect\",\"123\"]", "invalid payload")]
    [InlineData("SIOP-17", "2[\"connect_error\"]", "invalid payload")]
    [InlineData("SIOP-17", "2[\"disconnecting\"]", "invalid payload")]
    [InlineData("SIOP-17", "2[\"newListener\"]", "invalid payload")]
    [InlineData("SIOP-17", "2[\"removeListener\"]", "invalid payload")]
    [InlineData("SIOP-17", "2[]", "invalid payload")]
    [InlineData("SIOP-17", "31{}", "invalid payload")]
    [InlineData("SIOP-B-04", "51-[\"hello\",{\"_placeholder\":true,\"num\":\"splice\"}]", "illegal attachments")]
    [InlineData("SIOP-B-05", "51-[\"hello\",{\"_placeholder\":true,\"num\":1}]", "illegal attachments")]
    [InlineData("SIOP-B-05", "51-[\"hello\",{\"_placeholder\":true,\"num\":-1}]", "illegal attachments")]
    public void Refused_with_the_words_of_the_official_parser(string ids, string message, string expected)
    {
        Assert.StartsWith("SIOP", ids, StringComparison.Ordinal);
        var assembler = new PacketAssembler(new PacketLimits());
        Assert.Equal(PacketStatus.Error, assembler.ReceiveText(Encoding.UTF8.GetBytes(message), out var packet));
        Assert.Null(packet);
        Assert.Equal(expected, assembler.ErrorMessage);
    }

    [Fact]
    public void SIOP_12_too_many_attachments_for_the_option()
    {
        var assembler = new PacketAssembler(new PacketLimits(MaxAttachments: 2));
        Assert.Equal(PacketStatus.Error, assembler.ReceiveText("""53-["hello",{"_placeholder":true,"num":0}]"""u8, out _));
        Assert.Equal(PacketError.TooManyAttachments, assembler.Error);
        Assert.Equal("too many attachments", assembler.ErrorMessage);
        Assert.Equal(PacketStatus.NeedAttachments, assembler.ReceiveText("""52-["hello",{"_placeholder":true,"num":0}]"""u8, out _));
    }

    [Fact]
    public void More_than_99_attachments_are_a_matter_of_the_option()
    {
        var assembler = new PacketAssembler(new PacketLimits(MaxAttachments: 200));
        Assert.Equal(PacketStatus.NeedAttachments, assembler.ReceiveText("""5200-["a",{"_placeholder":true,"num":199}]"""u8, out _));
        assembler.Reset();
        Assert.Equal(PacketStatus.Error, assembler.ReceiveText("5201-[\"a\"]"u8, out _));
        Assert.Equal(PacketError.TooManyAttachments, assembler.Error);
    }

    [Fact]
    public void No_attachments_at_all_can_be_allowed()
    {
        var assembler = new PacketAssembler(new PacketLimits(MaxAttachments: 0));
        Assert.Equal(PacketStatus.Error, assembler.ReceiveText("51-[\"a\"]"u8, out _));
        Assert.Equal(PacketError.TooManyAttachments, assembler.Error);
    }

    [Fact]
    public void SIOP_B_06_binary_without_a_header()
    {
        var assembler = new PacketAssembler(new PacketLimits());
        Assert.Equal(PacketStatus.Error, assembler.ReceiveBinary([1], out _));
        Assert.Equal("got binary data when not reconstructing a packet", assembler.ErrorMessage);
    }

    [Fact]
    public void SIOP_B_07_text_while_waiting()
    {
        var assembler = new PacketAssembler(new PacketLimits());
        Assert.Equal(PacketStatus.NeedAttachments, assembler.ReceiveText("""51-["hello",{"_placeholder":true,"num":0}]"""u8, out _));
        Assert.Equal(PacketStatus.Error, assembler.ReceiveText("2[\"hello\"]"u8, out _));
        Assert.Equal("got plaintext data when reconstructing a packet", assembler.ErrorMessage);
    }

    [Fact]
    public void SIOP_16_reset_in_the_middle_leaves_the_assembler_usable()
    {
        var assembler = new PacketAssembler(new PacketLimits());
        Assert.Equal(PacketStatus.NeedAttachments, assembler.ReceiveText("""52-["hello",{"_placeholder":true,"num":0}]"""u8, out _));
        Assert.Equal(PacketStatus.NeedAttachments, assembler.ReceiveBinary([1, 2, 3], out _));
        assembler.Reset();
        Assert.False(assembler.IsWaiting);

        Assert.Equal(PacketStatus.Complete, assembler.ReceiveText("2[\"hello\"]"u8, out var packet));
        Assert.Equal("hello"u8, packet!.EventName.Span);
        Assert.Empty(packet.Arguments.Attachments);
    }

    [Fact]
    public void Attachment_bytes_are_counted_for_each_packet_anew()
    {
        var assembler = new PacketAssembler(new PacketLimits(MaxAttachmentBytes: 10));
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(PacketStatus.NeedAttachments, assembler.ReceiveText("52-[\"a\"]"u8, out _));
            Assert.Equal(PacketStatus.NeedAttachments, assembler.ReceiveBinary(new byte[4], out _));
            Assert.Equal(PacketStatus.Complete, assembler.ReceiveBinary(new byte[6], out _));
        }

        Assert.Equal(PacketStatus.NeedAttachments, assembler.ReceiveText("52-[\"a\"]"u8, out _));
        Assert.Equal(PacketStatus.NeedAttachments, assembler.ReceiveBinary(new byte[4], out _));
        Assert.Equal(PacketStatus.Error, assembler.ReceiveBinary(new byte[7], out _));
        Assert.Equal(PacketError.AttachmentsTooLarge, assembler.Error);
    }

    [Fact]
    public void Every_error_has_its_own_name_for_metrics()
    {
        var errors = Enum.GetValues<PacketError>();
        var names = errors.Select(error => error.ToWireString()).ToList();
        Assert.Equal(names.Count, names.Distinct().Count());
        Assert.All(names, name => Assert.Matches("^[a-z_]+$", name));
        Assert.All(errors, error => Assert.Equal(error == PacketError.None, error.ToOfficialMessage().Length == 0));
    }

    [Theory]
    [InlineData(0, 0, 0, 0, 0)]
    [InlineData(-1, 0, 0, 0, 1)]
    [InlineData(0, -1, 0, 0, 1)]
    [InlineData(0, 0, -1, 0, 1)]
    [InlineData(0, 0, 0, -1, 1)]
    [InlineData(0, 0, 0, 0, 1001)]
    public void Impossible_limits_are_refused_at_once(int attachments, long bytes, int ns, int name, int depth) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new PacketAssembler(new PacketLimits(attachments, bytes, ns, name, depth)));
}
