using System.Diagnostics;
using StackExchange.Redis;

namespace Sockeye.Adapters.Tests.Fixtures;

/// <summary>A Redis of the tests' own on a free port, which keeps nothing.</summary>
public sealed class RedisServer() : EngineServer("Redis")
{
    public string ConnectionString => $"127.0.0.1:{Port},connectTimeout=60000,asyncTimeout=60000";

    /// <summary>As redis, the driver of Node, takes it.</summary>
    public string Url => $"redis://127.0.0.1:{Port}";

    protected override ProcessStartInfo Command => new("redis-server", ["--port", $"{Port}", "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--daemonize", "no", "--dir", Path.GetTempPath()]);

    /// <summary>Executes a command: <c>("CLIENT", "KILL", "TYPE", "pubsub")</c>.</summary>
    public async Task<RedisResult> ExecuteAsync(string command, params object[] arguments)
    {
        await using var connection = await ConnectionMultiplexer.ConnectAsync($"{ConnectionString},allowAdmin=true");
        return await connection.GetDatabase().ExecuteAsync(command, arguments);
    }
}
