using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Unicode;

namespace Sockeye.Protocol.Engine;

/// <summary>The first packet of a client on a WebTransport stream, which has no query: <c>0</c> opens a session, <c>0{"sid":"…"}</c> asks for the upgrade of one.</summary>
public static class WebTransportHandshake
{
    /// <summary>Reads the session id from the data of the open packet. False: no JSON object, or no <c>sid</c> that is a text. Other members are skipped.</summary>
    // {"sid":"lv_VI97HAXpY6yYWAAAC"}
    public static bool TryReadSessionId(ReadOnlySpan<byte> json, [NotNullWhen(true)] out string? sid)
    {
        sid = null;
        if (!Utf8.IsValid(json))
        {
            return false;
        }

        try
        {
            var reader = new Utf8JsonReader(json);
            return reader.Read() && reader.TokenType == JsonTokenType.StartObject && TryFind(ref reader, out sid);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // The framework's reader reports bad JSON, and half a surrogate pair in a string, by exception only; once per connection that is bearable.
            sid = null;
            return false;
        }
    }

    private static bool TryFind(ref Utf8JsonReader reader, out string? sid)
    {
        sid = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isSid = reader.ValueTextEquals("sid"u8);
            reader.Read();
            if (isSid)
            {
                // Given twice, the last one counts, as in JavaScript.
                sid = reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
            }

            reader.Skip();
        }

        // What follows the object, if not white space, makes this last read throw.
        reader.Read();
        return !string.IsNullOrEmpty(sid);
    }
}
