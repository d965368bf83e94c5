using System.Globalization;
using System.Text;
using System.Text.Json;
using Sockeye.Protocol.Packets;

namespace Sockeye.Cli.Connect;

/// <summary>Events as people read them. What a server sends cannot move the cursor or hide text: control characters are shown as escapes.</summary>
internal static class EventText
{
    private const int MaxLength = 4000;
    private const int ShownBytes = 16;

    /// <summary>The arguments with spaces between them, cut where they get long.</summary>
    public static string Arguments(PacketArguments arguments)
    {
        var text = new StringBuilder();
        for (var i = 0; i < arguments.Count && text.Length <= MaxLength; i++)
        {
            if (i > 0)
            {
                text.Append(' ');
            }

            if (arguments.Attachments.Count == 0)
            {
                var json = arguments.GetJson(i);
                text.Append(Encoding.UTF8.GetString(json[..Math.Min(json.Length, MaxLength * 3)]));
            }
            else
            {
                Append(text, arguments.GetElement(i), arguments.Attachments);
            }
        }

        var all = text.Length > MaxLength;
        if (all)
        {
            text.Length = MaxLength;
            text.Append(CultureInfo.InvariantCulture, $"… ({Size(arguments.Size)}; --json prints all)");
        }

        return Safe(text.ToString());
    }

    /// <summary>An event's name as it can be typed again: as a JSON string where it has spaces or quotes.</summary>
    public static string Name(string name) => name.Length > 0 && !name.Any(character => char.IsWhiteSpace(character) || character is '"' or '\\') ? Safe(name) : $"\"{Safe(JsonEncodedText.Encode(name).ToString())}\"";

    /// <summary>"1.2 kB": bytes as people read them.</summary>
    public static string Size(long bytes) => bytes switch
    {
        1 => "1 byte",
        < 1000 => $"{bytes} bytes",
        < 1_000_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1000.0:0.#} kB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1_000_000.0:0.#} MB"),
    };

    /// <summary>"3.2 ms", "1.50 s".</summary>
    public static string Duration(TimeSpan time) =>
        time.TotalSeconds < 1 ? string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:0.0} ms") : string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.00} s");

    public static string Safe(string text)
    {
        if (!text.Any(IsUnsafe))
        {
            return text;
        }

        var safe = new StringBuilder(text.Length + 16);
        foreach (var character in text)
        {
            _ = IsUnsafe(character) ? safe.Append(character switch { '\n' => "\\n", '\r' => "\\r", '\t' => "\\t", _ => $"\\u{(int)character:x4}" }) : safe.Append(character);
        }

        return safe.ToString();
    }

    // Control characters, what else ends a line, and those that turn the direction of text (UAX #9): a terminal obeys both.
    private static bool IsUnsafe(char character) => char.IsControl(character) || character is '\u2028' or '\u2029' or (>= '\u202a' and <= '\u202e') or (>= '\u2066' and <= '\u2069');

    private static void Append(StringBuilder text, JsonElement element, IReadOnlyList<byte[]> attachments)
    {
        if (Connect.Arguments.IsPlaceholder(element, attachments.Count, out var number))
        {
            AppendBinary(text, attachments[number]);
            return;
        }

        var first = true;
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                text.Append('{');
                foreach (var member in element.EnumerateObject())
                {
                    text.Append(first ? "" : ",").Append('"').Append(Encoding.UTF8.GetString(Connect.Arguments.RawName(member))).Append("\":");
                    Append(text, member.Value, attachments);
                    first = false;
                }

                text.Append('}');
                break;
            case JsonValueKind.Array:
                text.Append('[');
                foreach (var item in element.EnumerateArray())
                {
                    text.Append(first ? "" : ",");
                    Append(text, item, attachments);
                    first = false;
                }

                text.Append(']');
                break;
            default:
                text.Append(element.GetRawText());
                break;
        }
    }

    private static void AppendBinary(StringBuilder text, byte[] data)
    {
        text.Append('<').Append(Size(data.Length));
        if (data.Length > 0)
        {
            text.Append(": ").Append(string.Join(' ', data.Take(ShownBytes).Select(part => part.ToString("x2", CultureInfo.InvariantCulture)))).Append(data.Length > ShownBytes ? " …" : "");
        }

        text.Append('>');
    }
}
