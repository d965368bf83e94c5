using Npgsql;

namespace Sockeye.Postgres;

/// <summary>Makes tables that are missing.</summary>
internal static class TableMaking
{
    /// <summary>Makes a table where it is missing and may be made.</summary>
    public static async Task EnsureAsync(NpgsqlDataSource source, PostgresOptions options, string table, string columns, CancellationToken cancellationToken)
    {
        if (!options.CreateTable || await ExistsAsync(source, options, table, cancellationToken).ConfigureAwait(false))
        {
            return;
        }

        try
        {
            await using var create = source.CreateCommand($"CREATE TABLE IF NOT EXISTS {table} ({columns})");
            create.CommandTimeout = (int)options.CommandTimeout.TotalSeconds;
            await create.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.UniqueViolation or PostgresErrorCodes.DuplicateTable or PostgresErrorCodes.DuplicateObject)
        {
            // Another node has just made it: IF NOT EXISTS does not wait for that.
        }
    }

    private static async Task<bool> ExistsAsync(NpgsqlDataSource source, PostgresOptions options, string table, CancellationToken cancellationToken)
    {
        await using var command = source.CreateCommand("SELECT to_regclass($1) IS NOT NULL");
        command.CommandTimeout = (int)options.CommandTimeout.TotalSeconds;
        command.Parameters.Add(AttachmentTable.Text(table));
        return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is true;
    }
}
