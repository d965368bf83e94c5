namespace Sockeye.Protocol.Cluster;

/// <summary>
/// The channel of an engine with a log (<see cref="IClusterBackend.HasLog"/>): connection state recovery across nodes. Durable messages come back to their sender too, with their offsets: the order of the
/// log is the order for everyone. Thread-safe.
/// </summary>
public interface IClusterLogChannel : IClusterChannel
{
    /// <summary>The place in the log after which this node gets everything.</summary>
    string Start { get; }

    /// <summary>Whether a text, which a client gave, has the form of an offset.</summary>
    bool IsOffset(string text);

    /// <summary>Which of two offsets is later: less than zero, zero or more than zero.</summary>
    int Compare(string first, string second);

    /// <summary>Keeps a session that lost its connection for a time, in place of an older one with its secret.</summary>
    ValueTask PersistAsync(ClusterSession session, TimeSpan duration);

    /// <summary>Takes a session out: of many who ask at once one gets it. Null: it is not there.</summary>
    ValueTask<ClusterSession?> TakeAsync(string pid);

    /// <summary>Reads on in the log; ask again after <see cref="ClusterLogPage.End"/> until it is the last page.</summary>
    /// <param name="after">An offset.</param>
    ValueTask<ClusterLogPage> ReadAsync(string after);
}

/// <summary>A part of the log.</summary>
/// <param name="IsGapless">False: between the offset that was asked for and this page something was forgotten, or nobody can tell.</param>
/// <param name="Entries">The events of the namespace for clients, in order.</param>
/// <param name="End">The place of the last message in this page, whatever it is.</param>
/// <param name="IsLast">Whether the log ended here.</param>
public sealed record ClusterLogPage(bool IsGapless, IReadOnlyList<ClusterLogEntry> Entries, string End, bool IsLast);

/// <summary>A message in the log.</summary>
/// <param name="Offset">Its place.</param>
/// <param name="Message">The message.</param>
public sealed record ClusterLogEntry(string Offset, ClusterMessage Message);
