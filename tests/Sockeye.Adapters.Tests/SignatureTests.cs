using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Sockeye.Adapters.Tests.Fixtures;
using Sockeye.Postgres;
using Sockeye.Protocol.Cluster;
using Sockeye.Redis;

namespace Sockeye.Adapters.Tests;

/// <summary>Servers that have a key in common, and somebody who has not.</summary>
public sealed class SignatureTests(PostgresServer server, RedisServer redis) : IClassFixture<PostgresServer>, IClassFixture<RedisServer>
{
    internal static readonly byte[] Key = [.. Enumerable.Repeat((byte)7, 32)];

    [Fact]
    public async Task On_PostgreSQL_only_who_has_the_key_is_heard_small_messages_and_large_ones()
    {
        var log = new LogLines();
        await using var first = await StartAsync(Key, log);
        await using var second = await StartAsync(Key, log);
        await using var client = await TestClient.ConnectAsync(second);
        await using var stranger = Emitter([]);
        await using var other = Emitter([.. Key.Reverse().Select(static b => (byte)(b + 1))]);
        await using var friend = Emitter(Key);
        foreach (var wrong in (PostgresEmitter[])[stranger, other])
        {
            await wrong.Everyone.EmitAsync("forged", 1);
            await wrong.Everyone.EmitAsync("forged", new byte[] { 1 });
        }

        await friend.Everyone.EmitAsync("small", 1);
        await friend.Everyone.EmitAsync("binary", new byte[] { 1 });
        await first.Io.EmitAsync("large", new string('x', 10_000));
        await first.Io.EmitAsync("end");
        await client.ExpectAsync("small 1", "binary [01]", $"large \"{new string('x', 10_000)}\"", "end");
        Assert.Contains(log.Lines, static line => line.Contains("InvalidSignature", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(RedisForm.Classic)]
    [InlineData(RedisForm.Sharded)]
    public async Task On_Redis_only_who_has_the_key_is_heard_and_answered(RedisForm form)
    {
        var log = new LogLines();
        await using var first = await StartOnRedisAsync();
        await using var second = await StartOnRedisAsync();
        await using var client = await TestClient.ConnectAsync(second);
        await using var stranger = new RedisEmitter(redis.ConnectionString, Options([]));
        await using var other = new RedisEmitter(redis.ConnectionString, Options([.. Key.Select(static b => (byte)(b + 1))]));
        await using var friend = new RedisEmitter(redis.ConnectionString, Options(Key));
        foreach (var wrong in (RedisEmitter[])[stranger, other])
        {
            await wrong.Everyone.EmitAsync("forged", 1);
            await wrong.Everyone.EmitAsync("forged", new byte[] { 1 });
            await wrong.Everyone.DisconnectSocketsAsync();
        }

        await friend.Everyone.EmitAsync("text", 1);
        await friend.Everyone.EmitAsync("binary", new byte[] { 1 });
        Assert.Equal(client.Id, Assert.Single(await first.Io.FetchSocketsAsync().Within("the socket")).Id);
        await first.Io.EmitAsync("end");
        await client.ExpectAsync("text 1", "binary [01]", "end");
        Assert.Contains(log.Lines, static line => line.Contains("InvalidSignature", StringComparison.Ordinal));

        Task<Node> StartOnRedisAsync() => Node.StartAsync(services =>
        {
            services.AddLogging(logging => logging.AddProvider(log));
            services.AddSocketIORedis(redis.ConnectionString, options => Set(options, Key));
        });

        RedisOptions Options(byte[] key)
        {
            var options = new RedisOptions();
            Set(options, key);
            return options;
        }

        void Set(RedisOptions options, byte[] key) => (options.Form, options.Key, options.SharedKey, options.CommandTimeout) = (form, $"signed-{form}", key, Waiting.Bound);
    }

    [Fact]
    public async Task In_memory_servers_with_a_key_are_one()
    {
        var hub = new MemoryHub(new ClusterSettings { SharedKey = Key });
        await using var first = await Node.StartAsync(services => services.AddSingleton<IClusterBackend>(hub));
        await using var second = await Node.StartAsync(services => services.AddSingleton<IClusterBackend>(hub));
        await using var client = await TestClient.ConnectAsync(second);
        await first.Io.EmitAsync("text", 1);
        await first.Io.EmitAsync("binary", new byte[] { 1 });
        await client.ExpectAsync("text 1", "binary [01]");
    }

    private static void Configure(PostgresOptions options, byte[] key) => (options.ChannelPrefix, options.SharedKey) = ("signed", key);

    private static Action<PostgresOptions> With(byte[] key) => options => Configure(options, key);

    private Task<Node> StartAsync(byte[] key, ILoggerProvider log) => Node.StartAsync(services =>
    {
        services.AddLogging(logging => logging.AddProvider(log));
        services.AddSocketIOPostgres(server.ConnectionString, With(key));
    });

    private PostgresEmitter Emitter(byte[] key)
    {
        var options = new PostgresOptions();
        Configure(options, key);
        return new PostgresEmitter(server.ConnectionString, options);
    }
}
