namespace Sockeye.Protocol.Packets;

/// <summary>
/// A packet between the .NET values and the form of the wire: header, payload as JSON text, and binary data beside it, each of which the JSON refers to once as
/// <c>{"_placeholder":true,"num":0}</c>. Without binary data such an object means nothing.
/// </summary>
/// <param name="type">What the packet is; not <see cref="PacketType.BinaryEvent"/> or <see cref="PacketType.BinaryAck"/>.</param>
/// <param name="ns">The namespace, with its leading slash.</param>
/// <param name="id">The ack id, if any.</param>
/// <param name="json">The payload.</param>
/// <param name="attachments">The binary data, in the order of their numbers.</param>
public readonly ref struct PacketContent(PacketType type, string ns, long? id, ReadOnlySpan<byte> json, IReadOnlyList<ReadOnlyMemory<byte>> attachments)
{
    private readonly IReadOnlyList<ReadOnlyMemory<byte>>? _attachments = attachments;

    /// <summary>What the packet is; never <see cref="PacketType.BinaryEvent"/> or <see cref="PacketType.BinaryAck"/>.</summary>
    public PacketType Type { get; } = type;

    /// <summary>The namespace, with its leading slash.</summary>
    public string Namespace { get; } = ns;

    /// <summary>The ack id, if any.</summary>
    public long? Id { get; } = id;

    /// <summary>
    /// The payload as valid JSON in UTF-8: <c>["name",1]</c> of an event, <c>[1]</c> of an ack, an object or nothing of a CONNECT, an object or a string of a
    /// CONNECT_ERROR, nothing of a DISCONNECT.
    /// </summary>
    public ReadOnlySpan<byte> Json { get; } = json;

    /// <summary>The binary data, in the order of their numbers. Only events and acks have any. They never change, so they may be kept.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Attachments => _attachments ?? [];
}
