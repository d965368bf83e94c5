using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Sockeye.Wire;

namespace Sockeye.Cli.Doctor.Reports;

/// <summary>The diagnosis for programs.</summary>
internal static class JsonReport
{
    private static readonly JsonWriterOptions Options = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Write(Examination examination)
    {
        var diagnosis = examination.Diagnosis;
        var output = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(output, Options))
        {
            json.WriteStartObject();
            json.WriteString("url", examination.Target.Url.OriginalString);
            json.WriteString("path", examination.Path);
            json.WriteString("namespace", examination.Namespace);
            json.WriteBoolean("healthy", diagnosis.IsHealthy && !diagnosis.Interrupted);
            json.WriteBoolean("interrupted", diagnosis.Interrupted);
            Milliseconds(json, diagnosis.Took);
            json.WriteStartArray("software");
            foreach (var software in diagnosis.Software.Order())
            {
                json.WriteStringValue(software.ToDisplayName());
            }

            json.WriteEndArray();
            Layers(json, diagnosis);
            Findings(json, "findings", diagnosis.Findings);
            Findings(json, "notes", diagnosis.Notes);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    private static void Layers(Utf8JsonWriter json, Diagnosis diagnosis)
    {
        json.WriteStartArray("layers");
        foreach (var layer in Enum.GetValues<WireLayer>())
        {
            json.WriteStartObject();
            json.WriteString("layer", layer.ToWireString());
            json.WriteString("state", diagnosis.StateOf(layer) switch
            {
                LayerState.NotReached => "not reached",
                LayerState.NotUsed => "not used",
                LayerState.Healthy => "healthy",
                _ => "ill",
            });
            json.WriteStartArray("observations");
            foreach (var observation in diagnosis.Observations.Where(observation => observation.Layer == layer))
            {
                json.WriteStartObject();
                json.WriteString("what", observation.What);
                json.WriteString("saw", observation.Saw);
                json.WriteString("mark", observation.Mark.ToString().ToLowerInvariant());
                if (observation.Took is { } took)
                {
                    Milliseconds(json, took);
                }

                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Findings(Utf8JsonWriter json, string name, IEnumerable<Finding> findings)
    {
        json.WriteStartArray(name);
        foreach (var finding in findings)
        {
            json.WriteStartObject();
            json.WriteString("code", finding.Code);
            json.WriteString("layer", finding.Layer.ToWireString());
            json.WriteString("severity", finding.Severity.ToString().ToLowerInvariant());
            json.WriteString("title", finding.Title);
            json.WriteString("evidence", finding.Evidence);
            json.WriteString("cause", finding.Cause);
            json.WriteStartArray("remedies");
            foreach (var remedy in finding.Remedies)
            {
                json.WriteStartObject();
                json.WriteString("software", remedy.Software.ToDisplayName());
                json.WriteStartArray("lines");
                foreach (var line in remedy.Lines)
                {
                    json.WriteStringValue(line);
                }

                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Milliseconds(Utf8JsonWriter json, TimeSpan time) => json.WriteNumber("milliseconds", Math.Round(time.TotalMilliseconds, 3));
}
