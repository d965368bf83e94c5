using Microsoft.Extensions.DependencyInjection;
using Sockeye.Adapters.Tests.Fixtures;
using Sockeye.Protocol.Cluster;
using Sockeye.Redis;
using StackExchange.Redis;

namespace Sockeye.Adapters.Tests.Redis;

/// <summary>Servers on a real Redis, by publish and subscribe.</summary>
public abstract class RedisEngineTests : EngineSpecification
{
    private RedisEmitter? _emitter;

    /// <summary>A cluster for each test, on the same server.</summary>
    protected virtual string Key { get; } = $"t{Guid.NewGuid():N}"[..12];

    protected abstract string ConnectionString { get; }

    protected abstract void ConfigureForm(RedisOptions options);

    protected override void AddEngine(IServiceCollection services) => services.AddSocketIORedis(ConnectionString, Configure);

    protected override Task<ClusterEmitter> CreateEmitterAsync()
    {
        var options = new RedisOptions();
        Configure(options);
        _emitter = new RedisEmitter(ConnectionString, options);
        return Task.FromResult(_emitter.Everyone);
    }

    protected override async Task StopEngineAsync()
    {
        if (_emitter is not null)
        {
            await _emitter.DisposeAsync();
        }
    }

    /// <summary>Publishes what may be no message.</summary>
    protected async Task PublishAsync(RedisChannel channel, RedisValue payload)
    {
        await using var connection = await ConnectionMultiplexer.ConnectAsync(ConnectionString);
        await connection.GetSubscriber().PublishAsync(channel, payload);
    }

    private void Configure(RedisOptions options)
    {
        options.Key = Key;
        options.HeartbeatTimeout = TestSettings.HeartbeatTimeout;
        options.RequestsTimeout = TestSettings.RequestsTimeout;
        options.CommandTimeout = Waiting.Bound;
        ConfigureForm(options);
    }

    [Fact]
    public async Task RA_S_01_A_room_of_digits()
    {
        await Sockets[1].JoinAsync("123");
        await RoomReachesAsync("123", 1);
        await Io.To("123").EmitAsync("test");
        await Clients[1].ExpectAsync("test");
        await ExpectEndAsync();
    }

    [Fact]
    public async Task Messages_on_different_channels_arrive_in_the_order_in_which_they_were_sent()
    {
        await Io.SocketsJoinAsync("room1", "room2");
        await SettleAsync();
        await RoomReachesAsync("room1", 3);
        await RoomReachesAsync("room2", 3);
        var expected = new List<string>();
        for (var i = 0; i < 500; i++)
        {
            var target = (i % 3) switch { 0 => Io.To("room1"), 1 => Io.To("room2"), _ => Io.To("room1", "room2") };
            _ = target.EmitAsync("n", i);
            expected.Add($"n {i}");
        }

        await Clients[1].ExpectAsync([.. expected]);
        await Clients[2].ExpectAsync([.. expected]);
    }
}
