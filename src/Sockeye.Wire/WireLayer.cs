namespace Sockeye.Wire;

/// <summary>The seven layers that an event goes through, from the lowest. What a connection does not have (TLS under <c>http:</c>, WebSocket with polling) is left out.</summary>
public enum WireLayer
{
    /// <summary>Names, addresses, routes, frames of the link and IP packets (RFC 791, RFC 8200).</summary>
    Network = 1,

    /// <summary>Segments: an ordered stream of bytes between two ports (RFC 9293).</summary>
    Tcp = 2,

    /// <summary>Records: the stream, encrypted (RFC 8446, RFC 5246).</summary>
    Tls = 3,

    /// <summary>Requests and responses (RFC 9112), the request to upgrade among them.</summary>
    Http = 4,

    /// <summary>Frames: messages both ways (RFC 6455, RFC 7692).</summary>
    WebSocket = 5,

    /// <summary>Packets of the session: open, close, ping, pong, message, upgrade, noop (Engine.IO protocol, revision 4 and 3).</summary>
    EngineIO = 6,

    /// <summary>Packets of a namespace: connect, disconnect, event, ack, connect error (Socket.IO protocol, revision 5).</summary>
    SocketIO = 7,
}

/// <summary>Words for <see cref="WireLayer"/>.</summary>
public static class WireLayers
{
    /// <summary>The layer's name as people write it: "TCP", "Engine.IO".</summary>
    /// <param name="layer">The layer.</param>
    /// <returns>The name.</returns>
    public static string ToDisplayName(this WireLayer layer) => layer switch
    {
        WireLayer.Network => "Network",
        WireLayer.Tcp => "TCP",
        WireLayer.Tls => "TLS",
        WireLayer.Http => "HTTP",
        WireLayer.WebSocket => "WebSocket",
        WireLayer.EngineIO => "Engine.IO",
        WireLayer.SocketIO => "Socket.IO",
        _ => throw new ArgumentOutOfRangeException(nameof(layer), layer, "There are seven layers."),
    };

    /// <summary>The layer's name in JSON: "tcp", "engine.io".</summary>
    /// <param name="layer">The layer.</param>
    /// <returns>The name.</returns>
    public static string ToWireString(this WireLayer layer) => layer.ToDisplayName().ToLowerInvariant();
}
