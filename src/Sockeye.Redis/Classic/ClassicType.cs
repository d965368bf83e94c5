namespace Sockeye.Redis.Classic;

/// <summary>The numbers of requests and answers in <c>@socket.io/redis-adapter</c>.</summary>
internal enum ClassicType
{
    /// <summary>"Which ids have the sockets in these rooms?" Older nodes ask so.</summary>
    Sockets,

    /// <summary>"Which rooms do you have?"</summary>
    AllRooms,
    RemoteJoin,
    RemoteLeave,
    RemoteDisconnect,
    RemoteFetch,
    ServerSideEmit,
    Broadcast,
    BroadcastClientCount,
    BroadcastAck,

    /// <summary>Ours, upwards of here: the heartbeats of the cluster adapter, 100 and its number. Official nodes pass over what they do not know.</summary>
    Heartbeats = 100,
}
