namespace Sockeye.Protocol.Packets;

/// <summary>The payload of an event or an ack, apart from its header: what travels between nodes, each of which gives it a header of its own. Immutable.</summary>
/// <param name="Json"><c>["name",1]</c> of an event, <c>[1]</c> of an ack; <c>{"_placeholder":true,"num":0}</c> where binary data belong.</param>
/// <param name="Attachments">The binary data.</param>
public sealed record PacketData(ReadOnlyMemory<byte> Json, IReadOnlyList<ReadOnlyMemory<byte>> Attachments)
{
    /// <summary><c>[]</c></summary>
    public static PacketData Empty { get; } = new("[]"u8.ToArray(), []);

    /// <summary><c>[x]</c> of the first argument, or <c>[]</c>: of an acknowledgement only the first value counts.</summary>
    internal static PacketData FirstOf(PacketArguments arguments)
    {
        if (arguments.Count == 0)
        {
            return Empty;
        }

        var value = arguments.GetJson(0);
        var json = new byte[value.Length + 2];
        json[0] = (byte)'[';
        value.CopyTo(json.AsSpan(1));
        json[^1] = (byte)']';
        return new PacketData(json, [.. arguments.Attachments]);
    }

    /// <summary>Checks it as a decoder checks what a client sends, and reads it.</summary>
    internal PacketError TryRead(PacketType type, string ns, PacketLimits limits, out Packet? packet) =>
        Packet.TryCreate(new PacketContent(type, ns, type == PacketType.Ack ? 0 : null, Json.Span, Attachments), limits, out packet);
}
