using System.Buffers;

namespace Sockeye.Protocol.WebSockets;

/// <summary>Writes RFC 6455 frames.</summary>
public static class WebSocketFrameWriter
{
    /// <summary>The longest frame header: 2 bytes, a 64-bit length, a mask.</summary>
    public const int MaxHeaderSize = 14;

    /// <summary>Writes the header of an unmasked frame (a server's) and says how long it is.</summary>
    public static int WriteHeader(Span<byte> destination, WebSocketOpcode opcode, long payloadLength, bool final = true, bool compressed = false) => throw new NotImplementedException();

    /// <summary>Writes a whole unmasked frame.</summary>
    public static void WriteFrame(IBufferWriter<byte> output, WebSocketOpcode opcode, ReadOnlySpan<byte> payload, bool final = true, bool compressed = false) => throw new NotImplementedException();

    /// <summary>Writes a whole masked frame (a client's).</summary>
    public static void WriteMaskedFrame(IBufferWriter<byte> output, WebSocketOpcode opcode, ReadOnlySpan<byte> payload, uint maskKey, bool final = true, bool compressed = false) => throw new NotImplementedException();

    /// <summary>Writes an unmasked close frame; <paramref name="status"/> null: without a code, as the official server closes.</summary>
    public static void WriteClose(IBufferWriter<byte> output, int? status) => throw new NotImplementedException();
}

/// <summary>The HTTP part of the WebSocket handshake (RFC 6455 section 4).</summary>
public static class WebSocketHandshake
{
    /// <summary>Whether a Sec-WebSocket-Key is base64 of 16 bytes.</summary>
    public static bool IsValidKey(string? key) => throw new NotImplementedException();

    /// <summary>The Sec-WebSocket-Accept for a key.</summary>
    public static string CreateAccept(string key) => throw new NotImplementedException();
}
