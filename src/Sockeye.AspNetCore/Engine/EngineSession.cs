using System.Net;
using System.Security.Claims;
using Microsoft.AspNetCore.Http;
using Sockeye.Protocol.Engine;

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
}

/// <summary>One Engine.IO session: an ordered, two-way stream of messages that outlives its transports. Thread-safe.</summary>
public sealed class EngineSession
{
    /// <summary>The session id: 20 characters, secret between client and server.</summary>
    public string Id => throw new NotImplementedException();

    /// <summary>The Engine.IO protocol revision.</summary>
    public int Protocol => throw new NotImplementedException();

    /// <summary>The request that opened the session.</summary>
    public EngineHandshake Handshake => throw new NotImplementedException();

    /// <summary>"polling" or "websocket".</summary>
    public string TransportName => throw new NotImplementedException();

    /// <summary>The state.</summary>
    public EngineState State => throw new NotImplementedException();

    /// <summary>For the <see cref="IEngineHandler"/>: what it keeps for this session.</summary>
    public object? Tag { get; set; }

    /// <summary>Queues a message. False: the session is closing or closed, or the message went over the budget and ended it. With <paramref name="isVolatile"/> also when the transport cannot take it right now.</summary>
    public bool Send(OutboundMessage message, bool isVolatile = false) => throw new NotImplementedException();

    /// <summary>Writes what is queued, then closes; with <paramref name="discard"/> at once.</summary>
    public void Close(bool discard = false) => throw new NotImplementedException();

    /// <summary>Ends the session at once.</summary>
    public void Fail(EngineCloseReason reason, string detail) => throw new NotImplementedException();

    /// <summary>Stops taking messages from the peer until <see cref="ResumeReading"/>; its heartbeat deadline stands still meanwhile.</summary>
    public void PauseReading() => throw new NotImplementedException();

    /// <summary>Takes messages again.</summary>
    public void ResumeReading() => throw new NotImplementedException();

    /// <summary>Calls back once after a delay, on the server's timer wheel, unless disposed before. Callbacks must be quick.</summary>
    public IDisposable Schedule(TimeSpan delay, Action callback) => throw new NotImplementedException();
}
