using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sockeye.Protocol.Buffers;

namespace Sockeye.Protocol.Packets;

/// <summary>
/// The scratch space in which one packet is written: its JSON and, as converters come across binary data, its attachments. The type and the number
/// of attachments stand before the JSON but are known only after it, so the final array is made last and has the exact size. One writer is kept
/// for each thread.
/// </summary>
internal sealed class PacketWriter : IDisposable
{
    // A thread keeps a buffer of the usual size; one that a giant needed goes back to the pool.
    private const int MaxKeptSize = 64 * 1024;

    [ThreadStatic]
    private static PacketWriter? _spare;

    private readonly PacketJson _json;
    private readonly PooledBufferWriter _buffer = new();
    private List<ReadOnlyMemory<byte>>? _outerAttachments;
    private bool _binary;

    private PacketWriter(PacketJson json)
    {
        _json = json;
        Json = new Utf8JsonWriter(_buffer, json.WriterOptions);
    }

    /// <summary>Writes the JSON of the packet.</summary>
    public Utf8JsonWriter Json { get; }

    /// <summary>The binary data found so far.</summary>
    public List<ReadOnlyMemory<byte>> Attachments { get; } = [];

    /// <summary>Takes the thread's writer, or makes one when it is in use further up the stack or belongs to another codec.</summary>
    /// <param name="json">How to write JSON.</param>
    /// <param name="binary">Whether binary data become attachments; otherwise they stay in the JSON as base64.</param>
    public static PacketWriter Rent(PacketJson json, bool binary)
    {
        var writer = _spare;
        _spare = null;
        if (writer?._json != json)
        {
            writer = new PacketWriter(json);
        }

        writer._binary = binary;
        writer._outerAttachments = BinaryScope.ExchangeOutgoing(binary ? writer.Attachments : null);
        return writer;
    }

    public void Dispose()
    {
        BinaryScope.ExchangeOutgoing(_outerAttachments);
        _outerAttachments = null;
        Json.Reset();
        if (_buffer.WrittenCount > MaxKeptSize)
        {
            _buffer.Dispose();
        }
        else
        {
            _buffer.Clear();
        }

        Attachments.Clear();
        _spare = this;
    }

    /// <summary>Writes arguments, one after the other.</summary>
    public void WriteValues(ReadOnlySpan<object?> values)
    {
        foreach (var value in values)
        {
            WriteValue(value);
        }
    }

    /// <summary>Writes one argument. The commonest types need no type info; for value types the compiler leaves one branch of these.</summary>
    public void WriteValue<T>(T value)
    {
        var json = Json;
        switch (value)
        {
            case null:
                json.WriteNullValue();
                return;
            case byte[] data:
                BinaryScope.Write(json, data);
                return;
            case ReadOnlyMemory<byte> data:
                BinaryScope.Write(json, data.Span);
                return;
            case Memory<byte> data:
                BinaryScope.Write(json, data.Span);
                return;
            case JsonElement { ValueKind: JsonValueKind.Undefined }:
                json.WriteNullValue();
                return;
            case JsonElement element:
                element.WriteTo(json);
                return;
            case JsonDocument document:
                document.WriteTo(json);
                return;
            case JsonNode node:
                node.WriteTo(json, _json.Options);
                return;
            case PacketArguments arguments:
                json.WriteStartArray();
                arguments.WriteTo(json, _binary ? Attachments : null);
                json.WriteEndArray();
                return;
        }

        if (_json.PlainValues && TryWritePlain(json, value))
        {
            return;
        }

        if (typeof(T) == typeof(object))
        {
            JsonSerializer.Serialize(json, value, _json.GetTypeInfo(value.GetType()));
        }
        else
        {
            JsonSerializer.Serialize(json, value, _json.GetTypeInfo<T>());
        }
    }

    /// <summary>Writes what is no JSON value by itself, or JSON that must stay as it is.</summary>
    public void WriteRaw(ReadOnlySpan<byte> utf8)
    {
        Json.Flush();
        _buffer.Write(utf8);
    }

    /// <summary>Makes escapes in what has been written so far as JSON.stringify writes them, unless the user chose an encoder.</summary>
    public void Stringify()
    {
        Json.Flush();
        if (_json.LikeJavaScript)
        {
            _buffer.Truncate(JsonText.Stringify(_buffer.WrittenBytes));
        }
    }

    /// <summary>Gives what was written to the format.</summary>
    public EncodedPacket Finish(IPacketFormat format, PacketType type, string ns, long? id)
    {
        Stringify();
        return FinishAsIs(format, type, ns, id);
    }

    /// <summary>The same for JSON of which some was received and stays as it is.</summary>
    public EncodedPacket FinishAsIs(IPacketFormat format, PacketType type, string ns, long? id)
    {
        Json.Flush();
        ReadOnlyMemory<byte>[] attachments = Attachments.Count == 0 ? [] : Attachments.ToArray();
        return format.Encode(new PacketContent(type, ns, id, _buffer.WrittenSpan, attachments));
    }

    /// <summary>What was written, without a header.</summary>
    public PacketData FinishData()
    {
        Stringify();
        return FinishDataAsIs();
    }

    /// <summary>The same for JSON of which some was received and stays as it is.</summary>
    public PacketData FinishDataAsIs()
    {
        Json.Flush();
        return new PacketData(_buffer.WrittenSpan.ToArray(), Attachments.Count == 0 ? [] : Attachments.ToArray());
    }

    /// <summary>What was written, as JSON.</summary>
    public byte[] FinishJson()
    {
        Stringify();
        return _buffer.WrittenSpan.ToArray();
    }

    /// <summary>Reads what was written as if it had come over the wire.</summary>
    public PacketArguments FinishArguments()
    {
        Stringify();
        // The values are the application's own; what came from a peer among them has passed the limits already. Values around it may nest it a little deeper.
        var limits = new PacketLimits(MaxAttachments: int.MaxValue, MaxAttachmentBytes: long.MaxValue, MaxDepth: PacketArguments.MaxDepth);
        var error = Packet.TryCreate(new PacketContent(PacketType.Ack, "/", 0, _buffer.WrittenSpan, [.. Attachments]), limits, out var packet);
        return error == PacketError.None
            ? packet!.Arguments
            : throw new ArgumentException($"The arguments cannot be read back from the wire format: {error.ToOfficialMessage()}.");
    }

    private static bool TryWritePlain<T>(Utf8JsonWriter json, T value)
    {
        switch (value)
        {
            case string text:
                json.WriteStringValue(text);
                return true;
            case bool flag:
                json.WriteBooleanValue(flag);
                return true;
            case int number:
                json.WriteNumberValue(number);
                return true;
            case long number:
                json.WriteNumberValue(number);
                return true;
            case double number when double.IsFinite(number):
                json.WriteNumberValue(number);
                return true;
            case float number when float.IsFinite(number):
                json.WriteNumberValue(number);
                return true;
            case double or float:
                json.WriteNullValue();
                return true;
            case decimal number:
                json.WriteNumberValue(number);
                return true;
            default:
                return false;
        }
    }
}
