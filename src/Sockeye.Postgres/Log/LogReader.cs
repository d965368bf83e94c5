using Npgsql;
using Sockeye.Protocol.Cluster;

namespace Sockeye.Postgres.Log;

/// <summary>
/// Reads the log on the connection that listens, whenever a notification says that there is something, and gives what comes to the channels in it. After a lost link it goes on where it was: nothing is lost, unless
/// it has left the log meanwhile, which is told. Not thread-safe: the listener's one task has it.
/// </summary>
internal sealed class LogReader(LogTable table, PostgresDelivery delivery, PostgresLog log) : IAsyncDisposable
{
    private NpgsqlConnection? _connection;
    private NpgsqlCommand? _page;
    private long _position = -1;

    /// <summary>Everything up to here has been read; less than zero: it has not begun. Thread-safe.</summary>
    public long Position
    {
        get => Volatile.Read(ref _position);
        private set => Volatile.Write(ref _position, value);
    }

    /// <summary>Whether it reads on this connection.</summary>
    public bool IsOn(NpgsqlConnection connection) => _connection == connection;

    /// <summary>Gets ready on a connection that listens already.</summary>
    public async Task BeginAsync(NpgsqlConnection connection, IReadOnlyList<PostgresLogChannel> channels, CancellationToken cancellationToken)
    {
        if (IsOn(connection))
        {
            return;
        }

        await DisposeAsync().ConfigureAwait(false);
        if (Position < 0)
        {
            // What is there now was there before we listened, and before any client of this node.
            Position = (await table.EndsAsync(connection, cancellationToken).ConfigureAwait(false))?.Last ?? 0;
        }
        else
        {
            await CheckAsync(connection, channels, isAfterLoss: true, cancellationToken).ConfigureAwait(false);
        }

        _page = table.Page(connection);
        await _page.PrepareAsync(cancellationToken).ConfigureAwait(false);
        _connection = connection;
    }

    /// <summary>Reads to the end.</summary>
    public async Task ReadAsync(IReadOnlyList<PostgresLogChannel> channels, CancellationToken cancellationToken)
    {
        string[] names = [.. channels.Select(static channel => channel.Name).Distinct(StringComparer.Ordinal)];
        LogPage page;
        do
        {
            page = await LogTable.ReadAsync(_page!, Position, names, cancellationToken).ConfigureAwait(false);
            if (!page.IsLast)
            {
                // This node lags behind: has the log been cleaned in front of it? Asked afterwards, so that no is certain.
                await CheckAsync(_connection!, channels, isAfterLoss: false, cancellationToken).ConfigureAwait(false);
            }

            Deliver(page.Rows, channels);
        }
        while (!page.IsLast);
    }

    public async ValueTask DisposeAsync()
    {
        if (_page is { } page)
        {
            (_page, _connection) = (null, null);
            await page.DisposeAsync().ConfigureAwait(false);
        }
    }

    private void Deliver(List<LogRow> rows, IReadOnlyList<PostgresLogChannel> channels)
    {
        foreach (var row in rows)
        {
            Position = row.Id;
            if (row.Channel is null)
            {
                continue;
            }

            PostgresChannel[] joined = [.. channels.Where(channel => channel.Name == row.Channel)];
            if (row.Payload is { } payload)
            {
                delivery.Deliver(joined, payload, LogPlace.Format(row.Id));
            }
            else
            {
                Array.ForEach(joined, static channel => channel.Receiver.Refuse(ClusterError.TooLarge));
            }
        }

        if (rows.Count > 0)
        {
            // The last row may have been another namespace's, or nothing at all.
            var end = LogPlace.Format(Position);
            foreach (var channel in channels)
            {
                channel.Receiver.Advance(end);
            }
        }
    }

    /// <summary>Whether something has left the log after the place that was read last.</summary>
    private async Task CheckAsync(NpgsqlConnection connection, IReadOnlyList<PostgresLogChannel> channels, bool isAfterLoss, CancellationToken cancellationToken)
    {
        var ends = await table.EndsAsync(connection, cancellationToken).ConfigureAwait(false);
        var isOlder = isAfterLoss && ends is { } found && found.Last < Position;
        if (ends is { } rows ? rows.First > Position || isOlder : isAfterLoss)
        {
            log.Trimmed(Position);
            foreach (var channel in channels)
            {
                channel.Receiver.Refuse(ClusterError.Lost);
            }

            // An older state of the database was restored: what is in it was there before, and new rows get ids that were used already.
            Position = isOlder ? ends!.Value.Last : Position;
        }
    }
}
