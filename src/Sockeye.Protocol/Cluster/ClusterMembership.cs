namespace Sockeye.Protocol.Cluster;

/// <summary>
/// Which other nodes are there: who sends heartbeats, until it leaves or is silent for too long. Any message shows that a member lives, but only a heartbeat makes one: nodes of engines
/// without heartbeats would come and go with every message. Instants are whatever the caller measures time in. Not thread-safe.
/// </summary>
/// <param name="self">This node, which is no member.</param>
/// <param name="timeout">The longest silence.</param>
public sealed class ClusterMembership(string self, TimeSpan timeout)
{
    private readonly Dictionary<string, TimeSpan> _lastHeard = new(StringComparer.Ordinal);
    private TimeSpan? _judged;

    /// <summary>The other nodes.</summary>
    public IReadOnlyCollection<string> Members => _lastHeard.Keys;

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

        return message.Type is ClusterMessageType.InitialHeartbeat or ClusterMessageType.Heartbeat && _lastHeard.TryAdd(uid, now);
    }

    /// <summary>A node says that it leaves. False: it was no member.</summary>
    public bool Remove(string uid) => _lastHeard.Remove(uid);

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

        silent?.ForEach(uid => _lastHeard.Remove(uid));
        return silent ?? [];
    }
}
