namespace Sockeye.Protocol.WebSockets;

/// <summary>What a peer did wrong on a WebSocket; section numbers are RFC 6455's.</summary>
public enum WebSocketError
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>A reserved bit is set that no extension uses (5.2).</summary>
    ReservedBits,

    /// <summary>An opcode that does not exist (5.2).</summary>
    ReservedOpcode,

    /// <summary>A client's frame without a mask, or a server's with one (5.1).</summary>
    Masking,

    /// <summary>A length that is not in its shortest form or has its top bit set (5.2).</summary>
    Length,

    /// <summary>A control frame over 125 bytes or in fragments (5.5).</summary>
    ControlFrame,

    /// <summary>A continuation without a message, or a new message inside one (5.4).</summary>
    Fragmentation,

    /// <summary>A close frame with one byte, a code that may not be sent, or bad UTF-8 (5.5.1, 7.4).</summary>
    ClosePayload,

    /// <summary>A text message that is not UTF-8 (8.1).</summary>
    InvalidUtf8,

    /// <summary>A message over <see cref="WebSocketReaderLimits.MaxMessageSize"/>.</summary>
    MessageTooBig,

    /// <summary>A message in more frames than <see cref="WebSocketReaderLimits.MaxFragments"/>.</summary>
    TooManyFragments,

    /// <summary>Compressed data that cannot be inflated (RFC 7692).</summary>
    InvalidCompression,
}
