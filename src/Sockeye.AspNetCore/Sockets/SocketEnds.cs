using Sockeye.Protocol.Engine;
using Sockeye.Protocol.Packets;

namespace Sockeye.AspNetCore.Sockets;

/// <summary>What the end of a session means for its sockets, and the end of a socket for its recovery.</summary>
internal static class SocketEnds
{
    /// <summary>Whether the socket may be recovered: the connection was lost, or closed by this server. Not when one side left the namespace, nor after garbage.</summary>
    public static bool IsRecoverable(this DisconnectReason reason) =>
        reason is not (DisconnectReason.ClientNamespaceDisconnect or DisconnectReason.ServerNamespaceDisconnect or DisconnectReason.ParseError);

    public static DisconnectReason ToDisconnectReason(this EngineCloseReason reason) => reason switch
    {
        EngineCloseReason.TransportClose => DisconnectReason.TransportClose,
        EngineCloseReason.TransportError => DisconnectReason.TransportError,
        EngineCloseReason.PingTimeout => DisconnectReason.PingTimeout,
        EngineCloseReason.ParseError => DisconnectReason.ParseError,
        _ => DisconnectReason.ForcedClose,
    };
}
