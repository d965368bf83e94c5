namespace Sockeye.AspNetCore.Sockets;

/// <summary>
/// Presence of a server: its own sockets, what the other nodes tell of theirs, and the picture of both. Thread-safe; a lock guards all of it, and no user's code runs within.
/// </summary>
internal sealed partial class PresenceDirectory(SocketIOServer server, PresenceOptions options) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly PresencePicture _picture = new(options.Grace, options.MaxEntries);
    private readonly Dictionary<(string Namespace, string Id), TrackedSocket> _sockets = [];

    /// <summary>How many sockets here have a user somewhere.</summary>
    private readonly Dictionary<PresencePlace, int> _counts = [];

    private readonly PresenceEvents _events = new(server);
    private ITimer? _leaving;
    private TimeSpan? _leavingAt;
    private bool _isFull;
    private bool _isClosed;

    /// <summary>The nodes whose users are not all known.</summary>
    public IReadOnlyCollection<string> MissingNodes
    {
        get
        {
            lock (_gate)
            {
                return [.. _remotes.Where(static remote => !remote.Value.IsComplete).Select(static remote => remote.Key)];
            }
        }
    }

    /// <summary>The other nodes that have been heard of.</summary>
    public int NodeCount
    {
        get
        {
            lock (_gate)
            {
                return _remotes.Count;
            }
        }
    }

    /// <summary>The sockets here that are connected.</summary>
    public int SocketCount
    {
        get
        {
            lock (_gate)
            {
                return _sockets.Count;
            }
        }
    }

    private string Self => server.Node?.Uid ?? "";

    private TimeSpan Now => server.Time.GetElapsedTime(0);

    public IReadOnlyCollection<string> Users(string ns, string? room)
    {
        lock (_gate)
        {
            return _picture.Users(ns, room);
        }
    }

    public int CountUsers(string ns, string? room)
    {
        lock (_gate)
        {
            return _picture.CountUsers(ns, room);
        }
    }

    public bool Contains(PresencePlace place)
    {
        lock (_gate)
        {
            return _picture.Contains(place);
        }
    }

    /// <summary>A socket has connected, maybe with rooms.</summary>
    public void Started(ServerSocket socket)
    {
        var key = (socket.Namespace.Name, socket.Id);
        var user = UserOf(socket);
        lock (_gate)
        {
            if (_isClosed || socket.HasEnded)
            {
                return;
            }

            if (_sockets.TryGetValue(key, out var former))
            {
                // Clients of Engine.IO 3 come back with the same id.
                Forget(former);
            }

            var tracked = new TrackedSocket(socket, user);
            _sockets[key] = tracked;
            Set(tracked, null, isThere: true);
            Settle();
        }

        foreach (var room in socket.Namespace.Adapter.RoomsOf(socket))
        {
            RoomChanged(socket.Namespace, room, socket.Id);
        }
    }

    /// <summary>A connected socket has ended; it may still be in its rooms.</summary>
    public void Ended(ServerSocket socket)
    {
        var key = (socket.Namespace.Name, socket.Id);
        lock (_gate)
        {
            if (_sockets.TryGetValue(key, out var tracked) && tracked.Socket == socket)
            {
                _sockets.Remove(key);
                Forget(tracked);
                Settle();
            }
        }
    }

    /// <summary>A socket has joined or left a room. Which of both is asked: two changes of one room may come in the wrong order.</summary>
    public void RoomChanged(Namespace ns, string room, string socketId)
    {
        if (room == socketId || !IsWatched(ns, room))
        {
            return;
        }

        lock (_gate)
        {
            if (_sockets.TryGetValue((ns.Name, socketId), out var tracked))
            {
                Set(tracked, room, ns.Adapter.IsIn(tracked.Socket, room));
                Settle();
            }
        }
    }

    /// <summary>A socket may belong to somebody else now.</summary>
    public void Update(ServerSocket socket)
    {
        var user = UserOf(socket);
        lock (_gate)
        {
            if (!_sockets.TryGetValue((socket.Namespace.Name, socket.Id), out var tracked) || tracked.Socket != socket || tracked.User == user)
            {
                return;
            }

            foreach (var place in tracked.Places)
            {
                Drop(place);
            }

            tracked.User = user;
            foreach (var place in tracked.Places)
            {
                Take(place);
            }

            Settle();
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _isClosed = true;
        }

        _leaving?.Dispose();
        _clock?.Dispose();
    }

    private string? UserOf(ServerSocket socket)
    {
        try
        {
            return options.User(socket);
        }
        catch (Exception e)
        {
            Report("presence user", socket.Id, socket.Namespace, e);
            return null;
        }
    }

    private bool IsWatched(Namespace ns, string room)
    {
        try
        {
            return options.WatchRoom?.Invoke(ns.Name, room) != false;
        }
        catch (Exception e)
        {
            Report("presence room", "", ns, e);
            return false;
        }
    }

    private void Report(string what, string socketId, Namespace ns, Exception e)
    {
        server.Metrics.HandlerFailed();
        server.Log.HandlerFailed(what, socketId, ns.Name, e);
    }

    private void Set(TrackedSocket tracked, string? room, bool isThere)
    {
        if (isThere ? !tracked.Enter(room) : !tracked.Leave(room))
        {
            return;
        }

        if (tracked.PlaceIn(room) is not { } place)
        {
            return;
        }

        if (isThere)
        {
            Take(place);
        }
        else
        {
            Drop(place);
        }
    }

    private void Forget(TrackedSocket tracked)
    {
        foreach (var place in tracked.Places)
        {
            Drop(place);
        }
    }

    private void Take(PresencePlace place)
    {
        var count = _counts.GetValueOrDefault(place) + 1;
        if (count == 1 && !TryHoldHere(place))
        {
            // Counted all the same, so that it can leave.
            Full();
        }

        _counts[place] = count;
    }

    private bool TryHoldHere(PresencePlace place)
    {
        if (!PresenceMessage.IsTellable(place) || !_picture.TryHold(Self, place, out var joined))
        {
            return false;
        }

        if (joined)
        {
            _events.Add(place, joined: true);
        }

        Tell(place, isThere: true);
        return true;
    }

    private void Drop(PresencePlace place)
    {
        var count = _counts[place] - 1;
        if (count > 0)
        {
            _counts[place] = count;
            return;
        }

        _counts.Remove(place);
        if (_picture.Release(Self, place, Now))
        {
            Tell(place, isThere: false);
        }
    }

    private void Full()
    {
        if (!_isFull)
        {
            _isFull = true;
            server.Log.PresenceFull(options.MaxEntries);
        }
    }

    /// <summary>After changes: those who left are told in time, and what other nodes have to know leaves.</summary>
    private void Settle()
    {
        if (_isClosed)
        {
            return;
        }

        if (_picture.NextDue is { } due && due != _leavingAt)
        {
            _leavingAt = due;
            var wait = due - Now;
            // A timer may be early by less than a millisecond.
            wait = wait > TimeSpan.FromMilliseconds(1) ? wait : TimeSpan.FromMilliseconds(1);
            _leaving ??= server.Time.CreateTimer(static state => ((PresenceDirectory)state!).TakeLeft(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _leaving.Change(wait, Timeout.InfiniteTimeSpan);
        }

        Flush();
    }

    private void TakeLeft()
    {
        lock (_gate)
        {
            if (_isClosed)
            {
                return;
            }

            _leavingAt = null;
            foreach (var place in _picture.TakeLeft(Now))
            {
                _events.Add(place, joined: false);
                _isFull = false;
            }

            Settle();
        }
    }

    /// <summary>A connected socket of this server, and the rooms that are watched of those it is in. Null stands for the namespace.</summary>
    private sealed class TrackedSocket(ServerSocket socket, string? user)
    {
        private HashSet<string>? _rooms;
        private bool _isInNamespace;

        public ServerSocket Socket => socket;

        public string? User { get; set; } = user;

        public IEnumerable<PresencePlace> Places
        {
            get
            {
                string?[] rooms = [.. _isInNamespace ? [null] : Array.Empty<string?>(), .. _rooms ?? []];
                return rooms.Select(PlaceIn).OfType<PresencePlace>();
            }
        }

        public bool Enter(string? room)
        {
            var isNew = room is null ? !_isInNamespace : (_rooms ??= new(StringComparer.Ordinal)).Add(room);
            _isInNamespace |= room is null;
            return isNew;
        }

        public bool Leave(string? room) => room is not null && _rooms?.Remove(room) == true;

        public PresencePlace? PlaceIn(string? room) => string.IsNullOrEmpty(User) ? null : new PresencePlace(socket.Namespace.Name, room, User);
    }
}
