using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Sockeye.Postgres.Log;
using Sockeye.Protocol.Cluster;

namespace Sockeye.Postgres;

/// <summary>
/// The engine on PostgreSQL, on the wire of <c>@socket.io/postgres-adapter</c>: a channel of LISTEN and NOTIFY for each namespace, JSON in the notifications, and a table for what is too large for them or binary.
/// Two connections are in use, one that listens and one that publishes; reading from the table and its clean-up take one from the pool.
/// </summary>
internal sealed class PostgresBackend : IClusterBackend, IAsyncDisposable, IDisposable
{
    private readonly NpgsqlDataSource _source;
    private readonly bool _ownsSource;
    private readonly PostgresOptions _options;
    private readonly PostgresLog _log;
    private readonly TimeProvider _time;
    private readonly PostgresTables _tables;
    private readonly PostgresPublisher _publisher;
    private readonly PostgresListener _listener;
    private readonly CancellationTokenSource _closing = new();
    private readonly SemaphoreSlim _starting = new(1);
    private Task? _cleaning;
    private int _isDisposed;

    public PostgresBackend(NpgsqlDataSource source, bool ownsSource, PostgresOptions options, ILoggerFactory? loggers = null, TimeProvider? time = null)
    {
        (_source, _ownsSource, _options, _time) = (source, ownsSource, options.Check(), time ?? TimeProvider.System);
        Settings = options.ToSettings();
        _log = new PostgresLog((loggers ?? NullLoggerFactory.Instance).CreateLogger("Sockeye.Postgres"));
        _tables = new PostgresTables(source, options, _log);
        _publisher = new PostgresPublisher(_tables, options);
        _listener = new PostgresListener(_tables, _publisher, options, _log, _time);
    }

    public ClusterSettings Settings { get; }

    public bool HasLog => _options.KeepLog;

    public TimeSpan? LogDuration => _options.KeepLog ? _options.LogDuration : null;

    public async ValueTask<IClusterChannel> JoinAsync(string ns, string uid, IClusterReceiver receiver, CancellationToken cancellationToken)
    {
        var name = PostgresChannelName.Of(_options.ChannelPrefix, ns);
        var channel = HasLog
            ? new PostgresLogChannel(name, ns, uid, receiver, _publisher, _listener, _tables)
            : new PostgresChannel(name, ns, uid, receiver, _publisher, _listener);
        await StartAsync(cancellationToken).ConfigureAwait(false);
        await _listener.AddAsync(channel, cancellationToken).ConfigureAwait(false);
        return channel;
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
        {
            return;
        }

        await _closing.CancelAsync().ConfigureAwait(false);
        await _listener.DisposeAsync().ConfigureAwait(false);
        await _publisher.DisposeAsync().ConfigureAwait(false);
        if (_cleaning is { } cleaning)
        {
            await cleaning.ConfigureAwait(false);
        }

        _closing.Dispose();
        _starting.Dispose();
        if (_ownsSource)
        {
            await _source.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Ends everything without waiting for it: for containers that are not disposed asynchronously.</summary>
    public void Dispose() => _ = DisposeAsync().AsTask();

    private async Task StartAsync(CancellationToken cancellationToken)
    {
        await _starting.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_cleaning is null)
            {
                await _tables.EnsureAsync(cancellationToken).ConfigureAwait(false);
                _cleaning = Task.Run(CleanAsync, CancellationToken.None);
            }
        }
        catch (NpgsqlException e)
        {
            throw new ClusterException($"PostgreSQL cannot be used: {e.Message}", e);
        }
        finally
        {
            _starting.Release();
        }
    }

    private async Task CleanAsync()
    {
        using var timer = new PeriodicTimer(_options.CleanupInterval, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(_closing.Token).ConfigureAwait(false))
            {
                await _tables.CleanAsync(_closing.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // The application ends.
        }
    }
}
