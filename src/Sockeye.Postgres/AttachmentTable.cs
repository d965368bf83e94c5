using Npgsql;
using NpgsqlTypes;
using Sockeye.Protocol.Cluster;

namespace Sockeye.Postgres;

/// <summary>The table of messages that are too large for a notification or binary, as the official adapter has it. Its name has been checked: it goes into SQL as it is.</summary>
internal sealed class AttachmentTable(NpgsqlDataSource source, PostgresOptions options)
{
    private int Timeout { get; } = (int)options.CommandTimeout.TotalSeconds;

    /// <summary>Makes the table where it is missing and may be made, as in the official documentation.</summary>
    public Task EnsureAsync(CancellationToken cancellationToken) =>
        TableMaking.EnsureAsync(source, options, options.TableName, "id bigserial UNIQUE, created_at timestamptz DEFAULT NOW(), payload bytea", cancellationToken);

    /// <summary>The statement that stores a message and tells of it, both or neither.</summary>
    public NpgsqlBatchCommand Store(string channel, byte[] payload, string headerBegin) =>
        new($"WITH stored AS (INSERT INTO {options.TableName} (payload) VALUES ($1) RETURNING id) SELECT pg_notify($2, $3 || id::text || $4) FROM stored")
        {
            Parameters =
            {
                new NpgsqlParameter<byte[]> { TypedValue = payload, NpgsqlDbType = NpgsqlDbType.Bytea },
                Text(channel),
                Text(headerBegin),
                Text(AttachmentHeader.End),
            },
        };

    /// <summary>Reads a message.</summary>
    public async Task<(ClusterError Error, byte[] Payload)> ReadAsync(long id, CancellationToken cancellationToken)
    {
        await using var command = Command($"SELECT octet_length(payload), CASE WHEN octet_length(payload) <= $2 THEN payload END FROM {options.TableName} WHERE id = $1");
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = id });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = (int)Math.Min(int.MaxValue, (long)options.Limits.MaxMessageBytes + ClusterSignature.MaxOverhead) });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        return !await reader.ReadAsync(cancellationToken).ConfigureAwait(false) ? (ClusterError.Lost, [])
            : reader.IsDBNull(0) ? (ClusterError.Malformed, [])
            : reader.IsDBNull(1) ? (ClusterError.TooLarge, [])
            : (ClusterError.None, reader.GetFieldValue<byte[]>(1));
    }

    /// <summary>Takes out what is older than the interval.</summary>
    public async Task CleanAsync(CancellationToken cancellationToken)
    {
        await using var command = Command($"DELETE FROM {options.TableName} WHERE created_at < now() - $1");
        command.Parameters.Add(new NpgsqlParameter<TimeSpan> { TypedValue = options.CleanupInterval, NpgsqlDbType = NpgsqlDbType.Interval });
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    internal static NpgsqlParameter<string> Text(string value) => new() { TypedValue = value, NpgsqlDbType = NpgsqlDbType.Text };

    private NpgsqlCommand Command(string sql)
    {
        var command = source.CreateCommand(sql);
        command.CommandTimeout = Timeout;
        return command;
    }
}
