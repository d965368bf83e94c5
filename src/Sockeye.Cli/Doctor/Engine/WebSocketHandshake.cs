using System.Security.Cryptography;
using System.Text;
using Sockeye.Cli.Doctor.Http;

namespace Sockeye.Cli.Doctor.Engine;

/// <summary>The request to upgrade (RFC 6455 §4.1) by hand, and what came of it.</summary>
internal sealed record WebSocketHandshake(HttpAnswer Answer, WebSocketEngine? Engine, string? WrongAccept)
{
    private const string Magic = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

    public static async Task<WebSocketHandshake> OpenAsync(
        Examination examination, CancellationToken cancellationToken, string? sid = null, IReadOnlyList<KeyValuePair<string, string>>? headers = null, bool withOrigin = true)
    {
        var key = Convert.ToBase64String(RandomNumberGenerator.GetBytes(16));
        var request = examination.Request(
            "GET",
            examination.EngineTarget("websocket", sid),
            [
                new("Connection", "Upgrade"),
                new("Upgrade", "websocket"),
                new("Sec-WebSocket-Version", "13"),
                new("Sec-WebSocket-Key", key),
                .. withOrigin && examination.Options.Origin is { } origin ? [new("Origin", origin)] : Array.Empty<KeyValuePair<string, string>>(),
                .. headers ?? [],
            ],
            keepsConnection: true);
        var (answer, connection) = await examination.UpgradeAsync(request, cancellationToken).ConfigureAwait(false);
        if (connection is null)
        {
            return new(answer, null, null);
        }

        var accept = answer["Sec-WebSocket-Accept"];
        if (accept == AcceptFor(key))
        {
            return new(answer, new(connection), null);
        }

        await connection.DisposeAsync().ConfigureAwait(false);
        return new(answer, null, $"Sec-WebSocket-Accept is {Excerpt.Of(accept ?? "missing", 40)}, not {AcceptFor(key)} as follows from our key.");
    }

#pragma warning disable CA5350 // RFC 6455 says SHA-1; nothing secret depends on it.
    private static string AcceptFor(string key) => Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key + Magic)));
#pragma warning restore CA5350
}
