using Sockeye.Protocol.Packets;

namespace Sockeye.Client.Engine;

/// <summary>A transport failed. The message says what was tried, what came back and what to look at.</summary>
public sealed class TransportException : SocketIOException
{
    internal TransportException(TransportType transport, string error, string message, int? statusCode = null, string? responseText = null, Exception? inner = null)
        : base(message, inner) => (Transport, Error, StatusCode, ResponseText) = (transport, error, statusCode, responseText);

    /// <summary>The text of the official client: "xhr poll error", "xhr post error", "websocket error", "probe error: …", "No transports available".</summary>
    public string Error { get; }

    /// <summary>The transport that failed.</summary>
    public TransportType Transport { get; }

    /// <summary>The HTTP status that came instead of what was expected; null where none came, and for the WebSocket of the netstandard2.1 build, whose cause says it.</summary>
    public int? StatusCode { get; }

    /// <summary>The first 4,096 bytes of the body that came with <see cref="StatusCode"/>: an Engine.IO server says there in JSON what is wrong. Null where none came.</summary>
    public string? ResponseText { get; }
}
