using Microsoft.Extensions.Logging;
using Sockeye.Nats;
using Sockeye.Protocol.Cluster;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Makes several servers one, by NATS.</summary>
public static class SocketIONatsServiceCollectionExtensions
{
    /// <summary>Connects the Socket.IO server with the others on the same NATS.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="url">Where NATS is: <c>nats://localhost:4222</c>, several with commas between; with <c>user:password@</c> or <c>token@</c> in front of the host.</param>
    /// <param name="configure">Changes the settings.</param>
    public static IServiceCollection AddSocketIONats(this IServiceCollection services, string url, Action<NatsOptions>? configure = null) => Add(services, null, url, configure);

    /// <summary>The same for a server with a name.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="name">The server's name, as in <c>AddSocketIO("admin")</c>. Servers that are not to hear each other need different prefixes.</param>
    /// <param name="url">Where NATS is.</param>
    /// <param name="configure">Changes the settings.</param>
    public static IServiceCollection AddSocketIONats(this IServiceCollection services, string name, string url, Action<NatsOptions>? configure)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return Add(services, name, url, configure);
    }

    private static IServiceCollection Add(IServiceCollection services, string? name, string url, Action<NatsOptions>? configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentException.ThrowIfNullOrEmpty(url);
        var options = new NatsOptions();
        configure?.Invoke(options);
        options.Check();
        return name is null
            ? services.AddSingleton<IClusterBackend>(Create)
            : services.AddKeyedSingleton<IClusterBackend>(name, (provider, _) => Create(provider));

        IClusterBackend Create(IServiceProvider provider) => new NatsBackend(url, options, provider.GetService<ILoggerFactory>());
    }
}
