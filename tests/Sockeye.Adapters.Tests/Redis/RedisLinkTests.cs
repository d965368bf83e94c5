using Microsoft.Extensions.DependencyInjection;
using Sockeye.Adapters.Tests.Fixtures;
using Sockeye.AspNetCore.Sockets;
using Sockeye.Protocol.Cluster;
using Sockeye.Redis;
using StackExchange.Redis;

namespace Sockeye.Adapters.Tests.Redis;

/// <summary>What happens when the link to Redis is lost, and that it comes back; in both forms.</summary>
public sealed class RedisLinkTests : IAsyncLifetime
{
    private readonly RedisServer _server = new();
    private readonly List<Exception> _errors = [];

    public ValueTask InitializeAsync() => _server.InitializeAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Theory]
    [InlineData(RedisForm.Classic)]
    [InlineData(RedisForm.Sharded)]
    public async Task A_Redis_that_stops_is_an_error_for_the_sender_at_once_and_works_again_when_it_is_back(RedisForm form)
    {
        await using var first = await StartAsync(form);
        await using var second = await StartAsync(form);
        await using var client = await TestClient.ConnectAsync(second);
        await first.Io.EmitAsync("before");
        await client.ExpectAsync("before");

        await _server.StopAsync();
        await Waiting.UntilAsync(() => Task.FromResult(ErrorCount == 2), "both to notice");
        var error = await Assert.ThrowsAsync<ClusterException>(() => first.Io.EmitAsync("lost").Within("the error"));
        Assert.Contains("Redis did not take a message", error.Message, StringComparison.Ordinal);

        await _server.StartAsync();
        await AgainAsync(first, client);
    }

    [Theory]
    [InlineData(RedisForm.Classic)]
    [InlineData(RedisForm.Sharded)]
    public async Task A_link_that_Redis_ends_comes_back_with_all_namespaces_and_rooms(RedisForm form)
    {
        await using var first = await StartAsync(form);
        await using var second = await StartAsync(form, io => io.Namespace("/custom"));
        await using var client = await TestClient.ConnectAsync(second, "/custom");
        first.Io.Namespace("/custom");
        await second.Io.Namespace("/custom").FindSocket(client.Id)!.JoinAsync("room1");
        await _server.ExecuteAsync("CLIENT", "KILL", "TYPE", "pubsub");
        await Waiting.UntilAsync(() => Task.FromResult(ErrorCount == 2), "both to notice");
        await AgainAsync(first, client, "/custom", "room1");
    }

    [Theory]
    [InlineData(RedisForm.Classic)]
    [InlineData(RedisForm.Sharded)]
    public async Task A_link_that_falls_silent_without_a_word_is_noticed_and_replaced(RedisForm form)
    {
        using var proxy = new FreezingProxy(_server.Port);
        await using var first = await StartAsync(form, port: proxy.Port);
        await using var second = await StartAsync(form, port: proxy.Port);
        await using var client = await TestClient.ConnectAsync(second);
        await first.Io.EmitAsync("before");
        await client.ExpectAsync("before");
        proxy.Freeze();
        await Waiting.UntilAsync(() => Task.FromResult(ErrorCount == 2), "both to notice");
        await AgainAsync(first, client);
    }

    [Fact]
    public async Task A_server_that_finds_no_Redis_does_not_start()
    {
        var error = await Assert.ThrowsAnyAsync<Exception>(() => Node.StartAsync(services => services.AddSocketIORedis("127.0.0.1:1,connectTimeout=500,connectRetry=0")));
        Assert.Contains("Redis", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_applications_own_connection_is_used_and_stays_open()
    {
        await using var connection = await ConnectionMultiplexer.ConnectAsync(_server.ConnectionString);
        await using var emitter = new RedisEmitter(connection);
        await using (var node = await Node.StartAsync(services => services.AddSocketIORedis(_ => connection)))
        {
            await using var client = await TestClient.ConnectAsync(node);
            await emitter.Everyone.EmitAsync("test", 1);
            await client.ExpectAsync("test 1");
        }

        Assert.True((await connection.GetDatabase().PingAsync()) > TimeSpan.Zero);
    }

    private int ErrorCount
    {
        get
        {
            lock (_errors)
            {
                return _errors.Count;
            }
        }
    }

    /// <summary>Sends until something arrives: the other side may listen later than this one can send.</summary>
    private static async Task AgainAsync(Node node, TestClient client, string ns = "/", params string[] rooms)
    {
        var next = client.NextAsync();
        await Waiting.UntilAsync(
            async () =>
            {
                try
                {
                    await node.Io.Namespace(ns).To(rooms).EmitAsync("again");
                }
                catch (ClusterException)
                {
                    // Not yet.
                }

                await Task.Yield();
                return next.IsCompleted;
            },
            "a message to arrive again");
        Assert.Equal("again", await next);
    }

    private Task<Node> StartAsync(RedisForm form, Action<SocketIOServer>? map = null, int? port = null) => Node.StartAsync(
        services => services.AddSocketIORedis($"127.0.0.1:{port ?? _server.Port},connectTimeout=60000", options =>
        {
            options.Form = form;
            // A link that carries nothing is given up after four times as long.
            options.CommandTimeout = TimeSpan.FromSeconds(3);
            options.ErrorHandler = e =>
            {
                lock (_errors)
                {
                    _errors.Add(e);
                }
            };
        }),
        map);
}
