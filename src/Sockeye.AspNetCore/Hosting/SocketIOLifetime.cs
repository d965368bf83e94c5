using Microsoft.Extensions.Hosting;
using Sockeye.AspNetCore.Sockets;

namespace Sockeye.AspNetCore.Hosting;

/// <summary>
/// Ends the server with the host: first, while requests are still open, every socket ("server shutting down") and every connection, since a waiting poll or a WebSocket
/// would hold the host until its patience ends; then the host waits for the disconnect handlers.
/// </summary>
internal sealed class SocketIOLifetime(SocketIOServer server, IHostApplicationLifetime application) : IHostedService
{
    private Task _closed = Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        application.ApplicationStopping.Register(() => _closed = server.CloseAsync());
        application.ApplicationStopped.Register(() => server.Engine?.Dispose());
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => _closed.WaitAsync(cancellationToken);
}
