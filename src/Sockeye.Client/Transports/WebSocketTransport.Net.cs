using System.Net.WebSockets;

namespace Sockeye.Client.Transports;

// What .NET's WebSocket can and .NET Standard's cannot: share a handler with polling, tell of the answer to the handshake, compress.
internal sealed partial class WebSocketTransport
{
    /// <summary>Whether the handshake goes through an HttpMessageInvoker. A browser opens WebSockets by itself.</summary>
    public static bool UsesInvoker => true;

    private Task OpenAsync(Uri address, CancellationToken cancellation)
    {
        if (OperatingSystem.IsBrowser())
        {
            return _socket.ConnectAsync(address, cancellation);
        }

        _socket.Options.CollectHttpResponseDetails = true;
        if (settings.DeflateThreshold is not null)
        {
            // "Dangerous" where secrets and what an attacker chose are compressed together (CRIME); the official client offers it, too, and the server decides.
            _socket.Options.DangerousDeflateOptions = new WebSocketDeflateOptions();
        }

        return _socket.ConnectAsync(address, settings.Http, cancellation);
    }

    private ValueTask SendAsync(ReadOnlyMemory<byte> data, bool isBinary, bool compress, CancellationToken cancellation)
    {
        var flags = compress && settings.DeflateThreshold is { } threshold && data.Length >= threshold
            ? WebSocketMessageFlags.EndOfMessage
            : WebSocketMessageFlags.EndOfMessage | WebSocketMessageFlags.DisableCompression;
        return _socket.SendAsync(data, isBinary ? WebSocketMessageType.Binary : WebSocketMessageType.Text, flags, cancellation);
    }

    private void TakeAnswer()
    {
        if (OperatingSystem.IsBrowser())
        {
            return;
        }

        StatusCode = _socket.HttpStatusCode == 0 ? null : (int)_socket.HttpStatusCode;
        if (_socket.HttpResponseHeaders is not { } headers)
        {
            return;
        }

        if (settings.Cookies is not null && headers.TryGetValue("Set-Cookie", out var cookies))
        {
            settings.Cookies.Take(settings.Address.Location, cookies);
        }

        // Held for the whole connection otherwise.
        _socket.HttpResponseHeaders = null;
    }
}
