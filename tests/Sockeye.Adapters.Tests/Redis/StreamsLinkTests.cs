using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Sockeye.Adapters.Tests.Fixtures;
using Sockeye.AspNetCore.Sockets;
using Sockeye.Protocol.Cluster;

namespace Sockeye.Adapters.Tests.Redis;

/// <summary>The links to Redis are cut or fall silent, Redis ends and comes back, or the stream is trimmed in front of a reader.</summary>
public sealed partial class StreamsLinkTests : IAsyncLifetime
{
    private readonly string _id = $"t{Guid.NewGuid():N}"[..12];
    private readonly LogLines _log = new();
    private readonly RedisServer _server = new();

    public ValueTask InitializeAsync() => _server.InitializeAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task RS_What_is_sent_while_the_link_is_cut_arrives_in_order_when_it_is_back()
    {
        await using var a = await StartAsync();
        await using var b = await StartAsync();
        await KnowEachOtherAsync(a);
        await using var client = await TestClient.ConnectAsync(b);
        await a.Io.EmitAsync("n", 0);
        await client.ExpectAsync("n 0");
        for (var round = 0; round < 3; round++)
        {
            var clients = (await _server.ExecuteAsync("CLIENT", "LIST")).ToString();
            foreach (Match reader in Reader().Matches(clients))
            {
                await _server.ExecuteAsync("CLIENT", "KILL", "ID", reader.Groups[1].Value);
            }

            for (var i = 1; i <= 20; i++)
            {
                await a.Io.EmitAsync("n", i);
            }

            for (var i = 1; i <= 20; i++)
            {
                await client.ExpectAsync($"n {i}");
            }
        }
    }

    [Fact]
    public async Task RS_Links_that_fall_silent_without_a_word_are_replaced_and_what_was_taken_arrives_once()
    {
        using var proxy = new FreezingProxy(_server.Port);
        await using var a = await StartAsync(proxy.Port);
        await using var b = await StartAsync(proxy.Port);
        await KnowEachOtherAsync(a);
        await using var client = await TestClient.ConnectAsync(b);
        await using var load = NumberedLoad.Start(a);
        await load.TakenAsync();
        proxy.Freeze();
        await load.RefusedAsync();
        await load.TakenAsync();
        var (received, taken) = await load.EndAsync(client);
        Assert.Empty(taken.Except(received));
        Assert.DoesNotContain(_log.Lines, static line => line.Contains("trimmed", StringComparison.Ordinal));
        await QuestionsWorkAsync(a, client);
    }

    [Fact]
    public async Task RS_A_reader_whose_link_falls_silent_misses_nothing()
    {
        using var proxy = new FreezingProxy(_server.Port);
        await using var a = await StartAsync();
        await using var b = await StartAsync(proxy.Port);
        await KnowEachOtherAsync(a);
        await using var client = await TestClient.ConnectAsync(b);
        await using var load = NumberedLoad.Start(a);
        await load.TakenAsync();
        proxy.Freeze();
        await LoggedAsync("is back after");
        await load.TakenAsync();
        var (received, taken) = await load.EndAsync(client);
        Assert.Equal(taken, received);
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public async Task RS_A_Redis_that_ends_is_an_error_for_the_sender_and_what_it_has_kept_arrives_once_when_it_is_back(bool keepsData, bool atOnce)
    {
        await using var server = new RedisServer { KeepsData = keepsData };
        await server.StartAsync();
        await using var a = await StartAsync(server.Port);
        await using var b = await StartAsync(server.Port);
        await KnowEachOtherAsync(a);
        await using var client = await TestClient.ConnectAsync(b);
        await using var load = NumberedLoad.Start(a);
        await load.TakenAsync();
        await server.StopAsync();
        if (!atOnce)
        {
            await load.RefusedAsync();
        }

        var before = load.Taken.Length;
        await server.StartAsync();
        await load.TakenAsync();
        var (received, taken) = await load.EndAsync(client);
        // What Redis had taken and forgot before it was read is lost, and said to be.
        Assert.Empty(taken.Skip(keepsData ? 0 : before + 1).Except(received));
        Assert.Equal(!keepsData, IsLogged("trimmed or deleted before this node had read them"));
        Assert.Contains(_log.Lines, static line => line.Contains("Refused a message of another server for /: Lost", StringComparison.Ordinal));
        await QuestionsWorkAsync(a, client);
    }

    [Fact]
    public async Task RS_A_reader_that_trimming_has_overtaken_says_so_and_goes_on_and_who_was_away_is_not_recovered()
    {
        using var proxy = new FreezingProxy(_server.Port);
        var failures = new System.Collections.Concurrent.ConcurrentBag<string>();
        await using var a = await StartAsync(recovery: true, map: io => io.OnRecoveryFailed((_, why) => failures.Add(why.ToText())));
        await using var b = await StartAsync(proxy.Port, recovery: true);
        await KnowEachOtherAsync(a);
        await using var connected = await TestClient.ConnectAsync(b);
        await using var away = new RecoveringClient();
        await away.ConnectAsync(a.Url);
        await a.Io.EmitAsync("n", 0);
        await away.ExpectAsync("""["n",0]""");
        await away.LoseAsync(a);
        var sid = away.Sid;
        Assert.StartsWith("n 0", await connected.NextAsync(), StringComparison.Ordinal);

        proxy.Freeze();
        await LoggedAsync("is lost. What other nodes send comes when it is back");
        for (var i = 1; i <= 20; i++)
        {
            await a.Io.EmitAsync("n", i);
        }

        await _server.ExecuteAsync("XTRIM", _id, "MAXLEN", "0");
        await a.Io.EmitAsync("n", 21);
        Assert.Empty(await away.ConnectAsync(a.Url));
        Assert.NotEqual(sid, away.Sid);
        await Waiting.UntilAsync(() => Task.FromResult(failures.Contains("log trimmed")), "the reason");
        await LoggedAsync("trimmed or deleted before this node had read them");
        await LoggedAsync("Refused a message of another server for /: Lost");
        await a.Io.EmitAsync("n", 22);
        Assert.StartsWith("n 21", await connected.NextAsync(), StringComparison.Ordinal);
        Assert.StartsWith("n 22", await connected.NextAsync(), StringComparison.Ordinal);
        await away.ExpectAsync("""["n",22]""");
    }

    [Fact]
    public async Task RS_A_reader_that_trimming_overtakes_while_its_link_is_there_says_so_and_goes_on()
    {
        await using var node = await StartAsync(maxLen: 5);
        await using var client = await TestClient.ConnectAsync(node);
        await node.Io.EmitAsync("n", 0);
        await client.ExpectAsync("n 0");
        // All at once, as if this node had looked away for so long.
        await _server.ExecuteAsync(
            "EVAL",
            "for i = 1, 20 do redis.call('XADD', KEYS[1], '*', 'uid', 'emitter', 'nsp', '/', 'type', '3', 'data', '{\"packet\":{\"type\":2,\"data\":[\"n\",' .. i .. '],\"nsp\":\"/\"},\"opts\":{\"rooms\":[],\"except\":[],\"flags\":{}}}') end "
            + "redis.call('XTRIM', KEYS[1], 'MAXLEN', 5)",
            1,
            _id);
        await client.ExpectAsync("n 16", "n 17", "n 18", "n 19", "n 20");
        await LoggedAsync("Refused a message of another server for /: Lost");
    }

    [GeneratedRegex(@"(?m)^id=(\d+) .* cmd=xread ")]
    private static partial Regex Reader();

    private static Task KnowEachOtherAsync(Node node) => Waiting.UntilAsync(async () => await node.Io.ServerCountAsync() == 2, "both servers");

    /// <summary>Questions and answers travel by another connection than the stream.</summary>
    private static Task QuestionsWorkAsync(Node node, TestClient client) => Waiting.UntilAsync(
        async () =>
        {
            try
            {
                return (await node.Io.Timeout(TimeSpan.FromSeconds(2)).TryFetchSocketsAsync()).Received.Any(socket => socket.Id == client.Id);
            }
            catch (ClusterException)
            {
                return false;
            }
        },
        "questions to be answered again");

    private bool IsLogged(string text) => _log.Lines.Any(line => line.Contains(text, StringComparison.Ordinal));

    private Task LoggedAsync(string text) => Waiting.UntilAsync(() => Task.FromResult(IsLogged(text)), text);

    private Task<Node> StartAsync(int? port = null, bool recovery = false, Action<SocketIOServer>? map = null, int maxLen = 10_000) => Node.StartAsync(
        services =>
        {
            services.AddSingleton<ILoggerProvider>(_log);
            services.AddSocketIORedisStreams($"127.0.0.1:{port ?? _server.Port},connectTimeout=60000", options =>
            {
                StreamsEngineTests.Configure(options, _id);
                (options.SessionKeyPrefix, options.BlockTimeInMs, options.CommandTimeout, options.MaxLen) = ($"{_id}:", 1000, TimeSpan.FromSeconds(3), maxLen);
            });
        },
        map,
        options => options.ConnectionStateRecovery = recovery ? new ConnectionStateRecoveryOptions() : null);
}
