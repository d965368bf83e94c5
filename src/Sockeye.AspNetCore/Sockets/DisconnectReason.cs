using Sockeye.Protocol.Engine;

namespace Sockeye.AspNetCore.Sockets;

/// <summary>Why a socket ended.</summary>
public enum DisconnectReason
{
    /// <summary>"transport close": the client closed the connection (a closed tab, a lost network that told us).</summary>
    TransportClose,

    /// <summary>"transport error": the connection failed.</summary>
    TransportError,

    /// <summary>"ping timeout": the client did not answer the heartbeat in time.</summary>
    PingTimeout,

    /// <summary>"parse error": the client sent an Engine.IO packet that cannot be decoded.</summary>
    ParseError,

    /// <summary>"forced close": this server closed the connection, for a packet that is not valid or not allowed, or by <see cref="Engine.EngineSession.Close"/>.</summary>
    ForcedClose,

    /// <summary>"forced server close": this server closed the connection because the client went over a limit.</summary>
    ForcedServerClose,

    /// <summary>"server shutting down".</summary>
    ServerShuttingDown,

    /// <summary>"client namespace disconnect": the client left, with <c>socket.disconnect()</c>.</summary>
    ClientNamespaceDisconnect,

    /// <summary>"server namespace disconnect": this server called <see cref="ServerSocket.Disconnect"/>.</summary>
    ServerNamespaceDisconnect,
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
        _ => throw new ArgumentOutOfRangeException(nameof(reason), reason, "Not a disconnect reason."),
    };

    /// <summary>Whether the official client connects again by itself: always, except where one side left the namespace on purpose.</summary>
    public static bool DoesClientReconnect(this DisconnectReason reason) =>
        reason is not (DisconnectReason.ClientNamespaceDisconnect or DisconnectReason.ServerNamespaceDisconnect);

    /// <summary>Whether the socket may be recovered: the connection was lost, or closed by this server. Not when one side left the namespace, nor after garbage.</summary>
    internal static bool IsRecoverable(this DisconnectReason reason) =>
        reason is not (DisconnectReason.ClientNamespaceDisconnect or DisconnectReason.ServerNamespaceDisconnect or DisconnectReason.ParseError);

    internal static DisconnectReason From(EngineCloseReason reason) => reason switch
    {
        EngineCloseReason.TransportClose => DisconnectReason.TransportClose,
        EngineCloseReason.TransportError => DisconnectReason.TransportError,
        EngineCloseReason.PingTimeout => DisconnectReason.PingTimeout,
        EngineCloseReason.ParseError => DisconnectReason.ParseError,
        _ => DisconnectReason.ForcedClose,
    };
}
