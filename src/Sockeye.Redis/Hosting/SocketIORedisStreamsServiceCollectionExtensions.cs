using Microsoft.Extensions.Logging;
using Sockeye.Protocol.Cluster;
using Sockeye.Redis.Streams;
using StackExchange.Redis;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Makes several servers one, by Redis streams.</summary>
public static class SocketIORedisStreamsServiceCollectionExtensions
{
    /// <summary>
    /// Connects the Socket.IO server with the others on the same Redis stream: .NET, and Node with <c>@socket.io/redis-streams-adapter</c>. Together with <c>ConnectionStateRecovery</c> clients come back to
    /// any of them and get what they missed.
    /// </summary>
    /// <param name="services">The application's services.</param>
    /// <param name="connectionString">As StackExchange.Redis takes it: <c>localhost:6379,password=…</c></param>
    /// <param name="configure">Changes the settings.</param>
    public static IServiceCollection AddSocketIORedisStreams(this IServiceCollection services, string connectionString, Action<RedisStreamsOptions>? configure = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(connectionString);
        return Add(services, null, ConfigurationOptions.Parse(connectionString), configure);
    }

    /// <summary>The same where a text does not say all of how to connect. The engine has connections of its own: on one of them Redis waits, which would hold up others.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="configuration">How to connect.</param>
    /// <param name="configure">Changes the settings.</param>
    public static IServiceCollection AddSocketIORedisStreams(this IServiceCollection services, ConfigurationOptions configuration, Action<RedisStreamsOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        return Add(services, null, configuration, configure);
    }

    /// <summary>The same for a server with a name.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="name">The server's name, as in <c>AddSocketIO("admin")</c>. Servers that are not to hear each other need different streams and prefixes.</param>
    /// <param name="connectionString">As StackExchange.Redis takes it.</param>
    /// <param name="configure">Changes the settings.</param>
    public static IServiceCollection AddSocketIORedisStreams(this IServiceCollection services, string name, string connectionString, Action<RedisStreamsOptions>? configure)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentException.ThrowIfNullOrEmpty(connectionString);
        return Add(services, name, ConfigurationOptions.Parse(connectionString), configure);
    }

    private static IServiceCollection Add(IServiceCollection services, string? name, ConfigurationOptions configuration, Action<RedisStreamsOptions>? configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        var options = new RedisStreamsOptions();
        configure?.Invoke(options);
        options.Check();
        return name is null
            ? services.AddSingleton<IClusterBackend>(Create)
            : services.AddKeyedSingleton<IClusterBackend>(name, (provider, _) => Create(provider));

        IClusterBackend Create(IServiceProvider provider) => new RedisStreamsBackend(configuration, options, provider.GetService<ILoggerFactory>());
    }
}
