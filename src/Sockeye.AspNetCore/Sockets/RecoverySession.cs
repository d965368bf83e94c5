using System.Collections.Concurrent;
using Sockeye.Protocol.Cluster;

namespace Sockeye.AspNetCore.Sockets;

/// <summary>
/// What makes a socket recoverable: lives from its first connection, through losses and recoveries, until it ends for good or nobody comes back. Its place in the
/// table is guarded by <see cref="RecoverySessions"/>, what it knows of the log by <see cref="RecoveryLog"/>.
/// </summary>
internal sealed class RecoverySession(Namespace ns, string sid, string pid, RecoveryUser user, string? startOffset)
{
    private ServerSocket? _owner;
    private bool _isKept;

    public SentPositions Sent;

    public Namespace Namespace { get; } = ns;

    /// <summary>The public id of the socket.</summary>
    public string Sid { get; } = sid;

    /// <summary>The secret by which its client asks for it.</summary>
    public string Pid { get; } = pid;

    /// <summary>The socket that is in the rooms now, connected or about to be; null while there is none. Guarded by the namespace's <see cref="LocalAdapter"/>.</summary>
    public ServerSocket? Member { get; set; }

    public RoomHistory Rooms { get; } = new(sid);

    public ConcurrentDictionary<string, object?>? Data { get; set; }

    public RecoveryUser User { get; set; } = user;

    /// <summary>The connected socket, until it has ended and its handlers have finished; null while there is none.</summary>
    public ServerSocket? Owner
    {
        get => Volatile.Read(ref _owner);
        set => Volatile.Write(ref _owner, value);
    }

    /// <summary>The client has everything up to here: it connected here, or said so when it last came back.</summary>
    public long Start { get; set; }

    /// <summary>What the client gave as its offset then. It gives it again if it has seen no event since; it may stem from an earlier socket.</summary>
    public string? StartOffset { get; set; } = startOffset;

    /// <summary>Whether something without an offset was sent since that a client mistakes for one: then an unknown offset may mean anything.</summary>
    public bool HasSentFalseOffset { get; set; }

    /// <summary>Up to here <see cref="Sent"/> knows what was for this socket; what came later only the log can tell.</summary>
    public long SentUpTo { get; set; }

    /// <summary>When the connection was lost (a timestamp of the server's clock).</summary>
    public long LostAt { get; set; }

    /// <summary>Whether it is kept for its client although the connection is lost.</summary>
    public bool IsKept
    {
        get => Volatile.Read(ref _isKept);
        set => Volatile.Write(ref _isKept, value);
    }

    /// <summary>The connection that is about to get it; no other can, unless that one has closed.</summary>
    public SocketConnection? Claimant { get; set; }

    /// <summary>The claimant is being connected: nobody can take over any more.</summary>
    public bool IsHeld { get; set; }

    /// <summary>The loss for which it has its place among the lost ones.</summary>
    public long? PlacedAt { get; set; }

    /// <summary>The handlers of its last socket have all finished.</summary>
    public bool IsFinished { get; set; }

    /// <summary>Nobody came back: this stands in the place of the session, to be able to say so.</summary>
    public bool IsExpired { get; init; }

    /// <summary>What the log that nodes share has of it; nothing else of the log's is used then.</summary>
    public string? StartPlace { get; set; }

    /// <summary>The last event that was for it, in the shared log.</summary>
    public string? LastSentOffset { get; set; }

    /// <summary>What came later in the shared log did not go into its connection. Guarded by the namespace's <see cref="LocalAdapter"/>.</summary>
    public string? LostAtOffset { get; set; }

    /// <summary>Completes when it is where other nodes find it.</summary>
    public Task Persisting { get; set; } = Task.CompletedTask;

    /// <summary>As it was taken out for the connection that claims it, which may give it back.</summary>
    public ClusterSession? Stored { get; set; }

    /// <summary>For those who wait for <see cref="IsFinished"/>: one, and before it those whose connection has closed.</summary>
    public TaskCompletionSource? Waiting { get; set; }
}

/// <summary>An event for a client that was away.</summary>
internal readonly record struct MissedEvent(string Offset, Transports.OutboundMessage Message);

/// <summary>What became of a client's wish to get its socket back.</summary>
internal sealed class RecoveryClaim
{
    /// <summary>The session, when it is recovered.</summary>
    public RecoverySession? Session { get; init; }

    /// <summary>Why not, when it was asked for.</summary>
    public RecoveryFailure? Failure { get; init; }

    /// <summary>What the client gave as its offset.</summary>
    public string? Offset { get; init; }

    /// <summary>What the client has missed up to <see cref="UpTo"/>.</summary>
    public List<Transports.OutboundMessage> Missed { get; } = [];

    /// <summary>How many they were, once they have been sent.</summary>
    public int SentCount { get; private set; }

    /// <summary>The bytes of <see cref="Missed"/>.</summary>
    public long MissedBytes { get; set; }

    public long UpTo { get; set; }

    /// <summary>The same in a log that nodes share.</summary>
    public string? UpToOffset { get; set; }

    /// <summary>What came by that log since. Guarded by the <see cref="SharedLog"/>.</summary>
    public List<MissedEvent> Tail { get; } = [];

    public void SendTo(ServerSocket socket)
    {
        foreach (var message in Missed)
        {
            socket.Conn.Send(message);
        }

        SentCount = Missed.Count;
        // The socket keeps its claim; the log alone says how long an event lives.
        Missed.Clear();
        Missed.Capacity = 0;
    }
}
