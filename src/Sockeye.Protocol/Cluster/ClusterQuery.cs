namespace Sockeye.Protocol.Cluster;

/// <summary>Why a node did not answer.</summary>
public enum MissingReason
{
    /// <summary>No answer came in time, or not all of it.</summary>
    TimedOut,

    /// <summary>It left, or was silent for so long that it was taken for dead.</summary>
    Left,

    /// <summary>The engine did not take the question.</summary>
    Unreachable,
}

/// <summary>A node that did not answer.</summary>
/// <param name="Uid">Which one; null: one that the engine counts but that sends no heartbeats, as Node servers on Redis.</param>
/// <param name="Reason">Why.</param>
public sealed record MissingNode(string? Uid, MissingReason Reason);

/// <summary>
/// One question to the nodes of a cluster: who has yet to answer, and what came. Each node first reports how many items come from it; then they come, or with the report. It is
/// asked before anybody has counted the nodes, so that what is sent with it keeps its place; not until <see cref="Count"/> can it be complete. Not thread-safe.
/// </summary>
/// <param name="members">The nodes that are known by name.</param>
public sealed class ClusterQuery<T>(IEnumerable<string> members)
{
    // Nobody announces more: what a stranger may make this node keep.
    private const int MaxEarly = 10_000;

    private readonly List<(string Uid, T Item)> _early = [];
    private readonly HashSet<string> _awaited = new(members, StringComparer.Ordinal);
    private readonly Dictionary<string, int> _outstanding = new(StringComparer.Ordinal);
    private readonly List<T> _items = [];
    private readonly List<MissingNode> _left = [];
    private readonly List<string> _unexpected = [];
    private IReadOnlyCollection<string> _known = [];
    private int _strangers;
    private int _namelessReports;
    private int _expected;
    private bool _isCounted;

    /// <summary>What came, in the order of arrival.</summary>
    public IReadOnlyList<T> Items => _items;

    /// <summary>How many nodes have yet to report.</summary>
    public int AwaitedNodes => _awaited.Count + AwaitedStrangers;

    /// <summary>How many items of nodes that have reported have not come: also those that never will, since their node has left.</summary>
    public int MissingItems => _expected - _items.Count;

    /// <summary>Items that will never come.</summary>
    public int LostItems { get; private set; }

    /// <summary>Whether nothing more can come.</summary>
    public bool IsComplete => _isCounted && AwaitedNodes == 0 && MissingItems <= LostItems;

    private int AwaitedStrangers => Math.Max(0, _strangers - _namelessReports - _unexpected.Count(uid => !_known.Contains(uid)));

    /// <summary>Says how many nodes there are besides those known by name.</summary>
    /// <param name="strangers">How many.</param>
    /// <param name="known">Who was not counted as one: also nodes that have come since, and some that had left but may yet answer.</param>
    public void Count(int strangers, IReadOnlyCollection<string> known)
    {
        _strangers = Math.Max(0, strangers);
        _known = known;
        _isCounted = true;
    }

    /// <summary>A node says how many items come from it. False: it has said so before.</summary>
    public bool Report(string uid, int count)
    {
        if (_awaited.Remove(uid))
        {
            _outstanding[uid] = count;
        }
        else if (!_outstanding.ContainsKey(uid))
        {
            // A stranger, or a node that was not there when the question was asked.
            if (uid.Length == 0)
            {
                _namelessReports++;
            }
            else
            {
                _unexpected.Add(uid);
                _outstanding[uid] = count;
            }
        }
        else
        {
            return false;
        }

        _expected += count;
        _early.RemoveAll(early => early.Uid == uid && TryTake(early.Uid, early.Item));
        return true;
    }

    /// <summary>An item comes. False: more than its node has announced. Of a node that has announced none yet it waits for that: in a Redis cluster what a Node server sends may overtake itself.</summary>
    public bool Add(string uid, T item)
    {
        if (TryTake(uid, item))
        {
            return true;
        }

        if (_outstanding.ContainsKey(uid) || _early.Count == MaxEarly)
        {
            return false;
        }

        _early.Add((uid, item));
        return true;
    }

    /// <summary>An item that was announced never comes.</summary>
    public void Lose(string uid)
    {
        if (Settle(uid))
        {
            LostItems++;
        }
    }

    /// <summary>A node is gone: what it has not said it never will.</summary>
    public void Leave(string uid)
    {
        var hasItems = _outstanding.Remove(uid, out var items);
        if (_awaited.Remove(uid) || (hasItems && items > 0))
        {
            _left.Add(new MissingNode(uid, MissingReason.Left));
            LostItems += items;
        }

        // Nothing counts for it any more, however late it comes.
        _outstanding[uid] = 0;
    }

    /// <summary>Who is missing: those that left, and with the given reason those that are still awaited.</summary>
    public IReadOnlyList<MissingNode> GetMissing(MissingReason reason = MissingReason.TimedOut) =>
    [
        .. _left,
        .. _awaited.Select(uid => new MissingNode(uid, reason)),
        .. Enumerable.Repeat(new MissingNode(null, reason), AwaitedStrangers),
    ];

    private bool TryTake(string uid, T item)
    {
        var isTaken = Settle(uid);
        if (isTaken)
        {
            _items.Add(item);
        }

        return isTaken;
    }

    private bool Settle(string uid)
    {
        if (_outstanding.TryGetValue(uid, out var left))
        {
            if (left == 0)
            {
                return false;
            }

            _outstanding[uid] = left - 1;
            return true;
        }

        // Where the wire names no sender nobody can count for each.
        return uid.Length == 0 && MissingItems > LostItems;
    }
}
