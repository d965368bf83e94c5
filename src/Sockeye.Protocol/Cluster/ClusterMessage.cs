using Sockeye.Protocol.Packets;

namespace Sockeye.Protocol.Cluster;

/// <summary>
/// A message between nodes, as a value that knows no wire: an engine writes it in the form that its official counterpart has, most of them with
/// <see cref="ClusterMessageCodec"/>. Only the members that the type has mean anything. Immutable.
/// </summary>
public sealed record ClusterMessage
{
    /// <summary>The sender of what processes send that are no nodes. Never a member.</summary>
    public const string EmitterUid = "emitter";

    /// <summary>What it is.</summary>
    public required ClusterMessageType Type { get; init; }

    /// <summary>The node that sends it; empty where the engine's wire does not say.</summary>
    public required string Uid { get; init; }

    /// <summary>The namespace, with its leading slash.</summary>
    public required string Namespace { get; init; }

    /// <summary>Of a response: the node that asked. Not on the wire: an engine that has a channel for each node publishes there.</summary>
    public string? Recipient { get; init; }

    /// <summary>Which request is asked or answered; null where no answer is wanted.</summary>
    public string? RequestId { get; init; }

    /// <summary>Whose clients are meant.</summary>
    public ClusterTarget Target { get; init; } = ClusterTarget.Everyone;

    /// <summary>The rooms to join or leave.</summary>
    public IReadOnlyList<string> Rooms { get; init; } = [];

    /// <summary>Of <see cref="ClusterMessageType.DisconnectSockets"/>: the connections are closed too.</summary>
    public bool Close { get; init; }

    /// <summary><c>["name",1]</c> of a broadcast or a server-side event; <c>[1]</c> or <c>[]</c> of an answer.</summary>
    public PacketData Packet { get; init; } = PacketData.Empty;

    /// <summary>Of <see cref="ClusterMessageType.BroadcastClientCount"/>.</summary>
    public int ClientCount { get; init; }

    /// <summary>Of <see cref="ClusterMessageType.FetchSocketsResponse"/>.</summary>
    public IReadOnlyList<ClusterSocket> Sockets { get; init; } = [];

    /// <summary>Whether it answers a request.</summary>
    public bool IsResponse => Type is ClusterMessageType.FetchSocketsResponse or ClusterMessageType.ServerSideEmitResponse
        or ClusterMessageType.BroadcastClientCount or ClusterMessageType.BroadcastAck;

    /// <summary>Whether a node that was away must still learn of it: what goes into the log of an engine that has one.</summary>
    public bool IsDurable => Type is ClusterMessageType.SocketsJoin or ClusterMessageType.SocketsLeave or ClusterMessageType.DisconnectSockets
        || (Type == ClusterMessageType.Broadcast && RequestId is null);

    /// <summary>Whether there are binary data in it, which JSON cannot carry.</summary>
    public bool HasBinary => Packet.Attachments.Count > 0;
}
