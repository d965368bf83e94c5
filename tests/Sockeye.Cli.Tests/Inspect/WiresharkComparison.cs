using System.Globalization;

namespace Sockeye.Cli.Tests.Inspect;

/// <summary>The same capture, seen by tshark: connections, retransmissions, requests and responses, WebSocket frames.</summary>
internal static class WiresharkComparison
{
    public static async Task CheckAsync(Recording recording, InspectedCapture seen)
    {
        await CheckConnectionsAsync(recording, seen);
        await CheckRetransmissionsAsync(recording, seen);
        await CheckHttpAsync(recording, seen);
        await CheckFramesAsync(recording, seen);
    }

    private static async Task CheckConnectionsAsync(Recording recording, InspectedCapture seen)
    {
        var rows = await ReadAsync(recording, "tcp.flags.syn == 1 and tcp.flags.ack == 0 and not tcp.analysis.retransmission", "tcp.stream", "tcp.srcport", "tcp.dstport");
        Assert.Equal(rows.Select(row => $"{row[1]} → {row[2]}"), seen.Connections.Select(connection => $"{Port(connection.GetProperty("client").GetString()!)} → {Port(connection.GetProperty("server").GetString()!)}"));
    }

    // Both call a segment whose bytes were seen before a retransmission. One that fills a gap is a retransmission or out of order: tshark goes by the time, the tool by the sender's clock.
    private static async Task CheckRetransmissionsAsync(Recording recording, InspectedCapture seen)
    {
        var rows = await ReadAsync(recording, "(tcp.analysis.retransmission or tcp.analysis.fast_retransmission or tcp.analysis.spurious_retransmission or tcp.analysis.out_of_order) and tcp.len > 0", "frame.number");
        var own = seen.Records.Where(record => record.Layer == "tcp" && record.Kind is "retransmission" or "out of order").Select(record => Packet(seen, record));
        Assert.Equal(rows.Select(row => row[0]).Order(), own.Order());
    }

    private static async Task CheckHttpAsync(Recording recording, InspectedCapture seen)
    {
        var rows = await ReadAsync(recording, "http.request or http.response", "http.request.method", "http.request.uri", "http.response.code");
        var own = seen.Records.Where(record => record.Layer == "http").Select(record => record.Kind.EndsWith("request", StringComparison.Ordinal)
            ? string.Join(' ', record.Field("request line").Split(' ')[..2])
            : record.Field("status line").Split(' ')[1]);
        Assert.Equal(rows.Select(row => row[0].Length > 0 ? $"{row[0]} {row[1]}" : row[2]).Order(StringComparer.Ordinal), own.Order(StringComparer.Ordinal));
    }

    private static async Task CheckFramesAsync(Recording recording, InspectedCapture seen)
    {
        var rows = await ReadAsync(recording, "websocket", "tcp.srcport", "websocket.opcode", "websocket.payload_length", "websocket.mask", "websocket.masking_key", "text", "websocket.payload_length_ext_16", "websocket.payload_length_ext_64");
        foreach (var isToServer in (ReadOnlySpan<bool>)[true, false])
        {
            var sent = rows.Where(row => (row[0] != recording.Port.ToString(CultureInfo.InvariantCulture)) == isToServer).ToList();
            var frames = seen.Records.Where(record => record.Layer == "websocket" && record.Direction == (isToServer ? "toServer" : "toClient")).ToList();
            Assert.Equal(Column(sent, 1), frames.Select(frame => Opcode(frame.Field("opcode"))));
            Assert.Equal(sent.SelectMany(Lengths), frames.Select(frame => frame.Field("payload length").Split(' ')[0].Replace(",", "", StringComparison.Ordinal)));
            Assert.Equal(Column(sent, 3), frames.Select(frame => frame.Field("MASK")[..1]));
            Assert.Equal(Column(sent, 4), frames.Select(frame => frame.Field("masking key")).Where(key => key.Length > 0));
            CheckPayloads(sent, frames, seen);
        }
    }

    // tshark shows the text of frames, unmasked and inflated, as the lines of its tree, cut after 240 characters; other lines there do not begin with an Engine.IO packet type.
    private static void CheckPayloads(List<string[]> rows, List<InspectedRecord> frames, InspectedCapture seen)
    {
        var texts = rows.SelectMany(row => row.Length > 5 ? row[5].Split('^') : []).Select(text => text.Replace(" [truncated]", "", StringComparison.Ordinal)).Where(text => text.Length > 0 && text[0] is >= '0' and <= '6').ToList();
        var packets = seen.Records.Where(record => record.Layer == "engine.io" && frames.Any(frame => frame.Kind == "text frame" && frame.Connection == record.Connection && record.CarriedBy.Contains(frame.Id))).ToList();
        Assert.Equal(packets.Count, texts.Count);
        foreach (var (packet, text) in packets.Zip(texts))
        {
            Assert.StartsWith(text[..Math.Min(text.Length, 200)], packet.Text, StringComparison.Ordinal);
        }
    }

    private static Task<IReadOnlyList<string[]>> ReadAsync(Recording recording, string filter, params string[] fields) => Tshark.ReadAsync(recording.File, recording.Port, recording.KeyLog, filter, fields);

    private static IEnumerable<string> Column(List<string[]> rows, int index) => rows.SelectMany(row => row.Length > index ? row[index].Split('^', StringSplitOptions.RemoveEmptyEntries) : []).Select(Plain);

    // 126 and 127 stand for a length that follows in 16 or 64 bits (RFC 6455 §5.2).
    private static IEnumerable<string> Lengths(string[] row)
    {
        var (next16, next64) = (new Queue<string>(row.ElementAtOrDefault(6)?.Split('^') ?? []), new Queue<string>(row.ElementAtOrDefault(7)?.Split('^') ?? []));
        foreach (var length in row[2].Split('^'))
        {
            yield return length switch { "126" => next16.Dequeue(), "127" => next64.Dequeue(), _ => length };
        }
    }

    // Versions of tshark differ in how they write numbers and flags.
    private static string Plain(string value) => value switch { "True" => "1", "False" => "0", _ when value.StartsWith("0x", StringComparison.Ordinal) => value[2..], _ => value };

    private static string Opcode(string text) => int.Parse(text[2..text.IndexOf(' ', StringComparison.Ordinal)], NumberStyles.HexNumber, CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture);

    private static string Port(string address) => address[(address.LastIndexOf(':') + 1)..];

    private static string Packet(InspectedCapture seen, InspectedRecord segment) =>
        seen.Records.First(record => record.Connection == segment.Connection && record.Id == segment.CarriedBy[0]).Field("frame").Split(',')[0];
}
