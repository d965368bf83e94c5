using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Sockeye.Protocol.Packets;

/// <summary>
/// Makes packets of .NET values: the arguments become JSON and binary data, once, and a <see cref="IPacketFormat"/> puts them into the form of the wire.
/// Immutable and thread-safe.
/// </summary>
public sealed class PacketCodec
{
    private readonly PacketJson _json;
    private readonly string? _trailingArgument;

    /// <summary>
    /// Creates the codec. The options are copied; converters for binary data are added to the copy. Without an encoder in the options text is
    /// escaped as JSON.stringify does; without a type info resolver reflection is used where the application has it.
    /// </summary>
    /// <param name="format">The form of the wire.</param>
    /// <param name="options">How arguments become JSON and back, whatever the form of the wire is.</param>
    public PacketCodec(IPacketFormat format, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(format);
        ArgumentNullException.ThrowIfNull(options);
        Format = format;
        _json = new PacketJson(options);
    }

    private PacketCodec(PacketCodec codec, string trailingArgument) => (Format, _json, _trailingArgument) = (codec.Format, codec._json, trailingArgument);

    /// <summary>The form of the wire.</summary>
    public IPacketFormat Format { get; }

    /// <summary>The same, but every event gets one argument more at its end: the offset of connection state recovery, <c>2["name",1,"offset"]</c>.</summary>
    /// <param name="text">The argument, of characters that JSON does not escape.</param>
    public PacketCodec WithTrailingArgument(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return new PacketCodec(this, text);
    }

    /// <summary>Whether strings, numbers and the like are read as what they are, not by a converter of the user's.</summary>
    internal bool ReadsPlainValues => _json.PlainValues;

    /// <summary>The type info for arguments of type T; throws <see cref="InvalidOperationException"/> that names the attribute to add where there is none.</summary>
    public JsonTypeInfo<T> GetTypeInfo<T>() => _json.GetTypeInfo<T>();

    /// <summary>Whether a name belongs to the library: connect, connect_error, disconnect, disconnecting, newListener, removeListener.</summary>
    public static bool IsReservedEventName(ReadOnlySpan<char> name) =>
        name is "connect" or "connect_error" or "disconnect" or "disconnecting" or "newListener" or "removeListener";

    /// <summary>The same for a name in UTF-8.</summary>
    public static bool IsReservedEventName(ReadOnlySpan<byte> name) => name.Length switch
    {
        7 => name.SequenceEqual("connect"u8),
        10 => name.SequenceEqual("disconnect"u8),
        11 => name.SequenceEqual("newListener"u8),
        13 => name.SequenceEqual("connect_error"u8) || name.SequenceEqual("disconnecting"u8),
        14 => name.SequenceEqual("removeListener"u8),
        _ => false,
    };

    /// <summary><c>0/chat,{"token":"x"}</c> (a client's; the payload may be empty).</summary>
    /// <param name="ns">The namespace, with its leading slash.</param>
    /// <param name="json">A JSON object, written as it is, or nothing.</param>
    public EncodedPacket EncodeConnect(string ns, ReadOnlySpan<byte> json)
    {
        CheckNamespace(ns);
        return Format.Encode(new PacketContent(PacketType.Connect, ns, null, json, []));
    }

    /// <summary><c>0/chat,{"sid":"…","pid":"…"}</c> (a server's answer; the pid only with connection state recovery).</summary>
    public EncodedPacket EncodeConnected(string ns, string sid, string? pid)
    {
        CheckNamespace(ns);
        using var writer = Rent(binary: false);
        writer.Json.WriteStartObject();
        writer.Json.WriteString("sid"u8, sid);
        if (pid is not null)
        {
            writer.Json.WriteString("pid"u8, pid);
        }

        writer.Json.WriteEndObject();
        return writer.Finish(Format, PacketType.Connect, ns, null);
    }

    /// <summary><c>4/chat,{"message":"…","data":…}</c>; no data member when <paramref name="data"/> is null. Binary data become base64.</summary>
    public EncodedPacket EncodeConnectError(string ns, string message, object? data)
    {
        CheckNamespace(ns);
        using var writer = Rent(binary: false);
        writer.Json.WriteStartObject();
        writer.Json.WriteString("message"u8, message);
        if (data is not null)
        {
            writer.Json.WritePropertyName("data"u8);
            writer.WriteValue(data);
        }

        writer.Json.WriteEndObject();
        return writer.Finish(Format, PacketType.ConnectError, ns, null);
    }

    /// <summary><c>4/chat,"no"</c>, <c>4/chat,{"code":401}</c>: how clients of Socket.IO 4 and older are refused, with any JSON value. Binary data become base64.</summary>
    public EncodedPacket EncodeError(string ns, object value)
    {
        CheckNamespace(ns);
        ArgumentNullException.ThrowIfNull(value);
        using var writer = Rent(binary: false);
        writer.WriteValue(value);
        return writer.Finish(Format, PacketType.ConnectError, ns, null);
    }

    /// <summary><c>1/chat,</c></summary>
    public EncodedPacket EncodeDisconnect(string ns)
    {
        CheckNamespace(ns);
        return Format.Encode(new PacketContent(PacketType.Disconnect, ns, null, [], []));
    }

    /// <summary><c>2/chat,12["name",…]</c>, or <c>51-/chat,12["name",{"_placeholder":true,"num":0}]</c> and its attachments.</summary>
    /// <exception cref="ArgumentException">The name belongs to the library.</exception>
    /// <exception cref="InvalidOperationException">There is no type info for an argument.</exception>
    public EncodedPacket EncodeEvent(string ns, string name, long? id, ReadOnlySpan<object?> arguments)
    {
        CheckEvent(ns, name, id);
        using var writer = Rent(binary: true);
        writer.Json.WriteStartArray();
        writer.Json.WriteStringValue(name);
        writer.WriteValues(arguments);
        WriteTrailingArgument(writer);
        writer.Json.WriteEndArray();
        return writer.Finish(Format, PacketType.Event, ns, id);
    }

    /// <summary>An event with one argument, without boxing. <see cref="PacketArguments"/> are all the arguments, not one.</summary>
    public EncodedPacket EncodeEvent<T>(string ns, string name, long? id, T argument)
    {
        if (argument is PacketArguments arguments)
        {
            return EncodeEvent(ns, name, id, arguments);
        }

        CheckEvent(ns, name, id);
        using var writer = Rent(binary: true);
        writer.Json.WriteStartArray();
        writer.Json.WriteStringValue(name);
        writer.WriteValue(argument);
        WriteTrailingArgument(writer);
        writer.Json.WriteEndArray();
        return writer.Finish(Format, PacketType.Event, ns, id);
    }

    /// <summary>An event with arguments that were received: the same JSON text and the same attachments go out again.</summary>
    public EncodedPacket EncodeEvent(string ns, string name, long? id, PacketArguments arguments)
    {
        CheckEvent(ns, name, id);
        ArgumentNullException.ThrowIfNull(arguments);
        using var writer = Rent(binary: true);
        writer.WriteRaw("["u8);
        writer.Json.WriteStringValue(name);
        writer.Stringify();
        if (arguments.Count > 0)
        {
            writer.WriteRaw(","u8);
        }

        return FinishRaw(writer, PacketType.Event, ns, id, arguments, _trailingArgument);
    }

    /// <summary><c>3/chat,12[…]</c>, or the binary form.</summary>
    public EncodedPacket EncodeAck(string ns, long id, ReadOnlySpan<object?> arguments)
    {
        CheckAck(ns, id);
        using var writer = Rent(binary: true);
        writer.Json.WriteStartArray();
        writer.WriteValues(arguments);
        writer.Json.WriteEndArray();
        return writer.Finish(Format, PacketType.Ack, ns, id);
    }

    /// <summary>An ack with one argument, without boxing. <see cref="PacketArguments"/> are all the arguments, not one.</summary>
    public EncodedPacket EncodeAck<T>(string ns, long id, T argument)
    {
        if (argument is PacketArguments arguments)
        {
            return EncodeAck(ns, id, arguments);
        }

        CheckAck(ns, id);
        using var writer = Rent(binary: true);
        writer.Json.WriteStartArray();
        writer.WriteValue(argument);
        writer.Json.WriteEndArray();
        return writer.Finish(Format, PacketType.Ack, ns, id);
    }

    /// <summary>An ack with arguments that were received: the same JSON text and the same attachments go out again.</summary>
    public EncodedPacket EncodeAck(string ns, long id, PacketArguments arguments)
    {
        CheckAck(ns, id);
        ArgumentNullException.ThrowIfNull(arguments);
        using var writer = Rent(binary: true);
        writer.WriteRaw("["u8);
        return FinishRaw(writer, PacketType.Ack, ns, id, arguments);
    }

    /// <summary>
    /// Arguments as if these values had come over the wire. <see cref="PacketArguments"/> among them stand for all that they hold: JavaScript's <c>[...before, ...args]</c>.
    /// </summary>
    /// <exception cref="InvalidOperationException">There is no type info for a value.</exception>
    public PacketArguments CreateArguments(ReadOnlySpan<object?> values)
    {
        if (values is [PacketArguments only])
        {
            return only;
        }

        using var writer = Rent(binary: true);
        writer.Json.WriteStartArray();
        foreach (var value in values)
        {
            if (value is PacketArguments received)
            {
                received.WriteTo(writer.Json, writer.Attachments);
            }
            else
            {
                writer.WriteValue(value);
            }
        }

        writer.Json.WriteEndArray();
        return writer.FinishArguments();
    }

    /// <summary>The payload of an event apart from its header, <c>["name",1]</c>: serialised once, for the wire between nodes and for clients here.</summary>
    internal PacketData WriteEvent(string name, ReadOnlySpan<object?> arguments)
    {
        if (arguments is [PacketArguments received])
        {
            return WriteEvent(name, received);
        }

        using var writer = Rent(binary: true);
        writer.Json.WriteStartArray();
        writer.Json.WriteStringValue(name);
        writer.WriteValues(arguments);
        writer.Json.WriteEndArray();
        return writer.FinishData();
    }

    /// <inheritdoc cref="WriteEvent(string, ReadOnlySpan{object})" />
    internal PacketData WriteEvent<T>(string name, T argument)
    {
        if (argument is PacketArguments arguments)
        {
            return WriteEvent(name, arguments);
        }

        using var writer = Rent(binary: true);
        writer.Json.WriteStartArray();
        writer.Json.WriteStringValue(name);
        writer.WriteValue(argument);
        writer.Json.WriteEndArray();
        return writer.FinishData();
    }

    /// <summary>The payload of an answer, <c>[1]</c>.</summary>
    internal PacketData WriteAnswer<T>(T value)
    {
        if (value is PacketArguments arguments)
        {
            return PacketData.FirstOf(arguments);
        }

        using var writer = Rent(binary: true);
        writer.Json.WriteStartArray();
        writer.WriteValue(value);
        writer.Json.WriteEndArray();
        return writer.FinishData();
    }

    /// <summary>An event of a payload that is written already.</summary>
    internal EncodedPacket EncodeEvent(string ns, long? id, PacketData data)
    {
        CheckNamespace(ns);
        if (_trailingArgument is null)
        {
            return Format.Encode(new PacketContent(PacketType.Event, ns, id, data.Json.Span, data.Attachments));
        }

        byte[] json = [.. data.Json.Span[..^1], .. Encoding.UTF8.GetBytes($",\"{_trailingArgument}\"]")];
        return Format.Encode(new PacketContent(PacketType.Event, ns, id, json, data.Attachments));
    }

    private PacketData WriteEvent(string name, PacketArguments arguments)
    {
        using var writer = Rent(binary: true);
        writer.WriteRaw("["u8);
        writer.Json.WriteStringValue(name);
        writer.Stringify();
        if (arguments.Count > 0)
        {
            writer.WriteRaw(","u8);
        }

        writer.WriteRaw(arguments.RawJson);
        writer.WriteRaw("]"u8);
        arguments.AddAttachmentsTo(writer.Attachments);
        return writer.FinishDataAsIs();
    }

    /// <summary>A value as JSON; binary data become base64.</summary>
    internal byte[] WriteJson(object value)
    {
        using var writer = Rent(binary: false);
        writer.WriteValue(value);
        return writer.FinishJson();
    }

    private static void CheckNamespace(string ns)
    {
        ArgumentNullException.ThrowIfNull(ns);
        if (!IsNamespace(ns))
        {
            throw new ArgumentException($"\"{ns}\" cannot be a namespace: a namespace starts with \"/\" and has no comma in it.", nameof(ns));
        }
    }

    /// <summary>A comma ends a namespace in the default format, so no format can have one in it.</summary>
    internal static bool IsNamespace(string ns) => ns is ['/', ..] && !ns.Contains(',');

    private static void CheckEvent(string ns, string name, long? id)
    {
        CheckNamespace(ns);
        ArgumentNullException.ThrowIfNull(name);
        ArgumentOutOfRangeException.ThrowIfNegative(id ?? 0, nameof(id));
        if (IsReservedEventName(name))
        {
            throw new ArgumentException($"\"{name}\" is a reserved event name", nameof(name));
        }
    }

    private static void CheckAck(string ns, long id)
    {
        CheckNamespace(ns);
        ArgumentOutOfRangeException.ThrowIfNegative(id);
    }

    private EncodedPacket FinishRaw(PacketWriter writer, PacketType type, string ns, long? id, PacketArguments arguments, string? trailing = null)
    {
        writer.WriteRaw(arguments.RawJson);
        if (trailing is not null)
        {
            writer.WriteRaw(Encoding.UTF8.GetBytes($",\"{trailing}\""));
        }

        writer.WriteRaw("]"u8);
        arguments.AddAttachmentsTo(writer.Attachments);
        return writer.FinishAsIs(Format, type, ns, id);
    }

    private void WriteTrailingArgument(PacketWriter writer)
    {
        if (_trailingArgument is not null)
        {
            writer.Json.WriteStringValue(_trailingArgument);
        }
    }

    private PacketWriter Rent(bool binary) => PacketWriter.Rent(_json, binary);
}
