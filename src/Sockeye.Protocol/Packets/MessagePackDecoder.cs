using System.Text.Unicode;

namespace Sockeye.Protocol.Packets;

/// <summary>Makes packets of MessagePack messages, each of which is a whole packet. After an error it stays usable.</summary>
internal sealed class MessagePackDecoder : IPacketDecoder
{
    private readonly PacketLimits _limits;
    private NamespaceName _namespace = new();
    private int _trailing;

    public MessagePackDecoder(PacketLimits limits)
    {
        limits.Check();
        _limits = limits;
    }

    public PacketError Error { get; private set; }

    /// <summary>The text that <c>socket.io-msgpack-parser</c> or notepack.io throws.</summary>
    public string ErrorMessage => Error switch
    {
        PacketError.UnknownType => "invalid packet type",
        PacketError.Malformed when _trailing > 0 => FormattableString.Invariant($"{_trailing} trailing bytes"),
        PacketError.UnexpectedText => PacketError.Malformed.ToOfficialMessage(),
        _ => Error.ToOfficialMessage(),
    };

    public PacketStatus ReceiveText(ReadOnlySpan<byte> utf8, out Packet? packet)
    {
        packet = null;
        Error = PacketError.UnexpectedText;
        return PacketStatus.Error;
    }

    public PacketStatus ReceiveBinary(ReadOnlySpan<byte> data, out Packet? packet)
    {
        packet = null;
        _trailing = 0;
        var error = MessagePackFields.Read(data, out var fields, out _trailing);
        if (error == PacketError.None)
        {
            error = Read(in fields, out packet);
        }

        Error = error;
        return error == PacketError.None ? PacketStatus.Complete : PacketStatus.Error;
    }

    // In the order of the official parser's checks.
    private PacketError Read(ref readonly MessagePackFields fields, out Packet? packet)
    {
        packet = null;
        if (!MessagePackFields.TryGetInteger(fields.Type, out var type) || type > (long)PacketType.ConnectError)
        {
            return PacketError.UnknownType;
        }

        var ns = new MessagePackReader(fields.Namespace);
        if (!ns.TryRead() || ns.Kind != MessagePackKind.String || !IsNamespace(ns.Bytes))
        {
            return PacketError.InvalidNamespace;
        }

        long? id = null;
        if (!MessagePackFields.IsAbsent(fields.Id))
        {
            if (!MessagePackFields.TryGetInteger(fields.Id, out var number))
            {
                return PacketError.InvalidId;
            }

            id = number;
        }

        if (id is null && (PacketType)type == PacketType.Ack)
        {
            return PacketError.InvalidId;
        }

        return MessagePackPayload.Read((PacketType)type, _namespace.Get(ns.Bytes), id, fields.Data, _limits, out packet);
    }

    // A comma cannot stand in a namespace of the default format, and so nowhere.
    private bool IsNamespace(ReadOnlySpan<byte> utf8) =>
        utf8 is [(byte)'/', ..] && utf8.Length <= _limits.MaxNamespaceLength && !utf8.Contains((byte)',') && Utf8.IsValid(utf8);
}
