using System.Diagnostics;
using StackExchange.Redis;

namespace Sockeye.Adapters.Tests.Fixtures;

/// <summary>A Redis of the tests' own on a free port, which keeps nothing, unless it is told to. The variable SOCKEYE_REDIS_SERVER names another program than redis-server: a Valkey.</summary>
public sealed class RedisServer() : EngineServer("Redis")
{
    private static readonly string Program = Environment.GetEnvironmentVariable("SOCKEYE_REDIS_SERVER") is { Length: > 0 } program ? program : "redis-server";

    private readonly string _folder = Directory.CreateTempSubdirectory("sockeye-redis-").FullName;

    public string ConnectionString => $"127.0.0.1:{Port},connectTimeout=60000,asyncTimeout=60000";

    /// <summary>As redis, the driver of Node, takes it.</summary>
    public string Url => $"redis://127.0.0.1:{Port}";

    /// <summary>The port by which the servers of a cluster talk to each other.</summary>
    public int BusPort => OtherPort;

    public bool IsInCluster { get; init; }

    /// <summary>Whether what it has taken is there again when it is started again.</summary>
    public bool KeepsData { get; init; }

    protected override ProcessStartInfo Command
    {
        get
        {
            string[] cluster = IsInCluster ? ["--cluster-enabled", "yes", "--cluster-port", $"{BusPort}", "--cluster-node-timeout", "60000"] : [];
            return new(Program, ["--port", $"{Port}", "--bind", "127.0.0.1", "--save", "", "--appendonly", KeepsData ? "yes" : "no", "--appendfsync", "always", "--daemonize", "no", "--dir", _folder, .. cluster]);
        }
    }

    /// <summary>Executes a command: <c>("CLIENT", "KILL", "TYPE", "pubsub")</c>.</summary>
    public async Task<RedisResult> ExecuteAsync(string command, params object[] arguments)
    {
        await using var connection = await ConnectionMultiplexer.ConnectAsync($"{ConnectionString},allowAdmin=true");
        return await connection.GetDatabase().ExecuteAsync(command, arguments);
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
        GC.SuppressFinalize(this);
    }
}
