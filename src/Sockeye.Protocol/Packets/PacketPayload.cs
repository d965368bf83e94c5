using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace Sockeye.Protocol.Packets;

/// <summary>Makes a packet of its parts: checks the JSON once and finds the arguments and the event's name in it.</summary>
internal static class PacketPayload
{
    public static PacketError Read(in PacketContent content, PacketLimits limits, out Packet? packet)
    {
        packet = null;
        if (content.Type > PacketType.ConnectError)
        {
            return PacketError.UnknownType;
        }

        if (!PacketCodec.IsNamespace(content.Namespace) || Encoding.UTF8.GetByteCount(content.Namespace) > limits.MaxNamespaceLength)
        {
            return PacketError.InvalidNamespace;
        }

        if (content.Id < 0 || (content.Type == PacketType.Ack && content.Id is null))
        {
            return PacketError.InvalidId;
        }

        if (content.Type is not (PacketType.Event or PacketType.Ack))
        {
            return content.Attachments.Count > 0 ? PacketError.IllegalAttachments
                : ReadValue(content.Type, content.Namespace, content.Id, content.Json, limits, out packet);
        }

        var error = TakeAttachments(content.Attachments, limits, out var attachments);
        return error == PacketError.None
            ? ReadArguments(content.Type == PacketType.Event, content.Namespace, content.Id, content.Json, attachments, limits, out packet)
            : error;
    }

    /// <summary><c>{"token":"x"}</c> of a CONNECT, nothing of a DISCONNECT, <c>{"message":"no"}</c> of a CONNECT_ERROR.</summary>
    public static PacketError ReadValue(PacketType type, string ns, long? id, ReadOnlySpan<byte> json, PacketLimits limits, out Packet? packet)
    {
        packet = null;
        var kind = JsonTokenType.None;
        if (!json.IsEmpty && PayloadScanner.ScanValue(json, limits, out kind) is var error && error != PacketError.None)
        {
            return error;
        }

        var allowed = type switch
        {
            PacketType.Connect => kind is JsonTokenType.None or JsonTokenType.StartObject,
            PacketType.Disconnect => kind == JsonTokenType.None,
            _ => kind is JsonTokenType.String or JsonTokenType.StartObject || limits.IsProtocol4,
        };
        if (!allowed)
        {
            return PacketError.InvalidPayload;
        }

        packet = new Packet { Type = type, Namespace = ns, Id = id, Json = json.ToArray() };
        return PacketError.None;
    }

    /// <summary><c>["name",1]</c> of an event, <c>[1]</c> of an ack. The attachments may still be on their way: only their number counts here.</summary>
    public static PacketError ReadArguments(
        bool named, string ns, long? id, ReadOnlySpan<byte> payload, byte[][] attachments, PacketLimits limits, out Packet? packet)
    {
        packet = null;
        var count = attachments.Length;
        var objects = count > 0 ? limits.MaxDepth <= 64 ? stackalloc PayloadScanner.ObjectState[64] : new PayloadScanner.ObjectState[limits.MaxDepth] : [];
        var used = count > 0 ? count <= 64 ? stackalloc bool[64] : new bool[count] : [];
        var scanner = new PayloadScanner(limits, named, count, stackalloc JsonRange[16], stackalloc PlaceholderNumber[16], objects, used);
        try
        {
            var error = scanner.ScanArray(payload);
            if (error != PacketError.None)
            {
                return error;
            }

            var json = payload.ToArray();
            var ranges = scanner.Elements.ToArray(from: named ? 1 : 0);
            packet = new Packet
            {
                Type = named ? PacketType.Event : PacketType.Ack,
                Namespace = ns,
                Id = id,
                EventName = scanner.UnescapedName ?? json.AsMemory(scanner.Name.Start, scanner.Name.Length),
                Arguments = ranges.Length == 0 && count == 0 ? PacketArguments.Empty : new PacketArguments(json, ranges, scanner.Placeholders.ToArray(from: 0), attachments),
            };
            return PacketError.None;
        }
        finally
        {
            scanner.Dispose();
        }
    }

    private static PacketError TakeAttachments(IReadOnlyList<ReadOnlyMemory<byte>> attachments, PacketLimits limits, out byte[][] taken)
    {
        taken = [];
        if (attachments.Count > limits.MaxAttachments)
        {
            return PacketError.TooManyAttachments;
        }

        var bytes = 0L;
        for (var i = 0; i < attachments.Count; i++)
        {
            bytes += attachments[i].Length;
        }

        if (bytes > limits.MaxAttachmentBytes)
        {
            return PacketError.AttachmentsTooLarge;
        }

        taken = attachments.Count == 0 ? [] : new byte[attachments.Count][];
        for (var i = 0; i < taken.Length; i++)
        {
            var data = attachments[i];
            taken[i] = MemoryMarshal.TryGetArray(data, out var whole) && whole.Offset == 0 && whole.Count == whole.Array!.Length ? whole.Array : data.ToArray();
        }

        return PacketError.None;
    }
}
