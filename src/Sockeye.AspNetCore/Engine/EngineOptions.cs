using Microsoft.AspNetCore.Http;
using Sockeye.AspNetCore.Transports;

namespace Sockeye.AspNetCore.Engine;

/// <summary>The transports of Engine.IO.</summary>
[Flags]
public enum EngineTransports
{
    /// <summary>HTTP long-polling.</summary>
    Polling = 1,

    /// <summary>WebSocket.</summary>
    WebSocket = 2,

    /// <summary>WebTransport, over HTTP/3. A preview feature of Kestrel, which has to be switched on there, too.</summary>
    WebTransport = 4,
}

/// <summary>The settings of the Engine.IO layer. The defaults are engine.io's unless said otherwise.</summary>
public class EngineOptions
{
    /// <summary>The transports that clients may use. Default: polling and WebSocket. Where the host has no QUIC, or its WebTransport is off, WebTransport is not offered, and a warning is logged at the start.</summary>
    public EngineTransports Transports { get; set; } = EngineTransports.Polling | EngineTransports.WebSocket;

    /// <summary>Whether a client that began with polling may go on by WebSocket or WebTransport. Default true. False: none is offered, and an attempt is refused.</summary>
    public bool AllowUpgrades { get; set; } = true;

    /// <summary>
    /// Whether clients of Engine.IO 3 are served: socket.io-client 1 and 2, and others of their age. Default false: they get error 5, "Unsupported protocol version".
    /// In revision 3 the id of the connection is the public id of the socket, too. JSONP comes with it, for all clients: any page can open a session by a script, which CORS
    /// does not hold back, so do not let cookies alone say who somebody is.
    /// </summary>
    public bool AllowEIO3 { get; set; }

    /// <summary>From one pong to the next ping; told to the client. Default 25 s. Greater than zero.</summary>
    public TimeSpan PingInterval { get; set; } = TimeSpan.FromSeconds(25);

    /// <summary>From a ping to the latest pong; told to the client. Default 20 s. Greater than zero.</summary>
    public TimeSpan PingTimeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>How long an upgrade may take; then its WebSocket is closed and the session goes on by polling. Also how long a WebTransport client may take to its first packet. Default 10 s. Greater than zero.</summary>
    public TimeSpan UpgradeTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>The largest message and the largest POST body that is taken, in bytes; told to the client as maxPayload (engine.io: maxHttpBufferSize). Default 1,000,000. Beyond it: status 413, WebSocket close code 1009, "parse error" on WebTransport.</summary>
    public int MaxPayload { get; set; } = 1_000_000;

    /// <summary>The most packets in one POST body. Default 16,384, as many as a WebSocket message may have fragments; the official server has no such limit.</summary>
    public int MaxPacketsPerPayload { get; set; } = 16_384;

    /// <summary>The most frames in one WebSocket message, empty ones counted. Default 16,384 (ws 8.21).</summary>
    public int MaxFragmentsPerMessage { get; set; } = 16_384;

    /// <summary>
    /// How many bytes may wait for one session's peer before the session is ended with the reason "forced close". Default 4 MiB: four messages of the largest default
    /// size; the official server has no limit. A single message may be larger when nothing else waits; it is not counted then.
    /// </summary>
    public long MaxQueuedBytes { get; set; } = 4 * 1024 * 1024;

    /// <summary>The size in bytes from which a polling response is compressed (gzip or deflate, as the client prefers). Default 1024. Null: never.</summary>
    public int? HttpCompressionThreshold { get; set; } = 1024;

    /// <summary>permessage-deflate on WebSocket connections. Default null: off, as in engine.io, because it costs memory and time for each connection.</summary>
    public PerMessageDeflateOptions? PerMessageDeflate { get; set; }

    /// <summary>A cookie that carries the session id to load balancers (sticky sessions), set on the first polling response. Default null: none. <see cref="StickyCookieBuilder"/> is engine.io's.</summary>
    public CookieBuilder? Cookie { get; set; }

    /// <summary>A text message that every new session gets right after the open packet. Default null: none.</summary>
    public string? InitialPacket { get; set; }

    /// <summary>
    /// Whether a WebSocket or WebTransport handshake of a browser must come from the same host or from an origin that the endpoint's CORS policy allows. Default true, unlike engine.io:
    /// browsers do not apply CORS to either, so without this check any site may connect with a visitor's cookies.
    /// </summary>
    public bool CheckOrigin { get; set; } = true;

    /// <summary>
    /// Whether a session ends when the authentication of its user expires (the ticket's or token's own end, <c>AuthenticationProperties.ExpiresUtc</c>). The client connects
    /// again by itself and needs a new token then. Default false, as in SignalR. A request with a renewed authentication, or <see cref="EngineSession.RefreshUser"/>,
    /// moves the instant.
    /// </summary>
    public bool CloseOnAuthenticationExpiration { get; set; }

    /// <summary>Asked before a new session is opened; a text refuses it (status 403, the text is the error's message), null lets it in. Default null: all are let in. The place for authentication is ASP.NET's <c>RequireAuthorization</c>.</summary>
    public Func<HttpContext, ValueTask<string?>>? AllowRequest { get; set; }

    /// <summary>Makes session ids. Default null: 20 characters of 120 random bits. Own ids must be unguessable, unique and made of A-Z a-z 0-9 - _.</summary>
    public Func<HttpContext, ValueTask<string>>? GenerateId { get; set; }

    /// <summary>Called for the first response of a session (the handshake), before its headers are sent: add headers here. Default null.</summary>
    public Action<HttpContext>? OnInitialHeaders { get; set; }

    /// <summary>Called for every response, before its headers are sent. Default null.</summary>
    public Action<HttpContext>? OnHeaders { get; set; }

    /// <summary>Called for every request that is refused, with the reason. Default null. In any case it is counted, and logged: ten lines a second for each reason, then how many were left out.</summary>
    public Action<ConnectionError>? OnConnectionError { get; set; }

    /// <summary>Finds what keeps WebTransport from working here. Tests that bring their own sessions find nothing.</summary>
    internal Func<string?> FindWebTransportProblem { get; set; } = WebTransportSupport.FindProblem;

    internal void Validate()
    {
        RequirePositive(PingInterval, nameof(PingInterval));
        RequirePositive(PingTimeout, nameof(PingTimeout));
        RequirePositive(UpgradeTimeout, nameof(UpgradeTimeout));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(MaxPayload);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(MaxPacketsPerPayload);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(MaxFragmentsPerMessage);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(MaxQueuedBytes);
        PerMessageDeflate?.Validate();
        if (Cookie is { Name: { } name })
        {
            // Throws for a name that no cookie can have, now and not for every client.
            _ = new Microsoft.Net.Http.Headers.SetCookieHeaderValue(name);
        }

        if ((Transports & (EngineTransports.Polling | EngineTransports.WebSocket | EngineTransports.WebTransport)) == 0)
        {
            throw new InvalidOperationException($"{nameof(EngineOptions)}.{nameof(Transports)} names no transport: clients could not connect. Set EngineTransports.Polling, EngineTransports.WebSocket or both, or EngineTransports.WebTransport, too.");
        }
    }

    private static void RequirePositive(TimeSpan value, string name)
    {
        if (value <= TimeSpan.Zero || value > TimeSpan.FromDays(20))
        {
            throw new InvalidOperationException($"{nameof(EngineOptions)}.{name} is {value}; it must be greater than zero and at most 20 days.");
        }
    }
}
