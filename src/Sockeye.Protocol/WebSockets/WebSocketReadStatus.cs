namespace Sockeye.Protocol.WebSockets;

/// <summary>The result of <see cref="WebSocketFrameReader.Read(ref ReadOnlySpan{byte})"/>.</summary>
public enum WebSocketReadStatus
{
    /// <summary>All input was taken; more is needed.</summary>
    NeedMoreData,

    /// <summary>A whole text message, valid UTF-8, is in <see cref="WebSocketFrameReader.Payload"/>.</summary>
    Text,

    /// <summary>A whole binary message is in <see cref="WebSocketFrameReader.Payload"/>.</summary>
    Binary,

    /// <summary>A ping; its data, 0 to 125 bytes, are in <see cref="WebSocketFrameReader.Payload"/> and go back in a pong.</summary>
    Ping,

    /// <summary>A pong; its data, 0 to 125 bytes, are in <see cref="WebSocketFrameReader.Payload"/>.</summary>
    Pong,

    /// <summary>
    /// The peer closes: <see cref="WebSocketFrameReader.CloseStatus"/> is its code, <see cref="WebSocketFrameReader.Payload"/> its reason as
    /// UTF-8. What it sends after that is taken and thrown away (RFC 6455 section 1.4), every further read answers <see cref="NeedMoreData"/>.
    /// </summary>
    Close,

    /// <summary>The peer broke the protocol; see <see cref="WebSocketFrameReader.Error"/>. The reader answers the same from now on.</summary>
    Error,
}
