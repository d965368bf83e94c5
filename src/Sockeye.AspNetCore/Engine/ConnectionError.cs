using Microsoft.AspNetCore.Http;

namespace Sockeye.AspNetCore.Engine;

/// <summary>The error codes of Engine.IO, as clients see them: <c>{"code":1,"message":"Session ID unknown"}</c>.</summary>
public enum ConnectionErrorCode
{
    /// <summary>The transport is missing, unknown or switched off.</summary>
    TransportUnknown = 0,

    /// <summary>The session does not exist, or no longer.</summary>
    SessionIdUnknown = 1,

    /// <summary>A session is opened by GET only.</summary>
    BadHandshakeMethod = 2,

    /// <summary>The request does not fit the session or the transport.</summary>
    BadRequest = 3,

    /// <summary>The application refused the request.</summary>
    Forbidden = 4,

    /// <summary>The client speaks another revision of the protocol.</summary>
    UnsupportedProtocolVersion = 5,
}

/// <summary>Why a request was refused, for hooks, logs and metrics.</summary>
/// <param name="Context">The request.</param>
/// <param name="Code">The code that the client gets.</param>
/// <param name="Reason">The reason in a form for machines; also the metric's label. One of a fixed set.</param>
/// <param name="Detail">What exactly was wrong, for people.</param>
public sealed record ConnectionError(HttpContext Context, ConnectionErrorCode Code, string Reason, string Detail)
{
    /// <summary>The official text of the code.</summary>
    public string Message => MessageOf(Code);

    /// <summary>The text that the client gets instead of <see cref="Message"/>, when the application gave one.</summary>
    public string? ClientMessage { get; init; }

    internal static string MessageOf(ConnectionErrorCode code) => code switch
    {
        ConnectionErrorCode.TransportUnknown => "Transport unknown",
        ConnectionErrorCode.SessionIdUnknown => "Session ID unknown",
        ConnectionErrorCode.BadHandshakeMethod => "Bad handshake method",
        ConnectionErrorCode.BadRequest => "Bad request",
        ConnectionErrorCode.Forbidden => "Forbidden",
        _ => "Unsupported protocol version",
    };
}
