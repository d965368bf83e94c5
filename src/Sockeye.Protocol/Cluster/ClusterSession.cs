namespace Sockeye.Protocol.Cluster;

/// <summary>
/// A socket that lost its connection, kept for its client. The first four members are those of the official adapters, and all that a Node server writes; the others say what makes recovery exact, and
/// are null where they are unknown.
/// </summary>
/// <param name="Sid">The socket's id.</param>
/// <param name="Pid">The secret by which its client asks for it.</param>
/// <param name="Rooms">The rooms that it was in, that of its id included.</param>
/// <param name="Data">JSON, an object: the application's data.</param>
public sealed record ClusterSession(string Sid, string Pid, IReadOnlyList<string> Rooms, ReadOnlyMemory<byte> Data)
{
    /// <summary>What a Sockeye server has noted.</summary>
    public ClusterSessionNotes? Notes { get; init; }
}

/// <summary>What a Sockeye server knows of a session besides: the member <c>sockeye</c>, which Node servers pass over.</summary>
/// <param name="Node">The node that lost it.</param>
/// <param name="Expires">When it ends, in milliseconds since 1970.</param>
public sealed record ClusterSessionNotes(string Node, long Expires)
{
    /// <summary>A hash of who the user was: null nobody, empty somebody without a name.</summary>
    public string? User { get; init; }

    /// <summary>The client has everything up to here.</summary>
    public string? Start { get; init; }

    /// <summary>What the client gave as its offset when it connected: it gives it again if it has seen no event since.</summary>
    public string? StartOffset { get; init; }

    /// <summary>The last event that was for it.</summary>
    public string? LastSent { get; init; }

    /// <summary>Up to here what was for it went into the connection.</summary>
    public string? LostAt { get; init; }

    /// <summary>What a client mistakes for an offset was sent.</summary>
    public bool HasSentFalseOffset { get; init; }

    /// <summary>Which rooms it was in, and when.</summary>
    public IReadOnlyList<ClusterStay> Stays { get; init; } = [];

    /// <summary>Stays that ended up to here may have been forgotten.</summary>
    public string? CompleteFrom { get; init; }
}

/// <summary>That a socket was in a room: what came after one place in the log and not after another was for it.</summary>
/// <param name="Room">The room.</param>
/// <param name="After">When it came; null: before everything.</param>
/// <param name="UpTo">When it left; null: not yet.</param>
public sealed record ClusterStay(string Room, string? After, string? UpTo);
