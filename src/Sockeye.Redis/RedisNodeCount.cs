using Sockeye.Protocol.Cluster;
using StackExchange.Redis;

namespace Sockeye.Redis;

/// <summary>How many nodes have subscribed to a channel.</summary>
internal static class RedisNodeCount
{
    /// <summary><c>PUBSUB NUMSUB channel</c>, or SHARDNUMSUB: each primary of a cluster knows its own.</summary>
    public static async ValueTask<int?> CountAsync(IConnectionMultiplexer connection, RedisChannel channel, string command)
    {
        try
        {
            var counts = await Task.WhenAll(connection.GetServers().Where(static server => server is { IsConnected: true, IsReplica: false }).Select(CountAtAsync)).ConfigureAwait(false);
            return (int)counts.Sum();
        }
        catch (Exception e) when (e is RedisException or TimeoutException or ObjectDisposedException)
        {
            throw new ClusterException($"Redis did not say how many nodes there are: {e.Message}", e);
        }

        async Task<long> CountAtAsync(IServer server) =>
            (RedisResult[]?)await server.ExecuteAsync("PUBSUB", command, channel).ConfigureAwait(false) is [_, var count, ..] ? (long)count : 0;
    }
}
