namespace Sockeye.AspNetCore.Sockets;

/// <summary>A room and who is in it; it exists while someone is. Guarded by its <see cref="LocalAdapter"/>.</summary>
internal sealed class Room(string name)
{
    public SmallSet<ServerSocket> Members;

    public string Name { get; } = name;
}

/// <summary>A socket's part in the index of rooms. Guarded by the namespace's <see cref="LocalAdapter"/>.</summary>
internal struct RoomMembership
{
    public SmallSet<Room> Rooms;

    /// <summary>The last selection that has met this socket: removes duplicates without a set for each broadcast.</summary>
    public long Selection;

    /// <summary>Connected: broadcasts reach it.</summary>
    public bool IsReachable;

    /// <summary>Its rooms over time, for recovery; null where that is off.</summary>
    public RoomHistory? History;

    /// <summary>It has left its rooms for the last time, and joins nothing any more.</summary>
    public bool IsRetired;
}
