using System.Buffers;
using System.Globalization;
using System.Text;

namespace Sockeye.Protocol.Engine.V3;

/// <summary>Writes an Engine.IO 3 polling payload: packet after packet, each with its length, all in the text form or all in the byte form.</summary>
public static class PollingPayloadWriterV3
{
    // Int32.MaxValue has 10 digits; and the kind, or the colon, and the end of the length.
    private const int MaxHeader = 12;

    /// <summary>Appends a text packet to a payload of text: <c>6:4hello</c>. The length counts UTF-16 code units.</summary>
    /// <param name="output">Where the payload is written.</param>
    /// <param name="packet">The packet in text form, its type included.</param>
    public static void WriteText(IBufferWriter<byte> output, ReadOnlySpan<byte> packet)
    {
        ArgumentNullException.ThrowIfNull(output);
        WriteTextHeader(output, Encoding.UTF8.GetCharCount(packet));
        output.Write(packet);
    }

    /// <summary>Appends a binary message to a payload of text: <c>10:b4AQIDBA==</c>.</summary>
    public static void WriteBase64(IBufferWriter<byte> output, ReadOnlySpan<byte> data)
    {
        ArgumentNullException.ThrowIfNull(output);
        WriteTextHeader(output, EnginePacketCodecV3.Base64Length(data.Length));
        EnginePacketCodecV3.WriteBase64(output, data);
    }

    /// <summary>Appends a text packet to a payload of bytes: <c>00 06 FF 34 68 65 6C 6C 6F</c>.</summary>
    /// <param name="output">Where the payload is written.</param>
    /// <param name="packet">The packet in text form, its type included.</param>
    public static void WriteTextAsBytes(IBufferWriter<byte> output, ReadOnlySpan<byte> packet)
    {
        ArgumentNullException.ThrowIfNull(output);
        WriteByteHeader(output, kind: 0, packet.Length);
        output.Write(packet);
    }

    /// <summary>Appends a binary message to a payload of bytes: <c>01 05 FF 04 01 02 03 04</c>.</summary>
    public static void WriteBytes(IBufferWriter<byte> output, ReadOnlySpan<byte> data)
    {
        ArgumentNullException.ThrowIfNull(output);
        WriteByteHeader(output, kind: 1, data.Length + 1);
        EnginePacketCodecV3.WriteBinary(output, data);
    }

    private static void WriteTextHeader(IBufferWriter<byte> output, int length)
    {
        var span = output.GetSpan(MaxHeader);
        length.TryFormat(span, out var digits, provider: CultureInfo.InvariantCulture);
        span[digits] = (byte)':';
        output.Advance(digits + 1);
    }

    private static void WriteByteHeader(IBufferWriter<byte> output, byte kind, int length)
    {
        var span = output.GetSpan(MaxHeader);
        span[0] = kind;
        length.TryFormat(span[1..], out var digits, provider: CultureInfo.InvariantCulture);
        foreach (ref var digit in span.Slice(1, digits))
        {
            digit -= (byte)'0';
        }

        span[digits + 1] = 0xFF;
        output.Advance(digits + 2);
    }
}
