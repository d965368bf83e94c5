using Sockeye.Protocol.Cluster;
using Sockeye.Redis.Classic;
using Sockeye.Redis.Sharded;
using StackExchange.Redis;

namespace Sockeye.Redis;

/// <summary>
/// Sends to the clients of all servers from a process that is none, by Redis: <c>await emitter.Everyone.To("room").EmitAsync("news", 1)</c>. On the wire of <c>@socket.io/redis-emitter</c>, and
/// for the sharded form, which has no official emitter, on that of its adapter. Create one and keep it. Thread-safe.
/// </summary>
public sealed class RedisEmitter : IAsyncDisposable, IDisposable
{
    private readonly RedisLink _link;
    private readonly IRedisWire _wire;

    /// <summary>Creates an emitter with a connection of its own, made when it first sends.</summary>
    /// <param name="connectionString">As StackExchange.Redis takes it: <c>localhost:6379,password=…</c></param>
    /// <param name="options">The settings of the servers: form, key and mode.</param>
    public RedisEmitter(string connectionString, RedisOptions? options = null)
        : this((options ?? new()).Check(), checkedOptions => RedisLink.Own(connectionString, checkedOptions)) => ArgumentException.ThrowIfNullOrEmpty(connectionString);

    /// <summary>Creates an emitter that uses the application's connection, which stays the application's.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="options">The settings of the servers: form, key and mode.</param>
    public RedisEmitter(IConnectionMultiplexer connection, RedisOptions? options = null)
        : this((options ?? new()).Check(), checkedOptions => RedisLink.Of(() => connection, checkedOptions)) => ArgumentNullException.ThrowIfNull(connection);

    private RedisEmitter(RedisOptions options, Func<RedisOptions, RedisLink> link)
    {
        _link = link(options);
        _wire = options.Form == RedisForm.Classic ? new ClassicWire(options) : new ShardedWire(options);
        Everyone = new ClusterEmitter(PublishAsync, options.JsonSerializerOptions);
    }

    /// <summary>To everyone in the namespace "/"; its <c>Of</c>, <c>To</c>, <c>Except</c>… say whom else. What Redis does not take is a <see cref="ClusterException"/>: nobody gets it.</summary>
    public ClusterEmitter Everyone { get; }

    /// <summary>Ends the connection, if it is the emitter's own.</summary>
    public ValueTask DisposeAsync() => _link.DisposeAsync();

    /// <summary>As <see cref="DisposeAsync"/>, without waiting for it.</summary>
    public void Dispose() => _ = DisposeAsync().AsTask();

    private async ValueTask<string?> PublishAsync(ClusterMessage message)
    {
        await _link.ConnectAsync(CancellationToken.None).ConfigureAwait(false);
        return await _link.PublishAsync(_wire.Encode(message)).ConfigureAwait(false);
    }
}
