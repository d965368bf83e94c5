using Microsoft.Extensions.Logging;
using Npgsql;
using Sockeye.Postgres;
using Sockeye.Protocol.Cluster;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Makes several servers one, by PostgreSQL.</summary>
public static class SocketIOPostgresServiceCollectionExtensions
{
    /// <summary>Connects the Socket.IO server with the others on the same database: .NET, and Node with <c>@socket.io/postgres-adapter</c>.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="connectionString">As Npgsql takes it: <c>Host=localhost;Username=app;Password=…</c> Not by a pooler that hands connections on with each transaction (PgBouncer's transaction mode): LISTEN needs one of its own.</param>
    /// <param name="configure">Changes the settings.</param>
    public static IServiceCollection AddSocketIOPostgres(this IServiceCollection services, string connectionString, Action<PostgresOptions>? configure = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(connectionString);
        return Add(services, null, _ => NpgsqlDataSource.Create(connectionString), ownsSource: true, configure);
    }

    /// <summary>The same with the application's own pool, which stays the application's: <c>AddSocketIOPostgres(services => services.GetRequiredService&lt;NpgsqlDataSource>())</c>.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="source">Gives the pool.</param>
    /// <param name="configure">Changes the settings.</param>
    public static IServiceCollection AddSocketIOPostgres(this IServiceCollection services, Func<IServiceProvider, NpgsqlDataSource> source, Action<PostgresOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        return Add(services, null, source, ownsSource: false, configure);
    }

    /// <summary>The same for a server with a name.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="name">The server's name, as in <c>AddSocketIO("admin")</c>. Servers that are not to hear each other need different prefixes.</param>
    /// <param name="connectionString">As Npgsql takes it.</param>
    /// <param name="configure">Changes the settings.</param>
    public static IServiceCollection AddSocketIOPostgres(this IServiceCollection services, string name, string connectionString, Action<PostgresOptions>? configure)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentException.ThrowIfNullOrEmpty(connectionString);
        return Add(services, name, _ => NpgsqlDataSource.Create(connectionString), ownsSource: true, configure);
    }

    private static IServiceCollection Add(IServiceCollection services, string? name, Func<IServiceProvider, NpgsqlDataSource> source, bool ownsSource, Action<PostgresOptions>? configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        var options = new PostgresOptions();
        configure?.Invoke(options);
        options.Check();
        return name is null
            ? services.AddSingleton<IClusterBackend>(Create)
            : services.AddKeyedSingleton<IClusterBackend>(name, (provider, _) => Create(provider));

        IClusterBackend Create(IServiceProvider provider) =>
            new PostgresBackend(source(provider), ownsSource, options, provider.GetService<ILoggerFactory>(), provider.GetService<TimeProvider>());
    }
}
