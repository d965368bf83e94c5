using Sockeye.Protocol.Packets;

namespace Sockeye.AspNetCore.Sockets;

/// <summary>
/// Who is in a namespace and its rooms, by user and over all servers of the cluster (<see cref="SocketIOOptions.Presence"/>). Each server has its own picture of all, answers from it at once, and tells its own handlers of each
/// change: what they do happens once on every server, so use <c>Local</c> to emit. Users of servers under Node are not in it. Thread-safe.
/// </summary>
public sealed class NamespacePresence
{
    private readonly PresenceDirectory _directory;
    private readonly Namespace _namespace;
    private CopyOnWriteList<Func<PresenceChange, Task>> _joined;
    private CopyOnWriteList<Func<PresenceChange, Task>> _left;

    internal NamespacePresence(PresenceDirectory directory, Namespace ns) => (_directory, _namespace) = (directory, ns);

    /// <summary>Servers that are there but whose users are not all known at this moment, by their names in the cluster; empty: nobody is missing. Normal for moments, when a server starts or a message was lost.</summary>
    public IReadOnlyCollection<string> MissingNodes => _directory.MissingNodes;

    internal Func<PresenceChange, Task>[] JoinedHandlers => _joined.Items;

    internal Func<PresenceChange, Task>[] LeftHandlers => _left.Items;

    /// <summary>The users in a room, or in the namespace: each once, however many sockets they have. Those who are away for less than <see cref="PresenceOptions.Grace"/> are among them.</summary>
    /// <param name="room">The room; null: the namespace.</param>
    public IReadOnlyCollection<string> Users(string? room = null) => _directory.Users(_namespace.Name, room);

    /// <summary>How many they are.</summary>
    /// <param name="room">The room; null: the namespace.</param>
    public int Count(string? room = null) => _directory.CountUsers(_namespace.Name, room);

    /// <summary>Whether a user is among them.</summary>
    /// <param name="user">The user.</param>
    /// <param name="room">The room; null: the namespace.</param>
    public bool IsPresent(string user, string? room = null) => _directory.Contains(new(_namespace.Name, room, user));

    /// <summary>Called when a user comes into the namespace or a room, on whichever server: with the first socket, and not when they come back within <see cref="PresenceOptions.Grace"/>. Handlers start in the order of what happened.</summary>
    public void OnUserJoined(Func<PresenceChange, Task> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        _joined.Add(handler);
    }

    /// <inheritdoc cref="OnUserJoined(Func{PresenceChange, Task})" />
    public void OnUserJoined(Action<PresenceChange> handler) => OnUserJoined(Async(handler));

    /// <summary>Called when a user has been away from the namespace or a room for <see cref="PresenceOptions.Grace"/>: without a socket there on any server that is alive.</summary>
    public void OnUserLeft(Func<PresenceChange, Task> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        _left.Add(handler);
    }

    /// <inheritdoc cref="OnUserLeft(Func{PresenceChange, Task})" />
    public void OnUserLeft(Action<PresenceChange> handler) => OnUserLeft(Async(handler));

    /// <summary>Asks <see cref="PresenceOptions.User"/> again who a socket of this server is, for instance after <see cref="ServerSocket.RefreshUser"/>.</summary>
    public void Update(ServerSocket socket)
    {
        ArgumentNullException.ThrowIfNull(socket);
        _directory.Update(socket);
    }

    private static Func<PresenceChange, Task> Async(Action<PresenceChange> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return change =>
        {
            handler(change);
            return Task.CompletedTask;
        };
    }
}
