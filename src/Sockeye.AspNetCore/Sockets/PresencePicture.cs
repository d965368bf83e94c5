namespace Sockeye.AspNetCore.Sockets;

/// <summary>
/// Who is where, as one node sees it: each place of a user is held by the nodes on which the user has a socket there. When the last one lets go the user stays for the grace time. Instants are whatever the caller measures
/// time in. Bounded; not thread-safe.
/// </summary>
/// <param name="grace">How long a place that nobody holds is kept.</param>
/// <param name="maxEntries">The most places.</param>
internal sealed class PresencePicture(TimeSpan grace, int maxEntries)
{
    private readonly Dictionary<PresencePlace, Entry> _entries = [];
    private readonly Dictionary<(string Namespace, string? Room), HashSet<string>> _users = [];

    /// <summary>Each entry is in it at most once, with the instant at which it is looked at.</summary>
    private readonly PriorityQueue<PresencePlace, TimeSpan> _leaving = new();

    /// <summary>The places that are known, those in grace included.</summary>
    public int Count => _entries.Count;

    /// <summary>When <see cref="TakeLeft"/> is to be called next; null: not until something changes.</summary>
    public TimeSpan? NextDue => _leaving.TryPeek(out _, out var due) ? due : null;

    /// <summary>The users in a namespace or a room.</summary>
    public IReadOnlyCollection<string> Users(string ns, string? room) => _users.TryGetValue((ns, room), out var users) ? [.. users] : [];

    public int CountUsers(string ns, string? room) => _users.TryGetValue((ns, room), out var users) ? users.Count : 0;

    public bool Contains(PresencePlace place) => _entries.ContainsKey(place);

    /// <summary>A node has the user there. False: there are too many, and it is not counted.</summary>
    public bool TryHold(string node, PresencePlace place, out bool joined)
    {
        joined = false;
        if (!_entries.TryGetValue(place, out var entry))
        {
            if (_entries.Count >= maxEntries)
            {
                return false;
            }

            _entries.Add(place, entry = new Entry());
            if (!_users.TryGetValue((place.Namespace, place.Room), out var users))
            {
                _users.Add((place.Namespace, place.Room), users = new HashSet<string>(StringComparer.Ordinal));
            }

            users.Add(place.User);
            joined = true;
        }

        if (!entry.Holders.Contains(node))
        {
            entry.Holders.Add(node);
        }

        return true;
    }

    public bool IsHeld(string node, PresencePlace place) => _entries.TryGetValue(place, out var entry) && entry.Holders.Contains(node);

    /// <summary>A node has the user there no longer. False: it had not.</summary>
    public bool Release(string node, PresencePlace place, TimeSpan now)
    {
        if (!_entries.TryGetValue(place, out var entry) || !entry.Holders.Remove(node))
        {
            return false;
        }

        if (entry.Holders.Count == 0)
        {
            entry.LeavesAt = now + grace;
            if (!entry.IsQueued)
            {
                entry.IsQueued = true;
                _leaving.Enqueue(place, entry.LeavesAt);
            }
        }

        return true;
    }

    /// <summary>Takes out those whose grace is over.</summary>
    public List<PresencePlace> TakeLeft(TimeSpan now)
    {
        List<PresencePlace> left = [];
        while (_leaving.TryPeek(out var place, out var due) && due <= now)
        {
            _leaving.Dequeue();
            var entry = _entries[place];
            entry.IsQueued = false;
            if (entry.Holders.Count == 0 && entry.LeavesAt > now)
            {
                // Came back and left again meanwhile.
                entry.IsQueued = true;
                _leaving.Enqueue(place, entry.LeavesAt);
            }
            else if (entry.Holders.Count == 0)
            {
                Remove(place);
                left.Add(place);
            }
        }

        return left;
    }

    private void Remove(PresencePlace place)
    {
        _entries.Remove(place);
        var users = _users[(place.Namespace, place.Room)];
        users.Remove(place.User);
        if (users.Count == 0)
        {
            _users.Remove((place.Namespace, place.Room));
        }
    }

    private sealed class Entry
    {
        /// <summary>The nodes; seldom more than one.</summary>
        public List<string> Holders { get; } = new(1);

        public TimeSpan LeavesAt { get; set; }

        public bool IsQueued { get; set; }
    }
}
