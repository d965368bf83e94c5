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
        foreach (var (name, value) in settings.Headers)
        {
            _socket.Options.SetRequestHeader(name, value);
        }

        if (settings.Cookies?.HeaderFor(address) is { } cookies)
        {
            var own = settings.Headers.FirstOrDefault(static header => string.Equals(header.Key, "Cookie", StringComparison.OrdinalIgnoreCase)).Value;
            _socket.Options.SetRequestHeader("Cookie", own is null ? cookies : $"{own}; {cookies}");
        }
    }
}
