using System.Globalization;
using System.Text;
using Sockeye.Protocol.Packets;

namespace Sockeye.Wire.Decoding;

/// <summary>The Socket.IO packets of a session, in JSON with attachments or in MessagePack.</summary>
internal sealed class SocketReader(WireConnection connection, WireSession session)
{
    private const string Reference = "Socket.IO protocol, revision 5";

    public void Message(WireDirection direction, DateTimeOffset time, ReadOnlySpan<byte> data, bool isBinary, int carrier)
    {
        var assembler = session.Assembler(direction);
        var waiting = session.Waiting(direction);
        var isMessagePack = isBinary && !assembler.IsWaiting;
        IPacketDecoder decoder = isMessagePack ? session.MessagePack(direction) : assembler;
        waiting.Add((connection, carrier));
        var status = isBinary ? decoder.ReceiveBinary(data, out var packet) : decoder.ReceiveText(data, out packet);
        if (status == PacketStatus.NeedAttachments)
        {
            return;
        }

        var attachments = isMessagePack ? 0 : waiting.Count - 1;
        int[] carriers = [.. waiting.Where(part => part.Connection == connection).Select(part => part.Record)];
        waiting.Clear();
        if (status == PacketStatus.Error)
        {
            var what = isMessagePack ? "These bytes are no packet, and no packet announced them" : "This is no Socket.IO packet";
            connection.Add(WireLayer.SocketIO, direction, time, "unknown", isBinary ? WireText.Hex(data) : WireText.Shorten(data, 100), data, carriedBy: carriers, error: $"{what} ({decoder.Error}): who receives it closes the connection with \"parse error\".");
            return;
        }

        Add(direction, time, packet!, isMessagePack, attachments, isBinary ? [] : data, carriers);
    }

    private void Add(WireDirection direction, DateTimeOffset time, Packet packet, bool isMessagePack, int attachments, ReadOnlySpan<byte> raw, int[] carriers)
    {
        var (kind, digit) = Kind(packet.Type, attachments > 0);
        List<WireField> fields =
        [
            new("type", string.Create(CultureInfo.InvariantCulture, $"{digit} ({kind})"), Reference),
            new("namespace", packet.Namespace, Reference),
        ];
        if (attachments > 0)
        {
            fields.Add(new("attachments", attachments.ToString(CultureInfo.InvariantCulture), Reference));
        }

        if (isMessagePack)
        {
            fields.Add(new("format", "MessagePack", "socket.io-msgpack-parser"));
        }

        if (packet.Id is { } id)
        {
            fields.Add(new("ack id", id.ToString(CultureInfo.InvariantCulture), Reference));
        }

        var summary = Summarize(direction, packet, fields);
        string? error = null;
        if (packet.Type == PacketType.ConnectError)
        {
            error = $"The namespace was refused: {summary}";
        }

        connection.Add(WireLayer.SocketIO, direction, time, kind, packet.Namespace == "/" ? summary : $"{packet.Namespace} {summary}".TrimEnd(), raw, fields, carriers, error);
    }

    private static string Summarize(WireDirection direction, Packet packet, List<WireField> fields)
    {
        switch (packet.Type)
        {
            case PacketType.Event:
                var name = Encoding.UTF8.GetString(packet.EventName.Span);
                fields.Add(new("event", name, Reference));
                var arguments = Arguments(packet, fields);
                return $"{name}({arguments}){(packet.Id is { } id ? $", wants ack {id}" : "")}";
            case PacketType.Ack:
                return $"{packet.Id} ({Arguments(packet, fields)})";
            case PacketType.Connect or PacketType.ConnectError:
                var json = WireText.Shorten(packet.Json.Span, 300);
                if (json.Length > 0)
                {
                    fields.Add(new(packet.Type == PacketType.ConnectError ? "error" : direction == WireDirection.ToServer ? "auth" : "data", json, Reference));
                }

                return json;
            default:
                return "";
        }
    }

    private static string Arguments(Packet packet, List<WireField> fields)
    {
        var all = new StringBuilder();
        for (var i = 0; i < packet.Arguments.Count; i++)
        {
            var isBinary = packet.Arguments.TryGetBinary(i, out var data);
            var text = isBinary ? $"<{WireText.Bytes(data!.Length)}: {WireText.Hex(data, 8)}>" : WireText.Shorten(packet.Arguments.GetJson(i), 1000);
            fields.Add(new(string.Create(CultureInfo.InvariantCulture, $"argument {i + 1}"), text, Reference));
            all.Append(i > 0 ? ", " : "").Append(text);
        }

        return WireText.Shorten(all.ToString(), 200);
    }

    private static (string Kind, int Digit) Kind(PacketType type, bool isBinary) => type switch
    {
        PacketType.Event when isBinary => ("BINARY_EVENT", 5),
        PacketType.Ack when isBinary => ("BINARY_ACK", 6),
        PacketType.ConnectError => ("CONNECT_ERROR", 4),
        _ => (type.ToString().ToUpperInvariant(), (int)type),
    };
}
