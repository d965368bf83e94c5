using System.Net.WebSockets;

namespace Sockeye.Client.Transports;

// The WebSocket of .NET Standard: it makes its own connection, says nothing of the answer to the handshake, and does not compress.
internal sealed partial class WebSocketTransport
{
    /// <summary>Whether the handshake goes through an HttpMessageInvoker. A browser opens WebSockets by itself.</summary>
    public static bool UsesInvoker => OperatingSystem.IsBrowser();

    private Task OpenAsync(Uri address, CancellationToken cancellation)
    {
        (settings.Http as OwnHandler)?.Configure(_socket.Options);
        return _socket.ConnectAsync(address, cancellation);
    }

    private ValueTask SendAsync(ReadOnlyMemory<byte> data, bool isBinary, bool compress, CancellationToken cancellation) =>
        _socket.SendAsync(data, isBinary ? WebSocketMessageType.Binary : WebSocketMessageType.Text, endOfMessage: true, cancellation);

    private static void TakeAnswer()
    {
    }
}
