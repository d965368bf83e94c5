using Sockeye.Protocol.Cluster;
using StackExchange.Redis;

namespace Sockeye.Redis;

/// <summary>How messages look in one form, and where they are published.</summary>
internal interface IRedisWire
{
    (RedisChannel Channel, byte[] Payload) Encode(ClusterMessage message);
}
