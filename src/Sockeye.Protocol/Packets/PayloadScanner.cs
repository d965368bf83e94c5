using System.Text.Json;
using System.Text.Unicode;

namespace Sockeye.Protocol.Packets;

/// <summary>Where an element of the argument array stands in the JSON text, in bytes.</summary>
internal readonly record struct JsonRange(int Start, int Length)
{
    public int End => Start + Length;
}

/// <summary>Where the number of a placeholder stands in the JSON text, in bytes, and the attachment that it means.</summary>
internal readonly record struct PlaceholderNumber(int Start, int Length, int Attachment);

/// <summary>
/// Reads the JSON of a packet once: checks it as JSON.parse would, finds the elements of the argument array, the event's name and, in a binary
/// packet, the placeholders.
/// </summary>
internal ref struct PayloadScanner
{
    private readonly PacketLimits _limits;
    private readonly bool _named;
    private readonly int _attachments;
    private readonly Span<ObjectState> _objects;
    private readonly Span<bool> _used;
    private Member _member;

    /// <summary>The elements of the array, an event's name included.</summary>
    public SpanList<JsonRange> Elements;

    /// <summary>The placeholders of a binary packet, in the order of the text.</summary>
    public SpanList<PlaceholderNumber> Placeholders;

    /// <summary>The event's name in the JSON text, without quotes.</summary>
    public JsonRange Name;

    /// <summary>The event's name in plain UTF-8 when it is not what stands at <see cref="Name"/>.</summary>
    public byte[]? UnescapedName;

    /// <param name="limits">Depth and name length.</param>
    /// <param name="named">Whether the first element is an event's name.</param>
    /// <param name="attachments">The announced attachments; 0: placeholders mean nothing.</param>
    /// <param name="elements">Room for the first elements.</param>
    /// <param name="placeholders">Room for the first placeholders.</param>
    /// <param name="objects">When binary, one for each level of nesting.</param>
    /// <param name="used">When binary, one for each attachment.</param>
    public PayloadScanner(PacketLimits limits, bool named, int attachments, Span<JsonRange> elements, Span<PlaceholderNumber> placeholders, Span<ObjectState> objects, Span<bool> used)
    {
        _limits = limits;
        _named = named;
        _attachments = attachments;
        _objects = objects;
        _used = used;
        Elements = new SpanList<JsonRange>(elements);
        Placeholders = new SpanList<PlaceholderNumber>(placeholders);
    }

    private enum Member : byte
    {
        Other,
        Placeholder,
        Number,
    }

    /// <summary>What is known of an object that is being read: <c>{"_placeholder":true,"num":0}</c>. Of members that are given twice the last counts.</summary>
    internal struct ObjectState
    {
        public bool IsPlaceholder;
        public bool HasNumber;
        public PlaceholderNumber Number;
    }

    /// <summary>Checks a single value, <c>{"token":"x"}</c>, and gives the token that it begins with.</summary>
    public static PacketError ScanValue(ReadOnlySpan<byte> json, PacketLimits limits, out JsonTokenType kind)
    {
        kind = JsonTokenType.None;
        if (!Utf8.IsValid(json))
        {
            return PacketError.InvalidPayload;
        }

        var reader = CreateReader(json, limits);
        try
        {
            while (reader.Read())
            {
                kind = kind == JsonTokenType.None ? reader.TokenType : kind;
                if (IsTooDeep(ref reader, limits))
                {
                    return PacketError.TooDeep;
                }
            }
        }
        catch (JsonException)
        {
            return PacketError.InvalidPayload;
        }

        return PacketError.None;
    }

    /// <summary>Checks an array of arguments, <c>["name",{"_placeholder":true,"num":0}]</c>.</summary>
    public PacketError ScanArray(ReadOnlySpan<byte> json)
    {
        // An early look at the first byte spares an exception for the commonest garbage. White space before the array is legal JSON.
        var first = json.IndexOfAnyExcept(" \t\r\n"u8);
        if (first < 0 || json[first] != '[' || !Utf8.IsValid(json))
        {
            return PacketError.InvalidPayload;
        }

        var reader = CreateReader(json, _limits);
        try
        {
            var start = 0L;
            while (reader.Read())
            {
                if (IsTooDeep(ref reader, _limits))
                {
                    return PacketError.TooDeep;
                }

                var error = _attachments > 0 ? TrackPlaceholders(ref reader) : PacketError.None;
                if (error == PacketError.None && reader.CurrentDepth == 1)
                {
                    error = TakeElement(ref reader, ref start);
                }

                if (error != PacketError.None)
                {
                    return error;
                }
            }
        }
        catch (JsonException)
        {
            // The reader has no other way to say that the text is not JSON. It happens once in the life of a connection.
            return PacketError.InvalidPayload;
        }

        return _named && Elements.Count == 0 ? PacketError.InvalidPayload : PacketError.None;
    }

    public void Dispose()
    {
        Elements.Dispose();
        Placeholders.Dispose();
    }

    // The reader's own limit is one higher, so that depth is told apart from other mistakes.
    private static Utf8JsonReader CreateReader(ReadOnlySpan<byte> json, PacketLimits limits) =>
        new(json, new JsonReaderOptions { MaxDepth = limits.MaxDepth + 1 });

    private static bool IsTooDeep(ref Utf8JsonReader reader, PacketLimits limits) =>
        reader.TokenType is JsonTokenType.StartArray or JsonTokenType.StartObject && reader.CurrentDepth >= limits.MaxDepth;

    /// <summary>Notes a token that begins or ends an element of the outermost array.</summary>
    private PacketError TakeElement(ref Utf8JsonReader reader, ref long start)
    {
        if (reader.TokenType is not (JsonTokenType.EndArray or JsonTokenType.EndObject))
        {
            start = reader.TokenStartIndex;
            if (_named && Elements.Count == 0 && TakeName(ref reader) is var error && error != PacketError.None)
            {
                return error;
            }

            if (reader.TokenType is JsonTokenType.StartArray or JsonTokenType.StartObject)
            {
                return PacketError.None;
            }
        }

        Elements.Add(new JsonRange((int)start, (int)(reader.BytesConsumed - start)));
        return PacketError.None;
    }

    private PacketError TakeName(ref Utf8JsonReader reader)
    {
        var raw = reader.ValueSpan;
        if (reader.TokenType == JsonTokenType.Number)
        {
            Name = new JsonRange((int)reader.TokenStartIndex, raw.Length);
            var digits = raw[0] == '-' ? raw[1..] : raw;
            return digits.IndexOfAnyExceptInRange((byte)'0', (byte)'9') >= 0 ? PacketError.InvalidPayload
                : raw.Length > _limits.MaxEventNameLength ? PacketError.EventNameTooLong
                : PacketError.None;
        }

        if (reader.TokenType != JsonTokenType.String)
        {
            return PacketError.InvalidPayload;
        }

        if (raw.Length > _limits.MaxEventNameLength * (long)JsonText.MaxExpansion)
        {
            return PacketError.EventNameTooLong;
        }

        Name = new JsonRange((int)reader.TokenStartIndex + 1, raw.Length);
        if (reader.ValueIsEscaped)
        {
            Span<byte> plain = raw.Length <= 512 ? stackalloc byte[raw.Length] : new byte[raw.Length];
            UnescapedName = plain[..JsonText.Unescape(raw, plain)].ToArray();
            raw = UnescapedName;
        }

        return raw.Length > _limits.MaxEventNameLength ? PacketError.EventNameTooLong
            : PacketCodec.IsReservedEventName(raw) ? PacketError.ReservedEventName
            : PacketError.None;
    }

    private PacketError TrackPlaceholders(ref Utf8JsonReader reader)
    {
        var token = reader.TokenType;
        var member = _member;
        _member = Member.Other;
        if (member != Member.Other)
        {
            ref var owner = ref _objects[reader.CurrentDepth - 1];
            if (member == Member.Placeholder)
            {
                owner.IsPlaceholder = token == JsonTokenType.True;
            }
            else
            {
                owner.HasNumber = token == JsonTokenType.Number && reader.TryGetInt32(out var number)
                    && (owner.Number = new PlaceholderNumber((int)reader.TokenStartIndex, reader.ValueSpan.Length, number)) is { Attachment: >= 0 };
            }
        }

        switch (token)
        {
            case JsonTokenType.StartObject:
                _objects[reader.CurrentDepth] = default;
                return PacketError.None;
            case JsonTokenType.PropertyName:
                _member = JsonText.Means(reader.ValueSpan, "_placeholder"u8) ? Member.Placeholder
                    : JsonText.Means(reader.ValueSpan, "num"u8) ? Member.Number
                    : Member.Other;
                return PacketError.None;
            case JsonTokenType.EndObject:
                return ClosePlaceholder(in _objects[reader.CurrentDepth]);
            default:
                return PacketError.None;
        }
    }

    private PacketError ClosePlaceholder(in ObjectState state)
    {
        if (!state.IsPlaceholder)
        {
            return PacketError.None;
        }

        var attachment = state.Number.Attachment;
        if (!state.HasNumber || attachment >= _attachments || _used[attachment])
        {
            return PacketError.IllegalPlaceholder;
        }

        _used[attachment] = true;
        Placeholders.Add(state.Number);
        return PacketError.None;
    }
}
