using System.Globalization;
using System.Text;

namespace Sockeye.Wire.Decoding;

/// <summary>The head of a request or a response (RFC 9112): <c>GET /socket.io/?EIO=4&amp;transport=polling HTTP/1.1</c>, then its fields.</summary>
internal sealed class HttpHead
{
    private HttpHead(string first, string second, string third, IReadOnlyList<KeyValuePair<string, string>> headers) =>
        (First, Second, Third, Headers) = (first, second, third, headers);

    private string First { get; }

    private string Second { get; }

    private string Third { get; }

    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; }

    public string Method => First;

    public string Target => Second;

    public int Status => int.TryParse(Second, CultureInfo.InvariantCulture, out var status) ? status : 0;

    public bool IsRequest => Third.StartsWith("HTTP/", StringComparison.Ordinal);

    public string StartLine => $"{First} {Second} {Third}".TrimEnd();

    /// <summary>Where the head ends; -1: more bytes are needed.</summary>
    public static int EndOf(ReadOnlySpan<byte> bytes)
    {
        var end = bytes.IndexOf("\r\n\r\n"u8);
        return end < 0 ? -1 : end + 4;
    }

    public static HttpHead? TryParse(ReadOnlySpan<byte> bytes)
    {
        var lines = Encoding.Latin1.GetString(bytes).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        if (lines.Length == 0 || lines[0].Split(' ', 3) is not { Length: >= 2 } words || !(words[0].StartsWith("HTTP/1.", StringComparison.Ordinal) || (words.Length == 3 && words[2].StartsWith("HTTP/1.", StringComparison.Ordinal))))
        {
            return null;
        }

        List<KeyValuePair<string, string>> headers = new(lines.Length - 1);
        foreach (var line in lines.AsSpan(1))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon <= 0)
            {
                return null;
            }

            headers.Add(new(line[..colon], line[(colon + 1)..].Trim()));
        }

        return new(words[0], words[1], words.Length > 2 ? words[2] : "", headers);
    }

    /// <summary>A field's value; of several fields with this name their values with commas between them (RFC 9110 §5.2).</summary>
    public string? Header(string name)
    {
        var values = Headers.Where(header => header.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(header => header.Value).ToList();
        return values.Count == 0 ? null : string.Join(", ", values);
    }

    /// <summary>Whether a word is in the list that a field has as its value.</summary>
    public bool Has(string name, string token) =>
        Header(name)?.Split(',', StringSplitOptions.TrimEntries).Any(word => word.Split(';')[0].TrimEnd().Equals(token, StringComparison.OrdinalIgnoreCase)) == true;

    /// <summary>A parameter of the request's query, unescaped.</summary>
    public string? Query(string name)
    {
        var question = Target.IndexOf('?', StringComparison.Ordinal);
        foreach (var pair in question < 0 ? [] : Target[(question + 1)..].Split('&'))
        {
            if (pair.StartsWith(name, StringComparison.OrdinalIgnoreCase) && pair.Length > name.Length && pair[name.Length] == '=')
            {
                return Uri.UnescapeDataString(pair[(name.Length + 1)..]);
            }
        }

        return null;
    }

    /// <summary>The revision of Engine.IO that the request speaks: 4, else 3, as servers have it; 0: it is no request of Engine.IO.</summary>
    public int EngineRevision => Query("transport") is null ? 0 : Query("EIO") == "4" ? 4 : 3;
}
