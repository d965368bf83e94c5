using System.Text.Encodings.Web;
using System.Text.Json;
using Sockeye.Protocol.Buffers;

namespace Sockeye.Protocol.Cluster;

/// <summary>
/// Sessions as the official adapters keep them, a MessagePack map <c>{sid,pid,rooms,data}</c> (redis-streams-adapter, <c>persistSession</c>), with one member more. What is read was written by others:
/// a session or nothing.
/// </summary>
internal static class ClusterSessionCodec
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary><c>{"sid":"…","pid":"…","rooms":["…"],"data":{},"sockeye":{"node":"…","expires":1}}</c> as MessagePack.</summary>
    public static byte[] Encode(ClusterSession session)
    {
        using var output = new PooledBufferWriter();
        using (var json = new Utf8JsonWriter(output, Options))
        {
            json.WriteStartObject();
            json.WriteString("sid"u8, session.Sid);
            json.WriteString("pid"u8, session.Pid);
            json.WriteStartArray("rooms"u8);
            foreach (var room in session.Rooms)
            {
                json.WriteStringValue(room);
            }

            json.WriteEndArray();
            json.WritePropertyName("data"u8);
            json.WriteRawValue(session.Data.Span, skipInputValidation: true);
            if (session.Notes is { } notes)
            {
                WriteNotes(json, notes);
            }

            json.WriteEndObject();
        }

        return ClusterMessageCodec.ToMessagePack(output.WrittenSpan, []);
    }

    public static bool TryDecode(ReadOnlySpan<byte> data, ClusterLimits limits, out ClusterSession? session)
    {
        session = null;
        using var json = new PooledBufferWriter();
        if (data.Length > limits.MaxMessageBytes || !ClusterMessageCodec.TryToJson(data, json, hasAttachments: false, limits, out _))
        {
            return false;
        }

        try
        {
            var reader = new ClusterJsonReader(json.WrittenSpan, limits);
            session = Read(ref reader, limits);
            return true;
        }
        catch (JsonException)
        {
            // Not one of ours: as if it were not there.
            return false;
        }
    }

    private static ClusterSession Read(ref ClusterJsonReader reader, ClusterLimits limits)
    {
        string? sid = null, pid = null;
        IReadOnlyList<string>? rooms = null;
        ClusterSessionNotes? notes = null;
        var data = "{}"u8.ToArray();
        reader.Enter(JsonTokenType.StartObject);
        while (reader.TryReadName(out var name))
        {
            switch (name)
            {
                case "sid":
                    sid = reader.ReadName();
                    break;
                case "pid":
                    pid = reader.ReadName();
                    break;
                case "rooms":
                    rooms = reader.ReadNames();
                    break;
                case "data":
                    data = reader.ReadRaw().ToArray();
                    break;
                case "sockeye":
                    notes = ReadNotes(reader.ReadRaw(), limits);
                    break;
                default:
                    reader.ReadRaw();
                    break;
            }
        }

        ClusterJsonReader.Require(sid is { Length: > 0 } && pid is { Length: > 0 } && rooms is not null);
        return new ClusterSession(sid!, pid!, rooms!, data) { Notes = notes };
    }

    private static void WriteNotes(Utf8JsonWriter json, ClusterSessionNotes notes)
    {
        json.WriteStartObject("sockeye"u8);
        json.WriteString("node"u8, notes.Node);
        json.WriteNumber("expires"u8, notes.Expires);
        WriteText(json, "user"u8, notes.User);
        WriteText(json, "start"u8, notes.Start);
        WriteText(json, "startOffset"u8, notes.StartOffset);
        WriteText(json, "lastSent"u8, notes.LastSent);
        WriteText(json, "lostAt"u8, notes.LostAt);
        WriteText(json, "completeFrom"u8, notes.CompleteFrom);
        json.WriteBoolean("falseOffset"u8, notes.HasSentFalseOffset);
        json.WriteStartArray("stays"u8);
        foreach (var stay in notes.Stays)
        {
            json.WriteStartArray();
            json.WriteStringValue(stay.Room);
            json.WriteStringValue(stay.After ?? "");
            json.WriteStringValue(stay.UpTo ?? "");
            json.WriteEndArray();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteText(Utf8JsonWriter json, ReadOnlySpan<byte> name, string? value)
    {
        if (value is not null)
        {
            json.WriteString(name, value);
        }
    }

    private static ClusterSessionNotes ReadNotes(ReadOnlySpan<byte> text, ClusterLimits limits)
    {
        var notes = new ClusterSessionNotes("", 0);
        var reader = new ClusterJsonReader(text, limits);
        reader.Enter(JsonTokenType.StartObject);
        while (reader.TryReadName(out var name))
        {
            notes = name switch
            {
                "node" => notes with { Node = reader.ReadName() },
                "expires" => notes with { Expires = ReadInstant(reader.ReadRaw()) },
                "user" => notes with { User = reader.ReadName() },
                "start" => notes with { Start = reader.ReadName() },
                "startOffset" => notes with { StartOffset = reader.ReadName() },
                "lastSent" => notes with { LastSent = reader.ReadName() },
                "lostAt" => notes with { LostAt = reader.ReadName() },
                "completeFrom" => notes with { CompleteFrom = reader.ReadName() },
                "falseOffset" => notes with { HasSentFalseOffset = reader.ReadBoolean() },
                "stays" => notes with { Stays = ReadStays(reader.ReadRaw(), limits) },
                _ => Skip(ref reader, notes),
            };
        }

        return notes;
    }

    private static ClusterSessionNotes Skip(ref ClusterJsonReader reader, ClusterSessionNotes notes)
    {
        reader.ReadRaw();
        return notes;
    }

    private static List<ClusterStay> ReadStays(ReadOnlySpan<byte> text, ClusterLimits limits)
    {
        var stays = new List<ClusterStay>();
        var reader = new ClusterJsonReader(text, limits);
        reader.Enter(JsonTokenType.StartArray);
        while (reader.TryReadElement(out var element))
        {
            var parts = new ClusterJsonReader(element, limits).ReadNames();
            ClusterJsonReader.Require(parts.Count == 3 && stays.Count < limits.MaxRooms);
            stays.Add(new ClusterStay(parts[0], parts[1].Length == 0 ? null : parts[1], parts[2].Length == 0 ? null : parts[2]));
        }

        return stays;
    }

    /// <summary>As MessagePack an integer of this size is one of 64 bits, which other libraries also write as a float.</summary>
    private static long ReadInstant(ReadOnlySpan<byte> text)
    {
        var reader = new Utf8JsonReader(text);
        ClusterJsonReader.Require(reader.Read() && reader.TokenType == JsonTokenType.Number && reader.TryGetDouble(out var number) && number is >= 0 and < 1e15);
        return (long)reader.GetDouble();
    }
}
