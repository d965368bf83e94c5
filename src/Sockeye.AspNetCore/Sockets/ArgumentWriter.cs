using System.Buffers;
using System.Text;
using Sockeye.Protocol.Buffers;
using Sockeye.Protocol.Packets;

namespace Sockeye.AspNetCore.Sockets;

/// <summary>Makes arguments of values as if they had come over the wire, so that handlers read them in the same way.</summary>
internal static class ArgumentWriter
{
    // The values are the application's own; what came from the peer among them has passed the limits already. Values around it may nest it a little deeper.
    private static readonly PacketLimits NoLimits = new(MaxAttachments: int.MaxValue, MaxAttachmentBytes: long.MaxValue, MaxDepth: 1000);

    /// <summary>Received arguments among the values stand for all that they hold: JavaScript's <c>[name, ...args]</c>.</summary>
    public static PacketArguments Write(JsonPacketFormat format, ReadOnlySpan<object?> values)
    {
        if (values is [PacketArguments only])
        {
            return only;
        }

        var encoded = format.EncodeEvent("/", "a", null, values);
        var written = Read(encoded.Text.Span, encoded.Attachments);
        foreach (var value in values)
        {
            if (value is PacketArguments)
            {
                return Spread(written, values);
            }
        }

        return written;
    }

    /// <summary>The format writes received arguments among others as one array, with its attachments numbered anew; this takes the brackets away.</summary>
    private static PacketArguments Spread(PacketArguments written, ReadOnlySpan<object?> values)
    {
        using var text = new PooledBufferWriter();
        text.Write(written.Attachments.Count > 0 ? Encoding.ASCII.GetBytes($"5{written.Attachments.Count}-") : "2"u8);
        text.Write("[\"a\""u8);
        for (var i = 0; i < values.Length; i++)
        {
            var json = written.GetJson(i);
            if (values[i] is PacketArguments)
            {
                json = json[1..^1];
            }

            if (!json.IsEmpty)
            {
                text.Write(","u8);
                text.Write(json);
            }
        }

        text.Write("]"u8);
        return Read(text.WrittenSpan, [.. written.Attachments]);
    }

    private static PacketArguments Read(ReadOnlySpan<byte> text, IReadOnlyList<ReadOnlyMemory<byte>> attachments)
    {
        var assembler = new PacketAssembler(NoLimits);
        var status = assembler.ReceiveText(text, out var packet);
        foreach (var attachment in attachments)
        {
            status = assembler.ReceiveBinary(attachment.Span, out packet);
        }

        return status == PacketStatus.Complete
            ? packet!.Arguments
            : throw new ArgumentException($"The arguments cannot be read back from the wire format: {assembler.ErrorMessage}.");
    }
}
