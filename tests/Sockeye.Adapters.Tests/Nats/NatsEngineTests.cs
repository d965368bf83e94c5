using Microsoft.Extensions.DependencyInjection;
using NATS.Client.Core;
using Sockeye.Adapters.Tests.Fixtures;
using Sockeye.Nats;
using Sockeye.Protocol.Cluster;
using Sockeye.Protocol.Packets;

namespace Sockeye.Adapters.Tests.Nats;

/// <summary>Servers on a real NATS.</summary>
public sealed class NatsEngineTests(NatsServer server) : EngineSpecification, IClassFixture<NatsServer>
{
    // A cluster for each test, on the same server.
    private readonly string _id = $"t{Guid.NewGuid():N}"[..12];
    private NatsEmitter? _emitter;

    protected override void AddEngine(IServiceCollection services) => services.AddSocketIONats(server.Url, Configure);

    protected override Task<ClusterEmitter> CreateEmitterAsync()
    {
        var options = new NatsOptions();
        Configure(options);
        _emitter = new NatsEmitter(server.Url, options);
        return Task.FromResult(_emitter.Everyone);
    }

    protected override async Task StopEngineAsync()
    {
        if (_emitter is not null)
        {
            await _emitter.DisposeAsync();
        }
    }

    private void Configure(NatsOptions options)
    {
        options.SubjectPrefix = _id;
        // A link is given up when it has carried nothing for twice as long.
        options.HeartbeatInterval = TimeSpan.FromSeconds(20);
        options.HeartbeatTimeout = TestSettings.HeartbeatTimeout;
        options.RequestsTimeout = TestSettings.RequestsTimeout;
        // All tests of this class share a machine: the link may be slow, too.
        options.CommandTimeout = TimeSpan.FromSeconds(30);
    }

    [Fact]
    public async Task What_the_server_does_not_take_is_an_error_that_says_so_and_the_link_stays()
    {
        var error = await Assert.ThrowsAsync<ClusterException>(() => Io.EmitAsync("large", new string('x', 1024 * 1024)));
        Assert.Contains("max_payload", error.Message, StringComparison.Ordinal);
        await Clients[0].ExpectAsync($"large \"{new string('x', 1024 * 1024)}\"");
        await Io.EmitAsync("fits", new string('x', 1_000_000));
        await Clients[1].ExpectAsync($"fits \"{new string('x', 1_000_000)}\"");
    }

    [Fact]
    public async Task What_is_no_message_or_of_another_namespace_is_refused_and_what_follows_arrives()
    {
        await using var connection = new NatsConnection(new NatsOpts { Url = server.Url });
        byte[][] garbage = [[], [0x93], [0xc1], [0xdf, 0xff, 0xff, 0xff, 0xff], "{"u8.ToArray(), "[]"u8.ToArray(), """{"uid":"x","nsp":"/","type":77}"""u8.ToArray(), [.. Enumerable.Repeat((byte)'[', 5000)]];
        foreach (var data in (byte[][])[.. garbage, ClusterMessageCodec.EncodeMessagePack(Foreign)])
        {
            await connection.PublishAsync($"{_id}.Lw", data, cancellationToken: TestContext.Current.CancellationToken);
        }

        await connection.PingAsync(TestContext.Current.CancellationToken);
        await ExpectEndAsync();
    }

    private static ClusterMessage Foreign => new()
    {
        Type = ClusterMessageType.Broadcast,
        Uid = ClusterMessage.EmitterUid,
        Namespace = "/custom",
        Packet = new PacketData("""["foreign"]"""u8.ToArray(), []),
    };
}
