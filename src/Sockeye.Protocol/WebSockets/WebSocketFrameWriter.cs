using System.Buffers;
using System.Buffers.Binary;

namespace Sockeye.Protocol.WebSockets;

/// <summary>Writes RFC 6455 frames. Each method writes bytes that a peer may see, so misuse throws before anything is written.</summary>
public static class WebSocketFrameWriter
{
    /// <summary>The longest frame header: 2 bytes, a 64-bit length, a mask.</summary>
    public const int MaxHeaderSize = WebSocketFrameHeader.MaxSize;

    private const byte MaskBit = 0x80;

    /// <summary>Writes the header of an unmasked frame (a server's) and says how long it is: 2, 4 or 10 bytes.</summary>
    /// <param name="destination">At least 10 bytes, or as many as the length needs.</param>
    /// <param name="opcode">The kind of frame.</param>
    /// <param name="payloadLength">Bytes that follow the header.</param>
    /// <param name="final">FIN; false when continuation frames follow.</param>
    /// <param name="compressed">RSV1, for the first frame of a message that permessage-deflate compressed (RFC 7692 section 6).</param>
    // 81 05           text, 5 bytes
    // 82 7e 01 00     binary, 256 bytes
    // 82 7f 00 00 00 00 00 01 00 00   binary, 65,536 bytes
    public static int WriteHeader(Span<byte> destination, WebSocketOpcode opcode, long payloadLength, bool final = true, bool compressed = false)
    {
        ThrowIfMisused(opcode, payloadLength, final, compressed);
        destination[0] = (byte)((byte)opcode | (final ? 0x80 : 0) | (compressed ? 0x40 : 0));
        switch (payloadLength)
        {
            case <= WebSocketFrameHeader.MaxControlPayload:
                destination[1] = (byte)payloadLength;
                return 2;
            case <= ushort.MaxValue:
                BinaryPrimitives.WriteUInt16BigEndian(destination[2..], (ushort)payloadLength);
                destination[1] = 126;
                return 4;
            default:
                BinaryPrimitives.WriteInt64BigEndian(destination[2..], payloadLength);
                destination[1] = 127;
                return 10;
        }
    }

    /// <summary>Writes a whole unmasked frame (a server's).</summary>
    /// <param name="output">Where to.</param>
    /// <param name="opcode">The kind of frame.</param>
    /// <param name="payload">Up to 125 bytes for a control frame.</param>
    /// <param name="final">FIN; false when continuation frames follow.</param>
    /// <param name="compressed">RSV1, for the first frame of a message that permessage-deflate compressed (RFC 7692 section 6).</param>
    public static void WriteFrame(IBufferWriter<byte> output, WebSocketOpcode opcode, ReadOnlySpan<byte> payload, bool final = true, bool compressed = false)
    {
        var span = output.GetSpan(MaxHeaderSize);
        var size = WriteHeader(span, opcode, payload.Length, final, compressed);
        if (span.Length - size >= payload.Length)
        {
            payload.CopyTo(span[size..]);
            output.Advance(size + payload.Length);
            return;
        }

        output.Advance(size);
        output.Write(payload);
    }

    /// <summary>Writes a whole masked frame (a client's).</summary>
    /// <param name="output">Where to.</param>
    /// <param name="opcode">The kind of frame.</param>
    /// <param name="payload">Up to 125 bytes for a control frame. It is masked while it is copied and not changed itself.</param>
    /// <param name="maskKey">The masking key, big-endian on the wire; a new unpredictable one for every frame (5.3).</param>
    /// <param name="final">FIN; false when continuation frames follow.</param>
    /// <param name="compressed">RSV1, for the first frame of a message that permessage-deflate compressed (RFC 7692 section 6).</param>
    public static void WriteMaskedFrame(IBufferWriter<byte> output, WebSocketOpcode opcode, ReadOnlySpan<byte> payload, uint maskKey, bool final = true, bool compressed = false)
    {
        var header = output.GetSpan(MaxHeaderSize);
        var size = WriteHeader(header, opcode, payload.Length, final, compressed);
        header[1] |= MaskBit;
        BinaryPrimitives.WriteUInt32BigEndian(header[size..], maskKey);
        output.Advance(size + sizeof(uint));

        for (var offset = 0; offset < payload.Length;)
        {
            var span = output.GetSpan();
            var piece = payload.Slice(offset, Math.Min(span.Length, payload.Length - offset));
            WebSocketMask.Apply(piece, span, maskKey, offset);
            output.Advance(piece.Length);
            offset += piece.Length;
        }
    }

    /// <summary>Writes an unmasked close frame without a reason.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="status">1000-1003, 1007-1014 or 3000-4999. Null: without a code, as the official server closes; the peer reports 1005.</param>
    public static void WriteClose(IBufferWriter<byte> output, int? status)
    {
        if (status is not { } code)
        {
            WriteFrame(output, WebSocketOpcode.Close, []);
            return;
        }

        if (!WebSocketCloseCode.MayBeSent(code))
        {
            throw new ArgumentOutOfRangeException(nameof(status), code, "Not a close code that may be sent: use 1000-1003, 1007-1014, 3000-4999, or null for none.");
        }

        Span<byte> payload = stackalloc byte[sizeof(ushort)];
        BinaryPrimitives.WriteUInt16BigEndian(payload, (ushort)code);
        WriteFrame(output, WebSocketOpcode.Close, payload);
    }

    private static void ThrowIfMisused(WebSocketOpcode opcode, long payloadLength, bool final, bool compressed)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(payloadLength);
        switch (opcode)
        {
            case WebSocketOpcode.Text or WebSocketOpcode.Binary:
                return;
            case WebSocketOpcode.Continuation:
                if (compressed)
                {
                    throw new ArgumentException("Only the first frame of a message carries the compressed bit (RFC 7692 section 6.1).", nameof(compressed));
                }

                return;
            case WebSocketOpcode.Close or WebSocketOpcode.Ping or WebSocketOpcode.Pong:
                ArgumentOutOfRangeException.ThrowIfGreaterThan(payloadLength, WebSocketFrameHeader.MaxControlPayload);
                if (!final || compressed)
                {
                    throw new ArgumentException("A control frame is neither fragmented nor compressed (RFC 6455 section 5.5).", nameof(opcode));
                }

                return;
            default:
                throw new ArgumentOutOfRangeException(nameof(opcode), opcode, "Not an opcode of RFC 6455 section 5.2.");
        }
    }
}
