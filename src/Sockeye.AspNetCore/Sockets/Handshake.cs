using System.Net;
using System.Security.Claims;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Sockeye.AspNetCore.Engine;

namespace Sockeye.AspNetCore.Sockets;

/// <summary>What is known of a client from the request that opened its connection and from its CONNECT packet.</summary>
public sealed class Handshake
{
    private static readonly JsonElement EmptyObject = JsonElement.Parse("{}"u8);

    private readonly EngineHandshake? _engine;
    private readonly RemoteHandshake? _remote;

    internal Handshake(EngineHandshake engine, ReadOnlyMemory<byte> auth, DateTimeOffset issued)
    {
        _engine = engine;
        Issued = issued;
        Auth = auth.IsEmpty ? EmptyObject : JsonElement.Parse(auth.Span);
    }

    private Handshake(RemoteHandshake remote)
    {
        _remote = remote;
        Issued = remote.Issued;
        Auth = remote.Auth.ValueKind == JsonValueKind.Undefined ? EmptyObject : remote.Auth;
    }

    /// <summary>The headers of the request that opened the connection.</summary>
    public IHeaderDictionary Headers => _engine?.Headers ?? _remote!.Headers;

    /// <summary>The decoded query of that request; holds <c>EIO</c>, <c>transport</c> and what the client gave as <c>query</c>.</summary>
    public IQueryCollection Query => _engine?.Query ?? _remote!.Query;

    /// <summary>The path and query of that request as the client sent them.</summary>
    public string Url => _engine?.Url ?? _remote!.Url;

    /// <summary>The client's address, after forwarded-headers middleware; null where the server knows none.</summary>
    public IPAddress? Address => _engine is null ? _remote!.Address : _engine.RemoteAddress;

    /// <summary>Whether the request had an Origin header, as browsers send across sites.</summary>
    public bool XDomain => !StringValues.IsNullOrEmpty(Headers.Origin);

    /// <summary>Whether the request came over TLS.</summary>
    public bool Secure => _engine?.IsSecure ?? _remote!.IsSecure;

    /// <summary>When the client asked to join the namespace.</summary>
    public DateTimeOffset Issued { get; }

    /// <summary><see cref="Issued"/> as text, RFC 1123.</summary>
    public string Time => Issued.ToString("R");

    /// <summary>What the client gave as <c>auth</c>; an empty object if nothing. Not trusted: check it in a connect middleware.</summary>
    public JsonElement Auth { get; }

    internal ClaimsPrincipal User => _engine?.User ?? new ClaimsPrincipal(new ClaimsIdentity());

    /// <summary>That of a socket of another server, whose form <see cref="ToJson"/> has. Nothing in it is trusted: what does not fit is absent.</summary>
    internal static Handshake FromJson(ReadOnlySpan<byte> json) => new(new RemoteHandshake(JsonElement.Parse(json)));

    /// <summary>The handshake as the JSON object that Node users know: headers (lower case), time, address, xdomain, secure, issued (milliseconds), url, query, auth.</summary>
    public JsonElement ToJson()
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            WriteValues(writer, "headers", Headers, lowerCase: true);
            writer.WriteString("time", Time);
            writer.WriteString("address", Address?.ToString());
            writer.WriteBoolean("xdomain", XDomain);
            writer.WriteBoolean("secure", Secure);
            writer.WriteNumber("issued", Issued.ToUnixTimeMilliseconds());
            writer.WriteString("url", Url);
            WriteValues(writer, "query", Query, lowerCase: false);
            writer.WritePropertyName("auth");
            Auth.WriteTo(writer);
            writer.WriteEndObject();
        }

        return JsonElement.Parse(buffer.GetBuffer().AsSpan(0, (int)buffer.Length));
    }

    /// <inheritdoc />
    public override string ToString() => new StringBuilder(Url).Append(" from ").Append(Address).ToString();

    private static void WriteValues(Utf8JsonWriter writer, string name, IEnumerable<KeyValuePair<string, StringValues>> values, bool lowerCase)
    {
        writer.WriteStartObject(name);
        foreach (var (key, value) in values)
        {
            writer.WriteString(lowerCase ? key.ToLowerInvariant() : key, value.ToString());
        }

        writer.WriteEndObject();
    }
}
