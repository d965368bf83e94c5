using Microsoft.Extensions.DependencyInjection;
using Sockeye.Adapters.Tests.Fixtures;
using Sockeye.Protocol.Cluster;
using Sockeye.Redis;

namespace Sockeye.Adapters.Tests.Redis;

/// <summary>Together with <c>@socket.io/redis-adapter</c> and <c>@socket.io/redis-emitter</c>.</summary>
public abstract class RedisMixedTests(string connectionString) : MixedSpecification
{
    private RedisEmitter? _emitter;

    protected virtual string Key { get; } = $"t{Guid.NewGuid():N}"[..12];

    protected abstract void ConfigureForm(RedisOptions options);

    protected override void AddEngine(IServiceCollection services) => services.AddSocketIORedis(connectionString, Configure);

    protected override ClusterEmitter CreateEmitter()
    {
        var options = new RedisOptions();
        Configure(options);
        _emitter = new RedisEmitter(connectionString, options);
        return _emitter.Everyone;
    }

    protected override async Task StopEngineAsync()
    {
        if (_emitter is not null)
        {
            await _emitter.DisposeAsync();
        }
    }

    private void Configure(RedisOptions options)
    {
        options.Key = Key;
        options.HeartbeatTimeout = TimeSpan.FromSeconds(30);
        options.RequestsTimeout = TimeSpan.FromSeconds(30);
        options.CommandTimeout = Waiting.Bound;
        ConfigureForm(options);
    }
}

/// <summary>The classic form.</summary>
public class ClassicMixedTests(RedisServer server) : RedisMixedTests(server.ConnectionString), IClassFixture<RedisServer>
{
    protected RedisServer Server => server;

    protected override object OfficialSettings => new { engine = "redis", url = server.Url, key = Key };

    // The official adapter writes these by JSON.stringify, whatever is in them.
    protected override string ServerEventBinary => """{"type":"Buffer","data":[2]}""";

    protected override void ConfigureForm(RedisOptions options) => options.Form = RedisForm.Classic;
}

/// <summary>The classic form, with answers for one node only.</summary>
public sealed class ClassicSpecificResponseMixedTests(RedisServer server) : ClassicMixedTests(server)
{
    protected override object OfficialSettings => new { engine = "redis", url = Server.Url, key = Key, specific = true };

    protected override void ConfigureForm(RedisOptions options) => options.PublishOnSpecificResponseChannel = true;
}

/// <summary>The sharded form, in each of its modes.</summary>
public abstract class ShardedMixedTests(RedisServer server, RedisSubscriptionMode mode, string officialMode) : RedisMixedTests(server.ConnectionString), IClassFixture<RedisServer>
{
    protected override object OfficialSettings => new { engine = "sharded", url = server.Url, key = Key, mode = officialMode };

    protected override bool HasOfficialEmitter => false;

    protected override void ConfigureForm(RedisOptions options) => (options.Form, options.SubscriptionMode) = (RedisForm.Sharded, mode);

    /// <summary>Who begins to listen to a room's channel does it after the join.</summary>
    protected override async Task RoomReachesAsync(string room)
    {
        if (mode == RedisSubscriptionMode.DynamicPrivate || (mode == RedisSubscriptionMode.Dynamic && room.Length != 20))
        {
            await Waiting.UntilAsync(async () => (long)(await server.ExecuteAsync("PUBSUB", "SHARDNUMSUB", $"{Key}#/#{room}#"))[1] == 1, $"one server to listen to {room}");
        }
    }
}

public sealed class ShardedStaticMixedTests(RedisServer server) : ShardedMixedTests(server, RedisSubscriptionMode.Static, "static");

public sealed class ShardedDynamicMixedTests(RedisServer server) : ShardedMixedTests(server, RedisSubscriptionMode.Dynamic, "dynamic");

public sealed class ShardedDynamicPrivateMixedTests(RedisServer server) : ShardedMixedTests(server, RedisSubscriptionMode.DynamicPrivate, "dynamic-private");

/// <summary>The classic form on a Redis cluster, which Node's driver knows as one.</summary>
public sealed class ClassicOnClusterMixedTests(RedisCluster cluster) : RedisMixedTests(cluster.ConnectionString), IClassFixture<RedisCluster>
{
    protected override object OfficialSettings => new { engine = "redis", url = cluster.Urls, key = Key };

    protected override string Key { get; } = ClusterKey.Create();

    protected override string ServerEventBinary => """{"type":"Buffer","data":[2]}""";

    protected override void ConfigureForm(RedisOptions options) => options.Form = RedisForm.Classic;
}

/// <summary>The sharded form on a Redis cluster.</summary>
public sealed class ShardedOnClusterMixedTests(RedisCluster cluster) : RedisMixedTests(cluster.ConnectionString), IClassFixture<RedisCluster>
{
    protected override object OfficialSettings => new { engine = "sharded", url = cluster.Urls, key = Key, mode = "static" };

    protected override bool HasOfficialEmitter => false;

    protected override void ConfigureForm(RedisOptions options) => (options.Form, options.SubscriptionMode) = (RedisForm.Sharded, RedisSubscriptionMode.Static);
}
