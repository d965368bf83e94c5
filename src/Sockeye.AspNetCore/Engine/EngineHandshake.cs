using System.Buffers;
using System.Net;
using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Features.Authentication;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;

namespace Sockeye.AspNetCore.Engine;

/// <summary>What is known of the HTTP request that opened a session; a copy, so it outlives the request. Thread-safe.</summary>
public sealed class EngineHandshake
{
    // The request's target and query, then names and values of its headers. Made into collections when somebody asks.
    private readonly byte[] _texts;
    private IHeaderDictionary? _headers;
    private IQueryCollection? _query;
    private ClaimsPrincipal? _user;

    private EngineHandshake(HttpContext context, TimeProvider time)
    {
        _texts = Pack(context);
        // Asking the context for a user that no middleware has set would make one.
        _user = context.Features.Get<IHttpAuthenticationFeature>()?.User;
        RemoteAddress = context.Connection.RemoteIpAddress;
        IsSecure = context.Request.IsHttps;
        Issued = time.GetUtcNow();
    }

    /// <summary>The request's headers.</summary>
    public IHeaderDictionary Headers => Volatile.Read(ref _headers) ?? Keep(ref _headers, UnpackHeaders());

    /// <summary>The request's query, decoded.</summary>
    public IQueryCollection Query => Volatile.Read(ref _query) ?? Keep(ref _query, UnpackQuery());

    /// <summary>The request's path and query as the client sent them.</summary>
    public string Url
    {
        get
        {
            ReadOnlySpan<byte> texts = _texts;
            return PackedTexts.Take(ref texts);
        }
    }

    /// <summary>The peer's address, after forwarded-headers middleware.</summary>
    public IPAddress? RemoteAddress { get; }

    /// <summary>Whether the request came over TLS.</summary>
    public bool IsSecure { get; }

    /// <summary>When the request came.</summary>
    public DateTimeOffset Issued { get; }

    /// <summary>Who the request's authentication says it is.</summary>
    public ClaimsPrincipal User => Volatile.Read(ref _user) ?? Keep(ref _user, new ClaimsPrincipal(new ClaimsIdentity()));

    /// <summary>When that authentication expires, as the middleware found out; null: never, or the scheme does not say. With several schemes the earliest.</summary>
    internal static DateTimeOffset? ExpirationOf(HttpContext context) =>
        context.Features.Get<IAuthenticateResultFeature>()?.AuthenticateResult?.Properties?.ExpiresUtc;

    internal static EngineHandshake From(HttpContext context, TimeProvider time) => new(context, time);

    // The request's own collections are reused by the host for the next request.
    private static byte[] Pack(HttpContext context)
    {
        var request = context.Request;
        var count = request.Headers.Count;
        var headers = ArrayPool<KeyValuePair<string, StringValues>>.Shared.Rent(count);
        request.Headers.CopyTo(headers, 0);
        var rawTarget = context.Features.Get<IHttpRequestFeature>()?.RawTarget;
        var query = request.QueryString.Value ?? "";
        List<string> texts = new(2 * count + 2) { string.IsNullOrEmpty(rawTarget) ? request.PathBase + request.Path + query : rawTarget, query };
        foreach (var (name, values) in headers.AsSpan(0, count))
        {
            foreach (var value in values)
            {
                texts.Add(name);
                texts.Add(value ?? "");
            }
        }

        ArrayPool<KeyValuePair<string, StringValues>>.Shared.Return(headers, clearArray: true);
        return PackedTexts.Pack(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(texts));
    }

    /// <summary>Of two that ask at once, both get the first one's.</summary>
    private static T Keep<T>(ref T? field, T made)
        where T : class => Interlocked.CompareExchange(ref field, made, null) ?? made;

    private HeaderDictionary UnpackHeaders()
    {
        ReadOnlySpan<byte> texts = _texts;
        PackedTexts.Take(ref texts);
        PackedTexts.Take(ref texts);
        var headers = new HeaderDictionary();
        while (!texts.IsEmpty)
        {
            headers.Append(PackedTexts.Take(ref texts), PackedTexts.Take(ref texts));
        }

        return headers;
    }

    private QueryCollection UnpackQuery()
    {
        ReadOnlySpan<byte> texts = _texts;
        PackedTexts.Take(ref texts);
        return new QueryCollection(QueryHelpers.ParseQuery(PackedTexts.Take(ref texts)));
    }
}
