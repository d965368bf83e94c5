using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;

namespace Sockeye.Protocol.Engine;

/// <summary>The handshake that the server sends in its open packet: <c>0{"sid":"…","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}</c>.</summary>
/// <param name="Sid">The session id.</param>
/// <param name="Upgrades">The transports that the client may upgrade to.</param>
/// <param name="PingInterval">The time between two pings of the server; whole milliseconds on the wire, up to 2^31-1.</param>
/// <param name="PingTimeout">How long the server waits for a pong; whole milliseconds on the wire, up to 2^31-1.</param>
/// <param name="MaxPayload">The largest message or polling payload that the server takes, in bytes; 0 if the server did not say (servers older than engine.io 6.2).</param>
public sealed record OpenPayload(string Sid, IReadOnlyList<string> Upgrades, TimeSpan PingInterval, TimeSpan PingTimeout, long MaxPayload)
{
    // The largest delay of a JavaScript timer; a longer one fires at once there.
    private const long MaxMilliseconds = int.MaxValue;

    // As far as a JavaScript number counts whole bytes.
    private const long MaxSafeInteger = (1L << 53) - 1;

    private static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes the JSON, without the packet type, in the key order of the official server.</summary>
    public void Write(IBufferWriter<byte> output)
    {
        using var json = new Utf8JsonWriter(output, WriterOptions);
        json.WriteStartObject();
        json.WriteString("sid"u8, Sid);
        json.WriteStartArray("upgrades"u8);
        foreach (var upgrade in Upgrades)
        {
            json.WriteStringValue(upgrade);
        }

        json.WriteEndArray();
        json.WriteNumber("pingInterval"u8, (long)PingInterval.TotalMilliseconds);
        json.WriteNumber("pingTimeout"u8, (long)PingTimeout.TotalMilliseconds);
        json.WriteNumber("maxPayload"u8, MaxPayload);
        json.WriteEndObject();
    }

    /// <summary>
    /// Reads the JSON of an open packet. Unknown members are skipped; a missing sid or time, a wrong type or a range error gives false.
    /// <c>upgrades</c> and <c>maxPayload</c> may be missing.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<byte> json, out OpenPayload? payload)
    {
        payload = null;
        if (!Utf8.IsValid(json))
        {
            return false;
        }

        try
        {
            payload = Parse(json);
        }
        catch (JsonException)
        {
            // The framework's reader reports bad JSON by exception only; once per connection of a client that is bearable.
        }
        catch (InvalidOperationException)
        {
            // The same for half a surrogate pair, escaped in a string.
        }

        return payload is not null;
    }

    private static OpenPayload? Parse(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        string? sid = null;
        List<string> upgrades = [];
        long pingInterval = -1;
        long pingTimeout = -1;
        long maxPayload = 0;

        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            return null;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var known = true;
            if (reader.ValueTextEquals("sid"u8))
            {
                known = TryReadSid(ref reader, out sid);
            }
            else if (reader.ValueTextEquals("upgrades"u8))
            {
                known = TryReadUpgrades(ref reader, upgrades);
            }
            else if (reader.ValueTextEquals("pingInterval"u8))
            {
                known = TryReadNumber(ref reader, 1, MaxMilliseconds, out pingInterval);
            }
            else if (reader.ValueTextEquals("pingTimeout"u8))
            {
                known = TryReadNumber(ref reader, 1, MaxMilliseconds, out pingTimeout);
            }
            else if (reader.ValueTextEquals("maxPayload"u8))
            {
                known = TryReadNumber(ref reader, 0, MaxSafeInteger, out maxPayload);
            }
            else
            {
                reader.Read();
                reader.Skip();
            }

            if (!known)
            {
                return null;
            }
        }

        // What follows the object, if not white space, makes this last read throw.
        reader.Read();
        return sid is null || pingInterval < 0 || pingTimeout < 0
            ? null
            : new OpenPayload(sid, upgrades, TimeSpan.FromMilliseconds(pingInterval), TimeSpan.FromMilliseconds(pingTimeout), maxPayload);
    }

    private static bool TryReadSid(ref Utf8JsonReader reader, out string? sid)
    {
        sid = reader.Read() && reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
        return !string.IsNullOrEmpty(sid);
    }

    private static bool TryReadUpgrades(ref Utf8JsonReader reader, List<string> upgrades)
    {
        upgrades.Clear();
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartArray)
        {
            return false;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.String)
        {
            upgrades.Add(reader.GetString()!);
        }

        return reader.TokenType == JsonTokenType.EndArray;
    }

    private static bool TryReadNumber(ref Utf8JsonReader reader, long min, long max, out long value)
    {
        value = 0;
        if (!reader.Read() || reader.TokenType != JsonTokenType.Number)
        {
            return false;
        }

        if (!reader.TryGetInt64(out value))
        {
            // Other servers may write 25000.0 or 2.5e4.
            if (!reader.TryGetDouble(out var real) || !(real >= min && real <= max))
            {
                return false;
            }

            value = (long)real;
        }

        return value >= min && value <= max;
    }
}
