using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Sockeye.Adapters.Tests.Fixtures;
using Sockeye.Nats;
using Sockeye.Protocol.Cluster;

namespace Sockeye.Adapters.Tests.Nats;

/// <summary>The link to NATS is lost, and comes back.</summary>
public sealed class NatsLinkTests : IAsyncLifetime
{
    private readonly NatsServer _server = new();
    private readonly LogLines _log = new();

    public ValueTask InitializeAsync() => _server.InitializeAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_NATS_that_stops_is_an_error_for_the_sender_at_once_and_a_loss_for_the_others_and_works_again_when_it_is_back()
    {
        var (firstLost, secondLost) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var first = await StartAsync(_server.Port, firstLost);
        await using var second = await StartAsync(_server.Port, secondLost);
        await using var client = await TestClient.ConnectAsync(second, "/custom");
        await AgainAsync(first, client, "before");

        await _server.StopAsync();
        await Task.WhenAll(firstLost.Task, secondLost.Task).Within("both to notice");
        var error = await Assert.ThrowsAsync<ClusterException>(() => first.Io.EmitAsync("lost").Within("the refusal"));
        Assert.Contains("NATS did not take a message", error.Message, StringComparison.Ordinal);
        await Waiting.UntilAsync(() => Task.FromResult(_log.Lines.Any(static line => line.Contains("Lost", StringComparison.Ordinal))), "the loss to be counted");

        await _server.StartAsync();
        await AgainAsync(first, client, "again");
    }

    [Fact]
    public async Task A_link_that_falls_silent_without_a_word_takes_nothing_is_noticed_and_replaced()
    {
        using var proxy = new FreezingProxy(_server.Port);
        var (firstLost, secondLost) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var first = await StartAsync(proxy.Port, firstLost, TimeSpan.FromSeconds(5));
        await using var second = await StartAsync(proxy.Port, secondLost, TimeSpan.FromSeconds(5));
        await using var client = await TestClient.ConnectAsync(second, "/custom");
        await AgainAsync(first, client, "before");
        proxy.Freeze();
        // Nothing says yet that the link is gone; but NATS does not say that it has the message.
        await Assert.ThrowsAsync<ClusterException>(() => first.Io.EmitAsync("lost").Within("the refusal"));
        await Task.WhenAll(firstLost.Task, secondLost.Task).Within("both to notice");
        await AgainAsync(first, client, "again");
    }

    [Fact]
    public async Task What_went_into_a_silent_link_is_an_error_also_when_the_next_link_comes_before_the_time_is_over()
    {
        using var proxy = new FreezingProxy(_server.Port);
        var lost = new TaskCompletionSource();
        await using var first = await StartAsync(proxy.Port, lost, TimeSpan.FromSeconds(1));
        await using var second = await StartAsync(_server.Port, new TaskCompletionSource());
        await using var client = await TestClient.ConnectAsync(second, "/custom");
        await AgainAsync(first, client, "before");
        proxy.Freeze();
        // The first is confirmed by itself, the others together after it.
        foreach (var emit in Enumerable.Range(0, 3).Select(_ => first.Io.EmitAsync("lost")).ToList())
        {
            await Assert.ThrowsAsync<ClusterException>(() => emit.Within("the refusal"));
        }

        await lost.Task.Within("it to be noticed");
        await AgainAsync(first, client, "again");
    }

    [Fact]
    public async Task A_server_that_finds_no_NATS_does_not_start()
    {
        var error = await Assert.ThrowsAnyAsync<Exception>(() => StartAsync(1, new TaskCompletionSource()));
        Assert.Contains("NATS cannot be reached", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_emitter_that_finds_no_NATS_says_so_and_works_when_there_is_one()
    {
        await using var node = await StartAsync(_server.Port, new TaskCompletionSource());
        await using var client = await TestClient.ConnectAsync(node);
        await using var emitter = new NatsEmitter(_server.Url, new NatsOptions { SubjectPrefix = "link" });
        await _server.StopAsync();
        await Assert.ThrowsAsync<ClusterException>(() => emitter.Everyone.EmitAsync("lost").Within("the refusal"));
        await _server.StartAsync();
        await AgainAsync(() => emitter.Everyone.EmitAsync("again"), client, "again");
    }

    [Fact]
    public async Task Subjects_that_NATS_refuses_to_the_user_are_reported()
    {
        var configuration = Path.GetTempFileName();
        await using var server = new NatsServer { Arguments = ["-c", configuration] };
        var refused = new TaskCompletionSource<Exception>();
        try
        {
            await File.WriteAllTextAsync(
                configuration,
                """authorization { users = [ { user: app, password: secret, permissions: { publish: ">", subscribe: "other.>" } } ] }""",
                TestContext.Current.CancellationToken);
            await server.StartAsync();
            await using var node = await Node.StartAsync(services =>
                services.AddSocketIONats($"nats://app:secret@127.0.0.1:{server.Port}", options => options.ErrorHandler = e => refused.TrySetResult(e)));
            var error = await refused.Task.Within("the report");
            Assert.StartsWith("NATS refuses something: Permissions Violation for Subscription to \"socket.io.", error.Message, StringComparison.OrdinalIgnoreCase);
        }
        finally
        {
            File.Delete(configuration);
        }
    }

    private static Task AgainAsync(Node node, TestClient client, string name) => AgainAsync(() => node.Io.Namespace("/custom").EmitAsync(name), client, name);

    /// <summary>Sends until it arrives: the other side may listen later than this one can send, and more than one may arrive.</summary>
    private static async Task AgainAsync(Func<Task> send, TestClient client, string name)
    {
        var arrived = ArrivesAsync();
        await Waiting.UntilAsync(
            async () =>
            {
                try
                {
                    await send();
                }
                catch (ClusterException)
                {
                    // Not yet.
                }

                await Task.Yield();
                return arrived.IsCompleted;
            },
            "a message to arrive again");
        await arrived;

        async Task ArrivesAsync()
        {
            while (await client.NextAsync() != name)
            {
            }
        }
    }

    private Task<Node> StartAsync(int port, TaskCompletionSource lost, TimeSpan? heartbeatInterval = null) => Node.StartAsync(
        services =>
        {
            services.AddLogging(logging => logging.AddProvider(_log));
            services.AddSocketIONats($"nats://127.0.0.1:{port}", options =>
            {
                options.SubjectPrefix = "link";
                options.HeartbeatInterval = heartbeatInterval ?? TimeSpan.FromSeconds(10);
                options.HeartbeatTimeout = TimeSpan.FromSeconds(30);
                options.CommandTimeout = TimeSpan.FromSeconds(5);
                options.ErrorHandler = _ => lost.TrySetResult();
            });
        },
        static io => io.Namespace("/custom"));
}
