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

    /// <summary>Makes the table at the start where it is missing. Default true; the official adapter leaves that to you. Off: for a database user that may not, make it beforehand.</summary>
    public bool CreateTable { get; set; } = true;

    /// <summary>From how many bytes on a message goes into the table. Default and maximum 8000, which PostgreSQL's notifications must be smaller than.</summary>
    public int PayloadThreshold { get; set; } = MaxPayloadThreshold;

    /// <summary>How often each node takes out of the table what is older than that. Default 30 s. Greater than zero; a node that reads a message later than that has lost it.</summary>
    public TimeSpan CleanupInterval { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Throws where these cannot be kept to.</summary>
    internal PostgresOptions Check()
    {
        ArgumentException.ThrowIfNullOrEmpty(ChannelPrefix);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Encoding.UTF8.GetByteCount(ChannelPrefix), MaxPrefixBytes, nameof(ChannelPrefix));
        ArgumentException.ThrowIfNullOrEmpty(TableName);
        if (ChannelPrefix.Contains('\0') || !Table().IsMatch(TableName))
        {
            throw new ArgumentException($"Not the name of a channel or a table: \"{ChannelPrefix}\", \"{TableName}\".");
        }

        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(PayloadThreshold, 0);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(PayloadThreshold, MaxPayloadThreshold);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(CleanupInterval, TimeSpan.Zero);
        ToSettings();
        return this;
    }

    [GeneratedRegex(@"^[A-Za-z_]\w{0,62}(\.[A-Za-z_]\w{0,62})?$", RegexOptions.CultureInvariant)]
    private static partial Regex Table();
}
