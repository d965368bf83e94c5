using System.Globalization;
using System.Text;

namespace Sockeye.Client.Transports;

/// <summary>Where the requests of one transport go: <c>http://host/engine.io/?EIO=4&amp;transport=polling&amp;sid=…</c>. The host is the URL's, the path the options'.</summary>
internal sealed class EngineAddress
{
    // As the official client's parser: a URL of that length is a mistake, and no server takes it.
    private const int MaxUrlLength = 8000;

    private static int _requests;

    private readonly string _location;
    private readonly List<KeyValuePair<string, string>> _query;

    /// <summary>Makes the address of a transport.</summary>
    /// <param name="url">The server; http, https, ws or wss.</param>
    /// <param name="path">The path, with or without a slash at its end.</param>
    /// <param name="addTrailingSlash">Whether the path is to end with a slash.</param>
    /// <param name="query">The user's parameters.</param>
    /// <param name="transport">The name of the transport.</param>
    /// <param name="webSocket">Whether the scheme is ws or wss.</param>
    /// <param name="protocol">The revision of Engine.IO.</param>
    public EngineAddress(Uri url, string path, bool addTrailingSlash, IEnumerable<KeyValuePair<string, string>> query, string transport, bool webSocket, int protocol = 4)
    {
        Check(url);
        IsSecure = url.Scheme is "https" or "wss";
        Host = url.HostNameType == UriHostNameType.IPv6 ? url.Host[1..^1] : url.IdnHost;
        Port = url.IsDefaultPort ? (IsSecure ? 443 : 80) : url.Port;

        var text = new StringBuilder(webSocket ? "ws" : "http").Append(IsSecure ? "s://" : "://");
        text.Append(Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host);
        if (Port != (IsSecure ? 443 : 80))
        {
            text.Append(':').Append(Port.ToString(CultureInfo.InvariantCulture));
        }

        text.Append(path.EndsWith('/') ? path[..^1] : path);
        _location = text.Append(addTrailingSlash ? "/" : "").ToString();
        Location = new Uri(_location);

        _query = [.. query];
        Set(_query, "EIO", protocol.ToString(CultureInfo.InvariantCulture));
        Set(_query, "transport", transport);
    }

    /// <summary>The host without brackets.</summary>
    public string Host { get; }

    /// <summary>The port, also if it is the scheme's own.</summary>
    public int Port { get; }

    /// <summary>Whether TLS is used.</summary>
    public bool IsSecure { get; }

    /// <summary>The address without its query, for texts and logs.</summary>
    public Uri Location { get; }

    /// <summary>Throws if no client could connect to the URL.</summary>
    public static void Check(Uri url)
    {
        if (!url.IsAbsoluteUri || url.Scheme is not ("http" or "https" or "ws" or "wss") || url.Host.Length == 0)
        {
            throw new ArgumentException($"\"{url.OriginalString}\" is no address of a server; give one like https://example.com or ws://localhost:3000.", nameof(url));
        }

        if (url.OriginalString.Length > MaxUrlLength)
        {
            throw new ArgumentException($"URI too long: {url.OriginalString.Length} characters, at most {MaxUrlLength} are taken.", nameof(url));
        }
    }

    /// <summary>The parameters of a URL's query; null if it has none.</summary>
    public static List<KeyValuePair<string, string>>? ParseQuery(Uri url)
    {
        if (url.Query.Length < 2)
        {
            return null;
        }

        var result = new List<KeyValuePair<string, string>>();
        foreach (var pair in url.Query[1..].Split('&'))
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            var name = Uri.UnescapeDataString(equals < 0 ? pair : pair[..equals]);
            if (name.Length > 0)
            {
                Set(result, name, equals < 0 ? "" : Uri.UnescapeDataString(pair[(equals + 1)..]));
            }
        }

        return result;
    }

    /// <summary>A value that no request of this process had before it, against caches: 8 characters of the time and a counter.</summary>
    public static string CreateTimestamp(DateTimeOffset now)
    {
        const string Digits = "0123456789abcdefghijklmnopqrstuvwxyz";
        Span<char> text = stackalloc char[8];
        var time = now.ToUnixTimeMilliseconds();
        for (var i = 4; i >= 0; i--, time /= 36)
        {
            text[i] = Digits[(int)(time % 36)];
        }

        var count = unchecked((uint)Interlocked.Increment(ref _requests));
        for (var i = 7; i >= 5; i--, count /= 36)
        {
            text[i] = Digits[(int)(count % 36)];
        }

        return text.ToString();
    }

    /// <summary>The address of one request.</summary>
    /// <param name="sid">The session, once there is one.</param>
    /// <param name="timestampParam">The name of the parameter against caches; null for none.</param>
    /// <param name="now">The time.</param>
    /// <param name="base64">Whether to say that binary is to come as text.</param>
    public Uri Request(string? sid, string? timestampParam, DateTimeOffset now, bool base64)
    {
        var query = new List<KeyValuePair<string, string>>(_query);
        if (sid is not null)
        {
            Set(query, "sid", sid);
        }

        if (timestampParam is not null)
        {
            Set(query, timestampParam, CreateTimestamp(now));
        }

        if (base64)
        {
            Set(query, "b64", "1");
        }

        var text = new StringBuilder(_location);
        for (var i = 0; i < query.Count; i++)
        {
            text.Append(i == 0 ? '?' : '&').Append(Uri.EscapeDataString(query[i].Key)).Append('=').Append(Uri.EscapeDataString(query[i].Value));
        }

        return new Uri(text.ToString());
    }

    // As with the keys of a JavaScript object, a second value takes the first one's place.
    private static void Set(List<KeyValuePair<string, string>> query, string name, string value)
    {
        var index = query.FindIndex(pair => pair.Key == name);
        if (index < 0)
        {
            query.Add(new(name, value));
        }
        else
        {
            query[index] = new(name, value);
        }
    }
}
