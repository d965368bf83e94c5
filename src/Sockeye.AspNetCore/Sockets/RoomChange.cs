namespace Sockeye.AspNetCore.Sockets;

/// <summary>What happened to a room.</summary>
public enum RoomChangeKind
{
    /// <summary>"create-room": the first socket is about to be in it.</summary>
    Created,

    /// <summary>"join-room": a socket joined.</summary>
    Joined,

    /// <summary>"leave-room": a socket left.</summary>
    Left,

    /// <summary>"delete-room": the last socket left.</summary>
    Deleted,
}

/// <summary>A change of the rooms of a namespace on this server.</summary>
/// <param name="Kind">What happened.</param>
/// <param name="Room">The room; each socket is also in a room named by its id.</param>
/// <param name="SocketId">Who joined or left; null for <see cref="RoomChangeKind.Created"/> and <see cref="RoomChangeKind.Deleted"/>.</param>
public readonly record struct RoomChange(RoomChangeKind Kind, string Room, string? SocketId);
