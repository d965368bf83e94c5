using Sockeye.Protocol.Cluster;

namespace Sockeye.Postgres.Log;

/// <summary>One node's end of a namespace, with the log.</summary>
internal sealed class PostgresLogChannel(string name, string ns, string uid, IClusterReceiver receiver, PostgresPublisher publisher, PostgresListener listener, PostgresTables tables)
    : PostgresChannel(name, ns, uid, receiver, publisher, listener), IClusterLogChannel
{
    private int _hasWarned;

    public string Start { get; private set; } = "";

    /// <summary>Where the log begins for it; what it had before stays.</summary>
    public void Begin(long position) => Start = Start.Length == 0 ? LogPlace.Format(position) : Start;

    /// <summary>True once: something came that is in no log.</summary>
    public bool ShouldWarn() => Interlocked.Exchange(ref _hasWarned, 1) == 0;

    public bool IsOffset(string text) => LogPlace.TryParse(text, out _);

    public int Compare(string first, string second) =>
        LogPlace.TryParse(first, out var one) && LogPlace.TryParse(second, out var other) ? one.CompareTo(other) : throw new ArgumentException($"Not places in the log: {first}, {second}.");

    public async ValueTask PersistAsync(ClusterSession session, TimeSpan duration)
    {
        ArgumentNullException.ThrowIfNull(session);
        await tables.Sessions.PersistAsync(Name, session, duration).ConfigureAwait(false);
    }

    public async ValueTask<ClusterSession?> TakeAsync(string pid)
    {
        var (error, session) = await tables.Sessions.TakeAsync(Name, pid).ConfigureAwait(false);
        if (error != ClusterError.None)
        {
            Receiver.Refuse(error);
        }

        return session;
    }

    public async ValueTask<ClusterLogPage> ReadAsync(string after)
    {
        if (!LogPlace.TryParse(after, out var start))
        {
            return new ClusterLogPage(false, [], after, true);
        }

        await using var connection = await tables.Source.OpenConnectionAsync().ConfigureAwait(false);
        await using var command = tables.Log.Page(connection);
        var page = await LogTable.ReadAsync(command, start, [Name], CancellationToken.None).ConfigureAwait(false);
        // Asked afterwards: what is there now was there before.
        var ends = await tables.Log.EndsAsync(connection, CancellationToken.None).ConfigureAwait(false);
        var isGapless = ends is { } found && found.First <= start && start <= found.Last;
        var entries = new List<ClusterLogEntry>();
        foreach (var row in page.Rows)
        {
            if (row.Payload is { } payload && tables.Delivery.TryRead(payload, Namespace, out var message) == ClusterError.None && message!.Type == ClusterMessageType.Broadcast)
            {
                entries.Add(new ClusterLogEntry(LogPlace.Format(row.Id), message));
            }
        }

        if (page.Rows is [.., var last])
        {
            // It may be of a namespace that this node does not listen to, and the client waits for the node to pass it.
            Listener.CatchUp(last.Id);
            return new ClusterLogPage(isGapless, entries, LogPlace.Format(last.Id), page.IsLast);
        }

        return new ClusterLogPage(isGapless, entries, after, page.IsLast);
    }
}
