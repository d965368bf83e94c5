using System.Net;

namespace Sockeye.Client.Transports;

/// <summary>Cookies for polling and for the WebSocket's handshake alike. Loopback counts as secure, as in browsers, so that servers under development get their Secure cookies.</summary>
internal sealed class CookieJar(CookieContainer container)
{
    /// <summary>The Cookie header for a request; null: none.</summary>
    public string? HeaderFor(Uri request)
    {
        var header = container.GetCookieHeader(Normalize(request));
        return header.Length == 0 ? null : header;
    }

    /// <summary>Keeps what an answer sets.</summary>
    public void Take(Uri request, IEnumerable<string> setCookie)
    {
        foreach (var cookie in setCookie)
        {
            try
            {
                container.SetCookies(Normalize(request), cookie);
            }
            catch (CookieException)
            {
                // The container has no other way to say that a cookie is malformed or meant for another domain; it is dropped, as browsers do.
            }
        }
    }

    private static Uri Normalize(Uri request) =>
        new UriBuilder(request) { Scheme = request.Scheme is "https" or "wss" || Loopback.Contains(request) ? "https" : "http" }.Uri;
}
