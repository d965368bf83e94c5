using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Sockeye.Protocol.Buffers;

namespace Sockeye.Protocol.Packets;

/// <summary>
/// The arguments of an event or an ack: checked JSON, read into objects only when a handler asks for them, and the attachments.
/// An index behind the last argument is no mistake: like JavaScript's undefined, there is nothing there.
/// </summary>
public sealed partial class PacketArguments
{
    // No limit of a decoder is higher, so what was received can always be read again.
    internal const int MaxDepth = 1000;

    // What stands beside the bytes: for each argument, each binary value in the text, and each attachment.
    private const int RangeCost = 8;
    private const int PlaceholderCost = 12;
    private const int AttachmentCost = 32;

    private readonly byte[] _json;
    private readonly JsonRange[] _ranges;
    private readonly PlaceholderNumber[] _placeholders;
    private readonly byte[][] _attachments;

    internal PacketArguments(byte[] json, JsonRange[] ranges, PlaceholderNumber[] placeholders, byte[][] attachments)
    {
        _json = json;
        _ranges = ranges;
        _placeholders = placeholders;
        _attachments = attachments;
    }

    /// <summary>No arguments.</summary>
    public static PacketArguments Empty { get; } = new([], [], [], []);

    /// <summary>How many arguments there are.</summary>
    public int Count => _ranges.Length;

    /// <summary>The bytes that these arguments hold, for budgets: the JSON text (an event's name included), where its parts are, and the attachments.</summary>
    public long Size
    {
        get
        {
            var size = _json.Length + (_ranges.Length * (long)RangeCost) + (_placeholders.Length * (long)PlaceholderCost);
            foreach (var attachment in _attachments)
            {
                size += attachment.Length + AttachmentCost;
            }

            return size;
        }
    }

    /// <summary>The binary attachments, in the order of the wire. They belong to the packet; whoever binds one gets this array, not a copy.</summary>
    public IReadOnlyList<byte[]> Attachments => _attachments;

    /// <summary>All arguments with the commas between them, as they were received.</summary>
    internal ReadOnlySpan<byte> RawJson => Count == 0 ? [] : _json.AsSpan(_ranges[0].Start.._ranges[^1].End);

    /// <summary>The JSON text of an argument, with placeholders where the binary data were. Empty behind the last argument.</summary>
    public ReadOnlySpan<byte> GetJson(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        return index < _ranges.Length ? _json.AsSpan(_ranges[index].Start, _ranges[index].Length) : [];
    }

    /// <summary>
    /// An argument as a JSON element, with placeholders where the binary data were. Of the kind <see cref="JsonValueKind.Undefined"/> behind the
    /// last argument.
    /// </summary>
    public JsonElement GetElement(int index)
    {
        var json = GetJson(index);
        if (json.IsEmpty)
        {
            return default;
        }

        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = MaxDepth });
        return JsonElement.ParseValue(ref reader);
    }

    /// <summary>Whether an argument is itself binary: a placeholder in a packet with attachments.</summary>
    public bool TryGetBinary(int index, out byte[]? data)
    {
        data = null;
        var json = GetJson(index);
        if (_attachments.Length == 0 || json is not [(byte)'{', ..])
        {
            return false;
        }

        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = MaxDepth });
        return reader.Read() && BinaryScope.TryReadPlaceholder(ref reader, _attachments, out data);
    }

    /// <summary>
    /// An argument as an object; <c>byte[]</c>, <c>Memory&lt;byte&gt;</c> and <c>ReadOnlyMemory&lt;byte&gt;</c> anywhere in it take their attachment, or
    /// base64. The default of T behind the last argument.
    /// </summary>
    /// <param name="index">From 0.</param>
    /// <param name="typeInfo">Must come from <see cref="PacketCodec.GetTypeInfo{T}"/>, which knows of attachments.</param>
    /// <exception cref="JsonException">The peer's value is not a T.</exception>
    public T? Get<T>(int index, JsonTypeInfo<T> typeInfo)
    {
        ArgumentNullException.ThrowIfNull(typeInfo);
        var json = GetJson(index);
        if (json.IsEmpty)
        {
            return default;
        }

        var outer = BinaryScope.ExchangeIncoming(_attachments);
        try
        {
            return JsonSerializer.Deserialize(json, typeInfo);
        }
        finally
        {
            BinaryScope.ExchangeIncoming(outer);
        }
    }

    /// <summary>A string without an escape, <c>"x"</c>, which says by itself what it is. False: ask the serializer.</summary>
    internal bool TryGetText(int index, [NotNullWhen(true)] out string? text)
    {
        var json = GetJson(index);
        text = json is [(byte)'"', .. var plain, (byte)'"'] && !plain.Contains((byte)'\\') ? Encoding.UTF8.GetString(plain) : null;
        return text is not null;
    }

    /// <summary>
    /// Writes the arguments as the elements of an array that is open, and adds their attachments to those that the packet has already;
    /// placeholders are counted on from those. Null: the packet cannot have attachments, they are left out.
    /// </summary>
    internal void WriteTo(Utf8JsonWriter writer, List<ReadOnlyMemory<byte>>? attachments)
    {
        var first = attachments?.Count ?? 0;
        AddAttachmentsTo(attachments);
        if (first > 0 && _placeholders.Length > 0)
        {
            WriteRenumbered(writer, first);
            return;
        }

        for (var i = 0; i < _ranges.Length; i++)
        {
            writer.WriteRawValue(GetJson(i), skipInputValidation: true);
        }
    }

    internal void AddAttachmentsTo(List<ReadOnlyMemory<byte>>? attachments)
    {
        foreach (var attachment in _attachments)
        {
            attachments?.Add(attachment);
        }
    }

    private void WriteRenumbered(Utf8JsonWriter writer, int offset)
    {
        var numbers = SortedPlaceholders();
        var next = 0;
        using var copy = new PooledBufferWriter();
        Span<byte> digits = stackalloc byte[11];
        foreach (var range in _ranges)
        {
            copy.Clear();
            var position = range.Start;
            for (; next < numbers.Length && numbers[next].Start < range.End; next++)
            {
                var number = numbers[next];
                copy.Write(_json.AsSpan(position..number.Start));
                (number.Attachment + offset).TryFormat(digits, out var written, provider: CultureInfo.InvariantCulture);
                copy.Write(digits[..written]);
                position = number.Start + number.Length;
            }

            copy.Write(_json.AsSpan(position..range.End));
            writer.WriteRawValue(copy.WrittenSpan, skipInputValidation: true);
        }
    }

    // A placeholder inside another one is found first.
    private PlaceholderNumber[] SortedPlaceholders()
    {
        PlaceholderNumber[] sorted = [.. _placeholders];
        Array.Sort(sorted, static (left, right) => left.Start.CompareTo(right.Start));
        return sorted;
    }
}
