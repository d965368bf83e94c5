using Microsoft.Extensions.Logging;
using Sockeye.Protocol.Cluster;
using Sockeye.Redis;
using StackExchange.Redis;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Makes several servers one, by Redis.</summary>
public static class SocketIORedisServiceCollectionExtensions
{
    /// <summary>Connects the Socket.IO server with the others on the same Redis: .NET, and Node with <c>@socket.io/redis-adapter</c>.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="connectionString">As StackExchange.Redis takes it: <c>localhost:6379,password=…</c></param>
    /// <param name="configure">Changes the settings.</param>
    public static IServiceCollection AddSocketIORedis(this IServiceCollection services, string connectionString, Action<RedisOptions>? configure = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(connectionString);
        return Add(services, null, (_, options) => RedisLink.Own(connectionString, options), configure);
    }

    /// <summary>The same with the application's own connection, which stays the application's: <c>AddSocketIORedis(services => services.GetRequiredService&lt;IConnectionMultiplexer>())</c>.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="connection">Gives the connection.</param>
    /// <param name="configure">Changes the settings.</param>
    public static IServiceCollection AddSocketIORedis(this IServiceCollection services, Func<IServiceProvider, IConnectionMultiplexer> connection, Action<RedisOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(connection);
        return Add(services, null, (provider, options) => RedisLink.Of(() => connection(provider), options), configure);
    }

    /// <summary>The same for a server with a name.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="name">The server's name, as in <c>AddSocketIO("admin")</c>. Servers that are not to hear each other need different keys.</param>
    /// <param name="connectionString">As StackExchange.Redis takes it.</param>
    /// <param name="configure">Changes the settings.</param>
    public static IServiceCollection AddSocketIORedis(this IServiceCollection services, string name, string connectionString, Action<RedisOptions>? configure)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentException.ThrowIfNullOrEmpty(connectionString);
        return Add(services, name, (_, options) => RedisLink.Own(connectionString, options), configure);
    }

    /// <summary>The same for a server with a name, with the application's own connection.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="name">The server's name.</param>
    /// <param name="connection">Gives the connection.</param>
    /// <param name="configure">Changes the settings.</param>
    public static IServiceCollection AddSocketIORedis(this IServiceCollection services, string name, Func<IServiceProvider, IConnectionMultiplexer> connection, Action<RedisOptions>? configure)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(connection);
        return Add(services, name, (provider, options) => RedisLink.Of(() => connection(provider), options), configure);
    }

    private static IServiceCollection Add(IServiceCollection services, string? name, Func<IServiceProvider, RedisOptions, RedisLink> link, Action<RedisOptions>? configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        var options = new RedisOptions();
        configure?.Invoke(options);
        options.Check();
        return name is null
            ? services.AddSingleton<IClusterBackend>(Create)
            : services.AddKeyedSingleton<IClusterBackend>(name, (provider, _) => Create(provider));

        IClusterBackend Create(IServiceProvider provider) => new RedisBackend(link(provider, options), options, provider.GetService<ILoggerFactory>());
    }
}
