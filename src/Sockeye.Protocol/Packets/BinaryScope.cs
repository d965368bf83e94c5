using System.Text.Json;

namespace Sockeye.Protocol.Packets;

/// <summary>
/// What the converters of binary data need to know of the packet that is being read or written on this thread. Reading and writing JSON is
/// synchronous, so the thread identifies the packet; each user restores what it found, so both may be nested.
/// </summary>
internal static class BinaryScope
{
    [ThreadStatic]
    private static byte[][]? _incoming;

    [ThreadStatic]
    private static List<ReadOnlyMemory<byte>>? _outgoing;

    /// <summary>Sets the attachments that placeholders mean from now on and gives those from before.</summary>
    public static byte[][]? ExchangeIncoming(byte[][]? attachments)
    {
        var previous = _incoming;
        _incoming = attachments;
        return previous;
    }

    /// <summary>Sets where binary data go from now on and gives where they went before. Null: they stay in the JSON, as base64.</summary>
    public static List<ReadOnlyMemory<byte>>? ExchangeOutgoing(List<ReadOnlyMemory<byte>>? attachments)
    {
        var previous = _outgoing;
        _outgoing = attachments;
        return previous;
    }

    /// <summary>Reads <c>{"_placeholder":true,"num":0}</c>, or base64 as System.Text.Json writes it.</summary>
    public static byte[] Read(ref Utf8JsonReader reader) =>
        reader.TokenType == JsonTokenType.String ? reader.GetBytesFromBase64()
        : TryReadPlaceholder(ref reader, _incoming ?? [], out var data) ? data!
        : throw new JsonException("Expected binary data: an attachment of the packet or a base64 string.");

    /// <summary>Reads an object and says whether it is a placeholder for one of the attachments. Of members that are given twice the last counts.</summary>
    public static bool TryReadPlaceholder(ref Utf8JsonReader reader, byte[][] attachments, out byte[]? data)
    {
        data = null;
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return false;
        }

        var isPlaceholder = false;
        var number = -1;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isFlag = JsonText.Means(reader.ValueSpan, "_placeholder"u8);
            var isNumber = !isFlag && JsonText.Means(reader.ValueSpan, "num"u8);
            reader.Read();
            if (isFlag)
            {
                isPlaceholder = reader.TokenType == JsonTokenType.True;
            }
            else if (isNumber)
            {
                number = reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var value) ? value : -1;
            }

            reader.Skip();
        }

        if (!isPlaceholder || (uint)number >= (uint)attachments.Length)
        {
            return false;
        }

        data = attachments[number];
        return true;
    }

    /// <summary>Writes a placeholder and keeps a copy of the data, which the caller may change as soon as the packet is encoded.</summary>
    public static void Write(Utf8JsonWriter writer, ReadOnlySpan<byte> data)
    {
        if (_outgoing is not { } attachments)
        {
            writer.WriteBase64StringValue(data);
            return;
        }

        WritePlaceholder(writer, attachments.Count);
        attachments.Add(data.ToArray());
    }

    private static void WritePlaceholder(Utf8JsonWriter writer, int number)
    {
        writer.WriteStartObject();
        writer.WriteBoolean("_placeholder"u8, true);
        writer.WriteNumber("num"u8, number);
        writer.WriteEndObject();
    }
}
