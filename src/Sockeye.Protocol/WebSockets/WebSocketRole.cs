namespace Sockeye.Protocol.WebSockets;

/// <summary>Which side of a WebSocket connection a codec plays: a client masks what it sends, a server must not.</summary>
public enum WebSocketRole
{
    /// <summary>Receives masked frames, sends unmasked ones.</summary>
    Server,

    /// <summary>Receives unmasked frames, sends masked ones.</summary>
    Client,
}
