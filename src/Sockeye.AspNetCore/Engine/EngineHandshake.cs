using System.Net;
using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Sockeye.AspNetCore.Engine;

/// <summary>What is known of the HTTP request that opened a session; a copy, so it outlives the request.</summary>
public sealed class EngineHandshake
{
    /// <summary>The request's headers.</summary>
    public required IHeaderDictionary Headers { get; init; }

    /// <summary>The request's query, decoded.</summary>
    public required IQueryCollection Query { get; init; }

    /// <summary>The request's path and query as the client sent them.</summary>
    public required string Url { get; init; }

    /// <summary>The peer's address, after forwarded-headers middleware.</summary>
    public required IPAddress? RemoteAddress { get; init; }

    /// <summary>Whether the request came over TLS.</summary>
    public required bool IsSecure { get; init; }

    /// <summary>When the request came.</summary>
    public required DateTimeOffset Issued { get; init; }

    /// <summary>Who the request's authentication says it is.</summary>
    public required ClaimsPrincipal User { get; init; }

    /// <summary>When that authentication expires; null: never, or the scheme does not say.</summary>
    internal DateTimeOffset? AuthenticationExpires { get; init; }

    /// <summary>What the authentication middleware found out; with several schemes the earliest.</summary>
    internal static DateTimeOffset? ExpirationOf(HttpContext context) =>
        context.Features.Get<IAuthenticateResultFeature>()?.AuthenticateResult?.Properties?.ExpiresUtc;

    internal static EngineHandshake From(HttpContext context, TimeProvider time)
    {
        // The request's own collections are reused by the host for the next request.
        var headers = new HeaderDictionary(context.Request.Headers.Count);
        foreach (var header in context.Request.Headers)
        {
            headers[header.Key] = header.Value;
        }

        var rawTarget = context.Features.Get<IHttpRequestFeature>()?.RawTarget;
        return new EngineHandshake
        {
            Headers = headers,
            Query = context.Request.Query,
            Url = string.IsNullOrEmpty(rawTarget) ? context.Request.PathBase + context.Request.Path + context.Request.QueryString : rawTarget,
            RemoteAddress = context.Connection.RemoteIpAddress,
            IsSecure = context.Request.IsHttps,
            Issued = time.GetUtcNow(),
            User = context.User,
            AuthenticationExpires = ExpirationOf(context),
        };
    }
}
