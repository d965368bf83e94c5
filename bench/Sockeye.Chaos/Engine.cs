using Sockeye.Protocol.Cluster;
using Sockeye.Redis;

namespace Sockeye.Chaos;

/// <summary>One way to make servers one.</summary>
/// <param name="Name">What it is called on the command line.</param>
/// <param name="CreateServer">Its own server, not yet started.</param>
/// <param name="Add">Adds it to a node: by the port of its server, for a fault.</param>
internal sealed record Engine(string Name, Func<EngineServer> CreateServer, Action<IServiceCollection, int, string> Add)
{
    // Short times, so that what takes long to notice does not make a cell long. The ratios are those of the defaults.
    private static readonly TimeSpan CommandTimeout = TimeSpan.FromSeconds(2);

    public static IReadOnlyList<Engine> All { get; } =
    [
        new("redis", EngineServer.Redis, static (services, port, _) => services.AddSocketIORedis($"127.0.0.1:{port}", Set)),
        new("redis-sharded", EngineServer.Redis, static (services, port, _) => services.AddSocketIORedis($"127.0.0.1:{port}", static options =>
        {
            options.Form = RedisForm.Sharded;
            Set(options);
        })),
        new("redis-streams", EngineServer.Redis, static (services, port, fault) => services.AddSocketIORedisStreams($"127.0.0.1:{port}", options =>
        {
            options.MaxLen = fault == Fault.Trim.Name ? Fault.TrimLength : options.MaxLen;
            options.BlockTimeInMs = 2000;
            Set(options);
        })),
        new("postgres", EngineServer.Postgres, static (services, port, _) => services.AddSocketIOPostgres(PostgresServerProcess.ConnectionString(port), Set)),
        new("postgres-log", EngineServer.Postgres, static (services, port, _) => services.AddSocketIOPostgres(PostgresServerProcess.ConnectionString(port), static options =>
        {
            options.KeepLog = true;
            Set(options);
        })),
        new("nats", EngineServer.Nats, static (services, port, _) => services.AddSocketIONats($"nats://127.0.0.1:{port}", Set)),
    ];

    public static Engine Find(string name) => All.FirstOrDefault(engine => engine.Name == name) ?? throw new ChaosException($"There is no engine \"{name}\". There are: {string.Join(", ", All.Select(static each => each.Name))}.");

    private static void Set(ClusterEngineOptions options) =>
        (options.HeartbeatInterval, options.HeartbeatTimeout, options.RequestsTimeout, options.CommandTimeout) = (TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(3), CommandTimeout);
}
