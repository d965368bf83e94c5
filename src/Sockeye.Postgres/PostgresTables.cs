using Npgsql;
using Sockeye.Postgres.Log;

namespace Sockeye.Postgres;

/// <summary>The tables of the engine, two of them with the log alone.</summary>
internal sealed class PostgresTables(NpgsqlDataSource source, PostgresOptions options, PostgresLog log)
{
    public NpgsqlDataSource Source => source;

    public AttachmentTable Attachments { get; } = new(source, options);

    public LogTable Log { get; } = new(source, options);

    public SessionTable Sessions { get; } = new(source, options);

    public PostgresDelivery Delivery => field ??= new(Attachments, options, log);

    /// <summary>Makes those that are missing and may be made.</summary>
    public async Task EnsureAsync(CancellationToken cancellationToken)
    {
        await Attachments.EnsureAsync(cancellationToken).ConfigureAwait(false);
        if (options.KeepLog)
        {
            await Log.EnsureAsync(cancellationToken).ConfigureAwait(false);
            await Sessions.EnsureAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Takes out of each what is too old. What cannot be done is logged.</summary>
    public async Task CleanAsync(CancellationToken cancellationToken)
    {
        await TryAsync(options.TableName, Attachments.CleanAsync).ConfigureAwait(false);
        if (options.KeepLog)
        {
            await TryAsync(options.LogTableName, Log.CleanAsync).ConfigureAwait(false);
            await TryAsync(options.SessionTableName, Sessions.CleanAsync).ConfigureAwait(false);
        }

        async Task TryAsync(string table, Func<CancellationToken, Task> clean)
        {
            try
            {
                await clean(cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                log.CleanupFailed(table, e);
                log.Tell(options.ErrorHandler, e);
            }
        }
    }
}
