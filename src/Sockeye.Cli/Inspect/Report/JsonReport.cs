using System.Text.Encodings.Web;
using System.Text.Json;
using Sockeye.Cli.Inspect.Tcp;
using Sockeye.Wire;

namespace Sockeye.Cli.Inspect.Report;

/// <summary>All that was seen, as JSON for other programs.</summary>
internal static class JsonReport
{
    // Shell tools read it; it is no part of a page.
    private static readonly JsonWriterOptions Options = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    // The writer keeps all until it is told to let go.
    private const int MaxPending = 64 * 1024;

    public static void Write(Sighting sighting, TextWriter output)
    {
        using var stream = new TextStream(output);
        using (var json = new Utf8JsonWriter(stream, Options))
        {
            json.WriteStartObject();
            json.WriteNumber("packets", sighting.Packets);
            json.WriteStartObject("leftOut");
            foreach (var (what, count) in sighting.LeftOut)
            {
                json.WriteNumber(what, count);
            }

            json.WriteEndObject();
            json.WriteString("damage", sighting.Damage);
            json.WriteStartArray("connections");
            foreach (var connection in sighting.Connections)
            {
                Write(json, connection);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        output.WriteLine();
    }

    public static void Write(Utf8JsonWriter json, SeenConnection connection)
    {
        json.WriteStartObject();
        json.WriteNumber("number", connection.Number);
        json.WriteString("client", connection.Client.ToString());
        json.WriteString("server", connection.Server.ToString());
        json.WriteString("start", connection.Start);
        json.WriteNumber("durationMs", (connection.Latest - connection.Start).TotalMilliseconds);
        if (connection is TcpConnection captured)
        {
            WriteTcp(json, captured);
        }

        json.WriteStartArray("sessions");
        foreach (var session in connection.Wire.Sessions)
        {
            json.WriteStringValue(session);
        }

        json.WriteEndArray();
        WriteRecords(json, connection.Wire.Records, connection.Start);
        json.WriteEndObject();
    }

    private static void WriteTcp(Utf8JsonWriter json, TcpConnection connection)
    {
        json.WriteBoolean("reset", connection.WasReset);
        json.WriteBoolean("closed", connection.IsOver);
        WriteHandshake(json, connection.Handshake);
        WriteSide(json, "toServer", connection[WireDirection.ToServer]);
        WriteSide(json, "toClient", connection[WireDirection.ToClient]);
    }

    private static void WriteRecords(Utf8JsonWriter json, IReadOnlyList<WireRecord> records, DateTimeOffset start)
    {
        json.WriteStartArray("records");
        foreach (var record in records)
        {
            Write(json, record, start);
            if (json.BytesPending > MaxPending)
            {
                json.Flush();
            }
        }

        json.WriteEndArray();
    }

    private static void WriteHandshake(Utf8JsonWriter json, Handshake handshake)
    {
        json.WriteStartObject("handshake");
        WriteTime(json, "synAckMs", handshake.SynAck - handshake.Syn);
        WriteTime(json, "ackMs", handshake.Ack - handshake.Syn);
        json.WriteEndObject();
    }

    private static void WriteTime(Utf8JsonWriter json, string name, TimeSpan? time)
    {
        if (time is { } known)
        {
            json.WriteNumber(name, known.TotalMilliseconds);
        }
        else
        {
            json.WriteNull(name);
        }
    }

    private static void WriteSide(Utf8JsonWriter json, string name, TcpSide side)
    {
        json.WriteStartObject(name);
        json.WriteNumber("packets", side.Packets);
        json.WriteNumber("bytes", side.Bytes);
        json.WriteNumber("retransmissions", side.Retransmissions);
        json.WriteNumber("outOfOrder", side.OutOfOrder);
        json.WriteNumber("notCaptured", side.BytesLost);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, WireRecord record, DateTimeOffset start)
    {
        json.WriteStartObject();
        json.WriteNumber("id", record.Id);
        json.WriteString("layer", record.Layer.ToWireString());
        json.WriteString("direction", record.Direction == WireDirection.ToServer ? "toServer" : "toClient");
        json.WriteNumber("ms", (record.Time - start).TotalMilliseconds);
        json.WriteString("kind", record.Kind);
        json.WriteString("summary", record.Summary);
        if (record.Error is { } error)
        {
            json.WriteString("error", error);
        }

        json.WriteStartArray("carriedBy");
        foreach (var carrier in record.CarriedBy)
        {
            json.WriteNumberValue(carrier);
        }

        json.WriteEndArray();
        json.WriteStartArray("fields");
        foreach (var field in record.Fields)
        {
            json.WriteStartObject();
            json.WriteString("name", field.Name);
            json.WriteString("value", field.Value);
            if (field.Reference is { } reference)
            {
                json.WriteString("reference", reference);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteNumber("length", record.Length);
        json.WriteBase64String("bytes", record.Bytes.Span);
        json.WriteEndObject();
    }
}
