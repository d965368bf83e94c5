using System.Diagnostics.CodeAnalysis;

namespace Sockeye.Protocol.Packets;

/// <summary>
/// The form in which Socket.IO packets travel; clients must use the same (official option: <c>parser</c>). Immutable and thread-safe: one serves all connections.
/// <see cref="JsonPacketFormat"/> and <see cref="MessagePackPacketFormat"/> are ready to use.
/// </summary>
public interface IPacketFormat
{
    /// <summary>Puts a packet into the form of the wire. A broadcast does it once for all receivers. What the packet lends is valid only during the call.</summary>
    EncodedPacket Encode(in PacketContent packet);

    /// <summary>Makes the decoder of one connection; the limits are those of the endpoint.</summary>
    IPacketDecoder CreateDecoder(PacketLimits limits);
}

/// <summary>
/// Makes packets of the messages of one connection. Whatever a peer sends, a decoder does not throw but gives <see cref="PacketStatus.Error"/>, and its time and
/// memory are linear in the length of a message. Single reader; needs not be thread-safe.
/// </summary>
public interface IPacketDecoder
{
    /// <summary>What the peer did wrong after <see cref="PacketStatus.Error"/>.</summary>
    [SuppressMessage("Naming", "CA1716", Justification = "The plain word; C# has no trouble with it.")]
    PacketError Error { get; }

    /// <summary>The same in words, for the log.</summary>
    string ErrorMessage { get; }

    /// <summary>Takes a text message, without the Engine.IO packet type. The bytes are valid only during the call. Not checked to be UTF-8 on all transports.</summary>
    PacketStatus ReceiveText(ReadOnlySpan<byte> utf8, out Packet? packet);

    /// <summary>Takes a binary message. The bytes are valid only during the call.</summary>
    PacketStatus ReceiveBinary(ReadOnlySpan<byte> data, out Packet? packet);
}
