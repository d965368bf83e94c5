namespace Chat;

/// <summary>Who is where and what was said there lately, in memory. A person may be in a room with several tabs, and counts once.</summary>
internal sealed class ChatRooms
{
    private const int KeptMessages = 50;
    private const int MaxRooms = 100;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Room> _rooms = new(StringComparer.Ordinal)
    {
        ["lobby"] = new Room { IsPermanent = true },
        ["coffee"] = new Room { IsPermanent = true },
        ["show-and-tell"] = new Room { IsPermanent = true },
    };

    public RoomSize[] Directory()
    {
        lock (_lock)
        {
            return [.. _rooms.Select(room => new RoomSize(room.Key, room.Value.People.Length))];
        }
    }

    /// <summary>Null: it would be a new room, and there are too many.</summary>
    public (JoinAnswer Answer, bool IsFirstTab)? Join(string name, string socketId, Person person)
    {
        lock (_lock)
        {
            if (!_rooms.TryGetValue(name, out var room))
            {
                if (_rooms.Count >= MaxRooms)
                {
                    return null;
                }

                _rooms.Add(name, room = new Room());
            }

            var isFirstTab = !room.Contains(person);
            room.Sockets[socketId] = person;
            return (new JoinAnswer(name, room.People, [.. room.Messages]), isFirstTab);
        }
    }

    /// <summary>True when the person is gone, and not just one of their tabs.</summary>
    public bool Leave(string name, string socketId)
    {
        lock (_lock)
        {
            if (!_rooms.TryGetValue(name, out var room) || !room.Sockets.Remove(socketId, out var person))
            {
                return false;
            }

            if (room.Sockets.Count == 0 && !room.IsPermanent)
            {
                _rooms.Remove(name);
            }

            return !room.Contains(person);
        }
    }

    /// <summary>Leaves every room, and tells which of them the person is gone from.</summary>
    public string[] LeaveAll(string socketId)
    {
        lock (_lock)
        {
            return [.. _rooms.Keys.ToArray().Where(name => Leave(name, socketId))];
        }
    }

    public bool Has(string name, string socketId)
    {
        lock (_lock)
        {
            return _rooms.TryGetValue(name, out var room) && room.Sockets.ContainsKey(socketId);
        }
    }

    /// <summary>Null: the socket is not in the room. A message whose id is known already is not posted again.</summary>
    public (Message Message, int Recipients, bool IsNew)? Post(string? name, string socketId, string id, string text)
    {
        lock (_lock)
        {
            if (name is null || !_rooms.TryGetValue(name, out var room) || !room.Sockets.TryGetValue(socketId, out var person))
            {
                return null;
            }

            var message = room.Messages.FirstOrDefault(known => known.Id == id && known.From.Id == person.Id);
            var isNew = message is null;
            if (message is null)
            {
                message = new Message(id, name, person, text, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
                room.Messages.Enqueue(message);
                if (room.Messages.Count > KeptMessages)
                {
                    room.Messages.Dequeue();
                }
            }

            return (message, room.People.Length - 1, isNew);
        }
    }

    /// <summary>A message of a room that the socket is in.</summary>
    public Message? Find(string name, string socketId, string id)
    {
        lock (_lock)
        {
            return Has(name, socketId) ? _rooms[name].Messages.FirstOrDefault(message => message.Id == id) : null;
        }
    }

    private sealed class Room
    {
        public bool IsPermanent { get; init; }

        public Dictionary<string, Person> Sockets { get; } = new(StringComparer.Ordinal);

        public Queue<Message> Messages { get; } = new();

        public Person[] People => [.. Sockets.Values.DistinctBy(person => person.Id)];

        public bool Contains(Person person) => Sockets.Values.Any(other => other.Id == person.Id);
    }
}
