using Sockeye.Protocol.Cluster;
using StackExchange.Redis;

namespace Sockeye.Redis.Streams;

/// <summary>
/// Reads one stream on a connection of its own, on which XREAD waits at the server, and gives what comes to the channels in it. After a lost link it goes on where it was: nothing is lost, unless the
/// stream was trimmed beyond that meanwhile, which is told.
/// </summary>
internal sealed class StreamReader : IAsyncDisposable
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(200);

    private readonly string _stream;
    private readonly Func<TimeSpan, Task<IConnectionMultiplexer>> _connect;
    private readonly RedisStreamsOptions _options;
    private readonly ClusterSignature? _signature;
    private readonly StreamsLog _log;
    private readonly Lock _gate = new();
    private readonly List<StreamsChannel> _channels = [];
    private readonly CancellationTokenSource _closing = new();
    private readonly Task _reading;
    private StreamId _position;
    private bool _wasLost;

    /// <param name="stream">Its key.</param>
    /// <param name="start">Where to begin: after this.</param>
    /// <param name="connect">Makes a connection whose commands may take so long.</param>
    /// <param name="options">The settings.</param>
    /// <param name="signature">What entries must be signed with; null: they are not.</param>
    /// <param name="log">The log.</param>
    public StreamReader(string stream, StreamId start, Func<TimeSpan, Task<IConnectionMultiplexer>> connect, RedisStreamsOptions options, ClusterSignature? signature, StreamsLog log)
    {
        (_stream, _position, _connect, _options, _signature, _log) = (stream, start, connect, options, signature, log);
        _reading = Task.Run(RunAsync);
    }

    /// <summary>The channel gets what comes after the place that is returned.</summary>
    public StreamId Add(StreamsChannel channel)
    {
        lock (_gate)
        {
            _channels.Add(channel);
            return _position;
        }
    }

    public void Remove(StreamsChannel channel)
    {
        lock (_gate)
        {
            _channels.Remove(channel);
        }
    }

    /// <summary>Something that is not in the stream was lost.</summary>
    public void TellLost()
    {
        lock (_gate)
        {
            _channels.ForEach(static channel => channel.Lose());
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync().ConfigureAwait(false);
        await _reading.ConfigureAwait(false);
        _closing.Dispose();
    }

    private async Task RunAsync()
    {
        var lostAt = 0L;
        while (!_closing.IsCancellationRequested)
        {
            try
            {
                // A link that says nothing for longer than Redis may wait is dead.
                var connection = await _connect(TimeSpan.FromMilliseconds(_options.BlockTimeInMs) + _options.CommandTimeout).WaitAsync(_closing.Token).ConfigureAwait(false);
                try
                {
                    var database = connection.GetDatabase();
                    if (_wasLost)
                    {
                        await CheckAsync(database, isAfterLoss: true).ConfigureAwait(false);
                        _log.LinkBack(_stream, (long)TimeProvider.System.GetElapsedTime(lostAt).TotalMilliseconds);
                        _wasLost = false;
                    }

                    while (true)
                    {
                        await ReadAsync(database).WaitAsync(_closing.Token).ConfigureAwait(false);
                    }
                }
                finally
                {
                    // Redis may wait for seconds yet; nobody else does.
                    await connection.CloseAsync(allowCommandsToComplete: false).ConfigureAwait(false);
                }
            }
            catch (OperationCanceledException) when (_closing.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                if (_wasLost)
                {
                    _log.LinkFailed(_stream, e);
                }
                else
                {
                    (_wasLost, lostAt) = (true, TimeProvider.System.GetTimestamp());
                    _log.LinkLost(_stream, e);
                    _log.Tell(_options.ErrorHandler, e);
                }

                await Task.Delay(RetryDelay, _closing.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task ReadAsync(IDatabase database)
    {
        var result = await database.ExecuteAsync(
            "XREAD", "COUNT", _options.ReadCount, "BLOCK", _options.BlockTimeInMs, "STREAMS", (RedisKey)_stream, _position.ToString()).ConfigureAwait(false);
        var entries = StreamFields.ReadOne(result);
        if (entries.Count >= Math.Min(_options.ReadCount, _options.MaxLen))
        {
            // This node lags behind, by as much as it reads at a time or as the stream keeps: has the stream been trimmed in front of it? Asked afterwards, so that no is certain.
            await CheckAsync(database, isAfterLoss: false).ConfigureAwait(false);
        }

        if (entries.Count > 0)
        {
            Deliver(entries);
        }
    }

    private void Deliver(List<StreamFields> entries)
    {
        foreach (var entry in entries)
        {
            // Whoever joins does it between two entries.
            lock (_gate)
            {
                ClusterMessage? message = null;
                ClusterError? error = null;
                foreach (var channel in _channels)
                {
                    if (channel.Namespace == entry.Namespace)
                    {
                        error ??= StreamEntryCodec.TryRead(entry, _options.Limits, _signature, out message);
                        channel.Receive(entry.Id, error.Value, message);
                    }
                }

                _position = entry.Id;
            }
        }

        lock (_gate)
        {
            _channels.ForEach(channel => channel.Advance(_position));
        }
    }

    /// <summary>Whether something was forgotten after the place that was read last.</summary>
    private async Task CheckAsync(IDatabase database, bool isAfterLoss)
    {
        var first = await StreamEnds.FirstAsync(database, _stream).ConfigureAwait(false);
        var last = await StreamEnds.LastAsync(database, _stream).ConfigureAwait(false);
        var isNew = isAfterLoss && last is { } end && end.CompareTo(_position) < 0;
        if ((first is { } start && start.CompareTo(_position) > 0 && _position != default) || (isAfterLoss && first is null && _position != default) || isNew)
        {
            _log.Trimmed(_stream, _position.ToString());
            lock (_gate)
            {
                _channels.ForEach(static channel => channel.Lose());
                // Another Redis, whose clock is behind: what is in its stream is new.
                _position = isNew ? default : _position;
            }
        }
    }
}

/// <summary>The ends of a stream; null: it is empty.</summary>
internal static class StreamEnds
{
    public static async Task<StreamId?> FirstAsync(IDatabase database, string stream) =>
        StreamFields.ReadAll(await database.ExecuteAsync("XRANGE", (RedisKey)stream, "-", "+", "COUNT", 1).ConfigureAwait(false)) is [var entry] ? entry.Id : null;

    public static async Task<StreamId?> LastAsync(IDatabase database, string stream) =>
        StreamFields.ReadAll(await database.ExecuteAsync("XREVRANGE", (RedisKey)stream, "+", "-", "COUNT", 1).ConfigureAwait(false)) is [var entry] ? entry.Id : null;
}
