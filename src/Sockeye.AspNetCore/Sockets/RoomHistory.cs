using Sockeye.Protocol.Cluster;

namespace Sockeye.AspNetCore.Sockets;

/// <summary>
/// Which rooms a socket was in at which position of the log: what was sent to a room before it came is not for it, what was sent before it left is. Guarded by the
/// namespace's <see cref="LocalAdapter"/>.
/// </summary>
/// <param name="ownId">The socket's id. Everyone is in the room of its id, so that is only noted when it has been left.</param>
internal sealed class RoomHistory(string ownId)
{
    /// <summary>How many stays that are over are remembered: more than one socket changes rooms while the network is lost unnoticed.</summary>
    private const int MaxPast = 64;

    private Dictionary<string, List<Stay>>? _stays;
    private Queue<string>? _past;

    /// <summary>Stays that ended up to this position may have been forgotten.</summary>
    public long CompleteFrom { get; private set; }

    /// <summary>The same in a log that nodes share.</summary>
    public string? CompleteFromOffset { get; private set; }

    /// <summary>All stays, in the places of a log that nodes share.</summary>
    public IReadOnlyList<ClusterStay> Stays
    {
        get
        {
            var stays = new List<ClusterStay>();
            if (_stays?.ContainsKey(ownId) != true)
            {
                stays.Add(new ClusterStay(ownId, null, null));
            }

            foreach (var (room, list) in _stays ?? [])
            {
                stays.AddRange(list.Select(stay => new ClusterStay(room, stay.AfterOffset, stay.IsOver ? stay.UpToOffset : null)));
            }

            return stays;
        }
    }

    /// <summary>The rooms it is in now, without that of its id.</summary>
    public IReadOnlyList<string> Current => _stays is null ? [] : [.. _stays.Where(room => room.Key != ownId && room.Value is [.., { IsOver: false }]).Select(room => room.Key)];

    /// <summary>What another node knows: positions are each node's own, so what is over there has no place here.</summary>
    public void Restore(IReadOnlyList<ClusterStay> stays, string? completeFrom)
    {
        CompleteFromOffset = completeFrom;
        foreach (var stay in stays)
        {
            if (stay.UpTo is not null)
            {
                StaysOf(stay.Room).Add(new Stay(0, 0, stay.After, stay.UpTo));
                (_past ??= new Queue<string>()).Enqueue(stay.Room);
            }
            else if (stay.Room != ownId || _stays?.ContainsKey(ownId) == true)
            {
                StaysOf(stay.Room).Add(new Stay(0, long.MaxValue, stay.After, null));
            }
        }
    }

    /// <summary>Whether a message at a place in the shared log to these rooms was for this socket.</summary>
    public bool WasInAny(IReadOnlyList<string> rooms, string offset, Comparison<string> compare)
    {
        foreach (var room in rooms)
        {
            if (_stays is null || !_stays.TryGetValue(room, out var stays))
            {
                if (room == ownId)
                {
                    return true;
                }
            }
            else if (stays.Exists(stay => (stay.AfterOffset is not { } after || compare(after, offset) < 0) && (!stay.IsOver || stay.UpToOffset is not { } upTo || compare(offset, upTo) <= 0)))
            {
                return true;
            }
        }

        return false;
    }

    public void Enter(string room, long position, string? offset = null)
    {
        if (room == ownId && _stays?.ContainsKey(room) != true)
        {
            return;
        }

        var stays = StaysOf(room);
        // A recovered socket comes into rooms that it has never left.
        if (stays is not [.., { IsOver: false }])
        {
            stays.Add(new Stay(position, long.MaxValue, offset, null));
        }
    }

    /// <summary>For a session without a socket.</summary>
    public void LeaveIfIn(string room, long position, string? offset = null)
    {
        var isIn = _stays is not null && _stays.TryGetValue(room, out var stays) ? stays is [.., { IsOver: false }] : room == ownId;
        if (isIn)
        {
            Leave(room, position, offset);
        }
    }

    public void Leave(string room, long position, string? offset = null)
    {
        var stays = StaysOf(room);
        if (stays.Count == 0)
        {
            // Its own: it has been there from the beginning.
            stays.Add(new Stay(0, position, null, offset));
        }
        else
        {
            stays[^1] = stays[^1] with { UpTo = position, UpToOffset = offset };
        }

        (_past ??= new Queue<string>()).Enqueue(room);
        if (_past.Count > MaxPast)
        {
            Forget(_past.Dequeue());
        }
    }

    /// <summary>Whether a message to these rooms, sent at a position, was for this socket.</summary>
    public bool WasInAny(ReadOnlySpan<string> rooms, long position)
    {
        foreach (var room in rooms)
        {
            if (_stays is null || !_stays.TryGetValue(room, out var stays))
            {
                if (room == ownId)
                {
                    return true;
                }

                continue;
            }

            foreach (var stay in stays)
            {
                if (stay.After < position && position <= stay.UpTo)
                {
                    return true;
                }
            }
        }

        return false;
    }

    /// <summary>The oldest stay in a room, which is over.</summary>
    private void Forget(string room)
    {
        var stays = _stays![room];
        (CompleteFrom, CompleteFromOffset) = (stays[0].UpTo, stays[0].UpToOffset);
        stays.RemoveAt(0);
        if (stays.Count == 0 && room != ownId)
        {
            _stays.Remove(room);
        }
    }

    private List<Stay> StaysOf(string room)
    {
        _stays ??= new Dictionary<string, List<Stay>>(StringComparer.Ordinal);
        if (!_stays.TryGetValue(room, out var stays))
        {
            _stays.Add(room, stays = new List<Stay>(1));
        }

        return stays;
    }

    private readonly record struct Stay(long After, long UpTo, string? AfterOffset, string? UpToOffset)
    {
        public bool IsOver => UpTo != long.MaxValue;
    }
}
