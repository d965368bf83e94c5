using System.Runtime.CompilerServices;

namespace Sockeye.Protocol.Packets;

/// <summary>
/// An acknowledgement that is not exactly one value. A handler that has one value returns it; a handler that has several, or none, returns this.
/// A handler that returns a null <see cref="Ack"/> does not acknowledge.
/// </summary>
public sealed class Ack
{
    private readonly object?[] _values;

    private Ack(object?[] values) => _values = values;

    /// <summary>Acknowledges without a value: <c>30[]</c>.</summary>
    public static Ack Empty { get; } = new([]);

    /// <summary>Acknowledges with several values, which the client's callback gets as its arguments: <c>30[1,"a"]</c>.</summary>
    [OverloadResolutionPriority(-1)]
    public static Ack Values(params ReadOnlySpan<object?> values) => new(values.ToArray());

    /// <summary>Acknowledges with one value, also if that is an array or null.</summary>
    public static Ack Values(object? value) => new([value]);

    internal EncodedPacket Encode(PacketCodec format, string ns, long id) => _values is [PacketArguments received]
        ? format.EncodeAck(ns, id, received)
        : format.EncodeAck(ns, id, _values.AsSpan());
}
