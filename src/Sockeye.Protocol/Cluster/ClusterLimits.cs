namespace Sockeye.Protocol.Cluster;

/// <summary>What a node takes from another one before it refuses.</summary>
/// <param name="MaxMessageBytes">Bytes of one message. Default 16 MiB, our choice; the official adapters have no limit.</param>
/// <param name="MaxNameLength">Characters of a room's name, a node's or a request's id.</param>
/// <param name="MaxRooms">Rooms that one message names.</param>
public sealed record ClusterLimits(int MaxMessageBytes = 16 * 1024 * 1024, int MaxNameLength = 4096, int MaxRooms = 100_000);

/// <summary>Why a message of another node was refused. Machine-readable: also the metric's label.</summary>
public enum ClusterError
{
    /// <summary>Nothing is wrong.</summary>
    None,

    /// <summary>Larger than the limit.</summary>
    TooLarge,

    /// <summary>Neither JSON nor MessagePack, or cut off.</summary>
    Malformed,

    /// <summary>No known type of message.</summary>
    UnknownType,

    /// <summary>A member is missing, or is not what it must be.</summary>
    InvalidMember,

    /// <summary>An event or an answer that no client or handler can be given.</summary>
    InvalidPacket,

    /// <summary>The signature is missing or wrong.</summary>
    InvalidSignature,

    /// <summary>No message at all: the engine could not deliver some. Its link was cut, and what others sent meanwhile has not come, or a part of a message that was kept elsewhere is gone.</summary>
    Lost,
}

/// <summary>The times and limits of an engine. The defaults are those of the official adapters.</summary>
public sealed record ClusterSettings
{
    /// <summary>How long a node may be silent before it says that it is still here. Default 5 s. Greater than zero.</summary>
    public TimeSpan HeartbeatInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a node may be silent before the others take it for dead. Default 10 s. Greater than <see cref="HeartbeatInterval"/>.</summary>
    public TimeSpan HeartbeatTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long answers of other nodes are waited for where the call says nothing. Default 5 s. Greater than zero.</summary>
    public TimeSpan RequestsTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>What is taken from other nodes.</summary>
    public ClusterLimits Limits { get; init; } = new();

    /// <summary>
    /// Signs every message between nodes, and refuses those that are not signed with it (<see cref="ClusterSignature"/>): at least 32 bytes, random, the same on all nodes and emitters. Default empty: nothing is signed. Nodes
    /// under Node cannot take part then.
    /// </summary>
    public ReadOnlyMemory<byte> SharedKey { get; init; }

    /// <summary>Throws where these cannot be kept to.</summary>
    public ClusterSettings Check()
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(HeartbeatInterval, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(HeartbeatTimeout, HeartbeatInterval);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(RequestsTimeout, TimeSpan.Zero);
        if (!SharedKey.IsEmpty)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(SharedKey.Length, ClusterSignature.MinKeyLength, nameof(SharedKey));
        }

        return this;
    }
}
