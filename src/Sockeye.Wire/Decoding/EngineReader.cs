using System.Globalization;
using System.Text;
using Sockeye.Protocol.Engine;
using Sockeye.Protocol.Engine.V3;

namespace Sockeye.Wire.Decoding;

/// <summary>The Engine.IO packets of a session, by whichever transport they come.</summary>
internal sealed class EngineReader(WireConnection connection, WireSession session)
{
    private const int MaxPackets = 10_000;

    private readonly SocketReader _sockets = new(connection, session);

    private string Reference => $"Engine.IO protocol, revision {session.Revision}";

    /// <summary>A polling payload: packets with U+001E between them (revision 4), or with their lengths before them (revision 3).</summary>
    public void Payload(WireDirection direction, DateTimeOffset time, byte[] payload, bool isBinary, int carrier)
    {
        PollingReadStatus status;
        if (session.Revision == 3)
        {
            var reader = new PollingPayloadReaderV3(payload, isBinary, MaxPackets);
            var whole = payload.ToArray();
            var start = 0;
            while ((status = reader.Read(out var packet)) == PollingReadStatus.Packet)
            {
                Add(direction, time, in packet, whole.AsSpan(start..reader.Position), [carrier]);
                start = reader.Position;
            }
        }
        else
        {
            // What the reader decodes in place is shown as it came: each text is taken just before it is read.
            using var texts = Split(payload).GetEnumerator();
            var reader = new PollingPayloadReader(payload, MaxPackets);
            texts.MoveNext();
            while ((status = reader.Read(out var packet)) == PollingReadStatus.Packet)
            {
                Add(direction, time, in packet, texts.Current, [carrier]);
                texts.MoveNext();
            }
        }

        if (status != PollingReadStatus.End)
        {
            Bad(direction, time, payload, [carrier], "This is no polling payload: an unknown packet type, bad base64 or bad UTF-8.");
        }
    }

    /// <summary>A WebSocket message: one packet.</summary>
    public void Message(WireDirection direction, DateTimeOffset time, byte[] data, bool isText, IReadOnlyList<int> frames)
    {
        var raw = data.ToArray();
        if (!isText && session.Revision == 4)
        {
            Add(direction, time, new EnginePacket(EnginePacketType.Message, isBinary: true, data), raw, frames);
        }
        else if (isText ? TryReadText(data, out var packet) : EnginePacketCodecV3.TryReadBinary(data, out packet))
        {
            Add(direction, time, in packet, raw, frames);
        }
        else
        {
            Bad(direction, time, raw, frames, "This is no Engine.IO packet: it begins with no packet type from 0 to 6.");
        }
    }

    private bool TryReadText(byte[] data, out EnginePacket packet) =>
        session.Revision == 3 ? EnginePacketCodecV3.TryReadInPlace(data, out packet) : EnginePacketCodec.TryReadInPlace(data, out packet);

    private static IEnumerable<byte[]> Split(byte[] payload)
    {
        for (var start = 0; start <= payload.Length;)
        {
            var end = payload.AsSpan(start).IndexOf(PollingPayloadWriter.Separator);
            end = end < 0 ? payload.Length : start + end;
            yield return payload[start..end];
            start = end + 1;
        }
    }

    private void Add(WireDirection direction, DateTimeOffset time, in EnginePacket packet, ReadOnlySpan<byte> raw, IReadOnlyList<int> carriers)
    {
        var kind = packet.Type.ToString().ToLowerInvariant();
        List<WireField> fields = [new("type", packet.IsBinary ? "message (binary)" : string.Create(CultureInfo.InvariantCulture, $"{(int)packet.Type} ({kind})"), Reference)];
        var (summary, error) = Describe(direction, in packet, fields);
        var record = connection.Add(WireLayer.EngineIO, direction, time, kind, summary, raw, fields, carriers, error);
        if (packet.Type == EnginePacketType.Message)
        {
            _sockets.Message(direction, time, packet.Data, packet.IsBinary, record.Id);
        }
    }

    private (string Summary, string? Error) Describe(WireDirection direction, in EnginePacket packet, List<WireField> fields)
    {
        switch (packet.Type)
        {
            case EnginePacketType.Open when direction == WireDirection.ToClient:
                return Open(packet.Data, fields);
            case EnginePacketType.Message:
                fields.Add(new("data", packet.IsBinary ? WireText.Hex(packet.Data, 32) : WireText.Shorten(packet.Data, 200), Reference));
                return ($"{WireText.Bytes(packet.Data.Length)}{(packet.IsBinary ? ", binary" : "")}", null);
            case EnginePacketType.Ping or EnginePacketType.Pong:
                var text = WireText.Shorten(packet.Data, 40);
                return (text.Length == 0 ? "heartbeat" : text == "probe" ? "probe: does this transport work?" : text, null);
            case EnginePacketType.Upgrade:
                return ("from now on this transport, not polling", null);
            case EnginePacketType.Noop:
                return ("releases the waiting poll", null);
            case EnginePacketType.Close:
                return ("the session ends", null);
            default:
                return ("", $"A client sends no {packet.Type.ToString().ToLowerInvariant()} packet.");
        }
    }

    private (string Summary, string? Error) Open(ReadOnlySpan<byte> data, List<WireField> fields)
    {
        if (!OpenPayload.TryParse(data, out var open))
        {
            return (WireText.Shorten(data, 100), "The handshake is not the JSON that the protocol demands (sid, upgrades, pingInterval, pingTimeout, maxPayload).");
        }

        connection.AddSession(open!.Sid);
        session.IsNamed(open.Sid);
        fields.Add(new("sid", open.Sid, Reference));
        fields.Add(new("upgrades", open.Upgrades.Count > 0 ? string.Join(", ", open.Upgrades) : "none", Reference));
        fields.Add(new("pingInterval", string.Create(CultureInfo.InvariantCulture, $"{open.PingInterval.TotalMilliseconds} ms"), Reference));
        fields.Add(new("pingTimeout", string.Create(CultureInfo.InvariantCulture, $"{open.PingTimeout.TotalMilliseconds} ms"), Reference));
        fields.Add(new("maxPayload", WireText.Bytes(open.MaxPayload), Reference));
        return (string.Create(CultureInfo.InvariantCulture, $"sid {open.Sid}, ping every {open.PingInterval.TotalSeconds:0.###} s"), null);
    }

    private void Bad(WireDirection direction, DateTimeOffset time, ReadOnlySpan<byte> data, IReadOnlyList<int> carriers, string error) =>
        connection.Add(WireLayer.EngineIO, direction, time, "unknown", $"{error} It begins: {WireText.Shorten(Encoding.UTF8.GetString(data[..Math.Min(data.Length, 200)]), 60)}", data, carriedBy: carriers, error: error);
}
