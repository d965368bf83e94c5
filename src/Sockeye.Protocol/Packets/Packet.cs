namespace Sockeye.Protocol.Packets;

/// <summary>The packet types of the Socket.IO protocol, revision 5. On the wire: one ASCII digit.</summary>
public enum PacketType : byte
{
    /// <summary>"0": joins a namespace, or says that it was joined.</summary>
    Connect = 0,

    /// <summary>"1": leaves a namespace.</summary>
    Disconnect = 1,

    /// <summary>"2": an event.</summary>
    Event = 2,

    /// <summary>"3": the acknowledgement of an event.</summary>
    Ack = 3,

    /// <summary>"4": a namespace was refused.</summary>
    ConnectError = 4,

    /// <summary>"5": an event with binary attachments. Only on the wire: a decoded packet is an <see cref="Event"/>.</summary>
    BinaryEvent = 5,

    /// <summary>"6": an acknowledgement with binary attachments. Only on the wire: a decoded packet is an <see cref="Ack"/>.</summary>
    BinaryAck = 6,
}

/// <summary>What a decoder takes from a peer before it refuses.</summary>
/// <param name="MaxAttachments">Attachments of one packet (official parser: 10).</param>
/// <param name="MaxAttachmentBytes">Bytes of all attachments of one packet together.</param>
/// <param name="MaxNamespaceLength">UTF-8 bytes of a namespace.</param>
/// <param name="MaxEventNameLength">UTF-8 bytes of an event's name.</param>
/// <param name="MaxDepth">Nesting of the JSON.</param>
public sealed record PacketLimits(int MaxAttachments = 10, long MaxAttachmentBytes = 1_000_000, int MaxNamespaceLength = 256, int MaxEventNameLength = 256, int MaxDepth = 64)
{
    /// <summary>
    /// Client: whether the server is of Socket.IO protocol 4 (versions 1 and 2), where the data of an ERROR packet are any JSON value or nothing, and a binary packet may have no attachment: <c>50-["name"]</c>.
    /// </summary>
    internal bool IsProtocol4 { get; init; }

    /// <summary>Throws where no decoder could keep to these limits.</summary>
    internal void Check()
    {
        ArgumentOutOfRangeException.ThrowIfNegative(MaxAttachments, nameof(MaxAttachments));
        ArgumentOutOfRangeException.ThrowIfNegative(MaxAttachmentBytes, nameof(MaxAttachmentBytes));
        ArgumentOutOfRangeException.ThrowIfNegative(MaxNamespaceLength, nameof(MaxNamespaceLength));
        ArgumentOutOfRangeException.ThrowIfNegative(MaxEventNameLength, nameof(MaxEventNameLength));
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxDepth, 1, nameof(MaxDepth));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(MaxDepth, PacketArguments.MaxDepth, nameof(MaxDepth));
    }
}

/// <summary>The result of giving a message to a <see cref="IPacketDecoder"/>.</summary>
public enum PacketStatus
{
    /// <summary>A packet is complete.</summary>
    Complete,

    /// <summary>The packet waits for attachments.</summary>
    NeedAttachments,

    /// <summary>The peer broke the protocol; see <see cref="IPacketDecoder.Error"/>.</summary>
    Error,
}

/// <summary>A decoded Socket.IO packet. It owns its bytes: nothing in it points into a receive buffer.</summary>
public sealed class Packet
{
    /// <summary>The type; never <see cref="PacketType.BinaryEvent"/> or <see cref="PacketType.BinaryAck"/>.</summary>
    public required PacketType Type { get; init; }

    /// <summary>The namespace, with its leading slash.</summary>
    public required string Namespace { get; init; }

    /// <summary>The ack id, if any.</summary>
    public long? Id { get; init; }

    /// <summary>The name of an event as plain UTF-8 (unescaped, without quotes); empty for other types. A number counts as its digits.</summary>
    public ReadOnlyMemory<byte> EventName { get; init; }

    /// <summary>The arguments of an event (without its name) or of an ack.</summary>
    public PacketArguments Arguments { get; init; } = PacketArguments.Empty;

    /// <summary>The JSON value of a <see cref="PacketType.Connect"/> or <see cref="PacketType.ConnectError"/>; empty when there is none.</summary>
    public ReadOnlyMemory<byte> Json { get; init; }

    /// <summary>
    /// Makes a packet of what a decoder has read, after all checks that the default format makes: limits, JSON, event names, placeholders. The bytes are copied, except
    /// attachments that are whole arrays; those belong to the packet from now on.
    /// </summary>
    /// <param name="content">What was read; nothing in it needs to be checked before.</param>
    /// <param name="limits">What to accept.</param>
    /// <param name="packet">The packet, when nothing is wrong.</param>
    public static PacketError TryCreate(in PacketContent content, PacketLimits limits, out Packet? packet)
    {
        ArgumentNullException.ThrowIfNull(limits);
        return PacketPayload.Read(content, limits, out packet);
    }
}

/// <summary>A packet ready for any transport: one text message, then its attachments in order. Immutable, shared by all receivers.</summary>
/// <param name="Text">The text message in UTF-8, without the Engine.IO packet type. Empty: there is none, as in formats that have only binary messages.</param>
/// <param name="Attachments">The binary messages that follow.</param>
public sealed record EncodedPacket(ReadOnlyMemory<byte> Text, IReadOnlyList<ReadOnlyMemory<byte>> Attachments)
{
    /// <summary>Bytes before the text for what stands before it on the wire, a frame header (up to 10, RFC 6455 section 5.2) and the Engine.IO packet type: so a text is written once.</summary>
    internal const int Headroom = 11;

    private byte[]? _array;

    /// <param name="array">The text, behind <see cref="Headroom"/> bytes.</param>
    /// <param name="attachments">The binary messages that follow.</param>
    internal static EncodedPacket WithHeadroom(byte[] array, IReadOnlyList<ReadOnlyMemory<byte>> attachments) => new(array.AsMemory(Headroom), attachments) { _array = array };

    /// <summary>The array whose end is the text, if there is room before it.</summary>
    internal bool TryGetHeadroom([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out byte[]? array)
    {
        array = _array;
        return array is not null;
    }
}
