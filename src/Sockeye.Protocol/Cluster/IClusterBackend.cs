namespace Sockeye.Protocol.Cluster;

/// <summary>
/// An engine that carries messages between nodes: Redis, PostgreSQL, NATS, memory. The server finds it in its services (a keyed one for a server with a name) and joins one
/// channel for each namespace. Everything else, from who is a member to who has answered, is the server's. Thread-safe.
/// </summary>
public interface IClusterBackend
{
    /// <summary>The times and limits.</summary>
    ClusterSettings Settings { get; }

    /// <summary>Whether it has a log: then its channels are <see cref="IClusterLogChannel"/>s, and with connection state recovery events go by the log.</summary>
    bool HasLog => false;

    /// <summary>How long its log keeps an event; null: not by time. A server whose clients may be away for longer does not start.</summary>
    TimeSpan? LogDuration => null;

    /// <summary>Begins to deliver the messages of a namespace. Completes when nothing that is published from now on is missed.</summary>
    /// <param name="ns">The namespace, with its leading slash.</param>
    /// <param name="uid">This node: 16 hexadecimal digits, the same for all its namespaces.</param>
    /// <param name="receiver">Gets what comes.</param>
    /// <param name="cancellationToken">Gives up.</param>
    ValueTask<IClusterChannel> JoinAsync(string ns, string uid, IClusterReceiver receiver, CancellationToken cancellationToken);
}

/// <summary>One node's end of a namespace. Disposing it leaves: nothing is delivered any more. Thread-safe.</summary>
public interface IClusterChannel : IAsyncDisposable
{
    /// <summary>
    /// Gives a message to the others: to all of them, or at least to the <see cref="ClusterMessage.Recipient"/> of a response. What was given first arrives first. Completes
    /// when the engine has taken it; the result is its place in the engine's log, if it has one (the offset of connection state recovery). An exception: it has not.
    /// </summary>
    ValueTask<string?> PublishAsync(ClusterMessage message);

    /// <summary>How many nodes have joined that are not among the known ones, as far as the engine itself can tell. Null: only heartbeats tell.</summary>
    /// <param name="known">Nodes by name: this one, those that send heartbeats, and some that have left but of which the engine may not have noticed it.</param>
    ValueTask<int?> CountStrangersAsync(IReadOnlyCollection<string> known) => default;

    /// <summary>
    /// A room of this node has come to be or ceased to be: for engines with a channel for each room. Called under no lock, so two changes of one room may come in the wrong
    /// order: <see cref="IClusterReceiver.HasRoom"/> says how it is.
    /// </summary>
    /// <param name="room">The room.</param>
    /// <param name="isPrivate">Whether it is the room of one socket's id.</param>
    void RoomChanged(string room, bool isPrivate)
    {
    }
}

/// <summary>The server's side of a channel. Thread-safe; its methods return soon and do not throw.</summary>
public interface IClusterReceiver
{
    /// <summary>The rooms of this node.</summary>
    IReadOnlyCollection<string> Rooms { get; }

    /// <summary>Whether somebody is in a room on this node.</summary>
    bool HasRoom(string room);

    /// <summary>The ids of the sockets of this node in any of the rooms; no rooms: of all.</summary>
    IReadOnlyCollection<string> SocketsIn(IReadOnlyList<string> rooms);

    /// <summary>
    /// Takes a message of another node, in the order of arrival; one call at a time. The node's own messages may be among them, and are passed over.
    /// </summary>
    /// <param name="message">The message.</param>
    /// <param name="offset">Its place in the engine's log, as <see cref="IClusterChannel.PublishAsync"/> gave it to the sender.</param>
    void Receive(ClusterMessage message, string? offset = null);

    /// <summary>Something came that is no message: it is counted and logged.</summary>
    void Refuse(ClusterError reason);

    /// <summary>
    /// The engine's log has been read up to here, and what was for this namespace has been given. An engine with a log says it whenever the last entry that it read was not given to
    /// <see cref="Receive"/>: the end of a page may be an entry of another namespace, and a client that comes back waits for this node to pass it.
    /// </summary>
    /// <param name="offset">The place of the last entry, whatever it is.</param>
    void Advance(string offset)
    {
    }
}
