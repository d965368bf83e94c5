using System.Text.Encodings.Web;
using System.Text.Json;

namespace Sockeye.Cli.Inspect.Report;

/// <summary>
/// A HAR 1.2 file: the requests as the developer tools of browsers import them, the WebSocket messages as Chrome writes them, and under "_sockeye" all records of all layers.
/// </summary>
internal static class HarExport
{
    private static readonly JsonWriterOptions Options = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Write(string path, IReadOnlyList<SeenConnection> connections)
    {
        try
        {
            using var file = File.Create(path);
            using var json = new Utf8JsonWriter(file, Options);
            Write(json, connections);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"\"{path}\" cannot be written: {e.Message}");
        }
    }

    private static void Write(Utf8JsonWriter json, IReadOnlyList<SeenConnection> connections)
    {
        json.WriteStartObject();
        json.WriteStartObject("log");
        json.WriteString("version", "1.2");
        json.WriteStartObject("creator");
        json.WriteString("name", "sockeye");
        json.WriteString("version", typeof(HarExport).Assembly.GetName().Version?.ToString(3) ?? "0");
        json.WriteEndObject();
        json.WriteStartArray("pages");
        json.WriteEndArray();
        json.WriteStartArray("entries");
        foreach (var exchange in connections.SelectMany(HarExchange.Of).OrderBy(exchange => exchange.Start))
        {
            HarEntry.Write(json, exchange);
        }

        json.WriteEndArray();
        json.WriteStartObject("_sockeye");
        json.WriteStartArray("connections");
        foreach (var connection in connections)
        {
            JsonReport.Write(json, connection);
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
