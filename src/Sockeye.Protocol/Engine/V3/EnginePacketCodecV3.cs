using System.Buffers;
using System.Buffers.Text;

namespace Sockeye.Protocol.Engine.V3;

/// <summary>
/// Engine.IO 3 packets. Text is as in revision 4: one digit, then the data. A binary message has its type in front: the byte 4 where bytes can travel,
/// <c>b4</c> and base64 where only text can.
/// </summary>
public static class EnginePacketCodecV3
{
    private const byte MessageByte = (byte)EnginePacketType.Message;

    private static ReadOnlySpan<byte> Base64Mark => "b4"u8;

    /// <summary>
    /// Reads a text packet, <c>4hello</c> or <c>b4AQIDBA==</c>; the latter is decoded in place, so the bytes change. False: empty, no packet type, bad base64,
    /// or a binary packet that is no message (nobody sends one). UTF-8 is not validated.
    /// </summary>
    public static bool TryReadInPlace(Span<byte> text, out EnginePacket packet)
    {
        if (text is not [(byte)'b', ..])
        {
            return EnginePacketCodec.TryRead(text, out packet);
        }

        packet = default;
        if (!text.StartsWith(Base64Mark))
        {
            return false;
        }

        var data = text[Base64Mark.Length..];
        if (Base64.DecodeFromUtf8InPlace(data, out var length) != OperationStatus.Done)
        {
            return false;
        }

        packet = new EnginePacket(EnginePacketType.Message, isBinary: true, data[..length]);
        return true;
    }

    /// <summary>Reads a binary packet: <c>04 01 02 03</c>. False: empty, or no message.</summary>
    public static bool TryReadBinary(ReadOnlySpan<byte> bytes, out EnginePacket packet)
    {
        packet = bytes is [MessageByte, ..] ? new EnginePacket(EnginePacketType.Message, isBinary: true, bytes[1..]) : default;
        return !bytes.IsEmpty && bytes[0] == MessageByte;
    }

    /// <summary>Writes a binary message where bytes can travel: <c>04 01 02 03</c>.</summary>
    public static void WriteBinary(IBufferWriter<byte> output, ReadOnlySpan<byte> data)
    {
        ArgumentNullException.ThrowIfNull(output);
        var span = output.GetSpan(1 + data.Length);
        span[0] = MessageByte;
        data.CopyTo(span[1..]);
        output.Advance(1 + data.Length);
    }

    /// <summary>Writes a binary message in text form: <c>b4AQIDBA==</c>.</summary>
    public static void WriteBase64(IBufferWriter<byte> output, ReadOnlySpan<byte> data)
    {
        ArgumentNullException.ThrowIfNull(output);
        var span = output.GetSpan(Base64Length(data.Length));
        Base64Mark.CopyTo(span);
        Base64.EncodeToUtf8(data, span[Base64Mark.Length..], out _, out var written);
        output.Advance(Base64Mark.Length + written);
    }

    internal static int Base64Length(int dataLength) => checked(Base64Mark.Length + Base64.GetMaxEncodedToUtf8Length(dataLength));
}
