using System.Globalization;
using System.Text;
using System.Text.Json;
using Sockeye.Wire;

namespace Sockeye.Cli.Inspect.Report;

/// <summary>One entry of a HAR file.</summary>
internal static class HarEntry
{
    public static void Write(Utf8JsonWriter json, HarExchange exchange)
    {
        var end = Later(exchange.Response?.Time ?? exchange.Request.Time, exchange.Request.Time);
        var answered = Later(exchange.ResponseStart ?? end, exchange.Request.Time);
        end = Later(end, answered);

        // The first request of a connection waits for it. Whatever the order of packets says, no part of the time is negative, and the whole is the sum of its parts.
        var connect = exchange.IsFirst ? exchange.Connection.ConnectTime : null;
        var (send, wait, receive) = (Later(exchange.Request.Time, exchange.Start) - exchange.Start, answered - exchange.Request.Time, end - answered);
        json.WriteStartObject();
        json.WriteString("startedDateTime", (exchange.Start - (connect ?? TimeSpan.Zero)).UtcDateTime.ToString("O", CultureInfo.InvariantCulture));
        json.WriteNumber("time", ((connect ?? TimeSpan.Zero) + send + wait + receive).TotalMilliseconds);
        json.WriteString("_resourceType", exchange.IsWebSocket ? "websocket" : "xhr");
        WriteRequest(json, exchange);
        WriteResponse(json, exchange);
        json.WriteStartObject("cache");
        json.WriteEndObject();
        WriteTimings(json, connect, send, wait, receive);
        json.WriteString("serverIPAddress", exchange.Connection.Server.Address.ToString());
        json.WriteString("connection", exchange.Connection.Client.Port.ToString(CultureInfo.InvariantCulture));
        if (exchange.IsWebSocket)
        {
            WriteMessages(json, exchange);
        }

        json.WriteStartObject("_sockeye");
        json.WriteNumber("connection", exchange.Connection.Number);
        json.WriteNumber("request", exchange.Request.Id);
        if (exchange.Response is { } response)
        {
            json.WriteNumber("response", response.Id);
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteRequest(Utf8JsonWriter json, HarExchange exchange)
    {
        var line = Line(exchange.Request);
        var target = line.ElementAtOrDefault(1) ?? "/";
        json.WriteStartObject("request");
        json.WriteString("method", line[0]);
        json.WriteString("url", Url(exchange, target));
        json.WriteString("httpVersion", line.ElementAtOrDefault(2) ?? "HTTP/1.1");
        WriteHeaders(json, exchange.Request);
        json.WriteStartArray("queryString");
        foreach (var pair in target.Split('?', 2).ElementAtOrDefault(1)?.Split('&') ?? [])
        {
            var parts = pair.Split('=', 2);
            WritePair(json, Uri.UnescapeDataString(parts[0]), Uri.UnescapeDataString(parts.ElementAtOrDefault(1) ?? ""));
        }

        json.WriteEndArray();
        if (exchange.RequestBody is { } body)
        {
            json.WriteStartObject("postData");
            json.WriteString("mimeType", Header(exchange.Request, "Content-Type") ?? "");
            json.WriteString("text", body);
            json.WriteEndObject();
        }

        WriteSizes(json, exchange.Request);
        json.WriteEndObject();
    }

    private static void WriteResponse(Utf8JsonWriter json, HarExchange exchange)
    {
        // Status 0 is what browsers write where no answer came.
        var line = exchange.Response is { } response ? Line(response) : ["HTTP/1.1", "0", ""];
        json.WriteStartObject("response");
        json.WriteNumber("status", int.TryParse(line.ElementAtOrDefault(1), CultureInfo.InvariantCulture, out var status) ? status : 0);
        json.WriteString("statusText", line.ElementAtOrDefault(2) ?? "");
        json.WriteString("httpVersion", line[0]);
        WriteHeaders(json, exchange.Response);
        json.WriteStartObject("content");
        json.WriteNumber("size", exchange.ResponseBody is { } content ? Encoding.UTF8.GetByteCount(content) : Math.Max(0, BodySize(exchange.Response)));
        json.WriteString("mimeType", exchange.Response is null ? "" : Header(exchange.Response, "Content-Type") ?? "");
        if (exchange.ResponseBody is { } body)
        {
            json.WriteString("text", body);
        }

        json.WriteEndObject();
        json.WriteString("redirectURL", exchange.Response is null ? "" : Header(exchange.Response, "Location") ?? "");
        WriteSizes(json, exchange.Response);
        json.WriteEndObject();
    }

    private static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;

    private static void WriteTimings(Utf8JsonWriter json, TimeSpan? connect, TimeSpan send, TimeSpan wait, TimeSpan receive)
    {
        json.WriteStartObject("timings");
        json.WriteNumber("blocked", -1);
        json.WriteNumber("dns", -1);
        json.WriteNumber("connect", connect?.TotalMilliseconds ?? -1);
        json.WriteNumber("ssl", -1);
        json.WriteNumber("send", send.TotalMilliseconds);
        json.WriteNumber("wait", wait.TotalMilliseconds);
        json.WriteNumber("receive", receive.TotalMilliseconds);
        json.WriteEndObject();
    }

    private static void WriteMessages(Utf8JsonWriter json, HarExchange exchange)
    {
        json.WriteStartArray("_webSocketMessages");
        foreach (var message in exchange.Messages)
        {
            json.WriteStartObject();
            json.WriteString("type", message.IsSent ? "send" : "receive");
            json.WriteNumber("time", (message.Time - DateTimeOffset.UnixEpoch).TotalSeconds);
            json.WriteNumber("opcode", message.IsText ? 1 : 2);
            json.WriteString("data", message.Data);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteHeaders(Utf8JsonWriter json, WireRecord? record)
    {
        json.WriteStartArray("cookies");
        json.WriteEndArray();
        json.WriteStartArray("headers");
        foreach (var header in record is null ? [] : Headers(record))
        {
            WritePair(json, header.Name, header.Value);
        }

        json.WriteEndArray();
    }

    private static void WritePair(Utf8JsonWriter json, string name, string value)
    {
        json.WriteStartObject();
        json.WriteString("name", name);
        json.WriteString("value", value);
        json.WriteEndObject();
    }

    private static void WriteSizes(Utf8JsonWriter json, WireRecord? record)
    {
        json.WriteNumber("headersSize", record is null ? -1 : HeadSize(record));
        json.WriteNumber("bodySize", BodySize(record));
    }

    // The decoder's first field is the start line; what it adds about the message comes last.
    private static string[] Line(WireRecord record) => record.Fields.Count > 0 ? record.Fields[0].Value.Split(' ', 3) : [""];

    private static IEnumerable<WireField> Headers(WireRecord record) => record.Fields.Skip(1).Where(field => field is not ({ Name: "body", Reference: "RFC 9112 §6" } or { Name: "answer to", Reference: "RFC 9112 §9.3.2" }));

    private static string? Header(WireRecord record, string name) => Headers(record).FirstOrDefault(field => field.Name.Equals(name, StringComparison.OrdinalIgnoreCase))?.Value;

    private static int HeadSize(WireRecord record) => record.Bytes.Span.IndexOf("\r\n\r\n"u8) is >= 0 and var end ? end + 4 : record.Length;

    private static int BodySize(WireRecord? record) => record is null ? -1 : Math.Max(0, record.Length - HeadSize(record));

    private static string Url(HarExchange exchange, string target)
    {
        var scheme = (exchange.IsWebSocket ? "ws" : "http") + (exchange.IsSecure ? "s" : "");
        return target.Contains("://", StringComparison.Ordinal) ? target : $"{scheme}://{Header(exchange.Request, "Host") ?? exchange.Connection.Server.ToString()}{target}";
    }
}
