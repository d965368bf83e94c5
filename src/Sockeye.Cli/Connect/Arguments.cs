using System.Buffers;
using System.Runtime.InteropServices;
using System.Text.Json;
using Sockeye.Protocol.Packets;

namespace Sockeye.Cli.Connect;

/// <summary>Arguments of an event as values that can be sent, from JSON with placeholders and the binary data beside it.</summary>
internal static class Arguments
{
    private static readonly PacketLimits Limits = new(int.MaxValue, long.MaxValue, MaxEventNameLength: 64 * 1024, MaxDepth: 1000);

    /// <summary>Checks the elements of a JSON array as a decoder does. Null: something is wrong with them.</summary>
    public static PacketArguments? TryCreate(ReadOnlySpan<byte> jsonArray, IReadOnlyList<byte[]> attachments)
    {
        var data = new List<ReadOnlyMemory<byte>>(attachments.Select(attachment => (ReadOnlyMemory<byte>)attachment));
        return Packet.TryCreate(new PacketContent(PacketType.Ack, "/", 0, jsonArray, data), Limits, out var packet) == PacketError.None ? packet!.Arguments : null;
    }

    /// <summary>What has been sent, as a peer would read it.</summary>
    public static Packet? Read(in PacketContent content) => Packet.TryCreate(content, Limits, out var packet) == PacketError.None ? packet : null;

    /// <summary>One value for each argument; binary data anywhere in them become attachments again.</summary>
    public static object?[] Values(PacketArguments arguments)
    {
        var values = new object?[arguments.Count];
        for (var i = 0; i < values.Length; i++)
        {
            var element = arguments.GetElement(i);
            values[i] = arguments.Attachments.Count == 0 ? element : Value(element, arguments.Attachments);
        }

        return values;
    }

    /// <summary>The number of an attachment, when the element stands for one.</summary>
    public static bool IsPlaceholder(JsonElement element, int attachments, out int number)
    {
        number = -1;
        return attachments > 0
            && Member(element, "_placeholder"u8) is { ValueKind: JsonValueKind.True }
            && Member(element, "num"u8) is { ValueKind: JsonValueKind.Number } num && num.TryGetInt32(out number)
            && number >= 0 && number < attachments;
    }

    /// <summary>A member of what may be an object. The framework's own search throws where another name has half of a surrogate pair in it, which JSON may have.</summary>
    public static JsonElement? Member(JsonElement element, ReadOnlySpan<byte> name)
    {
        if (element.ValueKind == JsonValueKind.Object)
        {
            foreach (var member in element.EnumerateObject())
            {
                if (RawName(member).SequenceEqual(name))
                {
                    return member.Value;
                }
            }
        }

        return null;
    }

    /// <summary>The name of a member as it stands in the JSON, without its quotes.</summary>
    public static ReadOnlySpan<byte> RawName(JsonProperty member) => JsonMarshal.GetRawUtf8PropertyName(member);

    /// <summary>The arguments as a JSON array, with placeholders.</summary>
    public static byte[] Json(PacketArguments arguments)
    {
        var buffer = new ArrayBufferWriter<byte>();
        buffer.Write("["u8);
        for (var i = 0; i < arguments.Count; i++)
        {
            if (i > 0)
            {
                buffer.Write(","u8);
            }

            buffer.Write(arguments.GetJson(i));
        }

        buffer.Write("]"u8);
        return buffer.WrittenSpan.ToArray();
    }

    private static object? Value(JsonElement element, IReadOnlyList<byte[]> attachments)
    {
        if (IsPlaceholder(element, attachments.Count, out var number))
        {
            return attachments[number];
        }

        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                var members = new Dictionary<string, object?>(StringComparer.Ordinal);
                foreach (var member in element.EnumerateObject())
                {
                    members[member.Name] = Value(member.Value, attachments);
                }

                return members;
            case JsonValueKind.Array:
                return element.EnumerateArray().Select(item => Value(item, attachments)).ToArray();
            default:
                return element;
        }
    }
}
