namespace Sockeye.Redis;

/// <summary>How messages travel through Redis. All nodes and emitters need the same.</summary>
public enum RedisForm
{
    /// <summary>The wire of <c>createAdapter</c> of <c>@socket.io/redis-adapter</c>: for any Redis, Valkey or Garnet; all three are tested.</summary>
    Classic,

    /// <summary>The wire of its <c>createShardedAdapter</c>: sharded channels, for Redis 7 or Valkey 8, above all as a cluster.</summary>
    Sharded,
}

/// <summary>Of <see cref="RedisForm.Sharded"/>: which rooms have channels of their own, so that only nodes with somebody in the room get its messages. All nodes need the same.</summary>
public enum RedisSubscriptionMode
{
    /// <summary>None: two subscriptions for each namespace.</summary>
    Static,

    /// <summary>Rooms that are not a socket's own.</summary>
    Dynamic,

    /// <summary>All rooms, the socket's own among them.</summary>
    DynamicPrivate,
}

/// <summary>Of <see cref="RedisForm.Classic"/>: how broadcasts are written. All nodes and emitters need the same.</summary>
public enum RedisParser
{
    /// <summary>As MessagePack, the official default (<c>notepack.io</c>).</summary>
    MessagePack,

    /// <summary>As JSON, for Node servers with <c>parser: { encode: JSON.stringify, decode: JSON.parse }</c>. It carries no binary data: emitting some is an error.</summary>
    Json,
}
