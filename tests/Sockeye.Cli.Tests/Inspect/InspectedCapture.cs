using System.Text;
using System.Text.Json;

namespace Sockeye.Cli.Tests.Inspect;

/// <summary>What <c>sockeye inspect --json</c> says of a capture.</summary>
internal sealed class InspectedCapture
{
    private InspectedCapture(CommandLine run)
    {
        Run = run;
        Root = JsonDocument.Parse(run.Out).RootElement;
        Connections = [.. Root.GetProperty("connections").EnumerateArray()];
        Records = [.. Connections.SelectMany(Read).OrderBy(record => record.Time).ThenBy(record => record.Connection).ThenBy(record => record.Id)];
    }

    public CommandLine Run { get; }

    public JsonElement Root { get; }

    public IReadOnlyList<JsonElement> Connections { get; }

    /// <summary>The records of all connections, in the order of time.</summary>
    public IReadOnlyList<InspectedRecord> Records { get; }

    public IEnumerable<string> Errors => Records.Where(record => record.Error is not null).Select(record => $"{record.Connection}.{record.Id} {record.Layer}: {record.Error}");

    public static async Task<InspectedCapture> OfAsync(string file, params string[] options) => new(await CommandLine.RunAsync(["inspect", file, "--json", .. options]));

    /// <summary>The events that went one way, each as its name and arguments.</summary>
    public IReadOnlyList<string> Events(string direction) =>
        [.. Records.Where(record => record.Layer == "socket.io" && record.Direction == direction && record.Kind is "EVENT" or "BINARY_EVENT").Where(record => record.Direction == direction).Select(Event)];

    private static string Event(InspectedRecord record) => $"{record.Field("event")}({string.Join(", ", record.Fields.Where(field => field.Name.StartsWith("argument", StringComparison.Ordinal)).Select(field => field.Value))})";

    private static IEnumerable<InspectedRecord> Read(JsonElement connection)
    {
        var start = connection.GetProperty("start").GetDateTimeOffset();
        foreach (var record in connection.GetProperty("records").EnumerateArray())
        {
            yield return new(
                connection.GetProperty("number").GetInt32(), record.GetProperty("id").GetInt32(), record.GetProperty("layer").GetString()!, record.GetProperty("direction").GetString()!,
                start.AddMilliseconds(record.GetProperty("ms").GetDouble()), record.GetProperty("kind").GetString()!, record.GetProperty("summary").GetString()!,
                record.TryGetProperty("error", out var error) ? error.GetString() : null, [.. record.GetProperty("carriedBy").EnumerateArray().Select(id => id.GetInt32())],
                [.. record.GetProperty("fields").EnumerateArray().Select(field => (field.GetProperty("name").GetString()!, field.GetProperty("value").GetString()!))],
                record.GetProperty("bytes").GetBytesFromBase64());
        }
    }
}

internal sealed record InspectedRecord(
    int Connection, int Id, string Layer, string Direction, DateTimeOffset Time, string Kind, string Summary, string? Error, IReadOnlyList<int> CarriedBy, IReadOnlyList<(string Name, string Value)> Fields,
    byte[] Bytes)
{
    public string Field(string name) => Fields.FirstOrDefault(field => field.Name == name).Value ?? "";

    public string Text => Encoding.UTF8.GetString(Bytes);
}
