using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Sockeye.Adapters.Tests.Fixtures;
using Sockeye.AspNetCore.Sockets;
using Sockeye.Redis.Streams;
using StackExchange.Redis;

namespace Sockeye.Adapters.Tests.Redis;

/// <summary>Servers on a stream that have a key in common, and somebody who has not.</summary>
public sealed class StreamsSignatureTests(RedisServer server) : IClassFixture<RedisServer>, IDisposable
{
    private static readonly byte[] Key = [.. Enumerable.Repeat((byte)7, 32)];
    private static readonly byte[] OtherKey = [.. Key.Select(static b => (byte)(b + 1))];

    private readonly string _id = $"t{Guid.NewGuid():N}"[..12];
    private readonly LogLines _log = new();

    [Fact]
    public async Task Only_who_has_the_key_is_heard_and_answered()
    {
        await using var first = await StartAsync(Key);
        await using var second = await StartAsync(Key);
        await Waiting.UntilAsync(async () => await first.Io.ServerCountAsync() == 2, "both servers");
        await using var client = await TestClient.ConnectAsync(second, configure: socket => socket.On("question", () => "answer"));
        await using var stranger = new RedisStreamsEmitter(server.ConnectionString, Options([]));
        await using var other = new RedisStreamsEmitter(server.ConnectionString, Options(OtherKey));
        await using var friend = new RedisStreamsEmitter(server.ConnectionString, Options(Key));
        foreach (var wrong in (RedisStreamsEmitter[])[stranger, other])
        {
            await wrong.Everyone.EmitAsync("forged", 1);
            await wrong.Everyone.EmitAsync("forged", new byte[] { 1 });
            await wrong.Everyone.DisconnectSocketsAsync();
        }

        await friend.Everyone.EmitAsync("text", 1);
        await friend.Everyone.EmitAsync("binary", new byte[] { 1 });
        await client.ExpectAsync("text 1", "binary [01]");
        // Each server has refused six entries.
        await RefusedAsync(12);

        await server.ExecuteAsync("PUBLISH", $"{_id}#/#", """{"uid":"x","type":8,"nsp":"/","requestId":"r"}""");
        await RefusedAsync(14);

        Assert.Equal(client.Id, Assert.Single(await first.Io.FetchSocketsAsync().Within("the socket")).Id);
        Assert.Equal(["answer"], await first.Io.Timeout(Waiting.Bound).EmitWithAcksAsync<string>("question", [], TestContext.Current.CancellationToken).Within("the acknowledgement"));
        await first.Io.EmitAsync("end");
        await client.ExpectAsync("question", "end");
    }

    [Fact]
    public async Task What_was_signed_for_one_namespace_is_refused_in_another_one()
    {
        await using var node = await StartAsync(Key, map: io => io.Namespace("/custom"));
        await using var client = await TestClient.ConnectAsync(node, "/custom");
        await using var friend = new RedisStreamsEmitter(server.ConnectionString, Options(Key));
        await friend.Everyone.EmitAsync("secret", 1);
        var entry = ((RedisResult[]?)((RedisResult[]?)await server.ExecuteAsync("XREVRANGE", _id, "+", "-", "COUNT", "1"))![0])![1];
        var fields = (byte[][]?)entry;
        fields![3] = "/custom"u8.ToArray();
        await server.ExecuteAsync("XADD", [_id, "*", .. fields]);
        await friend.Everyone.Of("/custom").EmitAsync("end");
        await client.ExpectAsync("end");
        await RefusedAsync(1);
    }

    [Fact]
    public async Task A_session_comes_back_where_the_key_is_the_same_and_nowhere_else()
    {
        await using var first = await StartAsync(Key, recovery: true);
        await using var second = await StartAsync(Key, recovery: true);
        await using var keyless = await StartAsync([], recovery: true);
        await Waiting.UntilAsync(async () => await first.Io.ServerCountAsync() >= 2, "the servers with the key");
        await using var client = new RecoveringClient();
        await client.ConnectAsync(first.Url);
        await first.Io.EmitAsync("seen");
        await client.ExpectAsync("""["seen"]""");
        await client.LoseAsync(first);
        await PersistedAsync(client);
        await second.Io.EmitAsync("missed");
        Assert.Equal(["""["missed"]"""], await client.ConnectAsync(second.Url));

        await using var foreigner = new RecoveringClient();
        await foreigner.ConnectAsync(keyless.Url);
        await keyless.Io.EmitAsync("seen");
        await foreigner.ExpectAsync("""["seen"]""");
        var sid = foreigner.Sid;
        await foreigner.LoseAsync(keyless);
        await PersistedAsync(foreigner);
        var refused = RefusedCount;
        Assert.Empty(await foreigner.ConnectAsync(first.Url));
        Assert.NotEqual(sid, foreigner.Sid);
        await RefusedAsync(refused + 1);
    }

    public void Dispose() => _log.Dispose();

    private int RefusedCount => _log.Lines.Count(static line => line.Contains("InvalidSignature", StringComparison.Ordinal));

    private Task RefusedAsync(int count) => Waiting.UntilAsync(() => Task.FromResult(RefusedCount >= count), $"{count} refused messages");

    private Task PersistedAsync(RecoveringClient client) =>
        Waiting.UntilAsync(async () => (long)await server.ExecuteAsync("EXISTS", $"{_id}:{client.Pid}") == 1, "the session to be kept");

    private Task<Node> StartAsync(byte[] key, bool recovery = false, Action<SocketIOServer>? map = null) => Node.StartAsync(
        services =>
        {
            services.AddSingleton<ILoggerProvider>(_log);
            services.AddSocketIORedisStreams(server.ConnectionString, options => Configure(options, key));
        },
        map,
        options => options.ConnectionStateRecovery = recovery ? new ConnectionStateRecoveryOptions() : null);

    private RedisStreamsOptions Options(byte[] key)
    {
        var options = new RedisStreamsOptions();
        Configure(options, key);
        return options;
    }

    private void Configure(RedisStreamsOptions options, byte[] key)
    {
        StreamsEngineTests.Configure(options, _id);
        (options.SessionKeyPrefix, options.SharedKey) = ($"{_id}:", key);
    }
}
