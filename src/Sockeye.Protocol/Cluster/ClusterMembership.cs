namespace Sockeye.Protocol.Cluster;

/// <summary>
/// Which other nodes are there: who sends heartbeats, until it leaves or is silent for too long. Any message shows that a member lives, but only a heartbeat makes one: nodes of engines
/// without heartbeats would come and go with every message. Instants are whatever the caller measures time in. Not thread-safe.
/// </summary>
/// <param name="self">This node, which is no member.</param>
/// <param name="timeout">The longest silence.</param>
public sealed class ClusterMembership(string self, TimeSpan timeout)
{
    // More than leave within the minutes for which an engine may count a dead one.
    private const int MaxFormer = 64;

    private readonly Dictionary<string, TimeSpan> _lastHeard = new(StringComparer.Ordinal);
    private readonly List<string> _former = [];
    private TimeSpan? _judged;

    /// <summary>The other nodes.</summary>
    public IReadOnlyCollection<string> Members => _lastHeard.Keys;

    /// <summary>Who has left or fallen silent and has not come back; the last 64 of them.</summary>
    public IReadOnlyCollection<string> Former => _former;

    /// <summary>A message came. True: its sender is new.</summary>
    public bool Hear(ClusterMessage message, TimeSpan now)
    {
        ArgumentNullException.ThrowIfNull(message);
        var uid = message.Uid;
        if (uid.Length == 0 || uid == self || uid == ClusterMessage.EmitterUid)
        {
            return false;
        }

        if (_lastHeard.ContainsKey(uid))
        {
            _lastHeard[uid] = now;
            return false;
        }

        if (message.Type is not (ClusterMessageType.InitialHeartbeat or ClusterMessageType.Heartbeat))
        {
            return false;
        }

        _former.Remove(uid);
        _lastHeard.Add(uid, now);
        return true;
    }

    /// <summary>A node says that it leaves. False: it was no member.</summary>
    public bool Remove(string uid)
    {
        if (!_lastHeard.Remove(uid))
        {
            return false;
        }

        if (_former.Count == MaxFormer)
        {
            _former.RemoveAt(0);
        }

        _former.Add(uid);
        return true;
    }

    /// <summary>Takes out who has been silent for too long. To be called several times within the timeout: after a pause of this node's own it has heard nobody, and judges nobody.</summary>
    public IReadOnlyList<string> TakeSilent(TimeSpan now)
    {
        var pause = now - (_judged ?? now);
        _judged = now;
        if (pause > timeout / 2)
        {
            foreach (var uid in _lastHeard.Keys.ToArray())
            {
                _lastHeard[uid] += pause;
            }
        }

        List<string>? silent = null;
        foreach (var (uid, heard) in _lastHeard)
        {
            if (now - heard > timeout)
            {
                (silent ??= []).Add(uid);
            }
        }

        silent?.ForEach(uid => Remove(uid));
        return silent ?? [];
    }
}
