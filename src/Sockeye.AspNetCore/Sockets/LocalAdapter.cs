using Sockeye.AspNetCore.Transports;
using Sockeye.Protocol.Cluster;

namespace Sockeye.AspNetCore.Sockets;

/// <summary>
/// The sockets of one namespace on this server, their rooms, and who is meant by a set of rooms. Thread-safe: one lock, never held
/// while user code runs or a message is sent, but for the answer to a CONNECT.
/// </summary>
/// <param name="changed">Told of every change.</param>
/// <param name="existence">Told of rooms that come to be or cease to be, and whether they are those of a socket's id.</param>
internal sealed class LocalAdapter(Action<RoomChange>? changed = null, Action<string, bool>? existence = null)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, ServerSocket> _sockets = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Room> _rooms = new(StringComparer.Ordinal);
    private long _selections;
    private string? _offset;

    /// <summary>The connected sockets.</summary>
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

    /// <summary>The rooms that someone is in, those of the sockets' own ids included.</summary>
    public int RoomCount
    {
        get
        {
            lock (_gate)
            {
                return _rooms.Count;
            }
        }
    }

    public bool HasRoom(string name)
    {
        lock (_gate)
        {
            return _rooms.ContainsKey(name);
        }
    }

    public bool IsIn(ServerSocket socket, string name)
    {
        lock (_gate)
        {
            return _rooms.TryGetValue(name, out var room) && room.Members.Contains(socket);
        }
    }

    /// <summary>The rooms that someone is in, by name.</summary>
    public string[] RoomNames()
    {
        lock (_gate)
        {
            return [.. _rooms.Keys];
        }
    }

    /// <summary>The last selection: they are numbered, and order what is sent, who is connected and who is in which room.</summary>
    public long Position
    {
        get
        {
            lock (_gate)
            {
                return _selections;
            }
        }
    }

    /// <summary>The last place of a log that nodes share from which something was sent here; null where there is none.</summary>
    public string? Offset
    {
        get
        {
            lock (_gate)
            {
                return _offset;
            }
        }
    }

    /// <summary>The shared log begins here for this node, unless something has come already.</summary>
    public void Begin(string offset)
    {
        lock (_gate)
        {
            _offset ??= offset;
        }
    }

    /// <summary>The rooms of a session that is away, now and over time.</summary>
    public (IReadOnlyList<string> Rooms, IReadOnlyList<ClusterStay> Stays) Describe(RecoverySession session)
    {
        lock (_gate)
        {
            return ([session.Sid, .. session.Rooms.Current], session.Rooms.Stays);
        }
    }

    /// <summary>Whether a broadcast at a place of the shared log was for the socket of a session.</summary>
    public bool WasFor(RecoverySession session, ClusterTarget target, string offset, Comparison<string> compare)
    {
        lock (_gate)
        {
            return (target.Rooms.Count == 0 || session.Rooms.WasInAny(target.Rooms, offset, compare))
                && !target.Except.Contains(session.Sid)
                && !session.Rooms.WasInAny(target.Except, offset, compare);
        }
    }

    /// <summary>The number of something that is sent to one socket, and whether it is connected at this point.</summary>
    public long NextPosition(ServerSocket? socket, out bool isReachable)
    {
        lock (_gate)
        {
            isReachable = socket?.Membership.IsReachable == true;
            return ++_selections;
        }
    }

    /// <summary>Whether a broadcast at a position was for the socket of a session: the rules of <see cref="Select"/>, for a socket that was connected all the time.</summary>
    public bool WasFor(RecoverySession session, ReadOnlySpan<string> rooms, ReadOnlySpan<string> except, long position)
    {
        lock (_gate)
        {
            return (rooms.IsEmpty || session.Rooms.WasInAny(rooms, position)) && !except.Contains(session.Sid) && !session.Rooms.WasInAny(except, position);
        }
    }

    public ServerSocket? Find(string id)
    {
        lock (_gate)
        {
            return _sockets.GetValueOrDefault(id);
        }
    }

    /// <summary>
    /// Queues the answer to the socket's CONNECT, and broadcasts reach it from now on. Both under the lock: no broadcast overtakes the answer, and whoever has read
    /// it can be reached. Returns the position after which broadcasts reach it.
    /// </summary>
    public long Admit(ServerSocket socket, OutboundMessage answer)
    {
        lock (_gate)
        {
            socket.Conn.Send(answer);
            socket.Membership.IsReachable = true;
            // Clients of Engine.IO 3 have the same id when they come again, perhaps before the end of the old socket has got here.
            if (_sockets.TryGetValue(socket.Id, out var former))
            {
                former.Membership.IsReachable = false;
            }

            _sockets[socket.Id] = socket;
            return _selections;
        }
    }

    /// <summary>
    /// No broadcast reaches the socket any more. It stays in its rooms until <see cref="Retire"/>, and connection handlers that run late, since the client has left at once,
    /// still join some: a disconnecting handler sees what they did, as on the official server. Returns the position after which broadcasts do not reach it.
    /// </summary>
    public long Withdraw(ServerSocket socket)
    {
        lock (_gate)
        {
            if (socket.Membership.IsReachable)
            {
                socket.Membership.IsReachable = false;
                if (socket.Recovery is { } session)
                {
                    session.LostAtOffset = _offset;
                }

                if (_sockets.GetValueOrDefault(socket.Id) == socket)
                {
                    _sockets.Remove(socket.Id);
                }
            }

            return _selections;
        }
    }

    /// <summary>The socket leaves its rooms for the last time.</summary>
    public void Retire(ServerSocket socket)
    {
        lock (_gate)
        {
            socket.Membership.IsRetired = true;
            // That it leaves its rooms now is no part of what a recovered socket gets back.
            socket.Membership.History = null;
            if (socket.Recovery is { } session && session.Member == socket)
            {
                session.Member = null;
            }
        }

        LeaveAll(socket);
    }

    /// <summary>
    /// A retired socket joins nothing: the room would never be left. What an event handler joins that has outlived its connection is for the socket that the client gets
    /// back, or has got.
    /// </summary>
    public void Join(ServerSocket socket, string name)
    {
        bool created;
        lock (_gate)
        {
            if (socket.Membership.IsRetired && !TryFindSuccessor(ref socket))
            {
                if (socket.Recovery is { IsKept: true } session)
                {
                    session.Rooms.Enter(name, _selections, _offset);
                }

                return;
            }

            if (!TryEnter(socket, name, out created))
            {
                return;
            }
        }

        RaiseJoined(socket, name, created);
    }

    /// <summary>A new socket with what is known of its session: a recovered one comes into its rooms.</summary>
    public void Begin(ServerSocket socket, RecoverySession session)
    {
        List<(string Name, bool Created)>? joined = null;
        lock (_gate)
        {
            socket.Membership.History = session.Rooms;
            session.Member = socket;
            foreach (var name in session.Rooms.Current)
            {
                if (TryEnter(socket, name, out var created))
                {
                    (joined ??= []).Add((name, created));
                }
            }
        }

        foreach (var (name, created) in joined ?? [])
        {
            RaiseJoined(socket, name, created);
        }
    }

    private bool TryEnter(ServerSocket socket, string name, out bool created)
    {
        created = !_rooms.TryGetValue(name, out var room);
        if (room is null)
        {
            _rooms.Add(name, room = new Room(name));
        }

        if (!room.Members.Add(socket))
        {
            return false;
        }

        socket.Membership.Rooms.Add(room);
        socket.Membership.History?.Enter(name, _selections, _offset);
        return true;
    }

    private static bool TryFindSuccessor(ref ServerSocket socket)
    {
        if (socket.Recovery?.Member is not { } member)
        {
            return false;
        }

        socket = member;
        return true;
    }

    private void RaiseJoined(ServerSocket socket, string name, bool created)
    {
        if (created)
        {
            existence?.Invoke(name, name == socket.Id);
        }

        if (changed is not null)
        {
            if (created)
            {
                changed(new RoomChange(RoomChangeKind.Created, name, null));
            }

            changed(new RoomChange(RoomChangeKind.Joined, name, socket.Id));
        }
    }

    /// <summary>Of a retired socket as in <see cref="Join"/>, but that its disconnect handlers leave nothing: as far as they know it is in no room any more.</summary>
    public void Leave(ServerSocket socket, string name)
    {
        bool deleted;
        lock (_gate)
        {
            if (socket.Membership.IsRetired && socket.Membership.Rooms.Count == 0 && !TryFindSuccessor(ref socket))
            {
                if (socket.Recovery is { IsKept: true, IsFinished: true } session)
                {
                    session.Rooms.LeaveIfIn(name, _selections, _offset);
                }

                return;
            }

            if (!_rooms.TryGetValue(name, out var room) || !room.Members.Remove(socket))
            {
                return;
            }

            socket.Membership.Rooms.Remove(room);
            socket.Membership.History?.Leave(name, _selections, _offset);
            deleted = RemoveIfEmpty(room);
        }

        RaiseLeft(socket, name, deleted);
    }

    public void LeaveAll(ServerSocket socket)
    {
        foreach (var name in RoomsOf(socket))
        {
            Leave(socket, name);
        }
    }

    /// <summary>The rooms of a socket as they are now.</summary>
    public HashSet<string> RoomsOf(ServerSocket socket)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        lock (_gate)
        {
            foreach (var room in socket.Membership.Rooms)
            {
                names.Add(room.Name);
            }
        }

        return names;
    }

    /// <summary>The sockets that are in any of the rooms (no rooms: all of the namespace), each once, without those that an exception names by room or by id.</summary>
    /// <param name="rooms">The rooms.</param>
    /// <param name="except">Who is left out.</param>
    /// <param name="offset">The place of what is sent in a log that nodes share.</param>
    public Recipients Select(ReadOnlySpan<string> rooms, ReadOnlySpan<string> except, string? offset = null)
    {
        lock (_gate)
        {
            _offset = offset ?? _offset;
            var selection = ++_selections;
            foreach (var name in except)
            {
                MarkExcepted(name, selection);
            }

            if (rooms.IsEmpty)
            {
                return SelectAll(selection, hasExceptions: !except.IsEmpty);
            }

            var size = 0;
            foreach (var name in rooms)
            {
                size += _rooms.TryGetValue(name, out var room) ? room.Members.Count : 0;
            }

            var recipients = Recipients.Rent(Math.Min(size, _sockets.Count), selection);
            foreach (var name in rooms)
            {
                if (!_rooms.TryGetValue(name, out var room))
                {
                    continue;
                }

                foreach (var socket in room.Members)
                {
                    if (socket.Membership.IsReachable && socket.Membership.Selection != selection)
                    {
                        socket.Membership.Selection = selection;
                        recipients.Add(socket);
                    }
                }
            }

            return recipients;
        }
    }

    private Recipients SelectAll(long selection, bool hasExceptions)
    {
        var recipients = Recipients.Rent(_sockets.Count, selection);
        foreach (var socket in _sockets.Values)
        {
            if (!hasExceptions || socket.Membership.Selection != selection)
            {
                recipients.Add(socket);
            }
        }

        return recipients;
    }

    private void MarkExcepted(string name, long selection)
    {
        if (_rooms.TryGetValue(name, out var room))
        {
            foreach (var socket in room.Members)
            {
                socket.Membership.Selection = selection;
            }
        }

        // By id also when the socket has left the room of its id: a sender is never among the receivers of its own broadcast.
        if (_sockets.TryGetValue(name, out var excepted))
        {
            excepted.Membership.Selection = selection;
        }
    }

    private bool RemoveIfEmpty(Room room) => room.Members.Count == 0 && _rooms.Remove(room.Name);

    private void RaiseLeft(ServerSocket socket, string name, bool deleted)
    {
        if (deleted)
        {
            existence?.Invoke(name, name == socket.Id);
        }

        if (changed is not null)
        {
            changed(new RoomChange(RoomChangeKind.Left, name, socket.Id));
            if (deleted)
            {
                changed(new RoomChange(RoomChangeKind.Deleted, name, null));
            }
        }
    }
}
