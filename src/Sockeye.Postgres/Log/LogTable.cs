using Npgsql;
using NpgsqlTypes;
using Sockeye.Protocol.Cluster;

namespace Sockeye.Postgres.Log;

/// <summary>
/// The table of all events, in one order for all: a writer holds a lock of the table while it takes an id and until it has committed, so that ids become visible in their order and a reader that has seen one has
/// seen all before it. Old rows leave it from the front only, and the newest row never does: an offset counts as long as there is a row that is not younger. Its name has been checked: it goes into SQL as it is.
/// </summary>
internal sealed class LogTable(NpgsqlDataSource source, PostgresOptions options)
{
    /// <summary>How many rows are read at a time.</summary>
    public const int PageRows = 500;

    // And how many bytes, but for the last row: what a page may take of memory.
    private const int PageBytes = 4 * 1024 * 1024;
    private const int CleanRows = 1000;

    private readonly string _name = options.LogTableName;

    /// <summary>Whether a message belongs into the log: a volatile one may be lost.</summary>
    public static bool IsFor(ClusterMessage message) => message.IsDurable && !message.Target.Volatile;

    /// <summary>Makes the table where it is missing and may be made, and its first row.</summary>
    public async Task EnsureAsync(CancellationToken cancellationToken)
    {
        await TableMaking.EnsureAsync(
            source, options, _name, "id bigserial PRIMARY KEY, channel text NOT NULL, created_at timestamptz NOT NULL, payload bytea NOT NULL", cancellationToken).ConfigureAwait(false);
        // A place for who begins to read: a log that is empty cannot be told from one that was emptied.
        await using var first = Command($"INSERT INTO {_name} (channel, created_at, payload) SELECT '', clock_timestamp(), '' WHERE NOT EXISTS (SELECT FROM {_name})");
        await first.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Goes before the first row of a transaction.</summary>
    public NpgsqlBatchCommand Lock() => new($"SELECT pg_advisory_xact_lock(hashtextextended('socket.io log ' || '{_name}'::regclass::oid::text, 0))");

    /// <summary>The statement that appends a message and tells of it, for nodes without the log in the official form; the first column of its answer is the row's id.</summary>
    public NpgsqlBatchCommand Append(Publication publication)
    {
        var command = new NpgsqlBatchCommand
        {
            Parameters =
            {
                AttachmentTable.Text(publication.Channel),
                Bytes(publication.Logged!),
                AttachmentTable.Text(publication.Text),
            },
        };
        const string Begin = "'" + LogPlace.HintBegin + "' || logged.id::text || $3";
        var logged = $"logged AS (INSERT INTO {_name} (channel, created_at, payload) VALUES ($1, clock_timestamp(), $2) RETURNING id)";
        if (publication.Attachment is not { } attachment)
        {
            command.CommandText = $"WITH {logged} SELECT id, pg_notify($1, {Begin}) FROM logged";
            return command;
        }

        command.Parameters.Add(Bytes(attachment));
        command.Parameters.Add(AttachmentTable.Text(AttachmentHeader.End));
        command.CommandText =
            $"WITH {logged}, stored AS (INSERT INTO {options.TableName} (payload) VALUES ($4) RETURNING id) SELECT logged.id, pg_notify($1, {Begin} || stored.id::text || $5) FROM logged, stored";
        return command;
    }

    /// <summary>The statement that reads a page: id, channel, whether it is one of the wanted channels, and then the message unless it is too large, and the bytes up to here.</summary>
    public NpgsqlCommand Page(NpgsqlConnection connection)
    {
        // Other namespaces' rows are passed, and their messages not fetched. The sizes are known without reading the messages.
        var command = new NpgsqlCommand(
            $"""
            SELECT id, channel, wanted, CASE WHEN wanted AND size <= $3 THEN payload END, total FROM (
              SELECT *, sum(size) OVER (ORDER BY id) AS total FROM (
                SELECT *, channel = ANY($2) AS wanted, CASE WHEN channel = ANY($2) THEN octet_length(payload)::bigint ELSE 0 END AS size FROM (
                  SELECT id, channel, payload FROM {_name} WHERE id > $1 ORDER BY id LIMIT {PageRows}) AS page) AS sized) AS summed
            WHERE total - size < {PageBytes} ORDER BY id
            """,
            connection)
        {
            CommandTimeout = (int)options.CommandTimeout.TotalSeconds,
            Parameters =
            {
                new NpgsqlParameter<long>(),
                new NpgsqlParameter<string[]> { NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text },
                new NpgsqlParameter<long> { TypedValue = options.Limits.MaxMessageBytes + (long)ClusterSignature.MaxOverhead },
            },
        };
        return command;
    }

    /// <summary>Executes <see cref="Page"/>.</summary>
    public static async Task<LogPage> ReadAsync(NpgsqlCommand page, long after, string[] channels, CancellationToken cancellationToken)
    {
        ((NpgsqlParameter<long>)page.Parameters[0]).TypedValue = after;
        ((NpgsqlParameter<string[]>)page.Parameters[1]).TypedValue = channels;
        var rows = new List<LogRow>();
        var total = 0m;
        await using var reader = await page.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            var isWanted = reader.GetBoolean(2);
            rows.Add(new LogRow(reader.GetInt64(0), isWanted ? reader.GetString(1) : null, reader.IsDBNull(3) ? null : reader.GetFieldValue<byte[]>(3)));
            total = reader.GetDecimal(4);
        }

        return new LogPage(rows, rows.Count < PageRows && total < PageBytes);
    }

    /// <summary>The first row and the last one; null: there are none.</summary>
    public async Task<(long First, long Last)?> EndsAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand($"SELECT min(id), max(id) FROM {_name}", connection) { CommandTimeout = (int)options.CommandTimeout.TotalSeconds };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        return await reader.ReadAsync(cancellationToken).ConfigureAwait(false) && !reader.IsDBNull(0) ? (reader.GetInt64(0), reader.GetInt64(1)) : null;
    }

    /// <summary>Takes out what is older than it is kept, a part at a time.</summary>
    public async Task CleanAsync(CancellationToken cancellationToken)
    {
        await using var command = Command(
            $"""
            WITH oldest AS (SELECT id, created_at FROM {_name} ORDER BY id LIMIT {CleanRows}),
              bound AS (SELECT coalesce(min(id) FILTER (WHERE created_at >= now() - $1), max(id)) AS id FROM oldest)
            DELETE FROM {_name} WHERE id < (SELECT id FROM bound)
            """);
        command.Parameters.Add(new NpgsqlParameter<TimeSpan> { TypedValue = options.LogDuration, NpgsqlDbType = NpgsqlDbType.Interval });
        while (await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false) >= CleanRows - 1)
        {
            // There may be more.
        }
    }

    internal static NpgsqlParameter<byte[]> Bytes(byte[] value) => new() { TypedValue = value, NpgsqlDbType = NpgsqlDbType.Bytea };

    private NpgsqlCommand Command(string sql)
    {
        var command = source.CreateCommand(sql);
        command.CommandTimeout = (int)options.CommandTimeout.TotalSeconds;
        return command;
    }
}

/// <summary>A row of the log.</summary>
/// <param name="Id">Its place.</param>
/// <param name="Channel">The channel, if it is one of those that were asked for.</param>
/// <param name="Payload">The message; null: it was not asked for, or is larger than messages may be.</param>
internal readonly record struct LogRow(long Id, string? Channel, byte[]? Payload);

/// <summary>Rows in their order.</summary>
/// <param name="Rows">The rows.</param>
/// <param name="IsLast">There were no more.</param>
internal readonly record struct LogPage(List<LogRow> Rows, bool IsLast);
