using Sockeye.Protocol.Cluster;
using StackExchange.Redis;

namespace Sockeye.Redis.Streams;

/// <summary>
/// One node's end of a namespace. Two things come to it: entries of the stream, and what was published; one call to the receiver at a time, and nothing that was published before the entry after which it
/// belongs.
/// </summary>
internal sealed class StreamsChannel(string ns, string uid, IClusterReceiver receiver, RedisStreamsBackend backend) : IClusterLogChannel
{
    /// <summary>Questions that wait for a stream that is not read any more; what is older than these has timed out.</summary>
    private const int MaxHeld = 10_000;

    private const int PageSize = 500;

    private readonly Lock _gate = new();
    private readonly Queue<(ClusterMessage Message, StreamId After)> _held = new();
    private StreamId _position;

    public string Namespace => ns;

    public string Uid => uid;

    public string Start { get; private set; } = "";

    /// <summary>Where the stream begins for it.</summary>
    public void Begin(StreamId start)
    {
        lock (_gate)
        {
            _position = start.CompareTo(_position) > 0 ? start : _position;
            Start = start.ToString();
        }
    }

    public ValueTask<string?> PublishAsync(ClusterMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (message.IsDurable)
        {
            return new(backend.Publisher.WriteAsync(message));
        }

        var published = backend.Publisher.PublishAsync(message);
        return published.IsCompletedSuccessfully ? default : NoOffset(published);

        static async ValueTask<string?> NoOffset(Task published)
        {
            await published.ConfigureAwait(false);
            return null;
        }
    }

    public ValueTask<int?> CountStrangersAsync(IReadOnlyCollection<string> known) => new(backend.CountStrangersAsync(ns, known));

    /// <summary>An entry of the stream.</summary>
    public void Receive(StreamId id, ClusterError error, ClusterMessage? message)
    {
        lock (_gate)
        {
            if (error == ClusterError.None)
            {
                receiver.Receive(message!, id.ToString());
            }
            else
            {
                receiver.Refuse(error);
            }
        }
    }

    /// <summary>The stream has been read up to here.</summary>
    public void Advance(StreamId position)
    {
        lock (_gate)
        {
            _position = position;
            // The last entry may have been another namespace's, or nothing at all.
            receiver.Advance(position.ToString());
            while (_held.TryPeek(out var held) && held.After.CompareTo(position) <= 0)
            {
                receiver.Receive(_held.Dequeue().Message);
            }
        }
    }

    /// <summary>Something was published.</summary>
    public void Receive(byte[] data)
    {
        var error = EphemeralCodec.TryDecode(data, ns, backend.Options.Limits, backend.Signature, out var message, out var after);
        if (error == ClusterError.None && message!.Uid == uid)
        {
            return;
        }

        lock (_gate)
        {
            if (error != ClusterError.None)
            {
                receiver.Refuse(error);
            }
            else if (_held.Count == 0 && after.CompareTo(_position) <= 0)
            {
                receiver.Receive(message!);
            }
            else if (_held.Count < MaxHeld)
            {
                _held.Enqueue((message!, after));
            }
            else
            {
                receiver.Refuse(ClusterError.Lost);
            }
        }
    }

    /// <summary>Something of the others' has not come and never will.</summary>
    public void Lose() => receiver.Refuse(ClusterError.Lost);

    public ValueTask DisposeAsync() => backend.LeaveAsync(this);

    public bool IsOffset(string text) => StreamId.TryParse(text, out _);

    public int Compare(string first, string second) =>
        StreamId.TryParse(first, out var one) && StreamId.TryParse(second, out var other) ? one.CompareTo(other) : throw new ArgumentException($"Not places in a stream: {first}, {second}.");

    public async ValueTask PersistAsync(ClusterSession session, TimeSpan duration)
    {
        ArgumentNullException.ThrowIfNull(session);
        var data = ClusterSessionCodec.Encode(session);
        await backend.Database.StringSetAsync(KeyOf(session.Pid), Convert.ToBase64String(backend.Signature?.Sign(data) ?? data), duration).ConfigureAwait(false);
    }

    public async ValueTask<ClusterSession?> TakeAsync(string pid)
    {
        // Both in one step, so that of all who ask one gets it.
        var value = (string?)await backend.Database.StringGetDeleteAsync(KeyOf(pid)).ConfigureAwait(false);
        if (value is null || value.Length > backend.Options.Limits.MaxMessageBytes)
        {
            return null;
        }

        var frame = new byte[value.Length];
        ReadOnlyMemory<byte> data = Convert.TryFromBase64String(value, frame, out var length) ? frame.AsMemory(0, length) : default;
        if (backend.Signature?.TryOpen(data, out data) == false)
        {
            receiver.Refuse(ClusterError.InvalidSignature);
            return null;
        }

        return ClusterSessionCodec.TryDecode(data.Span, backend.Options.Limits, out var session) && session!.Pid == pid ? session : null;
    }

    public async ValueTask<ClusterLogPage> ReadAsync(string after)
    {
        if (!StreamId.TryParse(after, out var start))
        {
            return new ClusterLogPage(false, [], after, true);
        }

        var (database, stream) = (backend.Database, backend.Publisher.StreamOf(ns));
        var fields = StreamFields.ReadAll(await database.ExecuteAsync("XRANGE", (RedisKey)stream, start.Next.ToString(), "+", "COUNT", PageSize).ConfigureAwait(false));
        // Asked afterwards: what is there now was there before.
        var first = await StreamEnds.FirstAsync(database, stream).ConfigureAwait(false);
        var last = await StreamEnds.LastAsync(database, stream).ConfigureAwait(false);
        var isGapless = start == default
            ? (long)await database.ExecuteAsync("XLEN", (RedisKey)stream).ConfigureAwait(false) < backend.Options.MaxLen
            : first is { } begin && begin.CompareTo(start) <= 0 && start.CompareTo(last!.Value) <= 0;
        var entries = new List<ClusterLogEntry>();
        foreach (var entry in fields)
        {
            if (entry.Namespace == ns && StreamEntryCodec.TryRead(entry, backend.Options.Limits, backend.Signature, out var message) == ClusterError.None && message!.Type == ClusterMessageType.Broadcast)
            {
                entries.Add(new ClusterLogEntry(entry.Id.ToString(), message));
            }
        }

        return new ClusterLogPage(isGapless, entries, fields is [.., var end] ? end.Id.ToString() : after, fields.Count < PageSize);
    }

    private RedisKey KeyOf(string pid) => backend.Options.SessionKeyPrefix + pid;
}
