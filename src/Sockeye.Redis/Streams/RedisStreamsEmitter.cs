using Sockeye.Protocol.Cluster;
using StackExchange.Redis;

namespace Sockeye.Redis.Streams;

/// <summary>
/// Sends to the clients of all servers from a process that is none, by a Redis stream: <c>await emitter.Everyone.To("room").EmitAsync("news", 1)</c>. On the wire of <c>@socket.io/redis-streams-emitter</c>;
/// clients that are away get it when they come back. Create one and keep it. Thread-safe.
/// </summary>
public sealed class RedisStreamsEmitter : IAsyncDisposable, IDisposable
{
    private readonly Lazy<Task<IConnectionMultiplexer>> _connection;
    private readonly StreamsPublisher _publisher;
    private IConnectionMultiplexer? _connected;

    /// <summary>Creates an emitter with a connection of its own, made when it is first needed.</summary>
    /// <param name="connectionString">As StackExchange.Redis takes it: <c>localhost:6379,password=…</c></param>
    /// <param name="options">The settings of the servers: the streams.</param>
    public RedisStreamsEmitter(string connectionString, RedisStreamsOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(connectionString);
        options = (options ?? new()).Check();
        var configuration = ConfigurationOptions.Parse(connectionString);
        _connection = new(() => RedisConnections.OpenAsync(configuration, options.CommandTimeout, keepAlive: options.CommandTimeout));
        _publisher = new StreamsPublisher(() => _connected!, options);
        Everyone = new ClusterEmitter(PublishAsync, options.JsonSerializerOptions);
    }

    /// <summary>To everyone in the namespace "/"; its <c>Of</c>, <c>To</c>, <c>Except</c>… say whom else. What Redis does not take is a <see cref="ClusterException"/>: nobody gets it, unless the answer alone was lost.</summary>
    public ClusterEmitter Everyone { get; }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (_connection.IsValueCreated)
        {
            try
            {
                await (await _connection.Value.ConfigureAwait(false)).DisposeAsync().ConfigureAwait(false);
            }
            catch (RedisException)
            {
                // It has never been there.
            }
        }
    }

    /// <summary>As <see cref="DisposeAsync"/>, without waiting for it.</summary>
    public void Dispose() => _ = DisposeAsync().AsTask();

    private ValueTask<string?> PublishAsync(ClusterMessage message) => _connected is null ? ConnectAndPublishAsync(message) : new(_publisher.WriteAsync(message));

    private async ValueTask<string?> ConnectAndPublishAsync(ClusterMessage message)
    {
        try
        {
            _connected = await _connection.Value.ConfigureAwait(false);
        }
        catch (Exception e) when (e is RedisException or TimeoutException)
        {
            throw StreamsPublisher.NotTaken(e);
        }

        return await _publisher.WriteAsync(message).ConfigureAwait(false);
    }
}
