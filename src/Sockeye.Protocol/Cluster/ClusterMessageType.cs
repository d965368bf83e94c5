namespace Sockeye.Protocol.Cluster;

/// <summary>What one node asks of, or tells, the others. The numbers are those of the official cluster adapter's wire.</summary>
public enum ClusterMessageType
{
    /// <summary>"I have come": the others answer with a <see cref="Heartbeat"/>.</summary>
    InitialHeartbeat = 1,

    /// <summary>"I am still here."</summary>
    Heartbeat = 2,

    /// <summary>An event for the clients of all nodes; with a request id, one whose acknowledgements are wanted.</summary>
    Broadcast = 3,

    /// <summary>Sockets are to join rooms.</summary>
    SocketsJoin = 4,

    /// <summary>Sockets are to leave rooms.</summary>
    SocketsLeave = 5,

    /// <summary>Sockets are to be disconnected.</summary>
    DisconnectSockets = 6,

    /// <summary>"Which sockets do you have?"</summary>
    FetchSockets = 7,

    /// <summary>The answer: the sockets of one node.</summary>
    FetchSocketsResponse = 8,

    /// <summary>An event for the other nodes themselves; with a request id, one whose answers are wanted.</summary>
    ServerSideEmit = 9,

    /// <summary>The answer of one node.</summary>
    ServerSideEmitResponse = 10,

    /// <summary>How many clients of one node got a broadcast that asks for acknowledgements.</summary>
    BroadcastClientCount = 11,

    /// <summary>The acknowledgement of one client.</summary>
    BroadcastAck = 12,

    /// <summary>"I am leaving."</summary>
    AdapterClose = 13,
}
