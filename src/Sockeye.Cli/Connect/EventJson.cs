using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Sockeye.Cli.Connect;

/// <summary>Events as JSON lines: what --json prints, and what a recording is made of.</summary>
internal static class EventJson
{
    // A terminal or a file is no HTML page.
    private static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary><c>{"time":1.25,"type":"event","direction":"in","namespace":"/","event":"message","args":["hi"]}</c></summary>
    public static string Write(WireEvent item) => Write(json =>
    {
        json.WriteNumber("time"u8, Math.Round(item.Time.TotalSeconds, 4));
        json.WriteString("type"u8, item.Name is null ? "ack"u8 : "event"u8);
        json.WriteString("direction"u8, item.Outgoing ? "out"u8 : "in"u8);
        json.WriteString("namespace"u8, item.Namespace);
        if (item.Name is not null)
        {
            json.WriteString("event"u8, item.Name);
        }

        json.WritePropertyName("args"u8);
        json.WriteRawValue(Arguments.Json(item.Arguments), skipInputValidation: true);
        if (item.Arguments.Attachments.Count > 0)
        {
            json.WriteStartArray("binary"u8);
            foreach (var attachment in item.Arguments.Attachments)
            {
                json.WriteBase64StringValue(attachment);
            }

            json.WriteEndArray();
        }

        if (item.Id is { } id)
        {
            json.WriteNumber("ack"u8, id);
        }

        if (item.Took is { } took)
        {
            json.WriteNumber("ms"u8, Math.Round(took.TotalMilliseconds, 2));
        }
    });

    /// <summary>One object on one line.</summary>
    public static string Write(Action<Utf8JsonWriter> members)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, WriterOptions))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>Reads a line of a recording. Null: it is none of an event.</summary>
    public static WireEvent? TryRead(string line)
    {
        try
        {
            using var document = JsonDocument.Parse(line, new JsonDocumentOptions { MaxDepth = 1000 });
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("args"u8, out var args) || args.ValueKind != JsonValueKind.Array
                || !root.TryGetProperty("time"u8, out var time) || !time.TryGetDouble(out var seconds) || seconds is not (>= 0 and < 1e9))
            {
                return null;
            }

            var attachments = root.TryGetProperty("binary"u8, out var binary) ? binary.EnumerateArray().Select(item => item.GetBytesFromBase64()).ToArray() : [];
            return Arguments.TryCreate(Encoding.UTF8.GetBytes(args.GetRawText()), attachments) is { } arguments
                ? new WireEvent(TimeSpan.FromSeconds(seconds), Text(root, "direction"u8) == "out", Text(root, "namespace"u8) ?? "/", Text(root, "event"u8), root.TryGetProperty("ack"u8, out var ack) ? ack.GetInt64() : null, arguments)
                : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }

    private static string? Text(JsonElement root, ReadOnlySpan<byte> name) => root.TryGetProperty(name, out var value) ? value.GetString() : null;
}
