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

            if (!char.IsControl(character))
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

    /// <summary>What a page calls itself.</summary>
    public static string OfHtml(string html)
    {
        var start = html.IndexOf("<title>", StringComparison.OrdinalIgnoreCase);
        var end = start < 0 ? -1 : html.IndexOf("</title>", start, StringComparison.OrdinalIgnoreCase);
        return end < 0 ? "an HTML page" : $"the HTML page “{Of(html[(start + 7)..end], 60)}”";
    }
}
