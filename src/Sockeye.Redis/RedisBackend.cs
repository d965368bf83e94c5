using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Sockeye.Protocol.Cluster;
using Sockeye.Redis.Classic;
using Sockeye.Redis.Sharded;
using StackExchange.Redis;

namespace Sockeye.Redis;

/// <summary>
/// The engine on publish and subscribe. StackExchange.Redis brings back a lost link and its subscriptions; what was sent between, Redis has kept for nobody, and it counts as lost.
/// </summary>
internal sealed class RedisBackend(RedisLink link, RedisOptions options, ILoggerFactory? loggers = null) : IClusterBackend, IAsyncDisposable, IDisposable
{
    private readonly RedisLog _log = new((loggers ?? NullLoggerFactory.Instance).CreateLogger("Sockeye.Redis"));
    private readonly ConcurrentDictionary<IClusterReceiver, byte> _receivers = new();
    private readonly CancellationTokenSource _closing = new();
    private readonly Lock _gate = new();
    private Task _looking = Task.CompletedTask;
    private IConnectionMultiplexer? _watched;
    private bool _isLost;
    private int _isDisposed;

    public ClusterSettings Settings { get; } = options.ToSettings();

    public async ValueTask<IClusterChannel> JoinAsync(string ns, string uid, IClusterReceiver receiver, CancellationToken cancellationToken)
    {
        var connection = await link.ListenAsync(cancellationToken).ConfigureAwait(false);
        Watch(connection);
        try
        {
            IClusterChannel channel = options.Form == RedisForm.Classic
                ? await ClassicChannel.JoinAsync(connection, link, ns, uid, receiver, options, _log, () => Leave(receiver)).ConfigureAwait(false)
                : await ShardedChannel.JoinAsync(connection, link, ns, uid, receiver, options, _log, () => Leave(receiver)).ConfigureAwait(false);
            _receivers.TryAdd(receiver, 0);
            return channel;
        }
        catch (Exception e) when (e is RedisException or TimeoutException)
        {
            throw new ClusterException($"Redis cannot be reached: {e.Message}", e);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
        {
            return;
        }

        lock (_gate)
        {
            if (_watched is { } watched)
            {
                watched.ConnectionFailed -= OnFailed;
                watched.ConnectionRestored -= OnRestored;
            }
        }

        await _closing.CancelAsync().ConfigureAwait(false);
        await _looking.ConfigureAwait(false);
        await link.DisposeAsync().ConfigureAwait(false);
        _closing.Dispose();
    }

    /// <summary>Ends everything without waiting for it: for containers that are not disposed asynchronously.</summary>
    public void Dispose() => _ = DisposeAsync().AsTask();

    private void Leave(IClusterReceiver receiver) => _receivers.TryRemove(receiver, out _);

    private void Watch(IConnectionMultiplexer connection)
    {
        lock (_gate)
        {
            if (_watched is null)
            {
                _watched = connection;
                connection.ConnectionFailed += OnFailed;
                connection.ConnectionRestored += OnRestored;
                _looking = Task.Run(() => LookAsync(connection));
            }
        }
    }

    /// <summary>
    /// Asks Redis now and then whether it is there: StackExchange.Redis replaces a link that carries nothing any more when somebody's command gets no answer, and who only listens sends none. It
    /// does not always say so, either: two questions without an answer are a lost link.
    /// </summary>
    private async Task LookAsync(IConnectionMultiplexer connection)
    {
        using var timer = new PeriodicTimer(options.CommandTimeout);
        var failures = 0;
        try
        {
            while (await timer.WaitForNextTickAsync(_closing.Token).ConfigureAwait(false))
            {
                var others = Task.WhenAll(connection.GetServers().Select(AskAsync));
                var error = await AskAsync(connection.GetSubscriber()).ConfigureAwait(false);
                await others.ConfigureAwait(false);
                failures = error is null ? 0 : failures + 1;
                if (error is null)
                {
                    Regain();
                }
                else if (failures == 2)
                {
                    Lose("silent", error);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The application ends.
        }

        static async Task<Exception?> AskAsync(IRedisAsync redis)
        {
            try
            {
                await redis.PingAsync().ConfigureAwait(false);
                return null;
            }
            catch (Exception e) when (e is RedisException or TimeoutException or ObjectDisposedException)
            {
                return e;
            }
        }
    }

    private void OnFailed(object? sender, ConnectionFailedEventArgs e)
    {
        if (IsListening(e))
        {
            Lose(e.FailureType.ToString(), e.Exception);
        }
    }

    private void OnRestored(object? sender, ConnectionFailedEventArgs e)
    {
        if (IsListening(e))
        {
            Regain();
        }
    }

    /// <summary>Whether it is of the link that listens; by RESP3 it may be the one and only.</summary>
    private bool IsListening(ConnectionFailedEventArgs e) =>
        e.ConnectionType == ConnectionType.Subscription || (_watched is { } watched && ConfigurationOptions.Parse(watched.Configuration).SharedSubscriptionConnection is true);

    private void Lose(string reason, Exception? e)
    {
        lock (_gate)
        {
            if (_isLost || _closing.IsCancellationRequested)
            {
                return;
            }

            _isLost = true;
        }

        _log.LinkLost(e);
        _log.Tell(options.ErrorHandler, new ClusterException($"The link to Redis is lost: {reason}", e));
        foreach (var (receiver, _) in _receivers)
        {
            receiver.Refuse(ClusterError.Lost);
        }
    }

    private void Regain()
    {
        lock (_gate)
        {
            if (!_isLost)
            {
                return;
            }

            _isLost = false;
        }

        _log.LinkBack();
    }
}
