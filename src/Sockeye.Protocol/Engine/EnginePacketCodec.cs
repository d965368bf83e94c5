using System.Buffers;
using System.Buffers.Text;

namespace Sockeye.Protocol.Engine;

/// <summary>One decoded Engine.IO packet. <see cref="Data"/> lives as long as the buffer that it was read from.</summary>
public readonly ref struct EnginePacket(EnginePacketType type, bool isBinary, ReadOnlySpan<byte> data)
{
    /// <summary>The type.</summary>
    public EnginePacketType Type { get; } = type;

    /// <summary>Whether the data are binary (then the type is <see cref="EnginePacketType.Message"/>).</summary>
    public bool IsBinary { get; } = isBinary;

    /// <summary>The data: UTF-8 text or bytes.</summary>
    public ReadOnlySpan<byte> Data { get; } = data;
}

/// <summary>Engine.IO 4 packets in text form: one digit, then the data; or <c>b</c>, then a binary message as base64.</summary>
public static class EnginePacketCodec
{
    private const byte Base64Mark = (byte)'b';

    /// <summary>Reads a text packet: <c>4hello</c>. False: empty, or no packet type (a base64 message needs <see cref="TryReadInPlace"/>). UTF-8 is not validated.</summary>
    public static bool TryRead(ReadOnlySpan<byte> text, out EnginePacket packet)
    {
        if (text.IsEmpty || text[0] - '0' is not (>= (int)EnginePacketType.Open and <= (int)EnginePacketType.Noop))
        {
            packet = default;
            return false;
        }

        packet = new EnginePacket((EnginePacketType)(text[0] - '0'), isBinary: false, text[1..]);
        return true;
    }

    /// <summary>
    /// Reads a text packet, <c>4hello</c> or <c>bAQIDBA==</c>; the latter is decoded in place, so the bytes change. A client that asks for
    /// <c>b64=1</c> sends the latter on a WebSocket too. False: empty, no packet type, or bad base64. UTF-8 is not validated.
    /// </summary>
    /// <remarks>
    /// Base64 with the standard alphabet and with padding, as all known clients write it; white space is skipped (encoders that break lines).
    /// The official server also takes base64url, missing padding and, silently, garbage.
    /// </remarks>
    public static bool TryReadInPlace(Span<byte> text, out EnginePacket packet)
    {
        if (text.IsEmpty || text[0] != Base64Mark)
        {
            return TryRead(text, out packet);
        }

        var data = text[1..];
        if (Base64.DecodeFromUtf8InPlace(data, out var length) != OperationStatus.Done)
        {
            packet = default;
            return false;
        }

        packet = new EnginePacket(EnginePacketType.Message, isBinary: true, data[..length]);
        return true;
    }

    /// <summary>Writes a text packet: <c>2probe</c>.</summary>
    public static void Write(IBufferWriter<byte> output, EnginePacketType type, ReadOnlySpan<byte> data = default)
    {
        ArgumentNullException.ThrowIfNull(output);
        var span = output.GetSpan(1 + data.Length);
        span[0] = (byte)('0' + (byte)type);
        data.CopyTo(span[1..]);
        output.Advance(1 + data.Length);
    }

    /// <summary>Writes a binary message in text form: <c>bAQIDBA==</c>.</summary>
    public static void WriteBase64(IBufferWriter<byte> output, ReadOnlySpan<byte> data)
    {
        ArgumentNullException.ThrowIfNull(output);
        var span = output.GetSpan(1 + Base64.GetMaxEncodedToUtf8Length(data.Length));
        span[0] = Base64Mark;
        Base64.EncodeToUtf8(data, span[1..], out _, out var written);
        output.Advance(1 + written);
    }
}
