namespace Sockeye.Protocol.Packets;

/// <summary>Makes packets of the messages of one connection: decodes text and waits for the attachments that it announces. Single reader, not thread-safe.</summary>
public sealed class PacketAssembler(PacketLimits limits)
{
    /// <summary>What the peer did wrong after <see cref="PacketStatus.Error"/>.</summary>
    public PacketError Error => throw new NotImplementedException();

    /// <summary>Whether a packet waits for attachments.</summary>
    public bool IsWaiting => throw new NotImplementedException();

    /// <summary>Takes a text message.</summary>
    public PacketStatus ReceiveText(ReadOnlySpan<byte> utf8, out Packet? packet) => throw new NotImplementedException(limits.ToString());

    /// <summary>Takes a binary message.</summary>
    public PacketStatus ReceiveBinary(ReadOnlySpan<byte> data, out Packet? packet) => throw new NotImplementedException();

    /// <summary>Drops a half-read packet; the assembler stays usable.</summary>
    public void Reset() => throw new NotImplementedException();
}
