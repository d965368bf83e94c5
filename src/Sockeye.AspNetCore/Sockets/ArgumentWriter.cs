using Sockeye.Protocol.Packets;

namespace Sockeye.AspNetCore.Sockets;

/// <summary>Makes arguments of values as if they had come over the wire, so that handlers read them in the same way.</summary>
internal static class ArgumentWriter
{
    private static readonly PacketLimits NoLimits = new(MaxAttachments: int.MaxValue, MaxAttachmentBytes: long.MaxValue);

    public static PacketArguments Write(JsonPacketFormat format, ReadOnlySpan<object?> values)
    {
        if (values is [PacketArguments received])
        {
            return received;
        }

        var encoded = format.EncodeEvent("/", "arguments", null, values);
        var assembler = new PacketAssembler(NoLimits);
        var status = assembler.ReceiveText(encoded.Text.Span, out var packet);
        foreach (var attachment in encoded.Attachments)
        {
            status = assembler.ReceiveBinary(attachment.Span, out packet);
        }

        return status == PacketStatus.Complete
            ? packet!.Arguments
            : throw new ArgumentException($"The arguments cannot be read back from the wire format: {assembler.Error}.");
    }
}
