using System.Text.Json;

namespace Sockeye.Wire;

/// <summary>Records as JSON: the same for the page, for <c>sockeye inspect --json</c> and for exported files.</summary>
public static class WireJson
{
    /// <summary>Writes a record: <c>{"id":7,"layer":"socket.io","direction":"toServer","time":"…","kind":"EVENT","summary":"…","fields":[…],"bytes":"base64","length":12,"carriedBy":[6]}</c>.</summary>
    /// <param name="json">Where it is written.</param>
    /// <param name="record">The record.</param>
    public static void WriteRecord(Utf8JsonWriter json, WireRecord record)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(record);
        json.WriteStartObject();
        json.WriteNumber("id"u8, record.Id);
        json.WriteString("layer"u8, record.Layer.ToWireString());
        json.WriteString("direction"u8, record.Direction == WireDirection.ToServer ? "toServer"u8 : "toClient"u8);
        json.WriteString("time"u8, record.Time);
        json.WriteString("kind"u8, record.Kind);
        json.WriteString("summary"u8, record.Summary);
        json.WriteStartArray("fields"u8);
        foreach (var field in record.Fields)
        {
            json.WriteStartObject();
            json.WriteString("name"u8, field.Name);
            json.WriteString("value"u8, field.Value);
            if (field.Reference is not null)
            {
                json.WriteString("reference"u8, field.Reference);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteBase64String("bytes"u8, record.Bytes.Span);
        json.WriteNumber("length"u8, record.Length);
        json.WriteStartArray("carriedBy"u8);
        foreach (var id in record.CarriedBy)
        {
            json.WriteNumberValue(id);
        }

        json.WriteEndArray();
        if (record.Error is not null)
        {
            json.WriteString("error"u8, record.Error);
        }

        json.WriteEndObject();
    }
}
