using Sockeye.Protocol.Packets;

namespace Sockeye.AspNetCore.Engine;

/// <summary>
/// One or more Engine.IO messages that enter a session's queue together or not at all: a text message with the binary attachments that belong to it.
/// Immutable and shared by all receivers of a broadcast; framed once for each transport variant in use.
/// </summary>
public sealed class OutboundMessage
{
    private OutboundMessage(EncodedPacket packet, bool compress) => throw new NotImplementedException(packet.ToString() + compress);

    /// <summary>A Socket.IO packet with its attachments.</summary>
    public static OutboundMessage FromPacket(EncodedPacket packet, bool compress = true) => new(packet, compress);

    /// <summary>The bytes that it counts for in a queue's budget.</summary>
    public int Size => throw new NotImplementedException();
}
