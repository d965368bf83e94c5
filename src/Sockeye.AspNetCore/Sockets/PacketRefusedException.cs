using Sockeye.Protocol.Packets;

namespace Sockeye.AspNetCore.Sockets;

/// <summary>The peer sent something that is no valid packet, or a packet that is not allowed at this point; its connection is closed.</summary>
public sealed class PacketRefusedException : SocketIOException
{
    internal PacketRefusedException(string reason, string message)
        : base(message) => Reason = reason;

    /// <summary>The machine-readable reason, also the label of the metric.</summary>
    public string Reason { get; }
}
