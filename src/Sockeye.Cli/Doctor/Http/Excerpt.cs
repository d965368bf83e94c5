using System.Text;

namespace Sockeye.Cli.Doctor.Http;

/// <summary>What a stranger sent, short and harmless enough for a terminal.</summary>
internal static class Excerpt
{
    private const int Length = 120;

    public static string Of(ReadOnlySpan<byte> bytes) => Of(Encoding.UTF8.GetString(bytes[..Math.Min(bytes.Length, Length * 4)]));

    /// <summary>The start of the text, in one line, without control characters.</summary>
    public static string Of(string text, int length = Length)
    {
        var clean = new StringBuilder();
        foreach (var character in text)
        {
            if (clean.Length == length)
            {
                return clean.Append('…').ToString();
            }

            if (!IsHarmful(character))
            {
                clean.Append(character);
            }
            else if (clean.Length > 0 && clean[^1] != ' ')
            {
                clean.Append(' ');
            }
        }

        return clean.ToString().TrimEnd();
    }

    /// <summary>The whole text without what makes a terminal do something else than show it.</summary>
    public static string Clean(string text) => text.Any(IsHarmful) ? Of(text, int.MaxValue) : text;

    // Control characters, also those of C1 (U+009B begins an escape sequence), line ends of any kind, and what turns the direction of text (Unicode Standard Annex 9).
    private static bool IsHarmful(char character) => char.IsControl(character) || character is '\u2028' or '\u2029' or (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069');

    /// <summary>What a page calls itself.</summary>
    public static string OfHtml(string html)
    {
        var start = html.IndexOf("<title>", StringComparison.OrdinalIgnoreCase);
        var end = start < 0 ? -1 : html.IndexOf("</title>", start, StringComparison.OrdinalIgnoreCase);
        return end < 0 ? "an HTML page" : $"the HTML page “{Of(html[(start + 7)..end], 60)}”";
    }
}
