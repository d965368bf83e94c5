namespace Sockeye.Protocol.Packets;

/// <summary>The members of a packet's map, as bytes; empty where there is none. Others, such as the <c>options</c> of the official client, are passed over.</summary>
internal ref struct MessagePackFields
{
    public ReadOnlySpan<byte> Type;
    public ReadOnlySpan<byte> Data;
    public ReadOnlySpan<byte> Namespace;
    public ReadOnlySpan<byte> Id;

    /// <summary><c>84 a4 type 02 a4 data 91 a1 q a2 id 00 a3 nsp a1 /</c>. Of members that are given twice the last counts.</summary>
    /// <param name="message">A whole message.</param>
    /// <param name="fields">The members; each is one well-formed value as far as its lengths go.</param>
    /// <param name="trailing">How many bytes are left behind the map.</param>
    public static PacketError Read(ReadOnlySpan<byte> message, out MessagePackFields fields, out int trailing)
    {
        fields = default;
        trailing = 0;
        var reader = new MessagePackReader(message);
        if (!reader.TryRead())
        {
            return PacketError.Malformed;
        }

        if (reader.Kind != MessagePackKind.Map)
        {
            return PacketError.UnknownType;
        }

        for (var left = reader.Count; left > 0; left--)
        {
            if (!TryReadValue(ref reader, out var name) || !TryReadValue(ref reader, out var value))
            {
                return PacketError.Malformed;
            }

            fields.Take(name, value);
        }

        trailing = reader.Rest.Length;
        return trailing == 0 ? PacketError.None : PacketError.Malformed;
    }

    /// <summary>Nothing, nil or undefined.</summary>
    public static bool IsAbsent(ReadOnlySpan<byte> value)
    {
        var reader = new MessagePackReader(value);
        return !reader.TryRead() || reader.Kind == MessagePackKind.Nil || reader.IsUndefined;
    }

    /// <summary>A whole number that is not negative; also as a float, for languages that have no integers.</summary>
    public static bool TryGetInteger(ReadOnlySpan<byte> value, out long number)
    {
        var reader = new MessagePackReader(value);
        number = 0;
        if (!reader.TryRead())
        {
            return false;
        }

        switch (reader.Kind)
        {
            case MessagePackKind.Integer when !reader.IsNegative && reader.Integer <= long.MaxValue:
                number = (long)reader.Integer;
                return true;
            case MessagePackKind.Float when reader.Float is >= 0 and < 1L << 53 && reader.Float == Math.Floor(reader.Float):
                number = (long)reader.Float;
                return true;
            default:
                return false;
        }
    }

    private static bool TryReadValue(scoped ref MessagePackReader reader, out ReadOnlySpan<byte> value)
    {
        var rest = reader.Rest;
        var isRead = reader.TrySkip();
        value = rest[..^reader.Rest.Length];
        return isRead;
    }

    private void Take(scoped ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        var reader = new MessagePackReader(name);
        if (!reader.TryRead() || reader.Kind != MessagePackKind.String)
        {
            return;
        }

        if (reader.Bytes.SequenceEqual("type"u8))
        {
            Type = value;
        }
        else if (reader.Bytes.SequenceEqual("data"u8))
        {
            Data = value;
        }
        else if (reader.Bytes.SequenceEqual("nsp"u8))
        {
            Namespace = value;
        }
        else if (reader.Bytes.SequenceEqual("id"u8))
        {
            Id = value;
        }
    }
}
