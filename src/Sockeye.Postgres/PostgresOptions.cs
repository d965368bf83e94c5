using System.Text;
using System.Text.RegularExpressions;
using Sockeye.Protocol.Cluster;

namespace Sockeye.Postgres;

/// <summary>The settings of the PostgreSQL engine and its emitter. Names and defaults are those of <c>@socket.io/postgres-adapter</c>; all nodes and emitters need the same prefix and table.</summary>
public sealed partial class PostgresOptions : ClusterEngineOptions
{
    // PostgreSQL takes notifications of less than 8000 bytes, and names of channels of less than 64.
    private const int MaxPayloadThreshold = 8000;
    private const int MaxPrefixBytes = 40;

    /// <summary>The defaults.</summary>
    public PostgresOptions() => CommandTimeout = TimeSpan.FromSeconds(10);

    /// <summary>What the names of the channels begin with: <c>socket.io#/chat</c>. Default "socket.io". At most 40 bytes; not empty.</summary>
    public string ChannelPrefix { get; set; } = "socket.io";

    /// <summary>The table for messages that are too large for a notification, or binary. Default "socket_io_attachments"; with a schema "app.attachments". Letters, digits and "_", as in SQL without quotation marks.</summary>
    public string TableName { get; set; } = "socket_io_attachments";

    /// <summary>Makes the tables at the start where they are missing. Default true; the official adapter leaves that to you. Off: for a database user that may not, make them beforehand.</summary>
    public bool CreateTable { get; set; } = true;

    /// <summary>From how many bytes on a message goes into the table. Default and maximum 8000, which PostgreSQL's notifications must be smaller than.</summary>
    public int PayloadThreshold { get; set; } = MaxPayloadThreshold;

    /// <summary>How often each node takes out of the table what is older than that. Default 30 s. Greater than zero; a node that reads a message later than that has lost it.</summary>
    public TimeSpan CleanupInterval { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Keeps events in a table, too: then nothing is lost while a link is down, and with connection state recovery a client comes back to another server. Default false, our choice: each event waits for its place, and
    /// costs the database a row. The same on all nodes and emitters; events of those without it (Node servers) are delivered, and cannot be recovered.
    /// </summary>
    public bool KeepLog { get; set; }

    /// <summary>The table of the log. Default "socket_io_log". The same on all nodes and emitters.</summary>
    public string LogTableName { get; set; } = "socket_io_log";

    /// <summary>The table of the sessions of clients that are away. Default "socket_io_sessions". The same on all nodes.</summary>
    public string SessionTableName { get; set; } = "socket_io_sessions";

    /// <summary>How long the log keeps an event. Default 5 minutes, our choice: more than twice what a client may be away by default. Greater than zero, and not less than <c>MaxDisconnectionDuration</c>; the shortest of all nodes counts.</summary>
    public TimeSpan LogDuration { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Throws where these cannot be kept to.</summary>
    internal PostgresOptions Check()
    {
        ArgumentException.ThrowIfNullOrEmpty(ChannelPrefix);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Encoding.UTF8.GetByteCount(ChannelPrefix), MaxPrefixBytes, nameof(ChannelPrefix));
        string[] tables = [TableName, LogTableName, SessionTableName];
        Array.ForEach(tables, static table => ArgumentException.ThrowIfNullOrEmpty(table));
        if (ChannelPrefix.Contains('\0') || !tables.All(Table().IsMatch) || tables.Distinct(StringComparer.OrdinalIgnoreCase).Count() < tables.Length)
        {
            throw new ArgumentException($"Not the name of a channel or names of three tables: \"{ChannelPrefix}\", \"{string.Join("\", \"", tables)}\".");
        }

        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(PayloadThreshold, 0);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(PayloadThreshold, MaxPayloadThreshold);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(CleanupInterval, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(LogDuration, TimeSpan.Zero);
        ToSettings();
        return this;
    }

    [GeneratedRegex(@"^[A-Za-z_]\w{0,62}(\.[A-Za-z_]\w{0,62})?$", RegexOptions.CultureInvariant)]
    private static partial Regex Table();
}
