using System.Text;
using Sockeye.Wire;

namespace Sockeye.Cli.Inspect.Report;

/// <summary>A request with its response, and the messages of a WebSocket that it opened.</summary>
internal sealed class HarExchange
{
    private HarExchange(SeenConnection connection, RecordIndex index, WireRecord request, WireRecord? response)
    {
        (Connection, Request, Response) = (connection, request, response);
        Start = First(index, request);
        ResponseStart = response is null ? null : First(index, response);
    }

    public SeenConnection Connection { get; }

    public WireRecord Request { get; }

    public WireRecord? Response { get; }

    /// <summary>When its first segment was sent.</summary>
    public DateTimeOffset Start { get; }

    public DateTimeOffset? ResponseStart { get; }

    /// <summary>Whether the connection was made for it.</summary>
    public bool IsFirst { get; private init; }

    public bool IsSecure { get; private init; }

    public bool IsWebSocket => Response?.Kind == "upgrade response";

    /// <summary>What came in the body, as far as it was understood: of a poll, its packets as they were.</summary>
    public string? RequestBody { get; private init; }

    public string? ResponseBody { get; private init; }

    public IReadOnlyList<HarMessage> Messages { get; private init; } = [];

    public static IEnumerable<HarExchange> Of(SeenConnection connection)
    {
        var records = connection.Wire.Records;
        var index = new RecordIndex(records);
        var packets = records.Where(record => record.Layer == WireLayer.EngineIO).SelectMany(record => record.CarriedBy, (record, carrier) => (carrier, record)).ToLookup(pair => pair.carrier, pair => pair.record);
        var responses = new Queue<WireRecord>(records.Where(record => record.Layer == WireLayer.Http && record.Direction == WireDirection.ToClient && IsFinal(record)));
        var first = records.FirstOrDefault(record => record.Layer == WireLayer.Http);
        var isSecure = records.Any(record => record.Layer == WireLayer.Tls);
        foreach (var request in records.Where(record => record.Layer == WireLayer.Http && record.Kind is "request" or "upgrade request"))
        {
            _ = responses.TryDequeue(out var response);
            yield return new HarExchange(connection, index, request, response)
            {
                IsFirst = request == first,
                IsSecure = isSecure,
                RequestBody = Body(packets[request.Id]),
                ResponseBody = response is null ? null : Body(packets[response.Id]),
                Messages = response?.Kind == "upgrade response" ? [.. HarMessage.Of(records, index)] : [],
            };
        }
    }

    // 100 Continue and the like go before the response itself (RFC 9110 §15.2).
    private static bool IsFinal(WireRecord record) =>
        record.Kind == "upgrade response" || (record.Kind == "response" && (record.Fields.Count == 0 || record.Fields[0].Value.Split(' ') is not [_, ['1', _, _], ..]));

    private static DateTimeOffset First(RecordIndex index, WireRecord record) =>
        index.Beneath(record).Where(carrier => carrier.Layer == WireLayer.Tcp).Select(carrier => carrier.Time).Append(record.Time).Min();

    private static string? Body(IEnumerable<WireRecord> packets)
    {
        var texts = packets.Select(packet => Encoding.UTF8.GetString(packet.Bytes.Span)).ToList();
        return texts.Count == 0 ? null : string.Join('\u001e', texts);
    }
}

/// <summary>A message of a WebSocket.</summary>
/// <param name="IsSent">By the client.</param>
/// <param name="Time">When its last frame was seen.</param>
/// <param name="IsText">Text; else binary, as base64.</param>
/// <param name="Data">What it says.</param>
internal readonly record struct HarMessage(bool IsSent, DateTimeOffset Time, bool IsText, string Data)
{
    public static IEnumerable<HarMessage> Of(IReadOnlyList<WireRecord> records, RecordIndex index)
    {
        foreach (var packet in records)
        {
            if (packet.Layer == WireLayer.EngineIO && packet.CarriedBy.Count > 0 && index.Find(packet.CarriedBy[0]) is { Layer: WireLayer.WebSocket } frame)
            {
                var isText = frame.Kind == "text frame";
                yield return new(packet.Direction == WireDirection.ToServer, packet.Time, isText, isText ? Encoding.UTF8.GetString(packet.Bytes.Span) : Convert.ToBase64String(packet.Bytes.Span));
            }
        }
    }
}
