using Sockeye.Protocol.Cluster;
using StackExchange.Redis;

namespace Sockeye.Redis;

/// <summary>The connection, the application's or our own, which is made when it is first needed. Redis does not get a message twice: what failed is not sent again. Thread-safe.</summary>
internal sealed class RedisLink : IAsyncDisposable
{
    private readonly Func<Task<IConnectionMultiplexer>> _connect;
    private readonly RedisOptions _options;
    private readonly bool _isOwn;
    private readonly ClusterSignature? _signature;
    private readonly SemaphoreSlim _connecting = new(1);
    private IConnectionMultiplexer? _connection;
    private long _waitingBytes;
    private volatile bool _isClosed;

    private RedisLink(Func<Task<IConnectionMultiplexer>> connect, bool isOwn, RedisOptions options) =>
        (_connect, _isOwn, _options, _signature) = (connect, isOwn, options, ClusterSignature.Create(options.ToSettings()));

    public static RedisLink Own(string connectionString, RedisOptions options)
    {
        var configuration = ConfigurationOptions.Parse(connectionString);
        return new RedisLink(() => RedisConnections.OpenAsync(configuration, options.CommandTimeout, keepAlive: options.CommandTimeout), isOwn: true, options);
    }

    public static RedisLink Of(Func<IConnectionMultiplexer> connection, RedisOptions options) => new(() => Task.FromResult(connection()), isOwn: false, options);

    /// <summary>The connection, when it can also listen. An exception: there is none.</summary>
    public async Task<IConnectionMultiplexer> ListenAsync(CancellationToken cancellationToken)
    {
        var connection = await ConnectAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await RedisConnections.ListenAsync(connection, _options.CommandTimeout, cancellationToken).ConfigureAwait(false);
            return connection;
        }
        catch (Exception e) when (e is RedisException or TimeoutException)
        {
            throw new ClusterException($"Redis cannot be reached: {e.Message}", e);
        }
    }

    /// <summary>The connection. An exception: there is none.</summary>
    public async Task<IConnectionMultiplexer> ConnectAsync(CancellationToken cancellationToken)
    {
        await _connecting.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            return _connection ??= await _connect().ConfigureAwait(false);
        }
        catch (RedisException e)
        {
            throw new ClusterException($"Redis cannot be reached: {e.Message}", e);
        }
        finally
        {
            _connecting.Release();
        }
    }

    /// <summary>Publishes in the order of the calls. An exception, now or later: nobody knows whether it has been taken.</summary>
    public ValueTask<string?> PublishAsync((RedisChannel Channel, byte[] Payload) message)
    {
        var connection = _connection;
        if (connection is null || _isClosed || !connection.IsConnected)
        {
            throw new ClusterException("Redis did not take a message: there is no link.");
        }

        var size = message.Payload.Length;
        if (size > _options.Limits.MaxMessageBytes)
        {
            throw new ClusterException($"The message has {size} bytes, and the nodes take {_options.Limits.MaxMessageBytes} (Limits.MaxMessageBytes).");
        }

        var waiting = Interlocked.Add(ref _waitingBytes, size);
        if (waiting > _options.MaxQueuedBytes && waiting > size)
        {
            Interlocked.Add(ref _waitingBytes, -size);
            throw new ClusterException($"Redis does not keep up: {waiting} bytes wait for it (MaxQueuedBytes).");
        }

        return new(SendAsync(connection, _signature is null ? message : message with { Payload = _signature.Sign(message.Payload) }, size));
    }

    public async ValueTask DisposeAsync()
    {
        _isClosed = true;
        await _connecting.WaitAsync().ConfigureAwait(false);
        if (_isOwn && _connection is { } connection)
        {
            await connection.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task<string?> SendAsync(IConnectionMultiplexer connection, (RedisChannel Channel, byte[] Payload) message, int size)
    {
        try
        {
            await connection.GetSubscriber().PublishAsync(message.Channel, message.Payload).ConfigureAwait(false);
            return null;
        }
        catch (Exception e) when (e is RedisException or TimeoutException or ObjectDisposedException or InvalidOperationException or OperationCanceledException)
        {
            throw new ClusterException($"Redis did not take a message: {e.Message}", e);
        }
        finally
        {
            Interlocked.Add(ref _waitingBytes, -size);
        }
    }
}
