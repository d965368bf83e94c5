using Sockeye.Adapters.Tests.Fixtures;
using Sockeye.Redis;
using StackExchange.Redis;

namespace Sockeye.Adapters.Tests.Redis;

/// <summary>The sharded form, in each of its modes.</summary>
public abstract class ShardedEngineTests(string connectionString, RedisSubscriptionMode mode) : RedisEngineTests
{
    protected override string ConnectionString => connectionString;

    protected override void ConfigureForm(RedisOptions options) => (options.Form, options.SubscriptionMode) = (RedisForm.Sharded, mode);

    protected override async Task RoomReachesAsync(string room, int servers)
    {
        // As the official adapter tells a socket's own room from others.
        if (mode == RedisSubscriptionMode.Static || (mode == RedisSubscriptionMode.Dynamic && room.Length == 20))
        {
            return;
        }

        await using var connection = await ConnectionMultiplexer.ConnectAsync(ConnectionString);
        await Waiting.UntilAsync(
            async () =>
            {
                var counts = await Task.WhenAll(connection.GetServers().Select(server => server.ExecuteAsync("PUBSUB", "SHARDNUMSUB", $"{Key}#/#{room}#")));
                return counts.Sum(static count => (long)count[1]) == servers;
            },
            $"{servers} servers to listen to {room}");
    }

    [Fact]
    public async Task RA_S_03_What_is_in_no_way_a_message_is_refused_and_what_follows_arrives()
    {
        RedisValue[] garbage = ["", "{", "[]", "null", """{"type":3}""", """{"type":99,"uid":"x","nsp":"/"}""", """{"type":3,"uid":"x","nsp":"/chat","data":{"packet":{"type":2,"data":["a"]},"opts":{"rooms":[],"except":[]}}}""", new byte[] { 0x84 }, new byte[] { 0xc1 }];
        foreach (var payload in garbage)
        {
            await PublishAsync(RedisChannel.Sharded($"{Key}#/#"), payload);
        }

        await ExpectEndAsync();
    }

    [Fact]
    public async Task RA_S_02_A_room_that_nobody_is_in_any_more_is_not_listened_to()
    {
        await Sockets[1].JoinAsync("room1");
        await RoomReachesAsync("room1", 1);
        await Sockets[1].LeaveAsync("room1");
        await RoomReachesAsync("room1", 0);
        await Sockets[1].JoinAsync("room1");
        await RoomReachesAsync("room1", 1);
        await Io.To("room1").EmitAsync("test");
        await Clients[1].ExpectAsync("test");
        await ExpectEndAsync();
    }
}

public sealed class ShardedStaticTests(RedisServer server) : ShardedEngineTests(server.ConnectionString, RedisSubscriptionMode.Static), IClassFixture<RedisServer>;

public sealed class ShardedDynamicTests(RedisServer server) : ShardedEngineTests(server.ConnectionString, RedisSubscriptionMode.Dynamic), IClassFixture<RedisServer>;

public sealed class ShardedDynamicPrivateTests(RedisServer server) : ShardedEngineTests(server.ConnectionString, RedisSubscriptionMode.DynamicPrivate), IClassFixture<RedisServer>;
