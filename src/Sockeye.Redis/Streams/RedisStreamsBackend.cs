using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Sockeye.Protocol.Cluster;
using StackExchange.Redis;

namespace Sockeye.Redis.Streams;

/// <summary>
/// The engine on Redis streams, on the wire of <c>@socket.io/redis-streams-adapter</c> 0.3: what a node must not miss is in a stream, questions and answers go by PUBLISH, lost sessions are keys that
/// expire. One connection writes and listens, and one for each stream reads.
/// </summary>
internal sealed class RedisStreamsBackend : IClusterBackend, IAsyncDisposable, IDisposable
{
    private readonly ConfigurationOptions _configuration;
    private readonly StreamsLog _log;
    private readonly SemaphoreSlim _joining = new(1);
    private readonly Dictionary<string, StreamReader> _readers = new(StringComparer.Ordinal);
    private readonly Dictionary<StreamsChannel, ChannelMessageQueue[]> _subscriptions = [];
    private IConnectionMultiplexer? _connection;
    private int _isDisposed;

    public RedisStreamsBackend(ConfigurationOptions configuration, RedisStreamsOptions options, ILoggerFactory? loggers = null)
    {
        _configuration = configuration;
        Options = options.Check();
        Settings = options.ToSettings();
        Signature = ClusterSignature.Create(Settings);
        Publisher = new StreamsPublisher(() => Connection, options);
        _log = new StreamsLog((loggers ?? NullLoggerFactory.Instance).CreateLogger("Sockeye.Redis.Streams"));
    }

    public ClusterSettings Settings { get; }

    public bool HasLog => true;

    public RedisStreamsOptions Options { get; }

    public ClusterSignature? Signature { get; }

    public StreamsPublisher Publisher { get; }

    public IDatabase Database => Connection.GetDatabase();

    private IConnectionMultiplexer Connection => _connection ?? throw new ClusterException("There is no connection to Redis.");

    public async ValueTask<IClusterChannel> JoinAsync(string ns, string uid, IClusterReceiver receiver, CancellationToken cancellationToken)
    {
        var channel = new StreamsChannel(ns, uid, receiver, this);
        await _joining.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ObjectDisposedException.ThrowIf(Volatile.Read(ref _isDisposed) != 0, this);
            await StartAsync(cancellationToken).ConfigureAwait(false);
            var stream = Publisher.StreamOf(ns);
            if (!_readers.TryGetValue(stream, out var reader))
            {
                var start = await StreamEnds.LastAsync(Database, stream).ConfigureAwait(false) ?? default;
                _readers.Add(stream, reader = new StreamReader(stream, start, ReadingConnectionAsync, Options, Signature, _log));
            }

            channel.Begin(reader.Add(channel));
            var subscriber = Connection.GetSubscriber();
            var queues = new List<ChannelMessageQueue>();
            foreach (var name in (RedisChannel[])[Publisher.ChannelOf(ns), Publisher.ChannelOf(ns, uid)])
            {
                var queue = await subscriber.SubscribeAsync(name).ConfigureAwait(false);
                queue.OnMessage(message => channel.Receive((byte[]?)message.Message ?? []));
                queues.Add(queue);
            }

            _subscriptions.Add(channel, [.. queues]);
            return channel;
        }
        catch (Exception e) when (e is RedisException or TimeoutException)
        {
            Forget(channel);
            throw new ClusterException($"Redis cannot be used: {e.Message}", e);
        }
        finally
        {
            _joining.Release();
        }
    }

    public async ValueTask LeaveAsync(StreamsChannel channel)
    {
        await _joining.WaitAsync().ConfigureAwait(false);
        try
        {
            Forget(channel);
            if (_subscriptions.Remove(channel, out var queues))
            {
                await Task.WhenAll(queues.Select(static queue => queue.UnsubscribeAsync())).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
        finally
        {
            _joining.Release();
        }
    }

    public Task<int?> CountStrangersAsync(string ns, IReadOnlyCollection<string> known) => RedisNodeCount.CountStrangersAsync(
        Connection, Options.UseShardedPubSub ? "SHARDNUMSUB" : "NUMSUB", Publisher.ChannelOf(ns), known.Select(uid => Publisher.ChannelOf(ns, uid)));

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
        {
            return;
        }

        await _joining.WaitAsync().ConfigureAwait(false);
        foreach (var reader in _readers.Values)
        {
            await reader.DisposeAsync().ConfigureAwait(false);
        }

        if (_connection is { } connection)
        {
            await connection.DisposeAsync().ConfigureAwait(false);
        }

        _joining.Release();
    }

    /// <summary>Ends everything without waiting for it: for containers that are not disposed asynchronously.</summary>
    public void Dispose() => _ = DisposeAsync().AsTask();

    private async Task StartAsync(CancellationToken cancellationToken)
    {
        if (_connection is not null)
        {
            return;
        }

        var connection = await RedisConnections.OpenAsync(_configuration, Options.CommandTimeout, keepAlive: Options.CommandTimeout).ConfigureAwait(false);
        try
        {
            await RedisConnections.ListenAsync(connection, Options.CommandTimeout, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        _connection = connection;
        _connection.ConnectionFailed += (_, failure) =>
        {
            if (failure.ConnectionType == ConnectionType.Subscription)
            {
                LoseAll();
            }
        };
    }

    /// <summary>On it a command always waits for an answer.</summary>
    private Task<IConnectionMultiplexer> ReadingConnectionAsync(TimeSpan timeout) => RedisConnections.OpenAsync(_configuration, timeout, keepAlive: TimeSpan.FromMinutes(1));

    /// <summary>Questions and answers of the others that came meanwhile are lost; what is in the stream is not.</summary>
    private void LoseAll()
    {
        if (Volatile.Read(ref _isDisposed) == 0)
        {
            foreach (var reader in _readers.Values)
            {
                reader.TellLost();
            }
        }
    }

    private void Forget(StreamsChannel channel)
    {
        foreach (var reader in _readers.Values)
        {
            reader.Remove(channel);
        }
    }
}
