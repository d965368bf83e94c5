using Microsoft.Extensions.DependencyInjection;
using Sockeye.Adapters.Tests.Fixtures;
using Sockeye.Protocol.Cluster;
using Sockeye.Redis;
using Sockeye.Redis.Streams;

namespace Sockeye.Adapters.Tests.Redis;

/// <summary>The classic form on a Redis cluster, which gives every message to all of its servers. The key has a part in braces, without which there is no order between its channels.</summary>
public sealed class ClassicOnClusterTests(RedisCluster cluster) : RedisEngineTests, IClassFixture<RedisCluster>
{
    protected override string ConnectionString => cluster.ConnectionString;

    protected override string Key { get; } = ClusterKey.Create();

    protected override void ConfigureForm(RedisOptions options) => options.Form = RedisForm.Classic;
}

/// <summary>The sharded form with one channel for each namespace: then no key is needed for an order.</summary>
public sealed class ShardedStaticOnClusterTests(RedisCluster cluster) : ShardedEngineTests(cluster.ConnectionString, RedisSubscriptionMode.Static), IClassFixture<RedisCluster>;

/// <summary>The sharded form with channels of rooms, all on one shard.</summary>
public sealed class ShardedDynamicOnClusterTests(RedisCluster cluster) : ShardedEngineTests(cluster.ConnectionString, RedisSubscriptionMode.Dynamic), IClassFixture<RedisCluster>
{
    protected override string Key { get; } = ClusterKey.Create();
}

internal static class ClusterKey
{
    /// <summary>What is in the braces alone says which server of the cluster has it.</summary>
    public static string Create() => $"{{t{Guid.NewGuid():N}"[..12] + "}";
}

/// <summary>Streams on a Redis cluster, on different servers of it, with channels of shards.</summary>
public sealed class StreamsOnClusterTests(RedisCluster cluster) : EngineSpecification, IClassFixture<RedisCluster>
{
    private readonly string _id = $"t{Guid.NewGuid():N}"[..12];
    private RedisStreamsEmitter? _emitter;

    protected override void AddEngine(IServiceCollection services) => services.AddSocketIORedisStreams(cluster.ConnectionString, Configure);

    protected override Task<ClusterEmitter> CreateEmitterAsync()
    {
        var options = new RedisStreamsOptions();
        Configure(options);
        _emitter = new RedisStreamsEmitter(cluster.ConnectionString, options);
        return Task.FromResult(_emitter.Everyone);
    }

    protected override async Task StopEngineAsync()
    {
        if (_emitter is not null)
        {
            await _emitter.DisposeAsync();
        }
    }

    private void Configure(RedisStreamsOptions options)
    {
        StreamsEngineTests.Configure(options, _id);
        (options.StreamCount, options.UseShardedPubSub) = (3, true);
    }
}
