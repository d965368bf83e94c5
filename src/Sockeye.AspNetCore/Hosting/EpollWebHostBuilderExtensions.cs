using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Sockeye.AspNetCore.Epoll;
using Sockeye.AspNetCore.Transports;

namespace Microsoft.AspNetCore.Hosting;

/// <summary>Chooses the epoll engine.</summary>
public static class EpollWebHostBuilderExtensions
{
    /// <summary>
    /// Has Kestrel use Sockeye's own I/O engine for TCP: a WebSocket then costs a fraction of the memory and time, because HTTP lets go of it after its handshake. Everything else
    /// (pages, long-polling, TLS, HTTP/2) works as before. Linux only: elsewhere, and where epoll cannot be had, Kestrel's default transport serves, and the start says so in the log.
    /// </summary>
    /// <remarks>
    /// Kestrel counts such a WebSocket no more, so the engine holds as many as the smaller of <c>MaxConcurrentUpgradedConnections</c> and <c>MaxConcurrentConnections</c> allows.
    /// Kestrel's own connections come on top: there may be up to twice <c>MaxConcurrentConnections</c> together.
    /// </remarks>
    /// <param name="builder">The web host; its server is Kestrel.</param>
    /// <param name="configure">Changes the options.</param>
    public static IWebHostBuilder UseEpoll(this IWebHostBuilder builder, Action<EpollOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.ConfigureServices(services =>
        {
            if (configure is not null)
            {
                services.Configure(configure);
            }

            if (services.Any(static service => service.ServiceType == typeof(EpollEngine)))
            {
                return;
            }

            // Kestrel asks the last one first. The default transport stays for what this one does not serve.
            services.TryAddSingleton<IConnectionListenerFactory, SocketTransportFactory>();
            services.AddSingleton(Create);
            services.AddSingleton<IConnectionListenerFactory>(static provider => provider.GetRequiredService<EpollEngine>());
            services.AddHostedService(static provider => provider.GetRequiredService<EpollEngine>());
        });
    }

    private static EpollEngine Create(IServiceProvider services) => new(
        services.GetRequiredService<IOptions<EpollOptions>>(),
        services.GetRequiredService<IOptions<SocketTransportOptions>>(),
        services.GetRequiredService<IOptions<KestrelServerOptions>>(),
        services.GetRequiredService<IMemoryPoolFactory<byte>>(),
        services.GetRequiredService<IHostApplicationLifetime>(),
        services.GetRequiredService<ILoggerFactory>())
    {
        Turns = static loop => new EpollTurns(loop),
    };
}
