using System.Text;
using System.Text.Json;

namespace Sockeye.Wire.Decoding;

/// <summary>The script that answers a JSONP poll: <c>___eio[0]("4hello");</c>, after an optional comment.</summary>
internal static class JsonpScript
{
    public static bool TryRead(ReadOnlySpan<byte> script, out byte[] payload)
    {
        payload = [];
        var begin = script.IndexOf("](\""u8);
        var end = script.LastIndexOf("\")"u8);
        if (begin < 0 || end < begin + 2)
        {
            return false;
        }

        try
        {
            var reader = new Utf8JsonReader(script[(begin + 2)..(end + 1)]);
            if (!reader.Read() || reader.TokenType != JsonTokenType.String)
            {
                return false;
            }

            payload = Encoding.UTF8.GetBytes(reader.GetString()!);
            return true;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // The framework says only by exception that this is no JSON text.
            return false;
        }
    }
}
