namespace Sockeye.AspNetCore.Sockets;

/// <summary>
/// The rooms to which clients may come back (connection state recovery): though nobody is in them for now, what other nodes send there is for those clients. A room is awaited as long as the session of who was last in it
/// is kept. Thread-safe.
/// </summary>
/// <param name="duration">How long after a loss.</param>
internal sealed class AwaitedRooms(TimeSpan duration)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, TimeSpan> _until = new(StringComparer.Ordinal);
    private readonly Queue<Place> _places = new();

    public bool Contains(string room)
    {
        lock (_gate)
        {
            return _until.ContainsKey(room);
        }
    }

    /// <summary>A socket with these rooms is lost.</summary>
    public void Add(IEnumerable<string> rooms, string socketId, TimeSpan now)
    {
        lock (_gate)
        {
            foreach (var room in rooms)
            {
                _until[room] = now + duration;
                _places.Enqueue(new Place(room, room == socketId, now + duration));
            }
        }
    }

    /// <summary>One that is not awaited any more. False: there is none.</summary>
    public bool TryTakeExpired(TimeSpan now, out string room, out bool isPrivate)
    {
        lock (_gate)
        {
            while (_places.TryPeek(out var oldest) && oldest.Until <= now)
            {
                _places.Dequeue();
                // Somebody else may have been lost from it since.
                if (_until.TryGetValue(oldest.Room, out var until) && until == oldest.Until)
                {
                    _until.Remove(oldest.Room);
                    (room, isPrivate) = (oldest.Room, oldest.IsPrivate);
                    return true;
                }
            }
        }

        (room, isPrivate) = ("", false);
        return false;
    }

    private readonly record struct Place(string Room, bool IsPrivate, TimeSpan Until);
}
