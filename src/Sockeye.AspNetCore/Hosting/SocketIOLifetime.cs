using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Sockeye.AspNetCore.Sockets;

namespace Sockeye.AspNetCore.Hosting;

/// <summary>
/// Starts and ends the servers with the host. At the start: mistakes that would show only when the first client comes. At the end: first, while requests are still open,
/// every socket ("server shutting down") and every connection, since a waiting poll or a WebSocket would hold the host until its patience ends; then the host waits for the
/// disconnect handlers.
/// </summary>
internal sealed class SocketIOLifetime(
    IEnumerable<SocketIORegistration> registrations,
    IServiceProvider services,
    IEnumerable<EndpointDataSource> endpoints,
    IHostApplicationLifetime application,
    IOptions<HostOptions> host) : IHostedLifecycleService, IDisposable
{
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _patience = new();
    private SocketIOServer[] _servers = [];
    private Task? _closed;

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _servers = [.. registrations.Select(registration => registration.GetServer(services))];
        await using var scope = services.CreateAsyncScope();
        foreach (var server in _servers)
        {
            CheckDrain(server.Options);
            await server.CheckPoliciesAsync(scope.ServiceProvider);
            if (server.Node is { } node)
            {
                await node.StartAsync(cancellationToken);
            }

            if (server.Relays is { } relays)
            {
                await relays.StartAsync(cancellationToken);
            }

            if (server.PresenceOfAll is { } presence)
            {
                await presence.StartAsync(cancellationToken);
            }
        }

        application.ApplicationStopping.Register(() => _ = Close());
        application.ApplicationStopped.Register(() =>
        {
            foreach (var server in _servers)
            {
                server.Engine?.Dispose();
            }
        });
    }

    /// <summary>By now the endpoints are built, those of route groups too.</summary>
    public async Task StartedAsync(CancellationToken cancellationToken)
    {
        var clash = endpoints
            .SelectMany(static source => source.Endpoints)
            .OfType<RouteEndpoint>()
            .Where(static endpoint => endpoint.Metadata.GetMetadata<SocketIOEndpointMetadata>() is not null)
            .GroupBy(static endpoint => (
                Pattern: endpoint.RoutePattern.RawText?.ToUpperInvariant(),
                endpoint.Order,
                Hosts: string.Join(' ', endpoint.Metadata.GetMetadata<IHostMetadata>()?.Hosts ?? [])))
            .FirstOrDefault(static same => same.Count() > 1);
        if (clash is not null)
        {
            throw new InvalidOperationException($"These endpoints have the same path: {string.Join(", ", clash.Select(static endpoint => endpoint.DisplayName))}. Give each MapSocketIO a path of its own, or a host (RequireHost).");
        }

        foreach (var server in _servers)
        {
            if (server.Relays is { } relays)
            {
                await NodeAddress.AnnounceAsync(relays, server.Options.NodeAddress, services);
            }
        }
    }

    /// <summary>The host still takes requests, which sessions on long-polling need while they are drained.</summary>
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        if (Array.Exists(_servers, static server => server.Options.DrainDuration > TimeSpan.Zero))
        {
            using var registration = cancellationToken.Register(_patience.Cancel);
            // A disconnect handler that never ends holds nobody up beyond the host's patience; StopAsync says so then.
            await Close().WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Close().WaitAsync(cancellationToken);

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose()
    {
        _patience.Dispose();
        Array.ForEach(_servers, static server =>
        {
            server.Recovery?.Dispose();
            server.Node?.Dispose();
            server.Relays?.Dispose();
            server.PresenceOfAll?.Dispose();
        });
    }

    private Task Close()
    {
        lock (_gate)
        {
            return _closed ??= Task.WhenAll(_servers.Select(server => server.DrainAsync(_patience.Token)));
        }
    }

    private void CheckDrain(SocketIOOptions options)
    {
        var patience = host.Value.ShutdownTimeout;
        if (options.DrainDuration > TimeSpan.Zero && options.DrainDuration >= patience && patience != Timeout.InfiniteTimeSpan)
        {
            throw new InvalidOperationException(
                $"{nameof(SocketIOOptions)}.{nameof(SocketIOOptions.DrainDuration)} is {options.DrainDuration}, but the host waits only {patience} when it stops. "
                + "Drain in less, or give the host more time: builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = …).");
        }
    }
}
