using System.Buffers;

namespace Sockeye.Protocol.WebSockets;

/// <summary>The opcodes of RFC 6455 section 5.2.</summary>
public enum WebSocketOpcode : byte
{
    /// <summary>%x0: a further fragment of a message.</summary>
    Continuation = 0x0,

    /// <summary>%x1: UTF-8 text.</summary>
    Text = 0x1,

    /// <summary>%x2: binary.</summary>
    Binary = 0x2,

    /// <summary>%x8: closing handshake.</summary>
    Close = 0x8,

    /// <summary>%x9: ping.</summary>
    Ping = 0x9,

    /// <summary>%xA: pong.</summary>
    Pong = 0xA,
}

/// <summary>Which side of a WebSocket connection a codec plays: a client masks what it sends, a server must not.</summary>
public enum WebSocketRole
{
    /// <summary>Receives masked frames, sends unmasked ones.</summary>
    Server,

    /// <summary>Receives unmasked frames, sends masked ones.</summary>
    Client,
}

/// <summary>What a reader takes from its peer before it refuses.</summary>
/// <param name="MaxMessageSize">Bytes of one message, fragments joined and, with permessage-deflate, inflated.</param>
/// <param name="MaxFragments">Frames of one message, empty ones counted.</param>
public sealed record WebSocketReaderLimits(long MaxMessageSize = 1_000_000, int MaxFragments = 16_384);

/// <summary>The result of <see cref="WebSocketFrameReader.Read"/>.</summary>
public enum WebSocketReadStatus
{
    /// <summary>All input was taken; more is needed.</summary>
    NeedMoreData,

    /// <summary>A whole text message, valid UTF-8, is in <see cref="WebSocketFrameReader.Payload"/>.</summary>
    Text,

    /// <summary>A whole binary message is in <see cref="WebSocketFrameReader.Payload"/>.</summary>
    Binary,

    /// <summary>A ping; its data are in <see cref="WebSocketFrameReader.Payload"/>.</summary>
    Ping,

    /// <summary>A pong.</summary>
    Pong,

    /// <summary>The peer closes; see <see cref="WebSocketFrameReader.CloseStatus"/>.</summary>
    Close,

    /// <summary>The peer broke the protocol; see <see cref="WebSocketFrameReader.Error"/>. The reader answers the same from now on.</summary>
    Error,
}

/// <summary>
/// RFC 6455 frames in, whole messages out. Takes the input as it comes, also in the middle of a frame, so that the caller's buffer never has to
/// hold a whole message; holds a pooled buffer only while a message is incomplete or being looked at.
/// </summary>
public sealed class WebSocketFrameReader : IDisposable
{
    /// <summary>Creates a reader.</summary>
    /// <param name="role">The role of this side.</param>
    /// <param name="limits">What to accept.</param>
    /// <param name="inflater">The decompressor of permessage-deflate when it was negotiated.</param>
    public WebSocketFrameReader(WebSocketRole role, WebSocketReaderLimits limits, WebSocketInflater? inflater = null) => throw new NotImplementedException();

    /// <summary>The message or control data after <see cref="Read"/>; valid until the next call.</summary>
    public ReadOnlySpan<byte> Payload => throw new NotImplementedException();

    /// <summary>The close code that the peer sent; 1005 when it sent none.</summary>
    public int CloseStatus => throw new NotImplementedException();

    /// <summary>The close code to send for <see cref="WebSocketReadStatus.Error"/>: 1002, 1007, 1009.</summary>
    public int ErrorStatus => throw new NotImplementedException();

    /// <summary>What the peer did wrong, for logs and metrics.</summary>
    public WebSocketError Error => throw new NotImplementedException();

    /// <summary>Reads on. <paramref name="input"/> is advanced past what was taken.</summary>
    public WebSocketReadStatus Read(ref ReadOnlySequence<byte> input) => throw new NotImplementedException();

    /// <summary>Gives the buffers back.</summary>
    public void Dispose() => throw new NotImplementedException();
}

/// <summary>What a peer did wrong on a WebSocket.</summary>
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

    /// <summary>A message over the limit.</summary>
    MessageTooBig,

    /// <summary>A message in more fragments than the limit.</summary>
    TooManyFragments,

    /// <summary>Compressed data that cannot be inflated (RFC 7692).</summary>
    InvalidCompression,
}
