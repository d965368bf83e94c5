namespace Sockeye.Client.Sockets;

/// <summary>An address as users of Socket.IO write it: the path is the namespace, the query is the engine's. The path of the engine comes from the options.</summary>
/// <param name="Url">The server, without the path.</param>
/// <param name="Namespace">The namespace, "/" where the address names none.</param>
internal sealed record ClientAddress(Uri Url, string Namespace)
{
    /// <summary>The official limit; longer ones are a mistake.</summary>
    private const int MaxLength = 8000;

    /// <summary>
    /// <c>https://example.com/chat?token=x</c>; <c>example.com</c> and <c>//example.com</c> are taken for https, as the official client does outside of a page.
    /// </summary>
    public static ClientAddress Parse(string url)
    {
        ArgumentNullException.ThrowIfNull(url);

        if (url.Length > MaxLength)
        {
            throw new ArgumentException("URI too long", nameof(url));
        }

        if (url.StartsWith("//", StringComparison.Ordinal))
        {
            url = "https:" + url;
        }
        else if (url.StartsWith('/'))
        {
            throw new ArgumentException($"\"{url}\" has no host, and there is no page to take it from: give the whole address, as in \"https://example.com{url}\".", nameof(url));
        }
        else if (!HasScheme(url))
        {
            url = "https://" + url;
        }

        return Uri.TryCreate(url, UriKind.Absolute, out var uri) ? Parse(uri) : throw new ArgumentException($"\"{url}\" is not an address: it looks like \"https://example.com\" or \"https://example.com/namespace\".", nameof(url));
    }

    public static ClientAddress Parse(Uri url)
    {
        if (!url.IsAbsoluteUri || url.Scheme is not ("http" or "https" or "ws" or "wss"))
        {
            throw new ArgumentException($"\"{url}\" is not an address of a Socket.IO server: it begins with http, https, ws or wss.", nameof(url));
        }

        var ns = Uri.UnescapeDataString(url.AbsolutePath);
        if (ns is "/socket.io" or "/socket.io/" or "/engine.io" or "/engine.io/")
        {
            throw new ArgumentException($"The path of an address is the namespace, and \"{ns}\" is none. Leave it out; where the server listens on another path than /socket.io, set {nameof(SocketIOClientOptions)}.Path.", nameof(url));
        }

        return new ClientAddress(new UriBuilder(url) { Path = "/", Fragment = "" }.Uri, ns.Length == 0 ? "/" : ns);
    }

    // A query may hold an address of its own.
    private static bool HasScheme(string url) => url.IndexOf("://", StringComparison.Ordinal) is >= 0 and var end && url.AsSpan(0, end).IndexOfAny('/', '?', '#') < 0;

    /// <summary>What connections are shared by: <c>https://example.com:443/socket.io</c>.</summary>
    public string CacheKey(string path)
    {
        var scheme = Url.Scheme switch { "ws" => "http", "wss" => "https", var other => other };
        return $"{scheme}://{Url.Host}:{Url.Port}{path}";
    }
}
