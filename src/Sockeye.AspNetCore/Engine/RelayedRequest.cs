using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Sockeye.AspNetCore.Engine;

/// <summary>A client's request as it goes to another node, and that one's answer as it goes to the client: everything but what concerns the one connection only (RFC 9110 section 7.6.1).</summary>
internal static class RelayedRequest
{
    private static readonly HashSet<string> HopByHop = new(StringComparer.OrdinalIgnoreCase)
    {
        "Connection", "Keep-Alive", "Proxy-Connection", "Proxy-Authenticate", "Proxy-Authorization", "TE", "Trailer", "Transfer-Encoding", "Upgrade", "Expect", "Host", RelayHop.Header,
    };

    /// <summary>What it is to the node. Its target is the node's address and the path of this request, never what the client wrote as a whole.</summary>
    public static HttpRequestMessage Create(HttpContext context, RelayNode node, string from, string sid, bool isWebSocket)
    {
        var request = context.Request;
        var message = CreateBare(context, node, from, sid, isRelease: false);
        message.Method = isWebSocket ? HttpMethod.Get : new HttpMethod(request.Method);
        if (!isWebSocket && HttpMethods.IsPost(request.Method))
        {
            message.Content = new StreamContent(request.Body);
            message.Content.Headers.ContentLength = request.ContentLength;
        }

        string[] named = request.Headers.Connection.ToString().Split(',', StringSplitOptions.TrimEntries);
        foreach (var (name, values) in request.Headers)
        {
            if (name.StartsWith(':') || HopByHop.Contains(name) || named.Contains(name, StringComparer.OrdinalIgnoreCase) || name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase))
            {
                continue;
            }

            // HTTP/2 may split cookies (RFC 9113 section 8.2.3).
            string?[] each = name.Equals("Cookie", StringComparison.OrdinalIgnoreCase) ? [string.Join("; ", values.ToArray())] : values.ToArray();
            if (!message.Headers.TryAddWithoutValidation(name, each))
            {
                message.Content?.Headers.TryAddWithoutValidation(name, each);
            }
        }

        if (isWebSocket)
        {
            message.Headers.Connection.Add("Upgrade");
            message.Headers.Upgrade.Add(new ProductHeaderValue("websocket"));
            if (StringValues.IsNullOrEmpty(request.Headers.SecWebSocketKey))
            {
                // HTTP/2 needs none (RFC 8441 section 5).
                message.Headers.TryAddWithoutValidation("Sec-WebSocket-Key", Convert.ToBase64String(RandomNumberGenerator.GetBytes(16)));
            }
        }

        return message;
    }

    /// <summary>Asks the node to answer the poll that waits there.</summary>
    public static HttpRequestMessage CreateRelease(HttpContext context, RelayNode node, string from, string sid) => CreateBare(context, node, from, sid, isRelease: true);

    public static void CopyAnswer(HttpResponseMessage from, HttpResponse to)
    {
        to.StatusCode = (int)from.StatusCode;
        Copy(from.Headers.NonValidated, to);
        Copy(from.Content.Headers.NonValidated, to);
    }

    /// <summary>The headers of the answer to a WebSocket handshake.</summary>
    public static void CopyHandshake(HttpResponseMessage from, HttpResponse to, bool isExtendedConnect)
    {
        Copy(from.Headers.NonValidated, to);
        if (isExtendedConnect)
        {
            to.Headers.Remove("Sec-WebSocket-Accept");
        }
        else
        {
            to.Headers.Upgrade = "websocket";
            to.Headers.Connection = "Upgrade";
        }
    }

    private static HttpRequestMessage CreateBare(HttpContext context, RelayNode node, string from, string sid, bool isRelease)
    {
        var request = context.Request;
        var target = node.Address!.GetLeftPart(UriPartial.Authority) + request.PathBase.ToUriComponent() + request.Path.ToUriComponent() + request.QueryString.ToUriComponent();
        var message = new HttpRequestMessage(HttpMethod.Get, target) { Version = HttpVersion.Version11, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        message.Headers.TryAddWithoutValidation("Host", request.Host.ToUriComponent());
        message.Headers.TryAddWithoutValidation(RelayHop.Header, RelayHop.Create(node, from, context, sid, isRelease));
        return message;
    }

    private static void Copy(HttpHeadersNonValidated from, HttpResponse to)
    {
        foreach (var (name, values) in from)
        {
            // Kestrel says the date itself.
            if (!HopByHop.Contains(name) && !name.Equals("Date", StringComparison.OrdinalIgnoreCase) && !name.Equals("Server", StringComparison.OrdinalIgnoreCase))
            {
                to.Headers[name] = new StringValues([.. values]);
            }
        }
    }
}
