using Microsoft.Extensions.Logging;

namespace Sockeye.Postgres;

/// <summary>The log messages of the engine, category "Sockeye.Postgres". Event ids are stable.</summary>
internal sealed partial class PostgresLog(ILogger logger)
{
    [LoggerMessage(1, LogLevel.Warning, "The link to PostgreSQL is lost. What other nodes send until it is back does not reach the clients here.")]
    public partial void LinkLost(Exception exception);

    [LoggerMessage(2, LogLevel.Debug, "PostgreSQL cannot be reached.")]
    public partial void LinkFailed(Exception exception);

    [LoggerMessage(3, LogLevel.Information, "The link to PostgreSQL is back after {Milliseconds} ms.")]
    public partial void LinkBack(long milliseconds);

    [LoggerMessage(4, LogLevel.Warning, "The table {Table} could not be cleaned.")]
    public partial void CleanupFailed(string table, Exception exception);

    [LoggerMessage(5, LogLevel.Warning, "A message of {Channel} could not be read from the table; it is lost here.")]
    public partial void ReadFailed(string channel, Exception exception);

    [LoggerMessage(6, LogLevel.Error, "The ErrorHandler of the PostgreSQL engine threw.")]
    public partial void ErrorHandlerFailed(Exception exception);

    [LoggerMessage(7, LogLevel.Warning, "The link to PostgreSQL is lost. Events of other nodes come when it is back; questions and answers are lost.")]
    public partial void LinkLostWithLog(Exception exception);

    [LoggerMessage(8, LogLevel.Error, "Events after {Id} left the log before this node had read them, or an older state of the database was restored; they are lost here (LogDuration).")]
    public partial void Trimmed(long id);

    [LoggerMessage(9, LogLevel.Warning, "Events of {Uid} in {Namespace} are not in the log: it is a Node server or emitter, or one without KeepLog. Clients get them, but not those that are away and come back.")]
    public partial void NotInLog(string @namespace, string uid);

    /// <summary>Tells the application, whose mistakes must not end the link.</summary>
    public void Tell(Action<Exception>? handler, Exception e)
    {
        try
        {
            handler?.Invoke(e);
        }
        catch (Exception thrown)
        {
            ErrorHandlerFailed(thrown);
        }
    }
}
