namespace Sockeye.Client.Engine;

/// <summary>What exactly ended a connection.</summary>
/// <param name="Description">The text of the official client: "websocket connection closed", "transport closed by the server", or what went wrong.</param>
/// <param name="CloseCode">The code of the server's WebSocket close frame; 1006 if the connection ended without one. Null on polling.</param>
/// <param name="CloseReason">The text of the server's WebSocket close frame, often empty.</param>
/// <param name="Error">The failure, if it was one.</param>
public sealed record EngineCloseDetails(string Description, int? CloseCode, string? CloseReason, TransportException? Error);

/// <summary>One try to reach the server: a handshake or an upgrade.</summary>
/// <param name="Time">When it began.</param>
/// <param name="Duration">How long it took to succeed or to fail.</param>
/// <param name="Transport">By which transport.</param>
/// <param name="IsUpgrade">Whether it was the upgrade of a connection that is open by polling.</param>
/// <param name="Address">Where to, without the query: that may hold secrets.</param>
/// <param name="StatusCode">The HTTP status that came back; null where none came.</param>
/// <param name="Error">What went wrong; null for a success.</param>
public sealed record ConnectionAttempt(DateTimeOffset Time, TimeSpan Duration, TransportType Transport, bool IsUpgrade, Uri Address, int? StatusCode, string? Error);
