using Sockeye.Protocol.Cluster;
using StackExchange.Redis;

namespace Sockeye.Redis.Sharded;

/// <summary>The wire of <c>createShardedAdapter</c>: messages of the official cluster adapter as JSON, or as MessagePack where there are binary data, on sharded channels.</summary>
internal sealed class ShardedWire(RedisOptions options) : IRedisWire
{
    // What the official adapter takes for a socket's id.
    private const int IdLength = 20;

    /// <summary><c>socket.io#/#</c></summary>
    public RedisChannel Main(string ns) => RedisChannel.Sharded($"{options.Key}#{ns}#");

    /// <summary><c>socket.io#/#name#</c>: of a room, or of one node's answers.</summary>
    public RedisChannel Named(string ns, string name) => RedisChannel.Sharded($"{options.Key}#{ns}#{name}#");

    public (RedisChannel Channel, byte[] Payload) Encode(ClusterMessage message)
    {
        var channel = message.Recipient is { } recipient && message.IsResponse ? Named(message.Namespace, recipient)
            : message is { Type: ClusterMessageType.Broadcast, RequestId: null, Target.Rooms: [var room] } && HasChannel(room, room.Length == IdLength) ? Named(message.Namespace, room)
            : Main(message.Namespace);
        return (channel, message.HasBinary ? ClusterMessageCodec.EncodeMessagePack(message) : ClusterMessageCodec.EncodeJson(message));
    }

    /// <summary>Whether a room's messages go by a channel of its own. Who publishes guesses what is private by the length of the name (Q-30); who subscribes to more than he must does no harm.</summary>
    public bool HasChannel(string room, bool isPrivate) =>
        room.Length > 0 && options.SubscriptionMode switch
        {
            RedisSubscriptionMode.Static => false,
            RedisSubscriptionMode.Dynamic => !isPrivate,
            _ => true,
        };
}
