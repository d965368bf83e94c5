using Microsoft.Extensions.DependencyInjection;
using Sockeye.Adapters.Tests.Fixtures;
using Sockeye.AspNetCore.Sockets;
using Sockeye.Protocol.Cluster;

namespace Sockeye.Adapters.Tests.Postgres;

/// <summary>The link to the database is lost, and comes back.</summary>
public sealed class PostgresLinkTests(PostgresServer server) : IClassFixture<PostgresServer>
{
    private readonly List<Exception> _errors = [];

    [Fact]
    public async Task A_lost_link_comes_back_and_what_could_not_be_sent_is_an_error()
    {
        await using var first = await StartAsync();
        await using var second = await StartAsync();
        await using var client = await TestClient.ConnectAsync(second);
        await first.Io.EmitAsync("before");
        await client.ExpectAsync("before");

        await server.StopAsync();
        var error = await Assert.ThrowsAsync<ClusterException>(() => first.Io.EmitAsync("lost").Within("the refusal"));
        Assert.Contains("PostgreSQL did not take a message", error.Message, StringComparison.Ordinal);
        await Waiting.UntilAsync(() => Task.FromResult(ErrorCount == 2), "both to notice");

        await server.StartAsync();
        await AgainAsync(first, client);
    }

    [Fact]
    public async Task A_link_that_the_database_ends_comes_back_with_all_namespaces()
    {
        await using var first = await StartAsync();
        await using var second = await StartAsync(io => io.Namespace("/custom"));
        await using var client = await TestClient.ConnectAsync(second, "/custom");
        first.Io.Namespace("/custom");
        Assert.NotNull(await server.ExecuteAsync("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"));
        await Waiting.UntilAsync(() => Task.FromResult(ErrorCount == 2), "both to notice");
        await AgainAsync(first, client, "/custom");
    }

    [Fact]
    public async Task A_link_that_falls_silent_without_a_word_is_noticed_and_replaced()
    {
        using var proxy = new FreezingProxy(server.Port);
        await using var first = await StartAsync(port: proxy.Port);
        await using var second = await StartAsync(port: proxy.Port);
        await using var client = await TestClient.ConnectAsync(second);
        await first.Io.EmitAsync("before");
        await client.ExpectAsync("before");
        proxy.Freeze();
        await Waiting.UntilAsync(() => Task.FromResult(ErrorCount == 2), "both to notice");
        await AgainAsync(first, client);
    }

    [Fact]
    public async Task With_the_log_nothing_is_lost_while_a_link_is_silent()
    {
        using var proxy = new FreezingProxy(server.Port);
        await using var first = await StartAsync(keepLog: true);
        await using var second = await StartAsync(port: proxy.Port, keepLog: true);
        await using var client = await TestClient.ConnectAsync(second);
        await first.Io.EmitAsync("n", 0);
        await client.ExpectAsync("n 0");
        proxy.Freeze();
        for (var i = 1; i <= 20; i++)
        {
            await first.Io.EmitAsync("n", i);
        }

        await client.ExpectAsync([.. Enumerable.Range(1, 20).Select(static i => $"n {i}")]);
        Assert.Equal(1, ErrorCount);
    }

    [Fact]
    public async Task With_the_log_nothing_that_was_taken_is_lost_when_the_database_is_restarted()
    {
        await using var first = await StartAsync(keepLog: true);
        await using var second = await StartAsync(keepLog: true);
        await using var client = await TestClient.ConnectAsync(second);
        await first.Io.EmitAsync("n", 0);
        await client.ExpectAsync("n 0");
        await server.StopAsync();
        await Assert.ThrowsAsync<ClusterException>(() => first.Io.EmitAsync("refused").Within("the refusal"));
        await server.StartAsync();
        for (var i = 1; i <= 50; i++)
        {
            await Waiting.UntilAsync(() => TryEmitAsync(i), "the database to take it");
        }

        await client.ExpectAsync([.. Enumerable.Range(1, 50).Select(static i => $"n {i}")]);

        async Task<bool> TryEmitAsync(int number)
        {
            try
            {
                await first.Io.EmitAsync("n", number);
                return true;
            }
            catch (ClusterException)
            {
                return false;
            }
        }
    }

    [Fact]
    public async Task A_server_that_finds_no_database_does_not_start()
    {
        var error = await Assert.ThrowsAnyAsync<Exception>(() => Node.StartAsync(services => services.AddSocketIOPostgres("Host=127.0.0.1;Port=1;Username=postgres")));
        Assert.Contains("PostgreSQL", error.ToString(), StringComparison.Ordinal);
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
    private static async Task AgainAsync(Node node, TestClient client, string ns = "/")
    {
        var next = client.NextAsync();
        await Waiting.UntilAsync(
            async () =>
            {
                try
                {
                    await node.Io.Namespace(ns).EmitAsync("again");
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

    private Task<Node> StartAsync(Action<SocketIOServer>? map = null, int? port = null, bool keepLog = false) => Node.StartAsync(
        services => services.AddSocketIOPostgres(server.ConnectionString.Replace($"={server.Port};", $"={port ?? server.Port};", StringComparison.Ordinal), options =>
        {
            // A link without news is looked at soon; the clean-up, which would fail, too, never comes.
            options.KeepLog = keepLog;
            options.HeartbeatInterval = TimeSpan.FromSeconds(1);
            options.HeartbeatTimeout = TimeSpan.FromSeconds(3);
            options.CommandTimeout = TimeSpan.FromSeconds(3);
            options.CleanupInterval = TimeSpan.FromHours(1);
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
