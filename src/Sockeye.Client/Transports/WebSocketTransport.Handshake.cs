using System.Net.WebSockets;

namespace Sockeye.Client.Transports;

// What the opening handshake carries. A browser takes nothing but subprotocols.
internal sealed partial class WebSocketTransport
{
    private void Configure(Uri address)
    {
        foreach (var protocol in settings.Protocols)
        {
            _socket.Options.AddSubProtocol(protocol);
        }

        if (OperatingSystem.IsBrowser())
        {
            return;
        }

        // The heartbeat is Engine.IO's.
        _socket.Options.KeepAliveInterval = TimeSpan.Zero;
        _socket.Options.CollectHttpResponseDetails = true;
        foreach (var (name, value) in settings.Headers)
        {
            _socket.Options.SetRequestHeader(name, value);
        }

        if (settings.Cookies?.HeaderFor(address) is { } cookies)
        {
            _socket.Options.SetRequestHeader("Cookie", cookies);
        }

        if (settings.DeflateThreshold is not null)
        {
            // "Dangerous" where secrets and what an attacker chose are compressed together (CRIME); the official client offers it, too, and the server decides.
            _socket.Options.DangerousDeflateOptions = new WebSocketDeflateOptions();
        }
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
