using Sockeye.Protocol.Packets;

namespace Sockeye.AspNetCore.Sockets;

/// <summary>The arguments of an event about to be sent, in the form the caller gave them: several values, or one typed value.</summary>
internal interface IEventPayload
{
    EncodedPacket Encode(PacketCodec format, string ns, string name, long? id);

    /// <summary>The event apart from a packet's header: for the other nodes.</summary>
    PacketData Write(PacketCodec format, string name);

    /// <summary>The arguments as objects, for listeners.</summary>
    object?[] ToObjects();
}

internal readonly ref struct ManyArguments(ReadOnlySpan<object?> values) : IEventPayload
{
    private readonly ReadOnlySpan<object?> _values = values;

    public EncodedPacket Encode(PacketCodec format, string ns, string name, long? id) => _values is [PacketArguments received]
        ? format.EncodeEvent(ns, name, id, received)
        : format.EncodeEvent(ns, name, id, _values);

    public PacketData Write(PacketCodec format, string name) => format.WriteEvent(name, _values);

    public object?[] ToObjects() => _values.ToArray();
}

internal readonly struct OneArgument<T>(T value) : IEventPayload
{
    public EncodedPacket Encode(PacketCodec format, string ns, string name, long? id) =>
        format.EncodeEvent(ns, name, id, value);

    public PacketData Write(PacketCodec format, string name) => format.WriteEvent(name, value);

    public object?[] ToObjects() => [value];
}

/// <summary>An event that is serialised already: for the other nodes, or by one of them.</summary>
/// <param name="data">Name and arguments.</param>
/// <param name="objects">The arguments as the caller gave them, where somebody listens.</param>
internal readonly struct WrittenEvent(PacketData data, object?[] objects) : IEventPayload
{
    public EncodedPacket Encode(PacketCodec format, string ns, string name, long? id) => format.EncodeEvent(ns, id, data);

    public PacketData Write(PacketCodec format, string name) => data;

    public object?[] ToObjects() => objects;
}
