using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Sockeye.Adapters.Tests.Fixtures;
using Sockeye.Nats;

namespace Sockeye.Adapters.Tests.Nats;

/// <summary>Servers on NATS that have a key in common, and somebody who has not.</summary>
public sealed class NatsSignatureTests(NatsServer server) : IClassFixture<NatsServer>
{
    private static readonly byte[] Key = [.. Enumerable.Repeat((byte)7, 32)];

    [Fact]
    public async Task Only_who_has_the_key_is_heard()
    {
        var log = new LogLines();
        await using var first = await StartAsync(log);
        await using var second = await StartAsync(log);
        await using var client = await TestClient.ConnectAsync(second);
        await using var stranger = Emitter([]);
        await using var other = Emitter([.. Key.Select(static b => (byte)(b + 1))]);
        await using var friend = Emitter(Key);
        foreach (var wrong in (NatsEmitter[])[stranger, other])
        {
            await wrong.Everyone.EmitAsync("forged", 1);
        }

        await friend.Everyone.EmitAsync("text", 1);
        await friend.Everyone.EmitAsync("binary", new byte[] { 1 });
        await first.Io.EmitAsync("end");
        await client.ExpectAsync("text 1", "binary [01]", "end");
        Assert.Contains(log.Lines, static line => line.Contains("InvalidSignature", StringComparison.Ordinal));
    }

    private static void Configure(NatsOptions options, byte[] key)
    {
        (options.SubjectPrefix, options.SharedKey) = ("signed", key);
        (options.HeartbeatInterval, options.HeartbeatTimeout, options.CommandTimeout) = (TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(30));
    }

    private Task<Node> StartAsync(ILoggerProvider log) => Node.StartAsync(services =>
    {
        services.AddLogging(logging => logging.AddProvider(log));
        services.AddSocketIONats(server.Url, static options => Configure(options, Key));
    });

    private NatsEmitter Emitter(byte[] key)
    {
        var options = new NatsOptions();
        Configure(options, key);
        return new NatsEmitter(server.Url, options);
    }
}
