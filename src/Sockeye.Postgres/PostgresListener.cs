using Npgsql;
using Sockeye.Postgres.Log;
using Sockeye.Protocol.Cluster;

namespace Sockeye.Postgres;

/// <summary>
/// The link that listens: one connection for all namespaces. It is one task: it changes what is listened to, waits for notifications and delivers them. While it delivers it does not read, so
/// that a burst waits at the database and not here. When the link is lost it gets another one and listens again; what was sent between, others have not kept for us, and it counts as lost. Thread-safe.
/// </summary>
internal sealed class PostgresListener : IAsyncDisposable
{
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(2);

    /// <summary>A place behind all others.</summary>
    private const long Anywhere = long.MaxValue;

    private readonly NpgsqlDataSource _source;
    private readonly PostgresPublisher _publisher;
    private readonly PostgresDelivery _delivery;
    private readonly LogReader? _reader;
    private readonly PostgresOptions _options;
    private readonly PostgresLog _log;
    private readonly TimeProvider _time;
    private readonly string _pokeChannel;
    private readonly CancellationTokenSource _closing = new();
    private readonly Lock _gate = new();
    private readonly Dictionary<string, List<PostgresChannel>> _channels = new(StringComparer.Ordinal);
    private readonly List<TaskCompletionSource> _changes = [];
    private readonly Queue<(string Channel, string Payload)> _arrived = [];
    private Task? _running;
    private long? _lostAt;

    public PostgresListener(PostgresTables tables, PostgresPublisher publisher, PostgresOptions options, PostgresLog log, TimeProvider time)
    {
        (_source, _publisher, _delivery, _options, _log, _time) = (tables.Source, publisher, tables.Delivery, options, log, time);
        _reader = options.KeepLog ? new LogReader(tables.Log, _delivery, log) : null;
        _pokeChannel = $"{options.ChannelPrefix}#{Guid.NewGuid():N}"[..Math.Min(63, options.ChannelPrefix.Length + 17)];
    }

    /// <summary>Completes when the channel is listened to. An exception: the database cannot be reached now, and it is not.</summary>
    public async Task AddAsync(PostgresChannel channel, CancellationToken cancellationToken)
    {
        var change = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_closing.IsCancellationRequested, this);
            if (_channels.TryGetValue(channel.Name, out var joined))
            {
                joined.Add(channel);
            }
            else
            {
                _channels.Add(channel.Name, [channel]);
            }

            _changes.Add(change);
            _running ??= Task.Run(RunAsync, CancellationToken.None);
        }

        Poke();
        try
        {
            await change.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            Remove(channel);
            throw;
        }
    }

    /// <summary>Nothing more is delivered to it.</summary>
    public void Remove(PostgresChannel channel)
    {
        lock (_gate)
        {
            if (!_channels.TryGetValue(channel.Name, out var joined) || !joined.Remove(channel) || joined.Count > 0 || _closing.IsCancellationRequested)
            {
                return;
            }

            _channels.Remove(channel.Name);
        }

        Poke();
    }

    /// <summary>Has the log read up to a place at least, which is in it, whether or not somebody tells of it.</summary>
    public void CatchUp(long place)
    {
        if (_reader!.Position < place)
        {
            Poke();
        }
    }

    public async ValueTask DisposeAsync()
    {
        Task? running;
        lock (_gate)
        {
            _closing.Cancel();
            running = _running;
        }

        if (running is not null)
        {
            await running.ConfigureAwait(false);
        }

        _closing.Dispose();
    }

    /// <summary>Wakes the link, which waits for a notification. Not by cancelling: that could cut a notification in two, and the link with it.</summary>
    private void Poke()
    {
        _ = PokeAsync();

        async Task PokeAsync()
        {
            try
            {
                await _publisher.PokeAsync(_pokeChannel).ConfigureAwait(false);
            }
            catch (ClusterException e)
            {
                // The link wakes on its own, too, and then fails or listens.
                _log.LinkFailed(e);
            }
        }
    }

    private async Task RunAsync()
    {
        var delay = FirstDelay;
        while (!_closing.IsCancellationRequested)
        {
            try
            {
                await using var connection = await _source.OpenConnectionAsync(_closing.Token).ConfigureAwait(false);
                connection.Notification += (_, e) => _arrived.Enqueue((e.Channel, e.Payload));
                await ExecuteAsync(connection, $"LISTEN {PostgresChannelName.Quote(_pokeChannel)}").ConfigureAwait(false);
                await ListenAsync(connection, () => delay = FirstDelay).ConfigureAwait(false);
            }
            catch (Exception) when (_closing.IsCancellationRequested)
            {
                break;
            }
            catch (Exception e)
            {
                Lose(e);
            }

            try
            {
                await Task.Delay(delay * (0.5 + Random.Shared.NextDouble()), _time, _closing.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                break;
            }

            delay = delay * 2 < LongestDelay ? delay * 2 : LongestDelay;
        }

        Fail(new ObjectDisposedException(nameof(PostgresListener)));
    }

    private async Task ListenAsync(NpgsqlConnection connection, Action listening)
    {
        var listened = new HashSet<string>(StringComparer.Ordinal);
        while (true)
        {
            await ChangeAsync(connection, listened).ConfigureAwait(false);
            if (_lostAt is { } since)
            {
                _log.LinkBack((long)_time.GetElapsedTime(since).TotalMilliseconds);
                _lostAt = null;
            }

            listening();
            await DeliverAsync().ConfigureAwait(false);
            // Our own heartbeats come back, too, so that a link without news is suspicious: the network may have dropped it without a word.
            if (!await connection.WaitAsync(_options.HeartbeatTimeout, _closing.Token).ConfigureAwait(false))
            {
                await ExecuteAsync(connection, "SELECT 1").ConfigureAwait(false);
            }
        }
    }

    /// <summary>Listens to what has been joined, and no longer to what has been left.</summary>
    private async Task ChangeAsync(NpgsqlConnection connection, HashSet<string> listened)
    {
        TaskCompletionSource[] changes;
        string[] wanted;
        lock (_gate)
        {
            changes = [.. _changes];
            wanted = [.. _channels.Keys];
        }

        string[] left = [.. listened.Except(wanted)];
        string[] joined = [.. wanted.Except(listened)];
        string[] statements = [.. left.Select(name => $"UNLISTEN {PostgresChannelName.Quote(name)}"), .. joined.Select(name => $"LISTEN {PostgresChannelName.Quote(name)}")];
        if (statements.Length > 0)
        {
            await ExecuteAsync(connection, string.Join(';', statements)).ConfigureAwait(false);
            listened.ExceptWith(left);
            listened.UnionWith(joined);
        }

        if (_reader is not null && (changes.Length > 0 || statements.Length > 0 || !_reader.IsOn(connection)))
        {
            var channels = LogChannels();
            await _reader.BeginAsync(connection, channels, _closing.Token).ConfigureAwait(false);
            Array.ForEach(channels, channel => channel.Begin(_reader.Position));
            // What was written between is there already.
            await _reader.ReadAsync(channels, _closing.Token).ConfigureAwait(false);
        }

        if (changes.Length > 0)
        {
            lock (_gate)
            {
                _changes.RemoveRange(0, changes.Length);
            }

            Array.ForEach(changes, change => change.TrySetResult());
        }
    }

    private async Task DeliverAsync()
    {
        while (_arrived.TryDequeue(out var notification))
        {
            if (_reader is not null && IsOfLog(notification, out var place))
            {
                if (place > _reader.Position)
                {
                    var logged = LogChannels();
                    await _reader.ReadAsync(logged, _closing.Token).ConfigureAwait(false);
                    if (place != Anywhere && place > _reader.Position)
                    {
                        // It has left the log already, or is in another one: LogTableName differs.
                        Array.ForEach(Array.FindAll(logged, channel => channel.Name == notification.Channel), static channel => channel.Receiver.Refuse(ClusterError.Lost));
                    }
                }

                continue;
            }

            PostgresChannel[] channels;
            lock (_gate)
            {
                channels = _channels.TryGetValue(notification.Channel, out var joined) ? [.. joined] : [];
            }

            if (channels.Length > 0)
            {
                await _delivery.DeliverAsync(channels, notification.Payload, _closing.Token).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Whether a notification only says that there is something in the log; where at least.</summary>
    private bool IsOfLog((string Channel, string Payload) notification, out long place)
    {
        if (notification.Channel == _pokeChannel)
        {
            place = Anywhere;
            return true;
        }

        return LogPlace.TryReadHint(notification.Payload, out place);
    }

    private PostgresLogChannel[] LogChannels()
    {
        lock (_gate)
        {
            return [.. _channels.Values.SelectMany(static joined => joined).OfType<PostgresLogChannel>()];
        }
    }

    private async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.CommandTimeout = (int)_options.CommandTimeout.TotalSeconds;
        await command.ExecuteNonQueryAsync(_closing.Token).ConfigureAwait(false);
    }

    /// <summary>The link is gone, or could not be had.</summary>
    private void Lose(Exception e)
    {
        // What the pool has is of the same age, and the next to publish would get it.
        _source.Clear();
        _arrived.Clear();
        Fail(new ClusterException($"PostgreSQL cannot be reached: {e.Message}", e));
        PostgresChannel[] channels;
        lock (_gate)
        {
            channels = [.. _channels.Values.SelectMany(static joined => joined)];
        }

        if (_lostAt is not null || channels.Length == 0)
        {
            _log.LinkFailed(e);
            return;
        }

        _lostAt = _time.GetTimestamp();
        if (_reader is null)
        {
            _log.LinkLost(e);
        }
        else
        {
            _log.LinkLostWithLog(e);
        }

        _log.Tell(_options.ErrorHandler, e);
        Array.ForEach(channels, static channel => channel.Receiver.Refuse(ClusterError.Lost));
    }

    private void Fail(Exception e)
    {
        TaskCompletionSource[] changes;
        lock (_gate)
        {
            changes = [.. _changes];
            _changes.Clear();
        }

        Array.ForEach(changes, change => change.TrySetException(e));
    }
}
