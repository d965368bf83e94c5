namespace Sockeye.Protocol.Packets;

/// <summary>Why a socket ended. Either side sees its own subset: the server's handlers and the client's hear of one and the same end under different names.</summary>
public enum DisconnectReason
{
    /// <summary>"transport close", on both sides: the other side, or something between, closed the connection (a closed tab, a lost network that told us).</summary>
    TransportClose,

    /// <summary>"transport error", on both sides: the connection failed.</summary>
    TransportError,

    /// <summary>"ping timeout", on both sides: the heartbeat of the other side did not come in time.</summary>
    PingTimeout,

    /// <summary>"parse error", on both sides: the other side sent something that cannot be decoded.</summary>
    ParseError,

    /// <summary>
    /// "forced close", on both sides: this side closed the connection as a whole. The server does so for a packet that is not valid or not allowed, or by
    /// <c>EngineSession.Close</c>; the client when its application closes the connection of all its namespaces.
    /// </summary>
    ForcedClose,

    /// <summary>"forced server close", on the server: it closed the connection because the client went over a limit.</summary>
    ForcedServerClose,

    /// <summary>"server shutting down", on the server.</summary>
    ServerShuttingDown,

    /// <summary>"client namespace disconnect", on the server: the client left, with <c>socket.disconnect()</c>.</summary>
    ClientNamespaceDisconnect,

    /// <summary>"server namespace disconnect", on the server: it called <c>ServerSocket.Disconnect</c>.</summary>
    ServerNamespaceDisconnect,

    /// <summary>"io server disconnect", on the client: the server ended this socket, with <c>ServerSocket.Disconnect</c>.</summary>
    IOServerDisconnect,

    /// <summary>"io client disconnect", on the client: its application left the namespace, with <c>socket.disconnect()</c>.</summary>
    IOClientDisconnect,
}

/// <summary>The wire strings of <see cref="DisconnectReason"/> and what the client does after each.</summary>
public static class DisconnectReasons
{
    /// <summary>The official string of the reason.</summary>
    public static string ToWireString(this DisconnectReason reason) => reason switch
    {
        DisconnectReason.TransportClose => "transport close",
        DisconnectReason.TransportError => "transport error",
        DisconnectReason.PingTimeout => "ping timeout",
        DisconnectReason.ParseError => "parse error",
        DisconnectReason.ForcedClose => "forced close",
        DisconnectReason.ForcedServerClose => "forced server close",
        DisconnectReason.ServerShuttingDown => "server shutting down",
        DisconnectReason.ClientNamespaceDisconnect => "client namespace disconnect",
        DisconnectReason.ServerNamespaceDisconnect => "server namespace disconnect",
        DisconnectReason.IOServerDisconnect => "io server disconnect",
        DisconnectReason.IOClientDisconnect => "io client disconnect",
        _ => throw new ArgumentOutOfRangeException(nameof(reason), reason, "Not a disconnect reason."),
    };

    /// <summary>
    /// Whether the official client connects again by itself: always, except where one side left the namespace on purpose. <see cref="DisconnectReason.ForcedClose"/>
    /// counts as the server's; after its own the client stays away.
    /// </summary>
    public static bool DoesClientReconnect(this DisconnectReason reason) => reason is not (
        DisconnectReason.ClientNamespaceDisconnect or DisconnectReason.ServerNamespaceDisconnect
        or DisconnectReason.IOServerDisconnect or DisconnectReason.IOClientDisconnect);
}
