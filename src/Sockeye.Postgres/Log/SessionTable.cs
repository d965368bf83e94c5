using System.Security.Cryptography;
using System.Text;
using Npgsql;
using NpgsqlTypes;
using Sockeye.Protocol.Cluster;

namespace Sockeye.Postgres.Log;

/// <summary>The table of the sessions that wait for their clients. A session is found by the hash of its secret, which is also safe against whatever a client may send as one. The name has been checked: it goes into SQL as it is.</summary>
internal sealed class SessionTable(NpgsqlDataSource source, PostgresOptions options)
{
    private const int CleanRows = 1000;

    private readonly ClusterSignature? _signature = ClusterSignature.Create(options.ToSettings());

    public Task EnsureAsync(CancellationToken cancellationToken) => TableMaking.EnsureAsync(
        source,
        options,
        options.SessionTableName,
        "channel text NOT NULL, key bytea NOT NULL, expires_at timestamptz NOT NULL, payload bytea NOT NULL, PRIMARY KEY (channel, key)",
        cancellationToken);

    /// <summary>Keeps a session, in place of an older one.</summary>
    public async Task PersistAsync(string channel, ClusterSession session, TimeSpan duration)
    {
        var payload = ClusterSessionCodec.Encode(session);
        await using var command = Command(
            $"""
            INSERT INTO {options.SessionTableName} (channel, key, expires_at, payload) VALUES ($1, $2, now() + $3, $4)
            ON CONFLICT (channel, key) DO UPDATE SET expires_at = excluded.expires_at, payload = excluded.payload
            """);
        command.Parameters.Add(AttachmentTable.Text(channel));
        command.Parameters.Add(LogTable.Bytes(KeyOf(session.Pid)));
        command.Parameters.Add(new NpgsqlParameter<TimeSpan> { TypedValue = duration, NpgsqlDbType = NpgsqlDbType.Interval });
        command.Parameters.Add(LogTable.Bytes(_signature?.Sign(payload) ?? payload));
        await command.ExecuteNonQueryAsync().ConfigureAwait(false);
    }

    /// <summary>Takes a session out. Of many who ask at once one gets it: a row is deleted once.</summary>
    public async Task<(ClusterError Error, ClusterSession? Session)> TakeAsync(string channel, string pid)
    {
        await using var command = Command($"DELETE FROM {options.SessionTableName} WHERE channel = $1 AND key = $2 RETURNING CASE WHEN expires_at > now() AND octet_length(payload) <= $3 THEN payload END");
        command.Parameters.Add(AttachmentTable.Text(channel));
        command.Parameters.Add(LogTable.Bytes(KeyOf(pid)));
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = options.Limits.MaxMessageBytes });
        await using var reader = await command.ExecuteReaderAsync().ConfigureAwait(false);
        if (!await reader.ReadAsync().ConfigureAwait(false) || reader.IsDBNull(0))
        {
            return default;
        }

        ReadOnlyMemory<byte> content = reader.GetFieldValue<byte[]>(0);
        return _signature?.TryOpen(content, out content) == false ? (ClusterError.InvalidSignature, null)
            : ClusterSessionCodec.TryDecode(content.Span, options.Limits, out var session) && session!.Pid == pid ? (ClusterError.None, session)
            : (ClusterError.Malformed, null);
    }

    /// <summary>Takes out those whose clients did not come back, a part at a time.</summary>
    public async Task CleanAsync(CancellationToken cancellationToken)
    {
        await using var command = Command($"DELETE FROM {options.SessionTableName} WHERE ctid = ANY(ARRAY(SELECT ctid FROM {options.SessionTableName} WHERE expires_at < now() LIMIT {CleanRows})) AND expires_at < now()");
        while (await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false) == CleanRows)
        {
            // There may be more.
        }
    }

    private static byte[] KeyOf(string pid) => SHA256.HashData(Encoding.UTF8.GetBytes(pid));

    private NpgsqlCommand Command(string sql)
    {
        var command = source.CreateCommand(sql);
        command.CommandTimeout = (int)options.CommandTimeout.TotalSeconds;
        return command;
    }
}
