using Sockeye.Protocol.Cluster;
using StackExchange.Redis;

namespace Sockeye.Redis;

/// <summary>How many nodes listen to a namespace and are not known by name.</summary>
internal static class RedisNodeCount
{
    /// <summary>
    /// <c>PUBSUB NUMSUB socket.io#/# socket.io#/#uid#…</c>, or SHARDNUMSUB: all who listen, without those of the known who do. Redis says for itself who of them is still there: one that has left may
    /// listen for a moment yet, and one whose machine is gone for minutes. Each primary of a cluster knows its own.
    /// </summary>
    /// <param name="connection">The link.</param>
    /// <param name="command">Which of the two.</param>
    /// <param name="all">What every node listens to.</param>
    /// <param name="known">What each of the known ones listens to besides.</param>
    public static async Task<int?> CountStrangersAsync(IConnectionMultiplexer connection, string command, RedisChannel all, IEnumerable<RedisChannel> known)
    {
        object[] arguments = [command, all, .. known];
        try
        {
            var counts = await Task.WhenAll(connection.GetServers().Where(static server => server is { IsConnected: true, IsReplica: false }).Select(CountAtAsync)).ConfigureAwait(false);
            return (int)Math.Max(0, counts.Sum());
        }
        catch (Exception e) when (e is RedisException or TimeoutException or ObjectDisposedException)
        {
            throw new ClusterException($"Redis did not say how many nodes there are: {e.Message}", e);
        }

        async Task<long> CountAtAsync(IServer server)
        {
            // [name, count, name, count, …]
            var answer = (RedisResult[]?)await server.ExecuteAsync("PUBSUB", arguments).ConfigureAwait(false) ?? [];
            var count = 0L;
            for (var i = 1; i < answer.Length; i += 2)
            {
                count += i == 1 ? (long)answer[i] : -(long)answer[i];
            }

            return count;
        }
    }
}
